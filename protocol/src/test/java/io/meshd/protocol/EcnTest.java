package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EcnTest {
    /** RFC 6040 figure 4, row by row: inner, then the result for outer Not-ECT, ECT(0), ECT(1), CE. */
    @ParameterizedTest
    @CsvSource({"0, 0, 0, 0, -1", "2, 2, 2, 1, 3", "1, 1, 1, 1, 3", "3, 3, 3, 3, 3"})
    void combinesAsTheStandardSays(int inner, int notEct, int ect0, int ect1, int ce) {
        for (int dscp = 0; dscp < 256; dscp += 36) {
            assertThat(Ecn.combine(dscp + Ecn.NOT_ECT, inner)).isEqualTo(notEct);
            assertThat(Ecn.combine(dscp + Ecn.ECT_0, inner + 184)).isEqualTo(ect0);
            assertThat(Ecn.combine(dscp + Ecn.ECT_1, inner)).isEqualTo(ect1);
            assertThat(Ecn.combine(dscp + Ecn.CE, inner + 184)).isEqualTo(ce);
        }
    }

    @Test
    void theOuterHeaderShowsNoDscp() {
        for (int trafficClass = 0; trafficClass < 256; trafficClass++) {
            assertThat(Ecn.outer(trafficClass)).isEqualTo(trafficClass % 4);
        }
    }

    @Test
    void marksThePacketInPlace() {
        for (boolean v6 : new boolean[]{false, true}) {
            byte[] packet = Packets.ip(v6, 17, new byte[8]);
            IpPacket.setTrafficClass(packet, 0, 184 + Ecn.ECT_0);
            assertThat(Ecn.decapsulate(Ecn.CE, packet, 0)).isTrue();
            assertThat(IpPacket.trafficClass(packet, 0)).isEqualTo(184 + Ecn.CE);
            assertThat(v6 || Packets.isHeaderSumRight(packet)).isTrue();
            assertThat(Ecn.decapsulate(Ecn.NOT_ECT, packet, 0)).isTrue();
            assertThat(IpPacket.ecn(packet, 0)).isEqualTo(Ecn.CE);
            IpPacket.setEcn(packet, 0, Ecn.NOT_ECT);
            assertThat(Ecn.decapsulate(Ecn.CE, packet, 0)).isFalse();
            assertThat(Ecn.decapsulate(Ecn.ECT_1, packet, 0)).isTrue();
            assertThat(IpPacket.ecn(packet, 0)).isEqualTo(Ecn.NOT_ECT);
        }
    }
}
