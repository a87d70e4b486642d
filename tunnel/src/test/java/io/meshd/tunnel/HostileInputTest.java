package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.meshd.protocol.Endpoint;
import io.meshd.tunnel.Lab.Datagram;
import io.meshd.tunnel.Lab.Host;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever comes by the network is counted and otherwise without effect, unless it is authentic. */
class HostileInputTest {
    private static final Endpoint ELSEWHERE = Lab.endpoint("203.0.113.66", 666);

    private final Lab lab = new Lab(20);
    private final Host a = lab.host(1);
    private final Host b = lab.host(2);

    private List<byte[]> conversation() {
        a.add(b);
        b.add(a);
        b.underLoad = true;
        a.send(b);
        lab.run(50 * Lab.MILLIS);
        b.underLoad = false;
        lab.run(8 * SECONDS);
        a.send(b);
        b.send(a);
        lab.run(SECONDS);
        assertThat(b.delivered).hasSize(2);
        assertThat(a.delivered).hasSize(1);
        return lab.sent.stream().map(datagram -> datagram.bytes).toList();
    }

    /** Gives both hosts a datagram that nobody sent. */
    private void attack(byte[] datagram) {
        for (Host victim : List.of(a, b)) {
            int sent = lab.sent.size();
            int delivered = victim.delivered.size();
            int drops = victim.drops.values().stream().mapToInt(Integer::intValue).sum();
            Peer peer = victim.peer(victim == a ? b : a);
            Endpoint endpoint = peer.endpoint();
            int indices = victim.tunnel.indicesInUse();

            victim.receive(datagram.clone(), ELSEWHERE);

            assertThat(victim.delivered).hasSize(delivered);
            assertThat(victim.drops.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(drops + 1);
            assertThat(lab.sent).hasSize(sent);
            assertThat(peer.endpoint()).isEqualTo(endpoint);
            assertThat(victim.tunnel.indicesInUse()).isEqualTo(indices);
        }
    }

    private void assertStillTalking() {
        lab.forget();
        a.send(b);
        b.send(a);
        lab.run(SECONDS);
        assertThat(a.delivered).hasSize(1);
        assertThat(b.delivered).hasSize(1);
    }

    @Test
    void ignoresMutatedDatagramsOfEveryType() {
        List<byte[]> originals = conversation();
        assertThat(originals.stream().map(datagram -> datagram[0]).distinct().sorted()).containsExactly((byte) 1,
                (byte) 2, (byte) 3, (byte) 4);
        SplittableRandom random = new SplittableRandom(21);
        for (int i = 0; i < 4_000; i++) {
            byte[] mutated = originals.get(random.nextInt(originals.size())).clone();
            for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
                mutated[random.nextInt(mutated.length)] ^= (byte) (1 + random.nextInt(255));
            }
            if (originals.stream().noneMatch(original -> Arrays.equals(original, mutated))) {
                attack(mutated);
            }
        }
        assertStillTalking();
    }

    @Test
    void ignoresEveryTruncationAndExtension() {
        for (byte[] original : conversation()) {
            for (int length = 0; length < original.length; length++) {
                attack(Arrays.copyOf(original, length));
            }
            attack(Arrays.copyOf(original, original.length + 1));
            attack(Arrays.copyOf(original, 65_507));
        }
        assertStillTalking();
    }

    @Test
    void ignoresForgedHandshakesWithAValidFirstMac() {
        List<byte[]> originals = conversation();
        SplittableRandom random = new SplittableRandom(22);
        for (int i = 0; i < 300; i++) {
            byte[] forged = originals.get(random.nextInt(originals.size())).clone();
            if (forged[0] == 1 || forged[0] == 2) {
                forged[8 + random.nextInt(forged.length - 40)] ^= (byte) (1 + random.nextInt(255));
                for (Host victim : List.of(a, b)) {
                    new CookieJar(victim.tunnel.publicKey(), true).stamp(lab.nowNanos, forged, ELSEWHERE);
                    attack(forged);
                }
            }
        }
        assertStillTalking();
    }

    @Test
    void leavesTheWindowAloneForAForgedCounter() {
        conversation();
        a.send(b);
        Datagram genuine = lab.sent.getLast();
        byte[] forged = genuine.bytes.clone();
        forged[14] = 0x10;
        b.receive(forged, ELSEWHERE);
        lab.run(SECONDS);

        assertThat(b.delivered).hasSize(3);
    }

    @FuzzTest
    void survivesAnyDatagram(byte[] datagram) {
        a.add(b);
        b.add(a);
        a.connect(b);
        lab.run(SECONDS);
        attack(datagram);
        assertStillTalking();
    }

    @FuzzTest
    void survivesAnyHandshakeMessageWithAValidFirstMac(byte[] content) {
        a.add(b);
        b.add(a);
        a.connect(b);
        lab.run(SECONDS);
        for (int length : new int[]{148, 92}) {
            byte[] message = Arrays.copyOf(content, length);
            Arrays.fill(message, 0, 4, (byte) 0);
            message[0] = (byte) (length == 148 ? 1 : 2);
            new CookieJar(b.tunnel.publicKey(), true).stamp(lab.nowNanos, message, ELSEWHERE);
            attack(message);
        }
        assertStillTalking();
    }

    @FuzzTest
    void measuresAnyInnerPacketWithinWhatCame(byte[] inner) {
        int length = InnerPacket.trimmedLength(inner, 0, inner.length);
        assertThat(length).isLessThanOrEqualTo(inner.length);
        if (length >= 0) {
            assertThat(Routes.of(List.<Routes.Route<String>>of()).sourceOwner(inner, 0)).isNull();
        }
    }
}
