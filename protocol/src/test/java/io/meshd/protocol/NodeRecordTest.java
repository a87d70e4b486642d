package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.testing.Property;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NodeRecordTest {
    private static final Identity IDENTITY = Identity.generate(new SplittableRandom(1));
    private static final Prefix V4 = new Prefix(IpAddress.of(new byte[]{10, 42, 1, 0}), 24);
    private static final Prefix V6 = new Prefix(new IpAddress(true, 0xfd99_6d67_0000_0000L, 1), 128);
    private static final NodeRecord ALPHA = NodeRecord.sign(IDENTITY, 1_700_000_000_000L, 3, "alpha", "home-net",
            Capability.RELAY, 1420, List.of(V4, V6),
            List.of(new InetSocketAddress("192.0.2.1", 51821), new InetSocketAddress("2001:db8::1", 51821)));

    @Test
    void verifiesWhatTheNodeSigned() {
        assertThat(ALPHA.verify()).isTrue();
        assertThat(ALPHA.node()).isEqualTo(IDENTITY.publicKey());
        assertThat(ALPHA.versionMajor()).isEqualTo(ProtocolVersion.MAJOR);
        assertThat(ALPHA.signedBy(Identity.generate(new SplittableRandom(2))).verify()).isFalse();
    }

    /** Written out by hand from the description of the format. */
    @Test
    void bytesAreThoseOfTheDescription() {
        String expected = "01" + "00" + "8c05" + HexFormat.of().formatHex(IDENTITY.publicKey().bytes())
                + "0068e5cf8b010000" + "0300000000000000" + "0100000000000000"
                + "05" + "616c706861" + "08" + "686f6d652d6e6574"
                + "02" + "04" + "0a2a0100" + "18" + "06" + "fd996d67000000000000000000000001" + "80"
                + "02" + "04" + "c0000201" + "6dca" + "06" + "20010db8000000000000000000000001" + "6dca"
                + "0000" + ALPHA.signature();
        assertThat(NodeRecordCodec.encode(ALPHA)).asHexString().isEqualToIgnoringCase(expected);
        byte[] unsigned = HexFormat.of().parseHex(expected.substring(0, expected.length() - 128));
        byte[] domain = "meshd node record v1".getBytes(StandardCharsets.US_ASCII);
        byte[] message = Arrays.copyOf(domain, domain.length + unsigned.length);
        System.arraycopy(unsigned, 0, message, domain.length, unsigned.length);
        assertThat(ALPHA.node().verifies(message, ALPHA.signature())).isTrue();
    }

    @Test
    void readsWhatItWrites() {
        Property.forAll(200, random -> {
            NodeRecord record = Samples.record(random);
            byte[] encoded = NodeRecordCodec.encode(record);
            assertThat(encoded).hasSizeLessThanOrEqualTo(NodeRecordCodec.BYTES_MAX);
            assertThat(decode(encoded)).isEqualTo(new Decoded.Message<>(record));
        });
    }

    @Test
    void isSmallInNormalUse() {
        NodeRecord ordinary = NodeRecord.sign(IDENTITY, 1, 1, "a".repeat(20), "b".repeat(20), 1, 1420,
                List.of(V4, V6), Collections.nCopies(8, new InetSocketAddress("2001:db8::1", 1)));
        assertThat(NodeRecordCodec.encode(ordinary)).hasSizeLessThanOrEqualTo(512);
    }

    @Test
    void isBoundedAtItsLargest() {
        NodeRecord full = NodeRecord.sign(IDENTITY, Long.MAX_VALUE, Long.MAX_VALUE, "a".repeat(63), "b".repeat(63), -1,
                65535, Collections.nCopies(16, V6), Collections.nCopies(8, new InetSocketAddress("2001:db8::1", 1)));
        NodeRecord largest = Samples.withExtension(full, Bytes.copyOf(new byte[NodeRecordCodec.EXTENSION_BYTES_MAX]),
                255, IDENTITY);
        byte[] encoded = NodeRecordCodec.encode(largest);
        assertThat(encoded).hasSizeLessThanOrEqualTo(NodeRecordCodec.BYTES_MAX);
        assertThat(decode(encoded)).isEqualTo(new Decoded.Message<>(largest));
    }

    @Test
    void noChangedBitVerifies() {
        byte[] encoded = NodeRecordCodec.encode(ALPHA);
        int readable = 0;
        for (int bit = 0; bit < encoded.length * 8; bit++) {
            byte[] changed = encoded.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            if (decode(changed) instanceof Decoded.Message(var record)) {
                readable++;
                assertThat(record.verify()).as("bit %d", bit).isFalse();
            }
        }
        assertThat(readable).isPositive();
    }

    /** A later version puts new fields into the extension; this version carries the record on, byte for byte. */
    @Test
    void laterFieldsSurviveForwarding() {
        NodeRecord later = Samples.withExtension(ALPHA, Bytes.copyOf(new byte[]{1, 2, 0, 7, 7}), 9, IDENTITY);
        byte[] received = NodeRecordCodec.encode(later);
        Decoded<List<Frame>> hello = decodeHello(FrameCodec.encode(new Frame.Hello(later)));
        assertThat(hello).isEqualTo(new Decoded.Message<>(List.of(new Frame.Hello(later))));
        assertThat(decode(received)).isInstanceOfSatisfying(Decoded.Message.class, message -> {
            NodeRecord carried = (NodeRecord) message.value();
            assertThat(carried.verify()).isTrue();
            assertThat(NodeRecordCodec.encode(carried)).isEqualTo(received);
        });
    }

    private static Decoded<List<Frame>> decodeHello(byte[] packet) {
        return FrameCodec.decode(packet, 0, packet.length);
    }

    @Test
    void readsRecordsOfAnotherMajorVersion() {
        byte[] encoded = NodeRecordCodec.encode(ALPHA);
        encoded[0] = 2;
        assertThat(decode(encoded)).isInstanceOfSatisfying(Decoded.Message.class,
                message -> assertThat(((NodeRecord) message.value()).versionMajor()).isEqualTo(2));
    }

    @Test
    void whatDecodesEncodesToTheSameBytes() {
        List<byte[]> originals = Arrays.asList(NodeRecordCodec.encode(ALPHA),
                NodeRecordCodec.encode(Samples.record(new SplittableRandom(3))));
        Property.forAll(20_000, random -> {
            byte[] mutated = Property.mutated(random, originals.get(random.nextInt(originals.size())));
            if (decode(mutated) instanceof Decoded.Message(var record)) {
                byte[] again = NodeRecordCodec.encode(record);
                assertThat(again).isEqualTo(Arrays.copyOf(mutated, again.length));
            }
        });
    }

    @Test
    void everyTruncationIsMalformed() {
        byte[] encoded = NodeRecordCodec.encode(ALPHA);
        for (int length = 0; length < encoded.length; length++) {
            assertThat(NodeRecordCodec.decode(encoded, 0, length)).isInstanceOf(Decoded.Malformed.class);
        }
    }

    @Test
    void fieldsKeepTheirRules() {
        assertRefused(-1, "alpha", "net", 1420, List.of(), List.of());
        assertRefused(1, "Alpha", "net", 1420, List.of(), List.of());
        assertRefused(1, "", "net", 1420, List.of(), List.of());
        assertRefused(1, "alpha", "", 1420, List.of(), List.of());
        assertRefused(1, "alpha", "a/b", 1420, List.of(), List.of());
        assertRefused(1, "alpha", "n".repeat(64), 1420, List.of(), List.of());
        assertRefused(1, "alpha", "net", 65536, List.of(), List.of());
        assertRefused(1, "alpha", "net", 1420, Collections.nCopies(17, V4), List.of());
        assertRefused(1, "alpha", "net", 1420, List.of(),
                Collections.nCopies(9, new InetSocketAddress("192.0.2.1", 1)));
        assertRefused(1, "alpha", "net", 1420, List.of(), List.of(new InetSocketAddress("192.0.2.1", 0)));
        assertRefused(1, "alpha", "net", 1420, List.of(), List.of(new InetSocketAddress("0.0.0.0", 1)));
        assertRefused(1, "alpha", "net", 1420, List.of(), List.of(new InetSocketAddress("ff02::1", 1)));
        assertRefused(1, "alpha", "net", 1420, List.of(), List.of(InetSocketAddress.createUnresolved("x", 1)));
    }

    private static void assertRefused(long epoch, String name, String network, int mtu, List<Prefix> prefixes,
            List<InetSocketAddress> endpoints) {
        assertThatIllegalArgumentException().isThrownBy(
                () -> NodeRecord.sign(IDENTITY, epoch, 1, name, network, 0, mtu, prefixes, endpoints))
                .withMessageStartingWith("node record: ");
    }

    @Test
    void hostBitsAreMalformed() {
        byte[] encoded = NodeRecordCodec.encode(ALPHA);
        String hex = HexFormat.of().formatHex(encoded).replace("040a2a010018", "040a2a010118");
        assertThat(decode(HexFormat.of().parseHex(hex))).isInstanceOf(Decoded.Malformed.class);
    }

    @Test
    void newerIsByEpochThenSequence() {
        NodeRecord older = NodeRecord.sign(IDENTITY, 1, 9, "a", "n", 0, 0, List.of(), List.of());
        NodeRecord newer = NodeRecord.sign(IDENTITY, 2, 0, "a", "n", 0, 0, List.of(), List.of());
        NodeRecord newest = NodeRecord.sign(IDENTITY, 2, 1, "a", "n", 0, 0, List.of(), List.of());
        assertThat(newer.isNewerThan(older)).isTrue();
        assertThat(older.isNewerThan(newer)).isFalse();
        assertThat(newest.isNewerThan(newer)).isTrue();
        assertThat(newer.isNewerThan(newer)).isFalse();
    }

    @Test
    void networkIdsKeepTheirRule() {
        for (String valid : List.of("a", "home-net", ".", "0_1", "n".repeat(63))) {
            assertThat(NetworkId.isValid(valid)).as(valid).isTrue();
            assertThat(valid).matches(NetworkId.RULE);
        }
        for (String invalid : List.of("", "A", "a b", "ä", "n".repeat(64), "a\n")) {
            assertThat(NetworkId.isValid(invalid)).as(invalid).isFalse();
        }
    }

    private static Decoded<NodeRecord> decode(byte[] encoded) {
        return NodeRecordCodec.decode(encoded, 0, encoded.length);
    }
}
