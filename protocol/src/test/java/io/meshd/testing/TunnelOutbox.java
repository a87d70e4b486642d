package io.meshd.testing;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import org.jspecify.annotations.Nullable;

/** An outbox for a tunnel alone, which only transmits and tells: what it never asks for is refused. */
public abstract class TunnelOutbox implements Outbox {
    @Override
    public final void send(PublicKey peer, Frame frame) {
        throw new AssertionError("a tunnel sends no frames");
    }

    @Override
    public final void sendVia(PublicKey peer, Endpoint via, Frame frame) {
        throw new AssertionError("a tunnel sends no frames");
    }

    @Override
    public final void connect(PublicKey peer, @Nullable Endpoint at) {
        throw new AssertionError("a tunnel asks for no sessions");
    }

    @Override
    public final void renew(PublicKey peer) {
        throw new AssertionError("a tunnel asks for no sessions");
    }

    @Override
    public final void deliver(byte[] packet) {
        throw new AssertionError("a tunnel delivers nothing by itself");
    }
}
