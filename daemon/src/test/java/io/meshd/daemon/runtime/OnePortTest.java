package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meshd.netio.SendOutcome;
import io.meshd.netio.UdpPort;
import io.meshd.netio.UdpTarget;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class OnePortTest {
    private static final int STUN_BYTES = 20;

    private EventLoopGroup group;
    private DatagramSocket peer;
    private UdpTarget target;
    private OnePort port;

    @BeforeEach
    void open() throws Exception {
        group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        peer = new DatagramSocket(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
        peer.setSoTimeout(200);
        target = UdpTarget.of(new InetSocketAddress("127.0.0.1", peer.getLocalPort()));
        port = OnePort.open(0, 0, group);
    }

    @AfterEach
    void close() {
        port.close();
        peer.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** Where the next datagram comes from; 0 when none comes. */
    private int from() throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[2_000], 2_000);
        try {
            peer.receive(packet);
            return packet.getPort();
        } catch (SocketTimeoutException _) {
            return 0;
        }
    }

    @Test
    void portThatMovesIsHeardByTheNewNumberFirstAndThenByTheOld() throws Exception {
        PortSender sender = port.newSender(0);
        int before = port.number();
        port.moveTo(0);
        int now = port.number();

        SendOutcome outcome = sender.send(target, data(), 0);

        assertThat(outcome).isEqualTo(SendOutcome.SENT);
        assertThat(now).isNotEqualTo(before);
        assertThat(from()).isEqualTo(now);
        assertThat(from()).isEqualTo(before);
        assertThat(from()).isZero();
    }

    @Test
    void stunLeavesByTheNewNumberOnly() throws Exception {
        PortSender sender = port.newSender(0);
        port.moveTo(0);
        byte[] request = new byte[STUN_BYTES];
        request[1] = 1;
        byte[] cookie = {0x21, 0x12, (byte) 0xa4, 0x42};
        System.arraycopy(cookie, 0, request, 4, cookie.length);

        var _ = sender.send(target, request, 0);

        assertThat(from()).isEqualTo(port.number());
        assertThat(from()).isZero();
    }

    @Test
    void secondMoveFreesTheFirstNumberAtOnce() throws Exception {
        int first = port.number();
        port.moveTo(0);
        int second = port.number();
        port.moveTo(0);

        try (DatagramSocket again = new DatagramSocket(first)) {
            assertThat(again.getLocalPort()).isEqualTo(first);
        }
        assertThat(port.doors().former()).extracting(UdpPort::port).isEqualTo(second);
    }

    @Test
    void returnToTheNumberOfAMomentAgoIsPossible() throws Exception {
        List<Integer> read = new ArrayList<>();
        port.readBy(opened -> read.add(opened.port()));
        int first = port.number();
        port.moveTo(0);
        int second = port.number();

        port.moveTo(first);

        assertThat(port.number()).isEqualTo(first);
        assertThat(read).containsExactly(first, second);
        var _ = port.newSender(0).send(target, data(), 0);
        assertThat(from()).isEqualTo(first);
        assertThat(from()).isEqualTo(second);
    }

    @Test
    void takenNumberIsRefusedAndNothingMoves() {
        int number = port.number();

        assertThatThrownBy(() -> port.moveTo(peer.getLocalPort())).isInstanceOf(BindException.class);

        assertThat(port.number()).isEqualTo(number);
        assertThat(port.doors().former()).isNull();
    }

    @Test
    void closingFreesBoth() throws Exception {
        int first = port.number();
        port.moveTo(0);
        int next = port.number();
        port.close();

        try (DatagramSocket one = new DatagramSocket(first); DatagramSocket other = new DatagramSocket(next)) {
            assertThat(one.getLocalPort() + other.getLocalPort()).isEqualTo(first + next);
        }
    }

    /** A WireGuard data message by its first bytes. */
    private static byte[] data() {
        byte[] datagram = new byte[64];
        datagram[0] = 4;
        return datagram;
    }
}
