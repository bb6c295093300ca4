# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ./dev build: configures and compiles. Each compiler and set of flags has a tree of its own in build/.

bootstrap() {
    local stamp=build/bootstrapped
    mkdir -p build
    if [[ ! -x configure || ! -e $stamp ]] ||
        [[ -n $(find . -maxdepth 3 \( -path ./build -o -name '.?*' \) -prune -o \
            \( -name configure.ac -o -name Makefile.am -o -name local.mk \) \
            -newer "$stamp" -print -quit) ]]; then
        autoreconf --install
        touch "$stamp"
    fi
}

# An interrupted distcheck leaves folders that are not writable.
remove_tree() {
    [[ ! -d $1 ]] || chmod -R u+w "$1"
    rm -rf "$1"
}

# configure_tree NAME ARGUMENT... : configures build/NAME with these arguments
configure_tree() {
    local tree=build/$1 arguments
    shift
    arguments=$(printf '%q ' "$@")
    bootstrap
    if [[ ! -x $tree/config.status || $(cat "$tree/arguments" 2>/dev/null) != "$arguments" ]]; then
        remove_tree "$tree"
        mkdir -p "$tree"
        (cd "$tree" && "$top/configure" --quiet --enable-werror "$@")
        printf '%s\n' "$arguments" >"$tree/arguments"
    fi
}

run_make() {
    make --no-print-directory --jobs "$(nproc)" --directory "build/$1" "${@:2}" V=0
}

# quietly NAME COMMAND... : sends the output to build/NAME.log and shows it only on failure, also if the
# command ends by die
quietly() {
    local log=build/$1.log
    mkdir -p "${log%/*}"
    ("${@:2}") >"$log" 2>&1 || {
        tail --lines 100 "$log" >&2
        return 1
    }
}

readonly prefix=$top/build/install

# With the paths of a distribution's package, as the documents have them.
configure_gcc() {
    configure_tree gcc --prefix="$prefix" --sysconfdir=/etc --runstatedir=/run CC=gcc
}

build_gcc() {
    configure_gcc
    run_make gcc all tests/bench/load tests/bench/client
    quietly install run_make gcc install
}

command_build() {
    no_arguments build "$@"
    need build
    heading "Building tlsrouted"
    build_gcc
    say "installed in build/install"
}
