package io.meshd.tunnel;

import io.meshd.protocol.Deadlines;
import java.util.concurrent.atomic.LongAdder;

/**
 * What passed between this node and one peer, as far as timers and status need to know.
 *
 * <p>Any thread writes; the node thread reads. Timers are not touched for each packet: the first packet that begins a
 * wait asks for attention, unless the node thread is watching that wait already; the end of a wait is only noted, and
 * seen when the timer fires. Two threads that note at the same moment can begin or end a wait a packet late, which no
 * timer of seconds can tell.
 */
final class Activity {
    /** Datagrams and their bytes, as on the wire. */
    final LongAdder packetsSent = new LongAdder();
    final LongAdder packetsReceived = new LongAdder();
    final LongAdder bytesSent = new LongAdder();
    final LongAdder bytesReceived = new LongAdder();

    /** Whether the node thread has a timer on the wait; only it writes these. */
    volatile boolean answerWatched;
    volatile boolean keepaliveWatched;

    private volatile long lastSentNanos = Deadlines.NEVER;
    private volatile long lastHeardNanos = Deadlines.NEVER;
    private volatile long unansweredSinceNanos = Deadlines.NEVER;
    private volatile long owedSinceNanos = Deadlines.NEVER;
    private volatile boolean owesAnother;

    /**
     * Notes an authenticated datagram that left.
     *
     * @param data whether it carries a packet of the host, rather than being a handshake, a keepalive or frames
     * @return whether the node thread must begin to watch for the answer
     */
    boolean sent(long nowNanos, int bytes, boolean data) {
        packetsSent.increment();
        bytesSent.add(bytes);
        if (lastSentNanos != nowNanos) {
            lastSentNanos = nowNanos;
        }
        settle();
        return data && asked(nowNanos);
    }

    /** Begins the wait for an answer, unless one is awaited; says whether the node thread must begin to watch. */
    boolean asked(long nowNanos) {
        if (unansweredSinceNanos != Deadlines.NEVER) {
            return false;
        }
        unansweredSinceNanos = nowNanos;
        return !answerWatched;
    }

    /**
     * Notes an authenticated datagram that arrived.
     *
     * @param data whether it carries a packet of the host, rather than being a handshake, a keepalive or frames
     * @return whether the node thread must begin to watch for the time of a keepalive
     */
    boolean received(long nowNanos, int bytes, boolean data) {
        packetsReceived.increment();
        bytesReceived.add(bytes);
        if (lastHeardNanos != nowNanos) {
            lastHeardNanos = nowNanos;
        }
        heard();
        if (!data) {
            return false;
        }
        if (owedSinceNanos == Deadlines.NEVER) {
            owedSinceNanos = nowNanos;
            return !keepaliveWatched;
        }
        if (!owesAnother) {
            owesAnother = true;
        }
        return false;
    }

    /** Notes bytes that left without any meaning for timers: repeats of a handshake message. */
    void repeated(int bytes) {
        packetsSent.increment();
        bytesSent.add(bytes);
    }

    /** Ends the wait for an answer. */
    void heard() {
        if (unansweredSinceNanos != Deadlines.NEVER) {
            unansweredSinceNanos = Deadlines.NEVER;
        }
    }

    /** Ends the peer's wait for a sign of us. */
    void settle() {
        if (owedSinceNanos != Deadlines.NEVER) {
            owedSinceNanos = Deadlines.NEVER;
            owesAnother = false;
        }
    }

    /** Whether more data came after the data that began the peer's wait. */
    boolean owesAnother() {
        return owesAnother;
    }

    /** Begins another wait of the peer. */
    void oweFrom(long nowNanos) {
        owedSinceNanos = nowNanos;
    }

    /** Since when data went without any sign of the peer, or {@link Deadlines#NEVER}. */
    long unansweredSinceNanos() {
        return unansweredSinceNanos;
    }

    /** Since when the peer waits for a sign of us, or {@link Deadlines#NEVER}. */
    long owedSinceNanos() {
        return owedSinceNanos;
    }

    /** When anything authenticated last arrived, or {@link Deadlines#NEVER}. */
    long lastHeardNanos() {
        return lastHeardNanos;
    }

    /** When anything authenticated last passed in either direction, or {@link Deadlines#NEVER}. */
    long lastTraversalNanos() {
        long sent = lastSentNanos;
        long heard = lastHeardNanos;
        if (sent == Deadlines.NEVER || heard == Deadlines.NEVER) {
            return sent == Deadlines.NEVER ? heard : sent;
        }
        return sent - heard >= 0 ? sent : heard;
    }
}
