# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Root folders of Debian releases, in which packages and images are built and machines are booted. Each is
# made once, kept in the user's cache, and never written to: what runs in one writes elsewhere.

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

# packages_to_compile RELEASE ARCHITECTURE : on this machine for that one
packages_to_compile() {
    if [[ $2 == "$(dpkg --print-architecture)" ]]; then
        packages_in "$1" build
    else
        packages_in "$1" build | sed "/-dev\$/s/\$/:$2/"
        printf 'crossbuild-essential-%s\n' "$2"
    fi
}

# packages_of_root RELEASE ARCHITECTURE : to compile for it and to pack; of this machine's architecture
# also what a machine is booted with
packages_of_root() {
    {
        packages_to_compile "$@"
        packages_in "$1" package
        [[ $2 != "$(dpkg --print-architecture)" ]] || packages_in "$1" machine
    } | sort -u
}

# root_folder NAME PACKAGES : where a root of that name is kept, which depends on the packages in it
root_folder() {
    local key
    key=$(sha256sum <<<"$2" | cut -c 1-12)
    printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/tlsrouted/roots/$1-$key"
}

# root_of RELEASE ARCHITECTURE : the folder of the one in which packages are built
root_of() {
    root_folder "$(suite_of "$1")-$2" "$(packages_of_root "$@")"
}

# keep_root FOLDER COMMAND... : makes it by COMMAND... NEW-FOLDER unless it is there. Others of its name,
# with other packages, are removed.
keep_root() {
    local root=$1 name=${1##*/}
    mkdir -p "${root%/*}"
    (
        flock 9
        [[ ! -d $root ]] || exit 0
        heading "Making a root folder of Debian: ${name%-*}"
        rm -rf "${root%-*}"-*
        quietly "root-${name%-*}" "${@:2}" "$root.new"
        mv "$root.new" "$root"
    ) 9>"${root%-*}.lock"
}

# debian_root SUITE ARCHITECTURE PACKAGES OPTION... NEW-FOLDER : a Debian with what these packages need, to
# run on this machine and to compile for that architecture; the options are mmdebstrap's
debian_root() {
    local architectures mirror security
    local -a options=("${@:4:$#-4}")
    architectures=$(printf '%s\n' "$(dpkg --print-architecture)" "$2" | awk '!seen[$0]++' | paste -sd,)
    mirror=$(debian_mirror debian)
    security=$(debian_mirror debian-security)
    mmdebstrap --mode=root --architectures="$architectures" --include="$(paste -sd, <<<"$3")" \
        --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
        --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "${options[@]}" \
        "$1" "${*: -1}" "deb $mirror $1 main" "deb $mirror $1-updates main" \
        "deb $security $1-security main"
}

# debian_mirror debian|debian-security : the one that this machine uses, else Debian's own
debian_mirror() {
    local found
    found=$(sed -En "s,^(URIs:|deb( \[[^]]*\])?) +([^ ]*/$1)/?( .*)?\$,\3,p" \
        /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1)
    printf '%s\n' "${found:-http://deb.debian.org/$1}"
}

# make_root RELEASE ARCHITECTURE : unless it is there. What is left out of it to be quick is not left out
# of packages that are installed there later.
make_root() {
    # shellcheck disable=SC2016 # the hook's own argument
    keep_root "$(root_of "$@")" debian_root "$(suite_of "$1")" "$2" "$(packages_of_root "$@")" \
        --variant=minbase --customize-hook='rm "$1"/etc/dpkg/dpkg.cfg.d/99mmdebstrap'
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
