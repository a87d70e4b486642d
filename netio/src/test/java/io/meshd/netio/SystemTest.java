package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Descriptors, clocks and capabilities of this machine. */
@Timeout(20)
class SystemTest {
    private static final int CLOCK_MONOTONIC = 1;

    @Test
    void monotonicClockIsNanoTime() {
        BootClock clock = new BootClock();
        long before = clock.monotonicNanos();
        long between = clock.read(CLOCK_MONOTONIC);
        long after = clock.monotonicNanos();
        assertThat(between - before).isNotNegative();
        assertThat(after - between).isNotNegative();
    }

    @Test
    void bootClockIsNeverBehindTheMonotonicOne() {
        BootClock clock = new BootClock();
        long monotonic = clock.read(CLOCK_MONOTONIC);
        assertThat(clock.bootNanos() - monotonic).isNotNegative();
    }

    @Test
    void capabilitiesAreThoseThatProcTells() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(each -> each.startsWith("CapEff:")).findFirst().orElseThrow();
        long expected = Long.parseUnsignedLong(line.substring(7).strip(), 16);
        assertThat(Capabilities.effective()).isEqualTo(expected);
        assertThat(Capabilities.hasNetAdmin()).isEqualTo((expected & 1 << 12) != 0);
    }

    @Test
    void descriptorIsClosedOnceAndByItsLastUser() throws Exception {
        AtomicInteger closed = new AtomicInteger();
        NativeFd fd = NativeFd.closedBy(3, closed::incrementAndGet);
        assertThat(fd.acquire()).isEqualTo(3);
        assertThat(fd.tryAcquire()).isTrue();
        fd.close();
        fd.close();
        assertThat(fd.isClosed()).isTrue();
        assertThatThrownBy(fd::acquire).isInstanceOf(ClosedChannelException.class);
        fd.release();
        assertThat(closed).hasValue(0);
        fd.release();
        assertThat(closed).hasValue(1);
    }

    @Test
    void idleDescriptorIsClosedAtOnce() {
        AtomicInteger closed = new AtomicInteger();
        NativeFd.closedBy(3, closed::incrementAndGet).close();
        assertThat(closed).hasValue(1);
    }

    @Test
    void saysWhatCouldNotBeOpened() {
        assertThatThrownBy(() -> NativeFd.open("/proc/self/nonexistent", 0)).isInstanceOf(SystemCallException.class)
                .hasMessage("open /proc/self/nonexistent: No such file or directory (errno 2)")
                .extracting("errno").isEqualTo(2);
    }

    @Test
    void wakeupIsNotLostWhenNobodyWaits() throws IOException {
        try (Readiness readiness = new Readiness(NativeFd.open("/proc/self/status", 0))) {
            readiness.wakeup();
            readiness.wakeup();
            assertThat(readiness.await(0)).isFalse();
            assertThat(readiness.await(0)).isTrue();
        }
    }

    @Test
    void tunExceptionsSayWhatToDo() {
        assertThat(TunException.opening("/dev/net/tun", 2).reason()).isEqualTo(TunException.Reason.NO_DEVICE_NODE);
        assertThat(TunException.opening("/dev/net/tun", 13).reason()).isEqualTo(TunException.Reason.NOT_PERMITTED);
        assertThat(TunException.creating("m0", 1)).hasMessageContaining("CAP_NET_ADMIN is missing")
                .extracting("reason").isEqualTo(TunException.Reason.NOT_PERMITTED);
        assertThat(TunException.creating("m0", 16).reason()).isEqualTo(TunException.Reason.BUSY);
        assertThat(TunException.creating("m0", 22).reason()).isEqualTo(TunException.Reason.NAME_TAKEN);
        assertThat(TunException.creating("m0", 5).reason()).isEqualTo(TunException.Reason.OTHER);
    }
}
