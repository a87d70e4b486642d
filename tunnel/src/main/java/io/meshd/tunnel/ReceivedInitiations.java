package io.meshd.tunnel;

import io.meshd.protocol.Deadlines;
import io.meshd.protocol.DropReason;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Which initiations of one peer are fresh: each timestamp greater than all before, and at most 50 a second. */
final class ReceivedInitiations {
    private static final long SPACING_NANOS = TimeUnit.SECONDS.toNanos(1) / 50;

    private Tai64n greatest = Tai64n.NONE;
    private long admittedNanos = Deadlines.NEVER;

    /** Why an authenticated initiation is refused, or null when it is admitted. */
    @Nullable
    DropReason admit(long nowNanos, Tai64n timestamp) {
        if (timestamp.compareTo(greatest) <= 0) {
            return DropReason.REPLAY;
        }
        if (admittedNanos != Deadlines.NEVER && nowNanos - admittedNanos < SPACING_NANOS) {
            return DropReason.RATE_LIMITED;
        }
        greatest = timestamp;
        admittedNanos = nowNanos;
        return null;
    }
}
