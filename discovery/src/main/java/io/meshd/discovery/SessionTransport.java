package io.meshd.discovery;

import io.scalecube.cluster.Member;
import io.scalecube.cluster.transport.api.Message;
import io.scalecube.cluster.transport.api.Transport;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The library's transport: turns its messages into calls of {@link Outlet} and our findings into its messages.
 *
 * <p>No message of another node reaches the library. What it hears was made here: pings, answers to its own requests,
 * and table rows that passed every check of {@link News}. So nothing from outside can end one of its subscriptions,
 * which an exception in one of its components would do for good.
 *
 * <p>It asks for a member's metadata before it admits the member, also for each refutation. That question is answered
 * here, since the record has come by then; so an unreachable peer is known all the same.
 */
final class SessionTransport implements Transport {
    static final String PING = "sc/fdetector/ping";
    static final String PING_REQUEST = "sc/fdetector/pingReq";
    static final String PING_ACK = "sc/fdetector/pingAck";
    static final String SYNC = "sc/membership/sync";
    static final String SYNC_ACK = "sc/membership/syncAck";
    static final String GOSSIP_REQUEST = "sc/gossip/req";
    static final String METADATA_REQUEST = "sc/metadata/req";
    static final String METADATA_RESPONSE = "sc/metadata/resp";

    /** Records travel beside the library, so to the library all metadata is the same. */
    static final ByteBuffer NO_METADATA = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final Member self;
    private final Timers timers;
    private final Roster roster;
    private final Outlet outlet;
    private final Sinks.Many<Message> heard = Sinks.many().multicast().directBestEffort();
    private final ArrayDeque<Message> inbox = new ArrayDeque<>();
    private boolean pumping;
    private boolean stopped;

    /** What the library wants done. */
    interface Outlet {
        /** Pings a member; the answer, if one comes, is the library's own form of it. */
        Mono<Message> ping(Peer target, long epoch, String cid);

        /** Asks a member to ping the target of an earlier ping with the same correlation id. */
        Mono<Message> pingRequest(Peer helper, String cid);

        /** Pings a member for another one. */
        void pingFor(Member issuer, Peer target, long epoch, String cid);

        /** Answers a ping, or passes an answer on to who asked for it. */
        void ack(Peer to, String cid, boolean gone);

        /** Compares tables with a member. */
        void sync(Peer with);

        /** Passes a rumour on. */
        void gossip(Peer to, Message rumour);

        /** The library's own table, as asked for by {@link Library#readTable}. */
        void table(List<LibraryTypes.TableRow> rows);
    }

    SessionTransport(Member self, Timers timers, Roster roster, Outlet outlet) {
        this.self = self;
        this.timers = timers;
        this.roster = roster;
        this.outlet = outlet;
    }

    @Override
    public String address() {
        return self.address();
    }

    @Override
    public Mono<Transport> start() {
        return Mono.just(this);
    }

    @Override
    public Mono<Void> stop() {
        return Mono.fromRunnable(() -> {
            stopped = true;
            heard.tryEmitComplete();
        });
    }

    @Override
    public boolean isStopped() {
        return stopped;
    }

    @Override
    public Flux<Message> listen() {
        return heard.asFlux();
    }

    /**
     * Lets the library hear a message.
     *
     * <p>One at a time: its five subscribers each hold 256 messages and the sink drops what they cannot take, so the
     * next one is emitted behind the work that this one caused.
     */
    void inject(Message message) {
        inbox.add(message);
        if (!pumping) {
            pumping = true;
            timers.schedule(this::pump);
        }
    }

    private void pump() {
        Message next = inbox.poll();
        if (next != null && !stopped) {
            heard.tryEmitNext(next);
        }
        pumping = !inbox.isEmpty();
        if (pumping) {
            timers.schedule(this::pump);
        }
    }

    @Override
    public Mono<Void> send(String address, Message message) {
        return Mono.fromRunnable(() -> dispatch(address, message));
    }

    private void dispatch(String address, Message message) {
        if (address.equals(self.address())) {
            if (SYNC_ACK.equals(message.qualifier())) {
                outlet.table(LibraryTypes.rows(message.data()));
            }
            return;
        }
        Peer peer = roster.at(address);
        if (peer == null) {
            return;
        }
        switch (message.qualifier()) {
            case PING -> pingFor(peer, message);
            case PING_ACK -> outlet.ack(peer, message.correlationId(), LibraryTypes.isGone(message.data()));
            case SYNC -> outlet.sync(peer);
            case GOSSIP_REQUEST -> LibraryTypes.gossips(message.data()).forEach(rumour -> outlet.gossip(peer, rumour));
            default -> {
                // The library has no other one-way messages; a new one in a later version would be of no use to us.
            }
        }
    }

    private void pingFor(Peer target, Message message) {
        Member issuer = LibraryTypes.pingIssuer(message.data());
        if (issuer != null) {
            long epoch = Peer.epoch(LibraryTypes.pingTarget(message.data()));
            outlet.pingFor(issuer, target, epoch, message.correlationId());
        }
    }

    @Override
    public Mono<Message> requestResponse(String address, Message request) {
        Peer peer = roster.at(address);
        if (peer == null) {
            return Mono.never();
        }
        return switch (request.qualifier()) {
            case PING -> outlet.ping(peer, Peer.epoch(LibraryTypes.pingTarget(request.data())),
                    request.correlationId());
            case PING_REQUEST -> outlet.pingRequest(peer, request.correlationId());
            case METADATA_REQUEST -> Mono.fromSupplier(() -> metadata(peer, request));
            default -> Mono.never();
        };
    }

    private Message metadata(Peer peer, Message request) {
        @Nullable
        Member member = peer.member;
        return message(METADATA_RESPONSE, request.correlationId(), self.address(),
                LibraryTypes.metadataResponse(member == null ? self : member, NO_METADATA.duplicate()));
    }

    /** A message in the library's form. */
    static Message message(String qualifier, @Nullable String cid, String sender, Object data) {
        Message.Builder builder = Message.withData(data).qualifier(qualifier).sender(sender);
        return cid == null ? builder.build() : builder.correlationId(cid).build();
    }
}
