/** The running daemon, part by part. */
@NullMarked
package io.meshd.daemon.runtime;

import org.jspecify.annotations.NullMarked;
