package io.meshd.discovery;

import io.meshd.protocol.Deadlines;
import io.scalecube.cluster.Cluster;
import io.scalecube.cluster.ClusterConfig;
import io.scalecube.cluster.ClusterImpl;
import io.scalecube.cluster.ClusterMessageHandler;
import io.scalecube.cluster.Member;
import io.scalecube.cluster.membership.MemberStatus;
import io.scalecube.cluster.membership.MembershipEvent;
import io.scalecube.cluster.metadata.MetadataCodec;
import io.scalecube.cluster.transport.api.Message;
import io.scalecube.cluster.transport.api.MessageCodec;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The library on the node thread: its failure detector, its table and its gossip, and the few things that it is told.
 *
 * <p>It has no seeds: whom to talk to first is found out by {@link Seeds} and {@link Rendezvous}, and a new session
 * begins a comparison of tables ({@link TableSync}). Its own timeout of suspicion is only the last resort; usually
 * {@link Suspicions} decides earlier.
 */
final class Library {
    /** One member is probed in each of these (SWIM's protocol period). */
    static final int PING_INTERVAL_MILLIS = 1000;
    /** When a probe turns to helpers: twice the round trip of a bad relayed path. */
    static final int PING_TIMEOUT_MILLIS = 600;
    /** How many helpers are asked (k of the SWIM paper). */
    static final int HELPERS = 3;
    /** What a rumour about an accusation is called inside the library; it never travels under this name. */
    static final String ACCUSATION = "meshd/accusation";

    private static final int GOSSIP_INTERVAL_MILLIS = 200;
    private static final int GOSSIP_FANOUT = 3;
    private static final int GOSSIP_REPEAT_MULTIPLIER = 2;
    private static final int SYNC_INTERVAL_MILLIS = 10_000;
    private static final int SUSPICION_MULTIPLIER = 5;
    private static final String TABLE_CID = "table";

    private final Member self;
    private final Timers timers;
    private final SessionTransport transport;
    private final Cluster cluster;
    private @Nullable Throwable failure;

    Library(Member self, Timers timers, SessionTransport transport, Consumer<Member> removed) {
        this.self = self;
        this.timers = timers;
        this.transport = transport;
        this.cluster = new ClusterImpl(config(self, transport)).handler(_ -> new ClusterMessageHandler() {
            @Override
            public void onMembershipEvent(MembershipEvent event) {
                if (event.isRemoved()) {
                    // Not from inside the library: an exception here would end its subscription to its own events.
                    timers.schedule(() -> removed.accept(event.member()));
                }
            }
        });
    }

    private static ClusterConfig config(Member self, SessionTransport transport) {
        return ClusterConfig.defaultLanConfig().memberId(self.id()).metadata(null).metadataCodec(new NoMetadata())
                .transport(options -> options.transportFactory(_ -> transport).messageCodec(new NoCodec()))
                .failureDetector(options -> options.pingInterval(PING_INTERVAL_MILLIS)
                        .pingTimeout(PING_TIMEOUT_MILLIS).pingReqMembers(HELPERS))
                .gossip(options -> options.gossipInterval(GOSSIP_INTERVAL_MILLIS).gossipFanout(GOSSIP_FANOUT)
                        .gossipRepeatMult(GOSSIP_REPEAT_MULTIPLIER))
                .membership(options -> options.syncInterval(SYNC_INTERVAL_MILLIS)
                        .suspicionMult(SUSPICION_MULTIPLIER).namespace(self.namespace()));
    }

    /**
     * Starts it, completely: without seeds there is nothing to wait for.
     *
     * @throws IllegalStateException when it does not start; a defect of this program, not of its surroundings
     */
    void start() {
        LibraryScope.run(timers, () -> ((ClusterImpl) cluster).start().subscribe(null, e -> failure = e));
        timers.run();
        if (failure != null) {
            throw new IllegalStateException("membership does not start", failure);
        }
        if (timers.nextNanos() == Deadlines.NEVER) {
            throw new IllegalStateException("something else in this JVM has replaced Reactor's scheduler factory");
        }
    }

    /** The member is alive in this incarnation. */
    void alive(Member member, int incarnation) {
        row(member, MemberStatus.ALIVE, incarnation);
    }

    /** The member is suspected in this incarnation; if it is this node, it will refute. */
    void suspect(Member member, int incarnation) {
        row(member, MemberStatus.SUSPECT, incarnation);
    }

    /** The member leaves; it is removed as well, by {@link #remove}, after this was passed on. */
    void leaving(Member member, int incarnation) {
        row(member, MemberStatus.LEAVING, incarnation);
    }

    /** Removes the member from this node's table. A dead record is applied and never passed on. */
    void remove(Member member, int incarnation) {
        row(member, MemberStatus.DEAD, incarnation);
    }

    private void row(Member member, MemberStatus status, int incarnation) {
        Object data = LibraryTypes.syncData(List.of(new LibraryTypes.TableRow(member, status, incarnation)));
        transport.inject(SessionTransport.message(SessionTransport.SYNC_ACK, null, member.address(), data));
    }

    /** Asks for the table; it comes by {@link SessionTransport.Outlet#table}, after what was told before is in it. */
    void readTable() {
        transport.inject(SessionTransport.message(SessionTransport.SYNC, TABLE_CID, self.address(),
                LibraryTypes.syncData(List.of())));
    }

    /** A member pings the run {@code target} of this node. */
    void pinged(Member by, Member target, String cid) {
        transport.inject(SessionTransport.message(SessionTransport.PING, cid, by.address(),
                LibraryTypes.ping(by, target, null)));
    }

    /** A member asks this node to ping another. */
    void askedToPing(Member by, Member target, String cid) {
        transport.inject(SessionTransport.message(SessionTransport.PING_REQUEST, cid, by.address(),
                LibraryTypes.ping(by, target, null)));
    }

    /** The target of a ping for {@code issuer} has answered. */
    void answeredFor(Member issuer, Member target, String cid) {
        transport.inject(SessionTransport.message(SessionTransport.PING_ACK, cid, target.address(),
                LibraryTypes.pingAck(self, target, issuer, LibraryTypes.DEST_OK)));
    }

    /** The library's form of the answer to its own ping. */
    Message ack(Member target, String cid, boolean gone) {
        return SessionTransport.message(SessionTransport.PING_ACK, cid, target.address(), LibraryTypes.pingAck(self,
                target, null, gone ? LibraryTypes.DEST_GONE : LibraryTypes.DEST_OK));
    }

    /** Has an accusation passed on. */
    void spread(Rumour.Accusation accusation) {
        cluster.spreadGossip(Message.withData(accusation).qualifier(ACCUSATION).build()).subscribe();
    }

    /** Moves the own incarnation on and spreads it. */
    void announce() {
        cluster.updateMetadata("").subscribe();
    }

    /** The ids of all members that it knows, this node among them. */
    SortedSet<String> memberIds() {
        SortedSet<String> ids = new TreeSet<>();
        cluster.members().forEach(member -> ids.add(member.id()));
        return ids;
    }

    /** Says goodbye by gossip and stops; {@code done} runs when it has. */
    void leave(Runnable done) {
        cluster.onShutdown().subscribe(null, _ -> done.run(), done);
        cluster.shutdown();
    }

    /** Never asked: nothing that is read here ever came from a wire. */
    private static final class NoCodec implements MessageCodec {
        @Override
        public Message deserialize(InputStream stream) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void serialize(Message message, OutputStream stream) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class NoMetadata implements MetadataCodec {
        @Override
        public Object deserialize(ByteBuffer buffer) {
            return "";
        }

        @Override
        public ByteBuffer serialize(Object metadata) {
            return SessionTransport.NO_METADATA.duplicate();
        }
    }
}
