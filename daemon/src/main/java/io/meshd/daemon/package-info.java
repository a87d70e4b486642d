/** Wiring, command line, configuration, control socket. */
@NullMarked
package io.meshd.daemon;

import org.jspecify.annotations.NullMarked;
