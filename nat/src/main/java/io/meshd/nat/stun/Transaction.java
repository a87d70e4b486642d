package io.meshd.nat.stun;

import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Outbox;
import java.net.InetSocketAddress;

/**
 * One question to a STUN server, sent again until it is answered or given up: RFC 8489 section 6.2.1.
 *
 * <p>Sent at 0, 500, 1500, 3500, 7500, 15,500 and 31,500 ms and given up at 39,500 ms, or earlier in the same steps.
 */
final class Transaction {
    /** The RFC's RTO. */
    static final long FIRST_WAIT_NANOS = 500_000_000L;
    /** The RFC's Rc: how often a question is sent. */
    static final int REQUESTS_MAX = 7;
    /** Questions to which silence is an answer too are sent so often: 3.5 s in all. */
    static final int REQUESTS_OF_A_TEST = 3;
    /** The RFC's Rm: the wait after the last, in units of the first. */
    private static final int LAST_WAITS = 16;
    private static final int LAST_WAITS_OF_A_TEST = 4;

    private final TransactionId id;
    private final Purpose purpose;
    private final InetSocketAddress to;
    private final InetSocketAddress answerFrom;
    private final long question;
    private final byte[] request;
    private int sent;
    private long sentNanos;
    private long nextNanos;

    /** What a question is for. */
    sealed interface Purpose {
        /** Where does the server see this node? */
        record Where(StunServer server) implements Purpose {}

        /** Where does the same server see it at its other address? */
        record Mapping(BehaviourTest test) implements Purpose {}

        /** Does an answer from elsewhere come through? */
        record Filtering(BehaviourTest test, boolean fromOtherAddress) implements Purpose {}
    }

    /**
     * A question that is not sent yet.
     *
     * @param answerFrom where the answer must come from
     * @param question   its number in this run
     */
    Transaction(TransactionId id, Purpose purpose, InetSocketAddress to, InetSocketAddress answerFrom, long question,
            byte[] request, long nowNanos) {
        this.id = id;
        this.purpose = purpose;
        this.to = to;
        this.answerFrom = answerFrom;
        this.question = question;
        this.request = request;
        this.nextNanos = nowNanos;
    }

    TransactionId id() {
        return id;
    }

    Purpose purpose() {
        return purpose;
    }

    InetSocketAddress to() {
        return to;
    }

    /** Where an answer must come from: who knows the id has seen the question, and may still be somebody else. */
    InetSocketAddress answerFrom() {
        return answerFrom;
    }

    long question() {
        return question;
    }

    long nextNanos() {
        return nextNanos;
    }

    /** When it was sent last. */
    long sentNanos() {
        return sentNanos;
    }

    /** Sends the question once more, or says false: it was sent often enough. */
    boolean send(long nowNanos, Outbox out) {
        boolean isTest = !(purpose instanceof Purpose.Where);
        int most = isTest ? REQUESTS_OF_A_TEST : REQUESTS_MAX;
        if (sent == most) {
            return false;
        }
        out.transmit(new Endpoint.Direct(to), request.clone(), 0);
        int lastWaits = isTest ? LAST_WAITS_OF_A_TEST : LAST_WAITS;
        nextNanos = nowNanos + FIRST_WAIT_NANOS * (sent + 1 == most ? lastWaits : 1L << sent);
        sent++;
        sentNanos = nowNanos;
        return true;
    }
}
