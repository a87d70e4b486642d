package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.testing.Property;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class IpPacketTest {
    private static final byte[] V4 = Packets.v4(Packets.A4, Packets.B4, 17, 0x4000, new byte[13]);
    private static final byte[] V6 = Packets.v6(Packets.A6, Packets.B6, 17, new byte[13]);

    @Test
    void readsTheFieldsOfBothFamilies() {
        for (int offset : new int[]{0, 1, 5}) {
            byte[] v4 = shifted(V4, offset);
            assertThat(IpPacket.version(v4, offset)).isEqualTo(4);
            assertThat(IpPacket.source(v4, offset)).isEqualTo(Packets.A4);
            assertThat(IpPacket.destination(v4, offset)).isEqualTo(Packets.B4);
            assertThat(IpPacket.totalLength(v4, offset)).isEqualTo(33);
            assertThat(IpPacket.protocol(v4, offset)).isEqualTo(17);
            assertThat(IpPacket.hopLimit(v4, offset)).isEqualTo(63);
            assertThat(IpPacket.mayBeFragmented(v4, offset)).isFalse();
            byte[] v6 = shifted(V6, offset);
            assertThat(IpPacket.isV6(v6, offset)).isTrue();
            assertThat(IpPacket.source(v6, offset)).isEqualTo(Packets.A6);
            assertThat(IpPacket.destination(v6, offset)).isEqualTo(Packets.B6);
            assertThat(IpPacket.destinationHigh(v6, offset)).isEqualTo(Packets.B6.high());
            assertThat(IpPacket.destinationLow(v6, offset)).isEqualTo(Packets.B6.low());
            assertThat(IpPacket.totalLength(v6, offset)).isEqualTo(53);
            assertThat(IpPacket.protocol(v6, offset)).isEqualTo(17);
            assertThat(IpPacket.hopLimit(v6, offset)).isEqualTo(62);
            assertThat(IpPacket.mayBeFragmented(v6, offset)).isFalse();
        }
        assertThat(IpPacket.mayBeFragmented(Packets.v4(Packets.A4, Packets.B4, 17, 0, new byte[0]), 0)).isTrue();
    }

    @Test
    void trimsThePaddingOfTunnels() {
        for (byte[] packet : new byte[][]{V4, V6}) {
            for (int padding = 0; padding < 16; padding++) {
                assertThat(IpPacket.check(Arrays.copyOf(packet, packet.length + padding), 0, packet.length + padding))
                        .isEqualTo(packet.length);
            }
        }
    }

    @Test
    void everyTruncationIsRefused() {
        for (byte[] packet : new byte[][]{V4, V6}) {
            for (int length = 0; length < packet.length; length++) {
                assertThat(IpPacket.check(packet, 0, length)).as("%d bytes", length).isEqualTo(-1);
                assertThat(IpPacket.check(Arrays.copyOf(packet, length), 0, length)).isEqualTo(-1);
            }
        }
    }

    @Test
    void refusesHeadersThatDoNotFit() {
        byte[] otherVersion = V4.clone();
        otherVersion[0] = 0x55;
        assertThat(IpPacket.check(otherVersion, 0, otherVersion.length)).isEqualTo(-1);
        byte[] shortHeader = V4.clone();
        shortHeader[0] = 0x44;
        assertThat(IpPacket.check(shortHeader, 0, shortHeader.length)).isEqualTo(-1);
        byte[] headerBeyondTotal = V4.clone();
        headerBeyondTotal[0] = 0x4f;
        assertThat(IpPacket.check(headerBeyondTotal, 0, headerBeyondTotal.length)).isEqualTo(-1);
        byte[] totalBelowHeader = V4.clone();
        totalBelowHeader[3] = 19;
        assertThat(IpPacket.check(totalBelowHeader, 0, totalBelowHeader.length)).isEqualTo(-1);
    }

    /** 65,535 + 40 does not fit into 16 bits; a sum cut to them would pass a short packet. */
    @Test
    void ipv6LengthsDoNotOverflow() {
        byte[] packet = Packets.v6(Packets.A6, Packets.B6, 17, new byte[65_535]);
        assertThat(IpPacket.check(packet, 0, packet.length)).isEqualTo(65_575);
        assertThat(IpPacket.check(packet, 0, packet.length - 1)).isEqualTo(-1);
        assertThat(IpPacket.check(Arrays.copyOf(packet, 60), 0, 60)).isEqualTo(-1);
    }

    @Test
    void trafficClassIsSetAndNothingElse() {
        Property.forAll(500, random -> {
            for (boolean v6 : new boolean[]{false, true}) {
                byte[] packet = Packets.ip(v6, 17, Packets.random(random, 20));
                IpPacket.setTrafficClass(packet, 0, random.nextInt(256));
                byte[] before = packet.clone();
                int dscp = IpPacket.dscp(packet, 0);
                int ecn = random.nextInt(4);
                IpPacket.setEcn(packet, 0, ecn);
                assertThat(IpPacket.ecn(packet, 0)).isEqualTo(ecn);
                assertThat(IpPacket.dscp(packet, 0)).isEqualTo(dscp);
                IpPacket.setDscp(packet, 0, 63 - dscp);
                assertThat(IpPacket.dscp(packet, 0)).isEqualTo(63 - dscp);
                assertThat(IpPacket.trafficClass(packet, 0)).isEqualTo((63 - dscp) * 4 + ecn);
                assertThat(v6 || Packets.isHeaderSumRight(packet)).isTrue();
                IpPacket.setTrafficClass(packet, 0, IpPacket.trafficClass(before, 0));
                assertThat(packet).isEqualTo(before);
            }
        });
    }

    private static byte[] shifted(byte[] packet, int offset) {
        byte[] shifted = new byte[offset + packet.length];
        System.arraycopy(packet, 0, shifted, offset, packet.length);
        return shifted;
    }
}
