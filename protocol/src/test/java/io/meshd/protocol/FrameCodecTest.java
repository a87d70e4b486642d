package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.testing.Property;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FrameCodecTest {
    private static final Decoded<List<Frame>> MALFORMED = new Decoded.Malformed<>(DropReason.MALFORMED);
    private static final byte[] PROBE = HexFormat.of().parseHex("10060800" + "0807060504030201");

    @Test
    void readsWhatItWrites() {
        Property.forAll(500, random -> {
            List<Frame> frames = Samples.frames(random);
            assertThat(decode(FrameCodec.encode(frames))).isEqualTo(new Decoded.Message<>(frames));
        });
    }

    /** Written out by hand from the description of the format: a change here breaks every node that runs. */
    @Test
    void bytesAreThoseOfTheDescription() {
        assertBytes(new Frame.Membership(Bytes.copyOf(new byte[]{1, 2, 3})), "10020300" + "010203");
        assertBytes(new Frame.EchoRequest(1, 2, Bytes.copyOf(new byte[]{9})),
                "10030b00" + "01000000" + "02000000" + "0100" + "09");
        assertBytes(new Frame.EchoReply(0x01020304, 5, Bytes.EMPTY), "10040a00" + "04030201" + "05000000" + "0000");
        assertBytes(new Frame.PathProbe(0x0102030405060708L), "10060800" + "0807060504030201");
        assertBytes(new Frame.PathProbeReply(1, new InetSocketAddress("192.0.2.1", 51821)),
                "10070f00" + "0100000000000000" + "04" + "c0000201" + "6dca");
        assertBytes(new Frame.PathProbeReply(1, new InetSocketAddress("2001:db8::1", 1)),
                "10071b00" + "0100000000000000" + "06" + "20010db8000000000000000000000001" + "0100");
        assertBytes(new Frame.PathProbeReply(1, null), "10070900" + "0100000000000000" + "00");
        assertBytes(new Frame.Fragment(7, 2, 3, Bytes.copyOf(new byte[]{5, 6})),
                "10080a00" + "07000000" + "02" + "03" + "0200" + "0506");
        assertBytes(new Frame.Knock(Bytes.copyOf(new byte[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}),
                new InetSocketAddress("192.0.2.1", 51821)),
                "10101300" + "0102030405060708090a0b0c" + "04" + "c0000201"
                        + "6dca");
        assertBytes(new Frame.CallBack(45), "10120200" + "2d00");
        Frame.Leave leave = LeaveStatement.sign(Identity.ofSeed(new byte[32]), 3);
        assertBytes(leave, "10056800" + HexFormat.of().formatHex(leave.node().bytes()) + "0300000000000000"
                + leave.signature());
    }

    @Test
    void relayFramesAreThoseOfTheDescription() {
        PublicKey peer = Identity.ofSeed(new byte[32]).publicKey();
        String key = HexFormat.of().formatHex(peer.bytes());
        assertBytes(new Frame.RelayOpen(peer), "10092000" + key);
        assertBytes(new Frame.RelayChannel(0x01020304, peer), "100a2400" + "04030201" + key);
        String keepalive = "04000000" + "11111111" + "2222222222222222" + "33".repeat(16);
        Bytes message = Bytes.copyOf(HexFormat.of().parseHex(keepalive));
        assertBytes(new Frame.RelayedMessage(false, 0x01020304, message), "100b2400" + "04030201" + keepalive);
        assertBytes(new Frame.RelayedMessage(true, 0x01020304, message), "100b2400" + "04030281" + keepalive);
        assertBytes(new Frame.RelayClose(true, 0, RelayReason.QUOTA, peer), "100c2500" + "00000080" + "05" + key);
        assertBytes(new Frame.RelayClose(false, 7, RelayReason.WHICH, null), "100c0500" + "07000000" + "07");
    }

    @Test
    void relaysCarryWholeWireGuardMessagesOnly() {
        Property.forAll(500, random -> {
            byte[] packet = FrameCodec.encode(new Frame.RelayedMessage(false, 5, Samples.message(random)));
            int type = packet[8];
            if (type != 4) {
                assertThat(decode(withBody(packet, packet.length - 5))).isEqualTo(MALFORMED);
                assertThat(decode(withBody(packet, packet.length - 3))).isEqualTo(MALFORMED);
            }
            packet[8 + random.nextInt(4)] ^= (byte) (1 << random.nextInt(3, 8));
            assertThat(decode(packet)).isEqualTo(MALFORMED);
        });
        byte[] channelZero = FrameCodec
                .encode(new Frame.RelayedMessage(true, 1, Samples.message(new SplittableRandom(1))));
        channelZero[4] = 0;
        assertThat(decode(channelZero)).isEqualTo(MALFORMED);
    }

    @Test
    void headerOfRelayDataIsThatOfTheFrame() {
        Property.forAll(500, random -> {
            Bytes message = Samples.message(random);
            int channel = Samples.channel(random);
            boolean fromRelay = random.nextBoolean();
            byte[] packet = new byte[3 + RelayHeader.BYTES + message.length() + random.nextInt(16)];
            RelayHeader.write(packet, 3, fromRelay, channel, message.length());
            message.copyInto(packet, 3 + RelayHeader.BYTES);
            assertThat(FrameCodec.decode(packet, 3, packet.length - 3))
                    .isEqualTo(new Decoded.Message<>(List.of(new Frame.RelayedMessage(fromRelay, channel, message))));
            assertThat(RelayHeader.messageLength(packet, 3, packet.length - 3)).isEqualTo(message.length());
            assertThat(RelayHeader.wordAt(packet, 3)).isEqualTo(RelayHeader.word(fromRelay, channel));
            assertThat(RelayHeader.messageLength(packet, 3, RelayHeader.BYTES + message.length() - 1)).isEqualTo(-1);
        });
        byte[] probe = FrameCodec.encode(new Frame.PathProbe(1));
        assertThat(RelayHeader.messageLength(probe, 0, probe.length)).isEqualTo(-1);
    }

    @Test
    void unknownReasonsEndTheChannel() {
        byte[] close = FrameCodec.encode(new Frame.RelayClose(true, 7, RelayReason.REFUSED, null));
        close[8] = (byte) 200;
        assertThat(decode(close)).isEqualTo(
                new Decoded.Message<>(List.of(new Frame.RelayClose(true, 7, RelayReason.GONE, null))));
    }

    private static void assertBytes(Frame frame, String hex) {
        assertThat(FrameCodec.encode(frame)).asHexString().isEqualToIgnoringCase(hex);
        assertThat(decode(HexFormat.of().parseHex(hex))).isEqualTo(new Decoded.Message<>(List.of(frame)));
    }

    @Test
    void isToldFromIpByTheFirstNibble() {
        for (int first = 0; first < 256; first++) {
            assertThat(FrameCodec.isFrames((byte) first)).isEqualTo(first >>> 4 == 1);
        }
        assertThat(FrameCodec.isFrames(FrameCodec.encode(new Frame.PathProbe(1))[0])).isTrue();
    }

    @Test
    void paddingEndsTheSequence() {
        for (int padding = 0; padding < 20; padding++) {
            byte[] padded = Arrays.copyOf(PROBE, PROBE.length + padding);
            assertThat(decode(padded)).isEqualTo(decode(PROBE));
        }
        byte[] paddedWithRubbish = Arrays.copyOf(PROBE, PROBE.length + 5);
        paddedWithRubbish[PROBE.length + 1] = 99;
        assertThat(decode(paddedWithRubbish)).isEqualTo(decode(PROBE));
    }

    @Test
    void readsInTheMiddleOfABuffer() {
        byte[] buffer = new byte[PROBE.length + 9];
        Arrays.fill(buffer, (byte) 0x55);
        System.arraycopy(PROBE, 0, buffer, 4, PROBE.length);
        assertThat(FrameCodec.decode(buffer, 4, PROBE.length)).isEqualTo(decode(PROBE));
    }

    @Test
    void unknownTypesAreSkipped() {
        for (int type : new int[]{0, 15, 17, 255}) {
            byte[] unknown = {0x10, (byte) type, 3, 0, 1, 2, 3};
            assertThat(decode(joined(unknown, PROBE)))
                    .isEqualTo(new Decoded.Message<>(List.of(new Frame.Unknown(type),
                            new Frame.PathProbe(0x0102030405060708L))));
        }
    }

    @Test
    void oneBadFrameSpoilsThePacket() {
        byte[] foreignMarker = PROBE.clone();
        foreignMarker[0] = 0x11;
        assertThat(decode(joined(PROBE, foreignMarker))).isEqualTo(MALFORMED);
        byte[] tooLong = PROBE.clone();
        tooLong[2]++;
        assertThat(decode(joined(PROBE, tooLong))).isEqualTo(MALFORMED);
        assertThat(decode(new byte[0])).isEqualTo(MALFORMED);
        assertThat(decode(new byte[16])).isEqualTo(MALFORMED);
    }

    @Test
    void everyTruncationIsMalformed() {
        Property.forAll(50, random -> {
            byte[] packet = FrameCodec.encode(Samples.frame(random));
            for (int length = 0; length < packet.length; length++) {
                assertThat(FrameCodec.decode(packet, 0, length)).as("cut to %d", length).isEqualTo(MALFORMED);
            }
        });
    }

    @Test
    void everyShorterBodyIsMalformed() {
        Property.forAll(50, random -> {
            Frame frame = Samples.frame(random);
            byte[] packet = FrameCodec.encode(frame);
            for (int body = 0; body < packet.length - 4 && !endsWithItsFrame(frame); body++) {
                assertThat(decode(withBody(packet, body))).as("body of %d", body).isEqualTo(MALFORMED);
            }
        });
    }

    /** Whether the length of its content is that of the frame, so that nothing can be added or left out. */
    private static boolean endsWithItsFrame(Frame frame) {
        return frame instanceof Frame.Membership || frame instanceof Frame.RelayedMessage;
    }

    @Test
    void takesNoMoreFramesThanItsBound() {
        List<Frame> most = Collections.nCopies(FrameCodec.FRAMES_MAX, new Frame.PathProbe(0x0102030405060708L));
        byte[] packet = FrameCodec.encode(most);
        assertThat(decode(packet)).isEqualTo(new Decoded.Message<>(most));
        assertThat(decode(joined(packet, PROBE))).isEqualTo(new Decoded.Malformed<>(DropReason.OVERFLOW));
        assertThatIllegalArgumentException().isThrownBy(
                () -> FrameCodec.encode(Collections.nCopies(FrameCodec.FRAMES_MAX + 1, new Frame.PathProbe(1))));
        assertThatIllegalArgumentException().isThrownBy(() -> FrameCodec.encode(List.of()));
    }

    @Test
    void writesNothingThatItWouldNotRead() {
        Bytes piece = Bytes.copyOf(new byte[]{1});
        for (Frame frame : List.of(new Frame.Unknown(3), new Frame.Membership(Bytes.copyOf(new byte[65_536])),
                new Frame.EchoRequest(1, 1, Bytes.copyOf(new byte[65_526])), new Frame.Fragment(1, 1, 1, piece),
                new Frame.Fragment(1, -1, 1, piece), new Frame.Fragment(1, 0, 256, piece),
                new Frame.Fragment(1, 0, 1, Bytes.EMPTY), new Frame.Leave(Identity.ofSeed(new byte[32]).publicKey(), 1,
                        Bytes.EMPTY),
                new Frame.PathProbeReply(1, new InetSocketAddress("192.0.2.1", 0)),
                new Frame.PathProbeReply(1, InetSocketAddress.createUnresolved("example.org", 1)))) {
            assertThatIllegalArgumentException().isThrownBy(() -> FrameCodec.encode(frame));
        }
    }

    @Test
    void observedAddressesHaveOneForm() {
        String v4InV6 = "10071b00" + "0100000000000000" + "06" + "00000000000000000000ffffc0000201" + "0100";
        String family5 = "10070f00" + "0100000000000000" + "05" + "c0000201" + "6dca";
        String multicast = "10070f00" + "0100000000000000" + "04" + "e0000201" + "6dca";
        for (String hex : List.of(v4InV6, family5, multicast)) {
            assertThat(decode(HexFormat.of().parseHex(hex))).isEqualTo(MALFORMED);
        }
    }

    /**
     * A later version adds a field to the end of every body, which this version must not mind, and reads what this
     * version writes without that field.
     */
    @Test
    void oldAndNewVersionsUnderstandEachOther() {
        Property.forAll(200, random -> {
            Frame frame = Samples.frame(random);
            byte[] old = FrameCodec.encode(frame);
            if (!endsWithItsFrame(frame)) {
                byte[] addition = {1, 2, 3};
                byte[] later = withBody(joined(old, addition), old.length - 4 + addition.length);
                byte[] laterFrame = {0x10, 99, 2, 0, 7, 7};
                assertThat(decode(joined(laterFrame, later)))
                        .isEqualTo(new Decoded.Message<>(List.of(new Frame.Unknown(99), frame)));
            }
        });
    }

    @Test
    void survivesMutation() {
        Property.forAll(20_000, random -> {
            byte[] packet = Property.mutated(random, FrameCodec.encode(FRAMES.get(random.nextInt(FRAMES.size()))));
            if (decode(packet) instanceof Decoded.Message(var frames)
                    && frames.stream().noneMatch(Frame.Unknown.class::isInstance)) {
                assertThat(decode(FrameCodec.encode(frames))).isEqualTo(new Decoded.Message<>(frames));
            }
        });
    }

    private static final List<Frame> FRAMES = sampleFrames();

    private static List<Frame> sampleFrames() {
        SplittableRandom random = new SplittableRandom(5);
        return Stream.generate(() -> Samples.frame(random)).limit(64).toList();
    }

    private static Decoded<List<Frame>> decode(byte[] packet) {
        return FrameCodec.decode(packet, 0, packet.length);
    }

    private static byte[] withBody(byte[] packet, int bodyLength) {
        byte[] changed = Arrays.copyOf(packet, bodyLength + 4);
        changed[2] = (byte) bodyLength;
        changed[3] = (byte) (bodyLength >>> 8);
        return changed;
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
