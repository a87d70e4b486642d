package io.meshd.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.meshd.daemon.files.Home;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever stands in a configuration, reading it ends in a configuration or in problems with lines of the file. */
final class ConfigFuzzTest {
    @TempDir
    private Path directory;

    @FuzzTest(maxDuration = "10s")
    void readsAnything(byte[] content) throws IOException {
        read(content);
    }

    @Test
    void readsMutationsOfTheTemplate() throws IOException {
        byte[] template = ConfigTemplate.text("alpha", "home-net", null, 24, Path.of("/id"))
                .replace("# ", "").getBytes(StandardCharsets.UTF_8);
        SplittableRandom random = new SplittableRandom(7);
        int refused = 0;
        for (int i = 0; i < 400; i++) {
            byte[] content = template.clone();
            for (int change = random.nextInt(1, 6); change > 0; change--) {
                content[random.nextInt(content.length)] = "\n\"'[]{}=#.,x1 ".getBytes(StandardCharsets.UTF_8)[random
                        .nextInt(14)];
            }
            refused += read(content) ? 0 : 1;
        }
        assertThat(refused).isPositive();
    }

    private boolean read(byte[] content) throws IOException {
        Path file = directory.resolve("meshd.toml");
        Files.write(file, content);
        long lines = new String(content, StandardCharsets.UTF_8).chars().filter(c -> c == '\n').count() + 1;
        try {
            assertThat(new ConfigLoader(Home.at(directory), null, Overrides.NONE).load().file()).isEqualTo(file);
            return true;
        } catch (ConfigException e) {
            assertThat(e.problems()).isNotEmpty().allSatisfy(problem -> assertThat((long) problem.line())
                    .isBetween(0L, lines));
            return false;
        }
    }
}
