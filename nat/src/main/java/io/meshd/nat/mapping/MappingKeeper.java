package io.meshd.nat.mapping;

import org.jspecify.annotations.Nullable;

/** Gets, keeps and gives back the mapping of one port at one router by one protocol. */
sealed interface MappingKeeper permits LeaseKeeper, IgdKeeper {
    /** Asks for a mapping; what was known before is forgotten. */
    void begin(long nowNanos, MappingOutbox out);

    /** Removes the mapping and asks for it again: it is there and carries nothing. */
    void makeAnew(long nowNanos, MappingOutbox out);

    /** The mapping of another keeper is used: does nothing more, but remembers what it holds. */
    void rest();

    /** Gives the mapping back; go on until {@link #isReleased()}. */
    void release(long nowNanos, MappingOutbox out);

    /** Whether nothing is left at the router, as far as is known. */
    boolean isReleased();

    void handleTimeout(long nowNanos, MappingOutbox out);

    /** When {@link #handleTimeout} is to be called, or {@code Deadlines.NEVER}. */
    long nextDeadlineNanos();

    /** What the router granted; null when it did not. */
    @Nullable
    MappedPort mapped();

    /** Until when the router promised it; {@code Deadlines.NEVER} when it holds none, or for ever. */
    long untilNanos();

    /** Whether it was tried in vain, or what there was is over. */
    boolean hasFailed();

    /** How long the router wants to be left alone after a failure; 0 when it said nothing. */
    long waitNanos();

    /** What came of it, in a word or two, for operators. */
    String state();
}
