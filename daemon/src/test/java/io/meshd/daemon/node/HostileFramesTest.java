package io.meshd.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.DropReason;
import io.meshd.nat.lan.LanLink;
import io.meshd.nat.mapping.MappedPort;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.FrameCodec;
import io.meshd.protocol.Introduction;
import io.meshd.protocol.LeaveStatement;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import io.meshd.testing.Property;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever a trusted peer puts into its session, the node goes on. */
class HostileFramesTest {
    private static final long EPOCH = 1_800_000_000_000L;
    private static final long MILLI = 1_000_000L;
    private static final InetSocketAddress PLACE = new InetSocketAddress("192.0.2.7", 51_821);
    private static final Endpoint VIA = new Endpoint.Direct(PLACE);

    private final SplittableRandom random = new SplittableRandom(8);
    private final Identity self = Identity.generate(random);
    private final Identity member = Identity.generate(random);
    private final List<Frame.EchoReply> replies = new ArrayList<>();
    private final MeshNode node = new MeshNode(self, settings(self, "self"), List.of(grant(member)),
            new NodeOrigin(0, EPOCH * MILLI, EPOCH, 0, 0, List.of()), new SplittableRandom(9), new Listener());
    private long now;

    private final class Listener implements Surroundings {
        @Override
        public void transmit(Endpoint.Direct to, byte[] datagram, int trafficClass) {}

        @Override
        public void openSocket(int number) {}

        @Override
        public void closeSocket(int number) {}

        @Override
        public void transmitAside(InetSocketAddress to, byte[] datagram) {}

        @Override
        public void multicast(LanLink link, byte[] beacon) {
            throw new AssertionError("there is no local network");
        }

        @Override
        public void portChecked(MappedPort port, boolean reached) {}

        @Override
        public void deliver(byte[] packet) {}

        @Override
        public void routesChanged(List<RouteView> routes) {}

        @Override
        public void echoReplied(PublicKey peer, Frame.EchoReply reply, Endpoint via) {
            replies.add(reply);
        }

        @Override
        public void reserveTimestamps(long seconds, int nanos) {}

        @Override
        public void joining(PublicKey guest, Frame.Join join) {
            throw new AssertionError("nobody was invited");
        }

        @Override
        public void introduced(PublicKey introducer, List<Introduction> introductions) {
            throw new AssertionError("nobody is an introducer");
        }

        @Override
        public void newcomer(NodeRecord record) {
            throw new AssertionError("the node is not open");
        }

        @Override
        public void happened(Event event) {}
    }

    private static NodeSettings settings(Identity identity, String name) {
        List<IpAddress> addresses = OverlayAddresses.DEFAULT.of(identity.publicKey());
        return new NodeSettings(name, "net", addresses, addresses.stream().map(Prefix::host).toList(), 1420, 0,
                RelaySettings.GUEST);
    }

    private static PeerGrant grant(Identity identity) {
        PublicKey key = identity.publicKey();
        return new PeerGrant("member", key, key.tunnelKey(), settings(identity, "member").prefixes(), false, null, null,
                0);
    }

    private NodeRecord record(long epoch, long sequence) {
        return NodeRecord.sign(member, epoch, sequence, "member", "net", 0, 1420, settings(member, "member").prefixes(),
                List.of(PLACE));
    }

    /** One frame of each kind, most of them true. */
    private List<Frame> samples() {
        Bytes some = Bytes.copyOf(new byte[]{1, 2, 3, 4, 5, 6, 7, 8});
        return List.of(new Frame.Hello(record(EPOCH, 1)), new Frame.Hello(record(Long.MAX_VALUE, Long.MAX_VALUE)),
                new Frame.Membership(some), new Frame.Membership(Bytes.copyOf(new byte[]{4, 1, 5})),
                new Frame.EchoRequest(1, 2, some), new Frame.EchoReply(1, 2, some),
                LeaveStatement.sign(member, EPOCH - 1), new Frame.PathProbe(77), new Frame.PathProbeReply(77, PLACE),
                new Frame.Fragment(5, 0, 2, some), new Frame.Fragment(5, 1, 2, some),
                new Frame.Fragment(6, 0, 1, Bytes.copyOf(FrameCodec.encode(new Frame.Fragment(7, 0, 1, some)))));
    }

    private void hear(byte[] packet) {
        now += MILLI;
        Neighbour neighbour = Objects.requireNonNull(node.dataPlane().forwarding().owners()
                .owner(settings(member, "member").addresses().getFirst()));
        node.frames(now, neighbour.tunnel, VIA, packet);
        if (random.nextInt(10) == 0) {
            node.handleTimeout(now);
        }
    }

    @Test
    void mutatedFramesOfEveryKindEndNothing() {
        node.start(now);
        List<byte[]> samples = samples().stream().map(FrameCodec::encode).toList();
        for (int i = 0; i < 20_000; i++) {
            hear(Property.mutated(random, samples.get(random.nextInt(samples.size()))));
        }

        assertThat(node.counters().drops(DropReason.MALFORMED)).isPositive();
        assertThat(node.counters().drops(DropReason.UNKNOWN_FRAME)).isPositive();
        assertThat(node.insight().defects()).isZero();
        goesOn();
    }

    @Test
    void recordsOfForeignKeysAndImpossibleRunsChangeNothing() {
        node.start(now);
        Identity stranger = Identity.generate(random);
        hear(FrameCodec.encode(new Frame.Hello(NodeRecord.sign(stranger, EPOCH, 1, "stranger", "net", 0, 1420,
                settings(member, "member").prefixes(), List.of(PLACE)))));
        assertThat(node.counters().claimsNotTrusted()).isOne();
        hear(FrameCodec.encode(new Frame.Hello(record(Long.MAX_VALUE, Long.MAX_VALUE))));

        assertThat(node.neighbours(now)).hasSize(1).allSatisfy(
                view -> assertThat(view.state()).isEqualTo(MemberState.UNKNOWN));
        hear(FrameCodec.encode(new Frame.Hello(record(EPOCH, 1))));
        assertThat(node.neighbours(now)).allSatisfy(view -> assertThat(view.record()).isEqualTo(record(EPOCH, 1)));
        goesOn();
    }

    /** The next true frame is heard as if nothing had been. */
    private void goesOn() {
        Frame.EchoReply reply = new Frame.EchoReply(9, 9, Bytes.EMPTY);
        hear(FrameCodec.encode(reply));
        assertThat(replies).endsWith(reply);
    }
}
