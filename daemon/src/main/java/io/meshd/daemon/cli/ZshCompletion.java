package io.meshd.daemon.cli;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.cli.Option;

/** Writes the completion for zsh. */
final class ZshCompletion {
    private final Vocabulary vocabulary;

    ZshCompletion(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    String script() {
        return """
                #compdef meshd
                # zsh completion for meshd, printed by `meshd completion zsh`: a file _meshd in a directory of $fpath.

                # What may follow the command $1, with descriptions. Status 1 when $1 is no command.
                _meshd_place() {
                    subcommands=() options=() arguments=()
                    case $1 in
                %s        (*) return 1 ;;
                    esac
                }

                # Of what kind the value of option $2 of command $1 is, in $kind; nothing when it takes none.
                _meshd_value() {
                    kind=
                    case "$1 $2" in
                %s    esac
                }

                # Names of trusted peers, from the names of their files.
                _meshd_peers() {
                    local -a directories names
                    directories=(/etc/meshd/authorized_keys /var/lib/meshd/authorized_keys)
                    [[ -n $home ]] && directories=(${home/#\\~\\//$HOME/}/authorized_keys)
                    names=(${^directories}/*.pub(N:t:r))
                    names=(${(M)names:#[a-z0-9][a-z0-9._-]#})
                    compadd -a names
                }

                _meshd_kind() {
                    case $1 in
                        (\\=*) compadd -- ${=1#\\=} ;;
                        (file) _files ;;
                        (directory) _files -/ ;;
                        (peer) _meshd_peers ;;
                    esac
                }

                _meshd() {
                    emulate -L zsh
                    setopt extended_glob
                    local command= option= kind= home=$MESHD_HOME word
                    local -a subcommands options arguments
                    local -i i count=0
                    for ((i = 2; i < CURRENT; i++)); do
                        word=${(Q)words[i]}
                        if [[ -n $option ]]; then
                            [[ $option == --home ]] && home=$word
                            option=
                        elif [[ $word == -*=* ]]; then
                            [[ $word == --home=* ]] && home=${word#*=}
                        elif [[ $word == -* ]]; then
                            _meshd_value "$command" $word
                            [[ -n $kind ]] && option=$word
                        elif ((count == 0)) && _meshd_place "${command:+$command }$word"; then
                            command="${command:+$command }$word"
                        else
                            ((count++))
                        fi
                    done
                    _meshd_place "$command"
                    if [[ -z $option && $PREFIX == --*=* ]]; then
                        option=${PREFIX%%%%=*}
                        compset -P '*='
                    fi
                    if [[ -n $option ]]; then
                        _meshd_value "$command" $option
                        _meshd_kind $kind
                    elif [[ $PREFIX == -* ]]; then
                        _describe -o option options
                    else
                        ((count == 0 && $#subcommands)) && _describe command subcommands
                        # The last kind stands for all that may follow when it ends in "…".
                        ((count >= $#arguments)) && [[ ${arguments[-1]-} == *… ]] && ((count = $#arguments - 1))
                        ((count < $#arguments)) && _meshd_kind ${arguments[count + 1]%%…}
                    fi
                }

                # As a file of $fpath this is the body of _meshd; by `source` it only defines it.
                if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
                    _meshd "$@"
                else
                    compdef _meshd meshd
                fi
                """
                .formatted(places(), values());
    }

    private String places() {
        StringBuilder text = new StringBuilder();
        for (String path : vocabulary.paths()) {
            Vocabulary.Place place = vocabulary.place(path);
            text.append("        (").append(ShellWords.quoted(path)).append(")\n            subcommands=(")
                    .append(ShellWords.quoted(place.words().stream()
                            .map(word -> described(word.text(), word.summary())).toList()))
                    .append(")\n            options=(")
                    .append(ShellWords.quoted(place.options().stream()
                            .flatMap(option -> Vocabulary.names(option).stream()
                                    .map(name -> described(name, option.getDescription())))
                            .toList()))
                    .append(")\n            arguments=(").append(ShellWords.quoted(BashCompletion.arguments(place)))
                    .append(")\n            ;;\n");
        }
        return text.toString();
    }

    /** A colon ends the word, unless a backslash stands before it. */
    private static String described(String word, String description) {
        return word.replace(":", "\\:") + ":" + description;
    }

    private String values() {
        StringBuilder text = new StringBuilder();
        List<Option> everywhere = GlobalOptions.everywhere();
        for (String path : vocabulary.paths()) {
            for (Option option : vocabulary.place(path).options()) {
                if (option.hasArg() && !everywhere.contains(option)) {
                    text.append(value(option, path + " "));
                }
            }
        }
        everywhere.stream().filter(Option::hasArg).forEach(option -> text.append(value(option, "")));
        return text.toString();
    }

    private static String value(Option option, String path) {
        String patterns = Vocabulary.names(option).stream()
                .map(name -> path.isEmpty() ? "*' '" + name : ShellWords.quoted(path + name))
                .collect(Collectors.joining("|"));
        return "        (" + patterns + ") kind="
                + ShellWords.quoted(ShellWords.kind(Placeholder.of(option.getArgName()))) + " ;;\n";
    }
}
