package io.meshd.nat.lan;

import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelPrivateKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The {@link PairSecret}s of those that were missed at some time: made once, a few at a time, since each takes a curve
 * operation of a tenth of a millisecond. A secret.
 */
final class PairSecrets {
    /** Made in one go: two milliseconds of the node's thread. */
    static final int AT_ONCE = 16;

    private final TunnelPrivateKey own;
    private final Map<PublicKey, PairSecret> secrets = new HashMap<>();

    PairSecrets(TunnelPrivateKey own) {
        this.own = own;
    }

    /** The secret with a peer; null while it is not made. */
    @Nullable
    PairSecret of(PublicKey peer) {
        return secrets.get(peer);
    }

    /** Makes some of those that are wanting; says whether that were all. Trusted keys are sound: they were checked. */
    boolean prepare(List<PublicKey> peers) {
        int made = 0;
        for (PublicKey peer : peers) {
            if (!secrets.containsKey(peer)) {
                if (made == AT_ONCE) {
                    return false;
                }
                made++;
                PairSecret secret = PairSecret.agree(own, peer.tunnelKey());
                if (secret != null) {
                    secrets.put(peer, secret);
                }
            }
        }
        return true;
    }

    /** Forgets all but these. */
    void retain(Set<PublicKey> peers) {
        secrets.entrySet().removeIf(entry -> {
            boolean gone = !peers.contains(entry.getKey());
            if (gone) {
                entry.getValue().wipe();
            }
            return gone;
        });
    }

    /** Overwrites everything; nothing can be made afterwards. */
    void wipe() {
        retain(Set.of());
        own.destroy();
    }

    @Override
    public String toString() {
        return "PairSecrets of " + secrets.size() + " peers";
    }
}
