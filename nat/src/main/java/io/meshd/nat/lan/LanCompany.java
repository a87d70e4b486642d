package io.meshd.nat.lan;

import io.meshd.identity.PublicKey;
import java.util.List;

/** What {@link LanDiscovery} must know of the node's other parts. Asked on the owner thread; answers are of now. */
public interface LanCompany {
    /** Trusted peers that are not reached straight, always in the same order. */
    List<PublicKey> missing(long nowNanos);

    /** Whether there is no session at all. */
    boolean isAlone(long nowNanos);
}
