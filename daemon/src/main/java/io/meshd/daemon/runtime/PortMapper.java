package io.meshd.daemon.runtime;

import io.meshd.identity.Bytes;
import io.meshd.nat.mapping.Gateway;
import io.meshd.nat.mapping.HttpAnswer;
import io.meshd.nat.mapping.HttpCall;
import io.meshd.nat.mapping.MappedPort;
import io.meshd.nat.mapping.MappingOutbox;
import io.meshd.nat.mapping.PortMappings;
import io.meshd.netio.BootClock;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Has routers map the UDP port, on a thread of its own: slow routers delay nobody.
 *
 * <p>Everything but the constructor and {@link #close} only leaves a task for that thread.
 */
final class PortMapper {
    private static final System.Logger LOG = System.getLogger("io.meshd.nat");
    /** Deadlines are read off a clock that counts suspend, waiting does not: never wait longer than this. */
    private static final long WAIT_NANOS_MAX = 5_000_000_000L;
    /** A little more than the machine's own patience with routers that do not answer. */
    private static final long CLOSE_MILLIS_MAX = 1_500;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1,
            new DefaultThreadFactory("meshd-mapping", true), EpollIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final BootClock clock;
    private final PortMappings mappings;
    private final Consumer<List<MappedPort>> listener;
    private final CountDownLatch released = new CountDownLatch(1);
    private final Outlet outlet = new Outlet();
    private final RouterHttp http = new RouterHttp(loop);
    private final Map<Gateway, RouterSocket> sockets = new HashMap<>();
    private List<AnnouncementSocket> announcements = List.of();
    private List<Gateway> gateways = List.of();
    private boolean wanted;
    private boolean releasing;
    private List<MappedPort> told = List.of();
    private Map<String, String> toldStates = Map.of();
    private volatile List<PortMappings.Attempt> attempts = List.of();
    private volatile boolean asking;
    private @Nullable Future<?> timer;

    /**
     * Nothing is asked yet: {@link #gateways} and {@link #want} begin.
     *
     * @param secret   see {@link PortMappings}
     * @param listener hears what is mapped, on this mapper's thread
     */
    PortMapper(int port, Bytes secret, BootClock clock, Consumer<List<MappedPort>> listener) {
        this.clock = clock;
        this.mappings = new PortMappings(port, secret, new SecureRandom());
        this.listener = listener;
    }

    /** The routers of this host are now these. */
    void gateways(List<Gateway> now) {
        loop.execute(() -> {
            gateways = List.copyOf(now);
            apply();
        });
    }

    /** Whether ports are to be mapped. When not any more, what is mapped is given back. */
    void want(boolean mapping) {
        loop.execute(() -> {
            wanted = mapping;
            apply();
        });
    }

    /** The port is this one now: what is mapped to another is given back. */
    void port(int now) {
        loop.execute(() -> {
            mappings.port(clock.bootNanos(), now, outlet);
            settle();
        });
    }

    /** Has routers asked how things stand now, those that refused again. */
    void look() {
        asking = true;
        loop.execute(() -> {
            mappings.look(clock.bootNanos(), outlet);
            settle();
        });
    }

    /** Whether some router has not answered yet. Any thread. */
    boolean isAsking() {
        return asking;
    }

    /** What asking came to, for every router and protocol. Any thread. */
    List<PortMappings.Attempt> attempts() {
        return attempts;
    }

    /** Peers have found that a mapped port leads here, or that it does not. */
    void checked(MappedPort port, boolean reached) {
        loop.execute(() -> {
            LOG.log(reached ? System.Logger.Level.INFO : System.Logger.Level.WARNING, reached
                    ? "a peer has confirmed the mapped port {0}"
                    : "no peer can reach the mapped port {0}: it will be mapped anew", text(port));
            if (reached) {
                mappings.confirmed(port);
            } else {
                mappings.doubt(clock.bootNanos(), port);
            }
            settle();
        });
    }

    private void apply() {
        if (releasing) {
            return;
        }
        if (wanted && announcements.isEmpty()) {
            announcements = AnnouncementSocket.open(loop, this::announced);
        }
        if (wanted) {
            gateways.forEach(gateway -> sockets.computeIfAbsent(gateway,
                    one -> RouterSocket.open(loop, one, (from, datagram) -> arrived(one, from, datagram))));
        }
        mappings.want(clock.bootNanos(), wanted, outlet);
        mappings.gateways(clock.bootNanos(), gateways, outlet);
        settle();
    }

    private void arrived(Gateway gateway, InetSocketAddress from, byte[] datagram) {
        mappings.handle(clock.bootNanos(), gateway, from, datagram, outlet);
        settle();
    }

    private void announced(InetSocketAddress from, byte[] datagram) {
        mappings.announced(clock.bootNanos(), from, datagram);
        settle();
    }

    private void answered(Gateway gateway, HttpAnswer answer) {
        mappings.handle(clock.bootNanos(), gateway, answer, outlet);
        settle();
    }

    /** Tells what changed, and waits for what is next. */
    private void settle() {
        List<MappedPort> mapped = mappings.mapped();
        if (!mapped.equals(told)) {
            told = mapped;
            mapped.forEach(port -> LOG.log(System.Logger.Level.INFO, "the router {0} maps {1} to this node by {2}{3}",
                    port.gateway().router().getHostAddress(), text(port), port.protocol().label(),
                    port.isPublic() ? "" : ", behind another NAT"));
            listener.accept(mapped);
        }
        Map<String, String> states = new LinkedHashMap<>();
        mappings.attempts().forEach(attempt -> states.put(
                attempt.protocol().label() + " at " + attempt.gateway().router().getHostAddress(), attempt.state()));
        attempts = mappings.attempts();
        asking = mappings.isAsking();
        if (!states.equals(toldStates)) {
            toldStates = states;
            LOG.log(System.Logger.Level.DEBUG, "port mapping: {0}", states);
        }
        sockets.entrySet().removeIf(entry -> {
            boolean gone = !mappings.inUse().contains(entry.getKey());
            if (gone) {
                entry.getValue().close();
            }
            return gone;
        });
        if (releasing && mappings.isReleased()) {
            released.countDown();
        }
        plan();
    }

    private void plan() {
        if (timer != null) {
            boolean _ = timer.cancel(false);
            timer = null;
        }
        long deadline = mappings.nextDeadlineNanos();
        if (deadline != Deadlines.NEVER) {
            long wait = Math.clamp(deadline - clock.bootNanos(), 0, WAIT_NANOS_MAX);
            timer = loop.schedule(this::due, wait, TimeUnit.NANOSECONDS);
        }
    }

    private void due() {
        mappings.handleTimeout(clock.bootNanos(), outlet);
        settle();
    }

    private static String text(MappedPort port) {
        return new Endpoint.Direct(port.external()).toString();
    }

    private final class Outlet implements MappingOutbox {
        @Override
        public void send(Gateway gateway, InetSocketAddress to, byte[] datagram) {
            RouterSocket socket = sockets.get(gateway);
            if (socket != null) {
                socket.send(to, datagram);
            }
        }

        @Override
        public void call(Gateway gateway, HttpCall call) {
            http.call(gateway, call, answer -> answered(gateway, answer));
        }
    }

    /** Gives back what is mapped, waits for that at most a good second, and ends. */
    void close() throws InterruptedException {
        loop.execute(() -> {
            releasing = true;
            mappings.want(clock.bootNanos(), false, outlet);
            settle();
        });
        if (!released.await(CLOSE_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
            LOG.log(System.Logger.Level.DEBUG, "a router did not take its mapping back in time");
        }
        http.close();
        loop.submit(() -> {
            new ArrayList<>(sockets.values()).forEach(RouterSocket::close);
            announcements.forEach(AnnouncementSocket::close);
        }).awaitUninterruptibly(CLOSE_MILLIS_MAX);
        var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
