package io.meshd.daemon.node;

import io.meshd.identity.PublicKey;
import io.meshd.nat.CallView;
import io.meshd.nat.OwnEndpoints;
import io.meshd.nat.PathView;
import io.meshd.nat.PathState;
import io.meshd.nat.PeerPaths;
import io.meshd.nat.Signalling;
import io.meshd.nat.relay.LineView;
import io.meshd.protocol.Capability;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.MappingBehaviour;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import java.net.Inet6Address;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds out why a peer is reached as it is, from what all parts of the node know. Node thread; changes nothing.
 *
 * <p>What was decided is asked first, then what forbids, then what the NATs are, then what was tried in vain: the first
 * that explains it is the verdict. {@link Detours} knows why no relay helps.
 */
final class Inquiry {
    /** A handshake with its copies, a call and its answer: before that nothing is settled. */
    private static final long PATIENCE_NANOS = 5_000_000_000L;
    /** Two rounds of calls through two peers each: one of the four gets through to whom it is to reach. */
    private static final long CALLS_NANOS = 8_000_000_000L;
    private static final int PLACES_MAX = 3;

    private final OwnRecord own;
    private final Neighbours neighbours;
    private final OwnEndpoints endpoints;
    private final Signalling signalling;
    private final Detours detours;
    private final Relaying relaying;

    Inquiry(OwnRecord own, Neighbours neighbours, OwnEndpoints endpoints, Signalling signalling, Relaying relaying) {
        this.own = own;
        this.neighbours = neighbours;
        this.endpoints = endpoints;
        this.signalling = signalling;
        this.relaying = relaying;
        this.detours = new Detours(own, neighbours, relaying);
    }

    /** What the peer's last signal said and what became of calls; null when there was none. */
    @Nullable
    CallView call(PublicKey peer) {
        return signalling.view(peer);
    }

    /** What came of the relays that were asked to carry to it. */
    List<LineView> lines(PublicKey peer) {
        return relaying.lines(peer);
    }

    /** The verdict about a neighbour of which membership thinks this. */
    Verdict about(long nowNanos, Neighbour peer, MemberState state) {
        PeerPaths ways = peer.paths;
        if (ways == null) {
            return stock(nowNanos, peer);
        }
        boolean hasSession = peer.tunnel.hasSession(nowNanos);
        if (peer.framesOnly) {
            return new Verdict(Cause.OTHER_NETWORK, peer.name() + " answers, but packets are not exchanged.",
                    "It is of another network or speaks another version of the protocol.",
                    "Compare node.network_id and `meshd version` on both hosts.");
        }
        if (!hasSession) {
            return unreached(nowNanos, peer, ways, state).after(peer.name() + " is not reached now.");
        }
        return switch (ways.pathClass()) {
            case DIRECT -> direct(nowNanos, peer, ways, Cause.DIRECT);
            case SIGNALING_THEN_DIRECT -> direct(nowNanos, peer, ways, Cause.PUNCHED);
            case RELAY -> notDirect(nowNanos, peer, ways)
                    .after(peer.name() + " is reached through the relay " + relay(ways) + figures(nowNanos, ways)
                            + lasting(nowNanos, ways) + ".");
            case NONE -> notDirect(nowNanos, peer, ways)
                    .after("There is a session with " + peer.name() + ", but no path answers now.");
        };
    }

    private static Verdict stock(long nowNanos, Neighbour peer) {
        Endpoint at = peer.chosen();
        String reached = !peer.tunnel.hasSession(nowNanos)
                ? peer.name() + " has no session now."
                : peer.name() + " is reached at " + at + ".";
        String remedy = at == null
                ? "It has to call first, or be given an endpoint: `meshd peer add … --endpoint HOST:PORT`."
                : null;
        return new Verdict(Cause.STOCK_DEVICE, reached,
                "It is a stock WireGuard device: it is where its last packet came from, and nothing else is tried.",
                remedy);
    }

    private Verdict direct(long nowNanos, Neighbour peer, PeerPaths ways, Cause cause) {
        PathView chosen = chosen(nowNanos, ways);
        PublicKey helper = chosen == null ? null : chosen.signaler();
        String how = cause == Cause.DIRECT
                ? ""
                : ", after both sides had punched" + (helper == null ? "" : " with the help of " + name(helper));
        Double loss = chosen == null ? null : chosen.loss();
        boolean isLossy = chosen != null && chosen.state() == PathState.UNSOUND && loss != null;
        return new Verdict(cause,
                peer.name() + " is reached directly at " + ways.chosen() + figures(nowNanos, ways) + how + ".",
                isLossy ? "This path loses packets, but nothing better is known." : null, null);
    }

    private static @Nullable PathView chosen(long nowNanos, PeerPaths ways) {
        return ways.candidates(nowNanos).stream().filter(PathView::chosen).findFirst().orElse(null);
    }

    private String relay(PeerPaths ways) {
        return ways.chosen() instanceof Endpoint.Relayed(PublicKey relay, PublicKey _) ? name(relay) : "";
    }

    private static String figures(long nowNanos, PeerPaths ways) {
        PathView chosen = chosen(nowNanos, ways);
        Double rtt = chosen == null ? null : chosen.rttMillis();
        Double loss = chosen == null ? null : chosen.loss();
        return rtt == null
                ? ""
                : String.format(Locale.ROOT, " (%.1f ms, %.0f %% lost)", rtt, loss == null ? 0 : loss * 100);
    }

    private static String lasting(long nowNanos, PeerPaths ways) {
        long since = ways.detourNanos();
        return since == Deadlines.NEVER ? "" : ", for " + duration(nowNanos - since);
    }

    static String duration(long nanos) {
        long seconds = nanos / 1_000_000_000L;
        return seconds < 120 ? seconds + " s" : seconds < 7_200 ? seconds / 60 + " min" : seconds / 3_600 + " h";
    }

    private String name(PublicKey key) {
        return neighbours.name(key);
    }

    // Why not directly.

    private Reason notDirect(long nowNanos, Neighbour peer, PeerPaths ways) {
        List<PathView> direct = ways.candidates(nowNanos).stream().filter(PathView::isDirect).toList();
        Reason decided = decided(direct);
        if (decided != null) {
            return decided;
        }
        if (!direct.isEmpty() && direct.stream().noneMatch(path -> endpoints.has(isV6(path)))) {
            return noCommonFamily(peer, direct);
        }
        CallView call = signalling.view(ways.peer());
        boolean isHardHere = endpoints.mapping().isDependent();
        boolean isHardThere = call != null && call.farMapping().isDependent();
        if (isHardHere && isHardThere) {
            return new Reason(Cause.HARD_NATS,
                    "Both NATs give each destination its own port, so neither side can know where the other will be: "
                            + "no direct path can be expected.",
                    "A mapped port on either router would do (UPnP, NAT-PMP or PCP switched on, or UDP "
                            + "forwarded by hand), or IPv6 at both.");
        }
        Reason forbidden = forbidden(peer);
        if (forbidden != null) {
            return forbidden;
        }
        if (nowNanos - ways.detourNanos() < PATIENCE_NANOS) {
            return new Reason(Cause.TRYING, "A direct path is being looked for.");
        }
        if (isHardHere || isHardThere) {
            return new Reason(Cause.HARD_NAT,
                    "The NAT " + (isHardHere ? "here" : "there") + " gives each destination its own port, and the one "
                            + (isHardHere ? "there" : "here") + " lets in only whom it was sent to: "
                            + "the port is searched for, within limits.",
                    "A mapped port on either router would do, or IPv6 at both.");
        }
        return inVain(nowNanos, peer, direct, call);
    }

    /** A direct path is known, and was decided against. */
    private static @Nullable Reason decided(List<PathView> direct) {
        for (PathView path : direct) {
            switch (path.state()) {
                case UNSOUND -> {
                    return new Reason(Cause.PATH_LOSSY, "The direct path at " + path.endpoint() + " loses "
                            + percent(path) + " of its packets, and the relay does not."
                            + again(path, "It is looked at again"));
                }
                case ALIVE -> {
                    return new Reason(Cause.PATH_ON_TRIAL, "The direct path at " + path.endpoint()
                            + " failed before and answers again: it first has to show that it goes on answering."
                            + again(path, "It may be used again"));
                }
                case DEAD, UNPROVEN -> {}
            }
        }
        return direct.stream().filter(path -> path.state() == PathState.DEAD).findFirst()
                .map(path -> new Reason(Cause.PATH_DIED, "The direct path at " + path.endpoint()
                        + " worked in this session and no longer answers; it is tried for ever.",
                        "Something drops UDP between the two hosts: a firewall, a router that restarted, "
                                + "a network that changed."))
                .orElse(null);
    }

    private static String percent(PathView path) {
        Double loss = path.loss();
        return loss == null ? "some" : String.format(Locale.ROOT, "%.0f %%", loss * 100);
    }

    private static String again(PathView path, String what) {
        return path.heldNanos() == 0 ? "" : " " + what + " in " + duration(path.heldNanos()) + ".";
    }

    private @Nullable Reason forbidden(Neighbour peer) {
        if (!signalling.isAllowed()) {
            return new Reason(Cause.SIGNALS_OFF_HERE, "policy.allow_signaling_upgrade is false here, so the two "
                    + "never send to each other at once, which their NATs would need.", "Set it to true here.");
        }
        if (peer.says(Capability.NO_SIGNALS)) {
            return new Reason(Cause.SIGNALS_OFF_THERE, "That peer's policy forbids signals, so the two never send to "
                    + "each other at once, which their NATs would need.",
                    "Set policy.allow_signaling_upgrade to true there.");
        }
        return null;
    }

    private static Reason noCommonFamily(Neighbour peer, List<PathView> direct) {
        return new Reason(Cause.NO_COMMON_FAMILY, "This host has no " + (isV6(direct.getFirst()) ? "IPv6" : "IPv4")
                + " address, and " + peer.name() + " is known at no other.", "Give both hosts one family in common.");
    }

    private static boolean isV6(PathView path) {
        return path.endpoint() instanceof Endpoint.Direct(var at, int _)
                && at.getAddress() instanceof Inet6Address;
    }

    private Reason inVain(long nowNanos, Neighbour peer, List<PathView> direct, @Nullable CallView call) {
        if (direct.isEmpty()) {
            return new Reason(Cause.UNKNOWN_PLACE, "No address of it is known that this host could try.");
        }
        boolean areNatsKnown = call != null && call.farMapping() != MappingBehaviour.UNKNOWN
                && endpoints.mapping() != MappingBehaviour.UNKNOWN;
        if (call == null || call.heardNanos() == Deadlines.NEVER) {
            String unheard = isCalledInVain(nowNanos, call) ? " It answers no calls through other peers either." : "";
            return new Reason(Cause.NO_ANSWER, noAnswer(direct) + "." + unheard, dropped());
        }
        if (!areNatsKnown) {
            return new Reason(Cause.NO_ANSWER, noAnswer(direct) + ". Either UDP between the two networks is not let "
                    + "through, or their NATs give each destination its own port: too few have seen the NATs to tell.",
                    "A second peer outside, or a server in nat.stun_servers, would tell.");
        }
        return new Reason(Cause.NO_ANSWER, noAnswer(direct) + ", though both NATs would let a direct path through: UDP "
                + "between this network and " + peer.name() + "'s is blocked.", dropped());
    }

    private static String dropped() {
        return "Look for a firewall at either host or network that drops UDP.";
    }

    private static String noAnswer(List<PathView> direct) {
        String places = direct.stream().limit(PLACES_MAX).map(path -> path.endpoint().toString())
                .collect(Collectors.joining(", "));
        return direct.size() == 1
                ? "No answer at its one known address (" + places + ")"
                : "No answer on any of its " + direct.size() + " addresses (" + places
                        + (direct.size() > PLACES_MAX ? ", …)" : ")");
    }

    private static boolean isCalledInVain(long nowNanos, @Nullable CallView call) {
        return call != null && call.unansweredNanos() != Deadlines.NEVER
                && nowNanos - call.unansweredNanos() >= CALLS_NANOS;
    }

    // Why not at all.

    private Reason unreached(long nowNanos, Neighbour peer, PeerPaths ways, MemberState state) {
        List<PathView> direct = ways.candidates(nowNanos).stream().filter(PathView::isDirect).toList();
        NodeRecord record = peer.record();
        if (state == MemberState.LEFT) {
            return new Reason(Cause.LEFT, "It has said goodbye.", "Start meshd there.");
        }
        if (direct.isEmpty() && record == null) {
            return new Reason(Cause.UNKNOWN_PLACE, "Nobody has said where it is.", "Give this host a seed: `meshd up "
                    + "--seed HOST:PORT`, or `meshd trust … --seed HOST:PORT` for this peer.");
        }
        // Who alone could hear it may just not trust it.
        if (state == MemberState.DEAD && !detours.isUnknownToSome(ways.peer())) {
            return new Reason(Cause.GONE, "The mesh takes it for dead: nobody hears it.",
                    "Look there: is the host on, does meshd run, does its network let UDP through?");
        }
        boolean hasGivenUp = peer.gaveUpNanos != Deadlines.NEVER;
        if (!peer.wantsSession() && !hasGivenUp) {
            return new Reason(Cause.IDLE, "Nothing is sent to it: the first packet makes a session.");
        }
        if (!hasGivenUp && peer.waitedNanos(nowNanos) < PATIENCE_NANOS) {
            return new Reason(Cause.TRYING, "A session is being asked for, since "
                    + duration(peer.waitedNanos(nowNanos)) + ".");
        }
        return unanswered(nowNanos, peer, ways, state, direct);
    }

    private Reason unanswered(long nowNanos, Neighbour peer, PeerPaths ways, MemberState state,
            List<PathView> direct) {
        boolean isHere = state == MemberState.ALIVE || state == MemberState.SUSPECT;
        CallView call = signalling.view(ways.peer());
        boolean isCalledInVain = isCalledInVain(nowNanos, call) && !peer.says(Capability.NO_SIGNALS)
                && (call == null || call.heardNanos() == Deadlines.NEVER);
        if (isHere && (isCalledInVain || detours.hasOpen(ways.peer()))) {
            return new Reason(Cause.UNTRUSTED_THERE, "Others hear it, but it answers neither handshakes nor calls of "
                    + "this host: it may not trust this key.", trustThere());
        }
        if (neighbours.all().stream().noneMatch(other -> Relaying.isDirect(nowNanos, other))) {
            return new Reason(Cause.UDP_BLOCKED, (direct.isEmpty() ? "" : noAnswer(direct) + ", and ")
                    + "no other peer answers either: UDP from this network is perhaps not let through at all.",
                    "Let UDP out in the firewall here, or try another network. If only this peer was tried: "
                            + trustThere());
        }
        if (!direct.isEmpty() && direct.stream().noneMatch(path -> endpoints.has(isV6(path)))) {
            return join(noCommonFamily(peer, direct), detours.none(nowNanos, peer));
        }
        Reason forbidden = forbidden(peer);
        boolean areHard = endpoints.mapping().isDependent() && call != null && call.farMapping().isDependent();
        Reason direction = forbidden != null
                ? forbidden
                : areHard
                        ? new Reason(Cause.HARD_NATS,
                                "Both NATs give each destination its own port, so no direct path can be "
                                        + "expected.",
                                "A mapped port on either router would do.")
                        : new Reason(Cause.NO_ANSWER, direct.isEmpty()
                                ? "No address of it is known that this host could try."
                                : noAnswer(direct) + (isHere ? ", though others hear it." : "."),
                                "It may not trust this key (" + trustThere()
                                        + "), or UDP between the two networks is not let "
                                        + "through.");
        return join(direction, detours.none(nowNanos, peer));
    }

    /** Why there is no direct path, then why no relay: who has neither would be helped by either. */
    private static Reason join(Reason direct, Reason relayed) {
        String remedy = direct.remedy() == null
                ? relayed.remedy()
                : relayed.remedy() == null ? direct.remedy() : direct.remedy() + " Or: " + relayed.remedy();
        Cause cause = direct.cause() == Cause.NO_ANSWER ? relayed.cause() : direct.cause();
        return new Reason(cause, direct.because() + " " + relayed.because(), remedy);
    }

    private String trustThere() {
        return "run there: meshd trust " + own.current().node().peerId() + " --name " + own.settings().name();
    }
}
