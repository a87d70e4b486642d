package io.meshd.daemon.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.RoutesReport;
import io.meshd.netio.Link;
import io.meshd.netio.Route;
import io.meshd.netio.RoutingRule;
import io.meshd.protocol.MemberState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DoctorTest {
    @TempDir
    private Path directory;

    private Patient patient;

    @BeforeEach
    void admit() throws IOException {
        patient = new Patient(directory);
    }

    private static Set<Topic> topics(List<Check> checks) {
        return checks.stream().map(Check::topic).collect(Collectors.toCollection(() -> EnumSet.noneOf(Topic.class)));
    }

    @Test
    void healthyHostWithoutADaemonPassesInEverythingButThat() {
        List<Check> checks = patient.examine();

        assertThat(checks).filteredOn(check -> check.result() != Check.Result.PASS).map(Check::topic)
                .containsExactly(Topic.DAEMON);
        assertThat(topics(checks)).hasSizeGreaterThanOrEqualTo(30).contains(Topic.CONFIG, Topic.SEED_ADDRESSES);
    }

    @Test
    void healthyMeshPassesInEveryTopic() {
        List<Check> checks = patient.up().examine();

        assertThat(checks).filteredOn(check -> check.result() != Check.Result.PASS).isEmpty();
        assertThat(topics(checks)).isEqualTo(EnumSet.allOf(Topic.class));
    }

    @Test
    void whatIsAmissAlwaysHasARemedyAndWhatPassesHasNone() {
        patient.host.root = false;
        patient.host.kernel = "4.9.0";
        patient.host.tunFault = "nonsense";

        assertThat(patient.examine()).allSatisfy(
                check -> assertThat(check.remedy() == null).isEqualTo(check.result() == Check.Result.PASS));
    }

    @Test
    void ordinaryUserIsToldWhatWasNotSeen() {
        patient.host.root = false;
        patient.host.process = null;

        assertThat(patient.up().examine()).filteredOn(check -> check.message().startsWith("not looked at"))
                .allSatisfy(check -> assertThat(check.remedy()).isEqualTo("sudo meshd doctor"))
                .map(Check::topic).contains(Topic.FIREWALL, Topic.FORWARD_FILTER, Topic.OPEN_FILES);
    }

    @Test
    void whatTheDaemonHasIsNoFaultForAUserWhomItDoesNotAnswer() {
        patient.host.root = false;
        patient.host.netAdmin = false;
        patient.host.portFree = false;
        patient.host.tunFault = "/dev/net/tun: permission denied: run as root";
        patient.host.link(FakeHost.MESH0, "mesh0", "tun", FakeHost.NO_LINK_LAYER);

        List<Check> checks = patient.examineFromOutside();

        assertThat(checks).noneMatch(check -> check.result() == Check.Result.FAIL);
        assertThat(checks).filteredOn(check -> check.message().equals("not looked at: what the daemon has"))
                .map(Check::topic).contains(Topic.TUN_DEVICE, Topic.RIGHTS, Topic.INTERFACE, Topic.UDP_PORT);
    }

    @Test
    void invalidConfigurationDoesNotKeepTheRestFromBeingLookedAt() {
        patient.config("[node]\nlisten_port = 70000\n");
        patient.host.netAdmin = false;

        assertThat(patient.found(Topic.CONFIG, Check.Result.FAIL).remedy()).contains("meshd.toml:2");
        assertThat(patient.found(Topic.RIGHTS, Check.Result.FAIL).remedy()).contains("setpriv", "net_admin");
    }

    @Test
    void daemonHoldsPortDeviceAndRightsItself() {
        patient.host.netAdmin = false;
        patient.host.portFree = false;
        patient.host.tunFault = "/dev/net/tun: permission denied: run as root";

        assertThat(patient.up().examine()).filteredOn(check -> check.result() == Check.Result.FAIL).isEmpty();
        assertThat(patient.found(Topic.RIGHTS, Check.Result.PASS).message()).contains("4711");
        assertThat(patient.found(Topic.UDP_PORT, Check.Result.PASS).message()).contains("51821");
    }

    @Test
    void secondDaemonOfAHostMayHaveTheSameRange() {
        patient.host.links.add(new Link(7, "mesh1", FakeHost.UP | 0x10, 1420, "tun",
                FakeHost.NO_LINK_LAYER));
        patient.host.addresses.add(FakeHost.address(7, "10.99.0.7", 16));

        assertThat(patient.found(Topic.LOCAL_NETWORKS, Check.Result.WARN).message()).contains("10.99.0.0/16", "mesh1",
                "another daemon of this host");
        assertThat(patient.examine()).noneMatch(check -> check.result() == Check.Result.FAIL);
    }

    @Test
    void widerPrefixThanALocalNetworkLeavesThatNetworkReachable() {
        patient.trust("gamma", "prefix=\"172.16.0.0/12\"", Patient.key(2));
        patient.host.link(5, "docker0", "bridge", FakeHost.ETHER);
        patient.host.addresses.add(FakeHost.address(5, "172.17.0.1", 16));

        assertThat(patient.found(Topic.LOCAL_NETWORKS, Check.Result.WARN).message())
                .contains("172.16.0.0/12 of gamma overlaps 172.17.0.0/16 on docker0");
    }

    @Test
    void hostsBehindThisOneNeedForwardingAndAWayBack() {
        patient.config("[node]\nprefixes = [\"192.168.50.0/24\"]\n");
        patient.host.link(5, "lan0", "", FakeHost.ETHER);
        patient.host.addresses.add(FakeHost.address(5, "192.168.50.1", 24));

        assertThat(patient.found(Topic.FORWARDING, Check.Result.PASS).message()).contains("192.168.50.0/24");
        assertThat(patient.found(Topic.RETURN_ROUTE, Check.Result.PASS).message())
                .contains("ip route add 10.99.0.0/16 via 192.168.50.1");
    }

    @Test
    void ownNetworkOfTheInterfaceNeedsNoWayBack() {
        patient.config("[tun]\naddress = \"10.42.0.1\"\nprefix_len = 24\n");

        assertThat(patient.found(Topic.RETURN_ROUTE, Check.Result.PASS).message()).startsWith("not needed");
    }

    @Test
    void otherTunnelThatLetsTheMeshPastIsNoFault() {
        patient.host.link(5, "wg0", "wireguard", FakeHost.NO_LINK_LAYER);
        patient.host.routes.add(FakeHost.route("0.0.0.0", 0, 5, 51_820, null));
        patient.host.rules.add(new RoutingRule(false, 32_765, 0xca6c, -1, true, 51_820, -1, 0, 1));
        Check caught = patient.found(Topic.DEFAULT_ROUTE, Check.Result.WARN);
        assertThat(caught.remedy()).isEqualTo("ip rule add fwmark 0x6d657368 lookup main priority 32764");

        patient.host.rules.add(new RoutingRule(false, 32_764, 0x6d65_7368, -1, false, 254, -1, 0, 1));

        assertThat(patient.found(Topic.DEFAULT_ROUTE, Check.Result.PASS).message()).contains("out of this host");
    }

    @Test
    void ruleOfAnotherProgramBehindTheMainTablesRoutesIsNoFault() {
        patient.trust("beta", "prefix=\"100.64.1.0/24\"", Patient.BETA);
        patient.host.routes.add(FakeHost.route("100.64.0.0", 10, FakeHost.ETH0, 52, null));
        patient.host.rules.add(FakeHost.rule(5_270, 52));
        patient.host.rules.add(new RoutingRule(false, 5_269, 0, 0, false, Route.MAIN_TABLE, 0, 0, 1));

        assertThat(patient.found(Topic.ROUTING_RULES, Check.Result.PASS).message()).contains("no rule");
    }

    @Test
    void routeOfAPeerThatHasJustLeftIsNotMissed() {
        patient.up().routes.set(0, new RoutesReport.Route("10.42.1.0/24", "beta", null, PathClass.DIRECT, false,
                "its owner is gone"));

        assertThat(patient.examine()).filteredOn(check -> check.result() == Check.Result.FAIL).isEmpty();
    }

    @Test
    void warningThatAPeerIsNotReachedIsNotToldTwice() {
        patient.warnings.add("beta is not reached: it is hard. More: `meshd why beta`");

        assertThat(patient.up().found(Topic.WARNINGS, Check.Result.PASS).message()).contains("no other");
    }

    @Test
    void idlePeerIsNoFault() {
        patient.peers.set(0, Patient.peer(MemberState.ALIVE,
                PeersReport.Path.NONE, null));

        assertThat(patient.up().found(Topic.TUNNELS, Check.Result.PASS).message()).contains("the first packet");
    }

    @Test
    void everyTopicStandsInTheDocument() throws IOException {
        List<String> rows = Files.readAllLines(Path.of(System.getProperty("meshd.root", "..")).resolve(
                "docs/troubleshooting.md"));

        assertThat(EnumSet.allOf(Topic.class)).allSatisfy(topic -> assertThat(rows)
                .anyMatch(row -> row.startsWith("| `" + topic.label() + "` | ")));
    }
}
