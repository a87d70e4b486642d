package io.meshd.netio;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Errors;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one UDP port: a socket for IPv4 and one for IPv6, on the same number.
 *
 * <p>Netty opens, binds and closes the sockets; it never reads or writes them. It has no send-side source address and no
 * traffic class per packet, so {@link UdpSocket} and {@link UdpSender} make the system calls themselves.
 */
public final class UdpPort implements AutoCloseable {
    /** A free IPv4 port is rarely taken for IPv6. */
    private static final int FREE_PORT_ATTEMPTS = 16;

    private static final Path DISABLE_IPV6 = Path.of("/proc/sys/net/ipv6/conf/all/disable_ipv6");

    private final int port;
    private final boolean segmentationOffload;
    private final @Nullable UdpSocket ipv4;
    private final @Nullable UdpSocket ipv6;
    private final @Nullable String ipv6Problem;

    private UdpPort(int port, boolean segmentationOffload, @Nullable UdpSocket ipv4, @Nullable UdpSocket ipv6,
            @Nullable String ipv6Problem) {
        this.port = port;
        this.segmentationOffload = segmentationOffload;
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
        this.ipv6Problem = ipv6Problem;
    }

    /**
     * Opens the port in the network namespace of the calling thread.
     *
     * @param group an epoll event loop group; it is used to open and close, never while the port works
     * @throws BindException when the port is taken, with the family and number
     */
    public static UdpPort open(UdpSettings settings, EventLoopGroup group) throws IOException {
        for (int attempt = 1;; attempt++) {
            try {
                return openOnce(settings, group);
            } catch (BindException e) {
                // Only IPv6 can meet a taken port when IPv4 was given a free one.
                if (settings.port() != 0 || attempt == FREE_PORT_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static UdpPort openOnce(UdpSettings settings, EventLoopGroup group) throws IOException {
        List<UdpSocket> opened = new ArrayList<>();
        try {
            int port = settings.port();
            UdpSocket ipv4 = null;
            UdpSocket ipv6 = null;
            String problem = null;
            if (settings.families() != UdpSettings.Families.IPV6) {
                Bound bound = bind(settings, group, false, port);
                port = bound.port;
                ipv4 = UdpSocket.owning(false, bound.fd);
                opened.add(ipv4);
            }
            if (settings.families() != UdpSettings.Families.IPV4) {
                try {
                    Bound bound = bind(settings, group, true, port);
                    port = bound.port;
                    ipv6 = UdpSocket.owning(true, bound.fd);
                    opened.add(ipv6);
                    problem = ipv6SwitchedOff();
                } catch (NoFamilyException e) {
                    if (ipv4 == null) {
                        throw e;
                    }
                    problem = e.getMessage();
                }
            }
            return new UdpPort(port, settings.segmentationOffload(), ipv4, ipv6, problem);
        } catch (IOException | RuntimeException e) {
            opened.forEach(UdpSocket::close);
            throw e;
        }
    }

    /** Sockets can be opened all the same then, and single interfaces can be switched on again at any time. */
    private static @Nullable String ipv6SwitchedOff() {
        try {
            boolean off = Files.readString(DISABLE_IPV6).strip().equals("1");
            return off ? "IPv6 is off on this host: " + DISABLE_IPV6 + " is 1" : null;
        } catch (IOException e) {
            // Not readable says nothing.
            return null;
        }
    }

    private record Bound(NativeFd fd, int port) {}

    /** The host does not have this family. */
    private static final class NoFamilyException extends IOException {
        private static final long serialVersionUID = 1L;

        NoFamilyException(String message) {
            super(message);
        }
    }

    private static Bound bind(UdpSettings settings, EventLoopGroup group, boolean isV6, int port) throws IOException {
        String attempted = "open UDP port " + port + " for " + (isV6 ? "IPv6" : "IPv4");
        EpollDatagramChannel channel;
        try {
            channel = new EpollDatagramChannel(isV6 ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET);
        } catch (RuntimeException e) {
            throw failure(attempted, isV6, e);
        }
        boolean done = false;
        try {
            channel.config().setOption(ChannelOption.AUTO_READ, false);
            UdpSocket.configure(channel.fd().intValue(), isV6, settings);
            Throwable problem = group.register(channel).awaitUninterruptibly().cause();
            if (problem == null) {
                InetAddress any = SocketAddresses.address(isV6, 0, 0, 0);
                problem = channel.bind(new InetSocketAddress(any, port)).awaitUninterruptibly().cause();
            }
            if (problem != null) {
                throw failure(attempted, isV6, problem);
            }
            // Out of Netty's epoll set, so that arriving datagrams do not touch it.
            channel.deregister().awaitUninterruptibly();
            done = true;
            return new Bound(NativeFd.closedBy(channel.fd().intValue(), () -> close(channel)),
                    channel.localAddress().getPort());
        } finally {
            if (!done && channel.isRegistered()) {
                close(channel);
            } else if (!done) {
                channel.unsafe().closeForcibly();
            }
        }
    }

    private static void close(EpollDatagramChannel channel) {
        ChannelFuture closed = channel.close();
        // The port should be free when the closer returns, but an event loop must not wait for itself.
        if (!channel.eventLoop().inEventLoop()) {
            closed.awaitUninterruptibly();
        }
    }

    private static IOException failure(String attempted, boolean isV6, Throwable problem) {
        int errno = 0;
        for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
            if (cause instanceof Errors.NativeIoException nativeProblem) {
                errno = -nativeProblem.expectedErr();
            }
        }
        if (errno == Errno.EADDRINUSE) {
            return new BindException(attempted + ": another process is using this port");
        }
        if (isV6 && (errno == Errno.EAFNOSUPPORT || errno == Errno.EADDRNOTAVAIL)) {
            return new NoFamilyException(attempted + ": IPv6 is off on this host");
        }
        return errno == 0
                ? new IOException(attempted + ": " + problem, problem)
                : new SystemCallException(attempted, errno);
    }

    /** The number of the port. */
    public int port() {
        return port;
    }

    /** The IPv4 socket; null when only IPv6 was asked for. */
    public @Nullable UdpSocket ipv4() {
        return ipv4;
    }

    /** The IPv6 socket; null when the host has none or it was not asked for. */
    public @Nullable UdpSocket ipv6() {
        return ipv6;
    }

    /** Why IPv6 will not work although it was asked for, with or without a socket; null when nothing is known. */
    public @Nullable String ipv6Problem() {
        return ipv6Problem;
    }

    /** All sockets: one or two, each to be read by a thread of its own. */
    public List<UdpSocket> sockets() {
        List<UdpSocket> sockets = new ArrayList<>();
        if (ipv4 != null) {
            sockets.add(ipv4);
        }
        if (ipv6 != null) {
            sockets.add(ipv6);
        }
        return List.copyOf(sockets);
    }

    /**
     * A sender for the calling thread's use.
     *
     * @param patienceMillis how long a send waits when the send buffer is full; 0 drops at once
     */
    public UdpSender newSender(int patienceMillis) {
        return new UdpSender(ipv4, ipv6, segmentationOffload, patienceMillis);
    }

    /** Changes the firewall mark of everything sent from now on. */
    public void mark(int mark) throws IOException {
        for (UdpSocket socket : sockets()) {
            socket.mark(mark);
        }
    }

    /** Ends the readers and frees the port; returns before that is done when a system call is under way. */
    @Override
    public void close() {
        sockets().forEach(UdpSocket::close);
    }
}
