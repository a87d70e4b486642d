package io.meshd.daemon.runtime;

import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.CountersReport;
import io.meshd.daemon.control.InvitationsReport;
import io.meshd.daemon.control.InviteReport;
import io.meshd.daemon.control.InviteRequest;
import io.meshd.daemon.control.LogFeed;
import io.meshd.daemon.control.LogReport;
import io.meshd.daemon.control.LogRequest;
import io.meshd.daemon.control.NetcheckReport;
import io.meshd.daemon.control.NodeControl;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.PingReport;
import io.meshd.daemon.control.PingRequest;
import io.meshd.daemon.control.PlanRequest;
import io.meshd.daemon.control.ReloadReport;
import io.meshd.daemon.control.RoutesReport;
import io.meshd.daemon.control.SessionsReport;
import io.meshd.daemon.control.SnapshotReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.control.WhyReport;
import io.meshd.daemon.metrics.Reading;
import io.meshd.daemon.node.MeshNode;
import io.meshd.daemon.node.NeighbourView;
import io.meshd.discovery.SeedStatus;
import io.meshd.identity.Bytes;
import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.nat.OwnEndpoints;
import io.meshd.nat.mapping.MappedPort;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.MemberState;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Answers the control socket for a running daemon. Each answer is of one moment, since the node thread gives it whole. */
final class RunningNode implements NodeControl {
    private static final long PATIENCE_MILLIS = 3_000;
    /** As {@code ping} sends: 56 bytes. */
    private static final int ECHO_BYTES = 56;
    /** Longer than any answer that is worth waiting for takes, and below what the control socket allows. */
    private static final long LOOK_NANOS = 2_700_000_000L;
    private static final long LOOK_AGAIN_MILLIS = 50;

    private final Daemon daemon;
    private final NodeThread thread;
    private final Pings pings;
    private final EventLog log;
    private final InstantSource clock;

    RunningNode(Daemon daemon, NodeThread thread, Pings pings, EventLog log, InstantSource clock) {
        this.daemon = daemon;
        this.thread = thread;
        this.pings = pings;
        this.log = log;
        this.clock = clock;
    }

    private <T> T ask(BiFunction<MeshNode, Reports, T> question) throws ControlException, InterruptedException {
        try {
            return thread.ask((node, now) -> question.apply(node, reports(now)), PATIENCE_MILLIS);
        } catch (TimeoutException _) {
            throw new ControlException(ControlException.Code.TIMEOUT, "the node did not answer in time: try again");
        }
    }

    private Reports reports(long nowNanos) {
        return new Reports(log::name, daemon::isNewcomer, new Reports.Moments(nowNanos, clock.instant()));
    }

    @Override
    public StatusReport status() throws ControlException, InterruptedException {
        return ask(this::status);
    }

    private StatusReport status(MeshNode node, Reports reports) {
        Collection<NeighbourView> neighbours = node.neighbours(reports.nowNanos());
        RoutesReport routes = routes(node, reports);
        int installed = (int) routes.routes().stream().filter(RoutesReport.Route::installed).count();
        OwnEndpoints own = node.insight().ownEndpoints();
        Map<MappedPort, Boolean> mapped = node.insight().mappedPorts();
        Set<InetSocketAddress> unconfirmed = mapped.entrySet().stream().filter(entry -> !entry.getValue())
                .map(entry -> entry.getKey().external()).collect(Collectors.toSet());
        return daemon.status(new StatusReport.PeerCounts(neighbours.size(),
                (int) neighbours.stream().filter(view -> view.state() == MemberState.ALIVE).count(),
                count(neighbours, PathClass.DIRECT), count(neighbours, PathClass.SIGNALING_THEN_DIRECT),
                count(neighbours, PathClass.RELAY)), new StatusReport.RouteCounts(routes.routes().size(), installed),
                node.insight().seedStatus().stream().map(seed -> seed(seed, reports)).toList(),
                own.publicEndpoints(reports.nowNanos()).stream().filter(seen -> !unconfirmed.contains(seen.endpoint()))
                        .map(seen -> new Endpoint.Direct(seen.endpoint()).toString()).toList(),
                new StatusReport.Nat(Reports.mapping(own.mapping()), mapped.containsValue(true)),
                Stream.concat(log.warnings().stream(),
                        new Explanation(node, reports).warnings(neighbours).stream()).toList());
    }

    private StatusReport.Seed seed(SeedStatus seed, Reports reports) {
        return new StatusReport.Seed(seed.source().text(), seed.address(),
                seed.peer() == null ? null : log.name(seed.peer()),
                seed.state().name().toLowerCase(java.util.Locale.ROOT),
                reports.time(seed.lastAttemptNanos()), seed.lastError());
    }

    private static int count(Collection<NeighbourView> neighbours, PathClass pathClass) {
        return (int) neighbours.stream().filter(view -> Reports.pathClass(view) == pathClass).count();
    }

    @Override
    public PeersReport peers() throws ControlException, InterruptedException {
        return ask(RunningNode::peers);
    }

    private static PeersReport peers(MeshNode node, Reports reports) {
        return reports.peers(node.neighbours(reports.nowNanos()), new Explanation(node, reports)::whyNot);
    }

    @Override
    public RoutesReport routes() throws ControlException, InterruptedException {
        return ask(this::routes);
    }

    private RoutesReport routes(MeshNode node, Reports reports) {
        return reports.routes(node.routes(), node.neighbours(reports.nowNanos()), daemon::routeProblem);
    }

    @Override
    public SessionsReport sessions() throws ControlException, InterruptedException {
        return ask((node, reports) -> reports.sessions(node.neighbours(reports.nowNanos())));
    }

    @Override
    public CountersReport counters() throws ControlException, InterruptedException {
        return ask((node, reports) -> counters(node));
    }

    private static CountersReport counters(MeshNode node) {
        return Reports.counters(node.counters(), node.insight().stunCounters(), node.insight().lanCounters(),
                node.insight().pathCounters());
    }

    @Override
    public SnapshotReport snapshot() throws ControlException, InterruptedException {
        return ask(this::snapshot);
    }

    private SnapshotReport snapshot(MeshNode node, Reports reports) {
        return new SnapshotReport(status(node, reports), peers(node, reports), routes(node, reports),
                reports.sessions(node.neighbours(reports.nowNanos())), counters(node));
    }

    @Override
    public NetcheckReport netcheck() throws ControlException, InterruptedException {
        ask((node, reports) -> {
            node.look(reports.nowNanos());
            return true;
        });
        PortMapper mapper = daemon.mapper();
        if (mapper != null) {
            mapper.look();
        }
        long endNanos = daemon.nowNanos() + LOOK_NANOS;
        do {
            TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLIS);
        } while (daemon.nowNanos() - endNanos < 0
                && ((mapper != null && mapper.isAsking()) || ask((node, reports) -> node.insight().isLooking())));
        Netcheck check = daemon.netcheck();
        return ask(check::report);
    }

    @Override
    public WhyReport why(String peer) throws ControlException, InterruptedException {
        return ask((node, reports) -> {
            NeighbourView view = find(node.neighbours(reports.nowNanos()), peer);
            return Optional.ofNullable(view).map(found -> new Explanation(node, reports).why(found));
        }).orElseThrow(() -> noPeer(peer));
    }

    private static ControlException noPeer(String target) {
        return new ControlException(ControlException.Code.NOT_FOUND,
                "no peer is called, has the key, or owns " + target + ": see `meshd peers`");
    }

    @Override
    public PingReport ping(PingRequest request) throws ControlException, InterruptedException {
        NeighbourView target = ask((node, reports) -> find(node.neighbours(reports.nowNanos()), request.target()));
        PublicKey key = target == null ? null : target.grant().key();
        if (target == null) {
            throw noPeer(request.target());
        }
        if (key == null) {
            throw new ControlException(ControlException.Code.NOT_FOUND,
                    target.grant().name() + " is a stock WireGuard device, which answers no echoes: use ping(8)");
        }
        int id = ThreadLocalRandom.current().nextInt();
        List<PingReport.Reply> replies = new ArrayList<>();
        for (int i = 0; i < request.count(); i++) {
            long begun = daemon.nowNanos();
            PingReport.Reply reply = echo(key, id, request.firstSeq() + i, request.waitMs());
            if (reply != null) {
                replies.add(reply);
            }
            long restMillis = request.intervalMs() - (daemon.nowNanos() - begun) / 1_000_000;
            if (i + 1 < request.count() && restMillis > 0) {
                TimeUnit.MILLISECONDS.sleep(restMillis);
            }
        }
        return new PingReport(request.target(), target.grant().name(), replies, request.count(), replies.size());
    }

    private PingReport.@Nullable Reply echo(PublicKey key, int id, int sequence, int waitMillis)
            throws InterruptedException, ControlException {
        CompletableFuture<Pings.Reply> answer = pings.expect(key, id, sequence);
        try {
            long sent = daemon.nowNanos();
            ask((node, reports) -> node.echo(reports.nowNanos(), key, id, sequence,
                    Bytes.copyOf(new byte[ECHO_BYTES])));
            Pings.Reply reply = answer.get(waitMillis, TimeUnit.MILLISECONDS);
            double rttMillis = (reply.atNanos() - sent) / 1e6;
            return ask((node, reports) -> reports.reply(sequence, rttMillis, reply.via(),
                    node.neighbours(reports.nowNanos()).stream().filter(view -> view.grant().isNode(key)).findFirst()
                            .orElse(null)));
        } catch (TimeoutException _) {
            return null;
        } catch (ExecutionException e) {
            throw new IllegalStateException("an echo failed", e);
        } finally {
            pings.forget(key, id, sequence);
        }
    }

    /** Who is meant by a name, a key, the unique beginning of one, or an overlay address that it owns. */
    private static @Nullable NeighbourView find(Collection<NeighbourView> neighbours, String target) {
        List<NeighbourView> beginning = new ArrayList<>();
        IpAddress address = IpAddress.parse(target).orNull();
        NeighbourView owner = null;
        int longest = -1;
        for (NeighbourView view : neighbours) {
            PublicKey key = view.grant().key();
            String peerId = key == null ? "" : key.peerId();
            if (view.grant().name().equals(target) || peerId.equals(target)) {
                return view;
            }
            if (target.length() >= Trust.PEER_ID_PREFIX_MIN && peerId.startsWith(target)) {
                beginning.add(view);
            }
            int length = address == null ? -1 : longestPrefix(view, address);
            if (length > longest) {
                owner = view;
                longest = length;
            }
        }
        return beginning.size() == 1 ? beginning.getFirst() : owner;
    }

    private static int longestPrefix(NeighbourView view, IpAddress address) {
        return view.grant().prefixes().stream().filter(prefix -> prefix.contains(address)).mapToInt(Prefix::length)
                .max()
                .orElse(-1);
    }

    /** What a monitor is shown. */
    Reading reading() throws ControlException, InterruptedException {
        return ask((node, reports) -> new Reading(clock.instant(), snapshot(node, reports), thread.waiting(),
                node.insight().newcomers(), node.insight().defects(), daemon.expiries()));
    }

    @Override
    public LogReport log(LogRequest request) {
        return daemon.logbook().last(request);
    }

    @Override
    public LogFeed follow(LogRequest request) throws ControlException {
        return daemon.logbook().follow(request);
    }

    @Override
    public ReloadReport reload() throws ControlException, InterruptedException {
        return daemon.reload();
    }

    private Reception reception() throws ControlException {
        Reception reception = daemon.reception();
        if (reception == null) {
            throw new ControlException(ControlException.Code.BUSY, "still starting: try again");
        }
        return reception;
    }

    @Override
    public InviteReport invite(InviteRequest request) throws ControlException, InterruptedException {
        // A router that is still being asked may be the only way in.
        PortMapper mapper = daemon.mapper();
        long endNanos = daemon.nowNanos() + LOOK_NANOS;
        while (mapper != null && mapper.isAsking() && daemon.nowNanos() - endNanos < 0) {
            TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLIS);
        }
        return reception().invite(request,
                ask((node, reports) -> Reception.whereabouts(node, reports.nowNanos())));
    }

    @Override
    public InvitationsReport invitations() throws ControlException {
        return reception().invitations();
    }

    @Override
    public InvitationsReport cancelInvitation(String target) throws ControlException {
        return reception().cancel(target);
    }

    @Override
    public ReloadReport plan(PlanRequest request) throws ControlException, InterruptedException {
        return daemon.plan(request);
    }

    @Override
    public void stop() {
        daemon.stop();
    }
}
