/** The command line: one table of commands, from which parsing, help and examples all come. */
@NullMarked
package io.meshd.daemon.cli;

import org.jspecify.annotations.NullMarked;
