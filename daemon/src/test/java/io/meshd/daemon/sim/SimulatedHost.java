package io.meshd.daemon.sim;

import io.meshd.daemon.node.RelaySettings;
import io.meshd.daemon.node.LanNews;
import io.meshd.daemon.node.MeshNode;
import io.meshd.daemon.node.NeighbourView;
import io.meshd.daemon.node.NodeOrigin;
import io.meshd.daemon.node.NodeSettings;
import io.meshd.daemon.node.PeerGrant;
import io.meshd.daemon.node.RouteView;
import io.meshd.daemon.node.Surroundings;
import io.meshd.discovery.Seed;
import io.meshd.discovery.SeedSource;
import io.meshd.identity.Bytes;
import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.nat.PathCounters;
import io.meshd.protocol.DatagramKind;
import io.meshd.protocol.Capability;
import io.meshd.protocol.Deadlines;
import io.meshd.nat.lan.LanLink;
import io.meshd.nat.mapping.MappedPort;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Introduction;
import io.meshd.protocol.IpPacket;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import io.meshd.testing.discovery.ScalecubeSeeding;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One host: a disk, addresses, an inner IP stack in miniature, and a real node while it runs.
 *
 * <p>Its clock has its own origin, as CLOCK_BOOTTIME has, and goes on while it sleeps.
 */
final class SimulatedHost implements Surroundings, Station {
    private static final long LEAVE_NANOS = 5 * SimulatedNetwork.SECOND;
    private static final long SAVE_NANOS = 5 * SimulatedNetwork.SECOND;
    /** Turns of one host at one moment; more is a loop. */
    private static final int TURNS_AT_ONCE_MAX = 20_000;
    private static final int PACKET_BYTES = 100;
    private static final int PORT = 51_821;
    private static final int FRESH_PORT_MIN = 32_768;
    private static final int INTERFACE = 2;
    /** Of a search, and those that earlier ones found. */
    private static final int EXTRAS_MAX = 300;
    private static final int EXTRA_PORT_FIRST = 32_768;
    private static final int EXTRA_PORTS = 28_232;
    private static final int ICMP_FIRST_BYTES_MIN = 28;

    final String name;
    final Identity identity;
    final PublicKey key;
    final Disk disk = new Disk();
    private final SimulatedNetwork network;
    private final SplittableRandom random;
    private final long clockOriginNanos;
    private long wallSkewNanos;
    private final Map<PublicKey, PeerGrant> grants = new LinkedHashMap<>();
    private final Map<PublicKey, SimulatedHost> trusted = new LinkedHashMap<>();
    private final List<Seed> seeds = new ArrayList<>();
    /** The ports of extra sockets, by number. */
    private final Map<Integer, Integer> extras = new LinkedHashMap<>();
    private int extrasMade;
    private Segment segment;
    private List<InetSocketAddress> addresses = List.of();
    private NodeSettings settings;
    private @Nullable MeshNode node;
    private final Map<String, PublicKey> known = new LinkedHashMap<>();
    private final List<String> refused = new ArrayList<>();
    private final Map<PublicKey, List<Introduction>> introduced = new LinkedHashMap<>();
    private int introducedTimes;
    private BiConsumer<PublicKey, Frame.Join> doorman = (_, _) -> {};
    private boolean open;
    private boolean discovers;
    private long beacons;
    private long portsReached;
    private long portsInVain;
    private boolean signals = true;
    private boolean asleep;
    private boolean leaving;
    private int run;
    private long timeoutAtNanos = Deadlines.NEVER;
    private long turnNanos;
    private int turnsAtOnce;
    private long icmpErrors;
    private long echoReplies;
    private long sessionsMade;
    private long housekeeping;

    SimulatedHost(SimulatedNetwork network, String name, Segment segment, SplittableRandom random) {
        this.network = network;
        this.segment = segment;
        this.name = name;
        this.random = random;
        this.identity = Identity.generate(random);
        this.key = identity.publicKey();
        // Booted a moment or a month ago.
        this.clockOriginNanos = random.nextBoolean()
                ? random.nextLong(SimulatedNetwork.SECOND)
                : random.nextLong(30L * 86_400 * SimulatedNetwork.SECOND);
        this.wallSkewNanos = random.nextLong(-60, 60) * SimulatedNetwork.SECOND;
        List<IpAddress> overlay = OverlayAddresses.DEFAULT.of(key);
        this.settings = new NodeSettings(name, "home-net", overlay, overlay.stream().map(Prefix::host).toList(), 1420,
                0, RelaySettings.GUEST);
    }

    // Configuration, which survives everything.

    IpAddress overlay(boolean v6) {
        return settings.addresses().stream().filter(address -> address.isV6() == v6).findFirst().orElseThrow();
    }

    NodeSettings settings() {
        return settings;
    }

    /** Takes new settings, live when the node runs. */
    void settings(NodeSettings newSettings) {
        network.note(name, "settings " + newSettings);
        settings = newSettings;
        turn(running -> running.settings(clockNanos(), newSettings));
    }

    /** Claims these prefixes from now on. */
    void claim(List<Prefix> prefixes) {
        settings(new NodeSettings(settings.name(), settings.networkId(), settings.addresses(), prefixes,
                settings.mtu(), settings.capabilities(), settings.relay()));
    }

    void mtu(int bytes) {
        settings(new NodeSettings(settings.name(), settings.networkId(), settings.addresses(), settings.prefixes(),
                bytes, settings.capabilities(), settings.relay()));
    }

    void networkId(String networkId) {
        settings(new NodeSettings(settings.name(), networkId, settings.addresses(), settings.prefixes(),
                settings.mtu(), settings.capabilities(), settings.relay()));
    }

    boolean claims(IpAddress address) {
        return settings.prefixes().stream().anyMatch(prefix -> prefix.contains(address));
    }

    /** Trusts another host with what it owns by its key. */
    void trust(SimulatedHost other) {
        trust(other, OverlayAddresses.DEFAULT.of(other.key).stream().map(Prefix::host).toList());
    }

    void trust(SimulatedHost other, List<Prefix> prefixes) {
        trusted.put(other.key, other);
        grants.put(other.key,
                new PeerGrant(other.name, other.key, other.key.tunnelKey(), prefixes, false, null, null, 0));
        grantsChanged("trusts " + other.name + " with " + prefixes);
    }

    /** Lets another host, which it trusts, relay for it from now on. */
    void relayBy(SimulatedHost other) {
        PeerGrant grant = grants.get(other.key);
        if (grant == null) {
            throw new IllegalStateException(name + " does not trust " + other.name);
        }
        grants.put(other.key, new PeerGrant(grant.name(), grant.key(), grant.tunnelKey(), grant.prefixes(), true, null,
                null, 0));
        grantsChanged("may use " + other.name + " as a relay");
    }

    /** Trusts a key that no simulated host has, as a relay. */
    void trustRelay(String named, PublicKey relay) {
        grants.put(relay, new PeerGrant(named, relay, relay.tunnelKey(),
                OverlayAddresses.DEFAULT.of(relay).stream().map(Prefix::host).toList(), true, null, null, 0));
        grantsChanged("trusts the relay " + named);
    }

    /** Serves as a relay, or uses none, from now on. */
    void relaying(RelaySettings relaying) {
        settings(new NodeSettings(settings.name(), settings.networkId(), settings.addresses(), settings.prefixes(),
                settings.mtu(),
                (relaying.serves() ? Capability.RELAY : 0) | (relaying.allowed() ? 0 : Capability.NO_RELAYED)
                        | (signals ? 0 : Capability.NO_SIGNALS),
                relaying));
    }

    /** Treats another host as a stock WireGuard device: no greeting, and packets at once. */
    void trustAsStock(SimulatedHost other) {
        trustAsStock(other, other.addresses.getLast());
    }

    void trustAsStock(SimulatedHost other, @Nullable InetSocketAddress endpoint) {
        grants.put(other.key, new PeerGrant(other.name, null, other.key.tunnelKey(),
                List.of(Prefix.host(other.overlay(false))), false, null, endpoint, 0));
        grantsChanged("takes " + other.name + " for a stock device");
    }

    /** Sends and follows no signals from now on. */
    void forbidSignals() {
        signals = false;
        relaying(settings.relay());
        turn(running -> running.allowSignalling(clockNanos(), false));
    }

    void untrust(SimulatedHost other) {
        trusted.remove(other.key);
        grants.remove(other.key);
        grantsChanged("trusts " + other.name + " no more");
    }

    private void grantsChanged(String what) {
        network.note(name, what);
        turn(running -> running.trust(clockNanos(), List.copyOf(grants.values())));
    }

    boolean trusts(SimulatedHost other) {
        return grants.containsKey(other.key);
    }

    Map<PublicKey, PeerGrant> grants() {
        return Map.copyOf(grants);
    }

    boolean isLeaving() {
        return leaving;
    }

    /** Whom this host would let send from an address: the longest grant of all. */
    @Nullable
    SimulatedHost ownerOf(IpAddress source) {
        SimulatedHost owner = null;
        int longest = -1;
        for (Map.Entry<PublicKey, PeerGrant> entry : grants.entrySet()) {
            for (Prefix prefix : entry.getValue().prefixes()) {
                if (prefix.contains(source) && prefix.length() > longest) {
                    longest = prefix.length();
                    owner = trusted.get(entry.getKey());
                }
            }
        }
        return owner;
    }

    /** Knows where another host is, as from {@code --seed PEER@HOST:PORT}. */
    void seed(SimulatedHost other) {
        seed(other, other.key);
    }

    void seed(PublicKey expected, InetSocketAddress at) {
        seeds.add(
                new Seed(SeedSource.COMMAND_LINE, new HostPort(IpAddress.of(at.getAddress()).toString(), at.getPort()),
                        expected));
        tellSeeds();
    }

    /** Knows an address where somebody may be, as from {@code --seed HOST:PORT}. */
    void anonymousSeed(SimulatedHost other) {
        seed(other, null);
    }

    private void seed(SimulatedHost other, @Nullable PublicKey expected) {
        for (InetSocketAddress at : other.addresses) {
            seeds.add(new Seed(SeedSource.COMMAND_LINE,
                    new HostPort(IpAddress.of(at.getAddress()).toString(), at.getPort()), expected));
        }
        tellSeeds();
    }

    void forgetSeeds() {
        seeds.clear();
        tellSeeds();
    }

    private void tellSeeds() {
        turn(running -> running.seeds(clockNanos(), SeedSource.COMMAND_LINE, List.copyOf(seeds)));
    }

    // Life.

    /** Starts the node, with what is on disk. */
    void start() {
        long epoch = disk.nextEpoch(wallNanos());
        network.note(name, "starts run " + epoch);
        run++;
        timeoutAtNanos = Deadlines.NEVER;
        asleep = false;
        leaving = false;
        MeshNode fresh = new MeshNode(identity, settings, List.copyOf(grants.values()),
                new NodeOrigin(clockNanos(), wallNanos() - clockNanos(), epoch, disk.timestampSeconds,
                        disk.timestampNanos, disk.knownPeers),
                new SplittableRandom(random.nextLong()), this);
        node = fresh;
        network.invariants.started(this);
        turn(running -> {
            running.open(clockNanos(), open);
            running.allowSignalling(clockNanos(), signals);
            running.start(clockNanos());
        });
        tellAddresses();
        tellSeeds();
        saveLater(run);
    }

    private void saveLater(int ofRun) {
        network.in(SAVE_NANOS, () -> {
            MeshNode running = node;
            if (running != null && run == ofRun) {
                disk.knownPeers = running.knownPeers();
                saveLater(ofRun);
            }
        });
    }

    /** The process is gone from one moment to the next (kill -9). */
    void crash() {
        network.note(name, "crashes");
        node = null;
        extras.clear();
    }

    /** Says goodbye and ends. */
    void leave() {
        network.note(name, "leaves");
        leaving = true;
        turn(running -> running.leave(clockNanos()));
        endWhenLeft(run, network.nowNanos() + LEAVE_NANOS);
    }

    private void endWhenLeft(int ofRun, long limitNanos) {
        network.in(10 * SimulatedNetwork.MILLI, () -> {
            MeshNode running = node;
            if (running == null || run != ofRun) {
                return;
            }
            Invariants.require(asleep || network.nowNanos() <= limitNanos, name + " does not end");
            if (!running.hasLeft()) {
                endWhenLeft(ofRun, asleep ? network.nowNanos() + LEAVE_NANOS : limitNanos);
                return;
            }
            network.note(name, "ends");
            disk.knownPeers = running.knownPeers();
            running.shutdown();
            node = null;
            extras.clear();
        });
    }

    /** Sleeps: hears nothing and does nothing, while time goes on. */
    void suspend() {
        network.note(name, "sleeps");
        asleep = true;
    }

    void wake() {
        network.note(name, "wakes");
        asleep = false;
        turn(running -> running.trust(clockNanos(), List.copyOf(grants.values())));
        turn(running -> running.networkChanged(clockNanos()));
        turn(running -> running.handleTimeout(clockNanos()));
        // What changed meanwhile.
        tellAddresses();
        if (!node().settings().equals(settings)) {
            turn(running -> running.settings(clockNanos(), settings));
        }
        tellSeeds();
    }

    /** Has these addresses from now on, and tells the node. */
    void move(List<InetSocketAddress> newAddresses) {
        network.note(name, "is at " + newAddresses.stream().map(SimulatedNetwork::text).toList());
        readdress(segment, newAddresses);
        tellAddresses();
    }

    private void readdress(Segment newSegment, List<InetSocketAddress> newAddresses) {
        addresses.forEach(address -> segment.detach(address.getAddress(), this));
        segment = newSegment;
        addresses = List.copyOf(newAddresses);
        addresses.forEach(address -> segment.attach(address.getAddress(), this));
    }

    /** Is in another network from now on, with new addresses of the families that it has; nobody tells the node yet. */
    void roam(Segment to) {
        int number = to.nextNumber();
        List<InetSocketAddress> there = addresses.stream()
                .map(address -> address.getAddress() instanceof Inet6Address ? to.v6(number) : to.v4(number))
                .filter(address -> to.hasV6() || !(address.getAddress() instanceof Inet6Address)).toList();
        network.note(name, "is in " + to + " at " + there.stream().map(SimulatedNetwork::text).toList());
        readdress(to, there);
    }

    /** What the kernel's news do for a node. */
    void tellAddresses() {
        turn(running -> running.endpoints(clockNanos(), addresses));
        turn(running -> running.lan(clockNanos(), new LanNews.Links(discovers ? lanLinks() : List.of(), PORT)));
    }

    /** Looks for others in the networks that it is in, or does so no longer. */
    void discoverLan(boolean wanted) {
        discovers = wanted;
        tellAddresses();
    }

    private List<LanLink> lanLinks() {
        return addresses.stream().map(address -> new LanLink(INTERFACE, address.getAddress())).toList();
    }

    /** The network that it is in. */
    Segment segment() {
        return segment;
    }

    boolean has(boolean v6) {
        return addresses.stream().anyMatch(address -> address.getAddress() instanceof Inet6Address == v6);
    }

    List<InetSocketAddress> addresses() {
        return addresses;
    }

    /** Forgets the number of its last run and whom it knew. */
    void loseMemory() {
        network.note(name, "loses its memory");
        disk.epoch = 0;
        disk.knownPeers = List.of();
    }

    /** Forgets which handshake timestamps it has used as well. */
    void loseTimestamps() {
        network.note(name, "loses its timestamps");
        disk.timestampSeconds = 0;
        disk.timestampNanos = 0;
    }

    void setWallClockBack(long byNanos) {
        wallSkewNanos -= byNanos;
    }

    boolean isUp() {
        return node != null;
    }

    boolean isAwake() {
        return node != null && !asleep;
    }

    MeshNode node() {
        MeshNode running = node;
        if (running == null) {
            throw new IllegalStateException(name + " does not run");
        }
        return running;
    }

    /** Counts the starts. */
    int run() {
        return run;
    }

    /** The host's own monotonic clock, which counts suspend. */
    long clockNanos() {
        return clockOriginNanos + network.nowNanos();
    }

    private long wallNanos() {
        return SimulatedNetwork.WALL_NANOS + wallSkewNanos + network.nowNanos();
    }

    /** Gives the node the word, then looks at what it did. */
    void turn(Consumer<MeshNode> verb) {
        MeshNode running = node;
        if (running == null || asleep) {
            return;
        }
        turnsAtOnce = turnNanos == network.nowNanos() ? turnsAtOnce + 1 : 0;
        turnNanos = network.nowNanos();
        Invariants.require(turnsAtOnce < TURNS_AT_ONCE_MAX, name + " is in a loop");
        ScalecubeSeeding.seed(random.nextLong());
        verb.accept(running);
        network.invariants.check(this, running);
        arm(running);
    }

    private void arm(MeshNode running) {
        long next = running.nextDeadlineNanos();
        if (next == Deadlines.NEVER) {
            return;
        }
        long atNanos = Math.max(network.nowNanos(), next - clockOriginNanos);
        if (timeoutAtNanos == Deadlines.NEVER || atNanos < timeoutAtNanos) {
            timeoutAtNanos = atNanos;
            network.at(atNanos, () -> timeout(running, atNanos));
        }
    }

    private void timeout(MeshNode ofNode, long atNanos) {
        if (ofNode != node || timeoutAtNanos != atNanos) {
            return;
        }
        timeoutAtNanos = Deadlines.NEVER;
        turn(running -> running.handleTimeout(clockNanos()));
    }

    // The network's side.

    @Override
    public void arrive(Datagram datagram) {
        Integer socket = addresses.contains(datagram.to())
                ? Integer.valueOf(Endpoint.ONE_PORT)
                : extraAt(datagram.to());
        if (!isAwake() || socket == null) {
            return;
        }
        network.note(name, "receives " + datagram.text());
        network.invariants.heard(this, datagram);
        turn(running -> running.receive(clockNanos(), datagram.payload().toArray(),
                new Endpoint.Direct(datagram.from(), socket)));
    }

    private @Nullable Integer extraAt(InetSocketAddress to) {
        boolean isHere = addresses.stream().anyMatch(own -> own.getAddress().equals(to.getAddress()))
                && !(to.getAddress() instanceof Inet6Address);
        return isHere
                ? extras.entrySet().stream().filter(extra -> extra.getValue() == to.getPort()).map(Map.Entry::getKey)
                        .findFirst().orElse(null)
                : null;
    }

    @Override
    public void openSocket(int number) {
        Invariants.require(extras.size() < EXTRAS_MAX, name + " has too many sockets");
        extras.put(number, EXTRA_PORT_FIRST + extrasMade++ % EXTRA_PORTS);
    }

    @Override
    public void closeSocket(int number) {
        extras.remove(number);
    }

    /** How many sockets there are beside the one port. */
    int extraSockets() {
        return extras.size();
    }

    @Override
    public void transmit(Endpoint.Direct where, byte[] datagram, int trafficClass) {
        InetSocketAddress to = where.address();
        boolean v6 = to.getAddress() instanceof Inet6Address;
        Integer extra = extras.get(where.socket());
        if (!where.isByOnePort() && extra == null) {
            return;
        }
        for (InetSocketAddress one : addresses) {
            InetSocketAddress own = extra == null ? one : new InetSocketAddress(one.getAddress(), extra);
            if (own.getAddress() instanceof Inet6Address == v6) {
                Datagram sent = new Datagram(own, to, Bytes.copyOf(datagram), trafficClass);
                housekeeping += isHousekeeping(datagram) ? 1 : 0;
                network.invariants.sent(this, sent);
                network.carry(this, segment, sent);
                return;
            }
        }
        network.note(name, "has no route to " + SimulatedNetwork.text(to));
    }

    // The inner stack.

    /** Sends an inner packet of the host to another's address inside the mesh. */
    Parcel send(SimulatedHost to) {
        return send(to, to.overlay(false), PACKET_BYTES);
    }

    Parcel send(SimulatedHost to, IpAddress destination, int length) {
        return send(to, overlay(destination.isV6()), destination, length);
    }

    /** Sends with any source address. */
    Parcel send(SimulatedHost to, IpAddress source, IpAddress destination, int length) {
        Parcel parcel = network.parcels.make(this, to, source, destination, length);
        network.note(name, "sends packet " + parcel.number + " to " + to.name);
        turn(running -> running.send(clockNanos(), parcel.packet.toArray()));
        return parcel;
    }

    @Override
    public void transmitAside(InetSocketAddress to, byte[] datagram) {
        for (InetSocketAddress own : addresses) {
            if (own.getAddress() instanceof Inet6Address == to.getAddress() instanceof Inet6Address) {
                int fresh = random.nextInt(FRESH_PORT_MIN, 65_536);
                network.carry(this, segment, new Datagram(new InetSocketAddress(own.getAddress(), fresh), to,
                        Bytes.copyOf(datagram), 0));
                return;
            }
        }
    }

    @Override
    public void multicast(LanLink link, byte[] beacon) {
        beacons++;
        network.spread(this, segment, link.local(), Bytes.copyOf(beacon));
    }

    /** A beacon is here; heard when the node looks into local networks. */
    void hear(InetAddress from, Bytes beacon) {
        for (LanLink link : lanLinks()) {
            if (discovers && link.isV6() == from instanceof Inet6Address) {
                turn(running -> running.lan(clockNanos(), new LanNews.Beacon(link, from, beacon)));
            }
        }
    }

    /** How many beacons left. */
    long beacons() {
        return beacons;
    }

    @Override
    public void portChecked(MappedPort port, boolean reached) {
        network.note(name,
                "hears that " + SimulatedNetwork.text(port.external()) + (reached ? " leads here" : " does not"));
        if (reached) {
            portsReached++;
        } else {
            portsInVain++;
        }
    }

    /** How often peers found that a port which a router said to map led here. */
    long portsReached() {
        return portsReached;
    }

    /** How often they found that it did not. */
    long portsInVain() {
        return portsInVain;
    }

    @Override
    public void deliver(byte[] packet) {
        if (!network.parcels.delivered(this, packet)) {
            int protocol = IpPacket.protocol(packet, 0);
            Invariants.require((protocol == IpPacket.ICMP || protocol == IpPacket.ICMPV6)
                    && packet.length >= ICMP_FIRST_BYTES_MIN, name + " was given bytes that mean nothing");
            network.note(name, "is given an ICMP error");
            icmpErrors++;
        }
    }

    long icmpErrors() {
        return icmpErrors;
    }

    /** Pings a peer; the answers are counted by {@link #echoReplies}. */
    void ping(SimulatedHost other) {
        turn(running -> running.echo(clockNanos(), other.key, 1, 1, Bytes.copyOf(new byte[8])));
    }

    long echoReplies() {
        return echoReplies;
    }

    @Override
    public void echoReplied(PublicKey peer, Frame.EchoReply reply, Endpoint via) {
        echoReplies++;
    }

    // What the node tells.

    @Override
    public void routesChanged(List<RouteView> routes) {
        network.note(name, "has routes " + routes.stream().filter(RouteView::active)
                .map(route -> route.prefix() + " " + route.peer()).toList());
    }

    @Override
    public void reserveTimestamps(long seconds, int nanos) {
        network.note(name, "reserves timestamps to " + seconds + "." + nanos);
        disk.timestampSeconds = seconds;
        disk.timestampNanos = nanos;
    }

    /** Lets in whoever comes under a name that nobody has had, from the next start on. */
    void open() {
        open = true;
    }

    @Override
    public void newcomer(NodeRecord record) {
        network.note(name, "meets " + record.name());
        PublicKey holder = known.putIfAbsent(record.name(), record.node());
        if (holder == null || holder.equals(record.node())) {
            network.in(SimulatedNetwork.MILLI, () -> network.hosts().stream()
                    .filter(other -> other.key.equals(record.node())).findFirst().ifPresent(this::trust));
        } else {
            refused.add(record.name());
        }
    }

    /** Has somebody decide about whom guests bring, from now on. */
    void doorman(BiConsumer<PublicKey, Frame.Join> decider) {
        doorman = decider;
    }

    @Override
    public void joining(PublicKey guest, Frame.Join join) {
        network.note(name, "a guest brings " + join.name());
        network.in(SimulatedNetwork.MILLI, () -> doorman.accept(guest, join));
    }

    @Override
    public void introduced(PublicKey introducer, List<Introduction> introductions) {
        network.note(name, "hears of " + introductions.stream().map(Introduction::name).toList());
        introduced.put(introducer, introductions);
        introducedTimes++;
    }

    /** Whom an introducer has named last, by name; null when it was not heard. */
    @Nullable
    List<String> introducedBy(SimulatedHost introducer) {
        List<Introduction> heard = introduced.get(introducer.key);
        return heard == null ? null : heard.stream().map(Introduction::name).sorted().toList();
    }

    /** How often a set of introductions was heard. */
    int introducedTimes() {
        return introducedTimes;
    }

    /** The names under which newcomers came that had another key. */
    List<String> refused() {
        return refused;
    }

    @Override
    public void happened(Event event) {
        network.note(name, event.toString());
        if (event instanceof Event.SessionEstablished) {
            sessionsMade++;
        }
    }

    /** How many handshakes were completed in all runs. */
    long sessionsMade() {
        return sessionsMade;
    }

    private static boolean isHousekeeping(byte[] datagram) {
        return switch (DatagramKind.of(datagram, 0, datagram.length)) {
            case INITIATION, RESPONSE, COOKIE_REPLY -> true;
            case DATA -> datagram.length == DatagramKind.DATA_BYTES_MIN;
            case STUN -> false;
            case OTHER -> throw new AssertionError("a node sends nothing of that kind");
        };
    }

    /** How many datagrams left that carried neither packets nor membership nor records: handshakes, keepalives, probes. */
    long housekeeping() {
        PathCounters probes = node().insight().pathCounters();
        return housekeeping + probes.probesSent() + probes.answersSent();
    }

    // Questions of tests.

    NeighbourView view(SimulatedHost other) {
        return node().neighbours(clockNanos()).stream().filter(view -> view.grant().isNode(other.key))
                .findFirst().orElseThrow();
    }

    MemberState opinion(SimulatedHost other) {
        return trusts(other) ? view(other).state() : MemberState.UNKNOWN;
    }

    boolean believesIn(SimulatedHost other) {
        return opinion(other) == MemberState.ALIVE;
    }

    /** Whether both are awake in one network and trust each other. */
    boolean shouldKnow(SimulatedHost other) {
        return other != this && isAwake() && other.isAwake() && !leaving && !other.leaving && trusts(other)
                && other.trusts(this)
                && settings.networkId().equals(other.settings.networkId());
    }

    boolean hasSessionAsStock(SimulatedHost other) {
        return node().neighbours(clockNanos()).stream()
                .anyMatch(view -> view.grant().tunnelKey().equals(other.key.tunnelKey()) && view.hasSession());
    }

    boolean hasSession(SimulatedHost other) {
        return view(other).hasSession();
    }

    /** Whether a route to any prefix of another host is active. */
    boolean hasRoute(SimulatedHost other) {
        return node().routes().stream()
                .anyMatch(route -> route.active() && route.owner().equals(other.key.tunnelKey()));
    }

    @Override
    public String toString() {
        return name;
    }
}
