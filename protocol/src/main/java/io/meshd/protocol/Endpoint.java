package io.meshd.protocol;

import io.meshd.identity.IpAddress;
import io.meshd.identity.PublicKey;
import java.net.InetSocketAddress;

/** Where datagrams for a peer go: an address, or a relay that carries them on. */
public sealed interface Endpoint {
    /**
     * Straight over UDP.
     *
     * @param address a resolved address and port
     */
    record Direct(InetSocketAddress address) implements Endpoint {
        public Direct {
            if (address.isUnresolved()) {
                throw new IllegalArgumentException("unresolved endpoint " + address);
            }
        }

        @Override
        public String toString() {
            IpAddress host = IpAddress.of(address.getAddress());
            return (host.isV6() ? "[" + host + "]" : host.toString()) + ":" + address.getPort();
        }
    }

    /**
     * Inside the session with a third peer, which forwards the ciphertext.
     *
     * @param relay the peer that forwards
     * @param peer  the peer at the far end
     */
    record Relayed(PublicKey relay, PublicKey peer) implements Endpoint {
        @Override
        public String toString() {
            return "via " + relay.peerId().substring(0, 8);
        }
    }
}
