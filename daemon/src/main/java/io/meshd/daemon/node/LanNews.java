package io.meshd.daemon.node;

import io.meshd.identity.Bytes;
import io.meshd.nat.lan.LanLink;
import java.net.InetAddress;
import java.util.List;

/** What happens in the local networks of a node's host. */
public sealed interface LanNews {
    /**
     * Beacons can go into these now; none when the operator does not want that.
     *
     * @param port where the node takes handshakes
     */
    record Links(List<LanLink> links, int port) implements LanNews {
        public Links {
            links = List.copyOf(links);
        }
    }

    /** Something came to the group of beacons. */
    record Beacon(LanLink at, InetAddress from, Bytes datagram) implements LanNews {}
}
