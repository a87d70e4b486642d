# Prints what bash offers: complete.bash SCRIPT WORD...
source "$1"
shift
# Only a shell that completes has it.
compopt() { :; }
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_meshd
printf '%s\n' "${COMPREPLY[@]}"
