package io.meshd.daemon.cli;

import io.meshd.daemon.config.Key;
import io.meshd.daemon.config.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.commons.cli.Option;

/** Writes manual pages and completions from what commands and configuration keys say of themselves. */
public final class Manual {
    private static final String HEADING = "meshd manual";
    private static final String NAME = "NAME";
    private static final String SEE_ALSO = "SEE ALSO";

    private final List<CommandSpec> specs;
    private final String version;

    Manual(List<CommandSpec> specs, String version) {
        this.specs = List.copyOf(specs);
        this.version = version;
    }

    /**
     * Writes {@code man1/}, {@code man5/} and {@code completions/} into the directory of the first argument; with a second
     * argument the references in Markdown instead.
     */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        List<CommandSpec> specs = Commands.table((_, _, _) -> {}).specs();
        Map<String, String> files = arguments.length > 1
                ? References.files(specs)
                : new Manual(specs, Version.text()).files();
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = directory.resolve(file.getKey());
            Files.createDirectories(path.resolveSibling("."));
            Files.writeString(path, file.getValue());
        }
    }

    /** All that is installed, by its path. */
    Map<String, String> files() {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("man1/meshd.1", overview());
        for (Map.Entry<String, List<CommandSpec>> group : groups().entrySet()) {
            files.put("man1/meshd-" + group.getKey() + ".1", page(group.getKey(), group.getValue()));
            for (String alias : aliases(group.getKey(), group.getValue())) {
                files.put("man1/meshd-" + alias + ".1", ".so man1/meshd-" + group.getKey() + ".1\n");
            }
        }
        files.put("man5/meshd.toml.5", configuration());
        files.put("completions/meshd.bash", CompletionCommand.script("bash", specs));
        files.put("completions/_meshd", CompletionCommand.script("zsh", specs));
        files.put("completions/meshd.fish", CompletionCommand.script("fish", specs));
        return files;
    }

    /** Commands by the first word of their names: each has a page. */
    private Map<String, List<CommandSpec>> groups() {
        return specs.stream()
                .collect(Collectors.groupingBy(Manual::firstWord, LinkedHashMap::new, Collectors.toList()));
    }

    private static String firstWord(CommandSpec spec) {
        return spec.name().split(" ", 2)[0];
    }

    /** Aliases of one word that no other page has. */
    private List<String> aliases(String word, List<CommandSpec> group) {
        return group.stream().flatMap(spec -> spec.aliases().stream())
                .filter(alias -> !alias.contains(" ") && !alias.equals(word) && !groups().containsKey(alias)).toList();
    }

    private String overview() {
        Roff page = new Roff("meshd", 1, version, HEADING).section(NAME).text("meshd - " + Conventions.SUMMARY)
                .section("SYNOPSIS").text("`meshd` COMMAND [OPTIONS] [ARGUMENTS]")
                .section("DESCRIPTION").text(Conventions.ABOUT)
                .section("COMMANDS");
        specs.forEach(spec -> page.term(spec.name() + (spec.arguments().isEmpty() ? "" : " " + spec.arguments()),
                spec.summary() + " See meshd-" + firstWord(spec) + "(1)."));
        page.term("help [COMMAND]", "Explain a command, or list all.");
        page.section("OPTIONS").text(Conventions.OPTIONS);
        options(page, GlobalOptions.everywhere());
        page.section("OUTPUT").text(Conventions.JSON);
        page.section("EXIT STATUS");
        Conventions.exitStatus().forEach(page::term);
        page.section("ENVIRONMENT");
        Conventions.environment().forEach(page::term);
        page.section("SIGNALS").text("What a running daemon does at a signal.");
        Conventions.signals().forEach(page::term);
        page.section("FILES").text("With `--home` DIR all of them are under that directory.");
        Conventions.files().forEach(page::term);
        page.section("EXAMPLES")
                .paragraph("Two hosts, alpha and beta. On each, show its key and trust that of the other:")
                .verbatim(List.of("meshd export", "sudo meshd trust 'ssh-ed25519 AAAA... beta'"))
                .paragraph("Then run a node on each; one of them has to know where the other is:")
                .verbatim(List.of("sudo meshd up --detach", "sudo meshd up --detach --seed alpha.example:51821",
                        "meshd ping alpha"));
        return page.section(SEE_ALSO).text("meshd.toml(5), wg(8), ssh-keygen(1)").toString();
    }

    private String page(String word, List<CommandSpec> group) {
        Roff page = new Roff("meshd-" + word, 1, version, HEADING).section(NAME)
                .text("meshd-" + word + " - " + group.stream().map(spec -> phrase(spec.summary()))
                        .collect(Collectors.joining("; ")))
                .section("SYNOPSIS");
        group.forEach(spec -> page.paragraph(HelpText.usage(spec)));
        page.section("DESCRIPTION");
        for (CommandSpec spec : group) {
            page.subsection("meshd " + spec.name() + (spec.arguments().isEmpty() ? "" : " " + spec.arguments()))
                    .text(spec.summary());
            if (!spec.aliases().isEmpty()) {
                page.paragraph("Also: " + spec.aliases().stream().map(alias -> "`meshd " + alias + "`")
                        .collect(Collectors.joining(", ")) + ".");
            }
            page.prose(spec.details());
            options(page, HelpText.own(spec));
        }
        page.section("OPTIONS EVERYWHERE");
        options(page, GlobalOptions.everywhere());
        page.section("EXAMPLES");
        group.stream().flatMap(spec -> spec.examples().stream())
                .forEach(example -> page.paragraph(sentence(example.meaning()) + ":")
                        .verbatim(List.of("    " + example.command())));
        page.section("EXIT STATUS");
        Conventions.exitStatus().forEach(page::term);
        return page.section(SEE_ALSO).text("meshd(1), meshd.toml(5)").toString();
    }

    private static void options(Roff page, List<Option> options) {
        options.forEach(option -> page.term(HelpText.typed(option), sentence(option.getDescription()) + "."));
    }

    private static String phrase(String sentence) {
        return Character.toLowerCase(sentence.charAt(0)) + sentence.substring(1).replaceAll("\\.$", "");
    }

    private static String sentence(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    private String configuration() {
        Roff page = new Roff("meshd.toml", 5, version, HEADING).section(NAME)
                .text("meshd.toml - configuration of meshd")
                .section("DESCRIPTION");
        References.ABOUT_CONFIGURATION.forEach(page::paragraph);
        String table = "";
        for (Key key : Keys.ALL) {
            if (!key.table().equals(table)) {
                table = key.table();
                page.section(Keys.isRepeated(table) ? "[[" + table + "]]" : "[" + table + "]")
                        .text(Keys.meaning(table));
            }
            List<String> facts = new ArrayList<>(List.of(sentence(key.type()) + ": " + key.allowed() + "."));
            facts.add(key.byDefault().equals(Key.REQUIRED) ? "Required." : "Default: " + key.byDefault() + ".");
            String why = key.id().whyRestart();
            if (why != null) {
                facts.add("Needs a restart: " + why + ".");
            }
            page.term(key.name(), key.meaning() + " " + String.join(" ", facts));
        }
        return page.section("FILES").term("/etc/meshd/meshd.toml", "or meshd.toml under --home, or the file of -c.")
                .section(SEE_ALSO).text("meshd(1), meshd-config(1)").toString();
    }
}
