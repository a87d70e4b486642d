package io.meshd.daemon.runtime;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the node thread: bounded, so that no flood fills the memory.
 *
 * <p>Any thread offers; the node thread takes. Handshake and STUN messages and beacons have bounds of their own, since
 * strangers can cause them, and everything else always finds room beside them. From an eighth of theirs on only those
 * handshakes are offered whose sender proved its address, each at most 20 a second ({@code HandshakeGate}): so these
 * always find room as well.
 */
final class Inbox {
    /** As in wireguard-go. A full queue is 128 ms of work at 1 ms each: later ones would be answered too late. */
    static final int HANDSHAKES_MAX = 1_024;
    /** An eighth of the queue: from here on senders must prove their address (kernel WireGuard, {@code queueing.h}). */
    static final int HANDSHAKES_UNDER_LOAD = HANDSHAKES_MAX / 8;
    /** More than one survey of all servers brings; strangers can cause these as well. */
    static final int STUN_MAX = 64;
    /** Beacons of a whole network at one moment; anybody in it can cause these. */
    static final int LAN_MAX = 64;
    private static final int TASKS_MAX = 8_192;

    private final BlockingQueue<NodeTask> tasks = new ArrayBlockingQueue<>(
            HANDSHAKES_MAX + STUN_MAX + LAN_MAX + TASKS_MAX);
    private final AtomicInteger handshakes = new AtomicInteger();
    private final AtomicInteger stun = new AtomicInteger();
    private final AtomicInteger lan = new AtomicInteger();
    private final AtomicInteger others = new AtomicInteger();
    private final AtomicBoolean collecting = new AtomicBoolean();

    /** Adds a task; false when there are too many already. */
    boolean offer(NodeTask task) {
        return offer(task, others, TASKS_MAX);
    }

    /** Adds a handshake message; false when there are too many already. */
    boolean offerHandshake(NodeTask task) {
        return offer(task, handshakes, HANDSHAKES_MAX);
    }

    /** Adds a STUN message; false when there are too many already. */
    boolean offerStun(NodeTask task) {
        return offer(task, stun, STUN_MAX);
    }

    /** Adds a beacon of a local network; false when there are too many already. */
    boolean offerLan(NodeTask task) {
        return offer(task, lan, LAN_MAX);
    }

    private boolean offer(NodeTask task, AtomicInteger kind, int limit) {
        if (kind.incrementAndGet() > limit) {
            kind.decrementAndGet();
            return false;
        }
        return tasks.offer((node, now) -> {
            kind.decrementAndGet();
            task.run(node, now);
        });
    }

    /** Whether so many handshakes wait that each must prove its sender's address. */
    boolean isUnderLoad() {
        return handshakes.get() >= HANDSHAKES_UNDER_LOAD;
    }

    /** Calls the node thread to what reader threads noted; once, however often it is asked before it has looked. */
    void collect() {
        if (collecting.compareAndSet(false, true)) {
            boolean added = offer((node, now) -> {
                collecting.set(false);
                node.collect(now);
            });
            if (!added) {
                collecting.set(false);
            }
        }
    }

    /** How many tasks wait. */
    int size() {
        return tasks.size();
    }

    /** The next task, waiting for it at most so long; null when none came. */
    @Nullable
    NodeTask poll(long patienceNanos) throws InterruptedException {
        return patienceNanos <= 0 ? tasks.poll() : tasks.poll(patienceNanos, TimeUnit.NANOSECONDS);
    }
}
