# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ./dev packages: the Debian packages, built in a root folder of their release. packaging/debian holds
# what a source package has in debian/, but for the changelog: that follows from configure.ac.

readonly packages_folder=build/packages

# The version from the one place that says it.
version() {
    sed -n 's/^AC_INIT(\[tlsrouted\], \[\([^]]*\)\].*/\1/p' configure.ac
}

# The time of what is released, in seconds since 1970.
source_time() {
    printf '%s\n' "${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y configure.ac)}"
}

# make_reproducibly MAKE... : the distribution archive, the same bytes from the same sources
make_reproducibly() {
    TAR_OPTIONS="--sort=name --mtime=@$(source_time) --owner=0 --group=0 --numeric-owner \
--mode=u+rw,go=rX" "$@" dist GZIP_ENV='-9 --no-name'
}

# make_tarball : build/gcc/tlsrouted-VERSION.tar.gz
make_tarball() {
    configure_gcc
    quietly dist make_reproducibly run_make gcc
}

# write_changelog RELEASE FILE
write_changelog() {
    local upstream
    upstream=$(version)
    cat >"$2" <<END
tlsrouted ($upstream-1~deb$1u1) $(suite_of "$1"); urgency=medium

  * Release $upstream.

 -- $(sed -n 's/^Maintainer: //p' packaging/debian/control)  $(date --utc --rfc-email --date "@$(source_time)")
END
}

# unpack_source RELEASE FOLDER : a source tree as dpkg-buildpackage takes it
unpack_source() {
    local name
    name=tlsrouted-$(version)
    remove_tree "$2"
    mkdir -p "$2"
    tar --extract --file "build/gcc/$name.tar.gz" --directory "$2"
    cp -R packaging/debian "$2/$name/debian"
    write_changelog "$1" "$2/$name/debian/changelog"
}

# build_packages RELEASE ARCHITECTURE : unless they have been built from the same sources
build_packages() {
    local folder=$packages_folder/debian-$1-$2 inputs
    make_root "$@"
    inputs="$(sha256sum <"build/gcc/tlsrouted-$(version).tar.gz") $(root_of "$@")"
    if [[ $(cat "$folder/inputs" 2>/dev/null) != "$inputs" ]]; then
        heading "Building packages for Debian $1, $2"
        unpack_source "$1" "$folder"
        quietly "packages-$1-$2" run_dpkg "$folder" "$@"
        remove_tree "$folder/tlsrouted-$(version)"
        printf '%s\n' "$inputs" >"$folder/inputs"
    fi
    say "$folder:" "$(cd "$folder" && printf '%s ' *.deb)"
}

# run_dpkg FOLDER RELEASE ARCHITECTURE : packages that lintian finds no error in. The unit tests are the
# business of ./dev check.
run_dpkg() {
    local profiles=
    [[ $3 == "$(dpkg --print-architecture)" ]] || profiles=cross
    in_root "$(root_of "$2" "$3")" --bind="$top/$1:/build" --chdir="/build/tlsrouted-$(version)" \
        --setenv=SOURCE_DATE_EPOCH="$(source_time)" --setenv=DEB_BUILD_PROFILES=$profiles \
        --setenv=DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" -- \
        sh -c "dpkg-buildpackage --unsigned-source --unsigned-changes --build=binary --host-arch=$3 &&
               lintian --allow-root --fail-on error --tag-display-limit 0 ../*.changes"
}

command_packages() {
    local release architecture
    local -a releases=("$@")
    architecture=$(dpkg --print-architecture)
    (($# > 0)) || read -ra releases <<<"$RELEASES"
    for release in "${releases[@]}"; do
        suite_of "$release" >/dev/null
    done
    need build roots
    make_tarball
    for release in "${releases[@]}"; do
        build_packages "$release" "$architecture"
    done
}
