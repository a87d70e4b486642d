package io.meshd.daemon.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.docs.NotTyped;
import io.meshd.daemon.docs.Page;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.NatKind;
import io.meshd.daemon.lab.Walkthrough;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Who follows a page of the documents step by step, on hosts where nothing was set up, has at its end what it promises.
 *
 * <p>A page is mostly starts of the program and waiting for answers, so several are followed at a time.
 */
@NeedsLab
class DocumentsIT {
    private static final int AT_A_TIME = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** What stands in the documents for the host that all can reach. */
    private static final String ADDRESS = "198.51.100.10";
    private static final Page README = Page.of("README.md");
    private static final Page STARTED = Page.of("docs/getting-started.md");
    private static final Page OPERATIONS = Page.of("docs/operations.md");
    private static final String BY_INVITATION = "With an invitation";
    /** Typed by MultiHostIT, in the network that they are about. */
    private static final Set<String> ELSEWHERE = Set.of("docs/examples/multi-host/README.md",
            "docs/troubleshooting.md");

    /** A reader, in a laboratory of his own. */
    private interface Reader {
        void read(Lab lab, Walkthrough typed) throws IOException;
    }

    private final Map<String, Reader> readers = new LinkedHashMap<>();
    private final List<Walkthrough> walkthroughs = new ArrayList<>();

    DocumentsIT() {
        readers.put("two hosts by invitation, then devices, logs, operations", DocumentsIT::operate);
        readers.put("a LAN, a new key", DocumentsIT::lan);
        readers.put("across the internet", DocumentsIT::internet);
        readers.put("home networks", DocumentsIT::homes);
        readers.put("a LAN behind a peer", DocumentsIT::lanBehindAPeer);
        readers.put("trust", (_, typed) -> typed.follow(Page.of("docs/trust.md")));
        readers.put("two hosts by hand", (lab, typed) -> typed.where(ADDRESS, lab.host("alpha").address())
                .follow(STARTED, heading -> !heading.equals(BY_INVITATION)));
        readers.put("a service that runs joins", DocumentsIT::joinWhileTheServiceRuns);
        readers.put("same and different",
                (_, typed) -> typed.amongFaults().follow(Page.of("docs/same-and-different.md")));
        readers.put("README, by hand", (lab, typed) -> typed.where(ADDRESS, lab.host("alpha").address())
                .follow(README, "By hand"::equals));
        readers.put("README", (_, typed) -> typed.follow(README, "Two hosts"::equals));
    }

    @Test
    void whoFollowsThePagesHasWhatTheyPromise() throws InterruptedException {
        List<String> failures = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME)) {
            Map<String, Future<?>> reading = new LinkedHashMap<>();
            readers.forEach((name, reader) -> reading.put(name, threads.submit(() -> {
                try (Lab lab = Lab.open()) {
                    Walkthrough typed = new Walkthrough(lab);
                    synchronized (walkthroughs) {
                        walkthroughs.add(typed);
                    }
                    reader.read(lab, typed);
                }
                return null;
            })));
            for (Map.Entry<String, Future<?>> each : reading.entrySet()) {
                try {
                    each.getValue().get();
                } catch (ExecutionException e) {
                    failures.add(each.getKey() + ": " + e.getCause());
                }
            }
        }
        assertThat(failures).isEmpty();
        assertThat(Page.all().stream().filter(page -> !ELSEWHERE.contains(page.path()))
                .flatMap(page -> page.commands().stream()).filter(command -> !NotTyped.names(command))
                .filter(command -> walkthroughs.stream().noneMatch(typed -> typed.hasTyped(command))))
                .as("commands that nobody typed").isEmpty();
    }

    private static void operate(Lab lab, Walkthrough typed) throws IOException {
        typed.follow(STARTED, BY_INVITATION::equals);

        typed.where("KEY", "/O/zvkUBNzRZYnZjrT9OVpYwpVFLZNVHWCXWLQAmlz4=").follow(Page.of("docs/devices.md"));
        assertThat(typed.type("alpha", "cat router.conf").out()).contains("Endpoint = vpn.example:51821");

        typed.amongFaults().follow(Page.of("docs/monitoring/logs.md"));
        typed.follow(OPERATIONS, heading -> !Set.of("Restore", "Remove").contains(heading));

        String before = typed.type("alpha", "meshd identity fingerprint").out();
        typed.type("alpha", "meshd down");
        Path home = lab.host("alpha").home();
        for (Path lost : List.of(home.resolve("identity"), home.resolve("authorized_keys/beta.pub"))) {
            Files.delete(lost);
        }
        typed.follow(OPERATIONS, "Restore"::equals);
        assertThat(typed.type("alpha", "meshd identity fingerprint").out()).isEqualTo(before);
        typed.patiently(PATIENCE).type("alpha", "meshd ping -c 1 beta");

        typed.follow(OPERATIONS, "Remove"::equals);
        assertThat(typed.host("alpha").host().run("ip", "link", "show", "mesh0").status()).isNotZero();
    }

    private static void joinWhileTheServiceRuns(Lab lab, Walkthrough typed) throws IOException {
        // In the place of systemd.
        typed.type("alpha", "meshd up --detach");
        typed.type("beta", "meshd up --detach");
        Path pid = lab.host("beta").home().resolve("run/meshd.pid");
        String before = Files.readString(pid);
        typed.type("alpha", "meshd invite");

        assertThat(typed.follow(Page.of("docs/packaging.md"), "The package"::equals)).isEqualTo(2);

        typed.type("beta", "meshd ping -c 1 alpha");
        assertThat(Files.readString(pid)).isEqualTo(before);
    }

    private static void lan(Lab lab, Walkthrough typed) {
        typed.patiently(PATIENCE).follow(Page.of("docs/lan.md"));

        assertThat(typed.type("alpha", "meshd sessions").out()).containsPattern("(?m)^ .* (lan|observed) +chosen");
        String before = typed.type("beta", "meshd identity fingerprint").out().strip();

        typed.follow(Page.of("docs/changing-a-key.md"));

        String now = typed.type("beta", "meshd identity fingerprint").out().strip();
        assertThat(now).isNotEqualTo(before);
        assertThat(typed.type("alpha", "meshd trust list").out()).contains(now).doesNotContain(before);
        assertThat(lab.host("beta").home().resolve("identity.old")).doesNotExist();
    }

    private static void internet(Lab lab, Walkthrough typed) {
        typed.patiently(PATIENCE).where(ADDRESS, lab.host("relay").address()).follow(Page.of("docs/internet.md"));

        assertThat(typed.type("alpha", "meshd peers").out()).contains("beta", "relay", "alive");
        assertThat(typed.type("alpha", "meshd netcheck").out()).contains("relay  usable");
    }

    private static void homes(Lab lab, Walkthrough typed) {
        lab.router("ra", NatKind.PORT_RESTRICTED).host("alpha");
        lab.router("rb", NatKind.PORT_RESTRICTED).host("beta");
        typed.patiently(PATIENCE).where(ADDRESS, lab.host("relay").address()).follow(Page.of("docs/home-nat.md"));

        assertThat(typed.type("alpha", "meshd trust list").out()).contains("beta", "relay");
        assertThat(typed.type("alpha", "meshd why beta").out()).contains("beta is reached");
    }

    private static void lanBehindAPeer(Lab lab, Walkthrough typed) {
        LabHost office = lab.host("office");
        LabHost printer = lab.host("printer");
        office.run("ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan0", "netns", printer.namespace())
                .orThrow();
        office.run("sh", "-ec", "ip addr add 192.168.50.2/24 dev lan0 && ip link set lan0 up"
                + " && sysctl -qw net.ipv4.ip_forward=0").orThrow();
        printer.run("sh", "-ec", "ip addr add 192.168.50.30/24 dev lan0 && ip link set lan0 up").orThrow();
        typed.type("alpha", "meshd identity init");
        typed.type("office", "meshd identity init");
        typed.type("office", "meshd trust 'ssh-ed25519 AAAAC3… alpha'");
        typed.type("alpha", "meshd trust 'ssh-ed25519 AAAAC3… office'");
        typed.type("alpha", "meshd up --detach");
        typed.type("office", "meshd up --detach");

        typed.patiently(PATIENCE).follow(Page.of("docs/lan-behind-a-peer.md"));

        assertThat(typed.type("alpha", "meshd routes").out()).contains("192.168.50.0/24", "office");
        assertThat(typed.type("alpha", "ping -c 1 192.168.50.30").out()).contains("1 received");
        assertThat(typed.host("office").meshd("doctor").out()).containsPattern("PASS +forwarding")
                .containsPattern("PASS +return-route").containsPattern("PASS +forward-filter");
    }
}
