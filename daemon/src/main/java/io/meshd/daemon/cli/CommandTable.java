package io.meshd.daemon.cli;

import io.meshd.identity.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All commands by their names and aliases. */
final class CommandTable {
    private static final int WORDS_MAX = 2;

    private final List<Command> commands;
    private final Map<String, Command> byName = new LinkedHashMap<>();

    CommandTable(List<Command> commands) {
        this.commands = List.copyOf(commands);
        for (Command command : commands) {
            Stream.concat(Stream.of(command.spec().name()), command.spec().aliases().stream()).forEach(name -> {
                if (byName.putIfAbsent(name, command) != null) {
                    throw new IllegalArgumentException("two commands are called " + name);
                }
            });
        }
    }

    /**
     * A command and how many words of what was typed name it.
     *
     * @param command what to do
     * @param words   1 or 2
     */
    record Found(Command command, int words) {}

    /** The command with the longest name that the words begin with, or null. */
    @Nullable
    Found find(List<String> words) {
        for (int count = Math.min(WORDS_MAX, words.size()); count > 0; count--) {
            Command command = byName.get(String.join(" ", words.subList(0, count)));
            if (command != null) {
                return new Found(command, count);
            }
        }
        return null;
    }

    /** What every command says of itself, in the order of the help. */
    List<CommandSpec> specs() {
        return commands.stream().map(Command::spec).toList();
    }

    /** The commands of two words that begin with this one. */
    List<CommandSpec> group(String word) {
        return specs().stream().filter(spec -> spec.name().startsWith(word + " ")).toList();
    }

    /** The error for words that name no command. */
    CommandException unknown(List<String> words) {
        String first = words.getFirst();
        List<CommandSpec> group = group(first);
        if (!group.isEmpty()) {
            List<String> seconds = group.stream().map(spec -> spec.name().substring(first.length() + 1)).toList();
            String what = words.size() == 1
                    ? "`meshd " + first + "` needs a command"
                    : "`meshd " + first + "` has no command " + words.get(1) + Suggestion.hint(words.get(1), seconds);
            return CommandException.usage(what + ": one of " + String.join(", ", seconds));
        }
        List<String> names = new ArrayList<>(byName.keySet());
        for (CommandSpec spec : specs()) {
            int blank = spec.name().indexOf(' ');
            names.add(blank < 0 ? spec.name() : spec.name().substring(0, blank));
        }
        return CommandException
                .usage("unknown command " + first + Suggestion.hint(first, names) + ": see `meshd help`");
    }
}
