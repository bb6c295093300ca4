# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Root folders of Debian releases, in which packages are built and machines are booted. Each is made
# once, kept in the user's cache, and never written to: what runs in one writes to an overlay.

readonly RELEASES='12 13'

suite_of() {
    case $1 in
        12) printf 'bookworm\n' ;;
        13) printf 'trixie\n' ;;
        *) die "unknown release $1 of Debian; there are $RELEASES" ;;
    esac
}

# root_of RELEASE : the folder, which depends on the packages in it
root_of() {
    local key
    key=$(packages_in "$1" build package machine | sha256sum | cut -c 1-12)
    printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/tlsrouted/roots/$(suite_of "$1")-$key"
}

# make_root RELEASE : unless it is there
make_root() {
    local root suite packages
    root=$(root_of "$1")
    suite=$(suite_of "$1")
    packages=$(packages_in "$1" build package machine | paste -sd,)
    mkdir -p "${root%/*}"
    (
        flock 9
        [[ ! -d $root ]] || exit 0
        heading "Making a root folder of Debian $1"
        rm -rf "$root.new" "${root%-*}"-*
        mmdebstrap --mode=root --variant=minbase --include="$packages" "$suite" "$root.new"
        mv "$root.new" "$root"
    ) 9>"${root%/*}/$suite.lock"
}

# in_root RELEASE OPTION... -- COMMAND... : runs the command there, as root. What it writes is gone
# afterwards, but for what it writes into folders of this machine (--bind).
in_root() {
    local release=$1
    local -a options=()
    shift
    while [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    systemd-nspawn --quiet --register=no --keep-unit --volatile=overlay --as-pid2 \
        --directory "$(root_of "$release")" "${options[@]}" -- "${@:2}"
}

command_root() {
    (($# == 1)) || die "usage: ./dev root RELEASE"
    suite_of "$1" >/dev/null
    {
        need roots
        make_root "$1"
    } >&2
    root_of "$1"
}
