package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsNamespaces
@Timeout(60)
class UdpPortIT {
    private final Namespace.Factory namespaces = new Namespace.Factory("udp");
    private final OneLoop loop = new OneLoop();
    private Namespace a;
    private Namespace b;
    private UdpPort from;
    private UdpPort to;

    @BeforeEach
    void openBothEnds() throws Exception {
        List<Namespace> pair = namespaces.createPair();
        a = pair.getFirst();
        b = pair.getLast();
        from = a.call(() -> UdpPort.open(UdpSettings.onPort(5000), loop.group));
        to = b.call(() -> UdpPort.open(UdpSettings.onPort(5000), loop.group));
    }

    @AfterEach
    void cleanUp() throws IOException {
        from.close();
        to.close();
        loop.close();
        namespaces.close();
    }

    private static InetSocketAddress far(boolean v6) throws IOException {
        return new InetSocketAddress(InetAddress.getByName(v6 ? "fd00::2" : "10.0.0.2"), 5000);
    }

    private UdpSocket receiver(boolean v6) {
        return Objects.requireNonNull(v6 ? to.ipv6() : to.ipv4());
    }

    @Test
    void getsBigBuffers() throws IOException {
        assertThat(receiver(false).receiveBufferBytes()).isGreaterThanOrEqualTo(8 << 20);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void carriesARunOfDatagramsAsOne(boolean v6) throws IOException {
        byte[] content = Packets.bytes(new SplittableRandom(1), 44 * 1452 + 100);
        UdpSender sender = from.newSender(100);
        DatagramBatch batch = receiver(v6).newBatch();
        UdpTarget target = UdpTarget.of(far(v6));
        assertThat(sender.send(target, content, 0, content.length, 1452, 1, false)).isEqualTo(SendOutcome.SENT);
        assertThat(sender.calls()).isEqualTo(1);
        assertThat(receiver(v6).receive(batch, 2000)).as("joined all the way").isEqualTo(45);
        for (int i = 0; i < 45; i++) {
            assertThat(batch.datagram(i)).isEqualTo(
                    Arrays.copyOfRange(content, i * 1452, Math.min(content.length, (i + 1) * 1452)));
            assertThat(batch.ecn(i)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fragmentsAndRemembersWhatIsTooBigToSegment(boolean v6) throws IOException {
        byte[] content = Packets.bytes(new SplittableRandom(1), 10 * 1600);
        UdpSender sender = from.newSender(100);
        DatagramBatch batch = receiver(v6).newBatch();
        UdpTarget target = UdpTarget.of(far(v6));
        for (int round = 1; round <= 2; round++) {
            assertThat(sender.send(target, content, 0, content.length, 1600, 0, false)).isEqualTo(SendOutcome.SENT);
            assertThat(sender.calls()).as("one attempt fails, once").isEqualTo(1 + 10L * round);
            List<byte[]> received = new ArrayList<>();
            while (received.size() < 10) {
                assertThat(receiver(v6).receive(batch, 2000)).isPositive();
                for (int i = 0; i < batch.count(); i++) {
                    received.add(batch.datagram(i));
                }
            }
            assertThat(received.get(9)).isEqualTo(Arrays.copyOfRange(content, 9 * 1600, 16_000));
        }
        long before = sender.calls();
        assertThat(sender.send(target, content, 0, 14_000, 1400, 0, false)).isEqualTo(SendOutcome.SENT);
        assertThat(sender.calls() - before).as("smaller ones still go as one").isEqualTo(1);
        assertThat(sender.usesSegmentation()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesWhatIsTooBigWhenItMustNotBeFragmented(boolean v6) throws IOException {
        UdpSender sender = from.newSender(0);
        UdpTarget target = UdpTarget.of(far(v6));
        int largest = 1500 - (v6 ? 48 : 28);
        byte[] content = new byte[3000];
        assertThat(sender.send(target, content, 0, largest + 1, largest + 1, 0, true)).isEqualTo(SendOutcome.TOO_BIG);
        assertThat(sender.send(target, content, 0, largest, largest, 0, true)).isEqualTo(SendOutcome.SENT);
        assertThat(sender.send(target, content, 0, largest + 1, largest + 1, 0, false)).isEqualTo(SendOutcome.SENT);
        assertThat(sender.send(target, content, 0, 3000, 1500, 0, true)).isEqualTo(SendOutcome.TOO_BIG);
        DatagramBatch batch = receiver(v6).newBatch();
        assertThat(receiver(v6).receive(batch, 2000)).isPositive();
        assertThat(batch.length(0)).isEqualTo(largest);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sendsFromTheWantedAddressWhileThereIsOne(boolean v6) throws Exception {
        String second = v6 ? "fd00::11" : "10.0.0.11";
        a.ip("addr add " + second + (v6 ? "/64 dev veth0 nodad" : "/24 dev veth0"));
        int index = a.call(() -> {
            try (Netlink netlink = Netlink.open()) {
                return Objects.requireNonNull(netlink.link("veth0")).index();
            }
        });
        UdpSender sender = from.newSender(0);
        UdpTarget target = UdpTarget.from(InetAddress.getByName(second), index, far(v6));
        DatagramBatch batch = receiver(v6).newBatch();
        assertThat(sender.send(target, new byte[]{1}, 0)).isEqualTo(SendOutcome.SENT);
        assertThat(receiver(v6).receive(batch, 2000)).isEqualTo(1);
        assertThat(batch.source(0).getAddress()).isEqualTo(InetAddress.getByName(second));
        a.ip("addr del " + second + (v6 ? "/64 dev veth0" : "/24 dev veth0"));
        assertThat(sender.send(target, new byte[]{2}, 0)).isEqualTo(SendOutcome.SENT_FROM_OTHER_SOURCE);
        assertThat(receiver(v6).receive(batch, 2000)).isEqualTo(1);
        assertThat(batch.source(0).getAddress()).isEqualTo(InetAddress.getByName(v6 ? "fd00::1" : "10.0.0.1"));
        UdpTarget elsewhere = UdpTarget.from(InetAddress.getByName(v6 ? "fd00::1" : "10.0.0.1"), 99, far(v6));
        assertThat(sender.send(elsewhere, new byte[]{3}, 0)).isEqualTo(SendOutcome.SENT_FROM_OTHER_SOURCE);
    }

    @Test
    void marksWhatItSends() throws Exception {
        from.mark(0xca6d);
        a.ip("rule add fwmark 0xca6d table 77");
        a.ip("route add unreachable default table 77");
        UdpSender sender = from.newSender(0);
        assertThat(sender.send(UdpTarget.of(far(false)), new byte[]{1}, 0)).isEqualTo(SendOutcome.UNREACHABLE);
        UdpPort other = a.call(() -> UdpPort.open(UdpSettings.onPort(0).withMark(1), loop.group));
        assertThat(other.newSender(0).send(UdpTarget.of(far(false)), new byte[]{1}, 0)).isEqualTo(SendOutcome.SENT);
        other.close();
    }

    @Test
    void reportsWhatTheFirewallForbidsAndWhereNoRouteIs() throws Exception {
        UdpSender sender = from.newSender(0);
        UdpTarget nowhere = UdpTarget.of(new InetSocketAddress("198.51.100.1", 1));
        assertThat(sender.send(nowhere, new byte[]{1}, 0)).isEqualTo(SendOutcome.UNREACHABLE);
        Namespace.command(a.exec("nft", "add table inet t { chain c { type filter hook output priority 0 ; "
                + "udp dport 5000 drop ; } ; }").toArray(String[]::new));
        assertThat(sender.send(UdpTarget.of(far(false)), new byte[]{1}, 0)).isEqualTo(SendOutcome.FORBIDDEN);
    }

    @Test
    void readsOnThroughIcmpErrors() throws Exception {
        to.close();
        UdpSender sender = from.newSender(0);
        for (int i = 0; i < 10; i++) {
            sender.send(UdpTarget.of(far(false)), new byte[]{1}, 0);
            sender.send(UdpTarget.of(far(true)), new byte[]{1}, 0);
        }
        to = b.call(() -> UdpPort.open(UdpSettings.onPort(5000), loop.group));
        to.newSender(0).send(UdpTarget.of(new InetSocketAddress("10.0.0.1", 5000)), new byte[]{7}, 0);
        UdpSocket socket = Objects.requireNonNull(from.ipv4());
        DatagramBatch batch = socket.newBatch();
        assertThat(socket.receive(batch, 2000)).isEqualTo(1);
        assertThat(batch.datagram(0)).containsExactly(7);
    }

    @Test
    void worksWithoutIpv6AndSaysSo() throws Exception {
        Namespace four = namespaces.create();
        Namespace.command(four.exec("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                "net.ipv6.conf.default.disable_ipv6=1", "net.ipv6.conf.lo.disable_ipv6=1").toArray(String[]::new));
        UdpPort port = four.call(() -> UdpPort.open(UdpSettings.onPort(0), loop.group));
        assertThat(port.newSender(0).send(UdpTarget.of(new InetSocketAddress("127.0.0.1", port.port())),
                new byte[]{1}, 0)).isEqualTo(SendOutcome.SENT);
        SendOutcome outcome = port.newSender(0).send(UdpTarget.of(new InetSocketAddress("::1", port.port())),
                new byte[]{1}, 0);
        assertThat(outcome.isSent()).isFalse();
        assertThat(port.ipv6Problem()).contains("IPv6 is off on this host");
        port.close();
    }

    @Test
    void losesNothingWhenTheSenderIsPatient() throws Exception {
        UdpSender sender = from.newSender(1000);
        UdpTarget target = UdpTarget.of(far(false));
        byte[] content = new byte[64 * 1000];
        DatagramBatch batch = receiver(false).newBatch();
        Thread thread = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 50; i++) {
                sender.send(target, content, 0, content.length, 1000, 0, false);
            }
        });
        int received = 0;
        while (received < 50 * 64) {
            int count = receiver(false).receive(batch, 3000);
            assertThat(count).isPositive();
            received += count;
        }
        thread.join();
        assertThat(received).isEqualTo(50 * 64);
    }
}
