package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.meshd.daemon.control.CountersReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.StockWireGuard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real faults, many at once on one host: each is found, and where its cure is a command, that command cures it. */
@NeedsLab
class DoctorIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** What may be run as it stands, up to the condition behind the first comma. */
    private static final Pattern COMMAND = Pattern.compile("(chmod|sysctl|ip|nft|meshd) .*");

    private final Lab lab = Lab.open();

    @AfterEach
    void end() {
        lab.close();
    }

    /** What one check says. */
    private record Finding(String id, String result, String message, String remedy) {}

    private static List<Finding> findings(Commands.Result result) {
        try {
            List<Finding> findings = new ArrayList<>();
            JsonNode document = new ObjectMapper().readTree(result.out());
            document.path("checks").forEach(check -> findings.add(new Finding(check.path("id").asText(),
                    check.path("result").asText(), check.path("message").asText(), check.path("remedy").asText())));
            assertThat(result.status()).isEqualTo(document.path("failed").asInt() == 0 ? 0 : 1);
            return findings;
        } catch (JsonProcessingException e) {
            throw new AssertionError(result.toString(), e);
        }
    }

    private static List<Finding> doctor(MeshdHost host) {
        return findings(host.meshd("doctor", "--json"));
    }

    private static Finding found(List<Finding> findings, String id, String result, String... words) {
        List<Finding> matching = findings.stream().filter(finding -> finding.id.equals(id)
                && finding.result.equals(result) && List.of(words).stream().allMatch(finding.message::contains))
                .toList();
        assertThat(matching).as("%s %s %s in %s", id, result, List.of(words), findings).isNotEmpty();
        return matching.getFirst();
    }

    private static void cure(MeshdHost host, Finding finding) {
        assertThat(finding.remedy).matches(COMMAND);
        String command = finding.remedy.split(", ", 2)[0];
        if (command.startsWith("meshd ")) {
            host.meshd(command.substring("meshd ".length()).split(" ")).orThrow();
        } else {
            host.host().run("sh", "-c", command).orThrow();
        }
    }

    private static void shell(MeshdHost host, String script) {
        host.host().run("sh", "-ec", script).orThrow();
    }

    @Test
    void faultsOfAHostAreFoundTogetherAndTheirCommandsCureThem() throws IOException {
        MeshdHost host = new MeshdHost(lab.host("alpha"), """
                prefixes = ["192.168.50.0/24"]
                [[bootstrap_peers]]
                address = "udp://%s:51821"
                [[bootstrap_peers]]
                address = "udp://203.0.113.9:51821"
                """.formatted("198.18.0.1"));
        MeshdHost other = new MeshdHost(lab.host("beta"), "");
        host.trust(other, "--prefix", "0.0.0.0/0", "--prefix", "100.64.1.0/24", "--prefix", "198.18.0.0/25",
                "--expires", "2001-01-01");
        assertThat(host.host().address()).isEqualTo("198.18.0.1");
        Path home = host.host().home();
        Path trust = home.resolve("authorized_keys");
        Files.writeString(trust.resolve("beta.pub"), Files.readString(trust.resolve("beta.pub"))
                .replace("2001-01-01", LocalDate.now(ZoneOffset.UTC).plusDays(3).toString()));
        Files.writeString(trust.resolve("gamma.pub"), "nonsense\n");
        Files.createDirectories(home.resolve("run"));
        Files.writeString(home.resolve("run/meshd.pid"), "1\n");
        new StockWireGuard(host.host(), List.of(), 51821);
        shell(host, """
                chmod 644 %1$s/identity
                chmod o+w %1$s/authorized_keys
                touch -d 2199-01-01 %1$s/authorized_keys/beta.pub
                sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv4.conf.all.rp_filter=1
                ip link set eth0 mtu 1300
                ip route add default via 198.18.0.254
                ip route add 100.64.0.0/10 dev eth0 table 52
                ip rule add lookup 52 priority 5270
                ip tuntap add dev vpn0 mode tun
                ip link set vpn0 up
                ip route add default dev vpn0 table 51820
                ip rule add not fwmark 0xca6c table 51820 priority 32000
                nft add table inet filter
                nft 'add chain inet filter input { type filter hook input priority 0; policy accept; }'
                nft add rule inet filter input udp dport 51821 drop
                """.formatted(home));
        assertThat(await(PATIENCE, () -> host.host().run("ss", "-uln").out().contains(":51821"))).isTrue();

        List<Finding> sick = doctor(host);

        found(sick, "udp-port", "fail", "51821 is taken by wireguard");
        found(sick, "trust", "fail", "gamma.pub");
        found(sick, "expiry", "warn", "trust in beta ends soon");
        found(sick, "clock", "warn", "beta.pub");
        found(sick, "local-networks", "fail", "198.18.0.0/25 of beta overlaps 198.18.0.0/24 on eth0");
        found(sick, "return-route", "warn", "192.168.50.0/24");
        found(sick, "seed-addresses", "warn", "is this host itself");
        found(sick, "leftovers", "warn", "meshd.pid");
        found(sick, "daemon", "warn", "not running");
        List<Finding> curable = List.of(found(sick, "identity", "fail", "open to others"),
                found(sick, "trust-files", "fail", "decide who is let in"),
                found(sick, "forwarding", "warn", "off"),
                found(sick, "ipv6", "warn", "switched off"),
                found(sick, "reverse-path", "fail", "eth0"),
                found(sick, "mtu", "warn", "only 1300"),
                found(sick, "routing-rules", "fail", "100.64.1.0/24 of beta go by table 52"),
                found(sick, "default-route", "warn", "vpn0 has caught the default route"),
                found(sick, "firewall", "fail", "UDP port 51821"));

        curable.forEach(finding -> cure(host, finding));

        List<Finding> cured = doctor(host);
        curable.forEach(finding -> found(cured, finding.id, "pass"));
    }

    @Test
    void whatAProcessLacksIsFound() {
        MeshdHost host = new MeshdHost(lab.host("alpha"), "");
        List<String> words = new ArrayList<>(List.of("unshare", "-m", "sh", "-ec", """
                mkdir -p %1$s/state
                mount -t tmpfs none /dev/net
                mount -t tmpfs -o size=64k none %1$s/state
                ulimit -n 200
                exec setpriv --bounding-set -net_admin --inh-caps -net_admin "$@"
                """.formatted(host.host().home()), "sh"));
        words.addAll(host.command("doctor", "--json"));

        List<Finding> sick = findings(host.host().run(words.toArray(String[]::new)));

        assertThat(found(sick, "tun-device", "fail", "/dev/net/tun does not exist").remedy).contains("modprobe tun");
        assertThat(found(sick, "rights", "fail", "CAP_NET_ADMIN").remedy).contains("setpriv", "systemctl start meshd");
        assertThat(found(sick, "state", "fail", "is full").remedy).contains("df -h");
        assertThat(found(sick, "open-files", "warn", "200 more files").remedy).contains("LimitNOFILE");
        assertThat(found(sick, "default-route", "warn", "there is none").remedy).contains("ip route add default");
        assertThat(found(sick, "trust", "warn", "nobody is trusted").remedy).contains("meshd export");
    }

    @Test
    void faultsOfAMeshAreFoundAndTheCommandForTheOtherHostCuresThem() {
        MeshdHost alpha = new MeshdHost(lab.host("alpha"), "");
        MeshdHost beta = new MeshdHost(lab.host("beta"), "");
        MeshdHost gamma = new MeshdHost(lab.host("gamma"), "network_id = \"elsewhere\"\n");
        MeshdHost delta = new MeshdHost(lab.host("delta"), "prefixes = [\"10.42.4.0/24\"]\n");
        alpha.trust(beta, "--seed", beta.seed());
        beta.up();
        alpha.up();
        shell(alpha, "ip link set mesh0 mtu 1300");
        gamma.trust(alpha, "--seed", alpha.seed());
        delta.trust(alpha, "--seed", alpha.seed());
        assertThat(await(PATIENCE, () -> seen(alpha).seeds().stream().anyMatch(seed -> seed.lastError() != null)
                && counted(beta).rejectedHandshakes() > 0)).isTrue();

        List<Finding> sick = doctor(alpha);

        found(sick, "seeds", "warn", beta.seed());
        found(sick, "nat", "fail", "nothing comes back");
        cure(alpha, found(sick, "mtu", "warn", "mesh0 has 1300"));
        found(doctor(beta), "knocks", "warn", "not trusted here");
        String remedy = found(sick, "one-sided-trust", "warn", "beta: no answer").remedy;
        assertThat(remedy).contains("run there: meshd trust ");
        beta.meshd(remedy.substring(remedy.indexOf("meshd trust ") + "meshd ".length()).split(" ")).orThrow();

        alpha.trust(gamma);
        alpha.trust(delta, "--prefix", "10.42.3.0/24");
        gamma.startUp();
        delta.startUp();
        assertThat(await(PATIENCE, () -> alpha.echo(beta) != null && counted(alpha).rejectedClaims().wrongNetwork() > 0
                && counted(alpha).rejectedClaims().wrongPrefix() > 0)).isTrue();
        // A network behind a peer that the trust here says nothing of.
        shell(delta, "ip addr add 192.168.77.1/32 dev lo");
        String overlay = alpha.overlay(false);
        assertThat(await(PATIENCE, () -> delta.host().run("ping", "-c", "1", "-W", "1", "-I", "192.168.77.1", overlay)
                .status() != 0 && counted(alpha).drops().unauthorizedSource() > 0)).isTrue();

        List<Finding> now = doctor(alpha);

        found(now, "networks", "warn", "another network than default");
        found(now, "prefixes", "warn", "of prefixes that trust here does not give");
        found(now, "sources", "warn", "does not own");
        for (String cured : List.of("one-sided-trust", "mtu", "seeds", "nat", "cloned-key", "version")) {
            found(now, cured, "pass");
        }
    }

    private static StatusReport seen(MeshdHost host) {
        return Objects.requireNonNull(host.look("status", StatusReport.class));
    }

    private static CountersReport counted(MeshdHost host) {
        return Objects.requireNonNull(host.look("counters", CountersReport.class));
    }
}
