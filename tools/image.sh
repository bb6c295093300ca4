# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ./dev image: builds the container image from Debian's packages and our sources, in a Debian root of
# its own, so that the machine's release makes no difference. packaging/container says what is in it.

readonly CONTAINER=packaging/container
# Of this size at most, unpacked.
readonly IMAGE_MEGABYTES_MAX=40

image_usage() {
    die "usage: ./dev image [--arch amd64|arm64] [--output FOLDER] [--source URL] [--fresh] [--check]"
}

# Sets what the command line says, and what follows from it.
image_options() {
    image_arch=$(dpkg --print-architecture)
    image_folder=$top/build/image
    image_source='' image_fresh='' image_check=''
    while (($# > 0)); do
        case $1 in
            --fresh) image_fresh=yes ;;
            --check) image_check=yes ;;
            --arch | --output | --source)
                (($# > 1)) || image_usage
                case $1 in
                    --arch) image_arch=$2 ;;
                    --output) image_folder=$(realpath -m "$caller/$2") ;;
                    --source) image_source=$2 ;;
                esac
                shift
                ;;
            *) image_usage ;;
        esac
        shift
    done
    case $image_arch in amd64 | arm64) ;; *) image_usage ;; esac
}

# The commit that is built, and its time.
image_commit() {
    local git=(git -c safe.directory="$top")
    "${git[@]}" rev-parse --git-dir >/dev/null 2>&1 ||
        die "this is no git checkout: the image says which commit it was built from"
    image_revision=$("${git[@]}" rev-parse HEAD)
    [[ -z $("${git[@]}" status --porcelain) ]] || image_revision+=-dirty
    SOURCE_DATE_EPOCH=$("${git[@]}" log -1 --format=%ct)
    export SOURCE_DATE_EPOCH
}

# The packages of the Debian root: to compile for an architecture, and to pack.
image_packages() {
    local native
    native=$(dpkg --print-architecture)
    packages_in "$VERSION" image-root
    if [[ $image_arch == "$native" ]]; then
        packages_in "$VERSION" build
    else
        packages_in "$VERSION" image-cross | sed "s/ARCH/$image_arch/"
        packages_in "$VERSION" build | sed "/^lib.*-dev\$/s/\$/:$image_arch/"
    fi
}

# Prints the folder of the Debian root, which is made if it does not exist or --fresh was given. Its
# name is the hash of what it consists of.
image_root() {
    local packages key target work
    packages=$(image_packages | sort -u | paste -sd,)
    key=$(printf '%s\n' "$CODENAME" "$image_arch" "$packages" | sha256sum | cut -c1-16)
    target=${XDG_CACHE_HOME:-$HOME/.cache}/tlsrouted/image/$CODENAME-$image_arch-$key
    mkdir -p "${target%/*}"
    exec 9>"$target.lock"
    flock 9
    if [[ ! -d $target || -n $image_fresh ]]; then
        work=$(mktemp -d "$target.XXXXXX")
        debian_root "$work" "$packages" >"$target.log" 2>&1 || {
            tail -20 "$target.log" >&2
            rm -rf "$work"
            die "the Debian root could not be made; all of its log: $target.log"
        }
        rm -rf "$target"
        mv -T "$work" "$target"
    fi
    printf '%s\n' "$target"
}

# debian_root FOLDER PACKAGES : as small as it goes: no texts but the licences
debian_root() {
    local architectures mirror security
    architectures=$(printf '%s\n' "$(dpkg --print-architecture)" "$image_arch" | awk '!n[$0]++' | paste -sd,)
    mirror=$(debian_mirror debian)
    security=$(debian_mirror debian-security)
    mmdebstrap --mode=root --variant=apt --architectures="$architectures" --include="$2" \
        --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*' \
        "$CODENAME" "$1" "deb $mirror $CODENAME main" "deb $mirror $CODENAME-updates main" \
        "deb $security $CODENAME-security main"
}

# debian_mirror debian|debian-security : the one that this machine uses, else Debian's own
debian_mirror() {
    local found
    found=$(sed -En "s,^(URIs:|deb( \[[^]]*\])?) +([^ ]*/$1)/?( .*)?\$,\3,p" \
        /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1)
    printf '%s\n' "${found:-http://deb.debian.org/$1}"
}

# Copies what git knows, and what it would: /work/source in the Debian root.
copy_sources() {
    mkdir "$1"
    git -c safe.directory="$top" ls-files -z --cached --others --exclude-standard --deduplicate |
        while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done |
        tar --create --null --files-from=- | tar --extract --directory "$1"
}

# image_labels : one a line
image_labels() {
    local key=org.opencontainers.image
    cat <<END
$key.title=tlsrouted
$key.description=Keeps a Gateway API TLSRoute for each OpenVox Pool, and its hostname in Certificates
$key.version=$image_version
$key.revision=$image_revision
$key.licenses=Apache-2.0
END
    [[ -z $image_source ]] || printf '%s\n' "$key.source=$image_source"
}

# pack_image ROOT WORK OUTPUT : makes the image of WORK/root, and an archive of its OCI layout, the
# same for the same layout. podman and containerd find the name in different annotations.
pack_image() {
    local -a labels
    mapfile -t labels < <(image_labels)
    "$CONTAINER/enter" "$1" "$2" /work/source/"$CONTAINER"/pack "$image_arch" \
        "$image_name" "${labels[@]}" &&
        sed -i "s|\"org.opencontainers.image.ref.name\":|\"io.containerd.image.name\":\"$image_name\",&|" \
            "$2/oci/index.json" &&
        tar --create --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
            --mode=go=rX --format=ustar --directory "$2/oci" --file "$3.tar" blobs index.json oci-layout
}

image_size() {
    du --summarize --block-size=1K --apparent-size "$1/root" | cut -f1
}

# report_image WORK OUTPUT
report_image() {
    local kilobytes digest
    kilobytes=$(image_size "$1")
    digest=$(grep -o 'sha256:[0-9a-f]*' "$1/oci/index.json" | head -1)
    say "image    $2.tar"
    say "name     $image_name"
    say "digest   $digest"
    say "unpacked $((kilobytes / 1024)).$((kilobytes % 1024 * 10 / 1024)) MB, $(find "$1/root" -type f | wc -l) files"
    ((kilobytes <= IMAGE_MEGABYTES_MAX * 1024)) ||
        die "the image has more than $IMAGE_MEGABYTES_MAX MB"
}

# build_image ROOT WORK
build_image() {
    local output=$image_folder/tlsrouted-$image_version-$image_arch
    quietly "image/compile-$image_arch" "$CONTAINER/enter" "$1" "$2" \
        /work/source/"$CONTAINER"/compile "$image_arch"
    "$PYTHON" -B "$CONTAINER/contents.py" "$1" "$2" "$output" "$image_arch" "$image_version" "$VERSION"
    quietly "image/pack-$image_arch" pack_image "$1" "$2" "$output"
    report_image "$2" "$output"
}

# check_image ROOT WORK : the unit tests on the image's architecture, emulated where that is another
check_image() {
    "$CONTAINER/enter" "$1" "$2" /work/source/"$CONTAINER"/compile "$image_arch" check
}

command_image() {
    local root
    image_options "$@"
    ((EUID == 0)) || die "start ./dev image as root: it makes a Debian root, with files of several users"
    need image
    source "$CONTAINER/release"
    image_version=$(sed -En 's/^AC_INIT\(\[tlsrouted\], \[([^]]*)\].*/\1/p' configure.ac)
    image_name=localhost/tlsrouted:$image_version
    image_commit
    mkdir -p "$image_folder" build/image
    heading "Building the image of tlsrouted $image_version for $image_arch"
    root=$(image_root)
    say "packages of $(date --date "@$(stat --format %Y "$root/var/lib/dpkg/status")" +%F) in $root; --fresh gets newer ones"
    work=$(mktemp -d "$image_folder/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    copy_sources "$work/source"
    if [[ -n $image_check ]]; then
        check_image "$root" "$work"
    else
        build_image "$root" "$work"
    fi
}
