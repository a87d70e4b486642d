package io.meshd.daemon.node;

import io.meshd.protocol.DropReason;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a node counts since its start. Any thread adds; nobody subtracts.
 *
 * <p>Packets are inner packets. Field by field the meaning is the operator contract's, section 6.
 */
public final class Counters {
    final LongAdder packetsSent = new LongAdder();
    final LongAdder packetsReceived = new LongAdder();
    final LongAdder bytesSent = new LongAdder();
    final LongAdder bytesReceived = new LongAdder();
    final LongAdder routeMisses = new LongAdder();
    final LongAdder sessionFailures = new LongAdder();
    final LongAdder fallbackTransitions = new LongAdder();
    final LongAdder upgradeTransitions = new LongAdder();
    final LongAdder relayUsage = new LongAdder();
    final LongAdder relayedForOthers = new LongAdder();
    final LongAdder rejectedHandshakes = new LongAdder();
    final LongAdder claimsNotTrusted = new LongAdder();
    final LongAdder claimsWrongNetwork = new LongAdder();
    final LongAdder claimsWrongPrefix = new LongAdder();
    private final LongAdder[] drops = new LongAdder[DropReason.values().length];

    Counters() {
        for (int i = 0; i < drops.length; i++) {
            drops[i] = new LongAdder();
        }
    }

    void dropped(DropReason reason) {
        drops[reason.ordinal()].increment();
    }

    /** The tunnel refused something. */
    void refused(DropReason reason) {
        dropped(reason);
        if (reason == DropReason.UNAUTHORIZED_PEER) {
            rejectedHandshakes.increment();
        }
    }

    /** How much input was refused for this reason. */
    public long drops(DropReason reason) {
        return drops[reason.ordinal()].sum();
    }

    public long packetsSent() {
        return packetsSent.sum();
    }

    public long packetsReceived() {
        return packetsReceived.sum();
    }

    public long bytesSent() {
        return bytesSent.sum();
    }

    public long bytesReceived() {
        return bytesReceived.sum();
    }

    public long routeMisses() {
        return routeMisses.sum();
    }

    public long sessionFailures() {
        return sessionFailures.sum();
    }

    public long fallbackTransitions() {
        return fallbackTransitions.sum();
    }

    public long upgradeTransitions() {
        return upgradeTransitions.sum();
    }

    public long relayUsage() {
        return relayUsage.sum();
    }

    public long relayedForOthers() {
        return relayedForOthers.sum();
    }

    public long rejectedHandshakes() {
        return rejectedHandshakes.sum();
    }

    public long claimsNotTrusted() {
        return claimsNotTrusted.sum();
    }

    public long claimsWrongNetwork() {
        return claimsWrongNetwork.sum();
    }

    public long claimsWrongPrefix() {
        return claimsWrongPrefix.sum();
    }
}
