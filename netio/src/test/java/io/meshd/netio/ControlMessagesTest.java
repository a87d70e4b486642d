package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ControlMessagesTest {
    private final ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());
    private final ControlMessages control = new ControlMessages();

    @Test
    void laysOutMessagesAsTheKernelReadsThem() throws Exception {
        UdpTarget target = UdpTarget.from(InetAddress.getByName("10.1.2.3"), 7,
                new InetSocketAddress("192.0.2.1", 51821));
        int length = ControlMessages.write(buffer, 0, target, true, 0x88, 1452);
        // Little-endian: length, level 0, type 8, ifindex, source, padding; TOS; level 17, type 103, size.
        assertThat(HexFormat.of().formatHex(buffer.array(), 0, length)).isEqualTo(
                "1c000000000000000000000008000000070000000a0102030000000000000000"
                        + "140000000000000000000000010000008800000000000000"
                        + "12000000000000001100000067000000ac05000000000000");
    }

    @Test
    void readsWhatItWrites() throws Exception {
        for (String source : new String[]{"10.1.2.3", "fd00::1:2"}) {
            boolean v6 = source.contains(":");
            UdpTarget target = UdpTarget.from(InetAddress.getByName(source), 7,
                    new InetSocketAddress(v6 ? "2001:db8::1" : "192.0.2.1", 51821));
            int length = ControlMessages.write(buffer, 8, target, true, 0x88, 0);
            control.read(buffer, 8, length);
            assertThat(control.interfaceIndex).isEqualTo(7);
            assertThat(control.trafficClass).isEqualTo(0x88);
            assertThat(SocketAddresses.address(v6, control.localHigh, control.localLow, 0))
                    .isEqualTo(InetAddress.getByName(source));
            assertThat(control.segmentSize).isZero();
        }
    }

    @Test
    void neverReadsBeyondTheEnd() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 50_000; i++) {
            random.nextBytes(buffer.array());
            buffer.putLong(0, random.nextInt(40));
            buffer.putInt(8, new int[]{0, 41, 17}[random.nextInt(3)]).putInt(12, random.nextInt(110));
            control.read(buffer, 0, random.nextInt(257));
            assertThat(control.trafficClass).isBetween(0, 255);
        }
    }

    @Test
    void writesSocketAddressesInNetworkOrder() throws Exception {
        UdpTarget six = UdpTarget.of(new InetSocketAddress("2001:db8::9", 0xca6d));
        int length = SocketAddresses.write(buffer, 0, true, six.high, six.low, six.port, 3);
        assertThat(HexFormat.of().formatHex(buffer.array(), 0, length))
                .isEqualTo("0a00ca6d0000000020010db800000000000000000000000903000000");
        UdpTarget four = UdpTarget.of(new InetSocketAddress("192.0.2.200", 51821));
        length = SocketAddresses.write(buffer, 0, false, four.high, four.low, four.port, 0);
        assertThat(HexFormat.of().formatHex(buffer.array(), 0, length)).isEqualTo("0200ca6dc00002c80000000000000000");
        assertThat(SocketAddresses.low(buffer, 0, false)).isEqualTo(0xc00002c8L);
        assertThat(SocketAddresses.port(buffer, 0)).isEqualTo(51821);
    }
}
