package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.meshd.daemon.config.ConfigKey;
import io.meshd.daemon.config.Key;
import io.meshd.daemon.config.Keys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ManualTest {
    private static final List<CommandSpec> SPECS = Commands.table((_, _, _) -> {}).specs();
    private static final Map<String, String> FILES = new Manual(SPECS, "1.2.3").files();

    @TempDir
    private Path directory;

    @Test
    void everyCommandAndAliasHasAPage() {
        for (CommandSpec spec : SPECS) {
            String first = spec.name().split(" ", -1)[0];
            assertThat(FILES.get("man1/meshd.1")).contains("\\fB" + spec.name().replace("-", "\\-"));
            assertThat(FILES.get("man1/meshd-" + first + ".1")).as(spec.name()).contains("meshd " + spec.name());
            for (String alias : spec.aliases()) {
                assertThat(FILES).containsKey("man1/meshd-" + alias.split(" ", -1)[0] + ".1");
            }
        }
        assertThat(FILES).containsKeys("completions/meshd.bash", "completions/_meshd", "completions/meshd.fish");
    }

    @Test
    void pagesAreSoundRoff() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/groff")), "groff is not installed");
        for (Map.Entry<String, String> file : FILES.entrySet()) {
            Path path = directory.resolve(file.getKey());
            Files.createDirectories(path.resolveSibling("."));
            Files.writeString(path, file.getValue());
        }
        for (String page : FILES.keySet().stream().filter(name -> name.startsWith("man")).toList()) {
            Process groff = new ProcessBuilder("groff", "-ww", "-z", "-man", "-Tutf8", page)
                    .directory(directory.toFile())
                    .redirectErrorStream(true).start();
            String complaints = new String(groff.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(groff.waitFor()).as(page).isZero();
            assertThat(complaints).as(page).isEmpty();
        }
    }

    @Test
    void thePageOfAnAliasIsThatOfItsCommand() {
        assertThat(FILES.get("man1/meshd-keygen.1")).isEqualTo(".so man1/meshd-identity.1\n");
        assertThat(FILES.get("man1/meshd-revoke.1")).isEqualTo(".so man1/meshd-untrust.1\n");
    }

    @Test
    void everyKeyIsExplained() {
        assertThat(Keys.ALL).extracting(Key::id).containsExactlyElementsOf(Arrays.asList(ConfigKey.values()));
        for (Key key : Keys.ALL) {
            assertThat(FILES.get("man5/meshd.toml.5")).contains("\n\\fB" + key.name() + "\\fR\n");
            assertThat(key.meaning()).as(key.path()).endsWith(".");
        }
    }

    @Test
    void committedReferencesAreWhatTheProgramSays() throws Exception {
        Path docs = Path.of("").toAbsolutePath();
        while (!Files.exists(docs.resolve("docs/control.md"))) {
            docs = Objects.requireNonNull(docs.getParent(), "no documents above");
        }
        for (Map.Entry<String, String> file : References.files(SPECS).entrySet()) {
            assertThat(docs.resolve("docs").resolve(file.getKey()))
                    .as("docs/%s is not what the program says: run build/references.sh", file.getKey())
                    .hasContent(file.getValue());
        }
    }
}
