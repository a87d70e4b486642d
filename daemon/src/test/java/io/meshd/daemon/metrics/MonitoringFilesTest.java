package io.meshd.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.meshd.daemon.control.FakeNode;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/monitoring/ says of the metrics holds; the rules are tried by Prometheus' own tool where there is one. */
final class MonitoringFilesTest {
    private static final Pattern METRIC = Pattern.compile("\\bmeshd_[a-z_]+");
    private static final Path FOLDER = folder();

    @TempDir
    private Path directory;

    @Test
    void everyMetricThatAFileNamesExists() throws Exception {
        String text = exposition();
        Set<String> series = METRIC.matcher(text.lines().filter(line -> !line.startsWith("#"))
                .collect(Collectors.joining("\n"))).results().map(MatchResult::group).collect(Collectors.toSet());
        Set<String> documented = new TreeSet<>();
        for (String file : List.of("README.md", "meshd-alerts.yml", "meshd-alerts.test.yml", "meshd-dashboard.json")) {
            Set<String> named = METRIC.matcher(Files.readString(FOLDER.resolve(file))).results().map(MatchResult::group)
                    .collect(Collectors.toCollection(TreeSet::new));
            named.remove("meshd_");
            assertThat(series).as(file).containsAll(named);
            if (file.equals("README.md")) {
                documented.addAll(named);
            }
        }
        assertThat(documented).as("metrics in the table of README.md").containsAll(series);
    }

    @Test
    void everyLabelThatARuleOrPanelSelectsExists() throws Exception {
        String text = exposition();
        Pattern selector = Pattern.compile("(meshd_[a-z_]+)\\{([^}]*)}");
        for (String file : List.of("meshd-alerts.yml", "meshd-dashboard.json")) {
            String content = Files.readString(FOLDER.resolve(file)).replace("\\\"", "\"");
            for (MatchResult found : selector.matcher(content).results().toList()) {
                for (MatchResult label : Pattern.compile("([a-z_]+)=\"([a-z_]+)\"").matcher(found.group(2)).results()
                        .toList()) {
                    assertThat(text).as("%s: %s", file, found.group()).containsPattern(
                            Pattern.quote(found.group(1)) + "\\{[^}]*" + Pattern.quote(label.group()));
                }
            }
        }
    }

    @Test
    void theDashboardIsWhole() throws IOException {
        JsonNode dashboard = new ObjectMapper().readTree(FOLDER.resolve("meshd-dashboard.json").toFile());
        List<Integer> ids = new ArrayList<>();
        for (JsonNode panel : dashboard.path("panels")) {
            ids.add(panel.path("id").intValue());
            assertThat(panel.path("title").asText()).isNotBlank();
            boolean isRow = panel.path("type").asText().equals("row");
            assertThat(panel.path("targets").isEmpty()).as(panel.path("title").asText()).isEqualTo(isRow);
        }
        assertThat(ids).hasSizeGreaterThan(20).doesNotHaveDuplicates();
        assertThat(dashboard.path("title").asText()).isEqualTo("meshd");
    }

    @Test
    void everyAlertIsSeenToFireAndToStaySilent() throws IOException {
        List<String> alerts = named("meshd-alerts.yml", "- alert: (\\w+)");
        List<String> tried = named("meshd-alerts.test.yml", "alertname: (\\w+)\n        exp_alerts:\n");
        List<String> silent = named("meshd-alerts.test.yml", "alertname: (\\w+)\n        exp_alerts: \\[\\]");

        assertThat(alerts).hasSizeGreaterThan(15).doesNotHaveDuplicates();
        assertThat(tried).containsExactlyElementsOf(alerts);
        assertThat(silent).containsExactlyElementsOf(alerts);
    }

    @Test
    void prometheusTakesTheRulesAndTheyFire() throws Exception {
        promtool("check", "rules", FOLDER.resolve("meshd-alerts.yml").toString());
        promtool("test", "rules", FOLDER.resolve("meshd-alerts.test.yml").toString());
        promtool("check", "config", FOLDER.resolve("prometheus.yml").toString());
    }

    @Test
    void prometheusTakesTheExpressionsOfTheDashboard() throws Exception {
        JsonNode dashboard = new ObjectMapper().readTree(FOLDER.resolve("meshd-dashboard.json").toFile());
        StringBuilder rules = new StringBuilder("groups:\n  - name: dashboard\n    rules:\n");
        Set<String> seen = new HashSet<>();
        for (JsonNode expression : dashboard.findValues("expr")) {
            if (seen.add(expression.asText())) {
                rules.append("      - record: panel_").append(seen.size()).append("\n        expr: '")
                        .append(expression.asText().replace("$__rate_interval", "5m")).append("'\n");
            }
        }
        Path file = directory.resolve("dashboard.yml");
        Files.writeString(file, rules);

        promtool("check", "rules", file.toString());
    }

    @Test
    void prometheusFindsNothingToBlameInTheMetrics() throws Exception {
        Path file = directory.resolve("metrics");
        Files.writeString(file, exposition());

        run(new ProcessBuilder("promtool", "check", "metrics").redirectInput(file.toFile()));
    }

    private void promtool(String... arguments) throws Exception {
        run(new ProcessBuilder(Stream.concat(Stream.of("promtool"), Stream.of(arguments)).toList()));
    }

    private void run(ProcessBuilder command) throws Exception {
        assumeTrue(Arrays.stream(System.getenv("PATH").split(":", -1))
                .anyMatch(place -> Files.isExecutable(Path.of(place, "promtool"))), "promtool is not installed");
        Path output = directory.resolve("output");
        int status = command.redirectErrorStream(true).redirectOutput(output.toFile()).start().waitFor();

        assertThat(status).as(Files.readString(output)).isZero();
        assertThat(Files.readString(output)).doesNotContain("FAILED");
    }

    private static List<String> named(String file, String pattern) throws IOException {
        return Pattern.compile(pattern).matcher(Files.readString(FOLDER.resolve(file))).results()
                .map(found -> found.group(1)).toList();
    }

    private static String exposition() throws Exception {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        ExpositionFormats.init().getPrometheusTextFormatWriter().write(text, Exposition.of(new Reading(FakeNode.THEN,
                new FakeNode().snapshot(), 0, 0, 0, Map.of("beta", Instant.parse("2027-01-01T00:00:00Z")))));
        return text.toString(StandardCharsets.UTF_8);
    }

    private static Path folder() {
        Path above = Path.of("").toAbsolutePath();
        while (!Files.exists(above.resolve("docs/monitoring"))) {
            above = Objects.requireNonNull(above.getParent(), "no documents above");
        }
        return above.resolve("docs/monitoring");
    }
}
