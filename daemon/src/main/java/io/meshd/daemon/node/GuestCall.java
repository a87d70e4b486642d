package io.meshd.daemon.node;

import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelPrivateKey;
import io.meshd.protocol.DatagramKind;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.FrameCodec;
import io.meshd.protocol.InvitationToken;
import io.meshd.protocol.JoinStatement;
import io.meshd.protocol.Outbox;
import io.meshd.tunnel.DataPath;
import io.meshd.tunnel.Peer;
import io.meshd.tunnel.PeerSettings;
import io.meshd.tunnel.Tai64n;
import io.meshd.tunnel.Tunnel;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The newcomer's side of an invitation: a WireGuard handshake as the guest, one question, one answer. The inviter's side
 * is {@link Guests}.
 *
 * <p>One thread, without input or output: datagrams come in, and leave by the {@link Outlet}.
 */
public final class GuestCall {
    /** A question or its answer may be lost; the inviter answers the same key again. */
    private static final long ASK_AGAIN_NANOS = 500_000_000L;

    private final PublicKey inviter;
    private final Frame.Join question;
    private final Tunnel tunnel;
    private final Peer peer;
    private final Neighbour guise;
    private final DataPath path;
    private final FrameCourier courier;
    private final Set<Endpoint> places = new LinkedHashSet<>();
    private long askNanos = Deadlines.NEVER;
    private @Nullable Frame answer;
    private @Nullable Endpoint answeredFrom;

    /** Where datagrams leave. */
    public interface Outlet {
        void transmit(Endpoint.Direct to, byte[] datagram);
    }

    /**
     * A call that has not begun.
     *
     * @param newcomer             the key that is to be admitted
     * @param name                 what it calls itself
     * @param wallClockOffsetNanos what to add to {@code nowNanos} for nanoseconds since 1970
     */
    public GuestCall(InvitationToken token, Identity newcomer, String name, long nowNanos, long wallClockOffsetNanos,
            RandomGenerator random) {
        this.inviter = token.invitation().inviter();
        this.question = JoinStatement.sign(newcomer, token.guest().publicKey(), inviter,
                token.invitation().networkId(), name);
        TunnelPrivateKey key = token.guest().tunnelPrivateKey();
        this.tunnel = new Tunnel(key, random, Tai64n.NONE, wallClockOffsetNanos);
        key.destroy();
        this.peer = tunnel.add(nowNanos, PeerSettings.meshd(inviter.tunnelKey()));
        PeerGrant nothing = new PeerGrant("the inviter", null, peer.key(), List.of(), false, null, null, 0);
        this.guise = new Neighbour(nothing, peer, null, random.nextInt());
        this.path = tunnel.newDataPath();
        this.courier = new FrameCourier(tunnel, new Counters());
    }

    /** The inviter may be at these places as well: all are tried at once. */
    public void tryAt(long nowNanos, List<Endpoint.Direct> more, Outlet outlet) {
        if (places.addAll(more)) {
            List<Endpoint> all = List.copyOf(places);
            peer.setPaths(peer.endpoint() == null ? all.getFirst() : peer.endpoint(), all);
            tunnel.connect(nowNanos, peer, new Sink(nowNanos, outlet));
        }
    }

    /** A datagram has come. */
    public void receive(long nowNanos, byte[] datagram, Endpoint.Direct from, Outlet outlet) {
        Sink sink = new Sink(nowNanos, outlet);
        switch (DatagramKind.of(datagram, 0, datagram.length)) {
            case RESPONSE, COOKIE_REPLY -> tunnel.handle(nowNanos, datagram, from, false, sink);
            case DATA -> open(nowNanos, datagram, from);
            // Nobody has a reason to call this port, and nobody is answered.
            case INITIATION, STUN, OTHER -> {}
        }
        tunnel.collect(nowNanos, sink);
    }

    private void open(long nowNanos, byte[] datagram, Endpoint from) {
        byte[] inner = new byte[datagram.length];
        int length = path.open(nowNanos, datagram, 0, datagram.length, from, inner, 0);
        if (length <= 0 || !FrameCodec.isFrames(inner[0])) {
            return;
        }
        for (Frame frame : courier.read(nowNanos, guise, Arrays.copyOf(inner, length), _ -> {})) {
            if (answer == null && (frame instanceof Frame.Welcome || frame instanceof Frame.JoinRefused)) {
                answer = frame;
                answeredFrom = from;
                askNanos = Deadlines.NEVER;
            }
        }
    }

    /** Does what is due. */
    public void handleTimeout(long nowNanos, Outlet outlet) {
        Sink sink = new Sink(nowNanos, outlet);
        tunnel.handleTimeout(nowNanos, sink);
        if (Deadlines.isDue(askNanos, nowNanos)) {
            ask(nowNanos, null, sink);
        }
    }

    /** When {@link #handleTimeout} is to be called. */
    public long nextDeadlineNanos() {
        return Deadlines.earlier(tunnel.nextDeadlineNanos(), askNanos);
    }

    private void ask(long nowNanos, @Nullable Endpoint via, Outbox outbox) {
        if (answer == null) {
            courier.sendNow(nowNanos, guise, via, question, outbox);
            askNanos = nowNanos + ASK_AGAIN_NANOS;
        }
    }

    /** {@link Frame.Welcome}, {@link Frame.JoinRefused}, or null as long as there is no answer. */
    public @Nullable Frame answer() {
        return answer;
    }

    /** Where the answer came from; null as long as there is none. */
    public Endpoint.@Nullable Direct answeredFrom() {
        return answeredFrom instanceof Endpoint.Direct direct ? direct : null;
    }

    /** Whether the inviter is there and knows the guest. */
    public boolean isHeard() {
        return peer.lastHandshakeNanos() != Deadlines.NEVER;
    }

    /** Wipes every secret. */
    public void shutdown() {
        tunnel.shutdown();
    }

    private final class Sink implements Outbox {
        private final long nowNanos;
        private final Outlet outlet;

        Sink(long nowNanos, Outlet outlet) {
            this.nowNanos = nowNanos;
            this.outlet = outlet;
        }

        @Override
        public void transmit(Endpoint to, byte[] datagram, int trafficClass) {
            if (to instanceof Endpoint.Direct direct) {
                outlet.transmit(direct, datagram);
            }
        }

        @Override
        public void emit(Event event) {
            if (event instanceof Event.SessionEstablished(var _, Endpoint via, boolean _)) {
                ask(nowNanos, via, this);
            }
        }

        @Override
        public void send(PublicKey to, Frame frame) {
            throw new AssertionError("a tunnel sends no frames of its own");
        }

        @Override
        public void sendVia(PublicKey to, Endpoint via, Frame frame) {
            throw new AssertionError("a tunnel sends no frames of its own");
        }

        @Override
        public void connect(PublicKey to, @Nullable Endpoint at) {
            throw new AssertionError("a tunnel asks for no sessions");
        }

        @Override
        public void renew(PublicKey to) {
            throw new AssertionError("a tunnel asks for no sessions");
        }

        @Override
        public void deliver(byte[] packet) {
            throw new AssertionError("a tunnel delivers no packets");
        }
    }
}
