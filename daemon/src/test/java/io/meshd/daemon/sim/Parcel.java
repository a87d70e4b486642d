package io.meshd.daemon.sim;

import io.meshd.identity.Bytes;
import io.meshd.protocol.Deadlines;

/** One inner packet that a host sent, and what became of it. */
final class Parcel {
    final long number;
    final SimulatedHost from;
    final SimulatedHost to;
    final Bytes packet;
    final long sentNanos;
    private long arrivedNanos = Deadlines.NEVER;

    Parcel(long number, SimulatedHost from, SimulatedHost to, Bytes packet, long sentNanos) {
        this.number = number;
        this.from = from;
        this.to = to;
        this.packet = packet;
        this.sentNanos = sentNanos;
    }

    boolean hasArrived() {
        return arrivedNanos != Deadlines.NEVER;
    }

    void arrived(long nowNanos) {
        arrivedNanos = nowNanos;
    }

    /** How long it took. */
    long tookNanos() {
        return arrivedNanos - sentNanos;
    }
}
