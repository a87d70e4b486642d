package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Invitation;
import io.meshd.protocol.InvitationToken;
import io.meshd.protocol.JoinRefusal;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A guest says one thing to who invited it, hears one thing, and is nobody else's. */
class MeshGuestTest {
    private static final int SEEDS = 3;
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
}
