/**
 * The running daemon: threads, sockets, the TUN device, the files of state, around one {@code MeshNode}.
 *
 * <p>Start with {@code Daemon}, which makes and undoes every part in order.
 */
@NullMarked
package io.meshd.daemon.runtime;

import org.jspecify.annotations.NullMarked;
