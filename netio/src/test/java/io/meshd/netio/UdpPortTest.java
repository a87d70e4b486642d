package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over the loopback interface, which needs no rights. */
@Timeout(20)
class UdpPortTest {
    private static final EventLoopGroup GROUP = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @AfterAll
    static void stop() {
        GROUP.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private UdpPort open(UdpSettings settings) throws IOException {
        UdpPort port = UdpPort.open(settings, GROUP);
        open.add(port);
        return port;
    }

    private static UdpSocket socket(UdpPort port, boolean v6) {
        return Objects.requireNonNull(v6 ? port.ipv6() : port.ipv4());
    }

    private static InetSocketAddress loopback(boolean v6, int port) throws IOException {
        return new InetSocketAddress(InetAddress.getByName(v6 ? "::1" : "127.0.0.1"), port);
    }

    @Test
    void opensBothFamiliesOnOneFreePort() throws IOException {
        UdpPort port = open(UdpSettings.onPort(0));
        assertThat(port.port()).isPositive();
        assertThat(port.sockets()).hasSize(2);
        assertThat(port.ipv6Problem()).isNull();
    }

    @Test
    void saysThatAPortIsTaken() throws IOException {
        UdpPort port = open(UdpSettings.onPort(0));
        assertThatThrownBy(() -> open(UdpSettings.onPort(port.port()))).isInstanceOf(BindException.class)
                .hasMessage("open UDP port " + port.port() + " for IPv4: another process is using this port");
    }

    @Test
    void freesTheIpv4PortWhenOnlyIpv6IsTaken() throws IOException {
        UdpPort six = open(UdpSettings.onPort(0).withFamilies(UdpSettings.Families.IPV6));
        assertThatThrownBy(() -> open(UdpSettings.onPort(six.port()))).isInstanceOf(BindException.class)
                .hasMessageContaining("for IPv6");
        UdpPort four = open(UdpSettings.onPort(six.port()).withFamilies(UdpSettings.Families.IPV4));
        assertThat(four.ipv6()).isNull();
    }

    @Test
    void canBeOpenedAgainAsSoonAsItIsClosed() throws IOException {
        UdpPort port = open(UdpSettings.onPort(0));
        port.close();
        for (int i = 0; i < 20; i++) {
            UdpPort.open(UdpSettings.onPort(port.port()), GROUP).close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void carriesDatagramsAndSaysWhereTheyCameFrom(boolean v6) throws IOException {
        UdpPort a = open(UdpSettings.onPort(0));
        UdpPort b = open(UdpSettings.onPort(0));
        UdpSender sender = a.newSender(100);
        DatagramBatch batch = socket(b, v6).newBatch();
        UdpTarget target = UdpTarget.of(loopback(v6, b.port()));
        InetSocketAddress first = null;
        for (int i = 1; i <= 3; i++) {
            assertThat(sender.send(target, new byte[]{1, 2, (byte) i}, 0x88 | i)).isEqualTo(SendOutcome.SENT);
            assertThat(socket(b, v6).receive(batch)).isEqualTo(1);
            assertThat(batch.datagram(0)).containsExactly(1, 2, i);
            assertThat(batch.source(0)).isEqualTo(loopback(v6, a.port()));
            assertThat(batch.trafficClass(0)).isEqualTo(0x88 | i);
            assertThat(batch.ecn(0)).isEqualTo(i);
            assertThat(batch.local(0)).isEqualTo(target.address().getAddress());
            assertThat(batch.interfaceIndex(0)).isEqualTo(1);
            first = first == null ? batch.source(0) : first;
            assertThat(batch.source(0)).isSameAs(first);
            assertThat(target.isFrom(batch, 0)).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void repliesFromTheAddressThatWasReached(boolean v6) throws IOException {
        UdpPort a = open(UdpSettings.onPort(0));
        UdpPort b = open(UdpSettings.onPort(0));
        UdpTarget target = v6
                ? UdpTarget.of(loopback(true, b.port()))
                : UdpTarget.of(new InetSocketAddress("127.0.0.7", b.port()));
        a.newSender(0).send(target, new byte[]{1}, 0);
        DatagramBatch batch = socket(b, v6).newBatch();
        assertThat(socket(b, v6).receive(batch)).isEqualTo(1);
        UdpTarget reply = UdpTarget.replyTo(batch, 0);
        assertThat(reply.isReplyTo(batch, 0)).isTrue();
        assertThat(reply).isEqualTo(UdpTarget.replyTo(batch, 0));
        assertThat(reply.source()).isEqualTo(target.address().getAddress());
        assertThat(b.newSender(0).send(reply, new byte[]{2}, 0)).isEqualTo(SendOutcome.SENT);
        DatagramBatch answer = socket(a, v6).newBatch();
        assertThat(socket(a, v6).receive(answer)).isEqualTo(1);
        assertThat(answer.source(0)).isEqualTo(target.address());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sendsFromAnotherSourceWhenItsOwnIsGone(boolean v6) throws IOException {
        UdpPort port = open(UdpSettings.onPort(0));
        InetAddress absent = InetAddress.getByName(v6 ? "2001:db8::1" : "192.0.2.1");
        UdpTarget target = UdpTarget.from(absent, 0, loopback(v6, port.port()));
        byte[] two = {1, 2, 3};
        assertThat(port.newSender(0).send(target, two, 0, 3, 2, 0, false))
                .isEqualTo(SendOutcome.SENT_FROM_OTHER_SOURCE);
        DatagramBatch batch = socket(port, v6).newBatch();
        List<byte[]> received = receive(socket(port, v6), batch, 2);
        assertThat(received).containsExactly(new byte[]{1, 2}, new byte[]{3});
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sendsManyDatagramsInFewCalls(boolean offload) throws IOException {
        UdpSettings settings = offload ? UdpSettings.onPort(0) : UdpSettings.onPort(0).withoutOffload();
        UdpPort a = open(settings);
        UdpPort b = open(settings);
        SplittableRandom random = new SplittableRandom(3);
        UdpSender sender = a.newSender(100);
        DatagramBatch batch = socket(b, false).newBatch();
        int sent = 0;
        for (int i = 0; i < 40; i++) {
            int size = 1 + random.nextInt(1452);
            byte[] buffer = Packets.bytes(random, 7 + size * random.nextInt(100) + 1 + random.nextInt(size));
            SendOutcome outcome = sender.send(UdpTarget.of(loopback(false, b.port())), buffer, 7, buffer.length - 7,
                    size, 0, false);
            assertThat(outcome).isEqualTo(SendOutcome.SENT);
            List<byte[]> expected = new ArrayList<>();
            for (int at = 7; at < buffer.length; at += size) {
                expected.add(Arrays.copyOfRange(buffer, at, Math.min(buffer.length, at + size)));
            }
            sent += expected.size();
            assertThat(receive(socket(b, false), batch, expected.size())).as("round %d of size %d", i, size)
                    .containsExactlyElementsOf(expected);
        }
        assertThat(sender.usesSegmentation()).isEqualTo(offload);
        assertThat(sender.calls()).isBetween(40L, offload ? 200L : (long) sent);
        assertThat(sender.calls() < sent).isEqualTo(offload);
    }

    @Test
    void carriesTheLargestDatagram() throws IOException {
        UdpPort port = open(UdpSettings.onPort(0));
        UdpSender sender = port.newSender(100);
        byte[] largest = new byte[65_507];
        largest[65_506] = 9;
        UdpTarget self = UdpTarget.of(loopback(false, port.port()));
        assertThat(sender.send(self, largest, 0)).isEqualTo(SendOutcome.SENT);
        DatagramBatch batch = socket(port, false).newBatch();
        assertThat(receive(socket(port, false), batch, 1)).containsExactly(largest);
        assertThat(sender.send(self, new byte[65_508], 0)).isEqualTo(SendOutcome.TOO_BIG);
    }

    @Test
    void survivesEmptyAndForeignDatagrams() throws IOException {
        UdpPort port = open(UdpSettings.onPort(0));
        try (DatagramSocket stranger = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            stranger.send(new DatagramPacket(new byte[0], 0, loopback(false, port.port())));
            stranger.send(new DatagramPacket(new byte[]{5}, 1, loopback(false, port.port())));
        }
        DatagramBatch batch = socket(port, false).newBatch();
        assertThat(receive(socket(port, false), batch, 1)).containsExactly(new byte[]{5});
        assertThat(socket(port, false).truncatedDatagrams()).isEqualTo(1);
    }

    @Test
    void holdsNothingBackInAFloodOfEmptyDatagrams() throws IOException {
        UdpPort port = open(UdpSettings.onPort(0));
        try (DatagramSocket stranger = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            stranger.send(new DatagramPacket(new byte[]{5}, 1, loopback(false, port.port())));
            for (int i = 0; i < 500; i++) {
                stranger.send(new DatagramPacket(new byte[0], 0, loopback(false, port.port())));
            }
        }
        DatagramBatch batch = socket(port, false).newBatch();
        assertThat(socket(port, false).receive(batch)).isEqualTo(1);
        assertThat(socket(port, false).truncatedDatagrams()).isLessThan(100);
        assertThat(socket(port, false).receive(batch)).as("returns, so that its thread can look around").isZero();
    }

    @Test
    void leavesNothingOpenWhenOneFamilyCannotBeOpened() throws IOException {
        UdpPort six = open(UdpSettings.onPort(0).withFamilies(UdpSettings.Families.IPV6));
        long before = openFiles();
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> open(UdpSettings.onPort(six.port()))).isInstanceOf(BindException.class);
        }
        assertThat(openFiles()).isEqualTo(before);
    }

    private static long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSourceThatIsGoneIsNotBlamedOnSegmentation(boolean v6) throws IOException {
        UdpPort port = open(UdpSettings.onPort(0));
        UdpTarget self = UdpTarget.of(loopback(v6, port.port()));
        UdpSender sender = port.newSender(100);
        InetAddress absent = InetAddress.getByName(v6 ? "2001:db8::1" : "192.0.2.1");
        sender.send(UdpTarget.from(absent, 0, self.address()), new byte[20], 0, 20, 2, 0, false);
        long before = sender.calls();
        assertThat(sender.send(self, new byte[20], 0, 20, 2, 0, false)).isEqualTo(SendOutcome.SENT);
        assertThat(sender.calls() - before).isEqualTo(1);
    }

    @Test
    void isNotDisturbedByUnreachablePorts() throws IOException {
        UdpPort port = open(UdpSettings.onPort(0));
        UdpPort gone = UdpPort.open(UdpSettings.onPort(0), GROUP);
        gone.close();
        UdpSender sender = port.newSender(0);
        for (int i = 0; i < 5; i++) {
            assertThat(sender.send(UdpTarget.of(loopback(false, gone.port())), new byte[]{1}, 0).isSent()).isTrue();
            assertThat(sender.send(UdpTarget.of(loopback(true, gone.port())), new byte[]{1}, 0).isSent()).isTrue();
        }
        sender.send(UdpTarget.of(loopback(false, port.port())), new byte[]{7}, 0);
        DatagramBatch batch = socket(port, false).newBatch();
        assertThat(receive(socket(port, false), batch, 1)).containsExactly(new byte[]{7});
    }

    @Test
    void endsAWaitByWakeupAndByClose() throws Exception {
        UdpPort port = open(UdpSettings.onPort(0));
        UdpSocket socket = socket(port, false);
        CompletableFuture<List<Integer>> reader = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                DatagramBatch batch = socket.newBatch();
                List<Integer> results = new ArrayList<>();
                results.add(socket.receive(batch));
                port.close();
                results.add(socket.receive(batch));
                reader.complete(results);
            } catch (IOException e) {
                reader.completeExceptionally(e);
            }
        });
        socket.wakeup();
        assertThat(reader.get(10, TimeUnit.SECONDS)).containsExactly(0, -1);
        thread.join();
        assertThat(port.newSender(0).send(UdpTarget.of(loopback(false, 9)), new byte[]{1}, 0))
                .isEqualTo(SendOutcome.CLOSED);
    }

    @Test
    void endsABlockedReaderWhenAnotherThreadCloses() throws Exception {
        UdpPort port = open(UdpSettings.onPort(0));
        List<Thread> threads = new ArrayList<>();
        List<CompletableFuture<Integer>> results = new ArrayList<>();
        for (UdpSocket socket : port.sockets()) {
            CompletableFuture<Integer> result = new CompletableFuture<>();
            results.add(result);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    result.complete(socket.receive(socket.newBatch()));
                } catch (IOException e) {
                    result.completeExceptionally(e);
                }
            }));
        }
        port.close();
        for (CompletableFuture<Integer> result : results) {
            assertThat(result.get(10, TimeUnit.SECONDS)).isEqualTo(-1);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        UdpPort again = open(UdpSettings.onPort(port.port()));
        assertThat(again.port()).isEqualTo(port.port());
    }

    @Test
    void allocatesNothingForADatagram() throws IOException {
        UdpPort port = open(UdpSettings.onPort(0));
        UdpSocket socket = socket(port, true);
        DatagramBatch batch = socket.newBatch();
        UdpTarget self = UdpTarget.from(InetAddress.getByName("::1"), 1, loopback(true, port.port()));
        UdpSender sender = port.newSender(100);
        byte[] content = new byte[3000];
        ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        long allocated = 0;
        for (int i = 0; i < 20_000; i++) {
            if (i == 10_000) {
                allocated = threads.getCurrentThreadAllocatedBytes();
            }
            sender.send(self, content, 0, content.length, 1000, 1, false);
            socket.receive(batch);
            batch.source(0);
            self.isReplyTo(batch, 0);
        }
        // The smallest object has 16 bytes, so one a round would be twice this; compilers leave a little behind.
        assertThat(threads.getCurrentThreadAllocatedBytes() - allocated).isLessThan(10_000 * 8);
    }

    @Test
    void mayBeClosedWhileOthersUseIt() throws Exception {
        for (int round = 0; round < 20; round++) {
            UdpPort port = open(UdpSettings.onPort(0));
            List<CompletableFuture<?>> users = new ArrayList<>();
            for (UdpSocket socket : port.sockets()) {
                users.add(user(() -> {
                    DatagramBatch batch = socket.newBatch();
                    while (socket.receive(batch) >= 0) {
                        assertThat(batch.isEmpty()).isFalse();
                    }
                }));
                UdpTarget self = UdpTarget.of(loopback(socket.isV6(), port.port()));
                UdpSender sender = port.newSender(1);
                users.add(user(() -> {
                    byte[] content = new byte[100];
                    for (int i = 0; sender.send(self, content, 0, 100, 7, 0, i % 2 == 0) != SendOutcome.CLOSED; i++) {
                        assertThat(sender.calls()).isPositive();
                    }
                }));
            }
            sendUntilReceived(port);
            port.close();
            for (CompletableFuture<?> user : users) {
                user.get(10, TimeUnit.SECONDS);
            }
        }
    }

    private static void sendUntilReceived(UdpPort port) throws IOException {
        UdpSender sender = port.newSender(0);
        UdpTarget self = UdpTarget.of(loopback(false, port.port()));
        while (sender.calls() < 50) {
            sender.send(self, new byte[]{1}, 0);
        }
    }

    /** Code that may fail. */
    private interface Use {
        void run() throws IOException;
    }

    private static CompletableFuture<?> user(Use use) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                use.run();
                done.complete(true);
            } catch (IOException | RuntimeException | AssertionError e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    @Test
    void saysWhenItCannotSend() throws IOException {
        UdpPort four = open(UdpSettings.onPort(0).withFamilies(UdpSettings.Families.IPV4));
        UdpSender sender = four.newSender(0);
        assertThat(sender.send(UdpTarget.of(loopback(true, 9)), new byte[]{1}, 0)).isEqualTo(SendOutcome.NO_SOCKET);
        assertThat(sender.send(UdpTarget.of(new InetSocketAddress("255.255.255.255", 9)), new byte[]{1}, 0))
                .isEqualTo(SendOutcome.FORBIDDEN);
    }

    @Test
    void waitsNoLongerThanItIsTold() throws IOException {
        UdpPort port = open(UdpSettings.onPort(0));
        assertThat(socket(port, true).receive(socket(port, true).newBatch(), 0)).isZero();
        assertThat(socket(port, false).receive(socket(port, false).newBatch(), 1)).isZero();
    }

    @Test
    void switchesDontFragmentForEachSend() throws IOException {
        UdpPort port = open(UdpSettings.onPort(0));
        UdpSocket socket = socket(port, false);
        UdpTarget self = UdpTarget.of(loopback(false, port.port()));
        UdpSender sender = port.newSender(0);
        int fd = socket.fd().number();
        for (boolean dontFragment : new boolean[]{true, false, false, true}) {
            assertThat(sender.send(self, new byte[]{1}, 0, 1, 1, 0, dontFragment)).isEqualTo(SendOutcome.SENT);
            int mode = SocketOptions.get(fd, SocketOptions.SOL_IP, SocketOptions.IP_MTU_DISCOVER);
            assertThat(mode).isEqualTo(dontFragment ? 3 : 0);
        }
    }

    private static List<byte[]> receive(UdpSocket socket, DatagramBatch batch, int count) throws IOException {
        List<byte[]> received = new ArrayList<>();
        while (received.size() < count) {
            int n = socket.receive(batch, 2000);
            assertThat(n).as("datagrams after %d of %d", received.size(), count).isPositive();
            for (int i = 0; i < n; i++) {
                received.add(batch.datagram(i));
            }
        }
        return received;
    }
}
