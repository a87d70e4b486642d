package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.Problem;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.files.FileException;
import java.io.IOException;
import java.util.List;
import org.apache.commons.cli.CommandLine;

/** Runs one command line, and turns every way in which that can end into a line and an exit status. */
public final class Cli {
    private static final String TRACE_VARIABLE = "MESHD_TRACE";

    private final CommandTable table;
    private final Surroundings world;

    /**
     * The program.
     *
     * @param runner what {@code up} runs
     * @param world  what the program sees
     */
    public Cli(NodeRunner runner, Surroundings world) {
        this.table = Commands.table(runner);
        this.world = world;
    }

    /** Does what the arguments say; the result is the exit status, see {@link ExitStatus}. */
    public int run(List<String> arguments) {
        try {
            return dispatch(CommandLines.split(arguments));
        } catch (CommandException e) {
            complain(String.valueOf(e.getMessage()));
            return e.status();
        } catch (ConfigException e) {
            e.problems().stream().map(Problem::toString).forEach(this::complain);
            return ExitStatus.USAGE;
        } catch (ControlException e) {
            complain(String.valueOf(e.getMessage()));
            e.problems().forEach(this::complain);
            return status(e.code());
        } catch (IOException e) {
            complain(FileException.line(e));
            return ExitStatus.FAILED;
        } catch (InterruptedException _) {
            complain("interrupted");
            return ExitStatus.FAILED;
        } catch (OutputClosedException _) {
            // `meshd peers | head -1` is done when head is. A full disk is told by who owns the output.
            return ExitStatus.DONE;
        } catch (RuntimeException e) {
            complain("internal error: " + e + ": please report it (" + TRACE_VARIABLE + "=1 shows where)");
            if (world.environment().containsKey(TRACE_VARIABLE)) {
                e.printStackTrace(world.err());
            }
            return ExitStatus.FAILED;
        }
    }

    private int dispatch(CommandLines.Split split)
            throws CommandException, ConfigException, ControlException, IOException, InterruptedException {
        List<String> words = split.words();
        if (words.isEmpty()) {
            return withoutCommand(split);
        }
        if (words.getFirst().equals("help")) {
            // Help about help is what this prints anyway.
            return help(words.stream().skip(1).filter(word -> !word.startsWith("-") && !word.equals("help")).toList());
        }
        CommandTable.Found found = table.find(words);
        if (split.asksForHelp()) {
            return help(found == null ? words.subList(0, 1) : words.subList(0, found.words()));
        }
        if (found == null) {
            throw table.unknown(words);
        }
        if (split.asksFor("--" + GlobalOptions.VERSION)) {
            return printVersion();
        }
        Command command = found.command();
        CommandLine line = CommandLines.parse(command.spec(), command.rewrite(split.after(found.words())));
        return command.run(new Invocation(command.spec(), line, world));
    }

    private int withoutCommand(CommandLines.Split split) throws CommandException {
        if (split.asksFor("--" + GlobalOptions.VERSION)) {
            return printVersion();
        }
        if (split.asksForHelp()) {
            return help(List.of());
        }
        if (!split.global().isEmpty()) {
            // An unknown option in front is the likelier mistake than a forgotten command.
            CommandLines.parse(CommandSpec.of("", ""), split.global());
        }
        world.err().print(HelpText.overview(table.specs()));
        return ExitStatus.USAGE;
    }

    private int help(List<String> words) throws CommandException {
        if (words.isEmpty()) {
            world.out().print(HelpText.overview(table.specs()));
            return ExitStatus.DONE;
        }
        CommandTable.Found found = table.find(words);
        List<CommandSpec> group = table.group(words.getFirst());
        if (found != null && found.words() == words.size()) {
            world.out().print(HelpText.of(found.command().spec()));
        } else if (words.size() == 1 && !group.isEmpty()) {
            world.out().print(HelpText.group(words.getFirst(), group));
        } else if (found != null && group.isEmpty()) {
            throw CommandException.usage("`meshd " + words.getFirst() + "` has no command " + words.getLast()
                    + ": see `meshd help " + words.getFirst() + "`");
        } else {
            throw table.unknown(words);
        }
        return ExitStatus.DONE;
    }

    private int printVersion() {
        world.out().println("meshd " + Version.text());
        return ExitStatus.DONE;
    }

    private void complain(String message) {
        world.err().println("error: " + message);
    }

    private static int status(ControlException.Code code) {
        return switch (code) {
            case INVALID_ARGUMENT, INVALID_CONFIG -> ExitStatus.USAGE;
            case MALFORMED, UNSUPPORTED_VERSION, UNKNOWN_COMMAND, NOT_FOUND, FORBIDDEN, BUSY, TIMEOUT, FAILED ->
                ExitStatus.FAILED;
        };
    }
}
