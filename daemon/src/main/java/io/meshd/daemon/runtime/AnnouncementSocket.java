package io.meshd.daemon.runtime;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.SocketProtocolFamily;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Hears routers announce that they have started: to all hosts (224.0.0.1, ff02::1) on port 5350, RFC 6886 section 3.2.1 and
 * RFC 6887 section 14.1. Every host is in these groups without joining. Belongs to the mapper's thread.
 */
final class AnnouncementSocket {
    private static final System.Logger LOG = System.getLogger("io.meshd.nat");
    private static final int PORT = 5350;

    private final Channel channel;

    private AnnouncementSocket(Channel channel) {
        this.channel = channel;
    }

    /** One for each family; where another program keeps the port for itself, restarts are noticed a little later. */
    static List<AnnouncementSocket> open(EventLoop loop, BiConsumer<InetSocketAddress, byte[]> taker) {
        return List.of(open(loop, SocketProtocolFamily.INET, "0.0.0.0", taker),
                open(loop, SocketProtocolFamily.INET6, "::", taker));
    }

    private static AnnouncementSocket open(EventLoop loop, SocketProtocolFamily family, String any,
            BiConsumer<InetSocketAddress, byte[]> taker) {
        return new AnnouncementSocket(RouterSocket.bootstrap(loop, family, taker)
                .option(ChannelOption.SO_REUSEADDR, true)
                // Netty switches it off, and then only groups are heard that the socket itself has joined.
                .option(EpollChannelOption.IP_MULTICAST_ALL, true)
                .bind(new InetSocketAddress(any, PORT)).addListener(bound -> {
                    if (!bound.isSuccess()) {
                        LOG.log(System.Logger.Level.DEBUG, "announcements of routers are not heard: {0}",
                                bound.cause().getMessage());
                    }
                }).channel());
    }

    void close() {
        var _ = channel.close();
    }
}
