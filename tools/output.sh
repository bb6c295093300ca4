# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What ./dev prints, and how it ends when it cannot go on.

say() {
    printf '%s\n' "$*"
}

heading() {
    printf '\n== %s\n' "$*"
}

die() {
    printf 'dev: %s\n' "$*" >&2
    exit 1
}

# no_arguments COMMAND ARGUMENT... : for commands that take none
no_arguments() {
    (($# == 1)) || die "$1 takes no arguments"
}
