package io.meshd.daemon.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.config.IdentityStore;
import io.meshd.daemon.config.Overrides;
import io.meshd.daemon.control.CountersReport;
import io.meshd.daemon.control.NetcheckReport;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.RoutesReport;
import io.meshd.daemon.control.SessionsReport;
import io.meshd.daemon.control.SnapshotReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Identity;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.MemberState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A node in good health, with one trusted peer, into which a test plants a fault. */
final class Patient {
    static final String VERSION = "0.1.0";
    static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    static final PublicKey BETA = key(1);

    final FakeHost host = new FakeHost();
    final Home home;
    Instant now = NOW;
    /** What the daemon says, when one runs. */
    boolean running;
    String version = VERSION;
    String peerId;
    int port = 51821;
    @Nullable
    String device = "mesh0";
    int alive = 1;
    StatusReport.Mapping mapping = StatusReport.Mapping.ENDPOINT_INDEPENDENT;
    boolean mapped;
    List<String> publicEndpoints = List.of("198.51.100.1:51821");
    List<StatusReport.Seed> seeds = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    List<PeersReport.Peer> peers = new ArrayList<>();
    List<RoutesReport.Route> routes = new ArrayList<>();
    long wrongNetwork;
    long wrongPrefix;
    long knocks;
    long strayed;
    @Nullable
    NetcheckReport netcheck;

    Patient(Path directory) throws IOException {
        home = Home.at(directory.resolve("home"));
        Files.createDirectories(home.operatorTrust());
        Files.createDirectories(home.state());
        Files.setPosixFilePermissions(home.operatorTrust(), PosixFilePermissions.fromString("rwxr-xr-x"));
        Identity identity = IdentityStore.create(home.identity());
        peerId = identity.publicKey().peerId();
        identity.destroy();
        trust("beta", "", BETA);
        written(home.identity());
        peers.add(peer(MemberState.ALIVE, new PeersReport.Path(PathClass.DIRECT, "203.0.113.9:51821", null, 12.5, 0.0),
                null));
        routes.add(new RoutesReport.Route("10.42.1.0/24", "beta", null, PathClass.DIRECT, true, null));
        netcheck = look(true, List.of(), List.of(), List.of(), 1420);
    }

    static PublicKey key(long seed) {
        return Identity.generate(new SplittableRandom(seed)).publicKey();
    }

    /** The machine's own clock has nothing to do with the patient's. */
    private static void written(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(NOW.minusSeconds(60)));
    }

    void config(String toml) {
        write(home.config(), toml);
    }

    void trust(String name, String options, PublicKey key) {
        write(home.operatorTrust().resolve(name + ".pub"),
                (options.isEmpty() ? "" : options + " ") + new OpenSshKey(key, "").line());
    }

    Path write(Path file, String content) {
        try {
            Files.writeString(file, content + "\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
            written(file);
            return file;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    void mode(Path file, String permissions) {
        try {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** From now on its daemon runs, and its interface is there. */
    Patient up() {
        running = true;
        host.link(FakeHost.MESH0, "mesh0", "tun", FakeHost.NO_LINK_LAYER);
        return this;
    }

    void seed(String source, String address, @Nullable String peer, String state, @Nullable String error) {
        seeds.add(new StatusReport.Seed(source, address, peer, state, NOW, error));
    }

    /** Beta as a peer in this state. */
    static PeersReport.Peer peer(MemberState state, PeersReport.Path path, @Nullable String why) {
        return new PeersReport.Peer("beta", BETA.peerId(), BETA.fingerprint(), List.of("10.42.1.0/24"), List.of(),
                state, NOW, false, path, state == MemberState.UNKNOWN ? null : NOW, 0, 0, 0, PeersReport.Source.TRUST,
                why);
    }

    static NetcheckReport look(boolean usable, List<NetcheckReport.Mapping> mappings,
            List<NetcheckReport.StunServer> servers, List<NetcheckReport.Relay> relays, int mtu) {
        NetcheckReport.Nat nat = new NetcheckReport.Nat(StatusReport.Mapping.ENDPOINT_INDEPENDENT,
                "endpoint_independent", 0, List.of(), "everybody reaches it");
        return new NetcheckReport(List.of(new NetcheckReport.Family("ipv4", usable, null, List.of(), true, null, null,
                nat)), List.of(), new NetcheckReport.PortMapping(true, mappings, List.of()), servers, relays,
                List.of(new NetcheckReport.Path("beta", "203.0.113.9:51821", mtu)), 45);
    }

    List<Check> examine() {
        Doctor doctor = new Doctor(host, home, new ConfigLoader(home, null, Overrides.NONE), VERSION, now);
        return running
                ? doctor.examine(new Doctor.Mesh(snapshot(), netcheck))
                : doctor.examine(new Doctor.Silence("it is not running", "meshd up", false));
    }

    /** The same by a user whom the daemon does not answer. */
    List<Check> examineFromOutside() {
        return new Doctor(host, home, new ConfigLoader(home, null, Overrides.NONE), VERSION, now)
                .examine(new Doctor.Silence("permission denied", "sudo meshd doctor", true));
    }

    private SnapshotReport snapshot() {
        StatusReport status = new StatusReport(version, StatusReport.Phase.RUNNING, 4711, "alpha", "home-net", peerId,
                device, List.of("10.42.0.1/24"), port, publicEndpoints, new StatusReport.Nat(mapping, mapped), null,
                null, 60, new StatusReport.PeerCounts(1, alive, 1, 0, 0), new StatusReport.RouteCounts(1, 1), seeds,
                warnings);
        CountersReport counters = new CountersReport(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, knocks,
                new CountersReport.RejectedClaims(0, wrongNetwork, wrongPrefix),
                new CountersReport.Drops(0, 0, strayed, 0, 0, 0, 0), new CountersReport.Stun(0, 0, 0, 0, 0),
                new CountersReport.Lan(0, 0, 0, 0, 0, 0, 0, 0), new CountersReport.Searches(0, 0, 0, 0, 0));
        return new SnapshotReport(status, new PeersReport(peers), new RoutesReport(routes),
                new SessionsReport(1, new SessionsReport.ByClass(1, 0, 0), List.of()), counters);
    }

    /** The one check of this topic with this result. */
    Check found(Topic topic, Check.Result result) {
        List<Check> checks = examine();
        assertThat(checks).filteredOn(check -> check.topic() == topic && check.result() == result)
                .as(topic + " " + result + " in " + checks).isNotEmpty();
        return checks.stream().filter(check -> check.topic() == topic && check.result() == result).findFirst()
                .orElseThrow();
    }
}
