package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.Schemas;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.NatKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What every command reports of a running mesh is as its schema says: by relay, direct, punched, and not at all. */
@NeedsLab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportSchemaIT {
    private static final Duration FORMATION = Duration.ofSeconds(20);
    private static final String DEVICE = "/O/zvkUBNzRZYnZjrT9OVpYwpVFLZNVHWCXWLQAmlz4=";

    private final Lab lab = Lab.open();
    private MeshdHost relay;
    private MeshdHost alpha;
    private MeshdHost beta;
    private MeshdHost newcomer;

    @BeforeAll
    void start() {
        relay = new MeshdHost(lab.host("relay"), "");
        alpha = new MeshdHost(lab.router("ra", NatKind.SYMMETRIC_RANDOM).host("alpha"), """
                [nat]
                stun_servers = ["198.18.255.254:3478"]
                """);
        beta = new MeshdHost(lab.router("rb", NatKind.MASQUERADE).host("beta"), "");
        newcomer = new MeshdHost(lab.host("newcomer"), "");
        MeshdHost.trustEachOther(List.of(relay, alpha, beta));
        for (MeshdHost end : List.of(alpha, beta)) {
            end.trust(relay, "--relay", "--seed", relay.seed());
        }
        alpha.meshd("trust", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOeMsRvpmK81b513BMMeHZgReqC0rQQ48Q//HyUdMU1 gone",
                "--prefix", "10.77.1.0/24", "--expires", "2099-01-01").orThrow();
        relay.up();
        alpha.up();
        beta.up();
        assertThat(await(FORMATION, () -> alpha.echo(beta) != null && alpha.echo(relay) != null)).isTrue();
    }

    @AfterAll
    void end() {
        lab.close();
    }

    /** One command line for every schema, in an order in which they can be run. */
    private Map<String, String> lines() {
        Map<String, String> lines = new LinkedHashMap<>();
        for (String plain : List.of("status", "peers", "routes", "sessions", "counters", "snapshot", "netcheck",
                "doctor", "reload", "trust list", "identity show", "identity fingerprint",
                "identity export", "config validate",
                "config show", "daemon status", "version")) {
            lines.put(plain, plain);
        }
        lines.put("ping", "ping -c 2 -i 0.2 beta");
        lines.put("why", "why beta");
        lines.put("log", "log --level debug");
        lines.put("invite", "invite --name tablet --prefix 10.79.1.0/24");
        lines.put("invite list", "invite list");
        lines.put("invite cancel", "invite cancel tablet");
        lines.put("peer add", "peer add phone --wireguard " + DEVICE + " --prefix 10.78.1.0/24");
        lines.put("peer config", "peer config phone");
        lines.put("plan", "plan");
        lines.put("untrust", "untrust phone");
        lines.put("trust", "trust " + relay.json("identity", "show").get("peer_id").asText() + " --name relay --relay");
        lines.put("identity init", "identity init --force");
        return lines;
    }

    @Test
    void everyReportOfARunningMeshIsAsItsSchemaSays() throws IOException {
        Map<String, String> lines = lines();
        try (Stream<Path> schemas = Files.list(Schemas.FOLDER)) {
            assertThat(schemas.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".json")))
                    .as("commands that this test runs").containsExactlyInAnyOrderElementsOf(
                            Stream.concat(Stream.of("common.json", "join.json"), lines.keySet().stream()
                                    .map(command -> Schemas.of(command).getFileName().toString()))
                                    .collect(Collectors.toSet()));
        }
        lines.forEach((command, line) -> Schemas.requireValid(command, printed(alpha, line)));
        for (String report : List.of("status", "peers", "snapshot", "netcheck", "sessions")) {
            Schemas.requireValid(report, printed(relay, report));
            Schemas.requireValid(report, printed(beta, report));
        }
        Schemas.requireValid("why", printed(alpha, "why gone"));
        String token = relay.meshd("invite", "--name", "newcomer").orThrow().out().strip();
        Schemas.requireValid("join", printed(newcomer, "join " + token));
        beta.meshd("down").orThrow();
        assertThat(await(FORMATION, () -> alpha.stateOf(beta).equals("left"))).isTrue();
        Schemas.requireValid("snapshot", printed(alpha, "snapshot"));
        Schemas.requireValid("daemon status", printed(beta, "daemon status"));
    }

    /** What the command prints with {@code --json}; a check that fails is a report as well. */
    private static String printed(MeshdHost host, String line) {
        List<String> words = new ArrayList<>(Arrays.asList(line.split(" ", -1)));
        words.add("--json");
        Commands.Result result = host.meshd(words.toArray(String[]::new));
        assertThat(result.status()).as("%s: %s", line, result).isLessThan(2);
        assertThat(result.out()).as("%s: %s", line, result).startsWith("{");
        return result.out();
    }
}
