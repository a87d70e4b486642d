package io.meshd.daemon.runtime;

import io.meshd.daemon.control.CountersReport;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.PingReport;
import io.meshd.daemon.control.RoutesReport;
import io.meshd.daemon.control.SessionsReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.node.Counters;
import io.meshd.daemon.node.NeighbourView;
import io.meshd.daemon.node.RouteView;
import io.meshd.daemon.node.StunCounters;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelKey;
import io.meshd.protocol.MappingBehaviour;
import io.meshd.protocol.MemberState;
import io.meshd.nat.PathCounters;
import io.meshd.nat.PathView;
import io.meshd.nat.lan.LanCounters;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Turns what the node knows into what operators read. */
final class Reports {
    private final Function<PublicKey, String> names;
    private final Predicate<PublicKey> newcomers;
    private final Moments moments;

    /** Turns moments of the node's clock into the time of day. */
    record Moments(long nowNanos, Instant now) {
        @Nullable
        Instant of(@Nullable Long atNanos) {
            return atNanos == null ? null : now.minusNanos(nowNanos - atNanos);
        }
    }

    Reports(Function<PublicKey, String> names, Predicate<PublicKey> newcomers, Moments moments) {
        this.names = names;
        this.newcomers = newcomers;
        this.moments = moments;
    }

    long nowNanos() {
        return moments.nowNanos();
    }

    @Nullable
    Instant time(@Nullable Long atNanos) {
        return moments.of(atNanos);
    }

    PingReport.Reply reply(int sequence, double rttMillis, Endpoint via, @Nullable NeighbourView from) {
        PathClass pathClass = from == null ? PathClass.NONE : pathClass(from);
        return new PingReport.Reply(sequence, rttMillis, via instanceof Endpoint.Relayed ? PathClass.RELAY : pathClass,
                address(via), relay(via));
    }

    /** How it goes with the peers, in a line. */
    static String line(Collection<NeighbourView> neighbours) {
        long alive = neighbours.stream().filter(view -> view.state() == MemberState.ALIVE).count();
        long relayed = neighbours.stream().filter(view -> pathClass(view) == PathClass.RELAY).count();
        return alive + " of " + neighbours.size() + " peers alive"
                + (relayed == 0 ? "" : ", " + relayed + " by a relay");
    }

    PeersReport peers(Collection<NeighbourView> neighbours, Function<NeighbourView, @Nullable String> whyNot) {
        return new PeersReport(neighbours.stream().map(view -> peer(view, whyNot.apply(view)))
                .sorted(Comparator.comparing(PeersReport.Peer::name))
                .toList());
    }

    private PeersReport.Peer peer(NeighbourView view, @Nullable String whyNot) {
        PublicKey key = view.grant().key();
        List<Prefix> prefixes = view.grant().prefixes();
        return new PeersReport.Peer(view.grant().name(), key == null ? null : key.peerId(),
                key == null ? null : key.fingerprint(), prefixes.stream().map(Prefix::toString).toList(),
                prefixes.stream().filter(p -> p.length() == p.address().bits()).map(p -> p.address().toString())
                        .toList(),
                view.state(), moments.of(lastSeen(view)), view.grant().relayCapable(), path(view),
                moments.of(view.lastHandshakeNanos()), view.rxBytes(), view.txBytes(), view.relayedBytes(),
                key != null && newcomers.test(key) ? PeersReport.Source.OPEN : PeersReport.Source.TRUST, whyNot);
    }

    private static @Nullable Long lastSeen(NeighbourView view) {
        Long heard = view.lastHeardNanos();
        Long seen = view.member() == null ? null : view.member().lastSeenNanos();
        if (heard == null || seen == null) {
            return heard == null ? seen : heard;
        }
        return heard - seen >= 0 ? heard : seen;
    }

    private PeersReport.Path path(NeighbourView view) {
        PathClass pathClass = pathClass(view);
        if (pathClass == PathClass.NONE) {
            return PeersReport.Path.NONE;
        }
        PathView chosen = view.candidates().stream().filter(PathView::chosen).findFirst().orElse(null);
        return new PeersReport.Path(pathClass, address(view.endpoint()), relay(view.endpoint()),
                chosen == null ? null : chosen.rttMillis(), chosen == null ? null : chosen.loss());
    }

    static PathClass pathClass(NeighbourView view) {
        return switch (view.pathClass()) {
            case DIRECT -> PathClass.DIRECT;
            case SIGNALING_THEN_DIRECT -> PathClass.SIGNALING_THEN_DIRECT;
            case RELAY -> PathClass.RELAY;
            case NONE -> PathClass.NONE;
        };
    }

    /** Address and port, or the relay's name. */
    @Nullable
    String place(@Nullable Endpoint endpoint) {
        String relay = relay(endpoint);
        return relay == null ? address(endpoint) : relay;
    }

    String name(PublicKey key) {
        return names.apply(key);
    }

    static @Nullable String address(@Nullable Endpoint endpoint) {
        return endpoint instanceof Endpoint.Direct ? endpoint.toString() : null;
    }

    @Nullable
    String relay(@Nullable Endpoint endpoint) {
        return endpoint instanceof Endpoint.Relayed(PublicKey relay, PublicKey _) ? names.apply(relay) : null;
    }

    RoutesReport routes(List<RouteView> plan, Collection<NeighbourView> neighbours,
            Function<Prefix, @Nullable String> problem) {
        Map<TunnelKey, NeighbourView> owners = new HashMap<>();
        neighbours.forEach(view -> owners.put(view.grant().tunnelKey(), view));
        List<RoutesReport.Route> routes = new ArrayList<>();
        for (RouteView route : plan) {
            NeighbourView owner = owners.get(route.owner());
            PublicKey key = owner == null ? null : owner.grant().key();
            String reason = route.active() ? problem.apply(route.prefix()) : route.reason();
            routes.add(
                    new RoutesReport.Route(route.prefix().toString(), route.peer(), key == null ? null : key.peerId(),
                            owner == null ? PathClass.NONE : pathClass(owner), reason == null, reason));
        }
        return new RoutesReport(routes);
    }

    SessionsReport sessions(Collection<NeighbourView> neighbours) {
        List<SessionsReport.Session> sessions = new ArrayList<>();
        for (NeighbourView view : neighbours) {
            Instant established = moments.of(view.lastHandshakeNanos());
            if (view.hasSession() && established != null) {
                PublicKey key = view.grant().key();
                sessions.add(new SessionsReport.Session(view.grant().name(), key == null ? null : key.peerId(),
                        pathClass(view), address(view.endpoint()), relay(view.endpoint()), view.grant().relayCapable(),
                        established, view.candidates().stream().map(this::candidate).toList()));
            }
        }
        sessions.sort(Comparator.comparing(SessionsReport.Session::peer));
        return new SessionsReport(neighbours.size(), new SessionsReport.ByClass(count(sessions, PathClass.DIRECT),
                count(sessions, PathClass.SIGNALING_THEN_DIRECT), count(sessions, PathClass.RELAY)), sessions);
    }

    private static int count(List<SessionsReport.Session> sessions, PathClass pathClass) {
        return (int) sessions.stream().filter(session -> session.pathClass() == pathClass).count();
    }

    private SessionsReport.Candidate candidate(PathView path) {
        return new SessionsReport.Candidate(Objects.requireNonNull(place(path.endpoint())), path.kind().label(),
                path.rttMillis(), path.loss(), path.chosen() ? "chosen" : path.state().label());
    }

    static StatusReport.Mapping mapping(MappingBehaviour mapping) {
        return switch (mapping) {
            case ENDPOINT_INDEPENDENT -> StatusReport.Mapping.ENDPOINT_INDEPENDENT;
            case ADDRESS_DEPENDENT -> StatusReport.Mapping.ADDRESS_DEPENDENT;
            case ADDRESS_AND_PORT_DEPENDENT -> StatusReport.Mapping.ADDRESS_AND_PORT_DEPENDENT;
            case NONE -> StatusReport.Mapping.NONE;
            case UNKNOWN -> StatusReport.Mapping.UNKNOWN;
        };
    }

    static CountersReport counters(Counters counters, StunCounters stun, LanCounters lan, PathCounters paths) {
        return new CountersReport(counters.packetsSent(), counters.packetsReceived(), counters.bytesSent(),
                counters.bytesReceived(), counters.routeMisses(), counters.sessionFailures(),
                counters.fallbackTransitions(), counters.upgradeTransitions(), counters.relayUsage(),
                counters.relayedForOthers(), counters.rejectedHandshakes(),
                new CountersReport.RejectedClaims(counters.claimsNotTrusted(), counters.claimsWrongNetwork(),
                        counters.claimsWrongPrefix()),
                new CountersReport.Drops(counters.drops(DropReason.UNKNOWN_ROUTE),
                        counters.drops(DropReason.UNAUTHORIZED_PEER), counters.drops(DropReason.UNAUTHORIZED_SOURCE),
                        counters.drops(DropReason.NO_SESSION), counters.drops(DropReason.REPLAY),
                        counters.drops(DropReason.DUPLICATE),
                        counters.drops(DropReason.MALFORMED) + counters.drops(DropReason.BAD_MAC)),
                new CountersReport.Stun(stun.asked(), stun.heard(), stun.unexpected(), stun.answered(),
                        stun.refused()),
                new CountersReport.Lan(lan.callsSent(), lan.callsHeard(), lan.answersSent(), lan.answersHeard(),
                        lan.found(), lan.unexpected(), lan.refused(), lan.malformed()),
                new CountersReport.Searches(paths.searches(), paths.searchesFound(), paths.searchesStopped(),
                        paths.searchesRefused(), paths.searchFlows()));
    }
}
