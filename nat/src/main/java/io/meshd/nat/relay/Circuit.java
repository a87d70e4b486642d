package io.meshd.nat.relay;

import io.meshd.identity.PublicKey;

/** One pair of peers that this node carries datagrams between. Any thread may say that it was used. */
public final class Circuit {
    /** Marks finer than this would only move a cache line between threads. */
    private static final long MARK_NANOS = 1_000_000_000L;

    private final int channel;
    private final PublicKey first;
    private final PublicKey second;
    private volatile long usedNanos;

    Circuit(int channel, PublicKey first, PublicKey second, long nowNanos) {
        this.channel = channel;
        this.first = first;
        this.second = second;
        this.usedNanos = nowNanos;
    }

    /** This relay's number for the two, the same at both ends. */
    public int channel() {
        return channel;
    }

    /** The end that asked first. */
    public PublicKey first() {
        return first;
    }

    /** The end that was asked for. */
    public PublicKey second() {
        return second;
    }

    /** The end that is not this one. */
    PublicKey other(PublicKey end) {
        return end.equals(first) ? second : first;
    }

    boolean joins(PublicKey end) {
        return end.equals(first) || end.equals(second);
    }

    /** A datagram passed. */
    public void used(long nowNanos) {
        if (nowNanos - usedNanos > MARK_NANOS) {
            usedNanos = nowNanos;
        }
    }

    long usedNanos() {
        return usedNanos;
    }
}
