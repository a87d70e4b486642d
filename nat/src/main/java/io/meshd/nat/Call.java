package io.meshd.nat;

import io.meshd.protocol.Deadlines;

/** What {@link Signalling} holds of one peer: the rounds of its own calls, and what was heard. */
final class Call {
    /** When the next round is due, or {@link Deadlines#NEVER} while nobody calls. */
    long nextNanos = Deadlines.NEVER;
    /** When the last round was, or {@link Deadlines#NEVER}. */
    long calledNanos = Deadlines.NEVER;
    /** Rounds since the call began. */
    int rounds;
    private long heardEpoch = -1;
    private long heardSequence = -1;

    boolean isUnderWay() {
        return nextNanos != Deadlines.NEVER;
    }

    void end() {
        nextNanos = Deadlines.NEVER;
        rounds = 0;
    }

    /** Whether a signal is later than all that were taken up. */
    boolean isNew(long epoch, long sequence) {
        return epoch != heardEpoch ? epoch > heardEpoch : sequence > heardSequence;
    }

    void heard(long epoch, long sequence) {
        heardEpoch = epoch;
        heardSequence = sequence;
    }
}
