package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.docs.Page;
import io.meshd.daemon.docs.ShellLine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.jspecify.annotations.Nullable;

/** Every command line of the documents is one that this program understands: command, options, number of arguments. */
final class DocumentCommandsTest {
    private static final CommandTable TABLE = Commands.table((_, _, _) -> {});
    /** Languages in which a block is no shell. */
    private static final Set<String> OTHER_LANGUAGES = Set.of("toml", "json", "yaml", "java", "ini", "text");
    private static final Pattern CHOICE = Pattern.compile("[a-z][a-z0-9-]*(\\|[a-z][a-z0-9-]*)+");
    /** What signatures begin with is no command. */
    private static final Pattern SIGNED = Pattern.compile("[a-z ]+ v1");
    private static final String LEFT_OUT = "…";

    /** Usage lines are made from the same table, and checked with the references. */
    private static final Set<String> USAGES = TABLE.specs().stream()
            .flatMap(spec -> HelpText.usage(spec).lines()).map(String::strip).collect(Collectors.toSet());

    @Test
    void everyCommandLineInTheDocumentsIsUnderstood() {
        List<String> faults = new ArrayList<>();
        int checked = 0;
        for (Page page : Page.all()) {
            for (Page.Snippet snippet : page.snippets()) {
                if (OTHER_LANGUAGES.contains(snippet.language()) || USAGES.contains(snippet.text().strip())) {
                    continue;
                }
                for (List<String> words : ShellLine.meshd(snippet.text())) {
                    checked++;
                    // In a sentence a command may stand without its arguments, and an option without its value.
                    String fault = fault(words, !snippet.isBlock());
                    if (fault != null) {
                        faults.add(snippet.where() + ": " + snippet.text().strip() + " -> " + fault);
                    }
                }
            }
        }
        assertThat(faults).isEmpty();
        assertThat(checked).as("command lines").isGreaterThan(200);
    }

    /** What is wrong with the words behind {@code meshd}; null when nothing is. */
    static @Nullable String fault(List<String> words) {
        return fault(words, false);
    }

    private static @Nullable String fault(List<String> typed, boolean isMention) {
        List<String> plain = typed.stream().map(word -> word.replaceAll("^\\[|]$", "")).toList();
        for (String word : plain) {
            if (CHOICE.matcher(word).matches()) {
                return Arrays.stream(word.split("\\|", -1))
                        .map(one -> fault(plain.stream().map(other -> other.equals(word) ? one : other).toList(),
                                isMention))
                        .filter(Objects::nonNull).findFirst().orElse(null);
            }
        }
        return plainFault(plain, isMention);
    }

    private static @Nullable String plainFault(List<String> typed, boolean isMention) {
        if (isMention && SIGNED.matcher(String.join(" ", typed)).matches()) {
            return null;
        }
        boolean isPartial = isMention || typed.contains(LEFT_OUT);
        List<String> words = typed.stream().filter(word -> !word.equals(LEFT_OUT)).toList();
        CommandLines.Split split = CommandLines.split(words);
        if (split.words().isEmpty()) {
            return parse(CommandSpec.of("", ""), split.global(), isPartial);
        }
        if (split.words().getFirst().equals(GlobalOptions.HELP)) {
            List<String> about = split.words().subList(1, split.words().size());
            return about.isEmpty() || about.equals(List.of("COMMAND")) || known(about)
                    ? null
                    : "no such help";
        }
        CommandTable.Found found = TABLE.find(split.words());
        if (found == null) {
            return isPartial && split.words().size() == 1 && known(split.words())
                    ? null
                    : TABLE.unknown(split.words()).getMessage();
        }
        Command command = found.command();
        return parse(command.spec(), command.rewrite(split.after(found.words())), isPartial);
    }

    private static boolean known(List<String> words) {
        CommandTable.Found found = TABLE.find(words);
        return (found != null && found.words() == words.size())
                || (words.size() == 1 && !TABLE.group(words.getFirst()).isEmpty());
    }

    private static @Nullable String parse(CommandSpec spec, List<String> tokens, boolean isPartial) {
        try {
            CommandLines.parse(spec, tokens);
            return null;
        } catch (CommandException e) {
            String message = String.valueOf(e.getMessage());
            return isPartial && message.contains(" needs ") ? null : message;
        }
    }

    @Test
    void theCheckFindsWhatItIsFor() {
        assertThat(ShellLine.meshd("alpha$ sudo meshd trust 'ssh-ed25519 AAAA… beta' --relay # because"))
                .containsExactly(List.of("trust", "ssh-ed25519 AAAA… beta", "--relay"));
        assertThat(ShellLine.meshd("meshd export | ssh beta sudo meshd trust - --name alpha > log 2>&1 && echo meshd"))
                .containsExactly(List.of("export"), List.of("trust", "-", "--name", "alpha"));
        assertThat(ShellLine.meshd("source <(meshd completion bash)")).containsExactly(List.of("completion", "bash"));
        assertThat(ShellLine.meshd("sudo apt install meshd")).isEmpty();
        assertThat(fault(List.of("statsu"))).contains("did you mean");
        assertThat(fault(List.of("trust", "KEY", "--relais"))).contains("unknown option");
        assertThat(fault(List.of("trust"))).contains("needs");
        assertThat(fault(List.of("trust", "…", "--relay"))).isNull();
        assertThat(fault(List.of("identity", "…"))).isNull();
        assertThat(fault(List.of("completion", "bash|zsh|fish"))).isNull();
        assertThat(fault(List.of("completion", "bash|zsh|csh"))).contains("csh");
    }
}
