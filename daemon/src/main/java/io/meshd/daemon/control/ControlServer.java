package io.meshd.daemon.control;

import io.meshd.daemon.control.ControlException.Code;
import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.Owner;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;

/**
 * Answers requests on a Unix socket: {@link ControlProtocol} has the bounds.
 *
 * <p>The socket is 0600, and each client's user is asked of the kernel (SO_PEERCRED) besides: only root and the
 * daemon's own user are heard. One event loop thread does all the reading and writing.
 */
public final class ControlServer implements AutoCloseable {
    // sockaddr_un holds 108 bytes, the last of them zero.
    private static final int PATH_MAX_BYTES = 107;
    private static final long SHUTDOWN_MAX_MS = 1000;

    private final Path socket;
    private final EventLoopGroup loop;
    private final Channel channel;
    private final ChannelGroup clients;

    private ControlServer(Path socket, EventLoopGroup loop, Channel channel, ChannelGroup clients) {
        this.socket = socket;
        this.loop = loop;
        this.channel = channel;
        this.clients = clients;
    }

    /**
     * Listens. The caller holds the lock of the home, so that a socket which stands there already is a stale one.
     *
     * @param socket where; its directory exists
     * @throws IOException when the socket cannot be made
     */
    public static ControlServer start(Path socket, NodeControl node) throws IOException {
        int self = Owner.ofThisProcess().uid();
        return start(socket, node, uid -> uid == 0 || uid == self, ControlProtocol.TIME_MAX);
    }

    static ControlServer start(Path socket, NodeControl node, IntPredicate isAllowed, Duration patience)
            throws IOException {
        // The socket gets its mode under a name that no client looks for.
        Path unready = socket.resolveSibling("." + socket.getFileName());
        int length = unready.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > PATH_MAX_BYTES) {
            throw new FileException("the path of the control socket is too long (" + length + " bytes of "
                    + PATH_MAX_BYTES + "): choose a shorter --home");
        }
        Files.deleteIfExists(unready);
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("control", true),
                EpollIoHandler.newFactory());
        try {
            ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
            Channel channel = bind(loop, unready, new Acceptor(node, isAllowed, patience, clients));
            Files.setPosixFilePermissions(unready, PosixFilePermissions.fromString("rw-------"));
            Files.move(unready, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return new ControlServer(socket, loop, channel, clients);
        } catch (IOException | RuntimeException e) {
            var _ = loop.shutdownGracefully(0, SHUTDOWN_MAX_MS, TimeUnit.MILLISECONDS);
            Files.deleteIfExists(unready);
            throw e;
        }
    }

    private static Channel bind(EventLoopGroup loop, Path path, Acceptor acceptor) throws IOException {
        ChannelFuture bound = new ServerBootstrap().group(loop).channel(EpollServerDomainSocketChannel.class)
                .childHandler(acceptor).bind(new DomainSocketAddress(path.toFile()))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("cannot listen on " + path + ": " + bound.cause().getMessage(), bound.cause());
        }
        return bound.channel();
    }

    /** Stops listening, removes the socket, drops clients. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(socket);
        channel.close().awaitUninterruptibly(SHUTDOWN_MAX_MS);
        // An event loop that ends leaves its clients' descriptors open: who follows the log would wait for ever.
        clients.close().awaitUninterruptibly(SHUTDOWN_MAX_MS);
        loop.shutdownGracefully(0, SHUTDOWN_MAX_MS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(2 * SHUTDOWN_MAX_MS);
    }

    /** Decides on the event loop who is heard. */
    private static final class Acceptor extends ChannelInitializer<EpollDomainSocketChannel> {
        private final NodeControl node;
        private final IntPredicate isAllowed;
        private final Duration patience;
        private final ChannelGroup clients;
        private int connections;

        Acceptor(NodeControl node, IntPredicate isAllowed, Duration patience, ChannelGroup clients) {
            this.node = node;
            this.isAllowed = isAllowed;
            this.patience = patience;
            this.clients = clients;
        }

        @Override
        protected void initChannel(EpollDomainSocketChannel client) throws IOException {
            connections++;
            clients.add(client);
            client.closeFuture().addListener(_ -> connections--);
            if (connections > 2 * ControlProtocol.CONNECTIONS_MAX) {
                var _ = client.close();
                return;
            }
            ControlException refusal = null;
            if (!isAllowed.test(client.peerCredentials().uid())) {
                refusal = new ControlException(Code.FORBIDDEN, "only root and the daemon's own user may ask: use sudo");
            } else if (connections > ControlProtocol.CONNECTIONS_MAX) {
                refusal = new ControlException(Code.BUSY, "too many requests at a time: try again");
            }
            client.pipeline().addLast(new LineBasedFrameDecoder(ControlProtocol.REQUEST_MAX_BYTES, true, true),
                    new Connection(node, patience, refusal));
        }
    }
}
