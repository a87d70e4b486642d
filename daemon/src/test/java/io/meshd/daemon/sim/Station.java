package io.meshd.daemon.sim;

/** Where datagrams arrive: a host, a NAT box, or a server that a test puts up. Its text is its name. */
interface Station {
    /** A datagram is here. */
    void arrive(Datagram datagram);
}
