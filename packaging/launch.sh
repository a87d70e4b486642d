# Sourced by ./meshd in a checkout, by bin/meshd and by what makes the caches of a package: how Java is started. Plain
# POSIX shell, since a small system has no other.
#
# Set before: java_home, program (the folder with lib/ and native/), launcher (what starts a daemon of its own) and,
# if there are any, own_flags.

# A command lives too short for the second compiler, and for fast reflection, which costs more to make than it saves. The
# selectors are named so that no other is looked for, in every jar.
command_flags="-Xmx64m -XX:TieredStopAtLevel=1 -Djdk.reflect.useNativeAccessorOnly=true
    -Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.EPollSelectorProvider"
# What the compiler and the start needed goes back to the system (docs/performance.md, "Memory").
daemon_flags="-Xms16m -Xmx256m -XX:TrimNativeHeapInterval=10000"

# run_java FLAG... CLASS ARGUMENT...: runs Java; "exec" in $replace makes it take the place of this shell.
run_java() {
    case ${HOSTTYPE:-$(uname -m)} in
        aarch64) arch=aarch64 ;;
        *) arch=x86-64 ;;
    esac
    # In one fixed order: the cache of loaded classes holds for no other. The own jars first: what is in no cache is looked
    # for in one jar after the other, and to open all of them takes longer than a whole command.
    class_path=
    for jar in "$program"/lib/meshd-*.jar "$program"/lib/*.jar; do
        case :$class_path: in
            *":$jar:"*) ;;
            *) class_path=$class_path${class_path:+:}$jar ;;
        esac
    done
    # No performance counters, so that nothing is written to /tmp; native libraries are unpacked already. The cache of
    # classes is used where it was made to lie: moving it would mean a private copy of every page of it.
    # shellcheck disable=SC2086
    ${replace:-} "$java_home/bin/java" ${own_flags:-} -XX:+UseSerialGC -XX:-UsePerfData \
        -Xlog:disable -Xlog:all=error:stderr -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 \
        --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
        "-Djava.library.path=$program/native/META-INF/native" \
        "-Djna.boot.library.path=$program/native/com/sun/jna/linux-$arch" -Djna.nounpack=true -Djna.nosys=true \
        "-Dmeshd.launcher=$launcher" -cp "$class_path" "$@"
}

# start_java CACHES ARGUMENT...: runs the program in place of this shell, with the flags and the cache for a daemon or
# for a command.
start_java() {
    caches=$1
    shift
    cache=$caches/command.aot flags=$command_flags
    for word in "$@"; do
        case $word in
            up | run) cache=$caches/meshd.aot flags=$daemon_flags ;;
        esac
    done
    set -- io.meshd.daemon.Main "$@"
    if [ -e "$cache" ]; then
        set -- "-XX:AOTCache=$cache" "$@"
    fi
    replace=exec
    # Words without blanks in them.
    # shellcheck disable=SC2086
    run_java $flags "$@"
}

# make_caches FOLDER STAGE: has the JVM take notes of the classes that a rehearsal in the folder STAGE loads, in
# FOLDER/meshd.aot and FOLDER/command.aot. Notes make every start several times faster; what cannot be made is left out,
# and everything works as well. No notes of how often code ran: the rehearsal moves few packets, and the JVM would
# compile it less than it deserves. Commands have notes of their own: all classes that are noted are loaded at the start,
# and they need few.
make_caches() (
    # The rehearsal starts daemons of its own, which must neither build nor rehearse, nor take themselves for a build.
    MESHD_NO_BUILD=1 MESHD_BUILD_ONLY= MESHD_NO_CACHE=1 replace=
    export MESHD_NO_BUILD MESHD_BUILD_ONLY MESHD_NO_CACHE
    # A rehearsal mostly waits for answers, so both at once take little longer than one, but 400 MB.
    take_notes "$1/meshd.aot" -XX:TieredStopAtLevel=1 io.meshd.daemon.Rehearsal "$2" &
    if [ -n "${in_turn:-}" ]; then
        wait
    fi
    # shellcheck disable=SC2086
    take_notes "$1/command.aot" $command_flags io.meshd.daemon.Rehearsal "$2" commands
    wait
)

take_notes() {
    notes=$1
    shift
    run_java -XX:AOTCacheOutput="$notes" -XX:-AOTRecordTraining "$@" >/dev/null 2>&1 || rm -f "$notes"
}
