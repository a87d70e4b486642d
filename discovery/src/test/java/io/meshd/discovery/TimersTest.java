package io.meshd.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.Deadlines;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

class TimersTest {
    private static final long START = Long.MAX_VALUE - 50;

    private final Timers timers = new Timers();
    private final List<String> ran = new ArrayList<>();

    TimersTest() {
        timers.begin(START);
    }

    private void to(long nanos) {
        timers.advance(START + nanos);
        timers.run();
    }

    @Test
    void runsInOrderOfTimeAndThenOfScheduling() {
        timers.after(20, () -> ran.add("late"));
        timers.after(10, () -> ran.add("first"));
        timers.after(10, () -> {
            ran.add("second");
            timers.schedule(() -> ran.add("caused"));
        });
        assertThat(timers.nextNanos()).isEqualTo(START + 10);

        to(9);
        assertThat(ran).isEmpty();
        to(100);

        assertThat(ran).containsExactly("first", "second", "caused", "late");
        assertThat(timers.nextNanos()).isEqualTo(Deadlines.NEVER);
    }

    @Test
    void periodicTasksKeepTheirRhythm() {
        Disposable task = timers.every(10, 10, () -> ran.add("x"));
        for (long at = 0; at <= 55; at += 11) {
            to(at);
        }
        assertThat(ran).hasSize(5);

        task.dispose();
        to(200);
        assertThat(ran).hasSize(5);
    }

    @Test
    void aPauseIsTakenOutOfTheClock() {
        long second = 1_000_000_000L;
        timers.every(second, second, () -> ran.add("ping"));
        timers.after(10 * second, () -> ran.add("verdict"));
        to(second);
        assertThat(ran).containsExactly("ping");

        to(121 * second);

        assertThat(ran).as("one more, not a hundred, and no verdict").containsExactly("ping", "ping");
        assertThat(timers.nextCallersNanos()).isEqualTo(START + 122 * second);
        assertThat(timers.callersNanos()).isEqualTo(START + 121 * second);
    }

    @Test
    void aTaskThatThrowsEndsNoOther() {
        timers.schedule(() -> {
            throw new IllegalStateException("on purpose");
        });
        timers.schedule(() -> ran.add("next"));
        to(0);

        assertThat(ran).containsExactly("next");
        assertThat(timers.failures()).isOne();
    }

    @Test
    void servesReactor() {
        AtomicReference<Throwable> error = new AtomicReference<>();
        Mono.never().timeout(Duration.ofNanos(30), timers).subscribe(null, error::set);
        Flux.just("a", "b").publishOn(timers).subscribe(ran::add);
        timers.schedulePeriodically(() -> ran.add("tick"), 20, 20, TimeUnit.NANOSECONDS);
        assertThat(ran).isEmpty();

        to(29);
        assertThat(ran).containsExactly("a", "b", "tick");
        assertThat(error.get()).isNull();
        to(30);
        assertThat(error.get()).isInstanceOf(java.util.concurrent.TimeoutException.class);
        assertThat(timers.now(TimeUnit.NANOSECONDS)).isEqualTo(START + 30);
    }

    @Test
    void aDisposedWorkerTakesItsTasksAlong() {
        Scheduler.Worker worker = timers.createWorker();
        worker.schedule(() -> ran.add("x"), 5, TimeUnit.NANOSECONDS);
        worker.dispose();
        assertThat(worker.isDisposed()).isTrue();
        assertThat(timers.nextNanos()).isEqualTo(Deadlines.NEVER);
        timers.dispose();
        timers.schedule(() -> ran.add("y"));
        to(10);

        assertThat(ran).isEmpty();
    }

    @Test
    void onlyInsideItsScopeTheLibraryGetsOurScheduler() {
        AtomicReference<Scheduler> inside = new AtomicReference<>();
        LibraryScope.run(timers, () -> inside.set(Schedulers.newSingle("sc-cluster-x", true)));
        Scheduler outside = Schedulers.newSingle("mine", true);
        try {
            assertThat(inside.get()).isSameAs(timers);
            assertThat(outside).isNotSameAs(timers);
        } finally {
            outside.dispose();
        }
    }

    @Test
    void insideItsScopeNoNameNeedsAHostsFileOrDns() throws Exception {
        AtomicReference<InetAddress> found = new AtomicReference<>();
        LibraryScope.run(timers, () -> {
            try {
                found.set(InetAddress.getByName("a-host-without-a-name.invalid"));
            } catch (java.net.UnknownHostException e) {
                throw new AssertionError(e);
            }
        });

        assertThat(found.get().isLoopbackAddress()).isTrue();
        assertThat(InetAddress.getByName("localhost").isLoopbackAddress()).as("the JDK's own outside").isTrue();
    }
}
