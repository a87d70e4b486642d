package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** What senders and receivers remember of addresses. */
class UdpMemoryTest {
    private static final UdpTarget NEAR = UdpTarget.of(new InetSocketAddress("192.0.2.1", 1));
    private static final UdpTarget FAR = UdpTarget.of(new InetSocketAddress("198.51.100.1", 1));

    @Test
    void remembersForAWhileWhichSizeIsTooBigForWhom() {
        SegmentationMemory memory = new SegmentationMemory(true);
        memory.tooBig(NEAR, 1452, 0);
        assertThat(memory.allows(NEAR, 1452, 1)).isFalse();
        assertThat(memory.allows(NEAR, 1500, 1)).isFalse();
        assertThat(memory.allows(NEAR, 1451, 1)).isTrue();
        assertThat(memory.allows(FAR, 1500, 1)).isTrue();
        assertThat(memory.allows(NEAR, 1452, 60_000_000_000L)).isTrue();
    }

    @Test
    void givesUpWhereSegmentationIsUnsupported() {
        SegmentationMemory memory = new SegmentationMemory(true);
        assertThat(memory.isOff()).isFalse();
        memory.unsupported();
        assertThat(memory.isOff()).isTrue();
        assertThat(memory.allows(NEAR, 1, 0)).isFalse();
        assertThat(new SegmentationMemory(false).allows(NEAR, 1, 0)).isFalse();
    }

    @Test
    void givesTheIdenticalObjectForASteadySource() {
        SourceCache cache = new SourceCache(false);
        InetSocketAddress first = cache.get(0, 0xc0000201L, 51821, 0);
        assertThat(first).isEqualTo(new InetSocketAddress("192.0.2.1", 51821));
        assertThat(cache.get(0, 0xc0000201L, 51821, 0)).isSameAs(first);
        assertThat(cache.get(0, 0xc0000201L, 51822, 0)).isNotEqualTo(first);
        assertThat(cache.get(0, 0xc0000201L, 51821, 0)).isSameAs(first);
    }

    @Test
    void staysRightUnderAFloodOfSources() {
        SourceCache cache = new SourceCache(true);
        for (int i = 0; i < 20_000; i++) {
            InetSocketAddress address = cache.get(0xfe80L << 48, i, i & 0xffff, 1 + i % 3);
            assertThat(address.getPort()).isEqualTo(i & 0xffff);
            assertThat(SocketAddresses.low(address.getAddress())).isEqualTo(i);
            int earlier = Math.max(0, i - i % 700);
            InetSocketAddress again = cache.get(0xfe80L << 48, earlier, earlier & 0xffff, 1 + earlier % 3);
            assertThat(SocketAddresses.low(again.getAddress())).isEqualTo(earlier);
        }
    }

    @Test
    void refusesTargetsThatCannotBe() throws Exception {
        InetAddress six = InetAddress.getByName("::1");
        assertThatThrownBy(() -> UdpTarget.from(six, 0, NEAR.address())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> UdpTarget.of(InetSocketAddress.createUnresolved("host", 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tellsTargetsApartBySource() throws Exception {
        UdpTarget from = UdpTarget.from(InetAddress.getByName("192.0.2.9"), 3, NEAR.address());
        assertThat(from).isNotEqualTo(NEAR);
        assertThat(from.withoutSource()).isEqualTo(NEAR).hasSameHashCodeAs(NEAR);
        assertThat(from.source()).isEqualTo(InetAddress.getByName("192.0.2.9"));
        assertThat(NEAR.source()).isNull();
        assertThat(from).hasToString("/192.0.2.1:1 from /192.0.2.9 dev #3");
    }
}
