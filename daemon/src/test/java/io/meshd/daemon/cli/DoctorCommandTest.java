package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.config.Overrides;
import io.meshd.daemon.control.ControlServer;
import io.meshd.daemon.control.CountersReport;
import io.meshd.daemon.control.FakeNode;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.RoutesReport;
import io.meshd.daemon.control.SnapshotReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Identity;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.Prefix;
import io.meshd.protocol.MemberState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

final class DoctorCommandTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @TempDir
    private Path directory;

    private Shell shell = new Shell(Path.of("/"));
    private final Host host = new Host();

    @BeforeEach
    void openShell() {
        shell = new Shell(directory);
    }

    /** A host without faults, until a test says otherwise. */
    private static final class Host extends HostView {
        private String tunFault = "";
        private boolean netAdmin = true;
        private boolean portFree = true;
        private List<LocalNetwork> networks = List.of();
        private Map<String, String> sysctls = Map.of("net/ipv4/ip_forward", "1", "net/ipv6/conf/all/forwarding", "1",
                "net/ipv6/conf/all/disable_ipv6", "0");

        @Override
        String tunFault() {
            return tunFault;
        }

        @Override
        boolean hasNetAdmin() {
            return netAdmin;
        }

        @Override
        boolean isPortFree(int port) {
            return portFree;
        }

        @Override
        List<LocalNetwork> localNetworks() {
            return networks;
        }

        @Override
        String sysctl(String path) {
            return sysctls.getOrDefault(path, "");
        }
    }

    @Test
    void aSoundHostPasses() throws IOException {
        shell.run("keygen").done();
        write("authorized_keys/beta.pub", line(1));

        assertThat(hostChecks(null)).allSatisfy(check -> assertThat(check.result()).isEqualTo(Check.Result.PASS));
        assertThat(hostChecks(null)).map(Check::name).containsExactly("config", "tun device", "rights", "clock",
                "udp port", "identity", "trust", "routes", "ipv6");
    }

    @Test
    void eachFaultOfTheHostIsFoundAndSaysWhatToDo() throws IOException {
        write("meshd.toml", "[node]\nprefixes = [\"10.42.0.0/24\"]\n[tun]\naddress = \"10.42.0.1\"\n");
        write("authorized_keys/beta.pub", "prefix=\"192.168.1.0/24\" " + line(1));
        write("authorized_keys/gamma.pub", "prefix=\"172.16.0.0/12\" " + line(2));
        host.tunFault = "/dev/net/tun does not exist: load the module with `modprobe tun`";
        host.netAdmin = false;
        host.portFree = false;
        host.networks = List.of(new HostView.LocalNetwork("eth0", prefix("192.168.0.0/16"), false),
                new HostView.LocalNetwork("mesh0", prefix("192.168.1.0/24"), false),
                new HostView.LocalNetwork("docker0", prefix("172.17.0.0/16"), false));
        host.sysctls = Map.of("net/ipv4/ip_forward", "0");

        List<Check> checks = hostChecks(null);

        assertThat(found(checks, "tun device", Check.Result.FAIL)).contains("modprobe tun");
        assertThat(found(checks, "rights", Check.Result.FAIL)).contains("CAP_NET_ADMIN", "setpriv");
        assertThat(found(checks, "udp port", Check.Result.FAIL)).contains("51821", "ss -ulpn");
        assertThat(found(checks, "identity", Check.Result.WARN)).contains("the first `meshd up` makes one");
        assertThat(found(checks, "routes", Check.Result.FAIL)).contains("192.168.1.0/24 of beta", "eth0");
        assertThat(found(checks, "routes", Check.Result.WARN)).contains("172.16.0.0/12 of gamma", "docker0");
        assertThat(found(checks, "forwarding", Check.Result.WARN)).contains("10.42.0.0/24", "net.ipv4.ip_forward=1");
        assertThat(found(checks, "ipv6", Check.Result.WARN)).contains("disabled");
    }

    @Test
    void secondDaemonSharesTheRangeOfDerivedAddresses() {
        host.networks = List.of(new HostView.LocalNetwork("mesh1", prefix("10.99.0.0/16"), true),
                new HostView.LocalNetwork("mesh1", prefix("fd99:6d67::/64"), true));

        assertThat(found(hostChecks(null), "routes", Check.Result.WARN)).contains("10.99.0.0/16", "mesh1",
                "another daemon of this host");
        assertThat(hostChecks(null)).noneMatch(check -> check.name().equals("routes")
                && check.result() == Check.Result.FAIL);

        host.networks = List.of(new HostView.LocalNetwork("eth0", prefix("10.99.0.0/16"), false));
        assertThat(found(hostChecks(null), "routes", Check.Result.FAIL)).contains("eth0");
    }

    @Test
    void brokenFilesAreFailures() throws IOException {
        write("meshd.toml", "[nod]\n");
        assertThat(found(hostChecks(null), "config", Check.Result.FAIL)).contains("meshd.toml:1: nod: unknown key");

        write("meshd.toml", "");
        write("identity", "nonsense");
        write("authorized_keys/beta.pub", "nonsense");
        assertThat(hostChecks(null)).anyMatch(check -> check.name().equals("identity")
                && check.result() == Check.Result.FAIL && check.message().contains("chmod 600"));
        assertThat(found(hostChecks(null), "trust", Check.Result.FAIL)).contains("beta.pub:1: ");
    }

    @Test
    void aWrongClockFails() {
        assertThat(found(new HostChecks(host, shell.home(), loader(), null, Instant.EPOCH).run(), "clock",
                Check.Result.FAIL)).contains("1970");
    }

    @Test
    void withADaemonRightsAndPortAreItsOwn() {
        host.netAdmin = false;
        host.portFree = false;

        List<Check> checks = hostChecks(FakeNode.status(List.of()));

        assertThat(found(checks, "rights", Check.Result.PASS)).contains("4711");
        assertThat(found(checks, "udp port", Check.Result.PASS)).contains("51821");
    }

    @Test
    void aSoundMeshPasses() throws Exception {
        SnapshotReport snapshot = new FakeNode().snapshot();

        assertThat(new MeshChecks(new SnapshotReport(FakeNode.status(List.of()), snapshot.peers(), snapshot.routes(),
                snapshot.sessions(), counters(0, 0))).run())
                .allSatisfy(check -> assertThat(check.result()).isEqualTo(Check.Result.PASS));
    }

    @Test
    void eachFaultOfTheMeshIsFoundAndSaysWhatToDo() throws Exception {
        SnapshotReport sound = new FakeNode().snapshot();
        StatusReport before = sound.status();
        StatusReport status = new StatusReport(before.version(), before.phase(), before.pid(), before.name(),
                before.networkId(), before.peerId(), before.interfaceName(), before.addresses(), before.listenPort(),
                before.publicEndpoints(), before.nat(), before.home(), before.configPath(), before.uptimeSeconds(),
                before.peers(), before.routes(), List.of(new StatusReport.Seed("trust", "beta.example:51821", "beta",
                        "trying", NOW, "no answer"),
                        new StatusReport.Seed("--seed", "198.51.100.10:51821", null, "trying", NOW,
                                "none of 1 trusted peers answers"),
                        new StatusReport.Seed("disk", "198.51.100.11:51821", "gamma", "connected", NOW, "no answer")),
                List.of("the interface was removed", "gamma is not reached: it is hard. More: `meshd why gamma`"));
        PeersReport peers = new PeersReport(List.of(
                peer("beta", MemberState.UNKNOWN), peer("gamma", MemberState.ALIVE)));
        RoutesReport routes = new RoutesReport(List.of(new RoutesReport.Route("10.42.1.0/24", "beta", null,
                PathClass.DIRECT, false, "taken by eth0")));

        List<Check> checks = new MeshChecks(new SnapshotReport(status, peers, routes, sound.sessions(), counters(3, 4)))
                .run();

        assertThat(found(checks, "seeds", Check.Result.WARN)).contains("beta.example:51821", "no answer",
                "none of 1 trusted peers answers; that host may not trust this key").doesNotContain("198.51.100.11");
        assertThat(found(checks, "tunnels", Check.Result.FAIL))
                .contains("gamma is alive but not reached: Both NATs are hard. Map a port.").doesNotContain("beta");
        assertThat(found(checks, "trust", Check.Result.WARN)).contains("beta: no answer: that host may not trust "
                + "this key; run there: meshd trust " + before.peerId() + " --name alpha");
        assertThat(found(checks, "networks", Check.Result.WARN)).contains("3 claims", "home-net");
        assertThat(found(checks, "prefixes", Check.Result.WARN)).contains("4 claims", "meshd trust list");
        assertThat(found(checks, "routes", Check.Result.FAIL)).contains("10.42.1.0/24 of beta", "taken by eth0");
        assertThat(found(checks, "daemon", Check.Result.WARN)).contains("the interface was removed")
                .doesNotContain("meshd why");
    }

    @Test
    void relayedPeerIsAWarningWithItsReason() throws Exception {
        SnapshotReport sound = new FakeNode().snapshot();
        PeersReport peers = new PeersReport(List.of(new PeersReport.Peer("gamma", "c".repeat(52), "SHA256:x",
                List.of(), List.of(), MemberState.ALIVE, null, false,
                new PeersReport.Path(PathClass.RELAY, null, "beta", 24.5, 0.0), null, 0, 0, 0,
                PeersReport.Source.TRUST, "Both NATs are hard. Map a port.")));

        List<Check> checks = new MeshChecks(new SnapshotReport(sound.status(), peers, sound.routes(), sound.sessions(),
                counters(0, 0))).run();

        assertThat(found(checks, "tunnels", Check.Result.WARN))
                .isEqualTo("gamma is reached only through the relay beta: Both NATs are hard. Map a port.");
    }

    @Test
    void numbersTheChecksAndFailsWhenOneFails() throws Exception {
        shell.run("keygen").done();
        write("meshd.toml", "[node]\nlisten_port = 0\n[tun]\nenabled = false\n");

        Shell.Outcome sound = shell.run("doctor");
        assertThat(sound.status()).isZero();
        assertThat(sound.out()).contains("1  PASS  config", "WARN  daemon", " failed").endsWith(" 0 failed\n");
        write("authorized_keys/beta.pub", "nonsense");
        Shell.Outcome sick = shell.run("doctor", "--json");
        assertThat(sick.status()).isEqualTo(1);
        JsonNode checks = sick.json().path("checks");
        assertThat(checks.get(0).toString()).startsWith("{\"number\":1,\"name\":\"config\",\"result\":\"pass\",");
        assertThat(sick.json().path("failed").asInt()).isEqualTo(1);
    }

    @Test
    void asksTheRunningDaemon() throws Exception {
        Files.createDirectories(shell.home().run());
        try (ControlServer _ = ControlServer.start(shell.home().socket(), new FakeNode())) {
            assertThat(shell.run("doctor").out()).contains("running with pid 4711 as alpha",
                    "trust: gamma.pub is broken");
        }
    }

    private List<Check> hostChecks(@Nullable StatusReport running) {
        return new HostChecks(host, shell.home(), loader(), running, NOW).run();
    }

    private ConfigLoader loader() {
        return new ConfigLoader(Home.at(directory.resolve("home")), null, Overrides.NONE);
    }

    private static String found(List<Check> checks, String name, Check.Result result) {
        List<Check> matching = checks.stream()
                .filter(check -> check.name().equals(name) && check.result() == result).toList();
        assertThat(matching).as(name + " " + result + " in " + checks).isNotEmpty();
        return String.join("\n", matching.stream().map(Check::message).toList());
    }

    private static PeersReport.Peer peer(String name, MemberState state) {
        return new PeersReport.Peer(name, "b".repeat(52), "SHA256:x", List.of(), List.of(), state, null, false,
                PeersReport.Path.NONE, null, 0, 0, 0, PeersReport.Source.TRUST,
                name.equals("gamma") ? "Both NATs are hard. Map a port." : null);
    }

    private static CountersReport counters(long wrongNetwork, long wrongPrefix) {
        return new CountersReport(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                new CountersReport.RejectedClaims(0, wrongNetwork, wrongPrefix),
                new CountersReport.Drops(0, 0, 0, 0, 0, 0, 0), new CountersReport.Stun(0, 0, 0, 0, 0),
                new CountersReport.Lan(0, 0, 0, 0, 0, 0, 0, 0), new CountersReport.Searches(0, 0, 0, 0, 0));
    }

    private void write(String name, String content) throws IOException {
        Path file = directory.resolve("home").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content + "\n");
    }

    private static Prefix prefix(String text) {
        return Prefix.parse(text).orThrow();
    }

    private static String line(long seed) {
        return new OpenSshKey(Identity.generate(new SplittableRandom(seed)).publicKey(), "").line();
    }
}
