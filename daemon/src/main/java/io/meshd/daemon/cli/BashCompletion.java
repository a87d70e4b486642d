package io.meshd.daemon.cli;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.Option;

/** Writes the completion for bash. */
final class BashCompletion {
    private final Vocabulary vocabulary;

    BashCompletion(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    String script() {
        return """
                # bash completion for meshd, printed by `meshd completion bash`.

                # What may follow the command $1: words in $words, options in $options, kinds of arguments in $arguments.
                # Status 1 when $1 is no command.
                _meshd_place() {
                    words=() options=() arguments=()
                    case $1 in
                %s        *) return 1 ;;
                    esac
                }

                # Of what kind the value of option $2 of command $1 is, in $kind; nothing when it takes none.
                _meshd_value() {
                    kind=
                    case $1' '$2 in
                %s    esac
                }

                # Offers what begins with $cur.
                _meshd_offer() {
                    local word
                    for word in "$@"; do
                        [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
                    done
                }

                # Names of trusted peers, from the names of their files.
                _meshd_peers() {
                    local directory file directories=(/etc/meshd/authorized_keys /var/lib/meshd/authorized_keys)
                    [[ -n $home ]] && directories=("${home/#\\~\\//$HOME/}/authorized_keys")
                    for directory in "${directories[@]}"; do
                        for file in "$directory"/*.pub; do
                            file=${file##*/}
                            file=${file%%.pub}
                            [[ $file =~ ^[a-z0-9][a-z0-9._-]*$ ]] && _meshd_offer "$file"
                        done
                    done
                }

                # Files or directories, besides what is offered already.
                _meshd_paths() {
                    compopt -o filenames
                    mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen "$1" -- "$cur")
                }

                _meshd_kind() {
                    case $1 in
                        =*) _meshd_offer ${1#=} ;;
                        file) _meshd_paths -f ;;
                        directory) _meshd_paths -d ;;
                        peer) _meshd_peers ;;
                    esac
                }

                _meshd() {
                    local cur=${COMP_WORDS[COMP_CWORD]} command='' option='' kind='' home=${MESHD_HOME-} word
                    local i count=0 words options arguments
                    COMPREPLY=()
                    for ((i = 1; i < COMP_CWORD; i++)); do
                        word=${COMP_WORDS[i]}
                        # bash cuts --home=DIR into three words.
                        if [[ $word == = ]]; then
                            continue
                        elif [[ -n $option ]]; then
                            [[ $option == --home ]] && home=$word
                            option=
                        elif [[ $word == -* ]]; then
                            _meshd_value "$command" "$word"
                            [[ -n $kind ]] && option=$word
                        elif ((count == 0)) && _meshd_place "${command:+$command }$word"; then
                            command=${command:+$command }$word
                        else
                            ((count++))
                        fi
                    done
                    [[ $cur == = ]] && cur=
                    _meshd_place "$command"
                    if [[ -n $option ]]; then
                        _meshd_value "$command" "$option"
                        _meshd_kind "$kind"
                    elif [[ $cur == -* ]]; then
                        _meshd_offer "${options[@]}"
                    else
                        ((count == 0)) && _meshd_offer "${words[@]}"
                        # The last kind stands for all that may follow when it ends in "…".
                        local last=$((${#arguments[@]} - 1))
                        if ((last >= 0)); then
                            ((count > last)) && [[ ${arguments[last]} == *… ]] && count=$last
                            _meshd_kind "${arguments[count]%%…}"
                        fi
                    fi
                }

                complete -F _meshd meshd ./meshd
                """
                .formatted(places(), values());
    }

    private String places() {
        StringBuilder text = new StringBuilder();
        for (String path : vocabulary.paths()) {
            Vocabulary.Place place = vocabulary.place(path);
            text.append("        ").append(ShellWords.quoted(path)).append(")\n            words=(")
                    .append(ShellWords.quoted(place.words().stream().map(Vocabulary.Word::text).toList()))
                    .append(")\n            options=(")
                    .append(ShellWords.quoted(place.options().stream().flatMap(o -> Vocabulary.names(o).stream())
                            .toList()))
                    .append(")\n            arguments=(").append(ShellWords.quoted(arguments(place)))
                    .append(")\n            ;;\n");
        }
        return text.toString();
    }

    /** The kinds of the arguments; one that may be repeated ends in an ellipsis. */
    static List<String> arguments(Vocabulary.Place place) {
        List<String> kinds = new ArrayList<>(place.arguments().stream().map(ShellWords::kind).toList());
        if (place.open() && !kinds.isEmpty()) {
            kinds.set(kinds.size() - 1, kinds.getLast() + "…");
        }
        return kinds;
    }

    private String values() {
        StringBuilder text = new StringBuilder();
        for (String path : vocabulary.paths()) {
            for (Option option : vocabulary.place(path).options()) {
                if (option.hasArg() && GlobalOptions.everywhere().stream().noneMatch(option::equals)) {
                    text.append(value(option, ShellWords.quoted(path + " ")));
                }
            }
        }
        GlobalOptions.everywhere().stream().filter(Option::hasArg)
                .forEach(option -> text.append(value(option, "*' '")));
        return text.toString();
    }

    private static String value(Option option, String path) {
        List<String> patterns = Vocabulary.names(option).stream().map(name -> path + name).toList();
        return "        " + String.join(" | ", patterns) + ") kind="
                + ShellWords.quoted(ShellWords.kind(Placeholder.of(option.getArgName()))) + " ;;\n";
    }
}
