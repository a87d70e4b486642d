package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.MappingRouter;
import io.meshd.daemon.lab.MeshdHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A router with miniupnpd, which nobody here wrote, in front of a node. */
@NeedsLab
class PortMappingIT {
    private static final int PORT = 51_821;
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String ALL = "enable_natpmp=yes\nenable_upnp=yes\n";

    private final Lab lab = Lab.open();

    @AfterEach
    void end() {
        lab.close();
    }

    private MeshdHost behind(MappingRouter router, String config) {
        LabHost inner = lab.host("inside");
        router.adopt(inner);
        return new MeshdHost(inner, config);
    }

    private MeshdHost outside(String name, int number) {
        LabHost outer = lab.host(name);
        MappingRouter.join(outer, number);
        return new MeshdHost(outer, "");
    }

    private static long malformed(MeshdHost node) {
        return node.json("counters").get("drops").get("malformed").asLong();
    }

    private static boolean isPortMapped(MeshdHost node) {
        return node.json("status").get("nat").get("port_mapped").asBoolean();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PCP", "NAT-PMP", "UPnP-IGD"})
    void eachProtocolMapsThePortLetsStrangersInAndIsUndoneAtTheEnd(String protocol) {
        boolean upnp = protocol.equals("UPnP-IGD");
        MappingRouter router = new MappingRouter(lab, "router",
                "enable_natpmp=" + (upnp ? "no" : "yes") + "\nenable_upnp=" + (upnp ? "yes" : "no") + "\n");
        MeshdHost node = behind(router, "");
        if (protocol.equals("NAT-PMP")) {
            router.forgetPcp();
        }
        LabHost stranger = lab.host("stranger");
        MappingRouter.join(stranger, 66);
        router.start();
        node.up();

        assertThat(router.awaitForwards(PORT, true, SOON)).as(router.host().log("miniupnpd.log")).isTrue();
        assertThat(await(SOON, () -> node.host().log("state/meshd.log").contains("by " + protocol))).isTrue();
        long before = malformed(node);
        stranger.run("bash", "-c", "echo hello > /dev/udp/" + router.address() + "/" + PORT).orThrow();
        assertThat(await(SOON, () -> malformed(node) > before)).isTrue();
        assertThat(isPortMapped(node)).as("no peer has confirmed it").isFalse();

        node.meshd("down").orThrow();
        assertThat(router.forwards(PORT)).as(router.host().log("miniupnpd.log")).isFalse();
    }

    @Test
    void peerOutsideOpensASessionToTheMappedPortAndConfirmsIt() {
        MappingRouter router = new MappingRouter(lab, "router", ALL);
        MeshdHost node = behind(router, "");
        MeshdHost peer = outside("peer", 9);
        MeshdHost.trustEachOther(List.of(node, peer));
        router.start();
        node.up();
        assertThat(router.awaitForwards(PORT, true, SOON)).isTrue();

        peer.up("--seed", router.address() + ":" + PORT);

        String overlay = node.overlay(false);
        assertThat(await(SOON, () -> peer.pings(overlay))).isTrue();
        assertThat(await(SOON, () -> isPortMapped(node))).as(node.host().log("state/meshd.log")).isTrue();
        assertThat(texts(node.json("status").get("public_endpoints"))).contains(router.address() + ":" + PORT);
        JsonNode path = peer.json("peers").get("peers").get(0).get("path");
        assertThat(path.get("endpoint").asText()).isEqualTo(router.address() + ":" + PORT);
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(element -> texts.add(element.asText()));
        return texts;
    }

    @Test
    void mappingThatCarriesNothingIsNotConfirmedUntilItDoes() {
        MappingRouter router = new MappingRouter(lab, "router", ALL);
        MeshdHost peer = outside("peer", 9);
        MeshdHost node = behind(router, "");
        MeshdHost.trustEachOther(List.of(node, peer));
        router.breakMappings();
        router.start();
        peer.up();
        node.up("--seed", "11.22.33.9:" + PORT);
        String overlay = node.overlay(false);
        assertThat(await(SOON, () -> peer.pings(overlay))).as("the hole that the node punched").isTrue();
        assertThat(router.forwards(PORT)).as("the router's word").isTrue();

        assertThat(await(Duration.ofSeconds(20),
                () -> node.host().log("state/meshd.log").contains("no peer can reach"))).isTrue();
        assertThat(isPortMapped(node)).isFalse();

        router.mendMappings();
        assertThat(await(Duration.ofSeconds(90), () -> isPortMapped(node))).isTrue();
    }

    @Test
    void powerCutOfTheRouterIsMendedWithinSeconds() {
        MappingRouter router = new MappingRouter(lab, "router", ALL);
        MeshdHost node = behind(router, "");
        router.start();
        node.up();
        assertThat(router.awaitForwards(PORT, true, SOON)).isTrue();
        // The epoch of a router that has just been switched on says nothing of whether it is the second time.
        boolean _ = await(Duration.ofSeconds(6), () -> false);

        router.cutPower();
        assertThat(router.forwards(PORT)).isFalse();
        router.start();

        assertThat(router.awaitForwards(PORT, true, SOON)).as(router.host().log("miniupnpd.log")).isTrue();
    }

    @Test
    void reloadSwitchesMappingOffAndOn() {
        MappingRouter router = new MappingRouter(lab, "router", ALL);
        MeshdHost node = behind(router, "");
        router.start();
        node.up();
        assertThat(router.awaitForwards(PORT, true, SOON)).isTrue();

        node.configure("[nat]\nport_mapping = false\n");
        node.meshd("reload").orThrow();
        assertThat(router.awaitForwards(PORT, false, SOON)).as(router.host().log("miniupnpd.log")).isTrue();
        node.configure("[nat]\nport_mapping = true\n");
        node.meshd("reload").orThrow();
        assertThat(router.awaitForwards(PORT, true, SOON)).isTrue();
    }
}
