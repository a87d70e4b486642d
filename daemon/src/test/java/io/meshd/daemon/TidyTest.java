package io.meshd.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** House rules that are about text. */
final class TidyTest {
    private static final int LINES_MAX = 600;
    /** A simulator or a table of cases is longer than any class that it tests. */
    private static final int TEST_LINES_MAX = 1_000;
    // The formatter wraps code at 120; comments, which it leaves alone, may be a word longer.
    private static final int COLUMNS_MAX = 125;
    // In two parts each, so that this file keeps the rules that it checks.
    private static final Pattern UNFINISHED = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
    private static final Pattern DISABLED = Pattern.compile("@Dis" + "abled\\b");
    private static final String SLEEP = "Thread.sl" + "eep";
    private static final Pattern LINK = Pattern.compile("\\[[^]]*]\\(([^)\\s]+)\\)");
    private static final Path ROOT = root();

    /** The folder of the repository: the nearest one above that has the launcher. */
    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("meshd")) || !Files.exists(folder.resolve("pom.xml"))) {
            folder = Objects.requireNonNull(folder.getParent(), "no repository above");
        }
        return folder;
    }

    @Test
    void sourceFilesAreShort() throws IOException {
        for (Path file : javaFiles()) {
            int limit = file.toString().contains("/src/test/") ? TEST_LINES_MAX : LINES_MAX;
            assertThat(lines(file)).as("%s is longer than %d lines", file, limit).hasSizeLessThanOrEqualTo(limit);
        }
    }

    @Test
    void linesAreShort() throws IOException {
        assertThat(violations(line -> line.codePointCount(0, line.length()) > COLUMNS_MAX)).isEmpty();
    }

    @Test
    void nothingIsLeftUnfinished() throws IOException {
        assertThat(violations(line -> UNFINISHED.matcher(line).find())).isEmpty();
    }

    @Test
    void everyTestRunsAndNoneSleeps() throws IOException {
        // Benchmarks, which no build runs, may wait.
        assertThat(violations(line -> DISABLED.matcher(line).find() || line.contains(SLEEP)))
                .filteredOn(line -> !line.contains("Bench.java:")).isEmpty();
    }

    @Test
    void linesHaveNoTabsAndNoBlanksAtTheirEnd() throws IOException {
        assertThat(violations(line -> line.contains("\t") || line.endsWith(" "))).isEmpty();
    }

    @Test
    void everyPackageIsNullMarkedAndSaysWhatItIsFor() throws IOException {
        for (Path file : javaFiles()) {
            if (!file.toString().contains("/src/main/")) {
                continue;
            }
            Path description = file.resolveSibling("package-info.java");
            assertThat(description).exists();
            assertThat(description).content().contains("/**", "@NullMarked");
        }
    }

    @Test
    void linksInDocumentsResolve() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path file : files(".md")) {
            for (String target : LINK.matcher(Files.readString(file)).results().map(this::target).toList()) {
                boolean elsewhere = target.isEmpty() || target.matches("[a-z]+:.*");
                if (!elsewhere && !Files.exists(file.resolveSibling(target))) {
                    broken.add(file + " -> " + target);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    private String target(MatchResult link) {
        String target = link.group(1);
        int anchor = target.indexOf('#');
        return anchor < 0 ? target : target.substring(0, anchor);
    }

    private static List<String> violations(Predicate<String> isWrong) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : javaFiles()) {
            List<String> lines = lines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (isWrong.test(lines.get(i))) {
                    found.add(ROOT.relativize(file) + ":" + (i + 1) + ": " + lines.get(i).strip());
                }
            }
        }
        return found;
    }

    private static List<Path> javaFiles() throws IOException {
        return files(".java");
    }

    private static List<Path> files(String suffix) throws IOException {
        try (Stream<Path> all = Files.walk(ROOT)) {
            return all.filter(path -> path.toString().endsWith(suffix) && Files.isRegularFile(path))
                    .filter(path -> Stream.of("/target/", "/.git/", "/.build/").noneMatch(path.toString()::contains))
                    .toList();
        }
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8).lines().toList();
    }
}
