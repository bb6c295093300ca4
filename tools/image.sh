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
                    --output) image_folder=$(cd "$caller" && realpath --canonicalize-missing -- "$2") ;;
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
    packages_to_compile "$VERSION" "$image_arch"
    packages_in "$VERSION" image-root
    [[ $image_arch == "$(dpkg --print-architecture)" ]] || packages_in "$VERSION" image-cross
}

# make_image_root ROOT : unless it is there, or --fresh was given; without texts but for the licences
make_image_root() {
    [[ -z $image_fresh ]] || rm -rf "$1"
    keep_root "$1" debian_root "$CODENAME" "$image_arch" "$(image_packages)" --variant=apt \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright'
}

# Prints the files that git knows, and those that it would, each with a NUL at its end; without tests
# that the image does not depend on.
image_sources() {
    git -c safe.directory="$top" ls-files -z --cached --others --exclude-standard --deduplicate -- \
        . ':!tests/bench' ':!tests/integration' ':!tests/lab' ':!tests/soak' ':!tests/structure' |
        while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done
}

copy_sources() {
    mkdir "$1"
    image_sources | tar --create --null --files-from=- | tar --extract --directory "$1"
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

# describe_image WORK : what was made, for a person
describe_image() {
    local kilobytes digest
    kilobytes=$(du --summarize --block-size=1K --apparent-size "$1/root" | cut -f1)
    digest=$(grep -o 'sha256:[0-9a-f]*' "$1/oci/index.json" | head -1)
    say "archive  $image_output.tar"
    say "name     $image_name"
    say "digest   $digest"
    say "unpacked $((kilobytes / 1024)).$((kilobytes % 1024 * 10 / 1024)) MB, $(find "$1/root" -type f | wc -l) files"
    ((kilobytes <= IMAGE_MEGABYTES_MAX * 1024)) ||
        die "the image has more than $IMAGE_MEGABYTES_MAX MB"
}

# image_inputs ROOT : a hash of all that the image depends on
image_inputs() {
    {
        printf '%s\n' "$image_revision" "$image_source" "$1"
        cat "$1/var/lib/dpkg/status"
        image_sources | xargs -0 sha256sum
    } | sha256sum | cut -d' ' -f1
}

# build_image ROOT WORK : writes the archive and what belongs to it; nothing has changed unless all
# of it has been made.
build_image() {
    local made=$2/output
    quietly "image/compile-$image_arch" "$CONTAINER/enter" "$1" "$2" \
        /work/source/"$CONTAINER"/compile "$image_arch"
    "$PYTHON" -B "$CONTAINER/contents.py" "$1" "$2" "$made" "$image_arch" "$image_version" "$VERSION"
    quietly "image/pack-$image_arch" pack_image "$1" "$2" "$made"
    describe_image "$2" >"$made.txt"
    printf '%s\n' "$inputs" >"$made.inputs"
    for kind in tar spdx.json packages txt inputs; do
        mv "$made.$kind" "$image_output.$kind"
    done
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
    # shellcheck source=packaging/container/release
    source "$CONTAINER/release"
    image_version=$(version)
    image_name=localhost/tlsrouted:$image_version
    image_output=$image_folder/tlsrouted-$image_version-$image_arch
    image_commit
    mkdir -p "$image_folder" build/image
    heading "Building the image of tlsrouted $image_version for $image_arch"
    root=$(root_folder "image-$CODENAME-$image_arch" "$(image_packages)")
    make_image_root "$root"
    say "packages of $(date --date "@$(stat --format %Y "$root/var/lib/dpkg/status")" +%F), from $root;" \
        "--fresh gets newer ones"
    if [[ -n $image_check ]]; then
        in_work check_image "$root"
    else
        make_image "$root"
    fi
}

# make_image ROOT : unless it is there already
make_image() {
    local inputs
    exec 8>"$image_output.lock"
    flock 8
    inputs=$(image_inputs "$1") # before the sources are copied
    [[ $(cat "$image_output.inputs" 2>/dev/null) == "$inputs" ]] || in_work build_image "$1"
    cat "$image_output.txt"
}

# in_work COMMAND ROOT : runs it with the root and a folder with the sources, which is removed at the end
in_work() {
    work=$(mktemp -d "$image_folder/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    copy_sources "$work/source"
    "$1" "$2" "$work"
}
