package io.meshd.daemon.runtime;

import io.meshd.nat.mapping.Gateway;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A UDP socket for talking to one router, from the address that it is to forward to. Belongs to the mapper's thread. */
final class RouterSocket {
    private static final System.Logger LOG = System.getLogger("io.meshd.nat");
    /** More than any message of the three protocols; the rest of a longer one is cut off. */
    static final int DATAGRAM_BYTES_MAX = 2_048;

    private final Channel channel;

    private RouterSocket(Channel channel) {
        this.channel = channel;
    }

    /** Opens a socket; what cannot be opened sends nothing, and its router is silent. */
    static RouterSocket open(EventLoop loop, Gateway gateway, BiConsumer<InetSocketAddress, byte[]> taker) {
        SocketProtocolFamily family = gateway.local() instanceof Inet6Address
                ? SocketProtocolFamily.INET6
                : SocketProtocolFamily.INET;
        Bootstrap bootstrap = bootstrap(loop, family, taker);
        NetworkInterface at = interfaceOf(gateway);
        if (at != null) {
            // Searches go to the router's network, wherever the default route leads.
            bootstrap.option(ChannelOption.IP_MULTICAST_IF, at);
        }
        return new RouterSocket(bootstrap.bind(new InetSocketAddress(gateway.local(), 0)).addListener(bound -> {
            if (!bound.isSuccess()) {
                LOG.log(System.Logger.Level.DEBUG, "no socket for the router {0}: {1}", gateway.router(),
                        bound.cause());
            }
        }).channel());
    }

    private static @Nullable NetworkInterface interfaceOf(Gateway gateway) {
        try {
            return NetworkInterface.getByInetAddress(gateway.local());
        } catch (SocketException e) {
            LOG.log(System.Logger.Level.DEBUG, "no interface has {0}: {1}", gateway.local(), e.getMessage());
            return null;
        }
    }

    /** What makes a socket that hands over the bytes of what arrives. */
    static Bootstrap bootstrap(EventLoop loop, SocketProtocolFamily family,
            BiConsumer<InetSocketAddress, byte[]> taker) {
        return new Bootstrap().group(loop).channelFactory(() -> new EpollDatagramChannel(family))
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(DATAGRAM_BYTES_MAX))
                .handler(new SimpleChannelInboundHandler<DatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
                        taker.accept(packet.sender(), ByteBufUtil.getBytes(packet.content()));
                    }

                    @Override
                    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                        // An ICMP error of an earlier datagram, as a rule: nobody there.
                        LOG.log(System.Logger.Level.DEBUG, "a datagram socket: {0}", cause.getMessage());
                    }
                });
    }

    void send(InetSocketAddress to, byte[] datagram) {
        // What cannot be sent is lost, as any datagram may be; the machine asks again.
        var _ = channel.writeAndFlush(new DatagramPacket(Unpooled.wrappedBuffer(datagram), to));
    }

    void close() {
        var _ = channel.close();
    }
}
