package io.meshd.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.Deadlines;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ProbeWindowTest {
    private static final long MILLIS = 1_000_000L;

    /** The plain way: a list of all probes ever. */
    private static final class Model {
        private record Probe(long token, long sentNanos, long dueNanos, char outcome) {}

        private final List<Probe> probes = new ArrayList<>();
        private int countedFrom;

        private List<Probe> last() {
            return probes.subList(Math.max(0, probes.size() - PathTimings.LOSS_WINDOW_PROBES), probes.size());
        }

        long answer(long token) {
            for (int at = probes.size() - 1; at >= probes.size() - last().size(); at--) {
                Probe probe = probes.get(at);
                if (probe.token == token && probe.outcome != 'a') {
                    probes.set(at, new Probe(token, probe.sentNanos, probe.dueNanos, 'a'));
                    return probe.sentNanos;
                }
            }
            return Deadlines.NEVER;
        }

        int expire(long nowNanos) {
            int lost = 0;
            for (int at = probes.size() - last().size(); at < probes.size(); at++) {
                Probe probe = probes.get(at);
                if (probe.outcome == 'p' && probe.dueNanos <= nowNanos) {
                    probes.set(at, new Probe(probe.token, probe.sentNanos, probe.dueNanos, 'l'));
                    lost++;
                }
            }
            return lost;
        }

        long count(char outcome, long nowNanos, long withinNanos) {
            List<Probe> counted = probes.subList(
                    Math.max(countedFrom, probes.size() - last().size()), probes.size());
            return counted.stream().filter(p -> p.outcome == outcome && nowNanos - p.sentNanos <= withinNanos).count();
        }

        int lostRunAfter(long afterNanos) {
            int run = 0;
            for (Probe probe : last().reversed()) {
                if (probe.outcome == 'a' || probe.sentNanos < afterNanos) {
                    break;
                }
                run += probe.outcome == 'l' ? 1 : 0;
            }
            return run;
        }
    }

    @Test
    void agreesWithPlainModel() {
        for (int seed = 0; seed < 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            ProbeWindow window = new ProbeWindow();
            Model model = new Model();
            long now = -3_000 * MILLIS;
            for (int step = 0; step < 2_000; step++) {
                now += random.nextLong(200 * MILLIS);
                switch (random.nextInt(8)) {
                    case 0, 1, 2, 3 -> {
                        long token = random.nextLong(60);
                        long due = now + random.nextLong(500 * MILLIS);
                        window.sent(token, now, due);
                        model.probes.add(new Model.Probe(token, now, due, 'p'));
                    }
                    case 4, 5 -> {
                        long token = random.nextLong(60);
                        assertThat(window.answer(token)).isEqualTo(model.answer(token));
                    }
                    case 6 -> assertThat(window.expire(now)).isEqualTo(model.expire(now));
                    default -> {
                        if (random.nextInt(20) == 0) {
                            window.countAfresh();
                            model.countedFrom = model.probes.size();
                        }
                    }
                }
                long within = random.nextBoolean() ? Long.MAX_VALUE : 2_000 * MILLIS;
                long after = now - random.nextLong(2_000 * MILLIS);
                assertThat((long) window.lost(now, within)).isEqualTo(model.count('l', now, within));
                assertThat((long) window.settled(now, within))
                        .isEqualTo(model.count('l', now, within) + model.count('a', now, within));
                assertThat(window.lostRunAfter(after)).isEqualTo(model.lostRunAfter(after));
                assertThat(window.hasPending()).isEqualTo(model.last().stream().anyMatch(p -> p.outcome == 'p'));
                assertThat(window.nextDueNanos()).isEqualTo(model.last().stream().filter(p -> p.outcome == 'p')
                        .mapToLong(Model.Probe::dueNanos).min().orElse(Deadlines.NEVER));
            }
        }
    }

    @Test
    void answersEachTokenOnce() {
        ProbeWindow window = new ProbeWindow();
        window.sent(7, 0, 100);
        assertThat(window.answer(8)).isEqualTo(Deadlines.NEVER);
        assertThat(window.answer(7)).isZero();
        assertThat(window.answer(7)).isEqualTo(Deadlines.NEVER);
        assertThat(window.knows(7)).isTrue();
    }

    @Test
    void lateAnswerUndoesLoss() {
        ProbeWindow window = new ProbeWindow();
        window.sent(7, 0, 100);
        assertThat(window.expire(100)).isEqualTo(1);
        assertThat(window.lost(100, Long.MAX_VALUE)).isEqualTo(1);
        assertThat(window.answer(7)).isZero();
        assertThat(window.lost(100, Long.MAX_VALUE)).isZero();
        assertThat(window.lostRun()).isZero();
    }

    @Test
    void callsPathLossyOnlyWhenItIsNoAccident() {
        ProbeWindow window = new ProbeWindow();
        for (int probe = 0; probe < 32; probe++) {
            long sentNanos = probe * 100L * MILLIS;
            window.sent(probe, sentNanos, sentNanos + 1);
            if (probe % 11 != 0) {
                window.answer(probe);
            }
        }
        window.expire(3_200 * MILLIS);
        assertThat(window.lost(3_200 * MILLIS, Long.MAX_VALUE)).isEqualTo(3);
        assertThat(window.isLossy(3_200 * MILLIS)).isFalse();
        assertThat(window.isClean(3_200 * MILLIS)).isFalse();
        window.sent(99, 3_200 * MILLIS, 3_200 * MILLIS);
        window.expire(3_200 * MILLIS);
        window.sent(100, 3_200 * MILLIS, 3_200 * MILLIS);
        window.expire(3_200 * MILLIS);
        assertThat(window.isLossy(3_200 * MILLIS)).isTrue();
        assertThat(window.isLossy(14_000 * MILLIS)).isFalse();
    }
}
