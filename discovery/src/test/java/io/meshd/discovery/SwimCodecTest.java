package io.meshd.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Frame;
import io.meshd.protocol.NodeRecord;
import io.meshd.testing.Property;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SwimCodecTest {
    /** One message of each kind, and some at their bounds. */
    static List<SwimMessage> samples() {
        Identity identity = Identity.generate(new SplittableRandom(1));
        PublicKey key = identity.publicKey();
        PublicKey other = Identity.generate(new SplittableRandom(2)).publicKey();
        NodeRecord record = NodeRecord.sign(identity, 1_800_000_000_000L, 3, "alpha", "sim", 1, 1420, List.of(),
                List.of(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 51_821),
                        new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 51_821)));
        Bytes signature = record.signature();
        return List.of(new SwimMessage.Ping(1, 2, 3, SwimMessage.NOT_ACCUSED),
                new SwimMessage.Ping(Long.MAX_VALUE, SwimCodec.EPOCH_MAX - 1, 0, SwimCodec.INCARNATION_MAX - 1),
                new SwimMessage.PingRequest(300, 1_800_000_000_000L, other, 1_800_000_000_001L),
                new SwimMessage.Ack(128, false), new SwimMessage.Ack(127, true), new SwimMessage.Nack(0),
                new Rumour.Alive(key, 1_800_000_000_000L, 7, 3, signature), new Rumour.Described(record),
                new Rumour.Left(new Frame.Leave(key, 1_800_000_000_000L, signature)),
                new Rumour.Accusation(key, 1_800_000_000_000L, 0, other, signature),
                new SwimMessage.Digest(List.of(-1)), new SwimMessage.Digest(Collections.nCopies(256, 42)),
                new SwimMessage.Summary(4, List.of(0, 3), List.of(new SwimMessage.Entry(-1, 5, 6, 7))),
                new SwimMessage.Summary(1, List.of(), List.of()),
                new SwimMessage.Want(LongStream.range(-3, 20).boxed().toList()));
    }

    private static byte[] together(List<SwimMessage> messages) {
        SwimWriter writer = new SwimWriter();
        messages.forEach(message -> writer.array(SwimCodec.encode(message)));
        return writer.toArray();
    }

    @Test
    void readsBackWhatItWrites() {
        for (SwimMessage message : samples()) {
            assertThat(SwimCodec.decode(SwimCodec.encode(message))).containsExactly(message);
        }
        assertThat(SwimCodec.decode(together(samples()))).isEqualTo(samples());
        assertThat(SwimCodec.decode(new byte[0])).isEmpty();
    }

    @Test
    void pingsAndAcksAreSmall() {
        long epoch = 1_800_000_000_000L;
        assertThat(SwimCodec.encode(new SwimMessage.Ping(1 << 20, epoch, epoch, SwimMessage.NOT_ACCUSED)))
                .hasSizeLessThan(22);
        assertThat(SwimCodec.encode(new SwimMessage.Ack(1 << 20, false))).hasSizeLessThan(9);
    }

    @Test
    void skipsUnknownTypesAndUnknownEndsOfKnownOnes() {
        byte[] ping = SwimCodec.encode(new SwimMessage.Nack(5));
        SwimWriter writer = new SwimWriter();
        writer.array(new byte[]{99, 3, 1, 2, 3});
        writer.array(ping);
        writer.array(new byte[]{4, 3, 6, 77, 78});

        assertThat(SwimCodec.decode(writer.toArray())).containsExactly(new SwimMessage.Nack(5),
                new SwimMessage.Nack(6));
    }

    @Test
    void refusesWhatIsCutOff() {
        for (SwimMessage message : samples()) {
            byte[] encoded = SwimCodec.encode(message);
            for (int length = 1; length < encoded.length; length++) {
                assertThat(SwimCodec.decode(java.util.Arrays.copyOf(encoded, length))).isNull();
            }
        }
    }

    @Test
    void refusesNumbersOutOfTheirBounds() {
        assertThat(SwimCodec.decode(new byte[SwimCodec.BODY_BYTES_MAX + 1])).isNull();
        assertThat(SwimCodec.decode(new byte[]{4, 2, (byte) 0x85, 0})).as("not the shortest form").isNull();
        assertThat(SwimCodec.decode(new byte[]{3, 2, 1, 2})).as("a bit that is 2").isNull();
        assertThat(SwimCodec.decode(new byte[]{9, 1, 0})).as("no buckets").isNull();
        assertThat(SwimCodec.decode(new byte[]{9, 13, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
                .as("three buckets").isNull();
        assertThat(SwimCodec.decode(new byte[]{10, 4, 2, 1, 2, 0})).as("bucket 2 of 2").isNull();
        assertThat(SwimCodec.decode(SwimCodec.encode(new SwimMessage.Ping(1, SwimCodec.EPOCH_MAX, 1, -1)))).isNull();
        assertThat(SwimCodec.decode(SwimCodec.encode(new SwimMessage.Ping(1, 1, 1, SwimCodec.INCARNATION_MAX))))
                .isNull();
    }

    @Test
    void neverThrowsAndWhatItReadsItWritesAgain() {
        List<byte[]> samples = samples().stream().map(SwimCodec::encode).toList();
        Property.forAll(20_000, random -> check(Property.mutated(random, samples.get(random.nextInt(samples.size())))));
        Property.forAll(2_000, random -> check(Property.bytes(random, 200)));
    }

    /** What reads is what would be written. */
    static void check(byte[] body) {
        List<SwimMessage> messages = SwimCodec.decode(body);
        if (messages != null) {
            assertThat(SwimCodec.decode(together(messages))).isEqualTo(messages);
        }
    }
}
