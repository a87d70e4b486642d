package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.MILLIS;
import static io.meshd.tunnel.Lab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.HandshakeMessage;
import io.meshd.protocol.HandshakeMessage.CookieReply;
import io.meshd.tunnel.Lab.Host;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CookieTest {
    private final Lab lab = new Lab(5);
    private final Host a = lab.host(1);
    private final Host b = lab.host(2);
    private final Endpoint from = Lab.endpoint("192.0.2.1", 4000);
    private final Endpoint to = Lab.endpoint("192.0.2.2", 51820);
    private final CookieChecker checker = new CookieChecker(b.tunnel.publicKey(), new SplittableRandom(1));
    private final CookieJar jar = new CookieJar(b.tunnel.publicKey(), false);

    private byte[] stamped(long nowNanos) {
        byte[] message = new byte[148];
        message[0] = 1;
        jar.stamp(nowNanos, message, to);
        return message;
    }

    private boolean provesKey(byte[] message) {
        return checker.hasValidMac1(message, 0, message.length);
    }

    private boolean provesAddress(long nowNanos, byte[] message, Endpoint source) {
        return CookieChecker.hasValidMac2(checker.cookie(nowNanos, source), message, 0, message.length);
    }

    private CookieReply challenge(byte[] message, Endpoint source) {
        return checker.reply(checker.cookie(0, source), message, 0, message.length, 7);
    }

    @Test
    void provesTheKnowledgeOfTheKeyByTheFirstMac() {
        byte[] message = stamped(0);

        assertThat(provesKey(message)).isTrue();
        assertThat(provesAddress(0, message, from)).isFalse();
        for (int bit = 0; bit < (148 - 16) * 8; bit += 7) {
            byte[] flipped = message.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThat(provesKey(flipped)).isFalse();
        }
    }

    @Test
    void provesTheAddressByACookie() {
        CookieReply reply = challenge(stamped(0), from);
        assertThat(reply.receiver()).isEqualTo(7);
        assertThat(jar.accept(0, reply, to)).isTrue();
        byte[] message = stamped(0);

        assertThat(provesAddress(0, message, from)).isTrue();
        assertThat(provesAddress(0, message, Lab.endpoint("192.0.2.1", 4001))).isFalse();
        assertThat(provesAddress(0, message, Lab.endpoint("192.0.2.3", 4000))).isFalse();
        assertThat(provesAddress(0, message, Lab.endpoint("::ffff:0:192.0.2.1", 4000))).isFalse();
        message[140] ^= 1;
        assertThat(provesAddress(0, message, from)).isFalse();
    }

    @Test
    void takesACookieOnce() {
        CookieReply reply = challenge(stamped(0), from);

        assertThat(jar.accept(0, reply, to)).isTrue();
        assertThat(jar.accept(0, reply, to)).isFalse();
    }

    @Test
    void takesNoCookieForAnEarlierMessage() {
        CookieReply reply = challenge(stamped(0), from);
        byte[] other = new byte[148];
        other[9] = 1;
        jar.stamp(0, other, to);

        assertThat(jar.accept(0, reply, to)).isFalse();
    }

    @Test
    void takesNoCookieFromAnAddressThatNothingWasSentTo() {
        CookieReply reply = challenge(stamped(0), from);

        assertThat(jar.accept(0, reply, from)).isFalse();
    }

    @Test
    void stopsUsingACookieFiveSecondsBeforeTheSecretChanges() {
        assertThat(jar.accept(0, challenge(stamped(0), from), to)).isTrue();

        assertThat(provesAddress(0, stamped(114 * SECONDS), from)).isTrue();
        assertThat(Arrays.copyOfRange(stamped(115 * SECONDS), 132, 148)).containsOnly(0);
    }

    @Test
    void changesTheSecretEveryTwoMinutes() {
        assertThat(jar.accept(0, challenge(stamped(0), from), to)).isTrue();
        byte[] message = stamped(0);

        assertThat(provesAddress(119 * SECONDS, message, from)).isTrue();
        assertThat(provesAddress(120 * SECONDS, message, from)).isFalse();
    }

    @Test
    void bindsARelayedCookieToRelayAndPeer() {
        Host relay = lab.host(3);
        Endpoint relayed = new Endpoint.Relayed(relay.identity, a.identity);
        assertThat(jar.accept(0, challenge(stamped(0), relayed), to)).isTrue();
        byte[] message = stamped(0);

        assertThat(provesAddress(0, message, relayed)).isTrue();
        assertThat(provesAddress(0, message, new Endpoint.Relayed(b.identity, a.identity))).isFalse();
        assertThat(provesAddress(0, message, new Endpoint.Relayed(relay.identity, b.identity))).isFalse();
    }

    @Test
    void answersAnInitiationUnderLoadByACookieAtNoCurveOperation() {
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        b.underLoad = true;
        a.send(b);
        lab.run(SECONDS);

        assertThat(b.sent(3)).hasSize(1);
        assertThat(b.sent(3).getFirst().bytes).hasSize(64);
        assertThat(b.tunnel.curveOperations()).isZero();
        assertThat(b.drops(DropReason.RATE_LIMITED)).isEqualTo(1);
        assertThat(a.sent(1)).hasSize(1);
        lab.run(5 * SECONDS);
        assertThat(b.delivered).hasSize(1);
        assertThat(a.sent(1)).hasSize(2);
    }

    @Test
    void answersAResponseUnderLoadByACookie() {
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        a.underLoad = true;
        b.underLoad = true;
        a.send(b);
        lab.run(20 * SECONDS);

        assertThat(b.sent(3)).hasSize(1);
        assertThat(a.sent(3)).hasSize(1);
        assertThat(b.delivered).hasSize(1);
        assertThat(a.sent(1)).hasSize(3);
    }

    @Test
    void makesASessionBetweenMeshdPeersUnderLoadWithinASecond() {
        a.add(b);
        b.add(a);
        a.underLoad = true;
        b.underLoad = true;
        a.send(b);
        lab.run(SECONDS);

        assertThat(b.delivered).hasSize(1);
        assertThat(a.tunnel.curveOperations()).isEqualTo(3 + 2);
        assertThat(b.tunnel.curveOperations()).isEqualTo(5);
    }

    @Test
    void movesNoEndpointForACookie() {
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        b.underLoad = true;
        lab.fate = datagram -> datagram.type() == 3 ? new long[0] : new long[]{MILLIS};
        a.send(b);
        lab.run(100 * MILLIS);

        a.receive(b.sent(3).getFirst().bytes, Lab.endpoint("203.0.113.5", 5));

        assertThat(a.peer(b).endpoint()).isEqualTo(b.addresses.getFirst());
        assertThat(a.drops).isEmpty();
    }

    @Test
    void refusesAForgedCookie() {
        a.add(b, true, null, 0);
        a.send(b);
        var sent = (HandshakeMessage.Initiation) Objects
                .requireNonNull(HandshakeMessage.parse(a.sent(1).getFirst().bytes));
        byte[] forged = new byte[64];
        forged[0] = 3;
        for (int i = 0; i < 4; i++) {
            forged[4 + i] = (byte) (sent.sender() >>> (8 * i));
        }

        a.receive(forged, b.addresses.getFirst());

        assertThat(a.drops(DropReason.MALFORMED)).isEqualTo(1);
    }

    @Test
    void staysUnderLoadForOneSecondMore() {
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        a.connect(b);
        byte[] initiation = a.sent(1).getFirst().bytes;
        b.underLoad = true;
        b.receive(initiation, from);
        b.underLoad = false;
        lab.nowNanos += 999 * MILLIS;
        b.receive(initiation, from);
        assertThat(b.sent(3)).hasSize(2);

        lab.nowNanos += MILLIS;
        b.receive(initiation, from);
        assertThat(b.sent(3)).hasSize(2);
        assertThat(b.sent(2)).hasSize(1);
    }

    @Test
    void limitsASourceThatProvedItsAddressUnderLoad() {
        SourceLimiter limiter = new SourceLimiter();
        for (int host = 1; host <= 14; host++) {
            Endpoint source = host % 2 == 0
                    ? Lab.endpoint("10.1.1." + host, 5)
                    : Lab.endpoint("2001:db8:0:" + host + "::1", 5);
            for (int i = 0; i < 5; i++) {
                assertThat(limiter.allows(0, source)).isTrue();
            }
            assertThat(limiter.allows(0, source)).isFalse();
            assertThat(limiter.allows(49 * MILLIS, source)).isFalse();
            assertThat(limiter.allows(100 * MILLIS, source)).isTrue();
        }
        assertThat(limiter.size()).isEqualTo(14);
    }

    @Test
    void earnsOneHandshakeEveryFiftyMilliseconds() {
        SourceLimiter limiter = new SourceLimiter();
        for (int i = 0; i < 5; i++) {
            assertThat(limiter.allows(0, from)).isTrue();
        }
        assertThat(limiter.allows(0, from)).isFalse();
        assertThat(limiter.allows(50 * MILLIS, from)).isTrue();
        assertThat(limiter.allows(50 * MILLIS, from)).isFalse();
        assertThat(limiter.allows(150 * MILLIS, from)).isTrue();
        assertThat(limiter.allows(150 * MILLIS, from)).isTrue();
        assertThat(limiter.allows(150 * MILLIS, from)).isFalse();
    }

    @Test
    void countsPortsOfOneAddressAndAddressesOfOneSixtyFourAsOneSource() {
        SourceLimiter limiter = new SourceLimiter();
        for (int i = 0; i < 5; i++) {
            assertThat(limiter.allows(0, Lab.endpoint("10.1.1.1", 5 + i))).isTrue();
            assertThat(limiter.allows(0, Lab.endpoint("2001:db8::" + i, 5))).isTrue();
        }
        assertThat(limiter.allows(0, Lab.endpoint("10.1.1.1", 77))).isFalse();
        assertThat(limiter.allows(0, Lab.endpoint("2001:db8::99", 5))).isFalse();
        assertThat(limiter.allows(0, Lab.endpoint("2001:db8:0:1::99", 5))).isTrue();
    }

    @Test
    void forgetsIdleSourcesAndBoundsThem() {
        SourceLimiter limiter = new SourceLimiter();
        for (int i = 0; i < SourceLimiter.SOURCES_MAX; i++) {
            limiter.allows(0, Lab.endpoint("10." + (i >>> 16) + "." + ((i >>> 8) & 255) + "." + (i & 255), 1));
        }
        assertThat(limiter.size()).isEqualTo(SourceLimiter.SOURCES_MAX);
        assertThat(limiter.allows(0, from)).isFalse();

        assertThat(limiter.allows(1001 * MILLIS, from)).isTrue();
        assertThat(limiter.size()).isEqualTo(1);
    }
}
