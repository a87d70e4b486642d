# Sourced by ./test and ./meshd: installs the system's programs that are missing, saying so.
# needs PROGRAM=PACKAGE ...
needs() {
    local pair missing=()
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null 2>&1 || PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%=*}" >/dev/null 2>&1 \
            || missing+=("${pair#*=}")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "meshd: please install: ${missing[*]}" >&2
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        echo "meshd: please run: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
        return 1
    fi
    echo "meshd: installing ${missing[*]}" >&2
    apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1 \
        || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null; }
}
