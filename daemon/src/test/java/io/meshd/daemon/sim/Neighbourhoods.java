package io.meshd.daemon.sim;

import io.meshd.daemon.sim.NatBehaviour.Dependence;
import io.meshd.daemon.sim.NatBehaviour.Ports;
import io.meshd.daemon.sim.NatBehaviour.V6;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Draws where the hosts of a mesh live: on the internet, in homes behind boxes of every kind, behind a carrier's NAT as
 * well, with one family of addresses or both, and some where no UDP passes.
 */
final class Neighbourhoods {
    private static final int HOSTS_MIN = 4;
    private static final int HOSTS_MAX = 8;
    private static final List<NatBehaviour> KINDS = List.of(NatBehaviour.FULL_CONE, NatBehaviour.ADDRESS_RESTRICTED,
            NatBehaviour.PORT_RESTRICTED, NatBehaviour.PORT_RESTRICTED, NatBehaviour.SYMMETRIC_SEQUENTIAL,
            NatBehaviour.SYMMETRIC_RANDOM,
            NatBehaviour.PORT_RESTRICTED.with(Dependence.ADDRESS_DEPENDENT, Ports.RANDOM),
            NatBehaviour.PORT_RESTRICTED.with(Dependence.ENDPOINT_INDEPENDENT, Ports.PRESERVED));

    private final SimulatedNetwork network;
    private final SplittableRandom random;
    private final List<Segment> places = new ArrayList<>();
    private final List<Segment> carriers = new ArrayList<>();
    private int names;

    Neighbourhoods(SimulatedNetwork network) {
        this.network = network;
        this.random = network.random.split();
    }

    /** Four to eight hosts that trust each other. The first has both families and nothing before it; all know it. */
    List<SimulatedHost> settle() {
        SimulatedHost seed = network.dualHost("host0");
        int size = random.nextInt(HOSTS_MIN, HOSTS_MAX + 1);
        for (int i = 1; i < size; i++) {
            live("host" + i, place());
        }
        network.trustAll();
        network.hosts().forEach(host -> host.seed(seed));
        return network.hosts();
    }

    private void live(String name, Segment place) {
        if (!place.hasV6()) {
            network.host(name, place);
        } else if (random.nextInt(6) == 0) {
            network.v6Host(name, place);
        } else if (random.nextBoolean()) {
            network.dualHost(name, place);
        } else {
            network.host(name, place);
        }
    }

    /** Where one more host may live, or move to. */
    Segment place() {
        int die = random.nextInt(10);
        if (die < 2) {
            return network.internet();
        }
        if (die < 4 && !places.isEmpty()) {
            return places.get(random.nextInt(places.size()));
        }
        Segment outside = die >= 8 ? carrier() : network.internet();
        NatBox box = network.nat("home" + ++names, behaviour(), outside);
        if (random.nextInt(12) == 0) {
            box.refuseUdp(true);
        }
        places.add(box.inside());
        return box.inside();
    }

    private Segment carrier() {
        if (!carriers.isEmpty() && random.nextBoolean()) {
            return carriers.get(random.nextInt(carriers.size()));
        }
        Segment inside = network.carrierNat("carrier" + ++names, behaviour()).inside();
        carriers.add(inside);
        // Some hosts are right behind it, as telephones are.
        places.add(inside);
        return inside;
    }

    private NatBehaviour behaviour() {
        NatBehaviour kind = KINDS.get(random.nextInt(KINDS.size()));
        NatBehaviour drawn = random.nextInt(3) == 0 ? kind.withHairpin() : kind;
        return switch (random.nextInt(6)) {
            case 0, 1 -> drawn.withV6(V6.FIREWALL);
            case 2 -> drawn.withV6(V6.OPEN);
            default -> drawn;
        };
    }
}
