package io.meshd.discovery;

import java.util.concurrent.ThreadFactory;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Gives the library our scheduler while it starts, and nobody else.
 *
 * <p>ClusterImpl asks {@code Schedulers.newSingle} for its only scheduler, synchronously inside {@code start()}. The hook
 * is one for the whole JVM, so it keeps no state: it takes the scheduler from the scope of the calling thread, and
 * falls through to Reactor's own for everybody outside such a scope. Two nodes in one JVM are independent.
 */
final class LibraryScope {
    private static final ScopedValue<Scheduler> SCHEDULER = ScopedValue.newInstance();

    static {
        Schedulers.setFactory(new Schedulers.Factory() {
            @Override
            public Scheduler newSingle(ThreadFactory threads) {
                return SCHEDULER.isBound() ? SCHEDULER.get() : Schedulers.Factory.super.newSingle(threads);
            }
        });
    }

    private LibraryScope() {}

    /** Runs {@code starting}, in which the library starts; whatever single scheduler it asks for is {@code scheduler}. */
    static void run(Scheduler scheduler, Runnable starting) {
        ScopedValue.where(SCHEDULER, scheduler).run(starting);
    }

    /** Whether the calling thread is inside {@link #run}. */
    static boolean isActive() {
        return SCHEDULER.isBound();
    }
}
