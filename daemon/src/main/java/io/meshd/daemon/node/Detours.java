package io.meshd.daemon.node;

import io.meshd.identity.PublicKey;
import io.meshd.nat.relay.LineView;
import io.meshd.protocol.Capability;
import io.meshd.protocol.RelayReason;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Why no relay leads to a peer that cannot be reached otherwise. Part of {@link Inquiry}. */
final class Detours {
    private final OwnRecord own;
    private final Neighbours neighbours;
    private final Relaying relaying;

    Detours(OwnRecord own, Neighbours neighbours, Relaying relaying) {
        this.own = own;
        this.neighbours = neighbours;
        this.relaying = relaying;
    }

    /** Whether a relay carries to the peer, so that what is sent to it arrives. */
    boolean hasOpen(PublicKey peer) {
        return relaying.lines(peer).stream().anyMatch(LineView::isOpen);
    }

    /** Whether some relay does not trust the peer. */
    boolean isUnknownToSome(PublicKey peer) {
        return relaying.lines(peer).stream().anyMatch(line -> line.reason() == RelayReason.UNKNOWN_PEER);
    }

    /** Why none is used. */
    Reason none(long nowNanos, Neighbour peer) {
        if (!own.settings().relay().allowed()) {
            return new Reason(Cause.RELAYS_OFF_HERE, "policy.allow_relay is false here, so no relay is used.",
                    "Set it to true here.");
        }
        if (peer.says(Capability.NO_RELAYED)) {
            return new Reason(Cause.RELAYS_OFF_THERE, "That peer's policy forbids relays.",
                    "Set policy.allow_relay to true there.");
        }
        List<Neighbour> marked = neighbours.all().stream()
                .filter(other -> other != peer && other.grant().relayCapable()).toList();
        if (marked.isEmpty()) {
            return new Reason(Cause.NO_RELAY, "No peer is marked as a relay here.", markBoth("a common peer"));
        }
        List<Neighbour> serving = marked.stream().filter(other -> other.says(Capability.RELAY)).toList();
        if (serving.isEmpty()) {
            return new Reason(Cause.NO_RELAY, names(marked) + " marked as a relay here, but none is known to serve.",
                    "Set relay.serve to true there.");
        }
        List<Neighbour> reached = serving.stream().filter(relay -> Relaying.isDirect(nowNanos, relay)).toList();
        if (reached.isEmpty()) {
            return new Reason(Cause.NO_RELAY, "No relay is reached directly from here: " + names(serving)
                    + " marked.");
        }
        PublicKey key = peer.key();
        for (LineView line : key == null ? List.<LineView>of() : relaying.lines(key)) {
            if (line.reason() != null) {
                return refused(peer, neighbours.name(line.relay()), line.relay(), line.reason());
            }
        }
        return new Reason(Cause.TRYING, "A relay is being asked.");
    }

    private Reason refused(Neighbour peer, String relay, PublicKey relayKey, RelayReason reason) {
        return new Reason(Cause.RELAY_REFUSES, "The relay " + relay + " does not help: " + switch (reason) {
            case GONE, WHICH -> "its channel is over, it is asked again.";
            case NOT_SERVING -> "it does not serve.";
            case UNKNOWN_PEER -> "it does not trust " + peer.name() + ".";
            case UNREACHABLE -> "it has no direct path to " + peer.name() + " itself.";
            case QUOTA -> "it serves as many as it may.";
            case REFUSED -> peer.name() + " takes nothing from it: there it is not marked as a relay, or this host is "
                    + "not trusted.";
        }, remedy(peer, relay, relayKey, reason));
    }

    private @Nullable String remedy(Neighbour peer, String relay, PublicKey relayKey, RelayReason reason) {
        PublicKey key = peer.key();
        return switch (reason) {
            case GONE, WHICH -> null;
            case NOT_SERVING -> "Set relay.serve to true there.";
            case UNKNOWN_PEER -> "Run on " + relay + ": meshd trust " + (key == null ? "KEY" : key.peerId())
                    + " --name " + peer.name();
            case UNREACHABLE -> markBoth("a peer that both reach");
            case QUOTA -> "Raise relay.max_peers there, or mark another relay.";
            case REFUSED -> "Run on " + peer.name() + ": meshd trust " + relayKey.peerId() + " --name " + relay
                    + " --relay, and: meshd trust " + own.current().node().peerId() + " --name "
                    + own.settings().name();
        };
    }

    private static String markBoth(String whom) {
        return "Mark " + whom + " with `meshd trust … --relay` on both hosts, and set relay.serve there.";
    }

    private static String names(List<Neighbour> some) {
        return some.stream().map(Neighbour::name).collect(Collectors.joining(", "))
                + (some.size() == 1 ? " is" : " are");
    }
}
