package io.meshd.tunnel;

import java.nio.ByteBuffer;

/**
 * A TAI64N label: the timestamp in an initiation, of which only the order matters.
 *
 * @param seconds the label's first eight bytes: 2^62 + 10 + seconds since 1970
 * @param nanos   the label's last four bytes: 0 to 999,999,999
 */
public record Tai64n(long seconds, int nanos) implements Comparable<Tai64n> {
    /** Length of the label in bytes. */
    public static final int BYTES = 12;
    /** Less than every timestamp: the floor of a node that never sent one. */
    public static final Tai64n NONE = new Tai64n(0, 0);

    private static final long EPOCH_SECONDS = 0x4000_0000_0000_000aL;
    private static final int NANOS_PER_SECOND = 1_000_000_000;
    // Hides the clock's fine steps from the peer; still fine enough for 50 initiations a second.
    private static final int WHITENING_NANOS = 1 << 24;

    /** The label of a moment in nanoseconds since 1970, rounded down to 2^24 ns. */
    static Tai64n whitened(long epochNanos) {
        int nanos = (int) Math.floorMod(epochNanos, (long) NANOS_PER_SECOND);
        return new Tai64n(EPOCH_SECONDS + Math.floorDiv(epochNanos, (long) NANOS_PER_SECOND),
                nanos & -WHITENING_NANOS);
    }

    /** The label in these 12 bytes; any bytes are one, since only their order counts. */
    static Tai64n read(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new Tai64n(in.getLong(), in.getInt());
    }

    /** The least whitened label after this one. */
    Tai64n next() {
        int following = (nanos & -WHITENING_NANOS) + WHITENING_NANOS;
        boolean carries = following >= NANOS_PER_SECOND || following < 0;
        return carries ? new Tai64n(seconds + 1, 0) : new Tai64n(seconds, following);
    }

    /** This label some seconds later. */
    Tai64n plusSeconds(long more) {
        return new Tai64n(seconds + more, nanos);
    }

    /** The label's 12 bytes. */
    public byte[] bytes() {
        return ByteBuffer.allocate(BYTES).putLong(seconds).putInt(nanos).array();
    }

    static Tai64n latest(Tai64n a, Tai64n b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    /** The order of the bytes, both numbers unsigned. */
    @Override
    public int compareTo(Tai64n other) {
        int bySeconds = Long.compareUnsigned(seconds, other.seconds);
        return bySeconds != 0 ? bySeconds : Integer.compareUnsigned(nanos, other.nanos);
    }
}
