package io.meshd.discovery;

import io.meshd.protocol.Deadlines;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * All timers of one node, the library's and our own, as a Reactor scheduler that runs inside the node's verbs.
 *
 * <p>There is no thread and no clock: {@link #run} says what time it is and runs what is due, in order of time and then
 * of scheduling, so that a simulation repeats exactly. Owner: the node thread.
 *
 * <p>Its clock stands still while the node does. When a task is found to be long overdue, then this host was suspended or
 * starved, and answers that came in the meantime still wait to be read: the delay is taken out of the clock, for all
 * tasks alike, so that nobody is accused for the silence of a node that was deaf itself.
 */
final class Timers implements Scheduler {
    private final PriorityQueue<Task> timed = new PriorityQueue<>(Comparator.naturalOrder());
    private final ArrayDeque<Task> ready = new ArrayDeque<>();
    /** A task that is late by more than this shows a pause. */
    private static final long PAUSE_NANOS = 300_000_000;

    private long nowNanos;
    private long pausedNanos;
    private long scheduled;
    private long failures;
    private boolean disposed;

    /** Says what time it is at the beginning; nothing is scheduled before. */
    void begin(long nowNanos) {
        this.nowNanos = nowNanos;
    }

    /** The time without the pauses. */
    long nowNanos() {
        return nowNanos;
    }

    /** The time of the caller's clock. */
    long callersNanos() {
        return nowNanos + pausedNanos;
    }

    /** How many tasks ended in an exception. It is a defect when this is not zero; the other tasks go on all the same. */
    long failures() {
        return failures;
    }

    /** Moves the time on, to this moment of the caller's clock, without running anything. */
    void advance(long callersNanos) {
        long next = nextNanos();
        long late = next == Deadlines.NEVER ? 0 : callersNanos - pausedNanos - next;
        if (late > PAUSE_NANOS) {
            pausedNanos += late;
        }
        if (callersNanos - pausedNanos - nowNanos > 0) {
            nowNanos = callersNanos - pausedNanos;
        }
    }

    /** Runs everything that is due, and what that schedules for now. */
    void run() {
        drain();
        for (Task next = timed.peek(); next != null && next.atNanos - nowNanos <= 0; next = timed.peek()) {
            timed.remove();
            execute(next);
            drain();
        }
    }

    private void drain() {
        for (Task next = ready.poll(); next != null; next = ready.poll()) {
            execute(next);
        }
    }

    private void execute(Task task) {
        if (task.isDisposed()) {
            return;
        }
        try {
            task.action.run();
        } catch (RuntimeException e) {
            failures++;
        }
        if (task.periodNanos > 0 && !task.isDisposed()) {
            long next = task.atNanos + task.periodNanos;
            task.atNanos = next - nowNanos > 0 ? next : nowNanos + task.periodNanos;
            task.order = scheduled++;
            timed.add(task);
        }
    }

    /** The moment of the next task on the caller's clock, or {@link Deadlines#NEVER}. */
    long nextCallersNanos() {
        long next = nextNanos();
        return next == Deadlines.NEVER ? next : next + pausedNanos;
    }

    /** The moment of the next task, or {@link Deadlines#NEVER}. */
    long nextNanos() {
        if (!ready.isEmpty()) {
            return nowNanos;
        }
        while (!timed.isEmpty() && timed.peek().isDisposed()) {
            timed.remove();
        }
        return timed.isEmpty() ? Deadlines.NEVER : timed.peek().atNanos;
    }

    /** Runs {@code action} once, {@code delayNanos} from now. */
    Disposable after(long delayNanos, Runnable action) {
        return add(action, delayNanos, 0, null);
    }

    /** Runs {@code action} each {@code periodNanos}, for the first time {@code delayNanos} from now. */
    Disposable every(long delayNanos, long periodNanos, Runnable action) {
        return add(action, delayNanos, periodNanos, null);
    }

    private Disposable add(Runnable action, long delayNanos, long periodNanos, @Nullable WorkerOfTimers worker) {
        Task task = new Task(action, nowNanos + Math.max(0, delayNanos), periodNanos, scheduled++, worker);
        if (disposed) {
            task.dispose();
        } else if (delayNanos <= 0 && periodNanos == 0) {
            ready.add(task);
        } else {
            timed.add(task);
        }
        return task;
    }

    @Override
    public Disposable schedule(Runnable action) {
        return add(action, 0, 0, null);
    }

    @Override
    public Disposable schedule(Runnable action, long delay, TimeUnit unit) {
        return add(action, unit.toNanos(delay), 0, null);
    }

    @Override
    public Disposable schedulePeriodically(Runnable action, long initialDelay, long period, TimeUnit unit) {
        return add(action, unit.toNanos(initialDelay), unit.toNanos(period), null);
    }

    @Override
    public Worker createWorker() {
        return new WorkerOfTimers();
    }

    @Override
    public long now(TimeUnit unit) {
        return unit.convert(nowNanos, TimeUnit.NANOSECONDS);
    }

    /** Drops all tasks, now and later. */
    @Override
    public void dispose() {
        disposed = true;
        timed.clear();
        ready.clear();
    }

    @Override
    public boolean isDisposed() {
        return disposed;
    }

    private final class WorkerOfTimers implements Worker {
        private boolean stopped;

        @Override
        public Disposable schedule(Runnable action) {
            return add(action, 0, 0, this);
        }

        @Override
        public Disposable schedule(Runnable action, long delay, TimeUnit unit) {
            return add(action, unit.toNanos(delay), 0, this);
        }

        @Override
        public Disposable schedulePeriodically(Runnable action, long initialDelay, long period, TimeUnit unit) {
            return add(action, unit.toNanos(initialDelay), unit.toNanos(period), this);
        }

        @Override
        public void dispose() {
            stopped = true;
        }

        @Override
        public boolean isDisposed() {
            return stopped;
        }
    }

    private static final class Task implements Disposable, Comparable<Task> {
        private final Runnable action;
        private final long periodNanos;
        private final @Nullable WorkerOfTimers worker;
        private long atNanos;
        private long order;
        private boolean cancelled;

        Task(Runnable action, long atNanos, long periodNanos, long order, @Nullable WorkerOfTimers worker) {
            this.action = action;
            this.atNanos = atNanos;
            this.periodNanos = periodNanos;
            this.order = order;
            this.worker = worker;
        }

        @Override
        public void dispose() {
            cancelled = true;
        }

        @Override
        public boolean isDisposed() {
            return cancelled || (worker != null && worker.stopped);
        }

        @Override
        public int compareTo(Task other) {
            long byTime = atNanos - other.atNanos;
            return byTime != 0 ? Long.signum(byTime) : Long.compare(order, other.order);
        }
    }
}
