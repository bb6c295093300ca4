# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ./dev format: lays out all C sources as .clang-format says.

# Other releases lay out the same style differently.
readonly CLANG_FORMAT_VERSION=14.0.6

# Sets `clang_format` to a program of exactly that release.
find_clang_format() {
    local venv=${XDG_CACHE_HOME:-$HOME/.cache}/tlsrouted/clang-format-$CLANG_FORMAT_VERSION
    for clang_format in clang-format "$venv/bin/clang-format"; do
        if [[ "$("$clang_format" --version 2>/dev/null)" == *" $CLANG_FORMAT_VERSION"* ]]; then
            return
        fi
    done
    need format
    say "fetching clang-format $CLANG_FORMAT_VERSION from PyPI"
    "$PYTHON" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check \
        "clang-format==$CLANG_FORMAT_VERSION"
}

# run_clang_format OPTION... : on every C source
run_clang_format() {
    local clang_format
    find_clang_format
    find . \( -path ./build -o -name '.?*' \) -prune -o -name '*.[ch]' -print0 |
        xargs -0 "$clang_format" "$@"
}

command_format() {
    no_arguments format "$@"
    run_clang_format -i
}
