package io.meshd.daemon.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What rights, full and read-only disks and closed pipes do to commands: one line each, and nothing half written. */
@NeedsLab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FailureIT {
    private static final String KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOeMsRvpmK81b513BMMeHZgReqC0rQQ48Q//HyUdMU1";

    private final Lab lab = Lab.open();
    private MeshdHost node;
    private Path home;

    @BeforeAll
    void start() {
        node = new MeshdHost(lab.host("node"), "");
        home = node.host().home();
        node.meshd("trust", KEY, "--name", "beta").orThrow();
        node.up();
    }

    @AfterAll
    void end() {
        lab.close();
    }

    private static void refuses(Commands.Result result, String... words) {
        assertThat(result.status()).as(result.toString()).isEqualTo(1);
        assertThat(result.err().strip().lines()).as(result.toString()).hasSize(1);
        assertThat(result.err()).startsWith("error: ").contains(words).doesNotContain("Exception");
        assertThat(result.out()).isEmpty();
    }

    /** Runs a command for somebody who owns nothing. */
    private Commands.Result asNobody(String... arguments) {
        List<String> words = new ArrayList<>(
                List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"));
        words.addAll(node.command(arguments));
        return node.host().run(words.toArray(String[]::new));
    }

    /** Runs a command where the home is another file system, after a script has prepared that. */
    private Commands.Result mounted(String script, String... arguments) {
        List<String> words = new ArrayList<>(List.of("unshare", "-m", "sh", "-c", script + " && exec \"$@\"", "sh"));
        words.addAll(node.command(arguments));
        return node.host().run(words.toArray(String[]::new));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(home)) {
            return all.filter(Files::isRegularFile).map(Path::toString).sorted().toList();
        }
    }

    @Test
    void daemonsOfOthersAndTheirFilesAreOutOfReach() throws IOException {
        List<String> before = files();
        for (String command : List.of("status", "peers", "reload", "down", "netcheck")) {
            refuses(asNobody(command), "permission denied");
        }
        for (String command : List.of("keygen --force", "untrust beta", "config init --force", "export")) {
            refuses(asNobody(command.split(" ", -1)), "permission denied");
        }
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void whatMayBeReadButNotWrittenIsNamed() throws IOException {
        Path folder = Files.createDirectories(lab.folder().resolve("public"));
        Files.setPosixFilePermissions(lab.folder(), PosixFilePermissions.fromString("rwxr-xr-x"));
        Path config = Files.writeString(folder.resolve("secret.toml"), "");
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-------"));

        refuses(asNobody("config", "init", "-c", folder + "/mesh.toml"), folder + "/mesh.toml",
                "permission denied: run as");
        refuses(asNobody("config", "show", "-c", config.toString()), config.toString(), "permission denied: run as");
        try (Stream<Path> all = Files.list(folder)) {
            assertThat(all).containsExactly(config);
        }
    }

    @Test
    void aReadOnlyDiskIsToldAndNothingChanges() throws IOException {
        List<String> before = files();
        String readOnly = "mount --bind " + home + " " + home + " && mount -o remount,ro,bind " + home;
        for (String command : List.of("keygen --force", "config init --force", "untrust beta",
                "trust " + KEY + " --name beta --relay")) {
            refuses(mounted(readOnly, command.split(" ", -1)), "Read-only file system: mount it writable");
        }
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void aFullDiskIsToldAndTheOldFileStays() {
        String full = "umask 077 && cp " + home + "/identity " + lab.folder()
                + "/kept && mount -t tmpfs -o size=64k none "
                + home + " && cp " + lab.folder() + "/kept " + home + "/identity && mkdir " + home
                + "/authorized_keys && echo '" + KEY + " beta' > " + home
                + "/authorized_keys/beta.pub && echo '[node]' > "
                + home + "/meshd.toml && (cat /dev/zero > " + home + "/filler 2>/dev/null; true)";
        String shown = " && find " + home + " -type f ! -name filler | sort && cat " + home + "/meshd.toml";
        for (String command : List.of("keygen --force", "config init --force",
                "trust " + KEY + " --name beta --relay")) {
            refuses(mounted(full, command.split(" ", -1)), "No space left on device: make room there");
        }
        List<String> words = new ArrayList<>(List.of("unshare", "-m", "sh", "-c",
                full + " && { \"$@\" 2>/dev/null; true; }" + shown, "sh"));
        words.addAll(node.command("config", "init", "--force"));
        assertThat(node.host().run(words.toArray(String[]::new)).orThrow().out().lines()).containsExactly(
                home + "/authorized_keys/beta.pub", home + "/identity", home + "/meshd.toml", "[node]");
    }

    @Test
    void aClosedPipeEndsACommandQuietlyAndAFullOutputIsToldOf() {
        String meshd = String.join(" ", node.command());
        Commands.Result closed = shell(meshd + " peers | true; " + meshd + " ping -c 3 -i 0.2 beta | head -c 1");
        assertThat(closed.err()).as(closed.toString()).doesNotContain("Exception", "Broken pipe");
        assertThat(shell(meshd + " help | head -1").orThrow().err()).isEmpty();

        refuses(shell(meshd + " status --json > /dev/full"), "cannot write the output", "No space left on device");
    }

    private Commands.Result shell(String line) {
        return node.host().run("sh", "-c", line);
    }
}
