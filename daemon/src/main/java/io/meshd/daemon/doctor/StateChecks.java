package io.meshd.daemon.doctor;

import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.Owner;
import io.meshd.daemon.files.PidFile;
import io.meshd.netio.Route;
import io.meshd.netio.RouteType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What lies on the disk between two runs, and the time by which it is judged. */
final class StateChecks {
    /** This version was not built before. */
    private static final Instant BUILT = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(5);
    private static final String SET_CLOCK = "timedatectl set-ntp true";
    private static final long MEBI = 1 << 20;
    /** Peers, records and routes of the greatest mesh are less; the log of a detached daemon may be more. */
    private static final long ROOM_MIN_BYTES = 16 * MEBI;

    private final Subject subject;
    private final HostView host;
    private final Findings findings;

    StateChecks(Subject subject, Findings findings) {
        this.subject = subject;
        this.host = subject.host();
        this.findings = findings;
    }

    void run() {
        clock();
        state();
        leftovers();
    }

    private void clock() {
        if (subject.now().isBefore(BUILT)) {
            findings.fail(Topic.CLOCK, "it is " + subject.now() + " here, before this program was made", SET_CLOCK);
            return;
        }
        Stream.concat(Stream.of(subject.config().node().identityPath()),
                Stream.concat(list(subject.home().state()), subject.home().trustDirectories().stream()
                        .flatMap(StateChecks::list)))
                .filter(this::isOfTheFuture).findFirst()
                .ifPresent(file -> findings.warn(Topic.CLOCK, "it is " + subject.now() + " here, but " + file
                        + " was written later: the clock went back, or the disk is a copy", SET_CLOCK));
        findings.passUnlessFound(Topic.CLOCK, "it is " + subject.now());
    }

    private static Stream<Path> list(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList().stream();
        } catch (IOException _) {
            // Not there, or not to be seen: other checks say so.
            return Stream.of();
        }
    }

    private boolean isOfTheFuture(Path file) {
        try {
            return Files.getLastModifiedTime(file).toInstant().isAfter(subject.now().plus(CLOCK_TOLERANCE));
        } catch (IOException _) {
            // Gone meanwhile.
            return false;
        }
    }

    private void state() {
        Path directory = subject.home().state();
        Path there = directory;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        try {
            boolean own = host.isRoot() || Owner.of(there).equals(Owner.ofThisProcess());
            if (!host.isWritable(there)) {
                if (own) {
                    findings.fail(Topic.STATE, there + " cannot be written: known peers and revoked trust would be "
                            + "forgotten",
                            "mount -o remount,rw on its file system, or chown it to whom the daemon "
                                    + "runs as");
                } else {
                    findings.unseen(Topic.STATE, directory.toString());
                }
                return;
            }
            long room = host.usableBytes(there);
            if (room < MEBI) {
                findings.fail(Topic.STATE, "the disk of " + directory + " is full", "df -h " + there
                        + ", and remove something");
            } else if (room < ROOM_MIN_BYTES) {
                findings.warn(Topic.STATE, "the disk of " + directory + " has only " + room / MEBI + " MiB left",
                        "df -h " + there + ", and remove something");
            } else {
                findings.pass(Topic.STATE, directory + " can be written");
            }
        } catch (IOException e) {
            findings.failWithCure(Topic.STATE, FileException.line(e));
        }
    }

    private void leftovers() {
        if (subject.running() != null) {
            findings.pass(Topic.LEFTOVERS, "the daemon minds them");
            return;
        }
        try {
            if (PidFile.runningPid(subject.home()).isPresent()) {
                findings.pass(Topic.LEFTOVERS, "none: the daemon runs");
                return;
            }
            Path pid = subject.home().pidFile();
            if (Files.exists(pid)) {
                findings.warn(Topic.LEFTOVERS, pid + " is left of a daemon that was killed", "meshd up replaces it");
            }
            List<Route> routes = leftRoutes();
            if (!routes.isEmpty()) {
                findings.warn(Topic.LEFTOVERS, "left of a daemon that was killed, and blocking: "
                        + Words.list(routes.stream().map(route -> "unreachable " + NetworkView.prefix(route)).toList()),
                        "ip route delete unreachable " + NetworkView.prefix(routes.getFirst())
                                + ", or `meshd up`, which minds them");
            }
        } catch (IOException e) {
            findings.unseen(Topic.LEFTOVERS, FileException.line(e));
        }
        findings.passUnlessFound(Topic.LEFTOVERS, "none of a daemon that was killed");
    }

    /** Routes of this program do not say of which daemon they are; its state does. */
    private List<Route> leftRoutes() throws IOException {
        Set<String> remembered;
        try {
            remembered = Files.readAllLines(subject.home().state().resolve("routes")).stream().map(String::strip)
                    .collect(Collectors.toSet());
        } catch (NoSuchFileException _) {
            return List.of();
        }
        return host.routes().stream().filter(route -> route.isOwn() && route.type() == RouteType.UNREACHABLE
                && remembered.contains(NetworkView.prefix(route).toString())).toList();
    }
}
