package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts in the real shells. */
final class CompletionTest {
    private static final List<CommandSpec> SPECS = Commands.table((_, _, _) -> {}).specs();
    private static final Path BINARIES = Path.of("/usr/bin");

    @TempDir
    private Path directory;

    private @Nullable Process zsh;

    @BeforeEach
    void trustSomebody() throws IOException {
        Path trust = Files.createDirectories(directory.resolve("home/authorized_keys"));
        for (String name : List.of("beta.pub", "gamma.pub", "$(touch evil).pub", "-rf.pub", ".beta.pub.1.tmp",
                "README")) {
            Files.createFile(trust.resolve(name));
        }
        Files.createFile(directory.resolve("mesh.toml"));
        Files.createDirectory(directory.resolve("meshes"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void offersWhatMayFollow(String shell) throws Exception {
        List<String> words = offered(shell, "");
        for (CommandSpec spec : SPECS) {
            assertThat(words).contains(spec.name().split(" ", -1)[0]);
        }
        assertThat(words).contains("help", "keygen").doesNotContain("--home");
        assertThat(offered(shell, "identity", "")).contains("init", "show", "fingerprint", "export");
        assertThat(offered(shell, "sta")).containsExactly("status");
        assertThat(offered(shell, "help", "ident")).containsExactly("identity");
        assertThat(offered(shell, "help", "config", "va")).containsExactly("validate");
        assertThat(offered(shell, "--home", "/nowhere", "sta")).containsExactly("status");
        assertThat(offered(shell, "status", "sta")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void offersOptionsAndTheirFixedValues(String shell) throws Exception {
        assertThat(offered(shell, "peers", "--f")).containsExactly("--format");
        assertThat(offered(shell, "peers", "--format", "")).containsExactlyInAnyOrder("text", "json");
        assertThat(offered(shell, "peers", "--format", "j")).containsExactly("json");
        assertThat(offered(shell, "--color", "n")).containsExactly("never");
        assertThat(offered(shell, "keygen", "--fo")).containsExactlyInAnyOrder("--force", "--format");
        assertThat(offered(shell, "completion", "")).containsExactlyInAnyOrder("bash", "zsh", "fish");
        assertThat(offered(shell, "completion", "bash", "")).isEmpty();
        assertThat(offered(shell, "down", "--se")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void offersNamesOfPeersFromTheTrustDirectory(String shell) throws Exception {
        assertThat(offered(shell, "why", "")).containsExactlyInAnyOrder("beta", "gamma");
        assertThat(offered(shell, "untrust", "g")).containsExactly("gamma");
        assertThat(offered(shell, "revoke", "g")).containsExactly("gamma");
        assertThat(offered(shell, "ping", "-i", "1", "b")).containsExactly("beta");
        assertThat(offered(shell, "why", "beta", "")).isEmpty();
        assertThat(offered(shell, "why", "--home", "/nowhere", "")).isEmpty();
        assertThat(directory.resolve("evil")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void offersFilesAndDirectories(String shell) throws Exception {
        assertThat(offered(shell, "status", "-c", "mes")).contains("mesh.toml");
        assertThat(offered(shell, "trust", "mesh.")).containsExactly("mesh.toml");
        assertThat(offered(shell, "trust", "li")).containsExactly("list");
        assertThat(offered(shell, "status", "--home", "mes")).extracting(name -> name.replace("/", ""))
                .contains("meshes");
    }

    /** What the shell would show behind the last of the words. */
    private List<String> offered(String shell, String... words) throws Exception {
        assumeTrue(Files.isExecutable(BINARIES.resolve(shell)), shell + " is not installed");
        Path script = directory.resolve("completion." + shell);
        Files.writeString(script, CompletionCommand.script(shell, SPECS));
        String line = "meshd " + String.join(" ", words);
        if (shell.equals("zsh")) {
            return offeredByZsh(script, line);
        }
        List<String> command = shell.equals("bash")
                ? Stream.concat(Stream.of("bash", driver(shell), script.toString(), "meshd"), Arrays.stream(words))
                        .toList()
                : List.of("fish", "-N", "-c", "source " + script + "; complete -C '" + line + "'");
        Process process = started(command);
        process.getOutputStream().close();
        // fish puts a description behind each.
        List<String> offered = process.inputReader(StandardCharsets.UTF_8).lines().filter(shown -> !shown.isBlank())
                .map(shown -> shown.split("\t", 2)[0]).toList();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(directory.resolve("errors")).content().isEmpty();
        return offered;
    }

    /** It takes a second to start, so that one answers all lines. */
    private List<String> offeredByZsh(Path script, String line) throws Exception {
        Process asked = zsh;
        if (asked == null) {
            asked = started(List.of("zsh", "-f", driver("zsh"), script.toString()));
            zsh = asked;
        }
        asked.outputWriter(StandardCharsets.UTF_8).append(line).append('\n').flush();
        List<String> offered = new ArrayList<>();
        for (String shown = ""; !shown.equals("--"); shown = asked.inputReader(StandardCharsets.UTF_8).readLine()) {
            assertThat(shown).as("zsh ended").isNotNull();
            if (!shown.isEmpty() && !offered.contains(shown)) {
                offered.add(shown);
            }
        }
        return offered;
    }

    private Process started(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
                .redirectError(directory.resolve("errors").toFile());
        builder.environment().put("MESHD_HOME", directory.resolve("home").toString());
        builder.environment().put("HOME", directory.toString());
        builder.environment().put("TERM", "dumb");
        return builder.start();
    }

    @AfterEach
    void endShell() {
        if (zsh != null) {
            zsh.destroy();
        }
    }

    private static String driver(String shell) throws Exception {
        return Path.of(Objects.requireNonNull(CompletionTest.class.getResource("complete." + shell)).toURI())
                .toString();
    }
}
