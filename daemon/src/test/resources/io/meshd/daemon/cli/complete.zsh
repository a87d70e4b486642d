# For each line of standard input prints what zsh offers when the tabulator is pressed behind it, then "--":
# complete.zsh SCRIPT
zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell "PS1= RPROMPT=; stty -echo; autoload -Uz compinit; compinit -u -D; source $1"
# Matches are printed as they are added, instead of being shown.
zpty -w shell '
offer() {
    compadd() {
        local -a hits
        if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
            builtin compadd "$@"
        else
            builtin compadd -A hits "$@"
            print -rl -- "" ${hits/(#m)*/<$MATCH>}
        fi
    }
    setopt local_options extended_glob
    _main_complete
    unfunction compadd
    print "<<END>>"
}
zle -C offer complete-word offer
bindkey "^I" offer
bindkey "^U" kill-whole-line
print READY'
zpty -r shell output '*READY*READY*'
while IFS= read -r line; do
    zpty -n -w shell "$line"$'\t'
    zpty -r shell output '*<<END>>*'
    print -r -- "$output" | tr -d '\r' | grep -o '^<[^<>]*>$' | tr -d '<>'
    print -r -- --
    zpty -n -w shell $'\025'
done
