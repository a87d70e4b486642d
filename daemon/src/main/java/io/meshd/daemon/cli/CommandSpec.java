package io.meshd.daemon.cli;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.Option;

/**
 * All that is known of a command before it runs: parsing, help and completion have no other source.
 *
 * @param name      one word, or two such as "identity init"
 * @param aliases   other names for the same
 * @param summary   one line for the list of commands
 * @param arguments the positional arguments as usage shows them, such as "NAME" or "[PEER]"; empty when there are none
 * @param most      how many positional arguments there may be
 * @param least     how many there must be
 * @param details   further lines of help; often none
 * @param reports   whether the command has {@code --format}
 * @param options   its own options
 * @param examples  at least two
 */
record CommandSpec(String name, List<String> aliases, String summary, String arguments, int least, int most,
        List<String> details, boolean reports, List<Option> options, List<Example> examples) {
    CommandSpec {
        aliases = List.copyOf(aliases);
        details = List.copyOf(details);
        options = List.copyOf(options);
        examples = List.copyOf(examples);
    }

    /**
     * A command line that does something.
     *
     * @param command what to type
     * @param meaning what it does
     */
    record Example(String command, String meaning) {}

    /** A command that takes nothing and reports nothing; refine it with the methods below. */
    static CommandSpec of(String name, String summary) {
        return new CommandSpec(name, List.of(), summary, "", 0, 0, List.of(), false, List.of(), List.of());
    }

    CommandSpec aliased(String... others) {
        return new CommandSpec(name, List.of(others), summary, arguments, least, most, details, reports, options,
                examples);
    }

    CommandSpec taking(String usage, int atLeast, int atMost) {
        return new CommandSpec(name, aliases, summary, usage, atLeast, atMost, details, reports, options, examples);
    }

    CommandSpec saying(String... lines) {
        return new CommandSpec(name, aliases, summary, arguments, least, most, List.of(lines), reports, options,
                examples);
    }

    CommandSpec reporting() {
        return new CommandSpec(name, aliases, summary, arguments, least, most, details, true, options, examples);
    }

    CommandSpec with(Option... own) {
        return new CommandSpec(name, aliases, summary, arguments, least, most, details, reports, List.of(own),
                examples);
    }

    CommandSpec example(String command, String meaning) {
        List<Example> longer = new ArrayList<>(examples);
        longer.add(new Example(command, meaning));
        return new CommandSpec(name, aliases, summary, arguments, least, most, details, reports, options, longer);
    }

    /** An option without value. */
    static Option flag(String longName, String description) {
        return Option.builder().longOpt(longName).desc(description).get();
    }

    /** An option with a value. */
    static Option value(String longName, String argument, String description) {
        return Option.builder().longOpt(longName).hasArg().argName(argument).desc(description).get();
    }

    /** An option with a value and a short name. */
    static Option value(String shortName, String longName, String argument, String description) {
        return Option.builder(shortName).longOpt(longName).hasArg().argName(argument).desc(description).get();
    }
}
