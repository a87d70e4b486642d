package io.meshd.netio;

/** The clocks of the operating system that count time since boot. */
public final class BootClock {
    private static final int CLOCK_BOOTTIME = 7;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final int TIMESPEC_SIZE = 16;

    private final ThreadLocal<NativeMemory> timespec = ThreadLocal.withInitial(() -> new NativeMemory(TIMESPEC_SIZE));

    /** Makes a clock; any number of threads may share it. */
    public BootClock() {}

    /** CLOCK_BOOTTIME in nanoseconds: goes on while the machine is suspended. For the age of keys. */
    public long bootNanos() {
        return read(CLOCK_BOOTTIME);
    }

    /** CLOCK_MONOTONIC in nanoseconds: stands still in suspend. For timers. HotSpot's nanoTime is this clock. */
    public long monotonicNanos() {
        return System.nanoTime();
    }

    long read(int clock) {
        NativeMemory memory = timespec.get();
        if (Libc.clock_gettime(clock, memory.address) != 0) {
            throw new IllegalStateException("clock_gettime " + clock + ": " + Errno.text(Errno.last()));
        }
        return memory.buffer.getLong(0) * NANOS_PER_SECOND + memory.buffer.getLong(8);
    }
}
