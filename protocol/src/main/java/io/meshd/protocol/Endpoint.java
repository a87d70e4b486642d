package io.meshd.protocol;

import io.meshd.identity.IpAddress;
import io.meshd.identity.PublicKey;
import java.net.InetSocketAddress;

/** Where datagrams for a peer go: an address, or a relay that carries them on. */
public sealed interface Endpoint {
    /** The local socket that is always there. */
    int ONE_PORT = 0;

    /**
     * Straight over UDP.
     *
     * @param address a resolved address and port
     * @param socket  the local socket by which they go: {@link #ONE_PORT}, or the number of an extra one
     */
    record Direct(InetSocketAddress address, int socket) implements Endpoint {
        public Direct {
            if (address.isUnresolved()) {
                throw new IllegalArgumentException("unresolved endpoint " + address);
            }
        }

        /** By the one port. */
        public Direct(InetSocketAddress address) {
            this(address, ONE_PORT);
        }

        /** Whether it goes by the one port, so that it is of use to who knows the address alone. */
        public boolean isByOnePort() {
            return socket == ONE_PORT;
        }

        /** The address alone: what operators know and compare. */
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
