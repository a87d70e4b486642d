package io.meshd.daemon.cli;

import java.util.List;
import org.apache.commons.cli.Option;

/** Writes the completion for fish. */
final class FishCompletion {
    private final Vocabulary vocabulary;

    FishCompletion(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    String script() {
        return """
                # fish completion for meshd, printed by `meshd completion fish`.

                # The command that was typed so far in the first line, then its arguments.
                function __meshd_typed
                    set -l command ''
                    set -l rest
                    set -l skip 0
                    for word in (commandline -opc)[2..-1]
                        if test $skip = 1
                            set skip 0
                        else if string match -q -- '-*' $word
                            contains -- $word %s
                            and set skip 1
                        else if test (count $rest) -eq 0
                            and contains -- (string trim "$command $word") %s
                            set command (string trim "$command $word")
                        else
                            set -a rest $word
                        end
                    end
                    echo $command
                    test (count $rest) -eq 0
                    or string join -- \\n $rest
                end

                # Whether the command is $argv[1].
                function __meshd_in
                    test (__meshd_typed)[1] = "$argv[1]"
                end

                # Whether it is, and $argv[2] arguments were typed already; a "+" behind the number: or more.
                function __meshd_at
                    set -l typed (__meshd_typed)
                    test "$typed[1]" = "$argv[1]"
                    or return 1
                    set -l count (math (count $typed) - 1)
                    if string match -q -- '*+' $argv[2]
                        test $count -ge (string trim -c + -- $argv[2])
                    else
                        test $count -eq $argv[2]
                    end
                end

                # Names of trusted peers, from the names of their files.
                function __meshd_peers
                    set -l home $MESHD_HOME
                    set -l words (commandline -opc)
                    for i in (seq (count $words))
                        string match -q -- '--home=*' $words[$i]
                        and set home (string replace -- --home= '' $words[$i])
                        test $words[$i] = --home
                        and set home $words[(math $i + 1)]
                    end
                    set -l directories /etc/meshd/authorized_keys /var/lib/meshd/authorized_keys
                    test -n "$home"
                    and set directories (string replace -r '^~/' "$HOME/" -- $home)/authorized_keys
                    for file in $directories/*.pub
                        string replace -r '^.*/(.*)\\.pub$' '$1' -- $file
                    end | string match -r '^[a-z0-9][a-z0-9._-]*$'
                end

                complete -c meshd -f
                %s""".formatted(ShellWords.quoted(valued()), ShellWords.quoted(vocabulary.paths()), rules());
    }

    /** Every option that takes a value in some command: where it is a flag elsewhere, the flag's name differs. */
    private List<String> valued() {
        return vocabulary.paths().stream().flatMap(path -> vocabulary.place(path).options().stream())
                .filter(Option::hasArg).flatMap(option -> Vocabulary.names(option).stream()).distinct().sorted()
                .toList();
    }

    private String rules() {
        StringBuilder text = new StringBuilder();
        for (Option option : GlobalOptions.everywhere()) {
            text.append(option("", option));
        }
        for (String path : vocabulary.paths()) {
            Vocabulary.Place place = vocabulary.place(path);
            for (Vocabulary.Word word : place.words()) {
                text.append(rule("__meshd_at " + inner(path) + " 0")).append(" -a ")
                        .append(quoted(word.text())).append(" -d ").append(quoted(word.summary())).append('\n');
            }
            place.options().stream().filter(option -> !GlobalOptions.everywhere().contains(option))
                    .forEach(option -> text.append(option("__meshd_in " + inner(path), option)));
            for (int i = 0; i < place.arguments().size(); i++) {
                boolean repeated = place.open() && i == place.arguments().size() - 1;
                String values = values(place.arguments().get(i));
                if (!values.isEmpty()) {
                    text.append(rule("__meshd_at " + inner(path) + " " + i + (repeated ? "+" : ""))).append(values)
                            .append('\n');
                }
            }
        }
        return text.toString();
    }

    private static String option(String condition, Option option) {
        StringBuilder text = new StringBuilder(condition.isEmpty() ? "complete -c meshd" : rule(condition));
        if (option.getOpt() != null) {
            text.append(" -s ").append(option.getOpt());
        }
        if (option.getLongOpt() != null) {
            text.append(" -l ").append(option.getLongOpt());
        }
        if (option.hasArg()) {
            text.append(" -r").append(values(Placeholder.of(option.getArgName())));
        }
        return text.append(" -d ").append(quoted(option.getDescription())).append('\n').toString();
    }

    private static String values(Placeholder placeholder) {
        return switch (placeholder) {
            case Placeholder.Words(var words) -> " -f -a " + quoted(String.join(" ", words));
            case Placeholder.File() -> " -F";
            case Placeholder.Directory() -> " -f -a '(__fish_complete_directories (commandline -ct))'";
            case Placeholder.Peer() -> " -f -a '(__meshd_peers)'";
            case Placeholder.Anything() -> "";
        };
    }

    private static String rule(String condition) {
        return "complete -c meshd -n " + quoted(condition);
    }

    /** A path within a condition, which is quoted once more. */
    private static String inner(String path) {
        return "\"" + path + "\"";
    }

    /** In single quotes, where fish knows two escapes. */
    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
