package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.meshd.identity.Bytes;
import io.meshd.identity.IpAddress;
import io.meshd.testing.Property;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every reader of this module on any bytes: none throws, and what is read has one form. */
class ProtocolFuzzTest {
    @FuzzTest
    void readsFrames(byte[] packet) {
        if (FrameCodec.decode(packet, 0, packet.length) instanceof Decoded.Message(List<Frame> frames)
                && frames.stream().noneMatch(Frame.Unknown.class::isInstance)) {
            byte[] again = FrameCodec.encode(frames);
            assertThat(FrameCodec.decode(again, 0, again.length)).isEqualTo(new Decoded.Message<>(frames));
        }
    }

    @FuzzTest
    void readsNodeRecords(byte[] bytes) {
        if (NodeRecordCodec.decode(bytes, 0, bytes.length) instanceof Decoded.Message(NodeRecord record)) {
            byte[] again = NodeRecordCodec.encode(record);
            assertThat(again).isEqualTo(Arrays.copyOf(bytes, again.length));
            assertThat(record.verify()).isIn(true, false);
        }
    }

    @FuzzTest
    void readsInvitations(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        for (String typed : List.of(text, InvitationToken.SCHEME + text,
                InvitationToken.SCHEME + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes))) {
            if (InvitationToken.read(typed) instanceof InvitationToken.Genuine(InvitationToken token)) {
                // What is genuine was signed, and has one form.
                assertThat(token.text()).isEqualTo(typed.strip());
                token.destroy();
            }
        }
        Introduction introduction = Introduction.decode(bytes);
        if (introduction != null) {
            byte[] again = introduction.encode();
            assertThat(again).isEqualTo(Arrays.copyOf(bytes, again.length));
            assertThat(introduction.verify()).isIn(true, false);
        }
    }

    @FuzzTest
    void readsPackets(byte[] bytes) {
        assertThat(DatagramKind.of(bytes, 0, bytes.length)).isNotNull();
        int length = IpPacket.check(bytes, 0, bytes.length);
        assertThat(length).isBetween(-1, bytes.length);
        if (length > 0) {
            boolean v6 = IpPacket.isV6(bytes, 0);
            IpAddress from = v6 ? Packets.A6 : Packets.A4;
            assertAnswer(IcmpPackets.unreachable(IcmpPackets.Unreachable.HOST, bytes, 0, bytes.length, from));
            assertAnswer(IcmpPackets.tooBig(bytes, 0, bytes.length, from, 1280));
            TcpMss.clamp(bytes, 0, length, 1280);
            Ecn.decapsulate(Ecn.CE, bytes, 0);
            assertThat(IpPacket.check(bytes, 0, bytes.length)).isEqualTo(length);
        }
    }

    private static void assertAnswer(byte @Nullable [] answer) {
        if (answer != null) {
            assertThat(IpPacket.check(answer, 0, answer.length)).isEqualTo(answer.length);
            assertThat(IcmpPackets.unreachable(IcmpPackets.Unreachable.HOST, answer, 0, answer.length,
                    IpPacket.isV6(answer, 0) ? Packets.A6 : Packets.A4)).isNull();
        }
    }

    @FuzzTest
    void reassembles(byte[] script) {
        Reassembler reassembler = new Reassembler();
        long now = 0;
        for (int at = 0; at + 5 <= script.length; at += 5) {
            now += (script[at] & 0xff) * 10_000_000L;
            Bytes piece = Bytes.copyOf(new byte[(script[at + 4] & 0xff) * 256]);
            reassembler.accept(now, new Frame.Fragment(script[at + 1] % 12, script[at + 2], script[at + 3], piece));
            assertThat(reassembler.heldBytes()).isBetween(0, Reassembler.HELD_BYTES_MAX);
            assertThat(reassembler.messagesInProgress()).isBetween(0, Reassembler.MESSAGES_MAX);
        }
    }

    @Test
    void survivesMutatedPackets() {
        byte[][] originals = {Packets.tcp(false, 2, new byte[]{2, 4, 5, -76}, new byte[5]),
                Packets.tcp(true, 2, new byte[]{1, 2, 4, 5, -76, 1, 1, 1}, new byte[5]),
                Packets.ip(true, 60, new byte[]{58, 0, 0, 0, 0, 0, 0, 0, (byte) 128, 0, 0, 0, 0, 0, 0, 0}),
                Packets.ip(true, 44, new byte[]{6, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9}),
                Packets.ip(false, 1, new byte[]{8, 0, 0, 0, 0, 0, 0, 0})};
        Property.forAll(20_000,
                random -> readsPackets(Property.mutated(random, originals[random.nextInt(originals.length)])));
    }

    @Test
    void survivesRandomFragments() {
        Property.forAll(2_000, random -> reassembles(Property.bytes(random, 400)));
    }
}
