package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether the router suffers from a search: what goes through it to a third peer is lost or has become several times
 * as slow, on a path that works; or from new sockets, which tell that it has no room for further flows, if the third peer
 * was ever reached so.
 */
final class RouterGauge {
    private static final long MILLIS = 1_000_000L;
    /** Between probes: five a second load nothing, and three lost ones are noticed in a second. */
    static final long PACE_NANOS = 200 * MILLIS;
    /** So many in a row lost, or slow. Where one in twenty is lost anyway, that happens by chance once in 150 searches. */
    static final int BAD_IN_A_ROW = 3;
    /** Slow is this many times what it was before, and so much more: queues of a router that is busy, not Wi-Fi's moods. */
    static final int SLOWER = 4;
    private static final long SLOWER_LEAST_NANOS = 50 * MILLIS;
    /** Between new flows that show whether the router takes any: it is noticed in three seconds that it does not. */
    static final long NEW_FLOW_NANOS = 700 * MILLIS;
    private static final long TIMEOUT_MIN_NANOS = 300 * MILLIS;
    private static final long TIMEOUT_MAX_NANOS = 1_000 * MILLIS;

    private final PublicKey third;
    private final Endpoint.Direct via;
    private final long usualNanos;
    private final NumberedSockets sockets;
    private final Map<Long, Long> pending = new LinkedHashMap<>();
    private long nextNanos;
    private int lostInARow;
    private int slowInARow;
    private @Nullable NewFlow newFlow;
    private long nextFlowNanos;
    private int flowsLostInARow;
    private int flows;
    /** Whether the third peer was ever reached from a new socket: one behind a NAT of its own may not be. */
    private boolean takesNewFlows;

    /** A probe from a new socket, under way. */
    private record NewFlow(int socket, long token, long sentNanos) {}

    /**
     * Begins at once.
     *
     * @param via        a path to the third peer that works
     * @param usualNanos its round-trip time before the search
     */
    RouterGauge(long nowNanos, PublicKey third, Endpoint.Direct via, long usualNanos, NumberedSockets sockets) {
        this.third = third;
        this.via = via;
        this.usualNanos = usualNanos;
        this.sockets = sockets;
        this.nextNanos = nowNanos;
        this.nextFlowNanos = nowNanos;
    }

    /** Where the third peer is: beyond the router. */
    Endpoint.Direct via() {
        return via;
    }

    PublicKey third() {
        return third;
    }

    /**
     * Sends what is due, and counts what is overdue.
     *
     * @param withNewFlows whether the search makes new flows, so that it matters whether the router takes them
     */
    void tick(long nowNanos, boolean withNewFlows, RandomGenerator random, Outbox out) {
        long timeoutNanos = Math.clamp(SLOWER * usualNanos, TIMEOUT_MIN_NANOS, TIMEOUT_MAX_NANOS);
        pending.values().removeIf(sentNanos -> {
            boolean isLost = nowNanos - sentNanos >= timeoutNanos;
            lostInARow += isLost ? 1 : 0;
            return isLost;
        });
        if (nowNanos - nextNanos >= 0) {
            nextNanos = nowNanos + PACE_NANOS;
            long token = random.nextLong();
            pending.put(token, nowNanos);
            out.sendVia(third, via, new Frame.PathProbe(token));
        }
        if (withNewFlows) {
            tickNewFlow(nowNanos, timeoutNanos, random, out);
        }
    }

    private void tickNewFlow(long nowNanos, long timeoutNanos, RandomGenerator random, Outbox out) {
        NewFlow underWay = newFlow;
        if (underWay != null && nowNanos - underWay.sentNanos >= timeoutNanos) {
            flowsLostInARow++;
            end();
        }
        boolean isInVain = !takesNewFlows && flows >= BAD_IN_A_ROW;
        if (newFlow == null && !isInVain && nowNanos - nextFlowNanos >= 0) {
            nextFlowNanos = nowNanos + NEW_FLOW_NANOS;
            newFlow = new NewFlow(sockets.open(), random.nextLong(), nowNanos);
            flows++;
            out.sendVia(third, new Endpoint.Direct(via.address(), newFlow.socket), new Frame.PathProbe(newFlow.token));
        }
    }

    /** How many new flows it began itself. */
    int flows() {
        return flows;
    }

    /** It is asked no more. */
    void end() {
        if (newFlow != null) {
            sockets.close(newFlow.socket);
            newFlow = null;
        }
    }

    /** An answer came; says whether it is to one of these probes. */
    boolean answered(long nowNanos, long token) {
        if (newFlow != null && newFlow.token == token) {
            flowsLostInARow = 0;
            takesNewFlows = true;
            end();
            return true;
        }
        Long sentNanos = pending.remove(token);
        if (sentNanos == null) {
            return false;
        }
        lostInARow = 0;
        boolean isSlow = nowNanos - sentNanos > Math.max(SLOWER * usualNanos, usualNanos + SLOWER_LEAST_NANOS);
        slowInARow = isSlow ? slowInARow + 1 : 0;
        return true;
    }

    /** What is wrong with the router; null when nothing is. */
    @Nullable
    String trouble() {
        if (lostInARow >= BAD_IN_A_ROW) {
            return lostInARow + " probes to " + via + " were lost";
        }
        if (takesNewFlows && flowsLostInARow >= BAD_IN_A_ROW) {
            return flowsLostInARow + " new flows to " + via + " did not pass";
        }
        return slowInARow < BAD_IN_A_ROW
                ? null
                : String.format(Locale.ROOT, "answers of %s take more than %d times the usual %.1f ms", via, SLOWER,
                        usualNanos / (double) MILLIS);
    }
}
