package io.meshd.daemon.runtime;

import io.meshd.daemon.node.MeshNode;

/** Something for the node thread to do. */
@FunctionalInterface
interface NodeTask {
    void run(MeshNode node, long nowNanos);
}
