package io.meshd.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class InnerPacketTest {
    private static byte[] v6(int payloadLength, int length) {
        byte[] packet = new byte[length];
        packet[0] = 0x60;
        packet[4] = (byte) (payloadLength >>> 8);
        packet[5] = (byte) payloadLength;
        return packet;
    }

    private static int trimmed(byte[] packet) {
        return InnerPacket.trimmedLength(packet, 0, packet.length);
    }

    @Test
    void cutsThePaddingOff() {
        assertThat(trimmed(Arrays.copyOf(Lab.ip(1, 2, 61), 64))).isEqualTo(61);
        assertThat(trimmed(v6(10, 64))).isEqualTo(50);
        assertThat(trimmed(v6(0, 40))).isEqualTo(40);
    }

    @Test
    void refusesPacketsThatClaimMoreThanCame() {
        assertThat(trimmed(Arrays.copyOf(Lab.ip(1, 2, 65), 64))).isEqualTo(InnerPacket.MALFORMED);
        assertThat(trimmed(v6(25, 64))).isEqualTo(InnerPacket.MALFORMED);
    }

    /** 65535 + 40 does not fit 16 bits, where it would be 39. */
    @Test
    void addsTheIpv6HeaderWithoutOverflow() {
        assertThat(trimmed(v6(65_535, 64))).isEqualTo(InnerPacket.MALFORMED);
        assertThat(trimmed(v6(65_535, 65_575))).isEqualTo(65_575);
    }

    @Test
    void refusesHeadersThatAreTooShort() {
        assertThat(trimmed(new byte[0])).isEqualTo(InnerPacket.MALFORMED);
        byte[] claimsNineteen = Lab.ip(1, 2, 20);
        claimsNineteen[3] = 19;
        assertThat(trimmed(claimsNineteen)).isEqualTo(InnerPacket.MALFORMED);
        assertThat(trimmed(v6(0, 39))).isEqualTo(InnerPacket.MALFORMED);
    }

    @Test
    void refusesWhatIsNeitherIpv4NorIpv6() {
        for (int version = 0; version < 16; version++) {
            byte[] packet = Lab.ip(1, 2, 40);
            packet[0] = (byte) (version << 4);
            assertThat(trimmed(packet) >= 0).isEqualTo(version == 4 || version == 6);
        }
    }

    @Test
    void inheritsTheEcnBitsAlone() {
        byte[] v4 = Lab.ip(1, 2, 20);
        v4[1] = (byte) 0xb9;
        byte[] v6 = v6(0, 40);
        v6[0] = 0x6b;
        v6[1] = (byte) 0xef;

        assertThat(InnerPacket.ecn(v4)).isEqualTo(1);
        assertThat(InnerPacket.ecn(v6)).isEqualTo(2);
        assertThat(InnerPacket.ecn(new byte[]{0x45, 3})).isZero();
        assertThat(InnerPacket.ecn(new byte[40])).isZero();
    }
}
