# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Root folders of Debian releases, in which packages are built and machines are booted. Each is made
# once, kept in the user's cache, and never written to: what runs in one writes to an overlay.

readonly RELEASES='12 13'
# What systemd-nspawn refuses unless it is asked for.
readonly LANDLOCK='landlock_create_ruleset landlock_add_rule landlock_restrict_self'

suite_of() {
    case $1 in
        12) printf 'bookworm\n' ;;
        13) printf 'trixie\n' ;;
        *) die "unknown release $1 of Debian; there are $RELEASES" ;;
    esac
}

# packages_of_root RELEASE ARCHITECTURE : to compile for it and to pack; of this machine's architecture
# also what a machine is booted with
packages_of_root() {
    if [[ $2 == "$(dpkg --print-architecture)" ]]; then
        packages_in "$1" build package machine
    else
        packages_in "$1" build | sed "/^lib.*-dev\$/s/\$/:$2/"
        packages_in "$1" package
        printf 'crossbuild-essential-%s\n' "$2"
    fi
}

# root_of RELEASE ARCHITECTURE : the folder, which depends on the packages in it
root_of() {
    local key
    key=$(packages_of_root "$@" | sha256sum | cut -c 1-12)
    printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/tlsrouted/roots/$(suite_of "$1")-$2-$key"
}

# make_root RELEASE ARCHITECTURE : unless it is there. What is left out of it to be quick is not left out
# of packages that are installed there later.
make_root() {
    local root packages architectures
    root=$(root_of "$@")
    packages=$(packages_of_root "$@" | paste -sd,)
    architectures=$(printf '%s\n' "$(dpkg --print-architecture)" "$2" | awk '!seen[$0]++' | paste -sd,)
    mkdir -p "${root%/*}"
    (
        flock 9
        [[ ! -d $root ]] || exit 0
        heading "Making a root folder of Debian $1 for $2"
        rm -rf "$root.new" "${root%-*}"-*
        # shellcheck disable=SC2016 # mmdebstrap's to expand
        quietly "root-$1-$2" mmdebstrap --mode=root --variant=minbase --include="$packages" \
            --architectures="$architectures" --aptopt='APT::Install-Recommends "false"' \
            --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
            --customize-hook='rm "$1"/etc/dpkg/dpkg.cfg.d/99mmdebstrap' \
            "$(suite_of "$1")" "$root.new"
        mv "$root.new" "$root"
    ) 9>"${root%-*}.lock"
}

# in_root ROOT OPTION... -- COMMAND... : runs the command there, as root. What it writes is gone
# afterwards, but for what it writes into folders of this machine (--bind).
in_root() {
    local root=$1
    local -a options=()
    shift
    while [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    systemd-nspawn --quiet --register=no --keep-unit --volatile=overlay --as-pid2 \
        --system-call-filter="$LANDLOCK" --directory "$root" "${options[@]}" -- "${@:2}"
}

command_root() {
    (($# == 1)) || die "usage: ./dev root RELEASE"
    suite_of "$1" >/dev/null
    {
        need roots
        make_root "$1" "$(dpkg --print-architecture)"
    } >&2
    root_of "$1" "$(dpkg --print-architecture)"
}
