package io.meshd.nat.lan;

import static io.meshd.nat.lan.LanWorld.MILLI;
import static io.meshd.nat.lan.LanWorld.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.testing.Property;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Hosts in one network find those whom they trust, and nobody else learns anything. */
class LanDiscoveryTest {
    private final LanWorld world = new LanWorld(1);

    private static boolean haveMet(LanWorld.Node one, LanWorld.Node other) {
        return one.sessions.contains(other.key) && other.sessions.contains(one.key);
    }

    @Test
    void twoHostsFindEachOtherAsSoonAsTheSecondIsThere() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        alpha.trusts(beta).plugIn();
        beta.trusts(alpha);
        world.run(47 * SECOND);
        assertThat(alpha.sessions).isEmpty();

        beta.plugIn();
        world.run(100 * MILLI);

        assertThat(haveMet(alpha, beta)).isTrue();
        assertThat(beta.found).containsExactly(new InetSocketAddress(alpha.link.local(), 51_821));
    }

    @Test
    void lostBeaconsCostLittleTime() {
        Property.forAll(100, random -> {
            LanWorld lossy = new LanWorld(random.nextLong());
            lossy.loss(0.3);
            LanWorld.Node alpha = lossy.node();
            LanWorld.Node beta = lossy.node();
            alpha.trusts(beta).plugIn();
            beta.trusts(alpha).plugIn();
            lossy.run(60 * SECOND);
            assertThat(haveMet(alpha, beta)).isTrue();
        });
    }

    @Test
    void networkThatIsJoinedWithoutAWordIsFoundWithinHalfAMinute() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        world.loss(1);
        alpha.trusts(beta).plugIn();
        beta.trusts(alpha).plugIn();
        world.run(600 * SECOND);
        world.loss(0);

        world.run(37 * SECOND);

        assertThat(haveMet(alpha, beta)).isTrue();
    }

    @Test
    void newTrustIsReasonEnoughToCall() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        alpha.plugIn();
        beta.trusts(alpha).plugIn();
        world.run(600 * SECOND);

        alpha.trusts(beta);
        world.run(100 * MILLI);

        assertThat(haveMet(alpha, beta)).isTrue();
    }

    @Test
    void nobodyCallsWhileNobodyIsMissing() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        alpha.trusts(beta).plugIn();
        beta.trusts(alpha).plugIn();
        world.run(SECOND);
        world.sent.clear();

        world.run(3_600 * SECOND);

        assertThat(world.sent).isEmpty();
    }

    @Test
    void callsForWhoIsAwayAreRare() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        LanWorld.Node away = new LanWorld(2).node();
        alpha.trusts(beta, away).plugIn();
        beta.trusts(alpha, away).plugIn();
        world.run(1_200 * SECOND);
        world.sent.clear();

        world.run(3_600 * SECOND);

        // Each calls in 300 s less or more, and each call is answered once.
        assertThat(world.sent).hasSizeBetween(30, 60);
        assertThat(world.callsBy(alpha)).isBetween(9L, 16L);
    }

    @Test
    void lonelyHostCallsOnceInHalfAMinute() {
        LanWorld.Node alpha = world.node();
        alpha.trusts(new LanWorld(2).node()).plugIn();
        world.run(SECOND * 600);
        world.sent.clear();

        world.run(600 * SECOND);

        assertThat(world.sentBy(alpha)).isBetween(16L, 26L);
    }

    @Test
    void trustOfOneSideAloneFindsNobody() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        LanWorld.Node stranger = world.node();
        alpha.trusts(beta).plugIn();
        stranger.trusts(alpha, beta).plugIn();

        world.run(600 * SECOND);

        assertThat(alpha.found).isEmpty();
        assertThat(stranger.found).isEmpty();
        assertThat(stranger.discovery.counters().answersHeard()).as("noise").isPositive();
    }

    @Test
    void hostThatTrustsNobodySaysNothing() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        alpha.plugIn();
        beta.trusts(alpha).plugIn();

        world.run(600 * SECOND);

        assertThat(world.sentBy(alpha)).isZero();
    }

    @Test
    void unpluggedHostIsSilentAndComesBack() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        alpha.trusts(beta).plugIn();
        beta.trusts(alpha);
        world.run(SECOND);
        alpha.unplug();
        world.sent.clear();
        world.run(600 * SECOND);
        assertThat(world.sent).isEmpty();

        beta.plugIn();
        world.run(60 * SECOND);
        alpha.plugIn();
        world.run(100 * MILLI);

        assertThat(haveMet(alpha, beta)).isTrue();
    }

    @Test
    void thousandPeersTakeTurns() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 300; i++) {
            alpha.trusted.add(Identity.generate(random).publicKey());
            beta.trusted.add(Identity.generate(random).publicKey());
        }
        alpha.trusts(beta).plugIn();
        beta.trusts(alpha).plugIn();

        world.run(600 * SECOND);

        assertThat(haveMet(alpha, beta)).isTrue();
    }

    @Test
    void manyHostsThatAllMissOneDoNotFillTheAir() {
        PublicKey away = Identity.generate(new SplittableRandom(5)).publicKey();
        for (int i = 0; i < 40; i++) {
            LanWorld.Node node = world.node();
            node.isConnecting = false;
            node.sessions.add(node.key);
            node.trusted.add(away);
        }
        world.nodes.forEach(LanWorld.Node::plugIn);
        world.run(1_200 * SECOND);
        world.sent.clear();

        world.run(600 * SECOND);

        assertThat(world.sent.size() / 600.0).as("beacons a second of 40 hosts").isLessThan(8);
    }

    // What others can do.

    @Test
    void recordedBeaconsAreOfNoUse() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        alpha.isConnecting = false;
        beta.isConnecting = false;
        alpha.trusts(beta).plugIn();
        beta.trusts(alpha).plugIn();
        world.run(2 * SECOND);
        assertThat(alpha.found.size() + beta.found.size()).isPositive();
        List<LanWorld.Sent> recorded = List.copyOf(world.sent);
        world.run(4 * SECOND);
        alpha.found.clear();
        beta.found.clear();

        for (LanWorld.Sent one : recorded) {
            alpha.hears(one.source(), one.beacon().toArray());
            beta.hears(one.source(), one.beacon().toArray());
        }

        assertThat(alpha.found).isEmpty();
        assertThat(beta.found).isEmpty();
    }

    @Test
    void answerCountsOnceFromItsSenderAndByItsLink() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        beta.isConnecting = false;
        alpha.isConnecting = false;
        alpha.trusts(beta).plugIn();
        beta.trusts(alpha);
        world.run(10 * SECOND);
        world.sent.clear();
        beta.plugIn();
        world.run(60 * MILLI);
        LanWorld.Sent answer = world.sent.stream().filter(one -> one.from() == alpha && !one.isCall()).findFirst()
                .orElseThrow();
        assertThat(beta.found).hasSize(1);

        beta.hears(answer.source(), answer.beacon().toArray());
        assertThat(beta.found).as("a copy").hasSize(1);

        LanBeacon.Answer content = (LanBeacon.Answer) answer.decoded();
        byte[] forged = LanCodec.encode(
                new LanBeacon.Answer(content.call(), new LanNonce(1, 2), content.slots()));
        beta.hears(answer.source(), forged);
        beta.hears(LanWorld.address("192.168.1.99"), answer.beacon().toArray());
        assertThat(beta.found).as("another beacon, another source").hasSize(1);

        alpha.hears(beta.link.local(), answer.beacon().toArray());
        assertThat(alpha.found).as("the own slots sent back").isEmpty();
    }

    private static PairSecret secret(LanWorld.Node of, LanWorld.Node with) {
        return Objects.requireNonNull(PairSecret.agree(of.identity.tunnelPrivateKey(), with.key.tunnelKey()));
    }

    @Test
    void portOfAnAnswerCannotBeChanged() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        LanNonce call = new LanNonce(1, 2);
        LanNonce nonce = new LanNonce(3, 4);
        PairSecret ofAlpha = secret(alpha, beta);
        PairSecret ofBeta = secret(beta, alpha);
        InetAddress at = alpha.link.local();
        Slot slot = ofAlpha.slot(call, nonce, at, 51_821);

        assertThat(ofBeta.port(new LanBeacon.Answer(call, nonce, List.of(slot)), at)).isEqualTo(51_821);
        for (int bit = 0; bit < 16; bit++) {
            Slot changed = new Slot(slot.locator(), slot.maskedPort() ^ 1 << bit, slot.check());
            assertThat(ofBeta.port(new LanBeacon.Answer(call, nonce, List.of(changed)), at)).isZero();
        }
        assertThat(ofAlpha.port(new LanBeacon.Answer(call, nonce, List.of(slot)), at)).as("sent back").isZero();
    }

    @Test
    void floodOfCallsGetsFewAnswersAndNoWork() {
        LanWorld.Node alpha = world.node();
        alpha.trusts(new LanWorld(2).node()).plugIn();
        world.run(120 * SECOND);
        world.sent.clear();

        for (int i = 0; i < 60_000; i++) {
            world.now += MILLI;
            InetAddress source = LanWorld.address("192.168." + i % 64 + "." + (1 + i % 250));
            alpha.hears(source, LanCodec.encode(new LanBeacon.Call(new LanNonce(i, i))));
            alpha.discovery.handleTimeout(world.now, alpha);
        }

        long answers = world.sentBy(alpha) - world.callsBy(alpha);
        assertThat(answers).isBetween(1L, 16L + 30);
        assertThat(alpha.discovery.counters().refused()).isGreaterThan(59_000);
    }

    @Test
    void oneSourceCannotUseUpWhatIsOthers() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        alpha.trusts(beta).plugIn();
        beta.trusts(alpha);
        world.run(120 * SECOND);
        InetAddress rude = LanWorld.address("192.168.1.66");
        for (int i = 0; i < 16; i++) {
            alpha.hears(rude, new byte[LanCodec.BEACON_BYTES]);
        }
        for (int i = 0; i < 10_000; i++) {
            alpha.hears(rude, LanCodec.encode(new LanBeacon.Call(new LanNonce(i, i))));
        }

        beta.plugIn();
        world.run(100 * MILLI);

        assertThat(haveMet(alpha, beta)).isTrue();
    }

    @Test
    void floodOfAnswersFindsNobodyAndIsSoonOver() {
        LanWorld.Node alpha = world.node();
        alpha.trusts(new LanWorld(2).node()).plugIn();
        List<LanNonce> calls = new ArrayList<>();
        world.run(10 * MILLI);
        calls.add(((LanBeacon.Call) world.sent.getLast().decoded()).nonce());

        for (int i = 0; i < 10_000; i++) {
            List<Slot> slots = new ArrayList<>();
            for (int j = 0; j < LanCodec.SLOTS; j++) {
                slots.add(Slot.random(world.random));
            }
            alpha.hears(LanWorld.address("192.168." + i % 64 + "." + (1 + i % 250)),
                    LanCodec.encode(new LanBeacon.Answer(calls.getFirst(), new LanNonce(i, 7), slots)));
        }

        assertThat(alpha.found).isEmpty();
        assertThat(alpha.discovery.counters().answersHeard()).isEqualTo(OwnCall.ANSWERS_MAX);
    }

    @Test
    void garbageChangesNothing() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        alpha.isConnecting = false;
        alpha.trusts(beta).plugIn();
        beta.trusts(alpha);
        world.run(120 * SECOND);
        world.sent.clear();
        Property.forAll(2_000, random -> {
            world.now += SECOND / 2;
            alpha.hears(beta.link.local(), Property.bytes(random, 2 * LanCodec.BEACON_BYTES));
        });
        assertThat(world.sent).isEmpty();
        assertThat(alpha.found).isEmpty();
        assertThat(alpha.discovery.counters().malformed()).isEqualTo(2_000);
    }

    /** All that an outsider sees of an answer but its nonce and the call's is as random as noise. */
    @Test
    void answersOfOneHostHaveNothingInCommon() {
        LanWorld.Node alpha = world.node();
        LanWorld.Node beta = world.node();
        LanWorld.Node gamma = world.node();
        alpha.trusts(beta, gamma).plugIn();
        List<Bytes> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            world.now += 3 * SECOND;
            world.sent.clear();
            // The same call again and again: the attacker's best choice.
            alpha.hears(LanWorld.address("192.168.1.66"), LanCodec.encode(new LanBeacon.Call(new LanNonce(1, 1))));
            world.now += SECOND;
            alpha.discovery.handleTimeout(world.now, alpha);
            world.sent.stream().filter(one -> !one.isCall()).forEach(one -> answers.add(one.beacon()));
        }

        assertThat(answers).hasSizeGreaterThan(150).allMatch(answer -> answer.length() == LanCodec.BEACON_BYTES);
        List<Long> words = new ArrayList<>();
        int[] ones = new int[Slot.BYTES * Byte.SIZE];
        for (Bytes answer : answers) {
            LanBeacon.Answer content = (LanBeacon.Answer) LanWorld.decoded(answer.toArray());
            assertThat(content.slots()).hasSize(LanCodec.SLOTS);
            content.slots().forEach(slot -> words.add(slot.locator()));
            // The first two are for beta and gamma.
            byte[] bytes = answer.toArray();
            int slot = LanCodec.BEACON_BYTES - LanCodec.SLOTS * Slot.BYTES;
            for (int bit = 0; bit < ones.length; bit++) {
                ones[bit] += bytes[slot + bit / 8] >>> bit % 8 & 1;
            }
        }
        assertThat(words).doesNotHaveDuplicates();
        // Each bit of the first slot is set in half of them: within six standard deviations.
        double spread = 6 * Math.sqrt(answers.size()) / 2;
        for (int one : ones) {
            assertThat((double) one).isBetween(answers.size() / 2.0 - spread, answers.size() / 2.0 + spread);
        }
    }

    @Test
    void callsOfOneHostHaveNothingInCommon() {
        LanWorld.Node alpha = world.node();
        LanLink other = new LanLink(3, LanWorld.address("10.1.1.1"));
        alpha.trusts(new LanWorld(2).node());
        alpha.discovery.links(world.now, List.of(alpha.link, other), 51_821);
        world.run(600 * SECOND);

        assertThat(world.sent).hasSizeGreaterThan(40).extracting(LanWorld.Sent::decoded).doesNotHaveDuplicates();
        assertThat(world.sent).allSatisfy(one -> {
            byte[] bytes = one.beacon().toArray();
            assertThat(bytes).hasSize(LanCodec.BEACON_BYTES);
            for (int i = 4 + LanNonce.BYTES; i < bytes.length; i++) {
                assertThat(bytes[i]).isZero();
            }
        });
    }
}
