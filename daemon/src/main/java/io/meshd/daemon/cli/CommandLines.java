package io.meshd.daemon.cli;

import io.meshd.identity.Suggestion;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/** Splits what was typed into command, options and arguments. */
final class CommandLines {
    private CommandLines() {}

    /**
     * What was typed, with the command's words apart from the rest.
     *
     * @param words  all tokens from the first that is no option on
     * @param global options that stood in front of the command, with their values
     */
    record Split(List<String> words, List<String> global) {
        /** All tokens behind the first {@code count} words, the global ones first. */
        List<String> after(int count) {
            return Stream.concat(global.stream(), words.stream().skip(count)).toList();
        }

        /** Whether help is asked for, at any place before a {@code --}. */
        boolean asksForHelp() {
            return asksFor("-h") || asksFor("--" + GlobalOptions.HELP);
        }

        /** Whether the option stands somewhere before a {@code --}. */
        boolean asksFor(String option) {
            return Stream.concat(global.stream(), words.stream()).takeWhile(token -> !"--".equals(token))
                    .anyMatch(option::equals);
        }
    }

    /** Finds the first word that is neither an option nor an option's value. */
    static Split split(List<String> typed) {
        List<String> global = new ArrayList<>();
        int at = 0;
        while (at < typed.size() && typed.get(at).startsWith("-")) {
            String token = typed.get(at++);
            global.add(token);
            if (GlobalOptions.takesValue(token) && at < typed.size()) {
                global.add(typed.get(at++));
            }
        }
        return new Split(typed.subList(at, typed.size()), global);
    }

    /**
     * Reads the options and arguments of one command.
     *
     * @throws CommandException for anything that the command does not know
     */
    static CommandLine parse(CommandSpec spec, List<String> tokens) throws CommandException {
        CommandLine line;
        try {
            line = DefaultParser.builder().setAllowPartialMatching(false).setStripLeadingAndTrailingQuotes(false).get()
                    .parse(GlobalOptions.parsed(spec), tokens.toArray(String[]::new));
        } catch (UnrecognizedOptionException e) {
            throw unknown(spec, String.valueOf(e.getOption()));
        } catch (MissingArgumentException e) {
            Option option = e.getOption();
            throw usage(spec, "option " + name(option) + " needs a value: " + option.getArgName());
        } catch (ParseException e) {
            throw usage(spec, String.valueOf(e.getMessage()));
        }
        int given = line.getArgList().size();
        if (given < spec.least()) {
            throw usage(spec, "`meshd " + spec.name() + "` needs " + spec.arguments());
        }
        if (given > spec.most()) {
            throw usage(spec, "unexpected argument " + line.getArgList().get(spec.most()));
        }
        requireFixedWords(spec, line);
        return line;
    }

    /** Where usage shows a few words such as text|json, nothing else will do. */
    private static void requireFixedWords(CommandSpec spec, CommandLine line) throws CommandException {
        for (Option option : line.getOptions()) {
            if (option.hasArg() && Placeholder.of(option.getArgName()) instanceof Placeholder.Words(var words)) {
                requireOneOf(spec, "option --" + option.getLongOpt() + ": ", option.getValue(), words);
            }
        }
        List<Placeholder> places = Placeholder.all(spec.arguments());
        for (int i = 0; i < Math.min(places.size(), line.getArgList().size()); i++) {
            if (places.get(i) instanceof Placeholder.Words(var words)) {
                requireOneOf(spec, "", line.getArgList().get(i), words);
            }
        }
    }

    private static void requireOneOf(CommandSpec spec, String where, String given, List<String> words)
            throws CommandException {
        if (!words.contains(given)) {
            String last = words.getLast();
            String expected = String.join(", ", words.subList(0, words.size() - 1)) + " or " + last;
            throw usage(spec, where + "expected " + expected + ", found \"" + given + "\""
                    + Suggestion.hint(given, words));
        }
    }

    private static CommandException unknown(CommandSpec spec, String token) {
        String option = token.contains("=") ? token.substring(0, token.indexOf('=')) : token;
        List<String> known = GlobalOptions.of(spec).stream().map(CommandLines::name).toList();
        return usage(spec, "unknown option " + option + Suggestion.hint(option, known));
    }

    static CommandException usage(CommandSpec spec, String what) {
        return CommandException.usage(what + ": see `" + ("meshd help " + spec.name()).strip() + "`");
    }

    private static String name(Option option) {
        return option.getLongOpt() == null ? "-" + option.getOpt() : "--" + option.getLongOpt();
    }
}
