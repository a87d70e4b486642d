package io.meshd.discovery;

import io.meshd.identity.PublicKey;
import java.util.List;

/**
 * What members say to each other. A membership frame carries one or more of these; {@link SwimCodec} reads and writes
 * them.
 *
 * <p>The sender is never part of a message: it is the peer of the session.
 */
sealed interface SwimMessage permits Rumour, SwimMessage.Ping, SwimMessage.PingRequest, SwimMessage.Ack,
        SwimMessage.Nack, SwimMessage.Digest, SwimMessage.Summary, SwimMessage.Want {
    /** What {@link Ping#accusedIncarnation()} is when nothing is held against the target. */
    int NOT_ACCUSED = -1;

    /**
     * Are you there?
     *
     * @param cid                chosen by the sender, comes back in the answer
     * @param fromEpoch          the sender's run
     * @param toEpoch            the run of the receiver that is meant
     * @param accusedIncarnation the receiver is under suspicion with this incarnation: it should refute
     */
    record Ping(long cid, long fromEpoch, long toEpoch, int accusedIncarnation) implements SwimMessage {}

    /** Ping the target for me. */
    record PingRequest(long cid, long fromEpoch, PublicKey target, long targetEpoch) implements SwimMessage {}

    /**
     * The answer to a ping.
     *
     * @param gone the run that was meant is over
     */
    record Ack(long cid, boolean gone) implements SwimMessage {}

    /** I cannot ping that target for you: ask another. */
    record Nack(long cid) implements SwimMessage {}

    /** One hash for each bucket of the sender's table; the number of buckets is a power of two. */
    record Digest(List<Integer> buckets) implements SwimMessage {}

    /**
     * All that the sender has in some buckets, in answer to a {@link Digest} with this many buckets.
     *
     * @param shape   number of buckets of the digest
     * @param buckets which of them this message is about
     * @param entries all members of these buckets
     */
    record Summary(int shape, List<Integer> buckets, List<Entry> entries) implements SwimMessage {}

    /** One member in a {@link Summary}. */
    record Entry(long shortKey, long epoch, int incarnation, long sequence) {}

    /** Send me what you have of these members. */
    record Want(List<Long> shortKeys) implements SwimMessage {}

    /** The first 8 bytes of a key, enough to name a peer that both sides know. */
    static long shortKey(PublicKey key) {
        byte[] bytes = key.bytes();
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = (value << Byte.SIZE) | (bytes[i] & 0xff);
        }
        return value;
    }
}
