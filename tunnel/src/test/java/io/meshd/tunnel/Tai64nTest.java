package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.MILLIS;
import static io.meshd.tunnel.Lab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.Event;
import io.meshd.tunnel.Lab.Host;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Tai64nTest {
    @Test
    void writesSecondsAndNanosecondsBigEndian() {
        byte[] label = Tai64n.whitened(1_500_000_000L * SECONDS + 500_000_000).bytes();

        assertThat(HexFormat.of().formatHex(label)).isEqualTo("4000000059682f0a" + "1d000000");
        assertThat(Tai64n.read(label).bytes()).isEqualTo(label);
    }

    @Test
    void hidesStepsBelowSixteenMilliseconds() {
        long moment = 1_500_000_000L * SECONDS;
        Tai64n first = Tai64n.whitened(moment);
        for (long step : new long[]{10, 10_000, MILLIS, 10 * MILLIS}) {
            assertThat(Tai64n.whitened(moment + step)).isEqualTo(first);
        }
        assertThat(Tai64n.whitened(moment + 20 * MILLIS)).isGreaterThan(first);
        assertThat(first.nanos() & 0xffffff).isZero();
    }

    @Test
    void ordersLikeItsBytes() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 2000; i++) {
            byte[] a = new byte[12];
            byte[] b = new byte[12];
            random.nextBytes(a);
            random.nextBytes(b);
            if (random.nextBoolean()) {
                System.arraycopy(a, 0, b, 0, 8);
            }
            assertThat(Integer.signum(Tai64n.read(a).compareTo(Tai64n.read(b))))
                    .isEqualTo(Integer.signum(java.util.Arrays.compareUnsigned(a, b)));
        }
    }

    @Test
    void stepsOverTheEndOfASecond() {
        Tai64n label = new Tai64n(5, 0);
        for (int i = 0; i < 200; i++) {
            Tai64n next = label.next();
            assertThat(next).isGreaterThan(label);
            assertThat(next.nanos()).isBetween(0, 999_999_999);
            assertThat(next.nanos() & 0xffffff).isZero();
            label = next;
        }
        assertThat(label.seconds()).isEqualTo(8);
    }

    @Test
    void announcesACeilingBeforeTheFirstInitiationAndOnceAMinute() {
        Lab lab = new Lab(6);
        Host a = lab.host(1);
        Host b = lab.host(2);
        a.add(b, true, null, 0);
        lab.fate = _ -> {
            assertThat(a.events(Event.TimestampReserved.class)).isNotEmpty();
            return new long[0];
        };
        a.send(b);
        lab.run(55 * SECONDS);
        assertThat(a.sent(1)).hasSizeGreaterThan(9);
        assertThat(a.events(Event.TimestampReserved.class)).hasSize(1);
        lab.run(10 * SECONDS);
        assertThat(a.events(Event.TimestampReserved.class)).hasSize(2);
    }

    @Test
    void goesOnAfterARestartWithAClockThatLostADay() {
        Lab lab = new Lab(7);
        Host a = lab.host(1);
        Host b = lab.host(2);
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        a.send(b);
        lab.run(SECONDS);
        Event.TimestampReserved reserved = a.events(Event.TimestampReserved.class).getLast();
        a.stopped = true;

        Host restarted = lab.host(1, new Tai64n(reserved.seconds(), reserved.nanos()));
        restarted.tunnel.setWallClockOffsetNanos(Lab.WALL_CLOCK_OFFSET_NANOS - 86_400 * SECONDS);
        restarted.add(b, true, null, 0);
        restarted.send(b);
        lab.run(SECONDS);

        assertThat(b.delivered).hasSize(2);
        assertThat(restarted.events(Event.TimestampReserved.class)).hasSize(1);
    }

    @Test
    void goesOnWhenTheClockIsSetBackWhileRunning() {
        Lab lab = new Lab(8);
        Host a = lab.host(1);
        Host b = lab.host(2);
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        a.send(b);
        lab.run(130 * SECONDS);
        a.tunnel.setWallClockOffsetNanos(Lab.WALL_CLOCK_OFFSET_NANOS - 3600 * SECONDS);
        a.send(b);
        lab.run(SECONDS);

        assertThat(a.events(Event.SessionEstablished.class)).hasSize(2);
    }

    @Test
    void staysAboveItsOwnTimestampsWhenAPeerIsRemovedAndAddedAgain() {
        TimestampClock clock = new TimestampClock(Tai64n.NONE, 0);
        Lab.Host out = new Lab(9).host(1);
        Tai64n first = clock.next(5 * SECONDS, Tai64n.NONE, out);
        clock.raiseFloor(first);

        assertThat(clock.next(4 * SECONDS, Tai64n.NONE, out)).isEqualTo(first.next());
    }

    @Test
    void givesEachPeerTheWallClockAsLongAsItGrows() {
        TimestampClock clock = new TimestampClock(Tai64n.NONE, 0);
        Lab.Host out = new Lab(9).host(1);
        for (int peer = 0; peer < 1000; peer++) {
            assertThat(clock.next(5 * SECONDS, Tai64n.NONE, out)).isEqualTo(Tai64n.whitened(5 * SECONDS));
        }
        assertThat(out.events).hasSize(1);
    }
}
