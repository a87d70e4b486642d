package io.meshd.daemon.runtime;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Echo requests that wait for their answer. Any thread. */
final class Pings {
    private final ConcurrentMap<Key, CompletableFuture<Reply>> waiting = new ConcurrentHashMap<>();

    private record Key(PublicKey peer, int id, int sequence) {}

    /**
     * An answer.
     *
     * @param atNanos when it came, on the daemon's clock
     * @param via     the path that it came by
     */
    record Reply(long atNanos, Endpoint via) {}

    /** Waits for an answer; the caller forgets it in the end. */
    CompletableFuture<Reply> expect(PublicKey peer, int id, int sequence) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        waiting.put(new Key(peer, id, sequence), reply);
        return reply;
    }

    void forget(PublicKey peer, int id, int sequence) {
        waiting.remove(new Key(peer, id, sequence));
    }

    void replied(PublicKey peer, Frame.EchoReply reply, Endpoint via, long nowNanos) {
        CompletableFuture<Reply> waiter = waiting.remove(new Key(peer, reply.id(), reply.sequence()));
        if (waiter != null) {
            waiter.complete(new Reply(nowNanos, via));
        }
    }
}
