# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The Debian packages that the commands need. A command installs those that are missing.

# The system's own Python: the Debian package python3-pytest belongs to it.
readonly PYTHON=/usr/bin/python3

# A row is the purpose, the name in Debian 12, and the name in later releases where it differs.
readonly PACKAGES='
build   build-essential
build   autoconf
build   automake
build   pkgconf
build   libevent-dev
build   libcurl4-openssl-dev
build   libmsgpack-dev          libmsgpack-c-dev
build   libjson-c-dev
build   libssl-dev
build   libseccomp-dev
build   libcmocka-dev
build   libnghttp2-dev
build   libcyaml-dev
build   libyaml-dev
build   uthash-dev
build   libbsd-dev
check   clang
check   mandoc
check   nghttp2-proxy
check   python3-pytest
check   python3-pytest-xdist
check   python3-yaml
check   prometheus
check   podman
check   runc
check   uidmap
docs    python3-yaml
check   systemd
fuzz    clang
fuzz    libclang-rt-dev
format  python3-venv
bench   iproute2
image   mmdebstrap
image   debian-archive-keyring
image   binutils
image   git
image   python3
lab     ca-certificates
lab     openssl
lab     python3
lab     python3-venv
node    build-essential
node    iproute2
node    libseccomp-dev
node    mount
node    pkgconf
node    util-linux
release git
roots   debian-archive-keyring
roots   mmdebstrap
roots   systemd-container
package build-essential
package autoconf
package automake
package debhelper
package lintian
package pkgconf
package systemd                 systemd-dev
machine ca-certificates
machine dbus
machine openssl
machine procps
machine python3-pytest
machine python3-yaml
machine systemd-sysv
'

# The Debian root that images are built in, of the release that packaging/container names; image-cross is
# for those of another architecture.
readonly IMAGE_ROOT_PACKAGES='
image-root  buildah
image-root  netavark
image-root  ca-certificates
image-cross qemu-user
'

# packages_of PURPOSE... : the names in this release
packages_of() {
    packages_in "$(sed -n 's/^VERSION_ID="\?\([0-9]*\).*/\1/p' /etc/os-release)" "$@"
}

# packages_in RELEASE PURPOSE... : the names in that release of Debian
packages_in() {
    local column=3
    [[ $1 != 12 ]] || column=2
    shift
    awk -v groups=" $* " -v column="$column" \
        'index(groups, " " $1 " ") && NF { print (NF >= column) ? $column : $2 }' \
        <<<"$PACKAGES$IMAGE_ROOT_PACKAGES" | sort -u
}

# missing_packages PURPOSE...
missing_packages() {
    local installed
    # dpkg-query fails on names it does not know; those are missing, too.
    # shellcheck disable=SC2016 # the format is dpkg-query's to expand
    installed=$(packages_of "$@" |
        xargs dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' 2>/dev/null |
        sed -n 's/^installed //p') || true
    comm -23 <(packages_of "$@") <(sort -u <<<"$installed")
}

# need PURPOSE... : installs the packages that are missing
need() {
    local missing
    command -v dpkg-query >/dev/null ||
        die "this is not Debian; install the equivalents of" "$(packages_of "$@" | paste -sd' ')"
    missing=$(missing_packages "$@" | paste -sd' ')
    [[ -n $missing ]] || return 0
    heading "Installing Debian packages: $missing"
    # shellcheck disable=SC2086 # one word for each package
    install_packages $missing ||
        die "packages are missing; run apt-get install --no-install-recommends $missing"
}

install_packages() {
    local -a root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || return 1
        root=(sudo)
    fi
    # Package lists that are partly stale are often good enough.
    "${root[@]}" apt-get update --quiet || say "apt-get update failed; trying the old package lists"
    # A machine that has just booted is often installing something itself.
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --quiet --yes --no-install-recommends --option DPkg::Lock::Timeout=600 "$@"
}
