package io.meshd.daemon.runtime;

import io.meshd.daemon.cli.CommandException;
import io.meshd.daemon.cli.Version;
import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.config.KnownPeers;
import io.meshd.daemon.config.TrustReading;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.ControlServer;
import io.meshd.daemon.control.PlanRequest;
import io.meshd.daemon.control.ReloadReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.daemon.files.PidFile;
import io.meshd.daemon.log.LogOutput;
import io.meshd.daemon.log.Logbook;
import io.meshd.daemon.log.Logging;
import io.meshd.daemon.node.MeshNode;
import io.meshd.daemon.node.NeighbourView;
import io.meshd.daemon.node.NodeOrigin;
import io.meshd.daemon.node.RouteView;
import io.meshd.identity.Prefix;
import io.meshd.nat.lan.LanLink;
import io.meshd.nat.mapping.Gateway;
import io.meshd.identity.PublicKey;
import io.meshd.netio.BootClock;
import io.meshd.netio.Netlink;
import io.meshd.netio.TunDevice;
import io.meshd.netio.TunException;
import io.meshd.netio.TunSettings;
import io.meshd.protocol.NodeRecord;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One running daemon: makes every part in order, keeps them until it is told to stop, and undoes them in reverse.
 *
 * <p>Threads: one for the node, one for each socket, one for the TUN, two for the host's network, one for name lookups,
 * one for the control socket. Only the node thread touches the node.
 */
final class Daemon implements Readers.FailureListener, NetworkWatch.Listener {
    private static final System.Logger LOG = System.getLogger("io.meshd.daemon");
    private static final long LEAVE_MILLIS_MAX = 3_500;
    private static final long HOUSEKEEPING_MILLIS = 1_000;
    private static final int REMEMBER_EVERY = 30;

    private final Home home;
    private final InstantSource clock;
    private final BootClock bootClock = new BootClock();
    private final Logging logging;
    private final Diagnostics diagnostics = new Diagnostics();
    private final long startedNanos = bootClock.bootNanos();
    private final Sources sources;
    private final Supervisor supervisor;
    private final Undo undo = new Undo();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final EventLog log = new EventLog();
    private final Pings pings = new Pings();
    private final Inbox inbox = new Inbox();
    private final ExtraSockets extras = new ExtraSockets();
    private final Targets targets = new Targets(extras);
    private final StateFiles state;
    private final OpenDoor door;
    private final Reload reload;
    /** Held by whoever changes whom the node lets in: the watcher of trust, a reload, newcomers. */
    private final Object admission = new Object();
    private volatile StatusReport.Phase phase = StatusReport.Phase.STARTING;
    private volatile @Nullable String failure;
    private volatile @Nullable MeshInterface tun;
    private volatile @Nullable Parts parts;

    Daemon(Home home, ConfigLoader loader, InstantSource clock, LogOutput output, Supervisor supervisor) {
        this.logging = new Logging(output, bootClock::monotonicNanos);
        this.supervisor = supervisor;
        this.home = home;
        this.clock = clock;
        this.sources = new Sources(home, loader, clock);
        this.state = new StateFiles(home.state());
        this.door = new OpenDoor(KnownPeers.of(home), log);
        this.reload = new Reload(sources, log, door, logging, clock);
    }

    /** Runs until {@link #stop()}; see {@code NodeRunner}. */
    void run(Consumer<String> ready) throws CommandException, ConfigException, IOException, InterruptedException {
        try {
            ready.accept(start());
            phase = StatusReport.Phase.RUNNING;
            keepHouse();
            phase = StatusReport.Phase.STOPPING;
            supervisor.stopping();
            leave();
        } finally {
            undo.all();
        }
        if (failure != null) {
            throw CommandException.failed(failure);
        }
    }

    private String start() throws CommandException, ConfigException, IOException {
        Sources.Loaded loaded = sources.load();
        Config config = loaded.config();
        logging.configure(config.log());
        log.standing(loaded.plan().warnings());
        log.names(loaded.names(), loaded.tunnelNames());
        PidFile pidFile = PidFile.acquire(home);
        undo.add(pidFile::close);
        AtomicFile.makeDirectory(home.state(), Access.SECRET);
        Rights.check(config);
        EventLoopGroup group = portGroup();
        OnePort port = openPort(config, group);
        Netlink netlink = Netlink.open();
        undo.add(netlink::close);
        RouteKeeper keeper = new RouteKeeper(netlink, log, state);
        MeshInterface device = openInterface(config);
        tun = device;
        if (device != null) {
            undo.add(keeper::tearDown);
            keeper.bringUp(device.index(), loaded.plan().overlays());
        }
        makeNode(loaded, port, group, netlink, keeper, device);
        return ReadyLine.of(loaded, device, port.number());
    }

    private EventLoopGroup portGroup() {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("meshd-port", true),
                EpollIoHandler.newFactory());
        undo.add(() -> group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1_000));
        return group;
    }

    private OnePort openPort(Config config, EventLoopGroup group) throws CommandException, IOException {
        int number = config.node().listenPort();
        OnePort port;
        try {
            port = OnePort.open(number, config.tun().enabled() ? RouteKeeper.MARK : 0, group);
        } catch (BindException _) {
            throw CommandException.failed("UDP port " + number + " is in use by another process: stop it, or set"
                    + " node.listen_port");
        }
        undo.add(port::close);
        String ipv6Problem = port.doors().port().ipv6Problem();
        if (ipv6Problem != null) {
            log.warning(ipv6Problem + "; IPv4 works: sysctl net.ipv6.conf.all.disable_ipv6=0 and a restart bring IPv6");
        }
        return port;
    }

    private @Nullable MeshInterface openInterface(Config config) throws CommandException, IOException {
        if (!config.tun().enabled()) {
            return null;
        }
        MeshInterface device;
        try {
            device = MeshInterface.open(new TunSettings(config.tun().name(), config.tun().mtu(), true));
        } catch (TunException e) {
            throw CommandException.failed(e.getMessage() + MeshInterface.whatToDo(e.reason()));
        }
        undo.add(device::close);
        return device;
    }

    private void makeNode(Sources.Loaded loaded, OnePort port, EventLoopGroup group, Netlink netlink,
            RouteKeeper keeper, @Nullable MeshInterface device) throws IOException {
        NodePlan plan = loaded.plan();
        int mark = loaded.config().tun().enabled() ? RouteKeeper.MARK : 0;
        long now = bootClock.bootNanos();
        StateFiles.Timestamp timestamp = state.timestamp();
        NodeOrigin origin = new NodeOrigin(now, wallNanos() - now, state.nextEpoch(clock.millis()), timestamp.seconds(),
                timestamp.nanos(), state.knownPeers());
        InterfaceWriter writer = device == null ? InterfaceWriter.NOWHERE : device.newWriter();
        Consumer<List<RouteView>> routes = views -> later(() -> keeper.apply(views));
        PortMapper mapper = new PortMapper(port.number(), state.mappingSecret(), bootClock, ports -> {
            boolean _ = inbox.offer((node, moment) -> node.portsMapped(moment, ports));
        });
        FreshPort freshPort = new FreshPort(group, mark);
        LanSockets lan = new LanSockets(group.next(), inbox, port.number());
        Reception reception = new Reception(home, clock, inbox, log, this::loaded, this::later);
        Outside outside = new Outside(port.newSender(0), targets, bootClock, writer, state, pings, log, routes,
                freshPort, extras, mapper, lan, this::met, reception);
        MeshNode node = new MeshNode(loaded.identity(), plan.settings(), plan.grants(), origin, new SecureRandom(),
                outside);
        undo.add(node::shutdown);
        undo.add(mapper::close);
        mapper.want(loaded.config().nat().portMapping());
        undo.add(lan::close);
        lan.want(loaded.config().nat().lanDiscovery());
        NetworkWatch watch = new NetworkWatch(netlink, keeper, port.number(), loaded.overlayRanges(), this);
        undo.add(watch::close);
        NodeThread thread = new NodeThread(node, inbox, bootClock, this);
        SeedLookup lookup = new SeedLookup(inbox);
        undo.add(lookup::close);
        RunningNode running = new RunningNode(this, thread, pings, log, clock);
        MetricsPort metrics = new MetricsPort(log, group, running::reading);
        undo.add(metrics::close);
        parts = new Parts(loaded, port, node, thread, keeper, watch, lookup, mapper, lan, device, metrics, reception);
        metrics.listen(loaded.config().metrics().listen());
        boolean _ = inbox.offer((owned, moment) -> begin(owned, moment, loaded));
        reception.begin();
        watch.later(() -> keeper.apply(node.routes()));
        Readers readers = new Readers(node, inbox, bootClock, targets, outside, port, extras, device, this);
        undo.add(readers::close);
        undo.add(extras::close);
        extras.begin(group, mark, readers::startExtras);
        // Closed again before the readers are waited for; closing twice does no harm.
        undo.add(() -> closeQuietly(port, device));
        undo.add(thread::stop);
        thread.start();
        watch.start();
        readers.start();
        ControlServer server = ControlServer.start(home.socket(), running);
        undo.add(server::close);
        sources.watchTrust(loaded, this::trustChanged);
        undo.add(sources::close);
    }

    private static void begin(MeshNode node, long now, Sources.Loaded loaded) {
        NodePlan plan = loaded.plan();
        node.open(now, loaded.isOpen());
        plan.seeds().forEach((source, seeds) -> node.seeds(now, source, seeds));
        node.seedDomains(now, plan.txtDomains());
        node.stunServers(now, plan.stunServers());
        node.allowSignalling(now, plan.mayUpgrade());
        node.start(now);
    }

    private static void closeQuietly(OnePort port, @Nullable MeshInterface device) {
        port.close();
        if (device != null) {
            device.close();
        }
    }

    private long wallNanos() {
        return TimeUnit.MILLISECONDS.toNanos(clock.millis());
    }

    /** Until the end: lookups, and what is to be remembered. */
    private void keepHouse() throws InterruptedException {
        for (long turn = 1; !stopping.await(HOUSEKEEPING_MILLIS, TimeUnit.MILLISECONDS); turn++) {
            Parts made = parts;
            if (made == null) {
                continue;
            }
            boolean remembers = turn % REMEMBER_EVERY == 0;
            rereadKnownPeers();
            logging.turn();
            boolean _ = inbox.offer((node, now) -> {
                made.lookup().turn(node);
                supervisor.nodeLives(now, () -> Reports.line(node.neighbours(now)));
                if (remembers) {
                    remember(node);
                }
            });
        }
    }

    private void remember(MeshNode node) {
        try {
            state.writeKnownPeers(node.knownPeers());
        } catch (IOException e) {
            log.warning("cannot remember peers: " + e.getMessage() + ": see to " + home.state());
        }
    }

    /** Says goodbye, and waits until that is done or has taken too long. */
    private void leave() throws InterruptedException {
        Parts made = parts;
        if (made == null || failure != null) {
            return;
        }
        try {
            made.thread().ask((node, now) -> {
                remember(node);
                node.leave(now);
                return true;
            }, LEAVE_MILLIS_MAX);
            long end = bootClock.bootNanos() + TimeUnit.MILLISECONDS.toNanos(LEAVE_MILLIS_MAX);
            while (bootClock.bootNanos() - end < 0
                    && !made.thread().ask((node, now) -> node.hasLeft(), LEAVE_MILLIS_MAX)) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        } catch (TimeoutException _) {
            LOG.log(System.Logger.Level.WARNING, "could not say goodbye in time");
        }
    }

    /** Ends {@link #run}. Any thread. */
    void stop() {
        stopping.countDown();
    }

    private void trustChanged(TrustReading reading) {
        synchronized (admission) {
            Parts made = parts;
            if (made != null) {
                admit(made, sources.loaded(made.loaded().setup(), reading));
            }
        }
    }

    /** Has the node know who is let in now. Under {@link #admission}. */
    private void admit(Parts made, Sources.Loaded loaded) {
        log.standing(loaded.plan().warnings());
        log.names(loaded.names(), loaded.tunnelNames());
        door.review(loaded.trust());
        parts = made.with(loaded);
        // What devices own is claimed for them.
        boolean claims = !loaded.plan().settings().equals(made.loaded().plan().settings());
        boolean _ = inbox.offer((node, now) -> {
            node.trust(now, loaded.plan().grants());
            if (claims) {
                node.settings(now, loaded.plan().settings());
            }
            loaded.plan().seeds().forEach((source, seeds) -> node.seeds(now, source, seeds));
            node.neighbours(now).forEach(this::meetExpected);
        });
        made.reception().trustChanged();
        LOG.log(System.Logger.Level.INFO, "trust changed: {0} peers", loaded.plan().grants().size());
    }

    /** A peer that a seed names by its key alone says what it is called. */
    private void meetExpected(NeighbourView view) {
        if (view.record() != null) {
            met(view.record());
        }
    }

    /** Somebody proved that a record is its own. Node thread: files are for another. */
    private void met(NodeRecord record) {
        Parts made = parts;
        if (made != null && made.loaded().isOpen() && made.loaded().trust().peer(record.node()) == null) {
            later(() -> {
                synchronized (admission) {
                    Parts current = parts;
                    if (current != null && current.loaded().isOpen() && door.letsIn(record, current.loaded().trust())) {
                        admit(current, sources.loaded(current.loaded().setup(), current.loaded().reading()));
                    }
                }
            });
        }
    }

    /** What {@code untrust} or an editor took out of the list of newcomers is gone within a second. */
    private void rereadKnownPeers() {
        synchronized (admission) {
            Parts made = parts;
            if (made != null && made.loaded().isOpen() && door.hasChanged()) {
                Sources.Loaded loaded = sources.loaded(made.loaded().setup(), made.loaded().reading());
                if (!loaded.trust().peers().equals(made.loaded().trust().peers())) {
                    admit(made, loaded);
                }
            }
        }
    }

    /** Whether a peer came to this open node by itself; no trust file lists it. */
    boolean isNewcomer(PublicKey key) {
        Parts made = parts;
        return made != null && made.loaded().isNewcomer(key);
    }

    /** Reads everything anew and applies it, or nothing of it. */
    ReloadReport reload() throws ControlException, InterruptedException {
        try (var _ = supervisor.reloading()) {
            ReloadReport report;
            synchronized (admission) {
                report = reload.apply(made(), newer -> parts = newer);
            }
            Reload.settle(made());
            return report;
        }
    }

    /** What a reload would change. */
    ReloadReport plan(PlanRequest request) throws ControlException, InterruptedException {
        synchronized (admission) {
            return reload.plan(made(), request);
        }
    }

    private Parts made() throws ControlException {
        Parts made = parts;
        if (made == null) {
            throw new ControlException(ControlException.Code.BUSY, "still starting: try again");
        }
        return made;
    }

    /** Has everything that is known written to the log (SIGUSR1), soon. */
    void dump() {
        Parts made = parts;
        if (made == null) {
            return;
        }
        diagnostics.write(new RunningNode(this, made.thread(), pings, log, clock));
    }

    Logbook logbook() {
        return logging.book();
    }

    /** Until when peers are trusted, by name. */
    Map<String, Instant> expiries() {
        Parts made = parts;
        return made == null ? Map.of() : made.loaded().expiries();
    }

    long nowNanos() {
        return bootClock.bootNanos();
    }

    /** Who talks to the routers; null before the start. */
    @Nullable
    PortMapper mapper() {
        Parts made = parts;
        return made == null ? null : made.mapper();
    }

    /** Who makes invitations; null before the start. */
    @Nullable
    Reception reception() {
        Parts made = parts;
        return made == null ? null : made.reception();
    }

    private Sources.@Nullable Loaded loaded() {
        Parts made = parts;
        return made == null ? null : made.loaded();
    }

    private void later(Runnable work) {
        Parts made = parts;
        if (made != null) {
            made.watch().later(work);
        }
    }

    /** What kernel and routers say of the network now. */
    Netcheck netcheck() throws ControlException {
        Parts made = made();
        try {
            return new Netcheck(Netcheck.Host.look(interfaceIndex(), made.port().doors().port().ipv6Problem()),
                    made.loaded().config().nat().portMapping(), made.mapper().attempts());
        } catch (IOException e) {
            throw new ControlException(ControlException.Code.FAILED, "cannot ask the kernel: " + e.getMessage());
        }
    }

    @Nullable
    String routeProblem(Prefix prefix) {
        Parts made = parts;
        if (made == null || tun == null) {
            return "there is no interface";
        }
        return made.keeper().problem(prefix);
    }

    /** What of {@code status} the daemon knows and not the node. */
    StatusReport status(StatusReport.PeerCounts peers, StatusReport.RouteCounts routes, List<StatusReport.Seed> seeds,
            List<String> publicEndpoints, StatusReport.Nat nat, List<String> warnings) {
        Parts made = parts;
        if (made == null) {
            throw new IllegalStateException("asked before the start");
        }
        Config config = made.loaded().config();
        MeshInterface device = tun;
        return new StatusReport(Version.text(), phase, ProcessHandle.current().pid(), config.node().name(),
                config.node().networkId(), made.loaded().identity().publicKey().peerId(),
                device == null ? null : device.nameNow(),
                made.loaded().plan().overlays().stream().filter(overlay -> !made.keeper().isRefused(overlay))
                        .map(RouteKeeper.Overlay::toString).toList(),
                made.port().number(),
                publicEndpoints, nat,
                home.directory() == null ? null : home.directory().toString(),
                config.file() == null ? null : config.file().toString(),
                Duration.ofNanos(bootClock.bootNanos() - startedNanos).toSeconds(), peers, routes, seeds, warnings);
    }

    // What the parts tell.

    @Override
    public boolean interfaceGone(TunDevice device) {
        MeshInterface current = tun;
        if (current == null || current.isClosed()) {
            return false;
        }
        try {
            boolean reopened = current.reopen(device);
            if (reopened) {
                log.warning("interface " + current.name()
                        + " was removed by somebody else; it was made anew: keep other network tools from it");
            }
            return reopened;
        } catch (IOException e) {
            failed("interface " + current.name(), e);
            return false;
        }
    }

    @Override
    public void failed(String what, Throwable cause) {
        LOG.log(System.Logger.Level.ERROR, what + " failed", cause);
        failure = what + " failed: " + cause.toString().lines().findFirst().orElse("").toLowerCase(Locale.ROOT);
        stop();
    }

    @Override
    public void endpoints(List<InetSocketAddress> endpoints) {
        boolean _ = inbox.offer((node, now) -> node.endpoints(now, endpoints));
    }

    @Override
    public void moved() {
        targets.forgetAll();
    }

    @Override
    public void rerouted() {
        targets.forgetAll();
        boolean _ = inbox.offer((node, now) -> node.networkChanged(now));
    }

    @Override
    public void gateways(List<Gateway> gateways) {
        Parts made = parts;
        if (made != null) {
            made.mapper().gateways(gateways);
        }
    }

    @Override
    public void links(List<LanLink> links) {
        Parts made = parts;
        if (made != null) {
            made.lan().links(links);
        }
    }

    @Override
    public int interfaceIndex() {
        MeshInterface device = tun;
        return device == null || device.isClosed() ? 0 : device.index();
    }

    @Override
    public void restored() {
        LOG.log(System.Logger.Level.WARNING, "addresses or routes of the mesh were removed by somebody else; put back");
    }
}
