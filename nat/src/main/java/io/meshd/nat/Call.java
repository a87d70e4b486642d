package io.meshd.nat;

import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Frame;
import io.meshd.protocol.MappingBehaviour;

/** What {@link Signalling} holds of one peer: the rounds of its own calls, and what was heard. */
final class Call {
    /** When the next round is due, or {@link Deadlines#NEVER} while nobody calls. */
    long nextNanos = Deadlines.NEVER;
    /** When the last round was, or {@link Deadlines#NEVER}. */
    long calledNanos = Deadlines.NEVER;
    /** Rounds since the call began. */
    int rounds;
    /** When calls began that nobody has answered, or {@link Deadlines#NEVER}. */
    long unansweredNanos = Deadlines.NEVER;
    /** When the last signal of the peer came, or {@link Deadlines#NEVER}. */
    long heardNanos = Deadlines.NEVER;
    /** What the peer said of its NAT then. */
    MappingBehaviour farMapping = MappingBehaviour.UNKNOWN;
    private long heardEpoch = -1;
    private long heardSequence = -1;

    boolean isUnderWay() {
        return nextNanos != Deadlines.NEVER;
    }

    void end() {
        nextNanos = Deadlines.NEVER;
        unansweredNanos = Deadlines.NEVER;
        rounds = 0;
    }

    /** Whether a signal is later than all that were taken up. */
    boolean isNew(long epoch, long sequence) {
        return epoch != heardEpoch ? epoch > heardEpoch : sequence > heardSequence;
    }

    void heard(long nowNanos, Frame.Signal signal) {
        heardEpoch = signal.epoch();
        heardSequence = signal.sequence();
        heardNanos = nowNanos;
        unansweredNanos = Deadlines.NEVER;
        farMapping = signal.mapping();
    }

    /** A call leaves. */
    void called(long nowNanos) {
        calledNanos = nowNanos;
        unansweredNanos = unansweredNanos == Deadlines.NEVER ? nowNanos : unansweredNanos;
        rounds++;
    }
}
