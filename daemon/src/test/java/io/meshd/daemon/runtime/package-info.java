/** Tests of {@code io.meshd.daemon.runtime}. */
@NullMarked
package io.meshd.daemon.runtime;

import org.jspecify.annotations.NullMarked;
