# Sourced by ./test: has promtool at hand, which checks alert rules. The Debian package would bring a server and its
# service, so only the one program is taken out of it.
promtool_dir="$PWD/.build/promtool"
if ! command -v promtool >/dev/null 2>&1; then
    if [ ! -x "$promtool_dir/promtool" ] && command -v apt-get >/dev/null 2>&1; then
        mkdir -p "$promtool_dir"
        (cd "$promtool_dir" && { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; } \
            && dpkg --fsys-tarfile prometheus_*.deb | tar -x --strip-components=3 ./usr/bin/promtool; rm -f prometheus_*.deb) \
            >/dev/null 2>&1 || echo "test: no promtool, so alert rules are only read, not tried" >&2
    fi
    PATH="$PATH:$promtool_dir"
fi
