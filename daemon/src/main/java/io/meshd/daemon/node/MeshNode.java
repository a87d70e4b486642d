package io.meshd.daemon.node;

import io.meshd.discovery.KnownPeer;
import io.meshd.discovery.Membership;
import io.meshd.discovery.Seed;
import io.meshd.discovery.SeedSource;
import io.meshd.discovery.Seeds;
import io.meshd.identity.Bytes;
import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelKey;
import io.meshd.identity.TunnelPrivateKey;
import io.meshd.nat.CandidateKind;
import io.meshd.nat.Paths;
import io.meshd.nat.Signalling;
import io.meshd.nat.mapping.MappedPort;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.IntroductionSet;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import io.meshd.tunnel.Peer;
import io.meshd.tunnel.Tai64n;
import io.meshd.tunnel.Tunnel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A whole node: the tunnel, the paths, membership and seeds, and what passes between them.
 *
 * <p>Every verb runs to completion: a part talks to the {@link NodeOutbox}, and what it said is acted on when that part
 * has returned. One thread owns the node; {@link #dataPlane()} is what other threads may use. Time is the caller's
 * clock, which counts suspend.
 */
public final class MeshNode {
    private final Counters counters = new Counters();
    private final Surroundings surroundings;
    private final NodeOutbox outbox;
    private final OwnRecord own;
    private final Tunnel tunnel;
    private final Paths paths;
    private final FrameCourier courier;
    private final Newcomers newcomers;
    private final Guests guests;
    private final Introductions introductions;
    private final Neighbours neighbours;
    private final DataPlane dataPlane;
    private final PacketWalk walk;
    private final OneByOne slowPath;
    private final Traffic traffic;
    private final Membership membership;
    private final Seeds seeds;
    private final Sessions sessions;
    private final Greetings greetings;
    private final Reachability reachability;
    private final Signalling signalling;
    private final MappedPorts mappedPorts;
    private final LocalNetwork localNetwork;
    private final RouteTable routes;
    private final Claims claims;
    private final Relaying relaying;
    private final Conversation conversation;
    private final Insight insight;
    private final Remembered remembered;
    private boolean started;
    private long now;

    /**
     * A node that does nothing until {@link #start}.
     *
     * @param origin where in time and in its earlier life the node stands
     */
    public MeshNode(Identity identity, NodeSettings settings, List<PeerGrant> grants, NodeOrigin origin,
            RandomGenerator random, Surroundings surroundings) {
        this.now = origin.nowNanos();
        this.surroundings = surroundings;
        this.outbox = new NodeOutbox(surroundings, this);
        this.own = new OwnRecord(identity, origin.epoch(), settings);
        TunnelPrivateKey tunnelKey = identity.tunnelPrivateKey();
        this.tunnel = new Tunnel(tunnelKey, random,
                new Tai64n(origin.timestampSeconds(), origin.timestampNanos()), origin.epochOffsetNanos());
        tunnelKey.destroy();
        this.paths = new Paths(identity.publicKey(), random);
        this.courier = new FrameCourier(tunnel, counters);
        this.newcomers = new Newcomers(tunnel, courier, own, counters, surroundings, random);
        this.guests = new Guests(tunnel, courier, own, counters, surroundings, random, newcomers);
        this.neighbours = new Neighbours(tunnel, paths, random, settings.mtu(), newcomers);
        this.introductions = new Introductions(neighbours, surroundings, counters);
        this.dataPlane = new DataPlane(tunnel, counters);
        this.walk = dataPlane.newWalk();
        this.slowPath = new OneByOne(this, surroundings);
        this.traffic = new Traffic(neighbours, dataPlane);
        neighbours.grant(now, grants, outbox);
        this.membership = new Membership(identity, own.current(), neighbours.keys(), origin.knownPeers(), random);
        this.seeds = new Seeds(now, neighbours.keys(), origin.knownPeers());
        this.sessions = new Sessions(tunnel, neighbours, courier, membership, seeds, counters);
        this.greetings = new Greetings(neighbours, courier, own);
        this.reachability = new Reachability(own, paths, neighbours, counters, random);
        this.signalling = new Signalling(identity, origin.epoch(), paths,
                new Acquaintances(neighbours, reachability.endpoints(), () -> now), new SideSockets(surroundings),
                random);
        this.mappedPorts = new MappedPorts(neighbours, surroundings, random);
        this.localNetwork = new LocalNetwork(identity, neighbours, sessions, surroundings, random);
        this.routes = new RouteTable(neighbours, dataPlane, surroundings);
        this.claims = new Claims(own, neighbours, membership, sessions, routes, counters);
        this.remembered = new Remembered(neighbours, sessions, claims, origin.knownPeers());
        this.relaying = new Relaying(own, paths, neighbours, sessions, courier, dataPlane, surroundings, counters,
                random);
        this.conversation = new Conversation(greetings, claims, membership, reachability, mappedPorts, signalling,
                relaying, introductions, walk, slowPath, surroundings, counters);
        this.insight = new Insight(paths, membership, newcomers, seeds, reachability, mappedPorts, localNetwork,
                neighbours, new Inquiry(own, neighbours, reachability.endpoints(), signalling, relaying));
    }

    /** Has a part do something, and acts on what it says. */
    private void act(long nowNanos, Runnable verb) {
        now = nowNanos;
        verb.run();
        settle();
    }

    // What the world tells the node.

    /** Begins: looks for the others. */
    public void start(long nowNanos) {
        now = nowNanos;
        started = true;
        membership.start(now, outbox);
        if (!own.endpoints().isEmpty()) {
            announce();
        }
        remembered.recall(now, outbox);
        routes.publish(own.settings());
        settle();
    }

    /** A handshake message that a {@link PacketWalk} let pass. */
    public void handshake(long nowNanos, byte[] datagram, Endpoint from) {
        act(nowNanos, () -> handshake(datagram, from));
    }

    void handshake(byte[] datagram, Endpoint from) {
        tunnel.handleAdmitted(now, datagram, from, outbox);
    }

    /** A STUN message that a reader thread passed on. */
    public void stun(long nowNanos, byte[] datagram, Endpoint from) {
        act(nowNanos, () -> stun(datagram, from));
    }

    void stun(byte[] datagram, Endpoint from) {
        if (!mappedPorts.stun(now, datagram)) {
            reachability.stun(now, datagram, from, outbox);
        }
    }

    /** Frames that a reader thread opened. */
    public void frames(long nowNanos, Peer from, Endpoint via, byte[] packet) {
        act(nowNanos, () -> frames(from, via, packet));
    }

    void frames(Peer from, Endpoint via, byte[] packet) {
        // They may be what confirms their session: that comes first.
        tunnel.collect(now, outbox);
        outbox.settle();
        Neighbour neighbour = neighbours.of(from.key());
        if (neighbour == null) {
            guests.hear(now, from, via, packet, outbox);
        } else if (neighbour.key() != null) {
            for (Frame frame : courier.read(now, neighbour, packet,
                    whole -> slowPath.takeWhole(walk, whole, from, via))) {
                conversation.hear(now, neighbour, frame, via, outbox);
                outbox.settle();
            }
        }
    }

    /** An inner packet for a peer without a session; it waits for one. */
    public void stage(long nowNanos, Peer to, byte[] packet) {
        act(nowNanos, () -> stage(to, packet));
    }

    void stage(Peer to, byte[] packet) {
        Neighbour neighbour = neighbours.of(to.key());
        if (neighbour != null) {
            sessions.stage(now, neighbour, packet, outbox);
        }
    }

    /** An inner packet that is too large for its path; it goes in pieces. */
    public void divide(long nowNanos, Peer to, byte[] packet) {
        act(nowNanos, () -> divide(to, packet));
    }

    void divide(Peer to, byte[] packet) {
        Neighbour neighbour = neighbours.of(to.key());
        if (neighbour != null) {
            courier.divide(now, neighbour, packet, outbox);
        }
    }

    /** One whole datagram on the node thread: what the reader threads do, for callers that have none. */
    public void receive(long nowNanos, byte[] datagram, Endpoint.Direct from) {
        now = nowNanos;
        walk.inbound(now, datagram, 0, datagram.length, from, 0, slowPath);
        afterPacket();
    }

    /** One inner packet from the host on the node thread. See {@link #receive}. */
    public void send(long nowNanos, byte[] packet) {
        now = nowNanos;
        walk.outbound(now, packet, 0, packet.length, slowPath);
        afterPacket();
    }

    private void afterPacket() {
        if (dataPlane.wantsCollect()) {
            collect(now);
        } else {
            settle();
        }
    }

    /** Looks at what the reader threads noted. */
    public void collect(long nowNanos) {
        now = nowNanos;
        tunnel.collect(now, outbox);
        traffic.collect(now, outbox);
        settle();
    }

    /** Local trust is now this, all of it. Who is no longer in it is gone when this returns. */
    public void trust(long nowNanos, List<PeerGrant> grants) {
        now = nowNanos;
        SortedSet<PublicKey> before = neighbours.keys();
        remembered.keep(knownPeers());
        neighbours.grant(now, grants, outbox);
        routes.publish(own.settings());
        reachability.trustChanged();
        greetings.trust();
        localNetwork.trust(now);
        membership.trust(now, neighbours.keys(), outbox);
        seeds.trust(now, neighbours.keys());
        for (PublicKey key : before) {
            if (neighbours.of(key) == null) {
                signalling.remove(now, key, outbox);
                relaying.forget(key, outbox);
            }
        }
        for (PublicKey key : neighbours.keys()) {
            if (!before.contains(key)) {
                remembered.lookFor(now, key, outbox);
            }
        }
        newcomers.takeAdopted().forEach(this::welcome);
        settle();
    }

    /** Goes on with somebody who was at the door and is a neighbour now, as if its session had just come up. */
    private void welcome(Newcomers.Newcomer newcomer) {
        TunnelKey key = newcomer.tunnel().key();
        Neighbour neighbour = neighbours.of(key);
        Endpoint via = newcomer.via() == null ? newcomer.tunnel().endpoint() : newcomer.via();
        NodeRecord record = newcomer.record();
        if (neighbour != null && via != null && neighbour.tunnel.hasSession(now)) {
            greet(key, via);
            sessions.established(now, key, via, false, outbox);
            if (record != null) {
                greetings.heard(now, neighbour, record, outbox);
                claims.hello(now, neighbour, record, outbox);
            }
        }
    }

    /**
     * Whether strangers may prove who they are, to be told by {@link Surroundings#newcomer}. Not at first. Whom
     * {@link #trust} names then is let in with the session that it has.
     */
    public void open(long nowNanos, boolean open) {
        act(nowNanos, () -> newcomers.open(open));
    }

    /** These guests may come, each to bring somebody: see {@link Surroundings#joining}. */
    public void invite(long nowNanos, Collection<PublicKey> invited) {
        act(nowNanos, () -> guests.invite(invited));
    }

    /** Tells a guest what became of its request. */
    public void answer(long nowNanos, PublicKey guest, Frame answer) {
        act(nowNanos, () -> guests.answer(now, guest, answer, outbox));
    }

    /** What this node says as an introducer; see {@link Introductions#offer}. */
    public void introduce(long nowNanos, IntroductionSet toAll, IntroductionSet toInvited,
            Collection<PublicKey> invited) {
        act(nowNanos, () -> introductions.offer(now, toAll, toInvited, invited));
    }

    /** Whom to ask whom they have admitted; their answers come by {@link Surroundings#introduced}. */
    public void introducers(long nowNanos, Collection<PublicKey> trusted) {
        act(nowNanos, () -> introductions.believe(now, trusted));
    }

    /** The node's own name, addresses or prefixes are now these. */
    public void settings(long nowNanos, NodeSettings newSettings) {
        now = nowNanos;
        own.settings(newSettings);
        neighbours.mtuBytes(newSettings.mtu());
        announce();
        routes.publish(newSettings);
        settle();
    }

    /** The node's own addresses outside the mesh, with the port, best first. */
    public void endpoints(long nowNanos, List<InetSocketAddress> endpoints) {
        now = nowNanos;
        boolean isFirst = own.endpoints().isEmpty();
        boolean moved = reachability.local(now, endpoints);
        if (moved) {
            tellEndpoints();
            signalling.whereaboutsChanged(now);
        }
        if (moved && !isFirst) {
            paths.networkChanged(now, outbox);
            sessions.tellDevices(now, outbox);
        }
        settle();
    }

    /**
     * The host has slept, or its packets leave another way, while its addresses are as they were: nothing that was proven
     * holds.
     */
    public void networkChanged(long nowNanos) {
        now = nowNanos;
        reachability.networkChanged(now);
        signalling.whereaboutsChanged(now);
        paths.networkChanged(now, outbox);
        settle();
    }

    private void tellEndpoints() {
        if (reachability.tell(now)) {
            announce();
        }
    }

    /** The STUN servers that are configured. */
    public void stunServers(long nowNanos, List<HostPort> servers) {
        act(nowNanos, () -> reachability.servers(now, servers));
    }

    /** Asks servers, and peers on the paths in use, where this node is: for who wants to know what is so now. */
    public void look(long nowNanos) {
        now = nowNanos;
        reachability.look(now);
        paths.look(now, outbox);
        settle();
    }

    /** The routers say that they map these ports to this node. Told to peers at once; confirmed when one has knocked. */
    public void portsMapped(long nowNanos, List<MappedPort> ports) {
        now = nowNanos;
        if (mappedPorts.mapped(now, ports)) {
            reachability.mapped(now, mappedPorts.endpoints());
            tellEndpoints();
            signalling.whereaboutsChanged(now);
        }
        settle();
    }

    /** Something happened in the host's local networks. */
    public void lan(long nowNanos, LanNews news) {
        act(nowNanos, () -> localNetwork.handle(now, news, outbox));
    }

    /** Whether peers may be told by signals where this node is, and are probed where theirs say. */
    public void allowSignalling(long nowNanos, boolean allowed) {
        act(nowNanos, () -> signalling.allow(now, allowed, outbox));
    }

    /** Signs a new own record and tells everybody; before the start nobody has heard the old one. */
    private void announce() {
        if (!started) {
            return;
        }
        NodeRecord record = own.renew();
        membership.updateOwnRecord(now, record, outbox);
        for (Neighbour neighbour : neighbours.all()) {
            if (neighbour.key() != null && neighbour.tunnel.hasSession(now)) {
                sendFrame(neighbour.key(), null, new Frame.Hello(record));
            }
        }
    }

    /** All seeds of one source. */
    public void seeds(long nowNanos, SeedSource source, List<Seed> newSeeds) {
        act(nowNanos, () -> seeds.replace(now, source, newSeeds));
    }

    /** All domains whose TXT records name seeds. */
    public void seedDomains(long nowNanos, Collection<String> domains) {
        act(nowNanos, () -> seeds.domains(now, new TreeSet<>(domains)));
    }

    /** A domain has these TXT records; an empty list with the reason when it could not be asked. */
    public void domainResolved(long nowNanos, String domain, List<String> records, @Nullable String error) {
        act(nowNanos, error == null
                ? () -> seeds.domainResolved(now, domain, records)
                : () -> seeds.domainFailed(now, domain, error));
    }

    /** The name of a seed or server has these addresses; an empty list with the reason when it could not be looked up. */
    public void resolved(long nowNanos, String host, List<InetAddress> addresses, @Nullable String error) {
        now = nowNanos;
        if (error == null) {
            seeds.resolved(now, host, addresses);
        } else {
            seeds.resolutionFailed(now, host, error);
        }
        reachability.resolved(now, host, addresses, outbox);
        settle();
    }

    /** Sends an echo to a peer; the answer comes by {@link Surroundings#echoReplied}. False when it is not known. */
    public boolean echo(long nowNanos, PublicKey peer, int id, int sequence, Bytes payload) {
        now = nowNanos;
        boolean known = neighbours.of(peer) != null;
        if (known) {
            sendFrame(peer, null, new Frame.EchoRequest(id, sequence, payload));
        }
        settle();
        return known;
    }

    /** Says goodbye. Go on calling {@link #handleTimeout} until {@link #hasLeft()}. */
    public void leave(long nowNanos) {
        act(nowNanos, () -> membership.leave(now, outbox));
    }

    public boolean hasLeft() {
        return membership.hasLeft();
    }

    /** Wipes every secret; the node is of no use afterwards. */
    public void shutdown() {
        localNetwork.wipe();
        tunnel.shutdown();
    }

    /** Does what is due. */
    public void handleTimeout(long nowNanos) {
        now = nowNanos;
        if (Deadlines.isDue(traffic.nextDeadlineNanos(), now)) {
            collect(now);
        }
        tunnel.handleTimeout(now, outbox);
        guests.handleTimeout(now);
        introductions.handleTimeout(now, outbox);
        greetings.handleTimeout(now, outbox);
        paths.handleTimeout(now, outbox);
        signalling.handleTimeout(now, outbox);
        membership.handleTimeout(now, outbox);
        seeds.handleTimeout(now, outbox.forSeeds());
        relaying.handleTimeout(now, outbox);
        reachability.handleTimeout(now, outbox);
        if (reachability.isRecordDue(now)) {
            tellEndpoints();
        }
        mappedPorts.handleTimeout(now, outbox);
        localNetwork.handleTimeout(now, outbox);
        settle();
    }

    /** When {@link #handleTimeout} is to be called. */
    public long nextDeadlineNanos() {
        return Deadlines.earliest(tunnel.nextDeadlineNanos(), paths.nextDeadlineNanos(),
                membership.nextDeadlineNanos(), seeds.nextDeadlineNanos(), guests.nextDeadlineNanos(),
                greetings.nextDeadlineNanos(), signalling.nextDeadlineNanos(), relaying.nextDeadlineNanos(),
                reachability.nextDeadlineNanos(), mappedPorts.nextDeadlineNanos(), localNetwork.nextDeadlineNanos(),
                traffic.nextDeadlineNanos(), introductions.nextDeadlineNanos());
    }

    // What the parts tell each other.

    private void settle() {
        reachability.tellWhetherOpen(mappedPorts);
        outbox.settle();
        relaying.tend(now, outbox);
        outbox.settle();
        for (Neighbour neighbour : neighbours.all()) {
            if (neighbour.paths != null) {
                neighbour.standby = neighbour.paths.standby();
                neighbour.tunnel.setMtuBytes(neighbour.paths.mtuBytes());
                if (neighbour.isOutOfReach(now)) {
                    signalling.seek(now, neighbour.paths.peer());
                }
            }
        }
    }

    /** The first thing in every session with a node: this node's record. Called in the middle of the tunnel's work. */
    void greet(TunnelKey peer, Endpoint via) {
        greetings.begin(now, peer, via, outbox);
    }

    void sendFrame(PublicKey peer, @Nullable Endpoint via, Frame frame) {
        sessions.send(now, peer, via, frame, outbox);
    }

    void relay(Endpoint.Relayed to, byte[] datagram, int trafficClass) {
        relaying.transmit(now, to, datagram, trafficClass);
    }

    void connectAt(PublicKey peer, @Nullable Endpoint at, CandidateKind kind) {
        sessions.connect(now, peer, at, kind, outbox);
    }

    void renewSession(PublicKey peer) {
        sessions.renew(now, peer, outbox);
    }

    void react(Event event) {
        switch (event) {
            case Event.Dropped(DropReason reason) -> counters.refused(reason);
            case Event.SessionEstablished(TunnelKey peer, Endpoint via, boolean asInitiator) -> {
                sessions.established(now, peer, via, asInitiator, outbox);
                mappedPorts.sessionUp(now);
            }
            case Event.SessionExpired(TunnelKey peer) -> {
                sessions.expired(now, peer, outbox);
                routes.publish(own.settings());
            }
            case Event.HandshakeGaveUp(TunnelKey peer) -> sessions.gaveUp(now, peer);
            case Event.HeardFrom(TunnelKey peer, Endpoint from) -> sessions.heardFrom(now, peer, from, outbox);
            case Event.TimestampReserved _,Event.IdentityConflict _,Event.ClaimRefused _ -> {}
            case Event.MemberChanged(PublicKey peer, MemberState _, MemberState to) -> memberChanged(peer, to);
            case Event.RecordLearned(NodeRecord record) -> claims.learned(now, record, outbox);
            case Event.PathChosen(PublicKey peer, Endpoint _, Endpoint to, String _) -> sessions.pathChosen(peer, to);
        }
        surroundings.happened(event);
    }

    private void memberChanged(PublicKey peer, MemberState to) {
        claims.memberChanged(peer, to);
        if (to == MemberState.DEAD) {
            sessions.doubt(now, peer, outbox);
        }
    }

    // What others ask.

    /** What the parts know, for reports. */
    public Insight insight() {
        return insight;
    }

    /** The part that reader threads use. */
    public DataPlane dataPlane() {
        return dataPlane;
    }

    public Counters counters() {
        return counters;
    }

    public NodeSettings settings() {
        return own.settings();
    }

    public NodeRecord ownRecord() {
        return own.current();
    }

    /** Every granted prefix and whether it is active. */
    public List<RouteView> routes() {
        return routes.routes();
    }

    /** What is worth keeping over a restart. */
    public List<KnownPeer> knownPeers() {
        return Remembered.worthKeeping(membership.knownPeers(), paths);
    }

    /** Every trusted peer, in the order of trust. */
    public Collection<NeighbourView> neighbours(long nowNanos) {
        return neighbours.views(nowNanos, membership.members());
    }
}
