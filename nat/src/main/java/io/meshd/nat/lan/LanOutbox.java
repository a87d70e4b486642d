package io.meshd.nat.lan;

import io.meshd.identity.PublicKey;
import java.net.InetSocketAddress;

/** Where {@link LanDiscovery} puts what it wants done. Never calls back; arrays belong to it from then on. */
public interface LanOutbox {
    /** Sends a beacon to all in the network of a link, from its address. */
    void multicast(LanLink link, byte[] beacon);

    /** A peer that is missed is here, by its own word of this moment. */
    void found(PublicKey peer, InetSocketAddress at);
}
