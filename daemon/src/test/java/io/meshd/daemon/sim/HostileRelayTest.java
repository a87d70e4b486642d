package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.FrameCodec;
import io.meshd.protocol.RelayHeader;
import io.meshd.protocol.RelayReason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A relay that cheats, and a client that does: with true keys and sessions, inside the protocol. */
class HostileRelayTest {
    private static final int SEEDS = 5;

    private record Cast(SimulatedHost alpha, SimulatedHost beta, SimulatedHost gamma, HostileRelay mallory) {}

    /** Three hosts that reach each other by mallory alone; who carries until it is told another trick. */
    private static Cast settle(SimulatedNetwork network) {
        SimulatedHost alpha = network.host("alpha");
        SimulatedHost beta = network.host("beta");
        SimulatedHost gamma = network.host("gamma");
        network.trustAll();
        network.cut(alpha, gamma);
        network.cut(alpha, beta);
        network.cut(beta, gamma);
        HostileRelay mallory = new HostileRelay(network, "198.18.9.9");
        mallory.trick(mallory::carry);
        for (SimulatedHost host : network.hosts()) {
            host.trustRelay("mallory", mallory.key);
            mallory.knows(host);
            network.hosts().stream().filter(other -> other != host).forEach(host::seed);
            host.seed(mallory.key, mallory.at);
            host.start();
        }
        mallory.start();
        network.await(20 * SECOND, "the mesh", network::isWhole);
        assertThat(alpha.send(gamma)).satisfies(parcel -> {
            network.run(SECOND);
            assertThat(parcel.hasArrived()).isTrue();
        });
        return new Cast(alpha, beta, gamma, mallory);
    }

    private static long drops(SimulatedHost host, DropReason reason) {
        return host.node().counters().drops(reason);
    }

    @Test
    void tamperedFramesAreDroppedAndCounted() {
        Simulation.run("relay-tampers", SEEDS, network -> {
            Cast cast = settle(network);
            SimulatedHost alpha = cast.alpha();
            SimulatedHost gamma = cast.gamma();
            HostileRelay mallory = cast.mallory();
            long before = drops(gamma, DropReason.MALFORMED);
            mallory.trick((from, data) -> {
                byte[] message = data.message().toArray();
                message[16 + network.random.nextInt(message.length - 16)] ^= (byte) (1 << network.random.nextInt(8));
                mallory.say(mallory.far(from, data.channel()),
                        new Frame.RelayedMessage(true, data.channel(), Bytes.copyOf(message)));
            });
            Parcel parcel = alpha.send(gamma);
            network.run(300 * MILLI);
            assertThat(parcel.hasArrived()).isFalse();
            assertThat(drops(gamma, DropReason.MALFORMED)).isGreaterThan(before);
            mallory.trick(mallory::carry);
            requireTalk(network, cast);
        });
    }

    @Test
    void replayedAndDuplicatedFramesArriveOnce() {
        Simulation.run("relay-replays", SEEDS, network -> {
            Cast cast = settle(network);
            SimulatedHost alpha = cast.alpha();
            SimulatedHost gamma = cast.gamma();
            HostileRelay mallory = cast.mallory();
            List<Frame.RelayedMessage> kept = new ArrayList<>();
            mallory.trick((from, data) -> {
                kept.add(data);
                for (int i = 0; i < 3; i++) {
                    mallory.carry(from, data);
                }
                Frame.RelayedMessage old = kept.get(network.random.nextInt(kept.size()));
                mallory.say(mallory.far(from, data.channel()),
                        new Frame.RelayedMessage(true, data.channel(), old.message()));
            });
            List<Parcel> parcels = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                // That none is delivered twice is required of every delivery.
                parcels.add(alpha.send(gamma));
                parcels.add(gamma.send(alpha));
                network.run(20 * MILLI);
            }
            network.run(SECOND);
            assertThat(parcels).allMatch(Parcel::hasArrived);
            assertThat(drops(gamma, DropReason.DUPLICATE)).isPositive();
        });
    }

    @Test
    void misdirectedFramesAreDroppedAndTeachNothing() {
        Simulation.run("relay-misdirects", SEEDS, network -> {
            Cast cast = settle(network);
            SimulatedHost alpha = cast.alpha();
            SimulatedHost beta = cast.beta();
            SimulatedHost gamma = cast.gamma();
            HostileRelay mallory = cast.mallory();
            alpha.send(gamma);
            beta.send(gamma);
            network.run(SECOND);
            // What alpha sends gamma comes by the channel of beta.
            mallory.trick((from, data) -> {
                SimulatedHost far = mallory.far(from, data.channel());
                boolean astray = from == alpha && far == gamma;
                mallory.say(far, new Frame.RelayedMessage(true, astray ? mallory.channel(beta, gamma) : data.channel(),
                        data.message()));
            });
            long before = drops(gamma, DropReason.UNAUTHORIZED_PEER);
            Parcel parcel = alpha.send(gamma);
            network.run(300 * MILLI);
            assertThat(parcel.hasArrived()).isFalse();
            assertThat(drops(gamma, DropReason.UNAUTHORIZED_PEER)).isGreaterThan(before);
            network.run(30 * SECOND);
            for (SimulatedHost host : List.of(alpha, beta)) {
                assertThat(gamma.view(host).candidates())
                        .filteredOn(candidate -> candidate.endpoint() instanceof Endpoint.Relayed)
                        .allMatch(candidate -> candidate.endpoint() instanceof Endpoint.Relayed(var _, var peer)
                                && peer.equals(host.key));
            }
            mallory.trick(mallory::carry);
            requireTalk(network, cast);
        });
    }

    @Test
    void framesInsideARelayedSessionAreNeverRelayed() {
        Simulation.run("relay-nests", SEEDS, network -> {
            SimulatedHost relay = network.host("relay");
            relay.relaying(RelayedMesh.SERVING);
            Cast cast = settle(network);
            SimulatedHost alpha = cast.alpha();
            HostileRelay mallory = cast.mallory();
            // A frame whose message is a frame: mallory is a client of the true relay here.
            long before = relay.node().counters().relayedForOthers();
            byte[] inner = FrameCodec.encode(new Frame.RelayedMessage(false, 7, keepalive()));
            byte[] nested = new byte[RelayHeader.BYTES + inner.length];
            RelayHeader.write(nested, 0, false, 7, inner.length);
            System.arraycopy(inner, 0, nested, RelayHeader.BYTES, inner.length);
            long malformed = drops(alpha, DropReason.MALFORMED);
            mallory.sayRaw(alpha, nested);
            network.run(SECOND);
            assertThat(drops(alpha, DropReason.MALFORMED)).isGreaterThan(malformed);
            assertThat(relay.node().counters().relayedForOthers()).isEqualTo(before);
        });
    }

    @Test
    void channelsThatDoNotExistAreAskedForWithinBounds() {
        Simulation.run("relay-invents", SEEDS, network -> {
            Cast cast = settle(network);
            SimulatedHost alpha = cast.alpha();
            HostileRelay mallory = cast.mallory();
            network.run(10 * SECOND);
            mallory.received.clear();
            long before = drops(alpha, DropReason.NO_SESSION);
            for (int i = 0; i < 2_000; i++) {
                mallory.say(alpha, new Frame.RelayedMessage(true, 0x4000_0000 + i, keepalive()));
                network.run(MILLI);
            }
            network.run(SECOND);
            assertThat(drops(alpha, DropReason.NO_SESSION) - before).isGreaterThanOrEqualTo(2_000);
            assertThat(mallory.received.stream()
                    .filter(received -> received.frame() instanceof Frame.RelayClose close
                            && close.reason() == RelayReason.WHICH))
                    .hasSizeBetween(1, 128 + 4 * 64);
            requireTalk(network, cast);
        });
    }

    @Test
    void channelsToNobodyAreNotTaken() {
        Simulation.run("relay-pretends", SEEDS, network -> {
            Cast cast = settle(network);
            SimulatedHost alpha = cast.alpha();
            SimulatedHost gamma = cast.gamma();
            HostileRelay mallory = cast.mallory();
            network.run(20 * SECOND);
            PublicKey stranger = Identity.generate(network.random.split()).publicKey();
            int candidates = alpha.view(gamma).candidates().size();
            mallory.say(alpha, new Frame.RelayChannel(5, stranger));
            mallory.say(alpha, new Frame.RelayChannel(6, alpha.key));
            mallory.say(alpha, new Frame.RelayChannel(7, mallory.key));
            network.run(SECOND);
            assertThat(mallory.received).filteredOn(received -> received.frame() instanceof Frame.RelayClose close
                    && close.reason() == RelayReason.REFUSED).hasSize(3);
            assertThat(alpha.view(gamma).candidates()).hasSize(candidates);
        });
    }

    @Test
    void relayThatOpensAndEndsChannelsWithoutEndMovesNobodyFast() {
        Simulation.run("relay-flaps", SEEDS, network -> {
            Cast cast = settle(network);
            SimulatedHost alpha = cast.alpha();
            SimulatedHost gamma = cast.gamma();
            HostileRelay mallory = cast.mallory();
            network.mend(alpha, gamma);
            alpha.send(gamma);
            network.run(5 * SECOND);
            long before = alpha.node().insight().pathCounters().pathChanges();
            for (int i = 0; i < 5_000; i++) {
                int channel = 100 + i;
                mallory.say(alpha, new Frame.RelayChannel(channel, gamma.key));
                mallory.say(alpha, new Frame.RelayClose(true, channel, RelayReason.GONE, null));
                network.run(2 * MILLI);
            }
            assertThat(alpha.node().insight().pathCounters().pathChanges() - before).isLessThanOrEqualTo(2);
            Parcel parcel = alpha.send(gamma);
            network.run(SECOND);
            assertThat(parcel.hasArrived()).isTrue();
        });
    }

    /** Mallory as a client of a true relay. */
    @Test
    void clientCanNeitherFloodARelayNorUseChannelsOfOthers() {
        Simulation.run("relay-client", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 1);
            SimulatedHost relay = mesh.relays.getFirst();
            HostileRelay mallory = new HostileRelay(network, "198.18.9.9");
            relay.trustRelay("mallory", mallory.key);
            mallory.knows(relay);
            mesh.start();
            mallory.start();
            mesh.alpha.send(mesh.gamma);
            network.run(2 * SECOND);
            mallory.received.clear();
            // Opens without end, for strangers and for those that there are.
            for (int i = 0; i < 2_000; i++) {
                mallory.say(relay, new Frame.RelayOpen(i % 2 == 0
                        ? mesh.alpha.key
                        : Identity.generate(network.random.split()).publicKey()));
                network.run(MILLI);
            }
            network.run(SECOND);
            long answers = mallory.received.stream().filter(received -> received.frame() instanceof Frame.RelayClose
                    || received.frame() instanceof Frame.RelayChannel).count();
            assertThat(answers).isBetween(1L, 64L + 4 * 8);
            Set<Integer> numbers = new HashSet<>();
            mallory.received.forEach(received -> {
                if (received.frame() instanceof Frame.RelayChannel(int channel, var _)) {
                    numbers.add(channel);
                }
            });
            assertThat(numbers).as("one channel for one pair").hasSizeLessThanOrEqualTo(1);
            // Guesses numbers of others: even the right one is of no use to a third.
            long before = relay.node().counters().relayedForOthers();
            for (int i = 0; i < 1_000; i++) {
                mallory.say(relay,
                        new Frame.RelayedMessage(false, 1 + network.random.nextInt(0x7fff_fffe), keepalive()));
            }
            network.run(SECOND);
            assertThat(drops(relay, DropReason.NO_SESSION)).isGreaterThanOrEqualTo(1_000);
            long idle = relay.node().counters().relayedForOthers() - before;
            assertThat(idle).as("what the two say to each other meanwhile").isLessThan(200);
            Parcel parcel = mesh.alpha.send(mesh.gamma);
            network.run(SECOND);
            assertThat(parcel.hasArrived()).isTrue();
        });
    }

    @Test
    void relayThatSwallowsEverythingIsLeftForAnother() {
        Simulation.run("relay-swallows", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 1);
            HostileRelay mallory = new HostileRelay(network, "198.18.9.9");
            for (SimulatedHost host : List.of(mesh.alpha, mesh.gamma)) {
                host.trustRelay("mallory", mallory.key);
                mallory.knows(host);
            }
            mallory.trick(mallory::carry);
            mesh.start();
            mallory.start();
            Flow flow = mesh.flow(20 * SECOND);
            network.run(8 * SECOND);
            mallory.trick((from, data) -> {});
            network.run(13 * SECOND);
            assertThat(flow.longestGapNanos()).isLessThanOrEqualTo(SECOND);
        });
    }

    private static void requireTalk(SimulatedNetwork network, Cast cast) {
        network.await(30 * SECOND, "talk again", () -> {
            Parcel parcel = cast.alpha().send(cast.gamma());
            network.run(500 * MILLI);
            return parcel.hasArrived();
        });
    }

    private static Bytes keepalive() {
        byte[] message = new byte[32];
        message[0] = 4;
        return Bytes.copyOf(message);
    }
}
