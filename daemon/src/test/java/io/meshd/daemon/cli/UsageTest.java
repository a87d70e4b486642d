package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UsageTest {
    private static final List<String> LATER = List.of("metrics");

    @TempDir
    private Path directory;

    private Shell shell = new Shell(Path.of("/"));
    private final List<CommandSpec> specs = Commands.table((_, _, _) -> {}).specs();

    @BeforeEach
    void openShell() {
        shell = new Shell(directory);
    }

    @Test
    void helpListsEveryCommand() {
        String help = shell.run("help").done().out();

        assertThat(specs).allSatisfy(spec -> assertThat(help).contains("  " + spec.name() + " ", spec.summary()));
        assertThat(shell.run("--help").done().out()).isEqualTo(help);
        assertThat(shell.run("-h").done().out()).isEqualTo(help);
        assertThat(shell.run("help", "help").done().out()).isEqualTo(help);
    }

    @Test
    void everyCommandExplainsItself() {
        for (CommandSpec spec : specs) {
            String[] words = spec.name().split(" ", -1);
            String help = shell.run(join("help", words)).done().out();

            assertThat(help).as(spec.name()).contains("Usage: meshd " + spec.name(), "Options:", "--home DIR",
                    "Examples:");
            assertThat(spec.examples()).as(spec.name()).hasSizeGreaterThanOrEqualTo(2);
            assertThat(spec.examples()).as(spec.name())
                    .allSatisfy(example -> assertThat(help).contains(example.command()));
            assertThat(help.lines()).as(spec.name()).allSatisfy(line -> assertThat(line).doesNotEndWith(" "));
            assertThat(shell.run(join(words, "--help")).done().out()).as(spec.name()).isEqualTo(help);
            assertThat(shell.run(join(words, "-h")).done().out()).as(spec.name()).isEqualTo(help);
            assertThat(shell.run(join("-h", words)).done().out()).as(spec.name()).isEqualTo(help);
        }
    }

    @Test
    void everyAliasMeansItsCommand() {
        for (CommandSpec spec : specs) {
            for (String alias : spec.aliases()) {
                assertThat(shell.run(join("help", alias.split(" ", -1))).done().out())
                        .contains("Usage: meshd " + spec.name());
            }
        }
    }

    @Test
    void groupsExplainTheirCommands() {
        assertThat(shell.run("help", "identity").done().out()).contains("identity init", "identity export");
        assertThat(shell.run("config", "--help").done().out()).contains("config init", "config show");
        assertThat(shell.run("config").failed(2))
                .isEqualTo("`meshd config` needs a command: one of init, validate, show");
        assertThat(shell.run("config", "shw").failed(2))
                .isEqualTo("`meshd config` has no command shw; did you mean \"show\"?: one of init, validate, show");
    }

    @Test
    void versionWorksEverywhere() throws Exception {
        String version = shell.run("version").done().out();

        assertThat(version).matches("meshd [0-9]+\\.[0-9]+\\.[0-9]+.*\\R");
        assertThat(shell.run("--version").done().out()).isEqualTo(version);
        assertThat(shell.run("status", "--version").done().out()).isEqualTo(version);
        assertThat(shell.run("--version", "status").done().out()).isEqualTo(version);
        assertThat(shell.run("version", "--json").done().json().path("version").asText())
                .isEqualTo(version.strip().substring("meshd ".length()));
        assertThat(shell.run("version", "--format", "json").done().json().has("java")).isTrue();
        assertThat(shell.run("version", "--format=text").done().out()).isEqualTo(version);
    }

    @Test
    void withoutCommandTheHelpGoesToStandardError() {
        Shell.Outcome outcome = shell.run();

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains("Usage: meshd COMMAND");
    }

    @Test
    void refusesUnknownCommandsWithASuggestion() {
        assertThat(shell.run("statsu").failed(2))
                .isEqualTo("unknown command statsu; did you mean \"status\"?: see `meshd help`");
        assertThat(shell.run("xyzzy").failed(2)).isEqualTo("unknown command xyzzy: see `meshd help`");
        assertThat(shell.run("help", "xyzzy").failed(2)).startsWith("unknown command xyzzy");
        assertThat(shell.run("help", "status", "xyzzy").failed(2)).startsWith("`meshd status` has no command xyzzy");
    }

    @Test
    void refusesWhatLaterVersionsBring() {
        String help = shell.run("help").out();
        for (String later : LATER) {
            assertThat(shell.run(later).failed(2)).startsWith("unknown command " + later);
            assertThat(help).doesNotContain("\n  " + later);
        }
    }

    @Test
    void refusesUnknownOptionsWithASuggestion() {
        assertThat(shell.run("status", "--jsn").failed(2))
                .isEqualTo("unknown option --jsn; did you mean \"--json\"?: see `meshd help status`");
        assertThat(shell.run("down", "--json").failed(2)).isEqualTo("unknown option --json: see `meshd help down`");
        assertThat(shell.run("up", "--see", "a:1").failed(2)).startsWith("unknown option --see");
        assertThat(shell.run("--frobnicate").failed(2)).startsWith("unknown option --frobnicate");
        assertThat(shell.run("--frobnicate", "status").failed(2)).startsWith("unknown option --frobnicate");
    }

    @Test
    void refusesMissingAndSuperfluousArguments() {
        assertThat(shell.run("untrust").failed(2)).isEqualTo("`meshd untrust` needs NAME: see `meshd help untrust`");
        assertThat(shell.run("status", "now").failed(2))
                .isEqualTo("unexpected argument now: see `meshd help status`");
        assertThat(shell.run("status", "--home").failed(2)).startsWith("option --home needs a value: DIR");
        assertThat(shell.run("ping", "beta", "-i").failed(2)).startsWith("option --interval needs a value");
    }

    @Test
    void refusesAnUnknownFormat() {
        assertThat(shell.run("status", "--format", "xml").failed(2))
                .startsWith("option --format: expected text or json, found \"xml\"");
        assertThat(shell.run("status", "--format", "jsn").failed(2))
                .isEqualTo("option --format: expected text or json, "
                        + "found \"jsn\"; did you mean \"json\"?: see `meshd help status`");
        assertThat(shell.run("--color", "allways", "status").failed(2)).contains("expected auto, always or never",
                "did you mean \"always\"?");
        assertThat(shell.run("completion", "fih").failed(2))
                .startsWith("expected bash, zsh or fish, found \"fih\"; did you mean \"fish\"?");
        assertThat(shell.run("status", "--json", "--format", "text").failed(2)).contains("exclude each other");
    }

    @Test
    void coloursTextOnATerminalOnlyUnlessToldOtherwise() throws Exception {
        String plain = shell.run("doctor").out();
        assertThat(plain).doesNotContain("\u001b");
        assertThat(shell.run("doctor", "--color", "always").out()).contains("\u001b[");
        assertThat(Colour.strip(shell.run("--color=always", "doctor").out())).isEqualTo(plain);
        shell.atTerminal();
        assertThat(shell.run("doctor").out()).contains("\u001b[");
        assertThat(shell.run("doctor", "--color", "never").out()).doesNotContain("\u001b");
        assertThat(shell.run("doctor", "--json", "--color", "always").out()).doesNotContain("\u001b");
        assertThat(shell.with("NO_COLOR", "1").run("doctor").out()).doesNotContain("\u001b");
        assertThat(shell.without("NO_COLOR").with("TERM", "dumb").run("doctor").out()).doesNotContain("\u001b");
    }

    @Test
    void takesGlobalOptionsBeforeAndAfterTheCommand() throws Exception {
        String other = directory.resolve("other").toString();
        shell.run("keygen", "--home", other).done();

        String path = other + "/identity";
        assertThat(shell.run("--home", other, "identity", "show", "--json").done().json().path("path").asText())
                .isEqualTo(path);
        assertThat(shell.run("--home=" + other, "identity", "show", "--json").done().json().path("path").asText())
                .isEqualTo(path);
        assertThat(shell.run("identity", "show", "--json", "--home", "other").done().json().path("path").asText())
                .isEqualTo(path);
        assertThat(shell.run("--json", "identity", "show", "--home", other).done().json().path("path").asText())
                .isEqualTo(path);
        shell.with("MESHD_HOME", "other");
        assertThat(shell.run("identity", "show", "--json").done().json().path("path").asText()).isEqualTo(path);
    }

    @Test
    void withoutHomeTheSystemsPathsAreMeant() {
        shell.without("MESHD_HOME");

        assertThat(shell.run("config", "validate", "--format", "xml").status()).isEqualTo(2);
        shell.run("up").done();
        assertThat(shell.started().getFirst().home().directory()).isNull();
    }

    @Test
    void relativeConfigIsResolvedWhereTheCommandIsTyped() {
        shell.run("config", "init", "-c", "mesh.toml").done();

        assertThat(directory.resolve("mesh.toml")).exists();
        assertThat(shell.run("-c", "mesh.toml", "config", "validate").done().out())
                .isEqualTo(directory.resolve("mesh.toml") + " is valid\n");
    }

    private static String[] join(String first, String[] rest) {
        String[] all = new String[rest.length + 1];
        all[0] = first;
        System.arraycopy(rest, 0, all, 1, rest.length);
        return all;
    }

    private static String[] join(String[] first, String last) {
        String[] all = new String[first.length + 1];
        System.arraycopy(first, 0, all, 0, first.length);
        all[first.length] = last;
        return all;
    }
}
