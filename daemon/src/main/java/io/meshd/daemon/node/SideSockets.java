package io.meshd.daemon.node;

import io.meshd.nat.LocalSockets;

/** The extra local sockets of this node, which its surroundings open and close. Node thread. */
record SideSockets(Surroundings surroundings) implements LocalSockets {
    @Override
    public void open(int number) {
        surroundings.openSocket(number);
    }

    @Override
    public void close(int number) {
        surroundings.closeSocket(number);
    }
}
