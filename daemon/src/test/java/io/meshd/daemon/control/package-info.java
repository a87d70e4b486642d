/** Tests of {@code io.meshd.daemon.control}. */
@NullMarked
package io.meshd.daemon.control;

import org.jspecify.annotations.NullMarked;
