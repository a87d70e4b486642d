package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Over the loopback interface, which needs no rights. */
@Timeout(20)
class UdpPollTest {
    private static final int SOCKETS = 40;

    private final OneLoop loop = new OneLoop();
    private final List<UdpPort> ports = new ArrayList<>();

    @AfterEach
    void close() {
        ports.forEach(UdpPort::close);
        loop.close();
    }

    private List<UdpSocket> sockets() throws Exception {
        for (int i = 0; i < SOCKETS; i++) {
            ports.add(UdpPort.open(UdpSettings.onPort(0).withFamilies(UdpSettings.Families.IPV4), loop.group));
        }
        return ports.stream().map(port -> Objects.requireNonNull(port.ipv4())).toList();
    }

    @Test
    void tellsTheOneSocketThatHasSomething() throws Exception {
        List<UdpSocket> sockets = sockets();
        InetSocketAddress there = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), ports.get(23).port());
        // The sender is another port's; the datagram leaves by the socket that the target names.
        UdpTarget target = UdpTarget.of(there).through(sockets.get(7));

        assertThat(ports.getFirst().newSender(0).send(target, new byte[]{1, 2, 3}, 0)).isEqualTo(SendOutcome.SENT);

        try (UdpPoll poll = new UdpPoll(SOCKETS)) {
            assertThat(poll.await(sockets)).containsExactly(sockets.get(23));
        }
        DatagramBatch batch = sockets.get(23).newBatch();
        assertThat(sockets.get(23).receive(batch, 0)).isEqualTo(1);
        assertThat(batch.source(0).getPort()).isEqualTo(ports.get(7).port());
    }

    @Test
    void wakeupEndsAWaitDuringWhichSocketsWereClosed() throws Exception {
        List<UdpSocket> sockets = sockets();
        try (UdpPoll poll = new UdpPoll(SOCKETS)) {
            CompletableFuture<List<UdpSocket>> ready = CompletableFuture.supplyAsync(() -> {
                try {
                    return poll.await(sockets);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            ports.forEach(UdpPort::close);
            poll.wakeup();

            assertThat(ready.get()).isEmpty();
            assertThat(sockets.get(3).receive(sockets.get(3).newBatch(), 0)).isEqualTo(-1);
        }
    }

    @Test
    void targetOfTheOtherFamilyIsRefused() throws Exception {
        UdpTarget six = UdpTarget.of(new InetSocketAddress(InetAddress.getByName("::1"), 9));
        UdpSocket four = sockets().getFirst();

        assertThatThrownBy(() -> six.through(four))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
