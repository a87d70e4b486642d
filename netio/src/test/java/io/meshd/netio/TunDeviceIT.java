package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsNamespaces
@Timeout(60)
class TunDeviceIT {
    private final Namespace.Factory namespaces = new Namespace.Factory("tun");

    @AfterEach
    void cleanUp() throws IOException {
        namespaces.close();
    }

    private static TunDevice open(Namespace namespace, String name) throws Exception {
        return namespace.call(() -> TunDevice.open(new TunSettings(name, 1420, true)));
    }

    private static void assertReason(Namespace namespace, String name, TunException.Reason reason) {
        assertThatThrownBy(() -> open(namespace, name)).isInstanceOfSatisfying(TunException.class,
                e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
    }

    @Test
    void createsAnInterfaceWithItsMtuAndNoAddress() throws Exception {
        Namespace namespace = namespaces.create();
        try (TunDevice device = open(namespace, "mesh7")) {
            namespace.ip("link set mesh7 up");
            assertThat(device.offload()).isEqualTo(TunOffload.TCP_AND_UDP);
            String shown = namespace.ip("-d addr show dev mesh7");
            assertThat(shown).contains(device.interfaceIndex() + ": mesh7").contains("mtu 1420")
                    .contains("tun type tun")
                    .contains("vnet_hdr on").doesNotContain("inet");
        }
        assertThat(namespace.ip("link")).doesNotContain("mesh7");
    }

    @Test
    void saysWhyItCannotBeOpened() throws Exception {
        Namespace namespace = namespaces.create();
        assertReason(namespace, "sixteen--letters", TunException.Reason.BAD_NAME);
        namespace.ip("link add veth7 type veth peer name veth8");
        assertReason(namespace, "veth7", TunException.Reason.NAME_TAKEN);
        namespace.ip("tuntap add mode tap name tap0");
        assertReason(namespace, "tap0", TunException.Reason.NAME_TAKEN);
        try (TunDevice _ = open(namespace, "mesh0")) {
            assertReason(namespace, "mesh0", TunException.Reason.BUSY);
        }
    }

    @Test
    void attachesToAPersistentTun() throws Exception {
        Namespace namespace = namespaces.create();
        namespace.ip("tuntap add mode tun name mesh0");
        open(namespace, "mesh0").close();
        open(namespace, "mesh0").close();
        assertThat(namespace.ip("link")).contains("mesh0");
    }

    @Test
    void needsTheRight() throws Exception {
        // Still the user who owns the class path and /dev/net/tun, but without any capability.
        assertThat(openElsewhere("setpriv --inh-caps=-all --bounding-set=-all \"$@\""))
                .isEqualTo("create TUN interface mesh0: CAP_NET_ADMIN is missing: Operation not permitted (errno 1)\n"
                        + "NOT_PERMITTED");
    }

    @Test
    void needsTheDriver() throws Exception {
        assertThat(openElsewhere("unshare -m sh -c 'mount -t tmpfs none /dev/net && \"$@\"' x \"$@\""))
                .startsWith("open /dev/net/tun: there is no TUN driver here").endsWith("\nNO_DEVICE_NODE");
    }

    /** Opens a TUN in another JVM, which a shell script starts as its arguments. */
    private static String openElsewhere(String script) throws IOException {
        String java = ProcessHandle.current().info().command().orElseThrow();
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Namespace.command("sh", "-c", script, "x", java, "--enable-native-access=ALL-UNNAMED", "-cp", classPath,
                OpenTun.class.getName(), "mesh0").strip();
    }

    /** Opens a TUN in a process of its own and prints the reason why not. */
    static final class OpenTun {
        private OpenTun() {}

        public static void main(String[] arguments) throws IOException {
            try (TunDevice device = TunDevice.open(new TunSettings(arguments[0], 1420, true))) {
                System.out.println("opened " + device.name());
            } catch (TunException e) {
                System.out.println(e.getMessage());
                System.out.println(e.reason());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"true,10.9.0.2", "true,fd09::2", "false,10.9.0.2", "false,fd09::2"})
    void carriesATcpStreamWhole(boolean offload, String address) throws Exception {
        Namespace a = namespaces.create();
        Namespace b = namespaces.create();
        byte[] content = Packets.bytes(new SplittableRandom(1), 8_000_000);
        TunBridge bridge = TunBridge.between(a, b, offload);
        try (ServerSocket server = b.call(() -> new ServerSocket(7000))) {
            CompletableFuture<byte[]> received = new CompletableFuture<>();
            Thread.ofPlatform().daemon().start(() -> {
                try (Socket accepted = server.accept()) {
                    received.complete(accepted.getInputStream().readAllBytes());
                } catch (IOException e) {
                    received.completeExceptionally(e);
                }
            });
            try (Socket socket = a.call(() -> new Socket(address, 7000))) {
                socket.getOutputStream().write(content);
            }
            assertThat(Arrays.equals(received.get(30, TimeUnit.SECONDS), content)).isTrue();
        } finally {
            bridge.close();
        }
        // A checksum that is wrong would be seen here, and as a stall above.
        assertThat(Namespace.command(
                b.exec("nstat", "-az", "TcpInCsumErrors").toArray(String[]::new)).lines().toList().getLast())
                .matches("TcpInCsumErrors +0 .*");
        long packets = bridge.packets.sum();
        assertThat(packets).isGreaterThan(8_000_000 / 1420);
        if (offload) {
            assertThat(bridge.reads.sum()).isLessThan(packets / 2);
            assertThat(bridge.writes.sum()).isLessThan(packets / 2);
        } else {
            assertThat(bridge.writes.sum()).isEqualTo(bridge.written.sum());
        }
        assertThat(bridge.left.unreadablePackets() + bridge.right.unreadablePackets()).isZero();
        assertThat(bridge.refused.sum()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.9.0.2", "fd09::2"})
    void carriesSegmentedDatagramsWhole(String address) throws Exception {
        Namespace a = namespaces.create();
        Namespace b = namespaces.create();
        byte[] content = Packets.bytes(new SplittableRandom(2), 30_000);
        TunBridge bridge = TunBridge.between(a, b, true);
        try (bridge;
                DatagramSocket server = b.call(() -> new DatagramSocket(7001));
                OneLoop group = new OneLoop();
                UdpPort port = a.call(() -> UdpPort.open(UdpSettings.onPort(0), group.group))) {
            UdpTarget target = UdpTarget.of(new InetSocketAddress(InetAddress.getByName(address), 7001));
            UdpSender sender = port.newSender(100);
            assertThat(sender.send(target, content, 0, content.length, 1000, 0, false)).isEqualTo(SendOutcome.SENT);
            assertThat(sender.calls()).isEqualTo(1);
            server.setSoTimeout(10_000);
            for (int i = 0; i < 30; i++) {
                DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
                server.receive(packet);
                assertThat(Arrays.copyOf(packet.getData(), packet.getLength()))
                        .isEqualTo(Arrays.copyOfRange(content, i * 1000, (i + 1) * 1000));
            }
            assertThat(bridge.packets.sum()).isGreaterThanOrEqualTo(30);
            assertThat(bridge.reads.sum()).as("one super-packet").isLessThan(15);
        }
        assertThat(bridge.writes.sum()).as("one super-packet").isLessThan(15);
    }

    @Test
    void returnsAfterWakeupAndAfterClose() throws Exception {
        Namespace namespace = namespaces.create();
        TunDevice device = open(namespace, "mesh0");
        PacketBatch batch = PacketBatch.forReading(PacketRoom.NONE);
        device.wakeup();
        assertThat(device.read(batch)).isZero();
        CompletableFuture<Integer> reader = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                reader.complete(device.read(batch));
            } catch (IOException e) {
                reader.completeExceptionally(e);
            }
        });
        device.close();
        assertThat(reader.get(10, TimeUnit.SECONDS)).isEqualTo(-1);
        thread.join();
        assertThat(namespace.ip("link")).doesNotContain("mesh0");
        PacketBatch one = new PacketBatch(1, 100, PacketRoom.NONE);
        one.reserve(40);
        TunWriter writer = device.newWriter();
        assertThatThrownBy(() -> writer.write(one)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void noticesThatItsInterfaceWasRemoved() throws Exception {
        Namespace namespace = namespaces.create();
        try (TunDevice device = open(namespace, "mesh0")) {
            CompletableFuture<Throwable> reader = new CompletableFuture<>();
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    device.read(PacketBatch.forReading(PacketRoom.NONE));
                    reader.complete(new AssertionError("returned"));
                } catch (IOException e) {
                    reader.complete(e);
                }
            });
            namespace.ip("link del mesh0");
            assertThat(reader.get(10, TimeUnit.SECONDS)).isInstanceOfSatisfying(TunException.class,
                    e -> assertThat(e.reason()).isEqualTo(TunException.Reason.GONE));
            PacketBatch one = new PacketBatch(1, 100, PacketRoom.NONE);
            one.copy(new Packets.Builder().build(), 0, 40);
            assertThatThrownBy(() -> device.newWriter().write(one)).isInstanceOf(TunException.class);
        }
    }

    @Test
    void countsWhatTheHostRefuses() throws Exception {
        Namespace namespace = namespaces.create();
        try (TunDevice device = open(namespace, "mesh0")) {
            TunWriter writer = device.newWriter();
            PacketBatch batch = new PacketBatch(4, 1000, PacketRoom.NONE);
            batch.copy(new Packets.Builder().build(), 0, 40);
            writer.write(batch);
            assertThat(writer.packetsRefused()).as("interface down").isEqualTo(1);
            namespace.ip("link set mesh0 up");
            batch.copy(new byte[30], 0, 30);
            batch.copy(new byte[0], 0, 0);
            writer.write(batch);
            assertThat(writer.packetsRefused()).as("neither IPv4 nor IPv6; empty").isEqualTo(3);
            assertThat(writer.packetsWritten()).isEqualTo(1);
        }
    }

    @Test
    void worksWhereIpv6IsOff() throws Exception {
        Namespace namespace = namespaces.create();
        Namespace.command(namespace.exec("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1",
                "net.ipv6.conf.all.disable_ipv6=1").toArray(String[]::new));
        try (TunDevice device = open(namespace, "mesh0")) {
            namespace.ip("addr add 10.9.0.1/24 dev mesh0");
            namespace.ip("link set mesh0 up");
            assertThat(namespace.ip("addr show dev mesh0")).contains("10.9.0.1").doesNotContain("inet6");
            assertThat(device.name()).isEqualTo("mesh0");
        }
    }

    @Test
    void holdsBackNothingWhenABatchIsSmall() throws Exception {
        Namespace a = namespaces.create();
        try (TunDevice device = TunBridge.device(a, 1, true);
                DatagramSocket socket = a.call(() -> new DatagramSocket())) {
            for (int i = 0; i < 5; i++) {
                socket.send(new DatagramPacket(new byte[]{(byte) i}, 1, new InetSocketAddress("10.9.0.2", 9)));
            }
            PacketBatch two = new PacketBatch(2, 3000, PacketRoom.NONE);
            int seen = 0;
            while (seen < 5) {
                int count = device.read(two);
                for (int i = 0; i < count; i++) {
                    byte[] packet = two.packet(i);
                    if (packet.length == 29 && packet[28] == seen) {
                        assertThat(Packets.checksumsValid(packet)).isTrue();
                        seen++;
                    }
                }
            }
            assertThat(device.unreadablePackets()).isZero();
        }
    }
}
