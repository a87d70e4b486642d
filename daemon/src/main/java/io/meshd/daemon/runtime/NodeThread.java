package io.meshd.daemon.runtime;

import io.meshd.daemon.node.MeshNode;
import io.meshd.netio.BootClock;
import io.meshd.protocol.Deadlines;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;

/**
 * The one thread that owns the node: takes what waits, and keeps its deadlines.
 *
 * <p>A failure in the node is a defect; the thread ends and the daemon with it, rather than going on with a state that
 * nobody understands.
 */
final class NodeThread {
    /** Deadlines are read off a clock that counts suspend, waiting does not: never wait longer than this. */
    private static final long WAIT_NANOS_MAX = 1_000_000_000L;
    /** Between looks at the deadlines while much waits. */
    private static final int TASKS_IN_A_ROW = 256;

    private final MeshNode node;
    private final Inbox inbox;
    private final BootClock clock;
    private final Readers.FailureListener failures;
    private final Thread thread;
    private final Slumber slumber;
    private volatile boolean stopped;

    NodeThread(MeshNode node, Inbox inbox, BootClock clock, Readers.FailureListener failures) {
        this.node = node;
        this.inbox = inbox;
        this.clock = clock;
        this.failures = failures;
        this.slumber = new Slumber(clock.bootNanos(), clock.monotonicNanos());
        this.thread = Thread.ofPlatform().name("meshd-node").daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!stopped) {
                turn();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            failures.failed("the node", e);
        }
    }

    private void turn() throws InterruptedException {
        NodeTask task = inbox.poll(untilNextDeadline());
        long woken = clock.bootNanos();
        if (slumber.hasSlept(woken, clock.monotonicNanos())) {
            node.networkChanged(woken);
        }
        for (int i = 0; task != null && i < TASKS_IN_A_ROW; i++) {
            task.run(node, clock.bootNanos());
            task = i + 1 < TASKS_IN_A_ROW ? inbox.poll(0) : null;
        }
        long now = clock.bootNanos();
        if (Deadlines.isDue(node.nextDeadlineNanos(), now)) {
            node.handleTimeout(now);
        }
    }

    private long untilNextDeadline() {
        long deadline = node.nextDeadlineNanos();
        if (deadline == Deadlines.NEVER) {
            return WAIT_NANOS_MAX;
        }
        return Math.clamp(deadline - clock.bootNanos(), 0, WAIT_NANOS_MAX);
    }

    /**
     * Asks the node something from another thread and waits for the answer.
     *
     * @throws TimeoutException when the node thread did not answer in time
     */
    <T> T ask(BiFunction<MeshNode, Long, T> question, long patienceMillis)
            throws InterruptedException, TimeoutException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        boolean added = inbox.offer((owned, now) -> {
            try {
                answer.complete(question.apply(owned, now));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
                throw e;
            }
        });
        if (!added) {
            throw new TimeoutException("the node is too busy");
        }
        try {
            return answer.get(patienceMillis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the node failed", e.getCause());
        }
    }

    /** How many tasks wait for it. */
    int waiting() {
        return inbox.size();
    }

    /** Ends the thread after its present task. */
    void stop() throws InterruptedException {
        stopped = true;
        // Wakes it up.
        boolean _ = inbox.offer((owned, now) -> {});
        thread.join(TimeUnit.SECONDS.toMillis(2));
    }
}
