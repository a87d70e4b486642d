package io.meshd.daemon.cli;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.config.Overrides;
import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.Json;
import io.meshd.daemon.files.Home;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.jspecify.annotations.Nullable;

/** One command as it was typed, and where its output goes. */
final class Invocation {
    private final CommandSpec spec;
    private final CommandLine line;
    private final Surroundings world;

    Invocation(CommandSpec spec, CommandLine line, Surroundings world) {
        this.spec = spec;
        this.line = line;
        this.world = world;
    }

    /** The positional arguments. */
    List<String> arguments() {
        return line.getArgList();
    }

    /** A positional argument, or null. */
    @Nullable
    String argument(int index) {
        return index < line.getArgList().size() ? line.getArgList().get(index) : null;
    }

    /** Whether an option was given. */
    boolean has(String option) {
        return line.hasOption(option);
    }

    /** The value of an option, or null when it was not given. */
    @Nullable
    String value(String option) {
        return line.getOptionValue(option);
    }

    /** All values of an option that may be repeated. */
    List<String> values(String option) {
        String[] values = line.getOptionValues(option);
        return values == null ? List.of() : List.of(values);
    }

    /** The value of an option, a whole number within bounds. */
    int number(String option, int otherwise, int least, int most) throws CommandException {
        String text = value(option);
        if (text == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Told below, together with what is out of bounds.
        }
        throw malformed(option, text, "a whole number from " + least + " to " + most);
    }

    /** The error for a value that has another form than expected. */
    CommandException malformed(String option, String text, String expected) {
        return CommandLines.usage(spec, "option --" + option + ": expected " + expected + ", found \"" + text + "\"");
    }

    /** Wrong usage of this command. */
    CommandException usage(String what) {
        return CommandLines.usage(spec, what);
    }

    /** Where the daemon's files are. */
    Home home() throws CommandException {
        String directory = line.hasOption(GlobalOptions.HOME)
                ? line.getOptionValue(GlobalOptions.HOME)
                : world.environment().get(Home.VARIABLE);
        if (directory == null || (directory.isEmpty() && !line.hasOption(GlobalOptions.HOME))) {
            return Home.system();
        }
        if (directory.isEmpty()) {
            throw usage("option --home needs a directory");
        }
        return Home.at(path(directory));
    }

    /** The configuration that {@code -c} names, or null when the default is meant. */
    @Nullable
    Path configFile() throws CommandException {
        String file = line.getOptionValue(GlobalOptions.CONFIG);
        return file == null ? null : path(file);
    }

    /** Reads the configuration that this command line means. */
    ConfigLoader loader(Overrides overrides) throws CommandException {
        return new ConfigLoader(home(), configFile(), overrides);
    }

    /** The configuration that this command line means. */
    Config config() throws CommandException, ConfigException, IOException {
        return loader(Overrides.NONE).load();
    }

    /** Asks the running daemon. */
    ControlClient daemon() throws CommandException {
        return new ControlClient(home().socket());
    }

    /** An absolute path for one that was typed. */
    Path path(String typed) throws CommandException {
        try {
            return world.workingDirectory().resolve(typed).normalize();
        } catch (InvalidPathException e) {
            throw usage("\"" + typed + "\" is no path");
        }
    }

    /** Whether the output is to be JSON. */
    boolean isJson() throws CommandException {
        String format = line.getOptionValue(GlobalOptions.FORMAT);
        if ("text".equals(format) && line.hasOption(GlobalOptions.JSON)) {
            throw usage("--json and --format text exclude each other");
        }
        return line.hasOption(GlobalOptions.JSON) || "json".equals(format);
    }

    /** Where results go, for what prints as it goes along. */
    PrintStream out() {
        return world.out();
    }

    /** Prints one line of the result. */
    void line(String text) {
        world.out().println(text);
        requireReader();
    }

    /** Prints a part of the result that brings its own line ends. */
    void text(String text) {
        world.out().print(text);
        requireReader();
    }

    /** Prints the result as one JSON document. */
    void json(Object document) {
        world.out().println(Json.pretty(document));
        requireReader();
    }

    private void requireReader() {
        if (world.out().checkError()) {
            throw new OutputClosedException();
        }
    }

    /** Tells the operator something that is no result. */
    void note(String text) {
        world.err().println(text);
    }

    /** Warns the operator. */
    void warn(String text) {
        world.err().println("warning: " + text);
    }

    /** The text in a colour, when a person watches. */
    String coloured(Colour colour, String text) {
        return isColoured() ? colour.paint(text) : text;
    }

    /** Whether results are coloured: as {@code --color} says, else when a person watches. */
    boolean isColoured() {
        return switch (line.getOptionValue(GlobalOptions.COLOR, "auto")) {
            case "always" -> true;
            case "never" -> false;
            default -> world.isColoured();
        };
    }

    /** What the program sees of the world. */
    Surroundings world() {
        return world;
    }
}
