package io.meshd.tunnel;

import io.meshd.protocol.Event;
import io.meshd.protocol.Outbox;

/**
 * Gives out handshake timestamps that never go back, whatever the wall clock does and however often the node restarts.
 *
 * <p>A peer accepts only timestamps greater than the last one it saw, for ever. So a ceiling is announced before any
 * timestamp up to it is used; who has it on disk may restart with it as floor. Owned by the node thread.
 */
final class TimestampClock {
    // One disk write a minute at most, and a restart costs a jump of a minute at most.
    private static final long RESERVE_SECONDS = 60;

    private Tai64n floor;
    private Tai64n ceiling;
    private long wallClockOffsetNanos;

    TimestampClock(Tai64n floor, long wallClockOffsetNanos) {
        this.floor = floor;
        this.ceiling = floor;
        this.wallClockOffsetNanos = wallClockOffsetNanos;
    }

    void setWallClockOffsetNanos(long offsetNanos) {
        wallClockOffsetNanos = offsetNanos;
    }

    /** The next timestamp for a peer that last got {@code last}; announces a new ceiling first when it needs one. */
    Tai64n next(long nowNanos, Tai64n last, Outbox out) {
        Tai64n wanted = Tai64n.whitened(nowNanos + wallClockOffsetNanos);
        Tai64n least = Tai64n.latest(last, floor).next();
        Tai64n timestamp = Tai64n.latest(wanted, least);
        if (timestamp.compareTo(ceiling) > 0) {
            ceiling = timestamp.plusSeconds(RESERVE_SECONDS);
            out.emit(new Event.TimestampReserved(ceiling.seconds(), ceiling.nanos()));
        }
        return timestamp;
    }

    /** Never again gives out a timestamp up to this one, for a peer that is forgotten and may come back. */
    void raiseFloor(Tai64n used) {
        floor = Tai64n.latest(floor, used);
    }
}
