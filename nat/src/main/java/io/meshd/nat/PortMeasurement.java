package io.meshd.nat;

import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which port the NAT in front of this node gave last, and by how much the next will differ: a third peer says
 * where it sees new sockets, one after the other.
 */
final class PortMeasurement {
    /** Two steps, which must agree, are an order. */
    static final int SOCKETS = 3;
    /** An answer that takes longer says nothing of the next port any more. */
    static final long PATIENCE_NANOS = 1_000_000_000L;

    private final List<Integer> sockets;
    private final long untilNanos;
    /** Which socket's question has which token. */
    private final Map<Long, Integer> asked = new HashMap<>();
    private final PortSequence sequence = new PortSequence();

    /** Asks by these sockets, which are open. */
    PortMeasurement(long nowNanos, List<Integer> sockets, RouterGauge gauge, RandomGenerator random, Outbox out) {
        this.sockets = List.copyOf(sockets);
        this.untilNanos = nowNanos + PATIENCE_NANOS;
        for (int socket : sockets) {
            long token = random.nextLong();
            asked.put(token, socket);
            out.sendVia(gauge.third(), new Endpoint.Direct(gauge.via().address(), socket),
                    new Frame.PathProbe(token));
        }
    }

    List<Integer> sockets() {
        return sockets;
    }

    /** An answer came; says whether it is to one of these questions. */
    boolean answered(long token, @Nullable InetSocketAddress seen) {
        Integer socket = asked.remove(token);
        if (socket != null && seen != null) {
            // In the order in which they were opened, so in that of their mappings.
            sequence.seen(socket, seen.getPort());
        }
        return socket != null;
    }

    boolean isOver(long nowNanos) {
        return asked.isEmpty() || nowNanos - untilNanos >= 0;
    }

    /** By how much each port differs from the one before; 0 when there is no order. */
    int step() {
        return sequence.step();
    }

    /** The port that was given last. */
    int last() {
        return sequence.ports().getLast();
    }
}
