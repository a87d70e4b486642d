# Sourced by what stands in a package: where the caches of loaded classes are (see launch.sh). One folder for each build,
# since the JVM tells another build of the same version by nothing but the sizes of its files.
read -r build <"$program/lib/build"

# Beside the program, where whoever installed it made them; else this user's own.
shared_caches=$program/cache
own_caches=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/meshd

# Sets $caches. What another user wrote is not touched, for it is code; who can write beside the program could as well
# change the program.
find_caches() {
    caches=$shared_caches/$build
    # -O is known to every shell that is about.
    # shellcheck disable=SC3067
    if [ ! -e "$caches" ] && [ -O "$own_caches/$build" ]; then
        caches=$own_caches/$build
    fi
}
