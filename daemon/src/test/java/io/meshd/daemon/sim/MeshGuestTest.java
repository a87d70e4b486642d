package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.identity.Prefix;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Introduction;
import io.meshd.protocol.IntroductionSet;
import io.meshd.protocol.Invitation;
import io.meshd.protocol.InvitationToken;
import io.meshd.protocol.JoinRefusal;
import io.meshd.protocol.JoinStatement;
import io.meshd.protocol.LeaveStatement;
import io.meshd.protocol.MappingBehaviour;
import io.meshd.protocol.NodeRecord;
import io.meshd.protocol.SignalCandidate;
import io.meshd.protocol.SignalStatement;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A guest says one thing to who invited it, hears one thing, and is nobody else's. */
class MeshGuestTest {
    private static final int SEEDS = 3;
    private static final Frame ALTERED = new Frame.JoinRefused(JoinRefusal.ALTERED, "");
    private static final Frame.Welcome WELCOME = new Frame.Welcome("beta", List.of(), false);

    private static InvitationToken invitation(SimulatedNetwork network, SimulatedHost inviter) {
        Identity guest = Identity.generate(network.random.split());
        InvitationToken token = InvitationToken.issue(inviter.identity, guest,
                new Invitation(inviter.key, guest.publicKey(), "home-net", inviter.name, List.of(), false, List.of(),
                        "",
                        List.of(), false, 1, List.of(HostPort.parse("198.18.0.1:51821").orThrow())));
        inviter.turn(node -> node.invite(inviter.clockNanos(), List.of(guest.publicKey())));
        return token;
    }

    private static SimulatedHost inviter(SimulatedNetwork network) {
        SimulatedHost alpha = network.host("alpha");
        alpha.start();
        return alpha;
    }

    /** Answers whoever is brought, and says who that was. */
    private static List<Frame.Join> answering(SimulatedHost host, Frame answer) {
        List<Frame.Join> asked = new ArrayList<>();
        host.doorman((guest, join) -> {
            asked.add(join);
            host.turn(node -> node.answer(host.clockNanos(), guest, answer));
        });
        return asked;
    }

    @Test
    void guestIsAnsweredAndIsNobodysPeer() {
        Simulation.run("guest", SEEDS, network -> {
            SimulatedHost alpha = inviter(network);
            List<Frame.Join> asked = answering(alpha, WELCOME);
            Identity newcomer = Identity.generate(network.random.split());
            List<InetSocketAddress> places = new ArrayList<>(List.of(SimulatedNetwork.address("192.0.2.200")));
            places.addAll(alpha.addresses());

            Caller caller = new Caller(network, "203.0.113.5", invitation(network, alpha), newcomer, 0).call(places);
            network.await(2 * SECOND, "the answer", () -> caller.state().answer() != null);

            assertThat(caller.state().answer()).isEqualTo(WELCOME);
            Endpoint.Direct from = Objects.requireNonNull(caller.state().answeredFrom());
            assertThat(alpha.addresses()).contains(from.address());
            assertThat(asked).isNotEmpty().allSatisfy(join -> {
                assertThat(join.newcomer()).isEqualTo(newcomer.publicKey());
                assertThat(join.name()).isEqualTo("newcomer");
            });
            assertThat(alpha.node().neighbours(alpha.clockNanos())).isEmpty();
            assertThat(alpha.node().insight().newcomers()).isZero();
        });
    }

    @Test
    void questionAndAnswerGetThroughLoss() {
        Simulation.run("guest-loss", 10, network -> {
            SimulatedHost alpha = inviter(network);
            answering(alpha, WELCOME);

            Caller caller = new Caller(network, "203.0.113.5", invitation(network, alpha),
                    Identity.generate(network.random.split()), 0.4).call(alpha.addresses());

            network.await(30 * SECOND, "the answer", () -> WELCOME.equals(caller.state().answer()));
        });
    }

    @Test
    void refusalIsHeardAndTheQuestionEnds() {
        Simulation.run("guest-refused", SEEDS, network -> {
            SimulatedHost alpha = inviter(network);
            Frame refusal = new Frame.JoinRefused(JoinRefusal.USED, "");
            List<Frame.Join> asked = answering(alpha, refusal);
            Caller caller = new Caller(network, "203.0.113.5", invitation(network, alpha),
                    Identity.generate(network.random.split()), 0).call(alpha.addresses());
            network.await(2 * SECOND, "the answer", () -> refusal.equals(caller.state().answer()));
            int times = asked.size();
            network.run(20 * SECOND);
            assertThat(asked).hasSize(times);
        });
    }

    @Test
    void strangerBesideAGuestGetsSilence() {
        Simulation.run("guest-stranger", SEEDS, network -> {
            SimulatedHost alpha = inviter(network);
            InvitationToken invitation = invitation(network, alpha);
            invitation.destroy();
            Datagram knock = Knock.at(network, alpha);
            List<Datagram> answers = new ArrayList<>();
            network.attach(knock.from(), answers::add);
            network.inject(knock.from(), knock.to(), knock.payload());
            network.run(10 * SECOND);
            assertThat(answers).isEmpty();
            assertThat(alpha.node().counters().rejectedHandshakes()).isEqualTo(1);
        });
    }

    @Test
    void guestOfAnInvitationThatIsGoneGetsSilence() {
        Simulation.run("guest-gone", SEEDS, network -> {
            SimulatedHost alpha = inviter(network);
            List<Frame.Join> asked = answering(alpha, WELCOME);
            InvitationToken token = invitation(network, alpha);
            alpha.turn(node -> node.invite(alpha.clockNanos(), List.of()));
            Caller caller = new Caller(network, "203.0.113.5", token, Identity.generate(network.random.split()), 0)
                    .call(alpha.addresses());
            network.run(8 * SECOND);
            assertThat(caller.state().isHeard()).isFalse();
            assertThat(asked).isEmpty();
        });
    }

    @Test
    void guestThatIsNotAnsweredAsksAtARate() {
        Simulation.run("guest-unanswered", SEEDS, network -> {
            SimulatedHost alpha = inviter(network);
            List<Frame.Join> asked = new ArrayList<>();
            alpha.doorman((_, join) -> asked.add(join));
            Caller caller = new Caller(network, "203.0.113.5", invitation(network, alpha),
                    Identity.generate(network.random.split()), 0).call(alpha.addresses());
            network.run(10 * SECOND);
            assertThat(caller.state().isHeard()).isTrue();
            assertThat(asked).hasSizeBetween(15, 22);
            // Its time at the door is over after half a minute, and begins anew with its next handshake only.
            network.run(30 * SECOND);
            assertThat(alpha.node().counters().drops(DropReason.NO_SESSION)).isPositive();
        });
    }

    /** Somebody with the secret of an invitation, in session with its maker, who says whatever a test wants. */
    private static HostileRelay intruder(SimulatedNetwork network, SimulatedHost inviter) {
        InvitationToken token = invitation(network, inviter);
        HostileRelay mallory = new HostileRelay(network, "198.18.9.9", token.guest());
        mallory.knows(inviter);
        mallory.start();
        network.run(SECOND);
        return mallory;
    }

    @Test
    void guestThatSaysEverythingElseMovesNothing() {
        Simulation.run("guest-hostile", SEEDS, network -> {
            SimulatedHost alpha = network.mesh(2).getFirst();
            SimulatedHost beta = network.hosts().getLast();
            network.hosts().forEach(host -> {
                host.seed(alpha);
                host.start();
            });
            network.await(20 * SECOND, "the mesh", network::isWhole);
            List<Frame.Join> asked = answering(alpha, WELCOME);
            HostileRelay mallory = intruder(network, alpha);
            InetSocketAddress victim = SimulatedNetwork.address("11.22.33.44");
            List<Datagram> toVictim = new ArrayList<>();
            network.attach(victim, toVictim::add);
            long refused = alpha.node().counters().drops(DropReason.UNAUTHORIZED_PEER);
            long strangers = alpha.node().counters().drops(DropReason.UNAUTHORIZED_SOURCE);

            int rounds = 50;
            for (int i = 0; i < rounds; i++) {
                for (Frame frame : forbidden(network, mallory, alpha, beta, victim, i)) {
                    mallory.say(alpha, frame);
                }
                mallory.sayRaw(alpha, InnerPackets.of(beta.overlay(false), alpha.overlay(false), i,
                        InnerPackets.BYTES_MIN));
                network.run(20 * MILLI);
            }

            assertThat(asked).isEmpty();
            assertThat(mallory.received).isEmpty();
            assertThat(toVictim).isEmpty();
            int kinds = forbidden(network, mallory, alpha, beta, victim, 0).size();
            assertThat(alpha.node().counters().drops(DropReason.UNAUTHORIZED_PEER) - refused)
                    .isEqualTo((long) rounds * kinds);
            assertThat(alpha.node().counters().drops(DropReason.UNAUTHORIZED_SOURCE) - strangers).isEqualTo(rounds);
            assertThat(alpha.node().neighbours(alpha.clockNanos())).singleElement()
                    .satisfies(view -> assertThat(view.grant().isNode(beta.key)).isTrue());
            assertThat(alpha.view(beta).endpoint()).isEqualTo(new Endpoint.Direct(beta.addresses().getFirst()));
            Parcel parcel = alpha.send(beta);
            network.run(SECOND);
            assertThat(parcel.hasArrived()).isTrue();
        });
    }

    /** What neighbours say to each other, all of it true as far as a guest can make it so. */
    private static List<Frame> forbidden(SimulatedNetwork network, HostileRelay mallory, SimulatedHost alpha,
            SimulatedHost beta, InetSocketAddress victim, int number) {
        List<SignalCandidate> candidates = List.of(new SignalCandidate(SignalCandidate.Kind.LOCAL, victim));
        Bytes some = Bytes.copyOf(new byte[]{1, 2, 3, 4});
        return List.of(
                new Frame.Hello(NodeRecord.sign(mallory.identity, number, 1, "beta", "home-net", 0, 1420,
                        List.of(Prefix.host(beta.overlay(false))), List.of(victim))),
                new Frame.Membership(some), new Frame.EchoRequest(1, number, some), new Frame.PathProbe(number),
                LeaveStatement.sign(mallory.identity, number), new Frame.RelayOpen(beta.key),
                SignalStatement.sign(mallory.identity, alpha.key, 1, number, false, MappingBehaviour.UNKNOWN, 0,
                        candidates),
                SignalStatement.sign(mallory.identity, beta.key, 1, number, false, MappingBehaviour.UNKNOWN, 0,
                        candidates),
                new Frame.IntroductionsAsked(IntroductionSet.UNHEARD, 0),
                new Frame.Introductions(some(number), 0, 1, List.of(Introduction.sign(mallory.identity,
                        Identity.generate(network.random.split()).publicKey(), "home-net", "n", List.of(), true, 1))),
                WELCOME, new Frame.JoinRefused(JoinRefusal.USED, ""));
    }

    private static Bytes some(int number) {
        byte[] digest = new byte[IntroductionSet.DIGEST_BYTES];
        digest[0] = (byte) number;
        return Bytes.copyOf(digest);
    }

    @Test
    void guestThatNeverStopsAskingIsHeardAtARate() {
        Simulation.run("guest-flood", SEEDS, network -> {
            SimulatedHost alpha = inviter(network);
            List<Frame.Join> asked = new ArrayList<>();
            alpha.doorman((_, join) -> asked.add(join));
            HostileRelay mallory = intruder(network, alpha);
            int seconds = 10;
            for (int i = 0; i < seconds * 100; i++) {
                mallory.say(alpha, JoinStatement.sign(Identity.generate(network.random.split()), mallory.key, alpha.key,
                        "home-net", "n" + i));
                network.run(10 * MILLI);
            }
            assertThat(asked).hasSizeBetween(seconds * 4, 9 + seconds * 4);
            assertThat(alpha.node().counters().drops(DropReason.RATE_LIMITED)).isGreaterThan(seconds * 90L);
        });
    }

    @Test
    void guestThatBringsTheKeyOfAnotherIsRefusedWithoutAskingAnybody() {
        Simulation.run("guest-forged", SEEDS, network -> {
            SimulatedHost alpha = inviter(network);
            List<Frame.Join> asked = answering(alpha, WELCOME);
            HostileRelay mallory = intruder(network, alpha);
            Identity other = Identity.generate(network.random.split());
            // Signed for another guest, as it was when that other joined by another invitation.
            Frame.Join stolen = JoinStatement.sign(other, other.publicKey(), alpha.key, "home-net", "other");
            Frame.Join own = JoinStatement.sign(mallory.identity, mallory.key, alpha.key, "home-net", "other");
            mallory.say(alpha, stolen);
            mallory.say(alpha, new Frame.Join(other.publicKey(), "home-net", "other", own.signature()));
            network.run(SECOND);
            assertThat(asked).isEmpty();
            assertThat(mallory.received).extracting(HostileRelay.Received::frame)
                    .containsExactly(ALTERED, ALTERED);
        });
    }
}
