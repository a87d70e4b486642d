package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.testing.Property;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class TcpMssTest {
    private static final int SYN = 2;
    private static final byte[] MSS_1460 = HexFormat.of().parseHex("020405b4");

    @Test
    void lowersTheOptionAndMendsTheChecksum() {
        for (boolean v6 : new boolean[]{false, true}) {
            byte[] packet = Packets.tcp(v6, SYN, MSS_1460, new byte[0]);
            int tcp = v6 ? 40 : 20;
            assertThat(TcpMss.clamp(packet, 0, packet.length, 1420)).isTrue();
            assertThat(InternetChecksum.wordAt(packet, tcp + 22)).isEqualTo(v6 ? 1360 : 1380);
            assertThat(Packets.isTransportSumRight(packet, tcp, 6)).isTrue();
            assertThat(TcpMss.clamp(packet, 0, packet.length, 1420)).isFalse();
        }
    }

    @Test
    void neverRaises() {
        byte[] packet = Packets.tcp(false, SYN, MSS_1460, new byte[0]);
        byte[] before = packet.clone();
        assertThat(TcpMss.clamp(packet, 0, packet.length, 1500)).isFalse();
        assertThat(packet).isEqualTo(before);
    }

    @Test
    void touchesOnlySegmentsThatOpenAConnection() {
        byte[] ack = Packets.tcp(false, 0x10, MSS_1460, new byte[0]);
        assertThat(TcpMss.clamp(ack, 0, ack.length, 1000)).isFalse();
        byte[] synAck = Packets.tcp(false, 0x12, MSS_1460, new byte[0]);
        assertThat(TcpMss.clamp(synAck, 0, synAck.length, 1000)).isTrue();
        byte[] udp = Packets.tcp(false, SYN, MSS_1460, new byte[0]);
        udp[9] = 17;
        assertThat(TcpMss.clamp(udp, 0, udp.length, 1000)).isFalse();
        byte[] laterFragment = Packets.tcp(false, SYN, MSS_1460, new byte[0]);
        laterFragment[7] = 1;
        assertThat(TcpMss.clamp(laterFragment, 0, laterFragment.length, 1000)).isFalse();
    }

    @Test
    void findsTheOptionBetweenOthersAlsoAtOddPlaces() {
        for (String options : new String[]{"01020405b4010100", "0101020405b40100", "0402020405b40000",
                "080a0000000100000002020405b401020000", "01030307020405b4"}) {
            byte[] padded = Arrays.copyOf(HexFormat.of().parseHex(options), (options.length() / 2 + 3) / 4 * 4);
            byte[] packet = Packets.tcp(true, SYN, padded, new byte[]{1, 2, 3});
            assertThat(TcpMss.clamp(packet, 0, packet.length, 1300)).as(options).isTrue();
            assertThat(HexFormat.of().formatHex(packet)).contains("020404d8");
            assertThat(Packets.isTransportSumRight(packet, 40, 6)).as(options).isTrue();
        }
    }

    @Test
    void leavesBrokenOptionsAlone() {
        for (String options : new String[]{"00020405b4000000", "0200000000000000", "0201000000000000",
                "0203050000000000", "02ff05b400000000", "0800000000000000", "0101010101010102"}) {
            byte[] packet = Packets.tcp(false, SYN, HexFormat.of().parseHex(options), new byte[0]);
            byte[] before = packet.clone();
            assertThat(TcpMss.clamp(packet, 0, packet.length, 100)).as(options).isFalse();
            assertThat(packet).isEqualTo(before);
        }
        byte[] offsetBeyondPacket = Packets.tcp(false, SYN, MSS_1460, new byte[0]);
        offsetBeyondPacket[32] = (byte) 0xf0;
        assertThat(TcpMss.clamp(offsetBeyondPacket, 0, offsetBeyondPacket.length, 1000)).isFalse();
        byte[] tinyMtu = Packets.tcp(false, SYN, MSS_1460, new byte[0]);
        assertThat(TcpMss.clamp(tinyMtu, 0, tinyMtu.length, 40)).isFalse();
    }

    @Test
    void looksPastExtensionHeaders() {
        byte[] plain = Packets.tcp(true, SYN, MSS_1460, new byte[0]);
        byte[] segment = Arrays.copyOfRange(plain, 40, plain.length);
        byte[] extended = new byte[24 + segment.length];
        extended[0] = 44;
        extended[1] = 1;
        extended[16] = 6;
        System.arraycopy(segment, 0, extended, 24, segment.length);
        byte[] packet = Packets.v6(Packets.A6, Packets.B6, 0, extended);
        assertThat(TcpMss.clamp(packet, 0, packet.length, 1300)).isTrue();
        assertThat(InternetChecksum.wordAt(packet, 40 + 24 + 22)).isEqualTo(1240);
    }

    @Test
    void checksumsStayRightForAnyContent() {
        Property.forAll(2_000, random -> {
            byte[] options = new byte[12];
            Arrays.fill(options, (byte) 1);
            int at = random.nextInt(8);
            options[at] = 2;
            options[at + 1] = 4;
            options[at + 2] = (byte) random.nextInt();
            options[at + 3] = (byte) random.nextInt();
            boolean v6 = random.nextBoolean();
            byte[] packet = Packets.tcp(v6, SYN, options, Packets.random(random, random.nextInt(9)));
            int mtu = random.nextInt(61, 2000);
            int before = InternetChecksum.wordAt(packet, (v6 ? 60 : 40) + at + 2);
            assertThat(TcpMss.clamp(packet, 0, packet.length, mtu)).isEqualTo(before > mtu - (v6 ? 60 : 40));
            assertThat(Packets.isTransportSumRight(packet, v6 ? 40 : 20, 6)).isTrue();
        });
    }
}
