package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Attack;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.StockWireGuard;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A stock WireGuard device is a full peer, configured with nothing but the key that {@code identity show} prints. */
@NeedsLab
class StockWireGuardIT {
    private static final String DEVICE_V4 = "10.77.0.2";
    private static final String DEVICE_V6 = "fd77::2";
    /**
     * How long WireGuard goes on trying, every 5 s: the first message earns a cookie, one that carries it the session. How
     * many of them are lost in a socket's full buffer is up to the machine.
     */
    private static final Duration REKEY_ATTEMPT_TIME = Duration.ofSeconds(90);

    private final Lab lab = Lab.open();
    private MeshdHost node;
    private StockWireGuard device;
    private String nodeKey;
    private String nodeV4;
    private String nodeV6;

    @BeforeEach
    void start() {
        node = new MeshdHost(lab.host("node"), "");
        device = new StockWireGuard(lab.host("device"), List.of(DEVICE_V4 + "/24", DEVICE_V6 + "/64"), 51820);
        JsonNode identity = node.json("identity", "show");
        nodeKey = identity.get("wireguard_public_key").asText();
        nodeV4 = identity.get("addresses").get(0).asText();
        nodeV6 = identity.get("addresses").get(1).asText();
    }

    @AfterEach
    void end() {
        lab.close();
    }

    private void nodeKnowsDevice(String... more) {
        String[] words = {"peer", "add", "device", "--wireguard", device.publicKey(), "--prefix", DEVICE_V4 + "/32",
                "--prefix", DEVICE_V6 + "/128"};
        node.meshd(Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new)).orThrow();
    }

    private void deviceKnowsNode(String... more) {
        device.peer(nodeKey, nodeV4 + "/32," + nodeV6 + "/128", more);
    }

    private boolean devicePings(String address) {
        return device.host().run("ping", "-n", "-c", "1", "-W", "1", address).status() == 0;
    }

    @Test
    void deviceOpensTheTunnelAndBothFamiliesFlow() {
        nodeKnowsDevice();
        node.up();
        deviceKnowsNode("endpoint", node.seed());

        assertThat(await(Duration.ofSeconds(5), () -> devicePings(nodeV4))).isTrue();
        assertThat(devicePings(nodeV6)).isTrue();
        assertThat(node.pings(DEVICE_V4)).isTrue();
        assertThat(node.pings(DEVICE_V6)).isTrue();
    }

    @Test
    void nodeOpensTheTunnelAndBothFamiliesFlow() {
        nodeKnowsDevice("--endpoint", device.host().address() + ":51820");
        deviceKnowsNode();
        node.up();

        assertThat(await(Duration.ofSeconds(5), () -> node.pings(DEVICE_V4))).isTrue();
        assertThat(node.pings(DEVICE_V6)).isTrue();
        assertThat(device.show("latest-handshakes")).isNotEqualTo("0");
    }

    @Test
    void tcpFlowsInBothDirections() {
        nodeKnowsDevice();
        node.up();
        deviceKnowsNode("endpoint", node.seed());
        assertThat(await(Duration.ofSeconds(5), () -> devicePings(nodeV4))).isTrue();
        node.host().start("iperf3.log", "iperf3", "-s");
        assertThat(await(Duration.ofSeconds(5), () -> node.host().run("ss", "-tln").out().contains(":5201"))).isTrue();

        for (String direction : List.of("", "-R")) {
            for (String address : List.of(nodeV4, nodeV6)) {
                Commands.Result result = direction.isEmpty()
                        ? device.host().run("iperf3", "-c", address, "-t", "2")
                        : device.host().run("iperf3", "-c", address, "-t", "2", direction);
                assertThat(result.status()).as(result.toString()).isZero();
                assertThat(megabits(result.out())).as(result.out()).isGreaterThan(20);
            }
        }
    }

    private static double megabits(String iperf) {
        Matcher line = Pattern.compile("([0-9.]+) ([KMG])bits/sec.*receiver").matcher(iperf);
        assertThat(line.find()).as(iperf).isTrue();
        double value = Double.parseDouble(line.group(1));
        return switch (line.group(2)) {
            case "G" -> value * 1_000;
            case "M" -> value;
            default -> value / 1_000;
        };
    }

    @Test
    void nodeFollowsADeviceThatRoams() {
        nodeKnowsDevice();
        node.up();
        deviceKnowsNode("endpoint", node.seed());
        assertThat(await(Duration.ofSeconds(5), () -> devicePings(nodeV4))).isTrue();

        device.host().run("wg", "set", device.device(), "listen-port", "51899").orThrow();
        assertThat(devicePings(nodeV4)).isTrue();

        assertThat(endpointOfDevice()).endsWith(":51899");
        assertThat(node.pings(DEVICE_V4)).isTrue();

        device.host().run("ip", "addr", "del", device.host().address() + "/24", "dev", "eth0").orThrow();
        device.host().run("ip", "addr", "add", "198.18.0.77/24", "dev", "eth0").orThrow();
        // wireguard-go goes on using a source address that is gone, until it is told the endpoint again.
        deviceKnowsNode("endpoint", node.seed());
        assertThat(await(Duration.ofSeconds(3), () -> devicePings(nodeV4))).isTrue();

        assertThat(endpointOfDevice()).isEqualTo("198.18.0.77:51899");
    }

    /** Whoever calls one of several addresses is answered from that one, or its NAT and its peer know nothing of it. */
    @Test
    void nodeAnswersFromTheAddressThatTheDeviceCalls() {
        List<String> addresses = List.of("198.18.0.101", "198.18.0.102", "fdaa:18::101", "fdaa:18::102");
        for (String address : addresses) {
            boolean v6 = address.contains(":");
            node.host().run("ip", "addr", "add", address + (v6 ? "/64" : "/24"), "dev", "eth0").orThrow();
        }
        nodeKnowsDevice();
        node.up();

        for (String address : addresses) {
            String endpoint = (address.contains(":") ? "[" + address + "]" : address) + ":51821";
            device.host().run("wg", "set", device.device(), "peer", nodeKey, "remove").orThrow();
            deviceKnowsNode("endpoint", endpoint);

            assertThat(await(Duration.ofSeconds(12), () -> devicePings(nodeV4))).as(endpoint).isTrue();
            assertThat(devicePings(nodeV6)).isTrue();
            assertThat(node.pings(DEVICE_V4)).isTrue();
            assertThat(device.show("endpoints")).isEqualTo(endpoint);
        }
    }

    /** A tunnel whose endpoint lies in itself would carry each packet round for ever (netns.sh: routing loop). */
    @Test
    void nothingThatComesOutOfTheTunnelReachesItsPort() {
        nodeKnowsDevice();
        node.up();
        deviceKnowsNode("endpoint", node.seed());
        assertThat(await(Duration.ofSeconds(5), () -> devicePings(nodeV4))).isTrue();
        long before = drops("unauthorized_source");

        device.host().run(Attack.command(node, nodeV4, "initiations", 20)).orThrow();

        assertThat(await(Duration.ofSeconds(5), () -> drops("unauthorized_source") == before + 20)).isTrue();
        assertThat(drops("malformed") + drops("unauthorized_peer")).isZero();
        assertThat(devicePings(nodeV4)).isTrue();
    }

    private long drops(String reason) {
        return node.json("counters").get("drops").get(reason).asLong();
    }

    /** Both ends count what is on the wire: handshakes, data with header, padding and tag, keepalives. */
    @Test
    void bothSidesCountTheSameBytes() {
        nodeKnowsDevice();
        node.up();
        deviceKnowsNode("endpoint", node.seed());
        assertThat(await(Duration.ofSeconds(5), () -> devicePings(nodeV4))).isTrue();

        for (String[] ping : new String[][]{{nodeV4, DEVICE_V4}, {nodeV6, DEVICE_V6}}) {
            assertThat(device.host().run("ping", "-q", "-f", "-c", "10", "-W", "1", ping[0]).out()).contains(" 0% ");
            assertThat(node.host().run("ping", "-q", "-f", "-c", "10", "-W", "1", ping[1]).out()).contains(" 0% ");
        }

        assertThat(await(Duration.ofSeconds(5), () -> {
            JsonNode counted = node.json("peers").get("peers").get(0);
            return device.show("transfer")
                    .equals(counted.get("tx_bytes").asLong() + "\t" + counted.get("rx_bytes").asLong());
        })).isTrue();
        assertThat(received()).isGreaterThanOrEqualTo(92 + 20 * (96 + 32) + 20 * (112 + 32));
    }

    /** The device gets another key, and the node is told: nothing of the old one is left. */
    @Test
    void newKeyOfTheDeviceTakesTheOldOnesPlace() {
        nodeKnowsDevice();
        node.up();
        deviceKnowsNode("endpoint", node.seed());
        assertThat(await(Duration.ofSeconds(5), () -> devicePings(nodeV4))).isTrue();

        device.changeKey();
        node.meshd("untrust", "device").orThrow();
        nodeKnowsDevice();

        assertThat(await(Duration.ofSeconds(12), () -> devicePings(nodeV4))).isTrue();
        assertThat(node.pings(DEVICE_V6)).isTrue();
        assertThat(node.json("sessions").get("sessions")).hasSize(1);
    }

    private String endpointOfDevice() {
        for (JsonNode peer : node.json("peers").get("peers")) {
            if (peer.get("name").asText().equals("device")) {
                assertThat(peer.get("peer_id").isNull()).isTrue();
                return peer.get("path").get("endpoint").asText();
            }
        }
        return "";
    }

    @Test
    void noPingIsLostAcrossThreeMinutesOfRekeying() {
        nodeKnowsDevice();
        node.up();
        deviceKnowsNode("endpoint", node.seed());
        assertThat(await(Duration.ofSeconds(5), () -> devicePings(nodeV4))).isTrue();
        long firstHandshake = Long.parseLong(device.show("latest-handshakes"));

        Commands.Result pings = device.host().run(Duration.ofSeconds(220), "ping", "-n", "-q", "-i", "0.2", "-c", "925",
                "-W", "2", nodeV4);

        assertThat(pings.out()).contains("925 received");
        assertThat(Long.parseLong(device.show("latest-handshakes"))).isGreaterThan(firstHandshake + 60);
    }

    @Test
    void handshakeSucceedsByCookieUnderAFloodOfHandshakes() {
        nodeKnowsDevice();
        node.up();
        LabHost stranger = lab.host("stranger");
        capturesCookie(node.host(), "dst host " + stranger.address());
        capturesCookie(device.host(), "dst host " + device.host().address());
        Process flood = stranger.start("flood.log", Attack.command(node, "initiations", Attack.ENDLESS));
        assertThat(await(Duration.ofSeconds(15), () -> capturedCookie(node.host()))).as("under load").isTrue();
        Attack.Progress before = Attack.Progress.last(stranger.log("flood.log"));

        deviceKnowsNode("endpoint", node.seed());

        assertThat(await(REKEY_ATTEMPT_TIME, () -> devicePings(nodeV4))).as("within one attempt").isTrue();
        Attack.Progress then = Attack.Progress.last(stranger.log("flood.log"));
        assertThat(capturedCookie(device.host())).as("the device was sent a cookie").isTrue();
        // The flood outlasts the handshake, as fast as it was, and the node is under its load to the end.
        assertThat(await(Duration.ofSeconds(10), () -> {
            Attack.Progress now = Attack.Progress.last(stranger.log("flood.log"));
            return now.received() > then.received() && now.rateSince(then) >= then.rateSince(before) / 4;
        })).as("cookies after the handshake").isTrue();
        assertThat(flood.isAlive()).as("the flood outlasts the handshake").isTrue();
        flood.destroy();
        flood.onExit().join();
    }

    /** Waits in the background for a cookie reply: 64 bytes and the UDP header. */
    private static void capturesCookie(LabHost host, String where) {
        host.start("capture.log", "timeout", "150", "tcpdump", "-n", "-i", "eth0", "-c", "1", "-Q",
                where.contains(host.address()) ? "in" : "out", "udp and src port 51821 and udp[4:2] = 72 and " + where);
    }

    private static boolean capturedCookie(LabHost host) {
        return host.log("capture.log").contains("1 packet captured");
    }

    @Test
    void presharedKeyIsNeededOnBothSides() {
        String psk = device.host().run("wg", "genpsk").orThrow().out().strip();
        String deviceFile = device.write("psk", psk).toString();
        nodeKnowsDevice("--preshared-key", deviceFile);
        node.up();
        deviceKnowsNode("endpoint", node.seed());

        assertThat(devicePings(nodeV4)).as("without the key").isFalse();

        deviceKnowsNode("preshared-key", deviceFile);
        assertThat(await(Duration.ofSeconds(12), () -> devicePings(nodeV4))).as("with the key").isTrue();
    }

    @Test
    void persistentKeepaliveIsSentWithoutTraffic() {
        nodeKnowsDevice("--endpoint", device.host().address() + ":51820", "--persistent-keepalive", "1");
        deviceKnowsNode();
        node.up();

        assertThat(await(Duration.ofSeconds(5), () -> !device.show("latest-handshakes").equals("0"))).isTrue();
        long before = received();
        assertThat(await(Duration.ofSeconds(5), () -> received() >= before + 3 * 32)).isTrue();
    }

    private long received() {
        String transfer = device.show("transfer");
        return Long.parseLong(transfer.substring(0, transfer.indexOf('\t')));
    }
}
