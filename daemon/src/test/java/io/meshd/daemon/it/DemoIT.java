package io.meshd.daemon.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.LabHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code meshd demo} shows what it says, and leaves nothing. */
@NeedsLab
class DemoIT {
    private static final Path LAUNCHER = Path.of(System.getProperty("meshd.launcher",
            Path.of(System.getProperty("meshd.root", "..")).resolve("meshd").toString()));
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final Pattern REMOVAL = Pattern.compile("for n in .*; done; rm -r \\S+");

    @TempDir
    private Path scratch = Path.of("");

    private static Process start(Path out, String... options) throws IOException {
        List<String> words = new ArrayList<>(List.of("env", "--default-signal=INT", LAUNCHER.toString(), "demo"));
        words.addAll(List.of(options));
        return new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    }

    /** The namespaces and folders of a demo: their names tell its process, which the launcher becomes. */
    private static List<String> belongings(Process demo) throws IOException {
        String id = "md" + Long.toString(demo.pid() % 46_656, 36);
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return Stream.concat(
                    Commands.run(List.of("ip", "netns", "list")).out().lines().filter(line -> line.startsWith(id)),
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.startsWith("meshd-lab-" + demo.pid() + "-")))
                    .toList();
        }
    }

    @Test
    void showsEveryClassOfPathWithoutColourAndCanBeKept() throws Exception {
        Path out = scratch.resolve("out");
        Process demo = start(out, "--keep");
        assertThat(demo.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        String text = Files.readString(out);

        assertThat(demo.exitValue()).as(text).isZero();
        assertThat(text).contains("punched", "by relay", "longest gap", "Everything above worked.")
                .doesNotContain("\u001b", "FAILED");
        assertThat(belongings(demo)).isNotEmpty();
        Matcher look = Pattern.compile("ip netns exec \\S+gamma .*").matcher(text);
        assertThat(look.find()).as(text).isTrue();
        assertThat(Commands.run(List.of("sh", "-c", look.group())).orThrow().out()).contains("alpha", "relay");
        Matcher removal = REMOVAL.matcher(text);
        assertThat(removal.find()).as(text).isTrue();
        Commands.run(List.of("sh", "-c", removal.group())).orThrow();
        assertThat(belongings(demo)).isEmpty();
    }

    @Test
    void interruptedLeavesNothing() throws Exception {
        Path out = scratch.resolve("out");
        Process demo = start(out);
        assertThat(LabHost.await(PATIENCE, () -> read(out).contains("relay is ready"))).as(read(out)).isTrue();

        assertThat(belongings(demo)).isNotEmpty();
        Commands.run(List.of("kill", "-INT", Long.toString(demo.pid()))).orThrow();

        assertThat(demo.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).isNotZero();
        assertThat(belongings(demo)).isEmpty();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException _) {
            return "";
        }
    }
}
