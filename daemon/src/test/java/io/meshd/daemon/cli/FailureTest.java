package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What goes wrong with files: one line says what and what to do, the status tells failure from misuse, nothing is written.
 * What only a process of its own can show, such as rights and full disks, is in FailureIT.
 */
final class FailureTest {
    private static final byte[] BINARY = {(byte) 0x89, 'P', 'N', 'G', 0, (byte) 0xff, (byte) 0xfe, '\n', 0};
    private static final int HUGE = 3 * 1024 * 1024;

    @TempDir
    private Path directory;

    private Shell shell = new Shell(Path.of("/"));

    @BeforeEach
    void openShell() throws IOException {
        shell = new Shell(directory);
        Files.createDirectory(directory.resolve("folder"));
        Files.write(directory.resolve("binary"), BINARY);
        Files.writeString(directory.resolve("huge"), "# x\n".repeat(HUGE / 4));
        Files.createSymbolicLink(directory.resolve("dangling"), directory.resolve("nothing"));
        Files.createSymbolicLink(directory.resolve("circle"), directory.resolve("circle"));
        Files.setPosixFilePermissions(directory.resolve("binary"), PosixFilePermissions.fromString("rw-------"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"folder", "dangling", "circle", "missing"})
    void aConfigurationThatCannotBeReadIsAFailure(String name) throws IOException {
        for (List<String> command : List.of(List.of("up"), List.of("up", "--detach"), List.of("config", "show"),
                List.of("config", "validate"), List.of("trust", "list"), List.of("identity", "show"))) {
            assertTold(1, name, run(command, "-c", name));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"binary", "huge"})
    void aConfigurationThatIsNoneIsInvalid(String name) throws IOException {
        for (List<String> command : List.of(List.of("up"), List.of("config", "show"), List.of("trust", "list"))) {
            assertTold(2, name, run(command, "-c", name));
        }
        Shell.Outcome validated = run(List.of("config", "validate"), "-c", name);
        assertThat(validated.status()).isEqualTo(2);
        assertThat(validated.err()).contains(directory.resolve(name).toString()).doesNotContain("Exception");
    }

    @Test
    void aConfigurationThatOthersMayWriteIsRefusedWithTheCure() throws IOException {
        Path config = Files.writeString(directory.resolve("mesh.toml"), "");
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-rw-rw-"));

        assertThat(shell.run("config", "show", "-c", "mesh.toml").failed(2)).contains("chmod go-w " + config);
    }

    @ParameterizedTest
    @ValueSource(strings = {"folder", "binary", "huge", "dangling", "circle"})
    void anIdentityThatIsNoneIsRefused(String name) throws IOException {
        Files.createDirectories(shell.home().identity().resolveSibling("."));
        Files.createSymbolicLink(shell.home().identity(), directory.resolve(name));
        if (name.equals("huge")) {
            Files.setPosixFilePermissions(directory.resolve(name), PosixFilePermissions.fromString("rw-------"));
        }
        for (String command : List.of("show", "export", "fingerprint")) {
            Shell.Outcome outcome = shell.run("identity", command);
            assertThat(outcome.status()).as(outcome.err()).isIn(1, 2);
            assertThat(outcome.err()).contains(shell.home().identity().toString(), ": ")
                    .doesNotContain("Exception");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"folder", "binary", "huge", "dangling", "circle", "./missing"})
    void aKeyFileThatIsNoneIsRefused(String name) throws IOException {
        shell.run("keygen").done();
        Map<String, Integer> before = sizes();

        Shell.Outcome outcome = shell.run("trust", name);

        String told = outcome.failed(outcome.status());
        assertThat(outcome.status()).isIn(1, 2);
        assertThat(told).doesNotContain("Exception");
        assertThat(sizes()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"folder", "binary", "huge", "dangling", "circle", "missing"})
    void aPresharedKeyThatIsNoneIsRefused(String name) throws IOException {
        shell.run("keygen").done();
        Map<String, Integer> before = sizes();

        Shell.Outcome outcome = shell.run("peer", "add", "phone", "--wireguard",
                "/O/zvkUBNzRZYnZjrT9OVpYwpVFLZNVHWCXWLQAmlz4=", "--preshared-key", name);

        assertThat(outcome.failed(outcome.status())).doesNotContain("Exception").contains(name);
        assertThat(outcome.status()).isIn(1, 2);
        assertThat(sizes()).isEqualTo(before);
    }

    @Test
    void aFileInThePlaceOfADirectoryIsNamed() throws IOException {
        Map<String, Integer> before = sizes();
        for (List<String> command : List.of(List.of("keygen"), List.of("config", "init"),
                List.of("up", "--detach"))) {
            String told = run(command, "--home", "binary").failed(1);
            assertThat(told).contains(directory.resolve("binary").toString()).contains(": ")
                    .doesNotContain("Exception");
        }
        assertThat(run(List.of("status"), "--home", "binary").failed(1)).startsWith("meshd is not running");
        assertThat(run(List.of("down"), "--home", "binary").failed(1)).contains(directory.resolve("binary").toString());
        assertThat(sizes()).isEqualTo(before);
    }

    @Test
    void aTargetThatIsADirectoryIsNotReplaced() throws IOException {
        assertThat(shell.run("config", "init", "-c", "folder", "--force").failed(1))
                .isEqualTo(directory.resolve("folder") + " is a directory: move it away first");
        Files.createDirectories(shell.home().identity());
        assertThat(shell.run("keygen", "--force").failed(1)).contains("is a directory: move it away first");
    }

    @Test
    void brokenEntriesOfTheTrustDirectoryAreToldAndHideNoOther() throws IOException {
        shell.run("keygen").done();
        Path trust = Files.createDirectories(shell.home().operatorTrust());
        Files.createDirectory(trust.resolve("folder.pub"));
        Files.write(trust.resolve("binary.pub"), BINARY);
        Files.writeString(trust.resolve("huge.pub"), "# x\n".repeat(HUGE / 4));
        Files.createSymbolicLink(trust.resolve("dangling.pub"), directory.resolve("nothing"));
        AtomicFile.write(trust.resolve("beta.pub"),
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOeMsRvpmK81b513BMMeHZgReqC0rQQ48Q//HyUdMU1 beta\n",
                Access.PUBLIC);

        Shell.Outcome outcome = shell.run("trust", "list").done();

        assertThat(outcome.out()).contains("beta");
        assertThat(outcome.err()).contains("binary.pub", "huge.pub", "folder.pub", "dangling.pub")
                .doesNotContain("Exception", "error: ");
    }

    @Test
    void aSocketThatIsNoneMeansThatNobodyRuns() throws IOException {
        Files.createDirectories(shell.home().run());
        Files.write(shell.home().socket(), BINARY);
        assertThat(shell.run("status").failed(1)).startsWith("meshd is not running");
        Files.delete(shell.home().socket());
        Files.createDirectory(shell.home().socket());
        assertThat(shell.run("status").failed(1)).startsWith("meshd is not running");
    }

    private Shell.Outcome run(List<String> command, String... options) {
        return shell.run(Stream.concat(command.stream(), Stream.of(options)).toArray(String[]::new));
    }

    private void assertTold(int status, String name, Shell.Outcome outcome) {
        assertThat(outcome.failed(status)).contains(directory.resolve(name).toString(), ": ")
                .doesNotContain("Exception");
        assertThat(directory.resolve("home")).doesNotExist();
    }

    private Map<String, Integer> sizes() throws IOException {
        Map<String, Integer> sizes = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory)) {
            all.filter(Files::isRegularFile).forEach(path -> sizes.put(path.toString(), (int) path.toFile().length()));
        }
        return sizes;
    }
}
