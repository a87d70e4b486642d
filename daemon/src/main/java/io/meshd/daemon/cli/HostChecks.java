package io.meshd.daemon.cli;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.config.IdentityStore;
import io.meshd.daemon.config.Problem;
import io.meshd.daemon.config.Setup;
import io.meshd.daemon.config.TrustReading;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Identity;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TrustedPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The checks of this host that need no daemon. */
final class HostChecks {
    // This version was not built before.
    private static final Instant BUILT = Instant.parse("2026-01-01T00:00:00Z");
    private static final String SETPRIV = "run it with sudo, or: sudo setpriv --reuid=$(id -u) --regid=$(id -g) "
            + "--init-groups --inh-caps=+net_admin --ambient-caps=+net_admin ./meshd up";

    private final HostView host;
    private final Home home;
    private final ConfigLoader loader;
    private final @Nullable StatusReport running;
    private final Instant now;
    private final List<Check> checks = new ArrayList<>();

    /**
     * Such checks.
     *
     * @param running what the daemon says; null when none answers
     */
    HostChecks(HostView host, Home home, ConfigLoader loader, @Nullable StatusReport running, Instant now) {
        this.host = host;
        this.home = home;
        this.loader = loader;
        this.running = running;
        this.now = now;
    }

    List<Check> run() {
        Config config = config();
        if (config == null || config.tun().enabled()) {
            device();
        }
        clock();
        if (config != null) {
            port(config);
            PublicKey key = identity(config);
            trust(config, key);
            forwarding(config);
            addressFamilies();
        }
        return checks;
    }

    private @Nullable Config config() {
        try {
            Config config = loader.load();
            checks.add(config.file() == null
                    ? Check.pass("config", "none at " + loader.file() + ", the defaults apply")
                    : Check.pass("config", config.file() + " is valid"));
            config.warnings().forEach(warning -> checks.add(Check.warn("config", warning.toString())));
            return config;
        } catch (ConfigException e) {
            e.problems().forEach(problem -> checks.add(Check.fail("config", problem.toString())));
        } catch (IOException e) {
            checks.add(Check.fail("config", FileException.line(e)));
        }
        return null;
    }

    private void device() {
        String fault = host.tunFault();
        checks.add(fault.isEmpty() ? Check.pass("tun device", "/dev/net/tun opens") : Check.fail("tun device", fault));
        if (host.hasNetAdmin()) {
            checks.add(Check.pass("rights", "this user may make interfaces (CAP_NET_ADMIN)"));
        } else if (running != null) {
            checks.add(Check.pass("rights", "the daemon runs with pid " + running.pid()));
        } else {
            checks.add(Check.fail("rights", "CAP_NET_ADMIN is missing: " + SETPRIV));
        }
    }

    private void clock() {
        checks.add(now.isBefore(BUILT)
                ? Check.fail("clock", "it is " + now + " here, before this program was made: set the clock")
                : Check.pass("clock", "it is " + now));
    }

    private void port(Config config) {
        int port = config.node().listenPort();
        if (running != null && (running.listenPort() == port || port == 0)) {
            checks.add(Check.pass("udp port", "the daemon has port " + running.listenPort()));
        } else if (port == 0) {
            checks.add(Check.pass("udp port", "any free one will be taken"));
        } else if (host.isPortFree(port)) {
            checks.add(Check.pass("udp port", port + " is free"));
        } else {
            checks.add(Check.fail("udp port", port + " is taken by another program: `ss -ulpn sport = :" + port
                    + "` names it; stop it or set node.listen_port"));
        }
    }

    private @Nullable PublicKey identity(Config config) {
        Path path = config.node().identityPath();
        try {
            Identity identity = IdentityStore.load(path);
            PublicKey key = identity.publicKey();
            identity.destroy();
            checks.add(Check.pass("identity", key.fingerprint()));
            return key;
        } catch (ConfigException e) {
            e.problems().forEach(problem -> checks.add(Check.fail("identity", problem.toString())));
        } catch (IOException e) {
            boolean missing = Files.notExists(path);
            checks.add(missing
                    ? Check.warn("identity", "none at " + path + " yet: the first `meshd up` makes one")
                    : Check.fail("identity", FileException.line(e)));
        }
        return null;
    }

    private void trust(Config config, @Nullable PublicKey key) {
        List<Problem> problems;
        try {
            problems = Setup.problems(home, config, now);
        } catch (IOException e) {
            problems = List.of(new Problem(null, 0, "", FileException.line(e)));
        }
        Path identity = config.node().identityPath();
        problems.stream().filter(problem -> !identity.equals(problem.file()))
                .forEach(problem -> checks.add(Check.fail("trust", problem.toString())));
        TrustReading reading = Setup.store(home, config, Objects.requireNonNullElse(key, Setup.NOBODY)).read(now);
        reading.notes().forEach(note -> checks.add(Check.warn("trust", note.toString())));
        int trusted = reading.trust().peers().size();
        if (trusted == 0) {
            checks.add(Check.warn("trust", "nobody is trusted, so nobody can connect: `meshd trust`"));
        } else if (problems.isEmpty()) {
            checks.add(Check.pass("trust", trusted + (trusted == 1 ? " peer is" : " peers are") + " trusted"));
        }
        routes(config, reading.trust().peers());
    }

    private void routes(Config config, List<TrustedPeer> peers) {
        List<HostView.LocalNetwork> networks;
        try {
            networks = host.localNetworks().stream().filter(n -> !n.device().equals(config.tun().name())).toList();
        } catch (IOException e) {
            checks.add(Check.warn("routes", "the interfaces of this host cannot be listed: " + e.getMessage()));
            return;
        }
        int before = checks.size();
        for (TrustedPeer peer : peers) {
            for (Prefix prefix : peer.prefixes()) {
                networks.forEach(network -> conflict(prefix, "of " + peer.name(), network));
            }
        }
        for (Prefix range : new Prefix[]{config.tun().deriveFrom().v4(), config.tun().deriveFrom().v6()}) {
            if (range != null) {
                networks.forEach(network -> onLink(range, network));
            }
        }
        if (checks.size() == before) {
            checks.add(Check.pass("routes", "no prefix of a peer overlaps a network of this host"));
        }
    }

    /** Where derived addresses come from: of two daemons on a host one has the range on link, and the other knows. */
    private void onLink(Prefix range, HostView.LocalNetwork local) {
        if (local.isTunnel() && local.network().equals(range)) {
            checks.add(Check.warn("routes", range + " of tun.derive_from is on link on " + local.device()
                    + ": another daemon of this host has it, and this one gives each of its peers a route of its own"));
        } else {
            conflict(range, "of tun.derive_from", local);
        }
    }

    private void conflict(Prefix prefix, String whose, HostView.LocalNetwork local) {
        if (prefix.isDefaultRoute() || !prefix.overlaps(local.network())) {
            return;
        }
        String message = prefix + " " + whose + " overlaps " + local.network() + " on " + local.device();
        // The longer prefix wins: one within a local network takes that part of it, a wider one takes nothing.
        checks.add(prefix.length() >= local.network().length()
                ? Check.fail("routes",
                        message + ": that part of the network would go into the mesh; use other prefixes")
                : Check.warn("routes", message + ": that network stays reachable, the peer's part of it does not"));
    }

    private void forwarding(Config config) {
        for (boolean v6 : new boolean[]{false, true}) {
            List<Prefix> wide = config.configuredPrefixes().stream()
                    .filter(prefix -> prefix.address().isV6() == v6 && prefix.length() < prefix.address().bits())
                    .toList();
            String path = v6 ? "net/ipv6/conf/all/forwarding" : "net/ipv4/ip_forward";
            if (wide.isEmpty()) {
                continue;
            }
            if (host.sysctl(path).equals("1")) {
                checks.add(Check.pass("forwarding", "on for " + Texts.list(wide.stream().map(Prefix::toString).toList())
                        + "; hosts behind this node need a route back through it"));
            } else {
                checks.add(Check.warn("forwarding", "off, so only this host itself can be reached in "
                        + Texts.list(wide.stream().map(Prefix::toString).toList()) + ": sysctl -w "
                        + path.replace('/', '.') + "=1, and a route back on the hosts behind"));
            }
        }
    }

    private void addressFamilies() {
        boolean disabled = host.sysctl("net/ipv6/conf/all/disable_ipv6").equals("1")
                || host.sysctl("net/ipv6/conf/all/forwarding").isEmpty();
        checks.add(disabled
                ? Check.warn("ipv6", "it is disabled on this host: the mesh works over IPv4 only")
                : Check.pass("ipv6", "this host has it"));
    }
}
