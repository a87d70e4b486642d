package io.meshd.daemon.runtime;

import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelKey;
import io.meshd.protocol.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Tells the operator what happened: a log line for what changes, nothing for what repeats.
 *
 * <p>Names are those of the local trust. Any thread.
 */
final class EventLog {
    private static final System.Logger LOG = System.getLogger("io.meshd.node");
    private static final int WARNINGS_MAX = 32;

    private final List<String> warnings = new ArrayList<>();
    /** What configuration and trust deserve as they are now. */
    private List<String> standing = List.of();
    private volatile Map<PublicKey, String> names = Map.of();
    private volatile Map<TunnelKey, String> tunnelNames = Map.of();

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
                    "session with {0} by {1}, {2}", name(peer), via, initiator ? "initiated here" : "initiated there");
            case Event.SessionExpired(var peer) ->
                LOG.log(System.Logger.Level.DEBUG, "the session with {0} has expired", name(peer));
            case Event.HandshakeGaveUp(var peer) ->
                LOG.log(System.Logger.Level.INFO, "no answer from {0} for 90 s", name(peer));
            case Event.MemberChanged(var peer, var from, var to) -> LOG.log(System.Logger.Level.INFO,
                    "{0} is {1}, was {2}", name(peer), to, from);
            case Event.PathChosen(var peer, var from, var to, var reason) -> LOG.log(System.Logger.Level.INFO,
                    "path to {0}: {1}, was {2}: {3}", name(peer), to == null ? "none" : to,
                    from == null ? "none" : from, reason);
            case Event.RecordLearned(var record) -> LOG.log(System.Logger.Level.DEBUG,
                    "record {0}/{1} of {2}", Long.toString(record.epoch()), Long.toString(record.sequence()),
                    name(record.node()));
            case Event.IdentityConflict(var node, var epoch) -> warning("two daemons use the key of " + name(node)
                    + " (run " + epoch + "): stop one, or give it an identity of its own");
            case Event.Dropped _,Event.HeardFrom _,Event.TimestampReserved _ -> {}
        }
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
