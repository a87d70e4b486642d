#!/usr/bin/env bash
# Renews docs/cli.md and docs/configuration.md from the program's own tables of commands and keys.
set -euo pipefail
cd "$(dirname "$0")/.."
MESHD_BUILD_ONLY=1 ./meshd
for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    # An older Java does not know the classes.
    if [[ -x $home/bin/java ]] \
        && "$home/bin/java" -cp "daemon/target/dist/lib/*" io.meshd.daemon.cli.Manual docs markdown 2>/dev/null; then
        exit 0
    fi
done
echo "error: no JDK could run what was built" >&2
exit 1
