package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.NodeName;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The wire form of {@link NodeRecord}, little-endian, the same for all major versions, so that each knows the other.
 *
 * <p>version major u8, minor u8, MTU u16, key 32, epoch u64, sequence u64, capabilities u64, name, network id (length
 * u8 and characters each), prefix count u8, prefixes (family u8, address, length u8), endpoint count u8, endpoints
 * (family u8, address, port u16), extension length u16, extension, signature 64. What is signed is
 * {@value #SIGNATURE_DOMAIN} and all before the signature.
 *
 * <p>One value has one form: what decodes encodes to the same bytes. That is why a carrier need not keep the bytes.
 */
public final class NodeRecordCodec {
    /** Most bytes of a record: all prefixes and endpoints in IPv6, and room for what later versions add. */
    public static final int BYTES_MAX = 1024;
    /** Most bytes of the extension, so that a record full of prefixes and endpoints still fits. */
    public static final int EXTENSION_BYTES_MAX = 256;

    /** Keeps a signature of a record from meaning anything elsewhere. */
    private static final String SIGNATURE_DOMAIN = "meshd node record v1";

    private static final byte[] DOMAIN = SIGNATURE_DOMAIN.getBytes(StandardCharsets.US_ASCII);
    private static final int TYPICAL_BYTES = 256;

    private NodeRecordCodec() {}

    /** The wire form: at most {@link #BYTES_MAX} bytes. */
    public static byte[] encode(NodeRecord record) {
        WireWriter writer = new WireWriter(TYPICAL_BYTES);
        write(record, writer);
        return writer.toArray();
    }

    static void write(NodeRecord record, WireWriter writer) {
        writeSigned(record, writer);
        writer.bytes(record.signature());
    }

    /** What the signature is over. */
    static byte[] signedMessage(NodeRecord record) {
        WireWriter writer = new WireWriter(TYPICAL_BYTES);
        writer.array(DOMAIN);
        writeSigned(record, writer);
        return writer.toArray();
    }

    private static void writeSigned(NodeRecord record, WireWriter writer) {
        writer.u8(record.versionMajor()).u8(record.versionMinor()).u16(record.mtu());
        writer.array(record.node().bytes()).i64(record.epoch()).i64(record.sequence()).i64(record.capabilities());
        writer.shortText(record.name()).shortText(record.networkId());
        writePrefixes(record.prefixes(), writer);
        writer.u8(record.endpoints().size());
        for (InetSocketAddress endpoint : record.endpoints()) {
            writer.endpoint(endpoint);
        }
        writer.u16(record.extension().length()).bytes(record.extension());
    }

    /** The record in these bytes, its signature unchecked. Bytes after the record are ignored. */
    public static Decoded<NodeRecord> decode(byte[] buffer, int offset, int length) {
        NodeRecord record = read(new WireReader(buffer, offset, length));
        return record == null ? new Decoded.Malformed<>(DropReason.MALFORMED) : new Decoded.Message<>(record);
    }

    /** The record that comes next, or null. */
    static @Nullable NodeRecord read(WireReader reader) {
        int versionMajor = reader.u8();
        int versionMinor = reader.u8();
        int mtu = reader.u16();
        byte[] key = reader.array(PublicKey.BYTES);
        long epoch = reader.i64();
        long sequence = reader.i64();
        long capabilities = reader.i64();
        String name = reader.shortText();
        String networkId = reader.shortText();
        List<Prefix> prefixes = readPrefixes(reader, NodeRecord.PREFIXES_MAX);
        List<InetSocketAddress> endpoints = readEndpoints(reader);
        Bytes extension = readExtension(reader);
        Bytes signature = reader.bytes(Identity.SIGNATURE_BYTES);
        if (reader.isFaulty() || epoch < 0 || sequence < 0 || !NodeName.isValid(name)
                || !NetworkId.isValid(networkId)) {
            return null;
        }
        return new NodeRecord(PublicKey.of(key), epoch, sequence, name, networkId, versionMajor, versionMinor,
                capabilities, mtu, prefixes, endpoints, extension, signature);
    }

    static void writePrefixes(List<Prefix> prefixes, WireWriter writer) {
        writer.u8(prefixes.size());
        for (Prefix prefix : prefixes) {
            writer.address(prefix.address()).u8(prefix.length());
        }
    }

    static List<Prefix> readPrefixes(WireReader reader, int most) {
        int count = reader.u8();
        if (count > most) {
            reader.fail();
        }
        List<Prefix> prefixes = new ArrayList<>();
        for (int i = 0; i < count && !reader.isFaulty(); i++) {
            IpAddress address = reader.address();
            int bits = reader.u8();
            if (address == null || bits > address.bits() || !address.masked(bits).equals(address)) {
                reader.fail();
            } else {
                prefixes.add(new Prefix(address, bits));
            }
        }
        return prefixes;
    }

    private static List<InetSocketAddress> readEndpoints(WireReader reader) {
        int count = reader.u8();
        if (count > NodeRecord.ENDPOINTS_MAX) {
            reader.fail();
        }
        List<InetSocketAddress> endpoints = new ArrayList<>();
        for (int i = 0; i < count && !reader.isFaulty(); i++) {
            IpAddress address = reader.address();
            int port = reader.u16();
            InetSocketAddress endpoint = address == null ? null : new InetSocketAddress(address.toInetAddress(), port);
            if (endpoint == null || !Wire.isSendable(endpoint)) {
                reader.fail();
            } else {
                endpoints.add(endpoint);
            }
        }
        return endpoints;
    }

    private static Bytes readExtension(WireReader reader) {
        int length = reader.u16();
        if (length > EXTENSION_BYTES_MAX) {
            reader.fail();
        }
        return reader.bytes(length);
    }
}
