package io.meshd.daemon.cli;

import io.meshd.daemon.config.Key;
import io.meshd.daemon.config.Keys;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.commons.cli.Option;

/** Writes the references of commands and of the configuration in Markdown. */
final class References {
    static final List<String> ABOUT_CONFIGURATION = List.of(
            "The configuration is TOML. No key is required, and neither is the file: without it the defaults hold. "
                    + "Unknown keys are errors. `meshd config init` writes a file with every key, `meshd config validate` "
                    + "checks one and says all that is wrong at once, `meshd config show` prints the effective values and "
                    + "where each comes from.",
            "`meshd reload` (or SIGHUP) applies a changed file without dropping sessions. A key that cannot change while "
                    + "the daemon runs is named, and then nothing is applied. An invalid file changes nothing.");
    private static final String HOW_TO_RENEW = "<!-- Written from the program's own tables: `build/references.sh` renews "
            + "it. -->\n";

    private References() {}

    /** The documents, by their names in the folder of documents. */
    static Map<String, String> files(List<CommandSpec> specs) {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("cli.md", commands(specs));
        files.put("configuration.md", configuration());
        return files;
    }

    /** The name of the JSON schema of what a command reports. */
    static String schema(CommandSpec spec) {
        return spec.name().replace(' ', '-') + ".json";
    }

    private static String commands(List<CommandSpec> specs) {
        StringBuilder text = new StringBuilder(HOW_TO_RENEW).append("# Commands\n\n").append(Conventions.ABOUT)
                .append("\n\n").append(Conventions.OPTIONS).append("\n\n").append(Conventions.JSON)
                .append(" Their schemas are in [schema/](schema/).\n\n");
        table(text, List.of("command", ""), specs.stream()
                .map(spec -> List.of("[" + spec.name() + "](#meshd-" + spec.name().replace(' ', '-') + ")",
                        spec.summary()))
                .toList());
        text.append("\n## Options everywhere\n\n");
        options(text, GlobalOptions.everywhere());
        text.append("\n## Exit status\n\n");
        table(text, List.of("status", ""), rows(Conventions.exitStatus()));
        text.append("\n## Environment\n\n");
        table(text, List.of("variable", ""), rows(Conventions.environment()));
        text.append("\n## Signals\n\nWhat a running daemon does at a signal.\n\n");
        table(text, List.of("signal", ""), rows(Conventions.signals()));
        text.append("\n## Files\n\nWith `--home DIR` all of them are under that directory.\n\n");
        table(text, List.of("file", ""), rows(Conventions.files()));
        specs.forEach(spec -> command(text, spec));
        return text.toString();
    }

    private static void command(StringBuilder text, CommandSpec spec) {
        text.append("\n## meshd ").append(spec.name()).append("\n\n").append(spec.summary()).append("\n\n```\n")
                .append(HelpText.usage(spec)).append("\n```\n");
        if (!spec.aliases().isEmpty()) {
            text.append("\nAlso: ").append(spec.aliases().stream().map(alias -> "`meshd " + alias + "`")
                    .collect(Collectors.joining(", "))).append(".\n");
        }
        for (Prose part : Prose.of(spec.details())) {
            text.append('\n').append(part.isVerbatim()
                    ? part.lines().stream().map(line -> "    " + line.strip() + "\n").collect(Collectors.joining())
                    : String.join(" ", part.lines()) + "\n");
        }
        if (!HelpText.own(spec).isEmpty()) {
            text.append('\n');
            options(text, HelpText.own(spec));
        }
        if (spec.reports()) {
            text.append("\nIts JSON: [schema/").append(schema(spec)).append("](schema/").append(schema(spec))
                    .append(").\n");
        }
        text.append("\nExamples:\n\n```\n");
        TextTable examples = new TextTable();
        spec.examples().forEach(example -> examples.row(example.command(), "# " + example.meaning()));
        text.append(examples.text()).append("```\n");
    }

    private static void options(StringBuilder text, List<Option> options) {
        table(text, List.of("option", ""), options.stream()
                .map(option -> List.of("`" + HelpText.typed(option) + "`", option.getDescription())).toList());
    }

    private static String configuration() {
        StringBuilder text = new StringBuilder(HOW_TO_RENEW).append("# Configuration\n\n")
                .append(String.join("\n\n", ABOUT_CONFIGURATION)).append('\n');
        String table = "";
        List<List<String>> rows = new ArrayList<>();
        for (Key key : Keys.ALL) {
            if (!key.table().equals(table)) {
                flush(text, rows);
                table = key.table();
                text.append("\n## ").append(Keys.isRepeated(table) ? "[[" + table + "]]" : "[" + table + "]")
                        .append("\n\n").append(Keys.meaning(table)).append("\n\n");
            }
            String byDefault = key.words().isEmpty() ? "`" + key.byDefault() + "`" : key.byDefault();
            String why = key.id().whyRestart();
            rows.add(List.of("`" + key.name() + "`", key.type() + ": " + key.allowed(), byDefault,
                    why == null ? "live" : "needs restart: " + why, key.meaning()));
        }
        flush(text, rows);
        return text.toString();
    }

    private static void flush(StringBuilder text, List<List<String>> rows) {
        if (!rows.isEmpty()) {
            table(text, List.of("key", "value", "default", "change", "meaning"), rows);
            rows.clear();
        }
    }

    private static List<List<String>> rows(Map<String, String> meanings) {
        return meanings.entrySet().stream().map(entry -> List.of("`" + entry.getKey() + "`", entry.getValue()))
                .toList();
    }

    private static void table(StringBuilder text, List<String> head, List<List<String>> rows) {
        text.append("| ").append(String.join(" | ", head)).append(" |\n").append("|---".repeat(head.size()))
                .append("|\n");
        rows.forEach(row -> text.append("| ").append(row.stream().map(cell -> cell.replace("|", "\\|"))
                .collect(Collectors.joining(" | "))).append(" |\n"));
    }
}
