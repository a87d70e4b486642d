#!/usr/bin/env bash
# What of a package is neither in the repository nor a library: called by the build (daemon/pom.xml) with the folder to
# make it in and that of the libraries; TOOLCHAIN_JAVA_HOME is the JDK of the build.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
out=$1 lib=$2
jdk=$TOOLCHAIN_JAVA_HOME

# The modules of Java that the libraries touch. Not those that they only offer to use: java.desktop (beans for Jackson,
# AWT for JNA), java.sql (Jackson, Bouncy Castle), jdk.jfr (Netty). PackageIT compares.
modules=java.base,java.logging,java.management,java.naming,java.net.http,java.xml,jdk.unsupported

# Line numbers of the JDK's own classes are left out, compression is left to the archive: the runtime is smaller there,
# and faster where it runs.
make_runtime() {
    local recipe
    recipe="$(cat "$jdk/release") $modules $(cat packaging/prepare.sh)"
    [[ -e $out/runtime.recipe && $(<"$out/runtime.recipe") == "$recipe" ]] && return
    rm -rf "$out/runtime" "$out/runtime.recipe"
    "$jdk/bin/jlink" --add-modules "$modules" --strip-java-debug-attributes --no-header-files --no-man-pages \
        --compress zip-0 --output "$out/runtime"
    rm "$out/runtime/bin/keytool"
    # Licences that modules share are links, which not every archiver keeps.
    cp -RL "$out/runtime/legal" "$out/legal"
    rm -rf "$out/runtime/legal"
    mv "$out/legal" "$out/runtime/legal"
    printf %s "$recipe" >"$out/runtime.recipe"
}

# Manual pages and completions come from what `meshd help` knows; where they lie is the same below /usr.
make_share() {
    rm -rf "$out/share" "$out/manual"
    mkdir -p "$out/share/doc/meshd"
    gzip -9nc CHANGELOG.md >"$out/share/doc/meshd/changelog.gz"
    cp packaging/deb/copyright LICENSE README.md "$out/share/doc/meshd/"
    cp -r docs authorized_keys.example "$out/share/doc/meshd/"
    cp -r "$out/licences" "$out/share/doc/meshd/"
    # Of libraries that bring none.
    find "$out/share" -type d -empty -delete
    "$out/runtime/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$lib/*" io.meshd.daemon.cli.Manual \
        "$out/manual"
    mkdir -p "$out"/share/{man,bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d}
    cp -r "$out"/manual/man? "$out/share/man/"
    gzip -9n "$out"/share/man/*/*
    cp "$out/manual/completions/meshd.bash" "$out/share/bash-completion/completions/meshd"
    cp "$out/manual/completions/_meshd" "$out/share/zsh/vendor-completions/"
    cp "$out/manual/completions/meshd.fish" "$out/share/fish/vendor_completions.d/"
}

mkdir -p "$out"
make_runtime
make_share
# What tells this build from others, wherever the two caches of loaded classes depend on it.
cat "$lib"/*.jar "$out"/runtime/lib/{modules,server/libjvm.so} packaging/{meshd,*.sh,make-caches} | sha256sum \
    | cut -c1-16 >"$out/build"
