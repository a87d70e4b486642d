package io.meshd.daemon.runtime;

import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.log.Field;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelKey;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells the operator what happened: a log line for what changes, nothing for what repeats.
 *
 * <p>Names are those of the local trust. Any thread.
 */
final class EventLog {
    private static final System.Logger LOG = System.getLogger("io.meshd.node");
    private static final int WARNINGS_MAX = 32;
    private static final long CLAIM_EACH_NANOS = 60_000_000_000L;
    private static final int CLAIMS_MAX = 1024;

    private final LongSupplier clock;
    private final List<String> warnings = new ArrayList<>();
    /** When a claim of each was told last; the oldest first. */
    private final Map<PublicKey, Long> claims = new LinkedHashMap<>();
    /** What configuration and trust deserve as they are now. */
    private List<String> standing = List.of();
    private volatile Map<PublicKey, String> names = Map.of();
    private volatile Map<TunnelKey, String> tunnelNames = Map.of();

    EventLog() {
        this(System::nanoTime);
    }

    /** {@code clock}: nanoseconds that only grow. */
    EventLog(LongSupplier clock) {
        this.clock = clock;
    }

    /** The names to use from now on. */
    void names(Map<PublicKey, String> byKey, Map<TunnelKey, String> byTunnelKey) {
        names = Map.copyOf(byKey);
        tunnelNames = Map.copyOf(byTunnelKey);
    }

    String name(PublicKey key) {
        return names.getOrDefault(key, key.peerId().substring(0, 8));
    }

    private String name(TunnelKey key) {
        return tunnelNames.getOrDefault(key, "a peer that was removed");
    }

    void happened(Event event) {
        switch (event) {
            case Event.SessionEstablished(var peer, var via, var initiator) -> LOG.log(System.Logger.Level.DEBUG,
                    "session with {0} by {1}, {2}", peer(peer), endpoint("endpoint", via),
                    Field.of("initiated", initiator ? "initiated here" : "initiated there"), relay(via));
            case Event.SessionExpired(var peer) ->
                LOG.log(System.Logger.Level.DEBUG, "the session with {0} has expired", peer(peer));
            case Event.HandshakeGaveUp(var peer) ->
                LOG.log(System.Logger.Level.INFO, "no answer from {0} for 90 s", peer(peer));
            case Event.MemberChanged(var peer, var from, var to) -> LOG.log(System.Logger.Level.INFO,
                    "{0} is {1}, was {2}", peer(peer), constant("state", to), constant("was", from), id(peer));
            case Event.PathChosen(var peer, var from, var to, var reason) -> LOG.log(System.Logger.Level.INFO,
                    "path to {0}: {1}, was {2}: {3}", peer(peer), endpoint("endpoint", to), endpoint("was", from),
                    Field.of("reason", reason), relay(to), id(peer));
            case Event.RecordLearned(var record) -> LOG.log(System.Logger.Level.DEBUG,
                    "record {0}/{1} of {2}", Field.of("epoch", Long.toString(record.epoch())),
                    Field.of("sequence", Long.toString(record.sequence())), peer(record.node()), id(record.node()));
            case Event.IdentityConflict(var node, var epoch) -> warning(StatusReport.CLONED_KEY + name(node)
                    + " (run " + epoch + "): stop one, or give it an identity of its own by `meshd identity init`");
            case Event.ClaimRefused(var node, var kind, var what) -> claimRefused(node, kind, what);
            case Event.Dropped _,Event.HeardFrom _,Event.TimestampReserved _ -> {}
        }
    }

    /** Once a minute and peer (operator contract, section 4): records come round again and again. */
    private void claimRefused(PublicKey node, Event.ClaimFault kind, String what) {
        long now = clock.getAsLong();
        synchronized (claims) {
            Long last = claims.get(node);
            if (last != null && now - last < CLAIM_EACH_NANOS) {
                return;
            }
            claims.put(node, now);
            if (claims.size() > CLAIMS_MAX) {
                claims.remove(claims.keySet().iterator().next());
            }
        }
        switch (kind) {
            case NOT_TRUSTED -> LOG.log(System.Logger.Level.DEBUG, "a record of {0}, which is not trusted here",
                    peer(node), constant("claim", kind), id(node));
            case WRONG_NETWORK -> LOG.log(System.Logger.Level.WARNING,
                    "{0} is in the network {1}: node.network_id must be the same on all hosts", peer(node),
                    Field.of("network_id", what), constant("claim", kind), id(node));
            case WRONG_PREFIX -> LOG.log(System.Logger.Level.WARNING,
                    "{0} claims {1}, which trust here does not grant it: `meshd trust` with --prefix would", peer(node),
                    Field.of("prefix", what), constant("claim", kind), id(node));
        }
    }

    private Field peer(PublicKey key) {
        return Field.peer(name(key));
    }

    private Field peer(TunnelKey key) {
        return Field.peer(name(key));
    }

    private static Field id(PublicKey key) {
        return Field.of("peer_id", key.peerId());
    }

    private static Field constant(String name, Enum<?> value) {
        return Field.of(name, value.name().toLowerCase(Locale.ROOT));
    }

    /** Address and port, or the name of the relay. */
    private Field endpoint(String name, @Nullable Endpoint endpoint) {
        return Field.of(name, endpoint instanceof Endpoint.Relayed(PublicKey relay, PublicKey _)
                ? "relay " + name(relay)
                : endpoint);
    }

    private Field relay(@Nullable Endpoint endpoint) {
        return Field.of("relay",
                endpoint instanceof Endpoint.Relayed(PublicKey relay, PublicKey _) ? name(relay) : null);
    }

    /** Says what an operator should look at; also in {@code status}, once, as long as the daemon runs. */
    void warning(String text) {
        synchronized (warnings) {
            if (warnings.contains(text)) {
                return;
            }
            if (warnings.size() == WARNINGS_MAX) {
                warnings.removeFirst();
            }
            warnings.add(text);
        }
        LOG.log(System.Logger.Level.WARNING, "{0}", text);
    }

    /** Takes a warning back that no longer holds. */
    void resolved(String text) {
        synchronized (warnings) {
            warnings.remove(text);
        }
    }

    /** Configuration and trust deserve these warnings now, and no others; what is new is told. */
    void standing(List<String> texts) {
        List<String> fresh;
        synchronized (warnings) {
            List<String> before = standing;
            standing = texts.stream().distinct().limit(WARNINGS_MAX).toList();
            fresh = standing.stream().filter(text -> !before.contains(text)).toList();
        }
        fresh.forEach(text -> LOG.log(System.Logger.Level.WARNING, "{0}", text));
    }

    /** The warnings that hold: those of configuration and trust, then what happened, oldest first. */
    List<String> warnings() {
        synchronized (warnings) {
            return Stream.concat(standing.stream(), warnings.stream()).distinct().toList();
        }
    }
}
