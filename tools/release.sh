# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ./dev release: everything that a release consists of, in build/release, from what is committed.

readonly release_folder=build/release

# The architecture that packages and images are also built for with --all, on one that is not it.
other_architecture() {
    case $(dpkg --print-architecture) in
        arm64) printf 'amd64\n' ;;
        *) printf 'arm64\n' ;;
    esac
}

# release_tarball : with the proof that another folder, user mask and configuration make the same bytes
release_tarball() {
    local name again
    name=tlsrouted-$(version).tar.gz
    make_tarball
    again=$(mktemp --directory --tmpdir tlsrouted-again.XXXXXX)
    # shellcheck disable=SC2064 # the variable is local
    trap "rm -rf '$again'" EXIT
    quietly release-again tarball_again "$again"
    cmp "build/gcc/$name" "$again/$name" || die "the tarball is not reproducible"
    cp "build/gcc/$name" "$release_folder/"
    say "$name: built twice, the same bytes"
}

# tarball_again FOLDER : from a clone, so that nothing is in it that is not committed
tarball_again() (
    umask 077
    SOURCE_DATE_EPOCH=$(source_time)
    export SOURCE_DATE_EPOCH
    git -c safe.directory="$top" clone --quiet --no-hardlinks "$top" "$1/source" &&
        cd "$1/source" && autoreconf --install &&
        cd "$1" && source/configure --quiet &&
        make_reproducibly make --no-print-directory
)

# release_packages ARCHITECTURE... : without those for debuggers, with a bill of materials for each
release_packages() {
    local release architecture deb
    for release in $RELEASES; do
        for architecture in "$@"; do
            build_packages "$release" "$architecture"
            for deb in "$packages_folder/debian-$release-$architecture"/*.deb; do
                [[ $deb != *-dbgsym_* ]] || continue
                cp "$deb" "$release_folder/"
                SOURCE_DATE_EPOCH=$(source_time) "$PYTHON" -B tools/sbom.py \
                    "$(root_of "$release" "$architecture")" "$release_folder/${deb##*/}"
            done
        done
    done
}

# The archive for each architecture, with its bill of materials, as ./dev image leaves them.
release_images() {
    local architecture
    for architecture in "$@"; do
        (command_image --arch "$architecture")
        cp "build/image/tlsrouted-$(version)-$architecture".{tar,spdx.json} "$release_folder/"
    done
}

release_charts() {
    local helm chart
    helm=$(tests/lab/build helm)/bin/helm
    for chart in packaging/helm/*/; do
        "$helm" package --destination "$release_folder" "$chart"
    done
}

# What NEWS says of this version, without its heading.
release_notes() {
    awk -v version="$(version)" '
        /^=+$/ { inside = (line == version); line = ""; next }
        inside { print line }
        { line = $0 }
        END { if (inside) print line }' NEWS | sed '/./,$!d'
}

describe_signatures() {
    cat <<'END'

Nothing of this is signed yet. Whoever holds the release key signs it so:
  SHA256SUMS      gpg --armor --detach-sign SHA256SUMS; it covers every other file
  the tag         git tag --sign vVERSION
  *.deb           by the repository that offers them: gpg --clearsign of its Release file; to upload
                  to one, debsign the .changes file in build/packages
  *.tar           push it, then cosign sign REGISTRY/tlsrouted@DIGEST, and cosign attest --type spdxjson
                  --predicate *.spdx.json
  *.tgz           helm package --sign --key KEY CHART in place of the one here, with its .prov file
END
}

command_release() {
    local architectures
    architectures=$(dpkg --print-architecture)
    case $* in
        '') ;;
        --all) architectures+=" $(other_architecture)" ;;
        *) die "usage: ./dev release [--all]" ;;
    esac
    need build roots lab release
    [[ -z $(git status --porcelain) ]] || die "there are changes that are not committed"
    remove_tree "$release_folder"
    mkdir -p "$release_folder"
    heading "Releasing tlsrouted $(version)"
    release_tarball
    release_notes >"$release_folder/NOTES"
    [[ -s $release_folder/NOTES ]] || die "NEWS has no entry for $(version)"
    release_charts
    # shellcheck disable=SC2086 # one word for each architecture
    release_packages $architectures
    # shellcheck disable=SC2086
    release_images $architectures
    (cd "$release_folder" && sha256sum -- * >../SHA256SUMS && mv ../SHA256SUMS .)
    heading "In $release_folder"
    (cd "$release_folder" && ls -l --human-readable)
    describe_signatures
}
