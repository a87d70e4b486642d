package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.MeshdHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node asks coturn where it is, through the kernel's own NAT, and says rightly what it found. */
@NeedsLab
class StunIT {
    private static final String OTHER_ADDRESS = "198.18.0.101";
    /** The filter is tested for 3.5 s before the mapping is. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Lab lab = Lab.open();
    private LabHost server;

    @BeforeEach
    void start() {
        server = lab.host("server");
        server.run("ip", "addr", "add", OTHER_ADDRESS + "/24", "dev", "eth0").orThrow();
        server.start("turnserver.log", "turnserver", "-n", "--stun-only", "--no-cli", "--no-tls", "--no-dtls",
                "--listening-ip", server.address(), "--listening-ip", OTHER_ADDRESS, "--listening-port", "3478",
                "--alt-listening-port", "3479", "--log-file", "stdout", "--pidfile",
                server.home().resolve("turnserver.pid").toString(), "--userdb",
                server.home().resolve("turnserver.db").toString());
        assertThat(
                await(Duration.ofSeconds(10), () -> server.run("ss", "-uln").out().contains(OTHER_ADDRESS + ":3479")))
                .as("coturn listens").isTrue();
    }

    @AfterEach
    void end() {
        lab.close();
    }

    private String stunConfig() {
        return """
                [nat]
                stun_servers = ["%s:3478"]
                """.formatted(server.address());
    }

    /** A host behind a router that hides it as {@code how} says. */
    private LabHost behindRouter(String how) {
        LabHost router = lab.host("router");
        LabHost inside = lab.host("inside");
        inside.run("ip", "link", "del", "eth0").orThrow();
        inside.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "lan0", "netns", router.namespace())
                .orThrow();
        inside.run("ip", "addr", "add", "192.168.1.2/24", "dev", "eth0").orThrow();
        inside.run("ip", "link", "set", "eth0", "up").orThrow();
        router.run("ip", "addr", "add", "192.168.1.1/24", "dev", "lan0").orThrow();
        router.run("ip", "link", "set", "lan0", "up").orThrow();
        inside.run("ip", "route", "add", "default", "via", "192.168.1.1").orThrow();
        router.run("sysctl", "-qw", "net.ipv4.ip_forward=1").orThrow();
        router.run("nft", "add table ip nat; add chain ip nat out { type nat hook postrouting priority 100; };"
                + " add rule ip nat out oifname \"eth0\" " + how).orThrow();
        return inside;
    }

    private static String mapping(MeshdHost node) {
        return node.json("status").get("nat").get("mapping").asText();
    }

    private static List<String> publicEndpoints(MeshdHost node) {
        List<String> endpoints = new ArrayList<>();
        for (JsonNode endpoint : node.json("status").get("public_endpoints")) {
            endpoints.add(endpoint.asText());
        }
        return endpoints;
    }

    @Test
    void independentMappingIsFoundOnceServersAreConfigured() {
        LabHost inside = behindRouter("masquerade");
        MeshdHost node = new MeshdHost(inside, "");
        node.up();
        assertThat(mapping(node)).isEqualTo("unknown");
        assertThat(publicEndpoints(node)).isEmpty();

        node.configure(stunConfig());
        assertThat(node.meshd("reload").orThrow().out()).contains("nat.stun_servers");

        assertThat(await(PATIENCE, () -> mapping(node).equals("endpoint_independent")))
                .as(node.json("snapshot").toString())
                .isTrue();
        assertThat(publicEndpoints(node)).containsExactly(lab.host("router").address() + ":51821");
        assertThat(node.json("counters").get("stun").get("heard").asInt()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void randomPortsAreADependentMapping() {
        LabHost inside = behindRouter("masquerade random,fully-random");
        MeshdHost node = new MeshdHost(inside, stunConfig());
        node.up();

        assertThat(await(PATIENCE, () -> mapping(node).equals("address_and_port_dependent")))
                .as(node.json("snapshot").toString()).isTrue();
        String router = lab.host("router").address() + ":";
        assertThat(publicEndpoints(node)).hasSizeGreaterThan(1).allMatch(endpoint -> endpoint.startsWith(router));
    }

    @Test
    void withoutNatTheServerSeesTheHostsOwnAddress() {
        MeshdHost node = new MeshdHost(lab.host("open"), stunConfig());
        node.up();

        assertThat(await(PATIENCE, () -> mapping(node).equals("none"))).as(node.json("snapshot").toString()).isTrue();
        assertThat(publicEndpoints(node)).containsExactly(node.host().address() + ":51821");
        assertThat(node.json("status").get("nat").get("port_mapped").asBoolean()).isFalse();
    }
}
