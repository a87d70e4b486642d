package io.meshd.daemon.doctor;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.IdentityStore;
import io.meshd.daemon.config.Problem;
import io.meshd.daemon.config.Setup;
import io.meshd.daemon.config.TrustReading;
import io.meshd.daemon.config.TrustStore;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.Home;
import io.meshd.daemon.files.Owner;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Expiry;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import io.meshd.identity.TrustedPeer;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The key of this host, and whom it trusts. */
final class TrustChecks {
    /** A preshared key, which has to be the daemon's own: nobody else may read it. */
    private static final String SECRET = ".psk";
    private static final Duration SOON = Duration.ofDays(14);
    private static final String CHOOSE = "; choose another in its configuration and run: ";
    private static final String TRUST_COMMAND = "meshd trust KEY, where KEY is what `meshd export` prints there";

    private final HostView host;
    private final Home home;
    private final Config config;
    private final @Nullable StatusReport running;
    private final Instant now;
    private final Findings findings;
    private final @Nullable PublicKey key;
    private final TrustStore store;
    private final TrustReading reading;

    TrustChecks(HostView host, Home home, Config config, @Nullable StatusReport running, Instant now,
            Findings findings) {
        this.host = host;
        this.home = home;
        this.config = config;
        this.running = running;
        this.now = now;
        this.findings = findings;
        this.key = readIdentity();
        this.store = Setup.store(home, config, Objects.requireNonNullElse(key, Setup.NOBODY));
        this.reading = store.read(now);
    }

    /** This host's key; null when it has none that can be used. */
    @Nullable
    PublicKey identity() {
        return key;
    }

    /** Whom this host trusts now. */
    List<TrustedPeer> peers() {
        return reading.trust().peers();
    }

    void run(Subject subject) {
        fingerprint(subject);
        trust();
        expiry();
        files();
        for (Trust.Note note : reading.notes()) {
            String text = note.toString();
            int command = text.indexOf(CHOOSE);
            findings.warn(Topic.DERIVED_ADDRESSES, command < 0 ? text : text.substring(0, command),
                    command < 0 ? "meshd trust list" : text.substring(command + CHOOSE.length()));
        }
        findings.passUnlessFound(Topic.DERIVED_ADDRESSES, "no two keys have the same");
    }

    private @Nullable PublicKey readIdentity() {
        Path path = config.node().identityPath();
        try {
            Identity identity = IdentityStore.load(path);
            PublicKey found = identity.publicKey();
            identity.destroy();
            if (running != null && !running.peerId().equals(found.peerId())) {
                findings.fail(Topic.IDENTITY, "the daemon runs with another key than that in " + path
                        + ", which has " + found.fingerprint(), "meshd down && meshd up --detach");
            } else {
                findings.pass(Topic.IDENTITY, found.fingerprint());
            }
            return found;
        } catch (ConfigException e) {
            e.problems().forEach(problem -> findings.fail(Topic.IDENTITY, problem,
                    "put the backup back, or `meshd identity init --force` and have the new key trusted"));
        } catch (AccessDeniedException e) {
            findings.unseen(Topic.IDENTITY, e.getFile());
            return running == null ? null : PublicKey.ofPeerId(running.peerId());
        } catch (IOException e) {
            if (Files.notExists(path)) {
                findings.warn(Topic.IDENTITY, "there is none at " + path + " yet: the first `meshd up` makes one",
                        "meshd identity init");
            } else {
                findings.failWithCure(Topic.IDENTITY, FileException.line(e));
            }
        }
        return null;
    }

    private void fingerprint(Subject subject) {
        String expected = config.node().fingerprint();
        if (expected == null) {
            findings.pass(Topic.FINGERPRINT, "node.fingerprint is not set, so any key is right");
        } else if (key == null || expected.equals(key.fingerprint())) {
            findings.pass(Topic.FINGERPRINT, expected + " is expected");
        } else {
            findings.fail(Topic.FINGERPRINT, expected + " is expected, but the key at " + config.node().identityPath()
                    + " has " + key.fingerprint(),
                    "put the right identity there, or change "
                            + subject.place("node.fingerprint"));
        }
    }

    private void trust() {
        reading.problems().stream().filter(problem -> !isHidden(problem)).forEach(problem -> findings.fail(Topic.TRUST,
                problem, problem.file() == null ? "change one of them, or `meshd untrust` it" : "meshd trust list"));
        if (reading.problems().stream().anyMatch(this::isHidden)) {
            findings.unseen(Topic.TRUST, Words.list(home.trustDirectories()));
        } else if (peers().isEmpty()) {
            findings.warn(Topic.TRUST, "nobody is trusted, so nobody can connect", TRUST_COMMAND);
        }
        findings.passUnlessFound(Topic.TRUST, Words.count(peers().size(), "peer") + " trusted");
    }

    private boolean isHidden(Problem problem) {
        return !host.isRoot() && problem.file() != null && !Files.isReadable(problem.file());
    }

    private void expiry() {
        int ending = 0;
        for (TrustEntry entry : store.entries()) {
            Expiry expires = entry.key() instanceof AuthorizedKey.Member member ? member.expires() : null;
            if (expires == null) {
                continue;
            }
            ending++;
            String remedy = "change expires= in " + entry.source() + " (it applies at once), or: meshd untrust "
                    + entry.key().name();
            if (expires.isPast(now)) {
                findings.warn(Topic.EXPIRY, "trust in " + entry.key().name() + " has ended: " + expires, remedy);
            } else if (expires.isPast(now.plus(SOON))) {
                findings.warn(Topic.EXPIRY, "trust in " + entry.key().name() + " ends soon: " + expires, remedy);
            }
        }
        findings.passUnlessFound(Topic.EXPIRY, ending == 0
                ? "no trust ends by itself"
                : "none ends within a fortnight");
    }

    /** Whoever can write there decides who is let in; whom the daemon runs as has to read there. */
    private void files() {
        for (Path directory : home.trustDirectories()) {
            try {
                if (Files.isDirectory(directory)) {
                    Owner daemon = daemon();
                    access(directory, daemon, true);
                    for (Path file : trustFiles(directory)) {
                        access(file, daemon, false);
                    }
                }
            } catch (AccessDeniedException e) {
                findings.unseen(Topic.TRUST_FILES, e.getFile());
            } catch (IOException e) {
                findings.warn(Topic.TRUST_FILES, FileException.line(e), "ls -la " + directory);
            }
        }
        findings.passUnlessFound(Topic.TRUST_FILES, "the daemon reads them, and nobody else writes them");
    }

    private static List<Path> trustFiles(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, "*.{pub,psk}")) {
            stream.forEach(files::add);
        }
        return files;
    }

    /** Whom the daemon runs as: now, or last time, when it made its state. */
    private Owner daemon() throws IOException {
        Processes.Running process = running == null ? null : host.process(running.pid());
        if (process != null) {
            return new Owner(process.uid(), process.gid());
        }
        return Files.exists(home.state()) ? Owner.of(home.state()) : Owner.ofThisProcess();
    }

    private void access(Path path, Owner daemon, boolean isDirectory) throws IOException {
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(path);
        Owner owner = Owner.of(path);
        if (isDirectory && (mode.contains(PosixFilePermission.OTHERS_WRITE)
                || (mode.contains(PosixFilePermission.GROUP_WRITE) && owner.gid() != owner.uid()))) {
            findings.fail(Topic.TRUST_FILES, "others than the owner of " + path
                    + " can write there, and so decide who is let in", "chmod go-w " + path);
        }
        boolean mayRead = daemon.isRoot() || mode.contains(PosixFilePermission.OTHERS_READ)
                || (daemon.uid() == owner.uid() && mode.contains(PosixFilePermission.OWNER_READ))
                || (daemon.gid() == owner.gid() && mode.contains(PosixFilePermission.GROUP_READ));
        if (!mayRead) {
            findings.fail(Topic.TRUST_FILES, "the daemon, which runs as user " + daemon.uid() + ", cannot read " + path,
                    letRead(path, daemon, isDirectory));
        }
    }

    private static String letRead(Path path, Owner daemon, boolean isDirectory) {
        if (isDirectory) {
            return "chmod 755 " + path;
        }
        return path.toString().endsWith(SECRET) ? "chown " + daemon.uid() + " " + path : "chmod 644 " + path;
    }
}
