package io.meshd.daemon.node;

import io.meshd.identity.TunnelKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.NodeRecord;
import io.meshd.protocol.Outbox;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says hello: this node's record as the first frame of every session, and again when it seems to have been lost. Node
 * thread.
 *
 * <p>Nobody acknowledges a greeting. But both sides greet, so who hears none repeats its own, and who is greeted twice
 * answers: the other has not heard.
 */
final class Greetings {
    /** When to repeat, after the session came up. */
    private static final long[] REPEATS_NANOS = {1_000_000_000L, 3_000_000_000L, 7_000_000_000L};
    /** A repeated greeting is answered at most so often, so that two answers never answer each other. */
    private static final long ANSWER_NANOS = 5_000_000_000L;

    private final Neighbours neighbours;
    private final FrameCourier courier;
    private final OwnRecord own;
    private final Map<Neighbour, Waiting> waiting = new LinkedHashMap<>();

    private static final class Waiting {
        final long sinceNanos;
        int repeats;

        Waiting(long sinceNanos) {
            this.sinceNanos = sinceNanos;
        }

        long nextNanos() {
            return sinceNanos + REPEATS_NANOS[repeats];
        }
    }

    Greetings(Neighbours neighbours, FrameCourier courier, OwnRecord own) {
        this.neighbours = neighbours;
        this.courier = courier;
        this.own = own;
    }

    /** A session came up. Called in the middle of the tunnel's work, so that the greeting goes before all else. */
    void begin(long nowNanos, TunnelKey peer, Endpoint via, Outbox outbox) {
        Neighbour neighbour = neighbours.of(peer);
        if (neighbour != null && !neighbour.isStock()) {
            // By the path that just proved itself: the one in use may be what the handshake was for.
            say(nowNanos, neighbour, via, outbox);
            waiting.put(neighbour, new Waiting(nowNanos));
        }
    }

    /** A neighbour has greeted. What is no news, and was not waited for, is a repeat. */
    void heard(long nowNanos, Neighbour from, NodeRecord record, Outbox outbox) {
        boolean repeat = waiting.remove(from) == null && record.equals(from.record());
        if (repeat && (from.answeredNanos == Deadlines.NEVER || nowNanos - from.answeredNanos >= ANSWER_NANOS)) {
            from.answeredNanos = nowNanos;
            say(nowNanos, from, null, outbox);
        }
    }

    private void say(long nowNanos, Neighbour to, @Nullable Endpoint via, Outbox outbox) {
        courier.sendNow(nowNanos, to, via, new Frame.Hello(own.current()), outbox);
    }

    /** Trust has changed: who is no neighbour any more is not waited for. */
    void trust() {
        waiting.keySet().removeIf(neighbour -> neighbours.of(neighbour.tunnel.key()) != neighbour);
    }

    void handleTimeout(long nowNanos, Outbox outbox) {
        List<Neighbour> done = new ArrayList<>();
        waiting.forEach((neighbour, wait) -> {
            if (Deadlines.isDue(wait.nextNanos(), nowNanos)) {
                wait.repeats++;
                say(nowNanos, neighbour, null, outbox);
            }
            if (wait.repeats == REPEATS_NANOS.length) {
                done.add(neighbour);
            }
        });
        done.forEach(waiting::remove);
    }

    long nextDeadlineNanos() {
        long next = Deadlines.NEVER;
        for (Waiting wait : waiting.values()) {
            next = Deadlines.earlier(next, wait.nextNanos());
        }
        return next;
    }
}
