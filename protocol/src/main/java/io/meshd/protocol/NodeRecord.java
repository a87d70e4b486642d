package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.NodeName;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * What a node says of itself, signed by its identity, so that anybody may carry it.
 *
 * <p>Records of one node are ordered by (epoch, sequence); equal or older ones never replace. A value has one wire form
 * only ({@link NodeRecordCodec}), and fields that this version does not know stay in {@code extension}, so a record
 * can be carried on with its signature intact by a node that is older than the record.
 *
 * @param node         whose record this is
 * @param epoch        the run of the daemon: greater at every start, milliseconds where the clock allows; not negative
 * @param sequence     counts the changes within a run; not negative
 * @param name         what the node calls itself ({@link NodeName}); others go by their own trust's name
 * @param networkId    which mesh it belongs to ({@link NetworkId})
 * @param versionMajor protocol version, 0 to 255; another major version is refused
 * @param versionMinor grows with compatible additions, 0 to 255
 * @param capabilities bit set, see {@link Capability}
 * @param mtu          the node's tunnel MTU in bytes, 0 to 65,535
 * @param prefixes     what it claims to own
 * @param endpoints    where it believes it can be reached, best first: resolved, with a port, no IPv4 in IPv6 clothes
 * @param extension    fields of later versions, not understood here
 * @param signature    Ed25519 over all of the above in their wire form, 64 bytes
 */
public record NodeRecord(PublicKey node, long epoch, long sequence, String name, String networkId, int versionMajor,
        int versionMinor, long capabilities, int mtu, List<Prefix> prefixes, List<InetSocketAddress> endpoints,
        Bytes extension, Bytes signature) {
    /** Most prefixes that a record may claim. */
    public static final int PREFIXES_MAX = 16;
    /** Most endpoints that a record may name. */
    public static final int ENDPOINTS_MAX = 8;

    /**
     * A record as it came, signature unchecked.
     *
     * @throws IllegalArgumentException when a field breaks its rule; decoders check before
     */
    public NodeRecord {
        prefixes = List.copyOf(prefixes);
        endpoints = List.copyOf(endpoints);
        require(epoch >= 0 && sequence >= 0, "epoch and sequence are not negative");
        require(NodeName.isValid(name), "a name matches " + NodeName.RULE);
        require(NetworkId.isValid(networkId), "a network id matches " + NetworkId.RULE);
        require(versionMajor >>> Byte.SIZE == 0 && versionMinor >>> Byte.SIZE == 0, "versions have 8 bits");
        require(mtu >>> Short.SIZE == 0, "an MTU has 16 bits");
        require(prefixes.size() <= PREFIXES_MAX, "at most " + PREFIXES_MAX + " prefixes");
        require(endpoints.size() <= ENDPOINTS_MAX, "at most " + ENDPOINTS_MAX + " endpoints");
        require(endpoints.stream().allMatch(Wire::isSendable), "endpoints are addresses with a port");
        require(prefixes.stream().noneMatch(prefix -> Wire.isMappedV4(prefix.address())), "prefixes are plain");
        require(extension.length() <= NodeRecordCodec.EXTENSION_BYTES_MAX, "the extension is too long");
        require(signature.length() == Identity.SIGNATURE_BYTES, "a signature has 64 bytes");
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException("node record: " + rule);
        }
    }

    /**
     * A new record of the node that holds {@code identity}, in this version of the protocol.
     *
     * @throws IllegalArgumentException when a field breaks its rule
     */
    public static NodeRecord sign(Identity identity, long epoch, long sequence, String name, String networkId,
            long capabilities, int mtu, List<Prefix> prefixes, List<InetSocketAddress> endpoints) {
        NodeRecord unsigned = new NodeRecord(identity.publicKey(), epoch, sequence, name, networkId,
                ProtocolVersion.MAJOR, ProtocolVersion.MINOR, capabilities, mtu, prefixes, endpoints, Bytes.EMPTY,
                Bytes.copyOf(new byte[Identity.SIGNATURE_BYTES]));
        return unsigned.signedBy(identity);
    }

    /** This record with a signature by {@code identity}, whose key must be {@link #node()} for it to be of use. */
    NodeRecord signedBy(Identity identity) {
        return new NodeRecord(node, epoch, sequence, name, networkId, versionMajor, versionMinor, capabilities, mtu,
                prefixes, endpoints, extension, identity.sign(NodeRecordCodec.signedMessage(this)));
    }

    /** Whether {@link #node()} signed exactly this. Costs two curve operations. */
    public boolean verify() {
        return node.verifies(NodeRecordCodec.signedMessage(this), signature);
    }

    /** Whether this record of the same node is to replace {@code other}. */
    public boolean isNewerThan(NodeRecord other) {
        return epoch != other.epoch ? epoch > other.epoch : sequence > other.sequence;
    }
}
