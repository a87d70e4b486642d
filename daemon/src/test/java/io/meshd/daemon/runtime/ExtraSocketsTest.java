package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.netio.SendOutcome;
import io.meshd.netio.UdpPort;
import io.meshd.netio.UdpSettings;
import io.meshd.netio.UdpSocket;
import io.meshd.netio.UdpTarget;
import io.meshd.protocol.Endpoint;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Over the loopback interface, which needs no rights. */
@Timeout(20)
class ExtraSocketsTest {
    private static final EventLoopGroup GROUP = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private static final int NO_MARK = 0;

    private final ExtraSockets extras = new ExtraSockets();
    private final AtomicInteger readers = new AtomicInteger();

    @AfterEach
    void close() {
        extras.close();
    }

    @AfterAll
    static void stop() {
        GROUP.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void begin() throws Exception {
        extras.begin(GROUP, NO_MARK, readers::incrementAndGet);
    }

    @Test
    void oneReaderServesAllAndEndsWithTheLast() throws Exception {
        begin();
        extras.open(1);
        extras.open(2);
        assertThat(readers).hasValue(1);
        assertThat(extras.open()).hasSize(2).containsValues(1, 2);

        extras.close(1);
        extras.close(2);
        assertThat(extras.open()).isEmpty();
        assertThat(extras.socket(1)).isNull();

        extras.open(3);
        assertThat(readers).as("the one before has ended").hasValue(2);
    }

    @Test
    void nothingIsOpenBeforeTheBeginningAndAfterTheEnd() throws Exception {
        extras.open(1);
        assertThat(extras.socket(1)).isNull();
        begin();
        extras.open(2);
        UdpSocket socket = Objects.requireNonNull(extras.socket(2));
        extras.close();

        assertThat(socket.receive(socket.newBatch(), 0)).isEqualTo(-1);
        extras.open(3);
        assertThat(extras.socket(3)).isNull();
    }

    @Test
    void datagramsLeaveByTheSocketThatTheEndpointNames() throws Exception {
        begin();
        extras.open(5);
        Targets targets = new Targets(extras);
        try (UdpPort far = UdpPort.open(UdpSettings.onPort(0).withFamilies(UdpSettings.Families.IPV4), GROUP);
                UdpPort own = UdpPort.open(UdpSettings.onPort(0).withFamilies(UdpSettings.Families.IPV4), GROUP)) {
            InetSocketAddress there = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), far.port());
            UdpTarget target = Objects.requireNonNull(targets.to(0, new Endpoint.Direct(there, 5)));

            assertThat(own.newSender(0).send(target, new byte[]{1}, 0)).isEqualTo(SendOutcome.SENT);

            UdpSocket receiver = Objects.requireNonNull(far.ipv4());
            var batch = receiver.newBatch();
            assertThat(receiver.receive(batch)).isEqualTo(1);
            assertThat(batch.source(0).getPort()).isNotEqualTo(own.port());
            // And what comes back is there for the one reader.
            UdpTarget back = UdpTarget.of(batch.source(0));
            assertThat(far.newSender(0).send(back, new byte[]{2}, 0)).isEqualTo(SendOutcome.SENT);
            assertThat(extras.await(List.copyOf(extras.open().keySet()))).containsExactly(extras.socket(5));
        }
    }

    @Test
    void closedSocketIsNoWayAnywhere() throws Exception {
        begin();
        Targets targets = new Targets(extras);
        InetSocketAddress there = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 9);

        assertThat(targets.to(0, new Endpoint.Direct(there, 7))).isNull();
        assertThat(targets.to(0, new Endpoint.Direct(there))).isNotNull();
    }
}
