package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.meshd.identity.IpAddress;
import io.meshd.protocol.IcmpPackets.Unreachable;
import io.meshd.testing.Property;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IcmpPacketsTest {
    private static final IpAddress NODE4 = IpAddress.of(new byte[]{10, 42, 1, 1});
    private static final IpAddress NODE6 = new IpAddress(true, 0xfd99_6d67_0000_0000L, 1);

    @Test
    void tellsTheSenderWhy() {
        int[][] codes = {{0, 0}, {1, 3}, {13, 1}};
        for (Unreachable reason : Unreachable.values()) {
            byte[] v4 = unreachable(reason, Packets.ip(false, 17, new byte[20]));
            assertThat(v4[20]).isEqualTo((byte) 3);
            assertThat(v4[21]).isEqualTo((byte) codes[reason.ordinal()][0]);
            byte[] v6 = unreachable(reason, Packets.ip(true, 17, new byte[20]));
            assertThat(v6[40]).isEqualTo((byte) 1);
            assertThat(v6[41]).isEqualTo((byte) codes[reason.ordinal()][1]);
        }
    }

    @Test
    void goesFromTheNodeToTheSenderAndQuotesThePacket() {
        Property.forAll(300, random -> {
            for (boolean v6 : new boolean[]{false, true}) {
                byte[] offending = Packets.ip(v6, 17, Packets.random(random, random.nextInt(1500)));
                byte[] padded = new byte[3 + offending.length + 5];
                System.arraycopy(offending, 0, padded, 3, offending.length);
                byte[] answer = Objects.requireNonNull(IcmpPackets.unreachable(Unreachable.HOST, padded, 3,
                        offending.length + 5, v6 ? NODE6 : NODE4));
                assertIsAnswerTo(offending, answer, v6);
            }
        });
    }

    private static void assertIsAnswerTo(byte[] offending, byte[] answer, boolean v6) {
        int icmpAt = v6 ? 40 : 20;
        int largest = v6 ? 1280 : 576;
        assertThat(IpPacket.check(answer, 0, answer.length)).isEqualTo(answer.length);
        assertThat(IpPacket.source(answer, 0)).isEqualTo(v6 ? NODE6 : NODE4);
        assertThat(IpPacket.destination(answer, 0)).isEqualTo(v6 ? Packets.A6 : Packets.A4);
        assertThat(IpPacket.protocol(answer, 0)).isEqualTo(v6 ? 58 : 1);
        assertThat(answer).hasSize(Math.min(largest, icmpAt + 8 + offending.length));
        int quoted = answer.length - icmpAt - 8;
        assertThat(Arrays.copyOfRange(answer, icmpAt + 8, answer.length)).isEqualTo(Arrays.copyOf(offending, quoted));
        if (v6) {
            assertThat(Packets.isTransportSumRight(answer, 40, 58)).isTrue();
        } else {
            assertThat(Packets.isHeaderSumRight(answer)).isTrue();
            assertThat(Packets.naiveSum(answer, 20, answer.length - 20)).isEqualTo(0xffff);
        }
    }

    @Test
    void tellsWhatFits() {
        byte[] v4 = Objects.requireNonNull(tooBig(Packets.ip(false, 17, new byte[1400]), 1380));
        assertThat(ByteBuffer.wrap(v4).getInt(20) >>> 16).isEqualTo(0x0304);
        assertThat(ByteBuffer.wrap(v4).getInt(24)).isEqualTo(1380);
        assertIsAnswerTo(Packets.ip(false, 17, new byte[1400]), v4, false);
        byte[] v6 = Objects.requireNonNull(tooBig(Packets.ip(true, 17, new byte[1400]), 1380));
        assertThat(ByteBuffer.wrap(v6).getInt(40) >>> 16).isEqualTo(0x0200);
        assertThat(ByteBuffer.wrap(v6).getInt(44)).isEqualTo(1380);
        assertIsAnswerTo(Packets.ip(true, 17, new byte[1400]), v6, true);
    }

    @Test
    void ipv6IsNeverToldLessThanItsLeast() {
        byte[] v6 = Objects.requireNonNull(tooBig(Packets.ip(true, 17, new byte[1400]), 1000));
        assertThat(ByteBuffer.wrap(v6).getInt(44)).isEqualTo(1280);
    }

    @Test
    void sendersThatAllowFragmentsAreNotTold() {
        assertThat(tooBig(Packets.v4(Packets.A4, Packets.B4, 17, 0, new byte[1400]), 1300)).isNull();
    }

    @Test
    void errorsGetNoErrors() {
        for (int type = 0; type < 256; type++) {
            byte[] icmp = {(byte) type, 0, 0, 0, 0, 0, 0, 0};
            boolean v4Error = List.of(3, 4, 5, 11, 12).contains(type);
            assertThat(answer(Packets.ip(false, 1, icmp)) == null).as("ICMP %d", type).isEqualTo(v4Error);
            boolean v6Error = type < 128 || type == 137;
            assertThat(answer(Packets.ip(true, 58, icmp)) == null).as("ICMPv6 %d", type).isEqualTo(v6Error);
            byte[] hidden = new byte[16];
            hidden[0] = 58;
            hidden[8] = (byte) type;
            assertThat(answer(Packets.ip(true, 60, hidden)) == null).as("behind options").isEqualTo(v6Error);
        }
        assertThat(answer(Packets.ip(false, 1, new byte[0]))).isNull();
        assertThat(answer(Packets.ip(true, 58, new byte[0]))).isNull();
    }

    @Test
    void laterFragmentsGetNoErrors() {
        assertThat(answer(Packets.v4(Packets.A4, Packets.B4, 17, 0x2000, new byte[8]))).isNotNull();
        assertThat(answer(Packets.v4(Packets.A4, Packets.B4, 17, 0x2001, new byte[8]))).isNull();
        byte[] first = {17, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9};
        assertThat(answer(Packets.ip(true, 44, first))).isNotNull();
        byte[] later = first.clone();
        later[3] = 9;
        assertThat(answer(Packets.ip(true, 44, later))).isNull();
    }

    @Test
    void onlySingleHostsAreAnsweredAndAnsweredFor() {
        for (byte[] source : new byte[][]{{0, 0, 0, 0}, {127, 0, 0, 1}, {(byte) 224, 0, 0, 1}, {-1, -1, -1, -1},
                {(byte) 240, 0, 0, 1}}) {
            assertThat(answer(Packets.v4(IpAddress.of(source), Packets.B4, 17, 0x4000, new byte[8]))).isNull();
        }
        for (byte[] destination : new byte[][]{{(byte) 224, 0, 0, (byte) 251}, {-1, -1, -1, -1}}) {
            assertThat(answer(Packets.v4(Packets.A4, IpAddress.of(destination), 17, 0x4000, new byte[8]))).isNull();
        }
        IpAddress multicast = new IpAddress(true, 0xff02_0000_0000_0000L, 1);
        for (IpAddress source : List.of(new IpAddress(true, 0, 0), new IpAddress(true, 0, 1), multicast)) {
            assertThat(answer(Packets.v6(source, Packets.B6, 17, new byte[8]))).isNull();
        }
        assertThat(answer(Packets.v6(Packets.A6, multicast, 17, new byte[8]))).isNull();
        assertThat(answer(Packets.v6(new IpAddress(true, 0, 2), Packets.B6, 17, new byte[8]))).isNotNull();
    }

    @Test
    void extensionChainsAreBounded() {
        byte[] endless = new byte[400];
        assertThat(answer(Packets.ip(true, 0, endless))).isNull();
        byte[] pastTheEnd = {17, 5, 0, 0, 0, 0, 0, 0};
        assertThat(answer(Packets.ip(true, 60, pastTheEnd))).isNull();
        assertThat(answer(Packets.ip(true, 60, new byte[3]))).isNull();
        byte[] authentication = new byte[24];
        authentication[0] = 17;
        authentication[1] = 4;
        assertThat(answer(Packets.ip(true, 51, authentication))).isNotNull();
    }

    @Test
    void nonsenseGetsNoErrors() {
        assertThat(answer(new byte[0])).isNull();
        assertThat(answer(new byte[60])).isNull();
    }

    @Test
    void answersInTheFamilyOfThePacketOnly() {
        byte[] v4 = Packets.ip(false, 17, new byte[8]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IcmpPackets.unreachable(Unreachable.HOST, v4, 0, v4.length, NODE6));
    }

    private static byte[] unreachable(Unreachable reason, byte[] packet) {
        return Objects.requireNonNull(IcmpPackets.unreachable(reason, packet, 0, packet.length,
                IpPacket.isV6(packet, 0) ? NODE6 : NODE4));
    }

    private static byte @Nullable [] answer(byte[] packet) {
        boolean v6 = packet.length > 0 && IpPacket.isV6(packet, 0);
        return IcmpPackets.unreachable(Unreachable.NETWORK, packet, 0, packet.length, v6 ? NODE6 : NODE4);
    }

    private static byte @Nullable [] tooBig(byte[] packet, int mtu) {
        return IcmpPackets.tooBig(packet, 0, packet.length, IpPacket.isV6(packet, 0) ? NODE6 : NODE4, mtu);
    }
}
