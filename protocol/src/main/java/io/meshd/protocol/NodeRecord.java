package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * What a node says of itself, signed by its identity, so that anybody may carry it.
 *
 * <p>Records of one node are ordered by (epoch, sequence); equal or older ones never replace.
 *
 * @param node         whose record this is
 * @param epoch        the run of the daemon: greater at every start, in milliseconds where the clock allows
 * @param sequence     counts the changes within a run
 * @param name         what the node calls itself; others go by their own trust's name
 * @param networkId    which mesh it belongs to
 * @param versionMajor protocol version; another major version is refused
 * @param versionMinor grows with compatible additions
 * @param capabilities bit set, see {@link Capability}
 * @param mtu          the node's tunnel MTU in bytes
 * @param prefixes     what it claims to own
 * @param endpoints    where it believes it can be reached, best first
 * @param signature    Ed25519 over all of the above in their wire form, 64 bytes
 */
public record NodeRecord(PublicKey node, long epoch, long sequence, String name, String networkId, int versionMajor,
        int versionMinor, long capabilities, int mtu, List<Prefix> prefixes, List<InetSocketAddress> endpoints,
        Bytes signature) {
    /** Most prefixes that a record may claim. */
    public static final int PREFIXES_MAX = 16;
    /** Most endpoints that a record may name. */
    public static final int ENDPOINTS_MAX = 8;

    public NodeRecord {
        prefixes = List.copyOf(prefixes);
        endpoints = List.copyOf(endpoints);
    }

    /** Whether this record of the same node is to replace {@code other}. */
    public boolean isNewerThan(NodeRecord other) {
        return epoch != other.epoch ? epoch > other.epoch : sequence > other.sequence;
    }
}
