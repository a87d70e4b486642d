package io.meshd.daemon.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** Options that every command has, before the command's name or after it. */
final class GlobalOptions {
    static final String HOME = "home";
    static final String CONFIG = "config";
    static final String FORMAT = "format";
    static final String JSON = "json";
    static final String COLOR = "color";
    static final String HELP = "help";
    static final String VERSION = "version";

    private GlobalOptions() {}

    /** The options of one command, in the order in which help shows them. */
    static List<Option> of(CommandSpec spec) {
        List<Option> all = new ArrayList<>(spec.options());
        if (spec.reports()) {
            all.add(format());
            all.add(CommandSpec.flag(JSON, "the same as --format json"));
        }
        all.addAll(everywhere());
        return all;
    }

    /** What commons-cli parses one command with. */
    static Options parsed(CommandSpec spec) {
        Options options = new Options();
        of(spec).forEach(options::addOption);
        return options;
    }

    /** Whether the token is an option of every command, or the format, whose value is the next token. */
    static boolean takesValue(String token) {
        return Stream.concat(everywhere().stream(), Stream.of(format())).filter(Option::hasArg)
                .anyMatch(option -> token.equals("-" + option.getOpt()) || token.equals("--" + option.getLongOpt()));
    }

    private static Option format() {
        return CommandSpec.value(FORMAT, "text|json", "form of the output, by default text");
    }

    static List<Option> everywhere() {
        return List.of(CommandSpec.value(HOME, "DIR", "all files of the daemon under DIR (or MESHD_HOME=DIR)"),
                CommandSpec.value("c", CONFIG, "FILE", "configuration, by default /etc/meshd/meshd.toml"),
                CommandSpec.value(COLOR, "auto|always|never", "colours in text, by default auto: on a terminal"),
                Option.builder("h").longOpt(HELP).desc("explain this command").get(),
                CommandSpec.flag(VERSION, "print the version"));
    }
}
