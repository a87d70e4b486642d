package io.meshd.daemon.control;

import io.meshd.daemon.config.Config;
import io.meshd.protocol.MemberState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** A node that answers from values, for tests of everything that talks to one. */
public final class FakeNode implements NodeControl {
    /** A moment in all reports. */
    public static final Instant THEN = Instant.parse("2026-11-21T01:02:03.456789Z");

    /** What the log said. */
    public static final List<LogLine> LOG = List.of(
            new LogLine(THEN, Config.Level.INFO, "node", "beta is alive", Map.of("peer", "beta")),
            new LogLine(THEN, Config.Level.ERROR, "daemon", "the disk failed",
                    Map.of("error", "full", "suppressed", 7)));

    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private volatile ReloadReport reload = ReloadReport.ofKeys(true,
            List.of(new ReloadReport.Change("log.level", "info", "debug", false, null)), List.of());
    private volatile @Nullable ControlException failure;
    private volatile @Nullable RuntimeException fault;
    private volatile PeersReport.@Nullable Peer known;
    private volatile boolean silent;
    private volatile boolean stuck;
    private volatile StatusReport status = status(List.of("trust: gamma.pub is broken"));

    /** A status with these warnings. */
    public static StatusReport status(List<String> warnings) {
        return new StatusReport("0.1.0", StatusReport.Phase.RUNNING, 4711, "alpha", "home-net", "a".repeat(52),
                "mesh0", List.of("10.42.0.1/24"), 51821, List.of("198.51.100.1:51821"),
                new StatusReport.Nat(StatusReport.Mapping.ENDPOINT_INDEPENDENT, true), null, "/etc/meshd/meshd.toml",
                93_784, new StatusReport.PeerCounts(3, 2, 1, 1, 0), new StatusReport.RouteCounts(2, 1),
                List.of(new StatusReport.Seed("option", "203.0.113.9:51821", "beta", "connected", THEN, null)),
                warnings);
    }

    /** What was asked, in order. */
    public BlockingQueue<String> asked() {
        return asked;
    }

    /** Released when a status that never came was given up. */
    CountDownLatch interrupted() {
        return interrupted;
    }

    /** What the next reload says. */
    public void willReload(ReloadReport report) {
        reload = report;
    }

    /** What every request fails with. */
    public void willFail(ControlException with) {
        failure = with;
    }

    /** Every request meets a fault of the program. */
    void willBreak(RuntimeException with) {
        fault = with;
    }

    /** No echo comes back. */
    public void willBeSilent() {
        silent = true;
    }

    /** Status never answers. */
    void willBeStuck() {
        stuck = true;
    }

    /** The only peer, in session, is this from now on. */
    public void willKnow(String name, String peerId) {
        known = new PeersReport.Peer(name, peerId, "SHA256:" + "y".repeat(43), List.of(), List.of(), MemberState.ALIVE,
                THEN, false, new PeersReport.Path(PathClass.DIRECT, "198.51.100.1:51821", null, 1.5, 0.0), THEN, 0, 0,
                0,
                PeersReport.Source.TRUST, null);
    }

    /** What status says. */
    public void willSay(StatusReport report) {
        status = report;
    }

    @Override
    public StatusReport status() throws ControlException, InterruptedException {
        note("status");
        if (stuck) {
            try {
                new CountDownLatch(1).await();
            } finally {
                interrupted.countDown();
            }
        }
        return status;
    }

    @Override
    public PeersReport peers() throws ControlException {
        note("peers");
        PeersReport.Peer only = known;
        if (only != null) {
            return new PeersReport(List.of(only));
        }
        return new PeersReport(List.of(
                new PeersReport.Peer("beta", "b".repeat(52), "SHA256:" + "x".repeat(43), List.of("10.42.1.0/24"),
                        List.of("10.42.1.1"), MemberState.ALIVE, THEN, true,
                        new PeersReport.Path(PathClass.DIRECT, "203.0.113.9:51821", null, 12.5, 0.0), THEN, 2048, 1024,
                        4096, PeersReport.Source.TRUST, null),
                new PeersReport.Peer("phone", null, null, List.of("10.42.9.0/24"), List.of(), MemberState.UNKNOWN, null,
                        false, PeersReport.Path.NONE, null, 0, 0, 0, PeersReport.Source.TRUST, null)));
    }

    @Override
    public RoutesReport routes() throws ControlException {
        note("routes");
        return new RoutesReport(List.of(
                new RoutesReport.Route("10.42.1.0/24", "beta", "b".repeat(52), PathClass.DIRECT, true, null),
                new RoutesReport.Route("10.42.9.0/24", "phone", null, PathClass.NONE, false, "no device")));
    }

    @Override
    public SessionsReport sessions() throws ControlException {
        note("sessions");
        return new SessionsReport(3, new SessionsReport.ByClass(0, 1, 1), List.of(
                new SessionsReport.Session("beta", "b".repeat(52), PathClass.SIGNALING_THEN_DIRECT,
                        "203.0.113.9:51821", null, true, THEN,
                        List.of(new SessionsReport.Candidate("203.0.113.9:51821", "reflexive", 12.5, 0.25, "chosen"))),
                new SessionsReport.Session("gamma", "c".repeat(52), PathClass.RELAY, null, "beta", false, THEN,
                        List.of())));
    }

    @Override
    public CountersReport counters() throws ControlException {
        note("counters");
        return new CountersReport(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, new CountersReport.RejectedClaims(12, 13, 14),
                new CountersReport.Drops(15, 16, 17, 18, 19, 20, 21), new CountersReport.Stun(22, 23, 24, 25, 26),
                new CountersReport.Lan(27, 28, 29, 30, 31, 32, 33, 34),
                new CountersReport.Searches(35, 36, 37, 38, 39));
    }

    @Override
    public SnapshotReport snapshot() throws ControlException, InterruptedException {
        note("snapshot");
        return new SnapshotReport(status(), peers(), routes(), sessions(), counters());
    }

    @Override
    public NetcheckReport netcheck() throws ControlException {
        note("netcheck");
        return new NetcheckReport(
                List.of(new NetcheckReport.Family("ipv4", true, null, List.of("192.168.1.2"), true, "192.168.1.1",
                        "192.168.1.2",
                        new NetcheckReport.Nat(StatusReport.Mapping.ADDRESS_AND_PORT_DEPENDENT,
                                "address_and_port_dependent", 2, List.of(4000, 4002), "ports can be guessed")),
                        new NetcheckReport.Family("ipv6", false, "IPv6 is off", List.of(), false, null, null,
                                new NetcheckReport.Nat(StatusReport.Mapping.UNKNOWN, "unknown", 0, List.of(),
                                        "nobody has seen it"))),
                List.of(new NetcheckReport.PublicEndpoint("198.51.100.1:4002", "reflexive",
                        List.of(new NetcheckReport.Observer("beta", "peer"),
                                new NetcheckReport.Observer("203.0.113.1:3478", "stun")),
                        3)),
                new NetcheckReport.PortMapping(true,
                        List.of(new NetcheckReport.Mapping("pcp", "192.168.1.1", "198.51.100.1:51821", true, false,
                                3600L)),
                        List.of(new NetcheckReport.Attempt("192.168.1.1", "upnp-igd", "no answer"))),
                List.of(new NetcheckReport.StunServer("stun.example:3478", null, null, "its name has no address",
                        null)),
                List.of(new NetcheckReport.Relay("beta", true, null, 12.5),
                        new NetcheckReport.Relay("delta", false, "it does not serve", null)),
                List.of(new NetcheckReport.Path("beta", "203.0.113.9:51821", 1420)), 45);
    }

    @Override
    public WhyReport why(String peer) throws ControlException {
        note("why " + peer);
        return new WhyReport("gamma", "c".repeat(52),
                new WhyReport.Verdict("hard_nats", "gamma is reached through the relay beta. Both NATs are hard.",
                        "A mapped port would do."),
                PathClass.RELAY, null, "beta", THEN, 1380,
                new WhyReport.Nats(StatusReport.Mapping.ADDRESS_DEPENDENT, StatusReport.Mapping.UNKNOWN),
                List.of(new WhyReport.Candidate("beta", "relay", List.of("relay"), "chosen", 24.5, 0.0, null, 7, 0),
                        new WhyReport.Candidate("203.0.113.5:4000", "reflexive", List.of("reflexive", "record"),
                                "unsound", null, 0.25, "beta", 12, 40)),
                List.of(new WhyReport.Relay("beta", "open", null),
                        new WhyReport.Relay("delta", "refused", "quota")),
                List.of(new WhyReport.Decision(THEN, null, "beta", "first to complete a handshake", "via beta", null,
                        1),
                        new WhyReport.Decision(THEN, "beta", "beta", "called, to punch together", "round 3", "beta",
                                3)));
    }

    @Override
    public PingReport ping(PingRequest request) throws ControlException {
        note("ping " + request.target() + " " + request.count() + " " + request.intervalMs() + " " + request.waitMs()
                + " " + request.firstSeq());
        if (silent) {
            return new PingReport(request.target(), "beta", List.of(), request.count(), 0);
        }
        return new PingReport(request.target(), "beta", List.of(
                new PingReport.Reply(request.firstSeq(), 1.25, PathClass.DIRECT, "203.0.113.9:51821", null)),
                request.count(), 1);
    }

    @Override
    public LogReport log(LogRequest request) throws ControlException {
        note("log " + request.lines() + " " + request.level());
        return new LogReport(LOG);
    }

    @Override
    public LogFeed follow(LogRequest request) throws ControlException {
        note("follow " + request.lines() + " " + request.level());
        BlockingQueue<LogLine> waiting = new LinkedBlockingQueue<>(LOG);
        return new LogFeed() {
            @Override
            public LogLine next() throws InterruptedException {
                return waiting.take();
            }

            @Override
            public void close() {
                asked.add("unfollow");
            }
        };
    }

    @Override
    public ReloadReport reload() throws ControlException {
        note("reload");
        return reload;
    }

    @Override
    public InviteReport invite(InviteRequest request) {
        asked.add("invite " + request);
        return new InviteReport("meshd://token", "abcdefgh", request.name(),
                request.prefixes().stream().map(Object::toString).toList(), request.relay(), THEN,
                List.of("198.51.100.1:51821"));
    }

    @Override
    public InvitationsReport invitations() {
        asked.add("invitations");
        return new InvitationsReport(List.of(
                new InvitationsReport.Entry("abcdefgh", InvitationsReport.State.OPEN, null, List.of(), false, THEN,
                        THEN,
                        null, null, null, null),
                new InvitationsReport.Entry("bcdefghi", InvitationsReport.State.USED, "beta", List.of("10.42.1.0/24"),
                        true, THEN, THEN, "beta", "b".repeat(52), THEN, "meshd trust 'ssh-ed25519 AAAA beta'")));
    }

    @Override
    public InvitationsReport cancelInvitation(String target) {
        asked.add("cancel " + target);
        return new InvitationsReport(List.of());
    }

    @Override
    public ReloadReport plan(PlanRequest request) throws ControlException {
        note("plan " + request.config() + " " + request.trust() + " " + request.from() + " " + request.to());
        return reload;
    }

    @Override
    public void stop() {
        asked.add("stop");
    }

    private void note(String request) throws ControlException {
        asked.add(request);
        ControlException wanted = failure;
        if (wanted != null) {
            throw wanted;
        }
        RuntimeException broken = fault;
        if (broken != null) {
            throw broken;
        }
    }
}
