/** Tests of {@code io.meshd.daemon.files}. */
@NullMarked
package io.meshd.daemon.files;

import org.jspecify.annotations.NullMarked;
