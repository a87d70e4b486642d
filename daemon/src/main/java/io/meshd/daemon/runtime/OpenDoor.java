package io.meshd.daemon.runtime;

import io.meshd.daemon.config.KnownPeers;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustedPeer;
import io.meshd.protocol.NodeRecord;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides about newcomers of an open node: a new name is remembered with its key, and a name that another key has is
 * refused, as {@code ssh} does with hosts. One thread at a time.
 */
final class OpenDoor {
    private static final System.Logger LOG = System.getLogger("io.meshd.node");
    /** Most refusals that {@code status} shows: strangers bring them about, and other warnings have to stay visible. */
    private static final int REFUSALS_MAX = 8;

    private final KnownPeers known;
    private final EventLog log;
    /** By the name in dispute: said once, whoever tries it how often. */
    private final Map<String, Refusal> refusals = new LinkedHashMap<>();
    private @Nullable Object stamp;

    /** The holder may be a peer of trust, and then a stock device, which has no key of this kind. */
    private record Refusal(@Nullable PublicKey holder, String text) {}

    OpenDoor(KnownPeers known, EventLog log) {
        this.known = known;
        this.log = log;
    }

    /**
     * Somebody proved that this record is its own.
     *
     * @param trust whom the node trusts, newcomers among them
     * @return whether it is known from now on, so that trust has to be read anew
     */
    boolean letsIn(NodeRecord record, Trust trust) {
        String name = record.name();
        PublicKey key = record.node();
        if (trust.peer(key.tunnelKey()) != null) {
            return false;
        }
        try {
            Map<String, PublicKey> all = known.read();
            TrustedPeer trusted = trust.peer(name);
            PublicKey holder = all.get(name);
            if (holder == null && trusted != null) {
                refuse(name, trusted.key(), "a newcomer that calls itself " + name
                        + " is refused, since you trust another key under that name (" + trusted.source()
                        + "): set another node.name there; or if you are sure that it is the same host with a new identity,"
                        + " " + key.fingerprint() + ", run: meshd untrust " + name);
                return false;
            }
            if (holder != null) {
                if (!holder.equals(key)) {
                    refuse(name, holder, "a newcomer that calls itself " + name + " is refused: its key is "
                            + key.fingerprint() + ", but " + name + " is known by " + holder.fingerprint()
                            + ". Somebody may be posing as " + name + "; or it has a new identity, or two hosts have "
                            + "one name. If you are sure that the new key is right, run: meshd untrust " + name);
                }
                return false;
            }
            if (all.containsValue(key)) {
                return false;
            }
            String full = "newcomers are refused: " + known.file() + " is full with " + KnownPeers.PEERS_MAX
                    + " peers: remove some with `meshd untrust NAME`";
            if (all.size() >= KnownPeers.PEERS_MAX) {
                log.warning(full);
                return false;
            }
            log.resolved(full);
            known.remember(name, key);
        } catch (IOException e) {
            log.warning("newcomers are refused: " + e.getMessage() + ": see to " + known.file());
            return false;
        }
        LOG.log(System.Logger.Level.WARNING,
                "{0} joined as a newcomer with the key {1}: `meshd untrust {0}` removes it",
                name, key.fingerprint());
        return true;
    }

    private void refuse(String name, @Nullable PublicKey holder, String text) {
        if (!refusals.containsKey(name) && refusals.size() < REFUSALS_MAX) {
            refusals.put(name, new Refusal(holder, text));
            log.warning(text);
        }
    }

    /** Whether the file was written since the last call; at the first call, whether it is there. */
    boolean hasChanged() {
        try {
            Object now = known.stamp();
            boolean changed = !Objects.equals(now, stamp);
            stamp = now;
            return changed;
        } catch (IOException e) {
            log.warning("cannot read whom this open node knows: " + e.getMessage() + ": see to " + known.file());
            return false;
        }
    }

    /** Takes back what is no longer true with this trust: a name in dispute was given up. */
    void review(Trust trust) {
        refusals.entrySet().removeIf(entry -> {
            TrustedPeer now = trust.peer(entry.getKey());
            boolean over = now == null || !Objects.equals(now.key(), entry.getValue().holder());
            if (over) {
                log.resolved(entry.getValue().text());
            }
            return over;
        });
    }
}
