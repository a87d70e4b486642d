package io.meshd.daemon.runtime;

import io.meshd.nat.lan.LanLink;
import io.meshd.nat.mapping.Gateway;
import io.meshd.netio.DefaultGateway;
import io.meshd.netio.DefaultGateways;
import io.meshd.netio.HostAddress;
import io.meshd.netio.HostAddresses;
import io.meshd.netio.Netlink;
import io.meshd.netio.NetworkEvent;
import io.meshd.netio.NetworkMonitor;
import io.meshd.netio.Route;
import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Watches the host's network and keeps what is ours in it: one thread that hears the kernel, one that acts.
 *
 * <p>The acting thread alone uses the {@link RouteKeeper}. Events are only a hint that something changed; it then looks
 * at the whole, so that lost and reordered ones do no harm.
 */
final class NetworkWatch {
    private static final System.Logger LOG = System.getLogger("io.meshd.netio");
    /** Changes come in bursts: one look for all that arrive within this time. */
    private static final long SETTLE_MILLIS = 50;
    /** Some changes the kernel does not report: IPv4 routes that vanish with their device, for one. */
    private static final long LOOK_ANYWAY_MILLIS = 5_000;
    /** IPv4 subnets of one interface that are looked into; hosts with more are routers or servers of many names. */
    private static final int SUBNETS_MAX = 2;

    private final Netlink netlink;
    private final RouteKeeper keeper;
    private volatile int port;
    private volatile List<Prefix> overlayRanges;
    private final Listener listener;
    private final NetworkMonitor monitor;
    private final BlockingQueue<Work> queue = new LinkedBlockingQueue<>();
    private final AtomicBoolean lookDue = new AtomicBoolean();
    private final Thread ear;
    private final Thread hand;
    private List<InetSocketAddress> endpoints = List.of();
    private List<Gateway> gateways = List.of();
    private volatile boolean closed;

    /** Something for the acting thread. */
    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    /** Hears what concerns the node. */
    interface Listener {
        /** This host's addresses are now these, with the port. */
        void endpoints(List<InetSocketAddress> endpoints);

        /** Packets may leave this host another way now, from another address. */
        void moved();

        /** Packets leave this host by another router, while its addresses are as they were. */
        void rerouted();

        /** This host's routers are now these, for each family the one in use. */
        void gateways(List<Gateway> gateways);

        /** This host's addresses in local networks are now these. */
        void links(List<LanLink> links);

        /** The number of the mesh interface now; 0 when the daemon has none. */
        int interfaceIndex();

        /** Something was put back. */
        void restored();

        /** A defect, which must end the daemon: without this watch its routes would be wrong and nobody would know. */
        void failed(String what, Throwable cause);
    }

    NetworkWatch(Netlink netlink, RouteKeeper keeper, int port, List<Prefix> overlayRanges, Listener listener)
            throws IOException {
        this.netlink = netlink;
        this.keeper = keeper;
        this.port = port;
        this.overlayRanges = List.copyOf(overlayRanges);
        this.listener = listener;
        this.monitor = NetworkMonitor.open();
        this.ear = Thread.ofPlatform().name("meshd-netlink").daemon(true).unstarted(this::hear);
        this.hand = Thread.ofPlatform().name("meshd-routes").daemon(true).unstarted(this::act);
    }

    void start() {
        ear.start();
        hand.start();
        queue.add(this::look);
    }

    /** The node's port and the ranges of its own mesh are these now. What follows from that is told soon. */
    void follow(int nowPort, List<Prefix> nowOverlayRanges) {
        port = nowPort;
        overlayRanges = List.copyOf(nowOverlayRanges);
        queue.add(this::look);
    }

    /** Does something on the acting thread, in order. */
    void later(Runnable work) {
        queue.add(work::run);
    }

    /**
     * Waits until all is done that was given to {@link #later} before. No lock may be held that such work takes.
     *
     * @return whether it was done within this time
     */
    boolean settle(long patienceMillis) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        queue.add(done::countDown);
        return done.await(patienceMillis, TimeUnit.MILLISECONDS);
    }

    private void hear() {
        try {
            monitor.run(this::heard);
        } catch (IOException e) {
            if (!closed) {
                LOG.log(System.Logger.Level.ERROR, "no more news of the host's network", e);
            }
        } catch (RuntimeException | Error e) {
            listener.failed("thread " + ear.getName(), e);
        }
    }

    private void heard(NetworkEvent event) {
        if (event instanceof NetworkEvent.Resync
                || (event instanceof NetworkEvent.RouteChanged(var next) && isWayOut(next))
                || (event instanceof NetworkEvent.RouteRemoved(var last) && isWayOut(last))) {
            listener.moved();
        }
        boolean ours = event instanceof NetworkEvent.RuleAdded
                || (event instanceof NetworkEvent.RouteChanged(var route) && route.isOwn());
        if (!ours && lookDue.compareAndSet(false, true)) {
            queue.add(this::lookSoon);
        }
    }

    private static boolean isWayOut(Route route) {
        return route.isDefault() && route.table() == Route.MAIN_TABLE;
    }

    private void act() {
        while (!closed) {
            try {
                Work work = queue.poll(LOOK_ANYWAY_MILLIS, TimeUnit.MILLISECONDS);
                if (work == null) {
                    look();
                } else {
                    work.run();
                }
            } catch (IOException e) {
                if (!closed) {
                    LOG.log(System.Logger.Level.WARNING, "cannot see to the host's network: {0}", e.getMessage());
                }
            } catch (InterruptedException _) {
                return;
            } catch (RuntimeException | Error e) {
                listener.failed("thread " + hand.getName(), e);
                return;
            }
        }
    }

    private void lookSoon() throws IOException, InterruptedException {
        TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
        lookDue.set(false);
        look();
    }

    private void look() throws IOException {
        int index = listener.interfaceIndex();
        if (index != 0 && keeper.restore(index)) {
            listener.restored();
        }
        List<InetSocketAddress> now = endpoints(index);
        List<Gateway> routers = gateways(index);
        boolean isFirst = endpoints.isEmpty();
        if (!now.equals(endpoints)) {
            endpoints = now;
            listener.moved();
        } else if (!routers.equals(gateways) && !isFirst) {
            listener.rerouted();
        }
        gateways = routers;
        listener.endpoints(now);
        listener.gateways(routers);
        listener.links(links(index));
    }

    /**
     * The first of each family. The others' ports would be of no use: answers leave by the first, whatever interface the
     * question came by.
     */
    private List<Gateway> gateways(int index) throws IOException {
        List<Gateway> first = new ArrayList<>();
        for (DefaultGateway found : DefaultGateways.list(netlink, Set.of(index))) {
            Gateway gateway = new Gateway(found.router(), found.local());
            if (first.stream().noneMatch(known -> known.local().getClass() == gateway.local().getClass())) {
                first.add(gateway);
            }
        }
        return first;
    }

    /** Some of each interface: an IPv6 address for all, and those IPv4 addresses of which others may share the subnet. */
    private List<LanLink> links(int index) throws IOException {
        Map<Integer, List<HostAddress>> byInterface = new LinkedHashMap<>();
        for (HostAddress host : HostAddresses.local(netlink, Set.of(index))) {
            if (overlayRanges.stream().noneMatch(range -> range.contains(ip(host)))) {
                byInterface.computeIfAbsent(host.link().index(), _ -> new ArrayList<>()).add(host);
            }
        }
        List<LanLink> links = new ArrayList<>();
        for (List<HostAddress> hosts : byInterface.values()) {
            hosts.stream().filter(host -> !ip(host).isV6()).limit(SUBNETS_MAX).map(NetworkWatch::link)
                    .forEach(links::add);
            hosts.stream().filter(host -> ip(host).isV6())
                    .min(Comparator.comparing((HostAddress host) -> host.address().address().isLinkLocalAddress())
                            .thenComparing(host -> host.address().isTemporary()))
                    .map(NetworkWatch::link).ifPresent(links::add);
        }
        return links;
    }

    private static LanLink link(HostAddress host) {
        InetAddress address = host.address().address();
        int index = host.link().index();
        return new LanLink(index, ip(host).isV6() && address.isLinkLocalAddress()
                ? LanSocket.scoped(address, index)
                : address);
    }

    private List<InetSocketAddress> endpoints(int index) throws IOException {
        List<HostAddress> hosts = HostAddresses.endpoints(netlink, Set.of(index)).stream()
                .filter(host -> overlayRanges.stream().noneMatch(range -> range.contains(ip(host)))).toList();
        return HostAddresses.outsideTunnels(hosts).stream()
                .sorted(Comparator.comparing((HostAddress host) -> host.address().isTemporary())
                        .thenComparing(host -> ip(host).isV6()))
                .map(host -> new InetSocketAddress(host.address().address(), port))
                .toList();
    }

    private static IpAddress ip(HostAddress host) {
        return IpAddress.of(host.address().address());
    }

    void close() throws InterruptedException {
        closed = true;
        monitor.close();
        hand.interrupt();
        hand.join(TimeUnit.SECONDS.toMillis(2));
    }
}
