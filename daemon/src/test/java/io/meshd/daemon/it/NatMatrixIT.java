package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.NatKind;
import io.meshd.daemon.lab.Router;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * One mesh of hosts of which each lives behind another kind of router: every pair talks, and directly where that takes no
 * more than that both sides send.
 */
@NeedsLab
class NatMatrixIT {
    private static final Duration FORMATION = Duration.ofSeconds(60);
    private static final Duration IMPROVEMENT = Duration.ofSeconds(60);
    /** Those that open a port for each destination. */
    private static final Set<String> HARD = Set.of("sequential", "random");
    /** Those that let in only whom they have sent to, by address and port. */
    private static final Set<String> STRICT = Set.of("restricted", "masquerade", "carrier", "firewall");
    private static final Set<String> DIRECT = Set.of("direct", "signaling_then_direct");

    private final Lab lab = Lab.open();
    private final List<MeshdHost> hosts = new ArrayList<>();

    @AfterEach
    void end() {
        lab.close();
    }

    private void add(LabHost host, String config) {
        hosts.add(new MeshdHost(host, config));
    }

    private void behind(String name, NatKind kind) {
        add(lab.router("r" + name.substring(0, 4), kind).host(name), "[relay]\nserve = false\n");
    }

    /** All trust all, and the relay as one: by their files, since that many commands would take a minute. */
    private void trustEachOther() throws IOException {
        Map<MeshdHost, String> keys = new HashMap<>();
        for (MeshdHost host : hosts) {
            keys.put(host, host.publicKeyLine());
        }
        for (MeshdHost host : hosts) {
            Path folder = Files.createDirectories(host.host().home().resolve("authorized_keys"));
            for (MeshdHost other : hosts) {
                if (other != host) {
                    Files.writeString(folder.resolve(other.name() + ".pub"),
                            (other == hosts.getFirst() ? "relay " : "") + keys.get(other) + "\n");
                }
            }
        }
    }

    private boolean mustBeDirect(String one, String other) {
        if (one.equals("six") || other.equals("six")) {
            // The relay and the open host have both families, the rest only the other one.
            return Set.of("relay", "open").contains(one.equals("six") ? other : one);
        }
        boolean isOneHard = HARD.contains(one);
        boolean isOtherHard = HARD.contains(other);
        if (isOneHard && isOtherHard) {
            return false;
        }
        return !(isOneHard && STRICT.contains(other)) && !(isOtherHard && STRICT.contains(one));
    }

    @Test
    void everyPairTalksAndDirectlyWherePunchingSuffices() throws IOException {
        add(lab.host("relay"), "");
        add(lab.host("open"), "[relay]\nserve = false\n");
        behind("cone", NatKind.FULL_CONE);
        behind("address", NatKind.ADDRESS_RESTRICTED);
        behind("restricted", NatKind.PORT_RESTRICTED);
        behind("firewall", NatKind.FIREWALL);
        behind("sequential", NatKind.SYMMETRIC_SEQUENTIAL);
        behind("random", NatKind.SYMMETRIC_RANDOM);
        Router forgetful = lab.router("rmasq", NatKind.MASQUERADE);
        forgetful.timeouts(10, 30);
        add(forgetful.host("masquerade"), "");
        add(lab.router("rcgn", NatKind.PORT_RESTRICTED).router("rhome", NatKind.MASQUERADE).host("carrier"), "");
        add(lab.router("rsix", NatKind.PORT_RESTRICTED, false, Router.V6.FIREWALL).host("six"), "");
        trustEachOther();
        MeshdHost relay = hosts.getFirst();
        relay.up();
        String seed6 = "[" + relay.host().address6() + "]:51821";
        for (MeshdHost host : hosts.subList(1, hosts.size())) {
            host.up("--seed", host.name().equals("six") ? seed6 : relay.seed());
        }
        List<Pair> silent = new ArrayList<>();
        for (MeshdHost from : hosts) {
            String overlay = from.overlay(false);
            hosts.stream().filter(other -> other != from).forEach(other -> silent.add(new Pair(other, from, overlay)));
        }
        boolean all = await(FORMATION, () -> {
            silent.removeIf(pair -> pair.from.pings(pair.address));
            return silent.isEmpty();
        });
        assertThat(all).as("no answer between " + silent).isTrue();

        List<String> indirect = new ArrayList<>();
        boolean best = await(IMPROVEMENT, () -> {
            indirect.clear();
            for (MeshdHost from : hosts) {
                for (JsonNode peer : from.json("peers").get("peers")) {
                    String name = peer.get("name").asText();
                    String by = peer.get("path").get("class").asText();
                    if (mustBeDirect(from.name(), name) && !DIRECT.contains(by)) {
                        indirect.add(from.name() + " to " + name + ": " + by);
                    }
                }
            }
            return indirect.isEmpty();
        });
        assertThat(best).as("not direct: " + indirect).isTrue();
    }

    private record Pair(MeshdHost from, MeshdHost to, String address) {
        @Override
        public String toString() {
            return from.name() + " and " + to.name();
        }
    }
}
