#!/usr/bin/env bash
# Shows that two builds give the same bytes: builds the present commit in two new folders, at different times, and compares
# the archive and the .deb. Usage: build/reproducible.sh [FOLDER], where there is room for two builds; default: .build
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "${1:-.build}"
work=$(mktemp -d "$(readlink -f "${1:-.build}")/reproducible.XXXXXX")
trap 'rm -rf "$work"' EXIT

build() {
    git clone -q . "$1"
    (cd "$1" && mvn -q -B -ntp -DskipTests -Dspotless.check.skip=true package)
}

build "$work/one"
build "$work/another folder"
for file in "$work"/one/daemon/target/dist/meshd[-_]*; do
    cmp "$file" "$work/another folder/daemon/target/dist/${file##*/}"
    sha256sum "$file" | sed "s|$work/one/||"
done
echo "the same bytes twice"
