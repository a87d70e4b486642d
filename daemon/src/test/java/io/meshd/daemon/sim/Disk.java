package io.meshd.daemon.sim;

import io.meshd.discovery.KnownPeer;
import java.util.List;

/** What survives a crash: what the daemon writes to its state directory. */
final class Disk {
    /** Of the last run; 0 before the first. */
    long epoch;
    /** Ceiling of the handshake timestamps that may have been used. */
    long timestampSeconds;
    /** Second part of the ceiling. */
    int timestampNanos;
    List<KnownPeer> knownPeers = List.of();

    /** The number of a new run: greater than all before, in milliseconds where the clock allows. */
    long nextEpoch(long wallNanos) {
        epoch = Math.max(epoch + 1, wallNanos / SimulatedNetwork.MILLI);
        return epoch;
    }
}
