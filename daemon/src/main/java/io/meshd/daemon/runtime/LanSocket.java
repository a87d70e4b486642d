package io.meshd.daemon.runtime;

import io.meshd.identity.IpAddress;
import io.meshd.nat.lan.LanLink;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.util.concurrent.Future;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Hears and sends beacons at one address of this host. Belongs to the loop.
 *
 * <p>One socket is bound to the group itself, so that it hears nothing but beacons and shares the port with other daemons
 * of the host; the other is bound to the address, which beacons must come from.
 */
final class LanSocket {
    private static final System.Logger LOG = System.getLogger("io.meshd.nat");
    /** Far from the port that tunnels use: a second daemon on the host takes the one next to that. */
    private static final int PORT = 21_821;
    /** In the range that never leaves a site (RFC 2365 section 6.1). */
    private static final String GROUP_V4 = "239.255.77.68";
    /** Never leaves the link, and is given out by nobody (RFC 4291 section 2.7). */
    private static final String GROUP_V6 = "ff12::6d65:7368";

    private final LanLink link;
    private final EventLoop loop;
    private final Runnable changed;
    private final List<Channel> channels = new ArrayList<>();
    private @Nullable Channel mouth;
    private boolean failed;

    private LanSocket(LanLink link, EventLoop loop, Runnable changed) {
        this.link = link;
        this.loop = loop;
        this.changed = changed;
    }

    /** Begins to open it; {@code changed} is told when it is open. */
    static LanSocket open(EventLoop loop, LanLink link, BiConsumer<InetSocketAddress, byte[]> taker,
            Runnable changed) {
        LanSocket socket = new LanSocket(link, loop, changed);
        try {
            NetworkInterface device = NetworkInterface.getByIndex(link.interfaceIndex());
            if (device == null) {
                socket.fail("its interface is gone");
            } else {
                socket.listen(device, taker);
            }
        } catch (SocketException e) {
            socket.fail(e.getMessage());
        }
        return socket;
    }

    private void listen(NetworkInterface device, BiConsumer<InetSocketAddress, byte[]> taker) {
        ChannelFuture bound = RouterSocket.bootstrap(loop, family(), taker).option(ChannelOption.SO_REUSEADDR, true)
                .bind(group());
        DatagramChannel ear = (DatagramChannel) bound.channel();
        channels.add(ear);
        bound.addListener(done -> after(done, () -> ear.joinGroup(group(), device)
                .addListener(joined -> after(joined, () -> speak(device)))));
    }

    private void speak(NetworkInterface device) {
        ChannelFuture bound = RouterSocket.bootstrap(loop, family(), (_, _) -> {})
                .option(ChannelOption.IP_MULTICAST_IF, device).option(ChannelOption.IP_MULTICAST_TTL, 1)
                .bind(new InetSocketAddress(link.local(), 0));
        channels.add(bound.channel());
        bound.addListener(done -> after(done, () -> {
            mouth = bound.channel();
            changed.run();
        }));
    }

    private void after(Future<?> step, Runnable next) {
        if (step.isSuccess()) {
            next.run();
        } else {
            fail(step.cause().getMessage());
        }
    }

    /** Interfaces come and go, and some carry no multicast: no reason to trouble anybody. */
    private void fail(@Nullable String why) {
        failed = true;
        LOG.log(System.Logger.Level.DEBUG, "no local discovery at {0}: {1}", link.local().getHostAddress(), why);
    }

    private SocketProtocolFamily family() {
        return link.isV6() ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET;
    }

    private InetSocketAddress group() {
        InetAddress group = IpAddress.parse(link.isV6() ? GROUP_V6 : GROUP_V4).orThrow().toInetAddress();
        return new InetSocketAddress(link.isV6() ? scoped(group, link.interfaceIndex()) : group, PORT);
    }

    /** An IPv6 address of the link, with the interface that it belongs to. */
    static InetAddress scoped(InetAddress address, int interfaceIndex) {
        try {
            return Inet6Address.getByAddress(null, address.getAddress(), interfaceIndex);
        } catch (UnknownHostException e) {
            throw new AssertionError("16 bytes are always an address", e);
        }
    }

    /** Whether it hears and can send. */
    boolean isOpen() {
        return mouth != null && !failed;
    }

    boolean hasFailed() {
        return failed;
    }

    void multicast(byte[] beacon) {
        Channel open = mouth;
        if (open != null) {
            // What cannot be sent is lost, as any datagram may be; there will be another.
            var _ = open.writeAndFlush(new DatagramPacket(Unpooled.wrappedBuffer(beacon), group()));
        }
    }

    void close() {
        failed = true;
        for (Channel channel : channels) {
            var _ = channel.close();
        }
    }
}
