/** The control socket: what a running daemon answers, the reports in their JSON form, server and client. */
@NullMarked
package io.meshd.daemon.control;

import org.jspecify.annotations.NullMarked;
