/** The daemon's log: lines with fields, their forms, what is kept of them, and those who follow. */
@NullMarked
package io.meshd.daemon.log;

import org.jspecify.annotations.NullMarked;
