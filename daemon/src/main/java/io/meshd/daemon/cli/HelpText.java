package io.meshd.daemon.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.cli.Option;

/** Help, written from what the commands say of themselves. */
final class HelpText {
    private static final String INDENT = "  ";

    private HelpText() {}

    /** All commands, one line each. */
    static String overview(List<CommandSpec> specs) {
        TextTable table = new TextTable();
        specs.forEach(spec -> table.row(INDENT + spec.name(), spec.summary()));
        return """
                meshd joins hosts into one private network, with no server of any kind.

                Usage: meshd COMMAND [OPTIONS] [ARGUMENTS]

                Commands:
                %s
                Options everywhere:
                %s
                `meshd help COMMAND` explains one command.
                """.formatted(table.text(), options(GlobalOptions.everywhere()));
    }

    /** The commands that begin with one word, such as "identity". */
    static String group(String word, List<CommandSpec> specs) {
        TextTable table = new TextTable();
        specs.forEach(spec -> table.row(INDENT + spec.name(), spec.summary()));
        return """
                Usage: meshd %s COMMAND

                Commands:
                %s
                `meshd help %s COMMAND` explains one command.
                """.formatted(word, table.text(), word);
    }

    /** One command. */
    static String of(CommandSpec spec) {
        StringBuilder text = new StringBuilder();
        text.append(spec.summary()).append("\n\nUsage: ").append(usage(spec)).append('\n');
        if (!spec.aliases().isEmpty()) {
            text.append("Also: ").append(spec.aliases().stream().map(alias -> "meshd " + alias)
                    .collect(Collectors.joining(", "))).append('\n');
        }
        if (!spec.details().isEmpty()) {
            text.append('\n').append(String.join("\n", spec.details())).append('\n');
        }
        text.append("\nOptions:\n").append(options(GlobalOptions.of(spec))).append("\nExamples:\n");
        TextTable examples = new TextTable();
        spec.examples().forEach(example -> examples.row(INDENT + example.command(), "# " + example.meaning()));
        return text.append(examples.text()).toString();
    }

    /** How a command is typed. */
    static String usage(CommandSpec spec) {
        List<String> parts = new ArrayList<>(List.of("meshd", spec.name()));
        for (Option option : spec.options()) {
            parts.add("[" + shortest(option) + (option.hasArg() ? " " + option.getArgName() : "") + "]"
                    + (option.hasArgs() ? "…" : ""));
        }
        if (spec.reports()) {
            parts.add("[--format text|json]");
        }
        if (!spec.arguments().isEmpty()) {
            parts.add(spec.arguments());
        }
        return String.join(" ", parts);
    }

    private static String options(List<Option> options) {
        TextTable table = new TextTable();
        for (Option option : options) {
            String names = (option.getOpt() == null ? "    " : "") + typed(option);
            table.row(INDENT + names, option.getDescription());
        }
        return table.text();
    }

    /** Both names of an option and its value. */
    static String typed(Option option) {
        return (option.getOpt() == null ? "" : "-" + option.getOpt() + ", ") + "--" + option.getLongOpt()
                + (option.hasArg() ? " " + option.getArgName() : "");
    }

    /** The options of a command that not every command has. */
    static List<Option> own(CommandSpec spec) {
        return GlobalOptions.of(spec).stream().filter(option -> !GlobalOptions.everywhere().contains(option)).toList();
    }

    private static String shortest(Option option) {
        return option.getOpt() == null ? "--" + option.getLongOpt() : "-" + option.getOpt();
    }
}
