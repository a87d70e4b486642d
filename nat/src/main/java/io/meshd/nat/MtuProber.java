package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import io.meshd.protocol.RelayHeader;
import io.meshd.protocol.TransportHeader;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Measures the MTU of the paths of one peer that are in use, and answers the peer's own measurements. */
final class MtuProber {
    private static final int RELAY_BYTES = RelayHeader.BYTES + TransportHeader.OVERHEAD_BYTES;

    private final PublicKey peer;
    private final IntSupplier largest;
    private final RandomGenerator random;
    /** Whether packets flowed when it was last looked at. */
    private boolean wasActive;
    private final Allowance answers = new Allowance(PathTimings.ANSWER_BURST, PathTimings.ANSWER_RATE);

    /** {@code largest}: the most that this host's own interface takes, in bytes. */
    MtuProber(PublicKey peer, IntSupplier largest, RandomGenerator random) {
        this.peer = peer;
        this.largest = largest;
        this.random = random;
    }

    /** Sends what is due on a path in use. */
    void sendDue(@Nullable Path path, long nowNanos, boolean isActive, Outbox out) {
        wasActive = isActive;
        if (path == null || !path.isUsable()) {
            return;
        }
        for (PathMtu.Probe probe : path.mtu().due(nowNanos, largest(path), path.roundTrip().timeoutNanos(),
                isActive, random)) {
            out.sendVia(peer, path.endpoint(), new Frame.MtuProbe(false, probe.token(), probe.bytes()));
        }
    }

    long nextDeadlineNanos(@Nullable Path path) {
        return path == null || !path.isUsable() ? Deadlines.NEVER : path.mtu().nextDeadlineNanos(wasActive);
    }

    /** Answers a measurement of the peer's, or takes the answer to an own one in. */
    void handle(Frame.MtuProbe probe, @Nullable Path path, Endpoint from, long nowNanos, Outbox out) {
        if (!probe.isAnswer()) {
            if (answers.take(nowNanos)) {
                out.sendVia(peer, from, new Frame.MtuProbe(true, probe.token(), probe.bytes()));
            }
        } else if (path != null) {
            boolean _ = path.mtu().answered(probe.token());
        }
    }

    /** The largest inner packet for the path in use and the one beside it, if any. */
    int bytes(@Nullable Path chosen, @Nullable Path standby) {
        int most = largest.getAsInt();
        if (chosen != null) {
            most = Math.min(most, chosen.mtu().bytes(largest(chosen)));
        }
        return standby == null ? most : Math.min(most, standby.mtu().bytes(largest(standby)));
    }

    /** What a path carries when that is less than could be asked of it; else 0. */
    int narrowBytes(Path path) {
        int most = largest(path);
        int bytes = path.mtu().bytes(most);
        return bytes < most ? bytes : 0;
    }

    /** Through a relay the message is itself sealed into a frame. */
    private int largest(Path path) {
        return path.isDirect() ? largest.getAsInt() : largest.getAsInt() - RELAY_BYTES;
    }
}
