package io.meshd.discovery;

import io.meshd.identity.Bytes;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What goes out: messages, gathered into frames for each peer, wishes for sessions, and events. All of it leaves at the
 * end of a verb, by {@link #flush}.
 *
 * <p>Answers that somebody times go at once and take along whatever waits; the rest waits up to 2 ms for company. For a
 * peer without a session a session is asked for, and a few messages wait for it.
 */
final class Links {
    /** Most bytes of a frame's body: fits an IPv6 path of 1280 bytes with all headers around it. */
    static final int BODY_BYTES = 1160;
    /** How long a message waits for others to the same peer. */
    private static final long GATHER_NANOS = 2_000_000;
    /** Frames to one peer in one go; more follow after {@link #PACE_NANOS}, so that no table overruns a socket buffer. */
    private static final int FRAMES_AT_ONCE = 16;
    private static final long PACE_NANOS = 5_000_000;
    /** Frames that wait for one peer, with a session: a table of 4,096 records and some. */
    private static final int FRAMES_MAX = 2048;
    /** Frames that wait for a session that is yet to come: a ping and its company. */
    private static final int FRAMES_WITHOUT_SESSION_MAX = 8;
    /** How long they wait. A ping is judged after 1 s. */
    private static final long WAIT_FOR_SESSION_NANOS = 1_000_000_000L;
    /** A peer is not asked for more often than this. */
    private static final long CONNECT_INTERVAL_NANOS = 1_000_000_000L;

    private final Timers timers;
    private final Map<Peer, Queue> queues = new LinkedHashMap<>();
    private final Map<Peer, Long> connects = new LinkedHashMap<>();
    private final List<Endpoint.Direct> wishes = new ArrayList<>();
    private final List<Peer> wished = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private final List<FrameTo> direct = new ArrayList<>();

    private record FrameTo(Peer peer, Frame frame) {}

    private static final class Queue {
        private final ArrayDeque<SwimWriter> frames = new ArrayDeque<>();
        private long sinceNanos;
        private boolean due;
        private boolean timed;
    }

    Links(Timers timers) {
        this.timers = timers;
    }

    void emit(Event event) {
        events.add(event);
    }

    void drop(DropReason reason) {
        events.add(new Event.Dropped(reason));
    }

    /** Says something that somebody waits for. */
    void sayNow(Peer to, SwimMessage message) {
        if (!to.revoked) {
            say(to, message).due = true;
        }
    }

    /** Says something that may wait for company. Messages of one call travel in one frame if they fit. */
    void saySoon(Peer to, SwimMessage... messages) {
        if (to.revoked) {
            return;
        }
        Queue queue = say(to, messages);
        if (!queue.due) {
            makeDueLater(queue, GATHER_NANOS);
        }
    }

    private Queue say(Peer to, SwimMessage... messages) {
        Queue queue = queues.computeIfAbsent(to, _ -> new Queue());
        if (queue.frames.isEmpty()) {
            queue.sinceNanos = timers.nowNanos();
        }
        SwimWriter together = new SwimWriter();
        for (SwimMessage message : messages) {
            together.array(SwimCodec.encode(message));
        }
        byte[] encoded = together.toArray();
        SwimWriter last = queue.frames.peekLast();
        if (last == null || last.size() + encoded.length > BODY_BYTES) {
            last = new SwimWriter();
            queue.frames.addLast(last);
        }
        last.array(encoded);
        int most = to.session ? FRAMES_MAX : FRAMES_WITHOUT_SESSION_MAX;
        if (queue.frames.size() > most) {
            queue.frames.removeFirst();
            drop(DropReason.OVERFLOW);
        }
        return queue;
    }

    private void makeDueLater(Queue queue, long delayNanos) {
        if (!queue.timed) {
            queue.timed = true;
            timers.after(delayNanos, () -> {
                queue.timed = false;
                queue.due = true;
            });
        }
    }

    /** Sends a frame that is no membership message. */
    void send(Peer to, Frame frame) {
        direct.add(new FrameTo(to, frame));
    }

    /** Asks for a session with a peer at every address that is known of it, at most once a second. */
    void connect(Peer peer) {
        Long last = connects.get(peer);
        if (peer.session || (last != null && timers.nowNanos() - last < CONNECT_INTERVAL_NANOS)) {
            return;
        }
        connects.put(peer, timers.nowNanos());
        for (InetSocketAddress address : peer.addresses()) {
            wished.add(peer);
            wishes.add(new Endpoint.Direct(address));
        }
    }

    void sessionUp(Peer peer) {
        connects.remove(peer);
        Queue queue = queues.get(peer);
        if (queue != null) {
            queue.due = true;
        }
    }

    /** Nothing more goes to this peer. */
    void forget(Peer peer) {
        queues.remove(peer);
        connects.remove(peer);
    }

    /** Hands everything that is due to the outbox. */
    void flush(Outbox outbox) {
        for (Iterator<Map.Entry<Peer, Queue>> i = queues.entrySet().iterator(); i.hasNext();) {
            Map.Entry<Peer, Queue> entry = i.next();
            if (entry.getValue().due && flush(entry.getKey(), entry.getValue(), outbox)) {
                i.remove();
            }
        }
        direct.forEach(frame -> outbox.send(frame.peer().key, frame.frame()));
        direct.clear();
        for (int i = 0; i < wishes.size(); i++) {
            outbox.connect(wished.get(i).key, wishes.get(i));
        }
        wishes.clear();
        wished.clear();
        events.forEach(outbox::emit);
        events.clear();
    }

    /** Sends what a peer is to have; true when nothing is left. */
    private boolean flush(Peer peer, Queue queue, Outbox outbox) {
        if (!peer.session) {
            connect(peer);
            if (timers.nowNanos() - queue.sinceNanos >= WAIT_FOR_SESSION_NANOS) {
                return true;
            }
            makeDueLater(queue, WAIT_FOR_SESSION_NANOS);
            return false;
        }
        queue.due = false;
        for (int i = 0; i < FRAMES_AT_ONCE && !queue.frames.isEmpty(); i++) {
            outbox.send(peer.key, new Frame.Membership(Bytes.copyOf(queue.frames.removeFirst().toArray())));
        }
        if (!queue.frames.isEmpty()) {
            makeDueLater(queue, PACE_NANOS);
        }
        return queue.frames.isEmpty() && !queue.timed;
    }
}
