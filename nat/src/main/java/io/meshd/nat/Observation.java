package io.meshd.nat;

import java.net.InetSocketAddress;

/** What one observer said last of where this node is. Belongs to {@link OwnEndpoints}. */
final class Observation {
    private Observer observer;
    private InetSocketAddress self;
    private long firstNanos;
    private long lastNanos;
    private long untilNanos;

    Observation(Observer observer, InetSocketAddress self, long nowNanos) {
        this.observer = observer;
        this.self = self;
        this.firstNanos = nowNanos;
        renew(observer, self, nowNanos);
    }

    void renew(Observer again, InetSocketAddress seen, long nowNanos) {
        observer = again;
        firstNanos = seen.equals(self) ? firstNanos : nowNanos;
        self = seen;
        lastNanos = nowNanos;
        untilNanos = nowNanos + OwnEndpoints.EVIDENCE_NANOS;
    }

    /** It may be true no more: unless it is renewed it is forgotten soon. */
    void doubt(long nowNanos) {
        long soonNanos = nowNanos + OwnEndpoints.DOUBT_NANOS;
        untilNanos = untilNanos - soonNanos > 0 ? soonNanos : untilNanos;
    }

    Observer observer() {
        return observer;
    }

    InetSocketAddress self() {
        return self;
    }

    /** Since when this observer says just this. */
    long firstNanos() {
        return firstNanos;
    }

    long lastNanos() {
        return lastNanos;
    }

    long untilNanos() {
        return untilNanos;
    }
}
