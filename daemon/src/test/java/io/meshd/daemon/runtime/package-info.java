/** Tests of the running daemon's parts that need no rights. */
@NullMarked
package io.meshd.daemon.runtime;

import org.jspecify.annotations.NullMarked;
