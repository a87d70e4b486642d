/** Tests of {@code io.meshd.daemon.cli}. */
@NullMarked
package io.meshd.daemon.cli;

import org.jspecify.annotations.NullMarked;
