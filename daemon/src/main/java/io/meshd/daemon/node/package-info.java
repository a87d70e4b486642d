/**
 * One whole node without the operating system: tunnel, paths, membership and routes, composed.
 *
 * <p>Start with {@link io.meshd.daemon.node.MeshNode}. Nothing here opens a socket, reads a clock or starts a thread, so
 * that the simulator runs complete nodes on virtual time; {@code runtime} gives a node its threads.
 */
@NullMarked
package io.meshd.daemon.node;

import org.jspecify.annotations.NullMarked;
