package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.config.IdentityStore;
import io.meshd.daemon.config.KnownPeers;
import io.meshd.daemon.control.ControlServer;
import io.meshd.daemon.control.FakeNode;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.daemon.files.LockHolder;
import io.meshd.daemon.files.MortalDisk;
import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Invitation;
import io.meshd.protocol.InvitationToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A command that is killed at any step leaves each file old or new, and the next one clears up behind it. */
final class KilledCommandTest {
    private static final String BETA = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOeMsRvpmK81b513BMMeHZgReqC0rQQ48Q//HyUdMU1 "
            + "beta";
    private static final String DEVICE = "/O/zvkUBNzRZYnZjrT9OVpYwpVFLZNVHWCXWLQAmlz4=";
    private static final String SECRET = "lSqM6PNh4RSwqz1SVRIp2hIkP6cqCTOaTRY6vM0lKfQ=";
    private static final String OTHER_SECRET = "kSqM6PNh4RSwqz1SVRIp2hIkP6cqCTOaTRY6vM0lKfQ=";
    private static final String TEMPORARY = "meshd-tmp";

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final HostPort PLACE = HostPort.parse("198.51.100.1:51821").orThrow();
    private static final Identity ALPHA = Identity.generate(new SplittableRandom(1));
    private static final List<Prefix> GRANTED = List.of(Prefix.parse("10.42.1.0/24").orThrow());
    private static final PublicKey INVITER = ALPHA.publicKey();
    private static final String TOKEN = token(Identity.generate(new SplittableRandom(2)));
    private static final List<String> ASKING_A_DAEMON = List.of("invite", "join");

    @TempDir
    private Path directory;

    private final FakeNode node = new FakeNode();
    private @Nullable ControlServer server;
    private @Nullable Process daemon;

    private static String token(Identity guest) {
        return InvitationToken.issue(ALPHA, guest, new Invitation(INVITER, guest.publicKey(), "home-net", "alpha",
                List.of(), true, List.of(), "", GRANTED, false, NOW.plusSeconds(60).getEpochSecond(), List.of(PLACE)))
                .text();
    }

    /** An inviter that welcomes whoever calls it. */
    private static final class Welcoming implements NodeRunner {
        @Override
        public void run(Home home, ConfigLoader config, Consumer<String> ready) {
            throw new AssertionError("no daemon is started in this process");
        }

        @Override
        public GuestAnswer call(InvitationToken token, Identity newcomer, String name, Duration patience) {
            return new GuestAnswer.Welcome(new Frame.Welcome("beta", GRANTED, false), PLACE);
        }
    }

    /** A daemon that answers the commands which ask one; killed is only the command. */
    private void serve() throws IOException {
        Home home = shell().home();
        Files.createDirectories(home.run());
        server = ControlServer.start(home.socket(), node);
        daemon = LockHolder.start(home);
        node.willKnow("alpha", INVITER.peerId());
    }

    @AfterEach
    void close() throws IOException {
        if (server != null) {
            server.close();
        }
        if (daemon != null) {
            daemon.destroyForcibly();
        }
    }

    private Shell shell() {
        return new Shell(directory).running(new Welcoming());
    }

    /** Makes what is there before the command. */
    @FunctionalInterface
    interface Scene {
        void set(Shell shell) throws IOException;
    }

    private static Stream<Arguments> commands() {
        Scene nothing = _ -> {};
        Scene identity = shell -> shell.run("keygen").done();
        Scene beta = after(identity, "trust", BETA, "--prefix", "10.42.1.0/24");
        Scene device = after(identity, "peer", "add", "phone", "--wireguard", DEVICE, "--prefix", "10.42.9.0/24",
                "--preshared-key", "old.psk");
        return Stream.of(
                command("identity init", nothing, "identity", "init"),
                command("identity init --force", identity, "identity", "init", "--force"),
                command("trust", identity, "trust", BETA),
                command("trust anew", beta, "trust", BETA, "--prefix", "10.42.2.0/24", "--relay"),
                command("untrust", beta, "untrust", "beta"),
                command("untrust a newcomer", shell -> KnownPeers.of(shell.home()).remember("gamma",
                        IdentityStore.create(shell.home().identity()).publicKey()), "untrust", "gamma"),
                command("peer add", identity, "peer", "add", "phone", "--wireguard", DEVICE, "--preshared-key",
                        "new.psk"),
                command("peer add anew", device, "peer", "add", "phone", "--wireguard", DEVICE, "--preshared-key",
                        "new.psk"),
                command("untrust a device", device, "untrust", "phone"),
                command("config init", nothing, "config", "init", "--name", "alpha"),
                command("invite --out", identity, "invite", "--out", "beta.token"),
                command("join", nothing, "join", TOKEN),
                command("join a known inviter", after(after(identity, "trust", INVITER.base64(), "--name", "hub"),
                        "config", "init", "--name", "beta"), "join", TOKEN, "--force"),
                command("config init --force", shell -> shell.run("config", "init", "--name", "before").done(),
                        "config",
                        "init", "--name", "alpha", "--force"));
    }

    private static Arguments command(String title, Scene scene, String... words) {
        return Arguments.argumentSet(title, scene, words);
    }

    private static Scene after(Scene first, String... words) {
        return shell -> {
            first.set(shell);
            shell.run(words).done();
        };
    }

    @ParameterizedTest
    @MethodSource("commands")
    void leavesEachFileOldOrNewAndTheNextOneClearsUp(Scene scene, String... words) throws Exception {
        boolean asking = ASKING_A_DAEMON.contains(words[0]);
        if (asking) {
            serve();
        }
        Shell shell = fresh(scene);
        Map<String, String> before = files();
        MortalDisk immortal = new MortalDisk(Integer.MAX_VALUE);
        shell.onDisk(immortal).run(words).done();
        Map<String, String> after = files();
        assertThat(after).isNotEqualTo(before);
        assertThat(after.keySet()).noneMatch(name -> name.contains(TEMPORARY));
        assertThat(immortal.steps()).isGreaterThan(1);

        for (int lifetime = 0; lifetime < immortal.steps(); lifetime++) {
            Shell killed = fresh(scene);
            Map<String, String> old = files();
            MortalDisk disk = new MortalDisk(lifetime);
            killed.onDisk(disk);
            assertThatThrownBy(() -> killed.run(words)).as("step %d", lifetime).isInstanceOf(MortalDisk.Death.class);
            requireOldOrNew(old, after, "step " + lifetime);

            Shell next = shell();
            Shell.Outcome again = next.run(words);
            if (asking) {
                again.done();
                requireOldOrNew(after, after, "going on after step " + lifetime);
                assertThat(files().keySet()).isEqualTo(after.keySet());
            } else if (again.status() != 0) {
                // It was done already when it was killed.
                assertThat(again.failed(1)).containsAnyOf("already", "nobody is trusted");
            }
            next.run("trust", BETA, "--name", "beta").done();
            next.run("config", "init", "--force").done();
            next.run("keygen", "--force").done();
            assertThat(files().keySet()).as("step %d", lifetime).noneMatch(name -> name.contains(TEMPORARY));
        }
    }

    /** Keys that are made anew differ each time, but are whole. */
    private void requireOldOrNew(Map<String, String> old, Map<String, String> after, String step) throws Exception {
        Map<String, String> now = files();
        for (Map.Entry<String, String> file : now.entrySet()) {
            String name = file.getKey();
            if (name.endsWith("identity")) {
                IdentityStore.load(directory.resolve(name)).destroy();
            } else if (!name.contains(TEMPORARY)) {
                assertThat(file.getValue()).as("%s after %s", name, step).isIn(old.get(name), after.get(name));
            }
        }
        for (String name : old.keySet()) {
            assertThat(now.containsKey(name) || !after.containsKey(name)).as("%s is there after %s", name, step)
                    .isTrue();
        }
    }

    private Shell fresh(Scene scene) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).filter(path -> !isOfDaemon(path)).toList()) {
                    Files.delete(path);
                }
            }
        }
        AtomicFile.write(directory.resolve("old.psk"), SECRET, Access.SECRET);
        AtomicFile.write(directory.resolve("new.psk"), OTHER_SECRET, Access.SECRET);
        Shell shell = shell();
        scene.set(shell);
        return shell;
    }

    /** What a running daemon keeps, and what that lies in. */
    private boolean isOfDaemon(Path path) {
        Path run = shell().home().run();
        return path.equals(directory) || (server != null && (path.startsWith(run) || run.startsWith(path)));
    }

    /** All files with their content. */
    private Map<String, String> files() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                contents.put(directory.relativize(path).toString(), Files.readString(path));
            }
        }
        return contents;
    }
}
