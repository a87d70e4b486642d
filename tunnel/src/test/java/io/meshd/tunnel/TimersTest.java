package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.MILLIS;
import static io.meshd.tunnel.Lab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.Deadlines;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Event;
import io.meshd.tunnel.Lab.Datagram;
import io.meshd.tunnel.Lab.Host;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules of the WireGuard paper, section 6, in virtual time. Both peers are stock ones unless a test says so. */
class TimersTest {
    private static final long JITTER_MAX_NANOS = 334 * MILLIS;

    private final Lab lab = new Lab(2);
    private final Host a = lab.host(1);
    private final Host b = lab.host(2);

    private void session() {
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        a.send(b);
        lab.run(SECONDS);
        b.send(a);
        lab.run(SECONDS);
        assertThat(a.delivered).hasSize(1);
        assertThat(b.delivered).hasSize(1);
        lab.forget();
    }

    private long ageNanos() {
        return lab.nowNanos - a.current(b).createdNanos;
    }

    private void runToAge(long ageNanos) {
        lab.run(ageNanos - ageNanos());
    }

    // Paper 6.2: after REKEY_AFTER_TIME (120 s) the initiator of the session begins a new one when it sends.
    @Test
    void renewsTheSessionWhenTheInitiatorSendsAfterTwoMinutes() {
        session();
        runToAge(119 * SECONDS + 900 * MILLIS);
        a.send(b);
        lab.run(50 * MILLIS);
        assertThat(a.sent(1)).isEmpty();

        runToAge(120 * SECONDS);
        a.send(b);
        lab.run(SECONDS);

        assertThat(a.sent(1)).hasSize(1);
        assertThat(b.delivered).hasSize(2);
        assertThat(a.events(Event.SessionEstablished.class)).hasSize(1);
        assertThat(b.events(Event.SessionEstablished.class)).hasSize(1);
    }

    // Paper 6.2: only the initiator renews by age, so that not both do.
    @Test
    void leavesRenewalToTheInitiator() {
        session();
        runToAge(150 * SECONDS);
        b.send(a);
        lab.run(SECONDS);

        assertThat(a.delivered).hasSize(1);
        assertThat(b.sent(1)).isEmpty();
        assertThat(a.sent(1)).isEmpty();
    }

    // Paper 6.2: a receiving initiator renews at REJECT_AFTER_TIME - KEEPALIVE_TIMEOUT - REKEY_TIMEOUT = 165 s.
    @Test
    void renewsAnOldSessionWhenTheInitiatorOnlyReceives() {
        session();
        runToAge(164 * SECONDS);
        b.send(a);
        lab.run(500 * MILLIS);
        assertThat(a.sent(1)).isEmpty();

        runToAge(165 * SECONDS);
        b.send(a);
        lab.run(SECONDS);

        assertThat(a.sent(1)).hasSize(1);
        assertThat(b.events(Event.SessionEstablished.class)).hasSize(1);
    }

    @Test
    void losesNoPacketWhileSessionsAreRenewed() {
        session();
        int packets = 0;
        for (long t = 0; t < 700 * SECONDS; t += 50 * MILLIS) {
            a.send(b);
            b.send(a);
            packets++;
            lab.run(50 * MILLIS);
        }
        lab.run(SECONDS);

        assertThat(a.delivered).hasSize(packets);
        assertThat(b.delivered).hasSize(packets);
        assertThat(a.drops).isEmpty();
        assertThat(b.drops).isEmpty();
        assertThat(a.sent(1)).hasSize(5);
        assertThat(b.sent(1)).isEmpty();
    }

    // Paper 6.2: from REJECT_AFTER_TIME (180 s) on a session neither sends nor receives.
    @Test
    void refusesASessionOfThreeMinutes() {
        session();
        lab.fate = _ -> new long[0];
        runToAge(179 * SECONDS);
        b.send(a);
        byte[] last = lab.sent.getLast().bytes;
        lab.run(5 * MILLIS);
        runToAge(180 * SECONDS + 20 * MILLIS);
        lab.forget();

        a.receive(last, b.addresses.getFirst());
        assertThat(a.drops(DropReason.NO_SESSION)).isEqualTo(1);
        assertThat(b.peer(a).hasSession(lab.nowNanos)).isFalse();
        b.send(a);
        assertThat(b.sent(4)).isEmpty();
        assertThat(b.sent(1)).hasSize(1);
    }

    @Test
    void tellsWhenTheLastSessionIsGone() {
        session();
        runToAge(179 * SECONDS);
        assertThat(a.events(Event.SessionExpired.class)).isEmpty();
        Keypair old = a.current(b);
        lab.run(2 * SECONDS);

        assertThat(a.events(Event.SessionExpired.class))
                .containsExactly(new Event.SessionExpired(b.tunnel.publicKey()));
        assertThat(b.events(Event.SessionExpired.class)).hasSize(1);
        assertThat(a.peer(b).keypairs.isEmpty()).isTrue();
        assertThat(old.opener.isUsable(old.createdNanos)).isFalse();
    }

    // Paper 6.4: retries come every REKEY_TIMEOUT (5 s) plus up to a third of a second, and end after 90 s.
    @Test
    void retriesEveryFiveSecondsWithJitterAndGivesUpAfterNinety() {
        a.add(b, true, null, 0);
        a.send(b);
        lab.run(200 * SECONDS);

        List<Datagram> tries = a.sent(1);
        assertThat(tries).hasSizeBetween(17, 18);
        for (int i = 1; i < tries.size(); i++) {
            assertThat(tries.get(i).sentNanos - tries.get(i - 1).sentNanos).isBetween(5 * SECONDS,
                    5 * SECONDS + JITTER_MAX_NANOS);
        }
        assertThat(tries.getLast().sentNanos - tries.getFirst().sentNanos).isLessThan(90 * SECONDS);
        assertThat(tries.stream().mapToLong(t -> t.sentNanos).distinct().count()).isEqualTo(tries.size());
        assertThat(a.events(Event.HandshakeGaveUp.class)).hasSize(1);
        assertThat(a.drops(DropReason.NO_SESSION)).isEqualTo(1);
        assertThat(a.peer(b).machine.nextDeadlineNanos() - lab.nowNanos).isGreaterThan(300 * SECONDS);
    }

    @Test
    void beginsAgainWithTheNextPacketAfterItGaveUp() {
        a.add(b, true, null, 0);
        a.send(b);
        lab.run(100 * SECONDS);
        b.add(a, true, null, 0);
        a.send(b);
        lab.run(SECONDS);

        assertThat(b.delivered).hasSize(1);
    }

    @Test
    void variesTheJitter() {
        a.add(b, true, null, 0);
        a.send(b);
        lab.run(60 * SECONDS);

        List<Datagram> tries = a.sent(1);
        long first = tries.get(1).sentNanos - tries.get(0).sentNanos;
        long second = tries.get(2).sentNanos - tries.get(1).sentNanos;
        assertThat(first).isNotEqualTo(second);
    }

    // Paper 6.1 and 6.4: initiations to one peer leave at least REKEY_TIMEOUT apart, whatever asks for them.
    @Test
    void sendsNoSecondInitiationWithinFiveSeconds() {
        a.add(b, true, null, 0);
        for (int i = 0; i < 40; i++) {
            a.send(b);
            a.connect(b);
            lab.run(100 * MILLIS);
        }

        assertThat(a.sent(1)).hasSize(1);
    }

    // Paper 6.5: whoever gets data and has nothing to send answers by a keepalive after KEEPALIVE_TIMEOUT (10 s).
    @Test
    void answersDataByAKeepaliveAfterTenSeconds() {
        session();
        lab.run(30 * SECONDS);
        lab.forget();
        a.send(b);
        long sentNanos = lab.nowNanos;
        lab.run(30 * SECONDS);

        assertThat(b.sent(4)).hasSize(1);
        assertThat(b.sent(4).getFirst().isKeepalive()).isTrue();
        assertThat(b.sent(4).getFirst().sentNanos - sentNanos).isEqualTo(10 * SECONDS + lab.delayNanos);
    }

    // Paper 6.5: a keepalive is not answered, so two idle peers are silent.
    @Test
    void goesSilentWhenNobodyHasAnythingToSay() {
        session();
        lab.run(20 * SECONDS);
        int sent = lab.sent.size();
        lab.run(100 * SECONDS);

        assertThat(lab.sent).hasSize(sent);
        assertThat(lab.sent).allMatch(Datagram::isKeepalive);
        assertThat(lab.sent).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void sendsNoKeepaliveWhenItAnsweredWithData() {
        session();
        lab.run(30 * SECONDS);
        lab.forget();
        for (int i = 0; i < 8; i++) {
            a.send(b);
            lab.run(3 * SECONDS);
            b.send(a);
            lab.run(3 * SECONDS);
        }

        assertThat(lab.sent).noneMatch(Datagram::isKeepalive);
    }

    // The kernel's "need another keepalive": data within the ten seconds is answered by a second one.
    @Test
    void answersLaterDataByAnotherKeepalive() {
        session();
        lab.run(30 * SECONDS);
        lab.forget();
        for (int i = 0; i < 20; i++) {
            a.send(b);
            lab.run(SECONDS);
        }
        lab.run(30 * SECONDS);

        assertThat(b.sent(4)).hasSize(3).allMatch(Datagram::isKeepalive);
        assertThat(a.sent(1)).isEmpty();
    }

    // Paper 6.5: data that goes KEEPALIVE_TIMEOUT + REKEY_TIMEOUT (15 s) without any sign of the peer asks for a
    // handshake.
    @Test
    void asksForAHandshakeAfterFifteenSecondsWithoutASign() {
        session();
        lab.run(30 * SECONDS);
        lab.forget();
        b.stopped = true;
        a.send(b);
        long firstNanos = lab.nowNanos;
        lab.run(7 * SECONDS);
        a.send(b);
        lab.run(20 * SECONDS);

        assertThat(a.sent(1)).hasSizeGreaterThanOrEqualTo(1);
        assertThat(a.sent(1).getFirst().sentNanos - firstNanos).isBetween(15 * SECONDS,
                15 * SECONDS + JITTER_MAX_NANOS);
    }

    @Test
    void countsTheFifteenSecondsFromTheFirstPacketAfterTheLastSign() {
        session();
        for (int i = 0; i < 10; i++) {
            a.send(b);
            lab.run(2 * SECONDS);
            b.send(a);
            lab.run(2 * SECONDS);
        }
        b.stopped = true;
        lab.forget();
        lab.run(5 * SECONDS);
        a.send(b);
        long firstNanos = lab.nowNanos;
        lab.run(20 * SECONDS);

        assertThat(a.sent(1).getFirst().sentNanos - firstNanos).isBetween(15 * SECONDS,
                15 * SECONDS + JITTER_MAX_NANOS);
    }

    @Test
    void recoversFromAPeerThatLostItsState() {
        session();
        b.stopped = true;
        Host reborn = lab.host(2, new Tai64n(Long.MAX_VALUE, 0));
        reborn.add(a, true, null, 0);
        a.send(b);
        lab.run(17 * SECONDS);
        a.send(b);
        lab.run(SECONDS);

        assertThat(reborn.delivered).hasSize(1);
        assertThat(reborn.drops(DropReason.NO_SESSION)).isEqualTo(1);
    }

    // Paper 6.5 and wg(8): a persistent keepalive goes out when nothing authenticated passed for the interval.
    @Test
    void keepsAPathOpenByPersistentKeepalives() {
        b.add(a, true, null, 0);
        a.add(b, true, null, 25);
        lab.run(2 * SECONDS);
        assertThat(a.sent(1)).hasSize(1);
        lab.forget();

        lab.run(100 * SECONDS);
        assertThat(a.sent(4)).hasSize(4).allMatch(Datagram::isKeepalive);
        assertThat(b.sent(4)).isEmpty();
        for (int i = 1; i < 4; i++) {
            assertThat(a.sent(4).get(i).sentNanos - a.sent(4).get(i - 1).sentNanos).isEqualTo(25 * SECONDS);
        }
    }

    @Test
    void putsThePersistentKeepaliveOffByAnyTraffic() {
        b.add(a, true, null, 0);
        a.add(b, true, null, 25);
        lab.run(2 * SECONDS);
        lab.forget();
        for (int i = 0; i < 12; i++) {
            lab.run(5 * SECONDS);
            b.send(a);
            lab.run(5 * SECONDS);
            a.send(b);
        }

        assertThat(a.sent(4)).hasSize(12).noneMatch(Datagram::isKeepalive);
    }

    @Test
    void beginsAndEndsPersistentKeepalivesWhenTheSettingChanges() {
        session();
        lab.run(60 * SECONDS);
        lab.forget();
        a.tunnel.update(lab.nowNanos, a.peer(b), new PeerSettings(b.tunnel.publicKey(), null, true, 5, List.of()));
        lab.run(MILLIS);
        assertThat(a.sent(4)).hasSize(1);
        lab.run(12 * SECONDS);
        assertThat(a.sent(4)).hasSize(3);
        a.tunnel.update(lab.nowNanos, a.peer(b), new PeerSettings(b.tunnel.publicKey(), null, true, 0, List.of()));
        lab.run(30 * SECONDS);
        assertThat(a.sent(4)).hasSize(3);
    }

    @Test
    void keepsTheSessionAliveForDaysByPersistentKeepalives() {
        b.add(a, true, null, 0);
        a.add(b, true, null, 25);
        lab.run(2 * 3600 * SECONDS);

        assertThat(a.peer(b).hasSession(lab.nowNanos)).isTrue();
        assertThat(a.events(Event.SessionExpired.class)).isEmpty();
        assertThat(a.events(Event.HandshakeGaveUp.class)).isEmpty();
        assertThat(a.sent(1).size()).isBetween(40, 62);
    }

    // Paper 6.3: after 3 * REJECT_AFTER_TIME (540 s) without a new session nothing secret is left.
    @Test
    void leavesNothingAndWaitsForNothingAfterNineMinutes() {
        session();
        lab.run(541 * SECONDS);

        assertThat(a.peer(b).keypairs.isEmpty()).isTrue();
        assertThat(a.tunnel.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
        assertThat(b.tunnel.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
    }

    // Paper 6.1: REKEY_AFTER_MESSAGES (2^60) messages call for a new session.
    @Test
    void renewsTheSessionAfterVeryManyMessages() {
        session();
        lab.run(6 * SECONDS);
        a.current(b).sealer.counter.set((1L << 60) - 1);
        a.send(b);
        lab.run(SECONDS);
        assertThat(a.sent(1)).isEmpty();
        a.send(b);
        lab.run(SECONDS);

        assertThat(a.sent(1)).hasSize(1);
        assertThat(b.delivered).hasSize(2);
    }

    // Paper 6.1: from REJECT_AFTER_MESSAGES (2^64 - 2^13 - 1) on nothing is sent with a session, nor received.
    @Test
    void sendsTheLastLegalCounterAndNoMore() {
        session();
        lab.run(6 * SECONDS);
        lab.fate = datagram -> datagram.type() == 1 ? new long[0] : new long[]{MILLIS};
        a.current(b).sealer.counter.set(-(1L << 13) - 2);
        a.send(b);
        lab.run(SECONDS);
        assertThat(b.delivered).hasSize(1);
        assertThat(a.current(b).sealer.isUsable(lab.nowNanos)).isFalse();

        a.send(b);
        lab.run(MILLIS);
        assertThat(a.sent(4)).hasSize(1);
        assertThat(a.sent(1)).isNotEmpty();
        lab.fate = _ -> new long[]{MILLIS};
        lab.run(6 * SECONDS);
        assertThat(b.delivered).hasSize(2);
    }

    @Test
    void refusesAReceivedCounterBeyondTheLimit() {
        session();
        a.send(b);
        byte[] datagram = lab.sent.getLast().bytes.clone();
        for (int i = 8; i < 16; i++) {
            datagram[i] = (byte) 0xff;
        }

        b.receive(datagram, a.addresses.getFirst());

        assertThat(b.drops(DropReason.REPLAY)).isEqualTo(1);
    }

    @Test
    void keepsAtMost128PacketsAndDropsTheOldestFirst() {
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        lab.fate = datagram -> a.sent(1).size() == 1 ? new long[0] : new long[]{MILLIS};
        for (int i = 0; i < 130; i++) {
            a.send(b, Lab.ip(1, 2, 20 + i));
        }
        assertThat(a.drops(DropReason.OVERFLOW)).isEqualTo(2);
        lab.run(7 * SECONDS);

        assertThat(b.delivered).hasSize(128);
        assertThat(b.delivered.getFirst()).hasSize(22);
        assertThat(b.delivered.getLast()).hasSize(149);
    }

    // CLOCK_BOOTTIME goes on in suspend: what is 180 s old on waking is wiped, what is younger is used.
    @Test
    void wipesOldSessionsOnWakingAndKeepsYoungOnes() {
        session();
        lab.nowNanos += 60 * SECONDS;
        a.send(b);
        lab.run(SECONDS);
        assertThat(b.delivered).hasSize(1);
        assertThat(a.sent(1)).isEmpty();

        lab.nowNanos += 600 * SECONDS;
        a.tunnel.handleTimeout(lab.nowNanos, a);
        assertThat(a.peer(b).keypairs.isEmpty()).isTrue();
        a.send(b);
        lab.run(SECONDS);
        assertThat(b.delivered).hasSize(2);
    }

    @Test
    void standsAClockThatGoesBack() {
        session();
        lab.nowNanos -= 3600 * SECONDS;
        a.send(b);
        b.send(a);
        lab.nowNanos += SECONDS;
        a.tunnel.handleTimeout(lab.nowNanos, a);
        b.tunnel.handleTimeout(lab.nowNanos, b);

        assertThat(a.peer(b).hasSession(lab.nowNanos)).isTrue();
    }
}
