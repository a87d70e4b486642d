package io.meshd.daemon.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.cli.Option;

/**
 * What may follow what on a command line: what the completions of all shells are written from.
 *
 * @param places by what was typed so far, such as {@code ""}, {@code "identity"} and {@code "identity init"}
 */
record Vocabulary(Map<String, Place> places) {
    private static final String HELP = GlobalOptions.HELP;

    Vocabulary {
        places = Map.copyOf(places);
    }

    /**
     * What may follow there.
     *
     * @param words     that continue the command
     * @param options   that it takes there
     * @param arguments that it takes there, in their order
     * @param open      whether the last of the arguments may be repeated
     */
    record Place(List<Word> words, List<Option> options, List<Placeholder> arguments, boolean open) {
        Place {
            words = List.copyOf(words);
            options = List.copyOf(options);
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * A word that continues a command.
     *
     * @param text    the word
     * @param summary what it is for
     */
    record Word(String text, String summary) {}

    /** The vocabulary of these commands. */
    static Vocabulary of(List<CommandSpec> specs) {
        Map<String, String> names = new LinkedHashMap<>();
        specs.forEach(spec -> names.put(spec.name(), spec.summary()));
        specs.forEach(spec -> spec.aliases().forEach(alias -> names.put(alias, "The same as " + spec.name() + ".")));
        Map<String, Place> places = new LinkedHashMap<>();
        List<Word> first = new ArrayList<>(following("", names));
        List<Word> helped = List.copyOf(first);
        first.add(new Word(HELP, "Explain a command."));
        places.put("", new Place(first, GlobalOptions.everywhere(), List.of(), false));
        places.put(HELP, new Place(helped, List.of(), List.of(), false));
        for (Word word : helped) {
            List<Word> second = following(word.text() + " ", names);
            places.put(word.text(), new Place(second, GlobalOptions.everywhere(), List.of(), false));
            if (!second.isEmpty()) {
                places.put(HELP + " " + word.text(), new Place(second, List.of(), List.of(), false));
            }
        }
        for (CommandSpec spec : specs) {
            List<Placeholder> arguments = Placeholder.all(spec.arguments());
            for (String name : names(spec)) {
                places.put(name, new Place(following(name + " ", names), GlobalOptions.of(spec), arguments,
                        spec.most() > arguments.size()));
            }
        }
        return new Vocabulary(places);
    }

    /** All that was typed so far for which something is known, in the order of the alphabet. */
    List<String> paths() {
        return places.keySet().stream().sorted().toList();
    }

    Place place(String path) {
        return places.getOrDefault(path, new Place(List.of(), List.of(), List.of(), false));
    }

    private static List<String> names(CommandSpec spec) {
        return Stream.concat(Stream.of(spec.name()), spec.aliases().stream()).toList();
    }

    /** The words that stand behind the beginning in any name, each once, a group with the names of its commands. */
    private static List<Word> following(String beginning, Map<String, String> names) {
        Map<String, String> words = new LinkedHashMap<>();
        names.keySet().stream().filter(name -> name.startsWith(beginning))
                .map(name -> name.substring(beginning.length()))
                .map(rest -> rest.split(" ", 2)[0]).distinct().forEach(word -> {
                    String whole = beginning + word;
                    words.put(word, names.containsKey(whole)
                            ? names.getOrDefault(whole, "")
                            : names.keySet().stream().filter(name -> name.startsWith(whole + " "))
                                    .map(name -> name.substring(whole.length() + 1)).collect(Collectors.joining(", ")));
                });
        return words.entrySet().stream().map(entry -> new Word(entry.getKey(), entry.getValue())).toList();
    }

    /** The option as it is typed: {@code --home}, {@code -c}; a long name first. */
    static List<String> names(Option option) {
        Stream<String> longName = option.getLongOpt() == null ? Stream.empty() : Stream.of("--" + option.getLongOpt());
        Stream<String> shortName = option.getOpt() == null ? Stream.empty() : Stream.of("-" + option.getOpt());
        return Stream.concat(longName, shortName).toList();
    }
}
