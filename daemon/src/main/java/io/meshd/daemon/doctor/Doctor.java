package io.meshd.daemon.doctor;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.control.NetcheckReport;
import io.meshd.daemon.control.SnapshotReport;
import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.Home;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Looks at a host and, when its daemon answers, at the mesh. */
public final class Doctor {
    /** What looks wrong when it is the daemon's, and nobody says so. */
    private static final Set<Topic> OF_THE_DAEMON = Set.of(Topic.TUN_DEVICE, Topic.RIGHTS, Topic.INTERFACE,
            Topic.UDP_PORT, Topic.SOCKET_BUFFERS, Topic.OPEN_FILES, Topic.LEFTOVERS);

    private final HostView host;
    private final Home home;
    private final ConfigLoader loader;
    private final String version;
    private final Instant now;

    /**
     * What a running daemon says.
     *
     * @param snapshot its reports
     * @param netcheck how it sees the network; null when it did not say
     */
    public record Mesh(SnapshotReport snapshot, @Nullable NetcheckReport netcheck) {}

    /**
     * A daemon that does not answer.
     *
     * @param message  why
     * @param remedy   what to do about it
     * @param isHidden whether one may run all the same, and this user is not told
     */
    public record Silence(String message, String remedy, boolean isHidden) {}

    /**
     * A doctor for the daemon of one home.
     *
     * @param version of this program
     */
    public Doctor(HostView host, Home home, ConfigLoader loader, String version, Instant now) {
        this.host = host;
        this.home = home;
        this.loader = loader;
        this.version = version;
        this.now = now;
    }

    /** The checks of a host whose daemon does not answer. */
    public List<Check> examine(Silence silence) {
        Findings findings = new Findings();
        host(findings, null);
        if (silence.isHidden) {
            findings.hide(OF_THE_DAEMON, "what the daemon has");
        }
        findings.warn(Topic.DAEMON, silence.message, silence.remedy);
        return findings.inOrder();
    }

    /** The checks of a host whose daemon answers, and of the mesh. */
    public List<Check> examine(Mesh mesh) {
        Findings findings = new Findings();
        Config config = host(findings, mesh.snapshot);
        new MeshChecks(mesh.snapshot, version, findings).run();
        new ReachChecks(mesh.snapshot, mesh.netcheck, config == null || config.policy().allowRelay(), findings).run();
        return findings.inOrder();
    }

    private @Nullable Config host(Findings findings, @Nullable SnapshotReport snapshot) {
        Config config = config(findings);
        if (config != null) {
            TrustChecks trust = new TrustChecks(host, home, config, snapshot == null ? null : snapshot.status(), now,
                    findings);
            Subject subject = new Subject(host, home, loader.file(), config, trust.identity(), trust.peers(),
                    snapshot == null ? null : snapshot.status(), now);
            trust.run(subject);
            new DeviceChecks(subject, findings).run();
            new StateChecks(subject, findings).run();
            new SeedChecks(subject, findings).run();
            network(subject, findings);
        }
        return config;
    }

    private static void network(Subject subject, Findings findings) {
        NetworkView network;
        try {
            network = NetworkView.of(subject.host());
        } catch (IOException e) {
            findings.unseen(Topic.LOCAL_NETWORKS, "interfaces and routes: " + e.getMessage());
            return;
        }
        new NetworkChecks(subject, network, findings).run();
        new RoutingChecks(subject, network, findings).run();
        new FirewallChecks(subject, network, findings).run();
    }

    /** Null when it cannot be read at all; with errors in it the rest still counts. */
    private @Nullable Config config(Findings findings) {
        try {
            Config config = loader.load();
            findings.pass(Topic.CONFIG, config.file() == null
                    ? "none at " + loader.file() + ", the defaults apply"
                    : config.file() + " is valid");
            config.warnings().forEach(warning -> findings.warn(
                    warning.key().equals("policy.strict_allowlist") ? Topic.OPEN_DOOR : Topic.CONFIG,
                    warning.toString(), "change " + (warning.file() == null
                            ? warning.key()
                            : warning.file()
                                    + (warning.line() > 0 ? ":" + warning.line() : ""))));
            findings.passUnlessFound(Topic.OPEN_DOOR, "only keys that are trusted are let in");
            return config;
        } catch (ConfigException e) {
            e.problems().forEach(problem -> findings.fail(Topic.CONFIG, problem, "meshd config validate"));
            return e.partial();
        } catch (AccessDeniedException e) {
            if (host.isRoot()) {
                findings.failWithCure(Topic.CONFIG, FileException.line(e));
            } else {
                findings.unseen(Topic.CONFIG, e.getFile());
            }
        } catch (IOException e) {
            findings.failWithCure(Topic.CONFIG, FileException.line(e));
        }
        return null;
    }
}
