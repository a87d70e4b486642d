package io.meshd.nat.mapping;

import org.jspecify.annotations.Nullable;
import static io.meshd.nat.mapping.RouterLab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PortChecksTest {
    private final PortChecks checks = new PortChecks(new SplittableRandom(3));
    private final List<String> verdicts = new ArrayList<>();
    private final Asked asked = new Asked();
    private List<PublicKey> helpers = List.of(key(1), key(2), key(3), key(4));
    private long now = 5 * SECONDS;

    /** Keeps what peers are asked. */
    private static final class Asked implements Outbox {
        final List<PublicKey> peers = new ArrayList<>();
        final List<Frame.Knock> knocks = new ArrayList<>();

        @Override
        public void send(PublicKey peer, Frame frame) {
            peers.add(peer);
            knocks.add((Frame.Knock) frame);
        }

        @Override
        public void transmit(Endpoint to, byte[] datagram, int trafficClass) {
            throw new AssertionError("nothing is sent but inside sessions");
        }

        @Override
        public void sendVia(PublicKey peer, Endpoint via, Frame frame) {
            throw new AssertionError("by the chosen path");
        }

        @Override
        public void connect(PublicKey peer, @Nullable Endpoint at) {
            throw new AssertionError("only who is there is asked");
        }

        @Override
        public void renew(PublicKey peer) {
            throw new AssertionError();
        }

        @Override
        public void deliver(byte[] packet) {
            throw new AssertionError("no packet");
        }

        @Override
        public void emit(Event event) {
            throw new AssertionError("no event");
        }
    }

    private static PublicKey key(int seed) {
        byte[] bytes = new byte[32];
        bytes[0] = (byte) seed;
        return Identity.ofSeed(bytes).publicKey();
    }

    private static MappedPort port(String external, int generation) {
        return new MappedPort(new Gateway(RouterLab.address("192.168.1.1"), RouterLab.address("192.168.1.7")),
                MappingProtocol.PCP, new InetSocketAddress(RouterLab.address(external), 51_821), generation);
    }

    private void pass(long nanos) {
        long end = now + nanos;
        while (checks.nextDeadlineNanos() - end <= 0) {
            now = checks.nextDeadlineNanos();
            checks.handleTimeout(now, port -> helpers, asked, (port, reached) -> verdicts.add("" + reached));
        }
        now = end;
    }

    private boolean arrives(byte[] datagram) {
        return checks.handle(now, datagram, (port, reached) -> verdicts.add("" + reached));
    }

    @Test
    void oneKnockConfirmsAndIsAskedForAgainMuchLater() {
        MappedPort port = port("11.22.33.1", 1);
        checks.mapped(now, List.of(port));
        assertThat(checks.endpoints()).as("told at once").containsExactly(port.external());
        pass(SECONDS);
        assertThat(asked.knocks).hasSize(1);
        assertThat(asked.knocks.getFirst().at()).isEqualTo(port.external());
        assertThat(checks.ports()).containsEntry(port, false);

        assertThat(arrives(PortChecks.knock(asked.knocks.getFirst().id()))).isTrue();

        assertThat(checks.ports()).containsEntry(port, true);
        assertThat(verdicts).containsExactly("true");
        pass(1_500 * SECONDS);
        assertThat(asked.knocks).hasSize(1);
        pass(600 * SECONDS);
        assertThat(asked.knocks).hasSizeGreaterThan(1);
    }

    @Test
    void whatNobodyAskedForConfirmsNothing() {
        checks.mapped(now, List.of(port("11.22.33.1", 1)));
        assertThat(arrives(PortChecks.knock(Bytes.copyOf(new byte[12])))).isFalse();
        pass(SECONDS);
        Bytes id = asked.knocks.getFirst().id();
        byte[] longer = new byte[24];
        System.arraycopy(PortChecks.knock(id), 0, longer, 0, 20);
        assertThat(arrives(longer)).isFalse();
        byte[] request = PortChecks.knock(id);
        request[1] = 1;
        assertThat(arrives(request)).isFalse();
        pass(3 * SECONDS);
        assertThat(arrives(PortChecks.knock(id))).as("an id of an earlier knock").isFalse();
        assertThat(arrives(PortChecks.knock(asked.knocks.get(1).id()))).isTrue();
        assertThat(arrives(PortChecks.knock(asked.knocks.get(1).id()))).as("once").isFalse();
    }

    @Test
    void threeOtherPeersKnockInVainBeforeTheMappingIsInDoubt() {
        checks.mapped(now, List.of(port("11.22.33.1", 1)));
        pass(9 * SECONDS);
        assertThat(verdicts).isEmpty();
        pass(2 * SECONDS);
        assertThat(verdicts).containsExactly("false");
        assertThat(asked.peers).containsExactly(key(1), key(2), key(3));
        pass(90 * SECONDS);
        assertThat(asked.peers).as("again after a minute and a half").hasSizeGreaterThan(3);
    }

    @Test
    void nobodyToAskIsNoVerdictAndWhoAppearsIsAskedAtOnce() {
        helpers = List.of();
        checks.mapped(now, List.of(port("11.22.33.1", 1)));
        pass(30 * SECONDS);
        assertThat(verdicts).isEmpty();
        helpers = List.of(key(9));
        checks.helperAppeared(now);
        pass(SECONDS);
        assertThat(asked.peers).containsExactly(key(9));
    }

    @Test
    void mappingThatWasMadeAnewIsToBeConfirmedAgain() {
        checks.mapped(now, List.of(port("11.22.33.1", 1)));
        pass(SECONDS);
        assertThat(arrives(PortChecks.knock(asked.knocks.getFirst().id()))).isTrue();
        checks.mapped(now, List.of(port("11.22.33.1", 1)));
        assertThat(checks.ports().containsValue(true)).as("a renewal").isTrue();
        checks.mapped(now, List.of(port("11.22.33.1", 2)));
        assertThat(checks.ports().containsValue(true)).isFalse();
        checks.mapped(now, List.of());
        assertThat(checks.ports()).isEmpty();
    }

    @Test
    void addressBehindAnotherNatIsToldButNobodyIsAskedToKnockThere() {
        checks.mapped(now, List.of(port("100.64.1.2", 1)));
        pass(600 * SECONDS);
        assertThat(asked.knocks).isEmpty();
        assertThat(verdicts).isEmpty();
        assertThat(checks.endpoints()).hasSize(1);
    }
}
