# SPDX-License-Identifier: Apache-2.0
"""The container image: what is in it and what is not, and that it does its work confined as
Kubernetes and OpenShift confine Pods."""

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import pytest

import scrape
from container import (IMAGE_USER, LIMITS, SOCKET_FOLDER, Image, Podman, build_image, check_image,
                       contained, needs_containers, podman_with, rootless_podman_with)
from daemon import TOP
from test_connections import assert_works

pytestmark = needs_containers

MEGABYTES_MAX = 40
OPENSHIFT = "1000620000:0"  # whatever user, always this group
LANDLOCK = ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self")
# The other architecture, and what an ELF file of each has in its head.
OTHER = "amd64" if os.uname().machine == "aarch64" else "arm64"
MACHINES = {"amd64": b"\x3e\x00", "arm64": b"\xb7\x00"}
# Unit tests of what the emulation of a processor does not do.
NOT_EMULATED = {
    "test_channel_end": "one more descriptor in a packet than there may be",
    **dict.fromkeys(("test_sandbox", "test_sandbox_resolver", "test_sandbox_supervisor",
                     "test_sandbox_worker"), "seccomp filters and Landlock"),
    "test_run": "programs that end as soon as they should",
    "test_worker_metrics": "the memory of a process, in /proc/self",
}
DEFAULT_PROFILE = Path("/usr/share/containers/seccomp.json")


@pytest.fixture(scope="module")
def image() -> Image:
    return build_image()


@pytest.fixture(scope="module")
def podman(image):
    with podman_with(image) as made:
        yield made


@pytest.fixture
def container(podman, image, lab, tokens, cluster):
    """Makes one for the namespace of the test; see Container."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(
            contained(podman, image, lab, cluster.namespace, **options))


def test_settings(image):
    found = image.settings["config"]
    assert found["User"] == IMAGE_USER and found["Entrypoint"] == ["/usr/sbin/tlsrouted"]
    assert "Cmd" not in found and found["Env"] == ["PATH=/usr/sbin:/usr/bin"]
    labels = {name.rpartition(".")[2]: value for name, value in found["Labels"].items()}
    version = re.search(r"AC_INIT\(\[tlsrouted\], \[(.*?)\]", (TOP / "configure.ac").read_text())[1]
    assert labels["version"] == version and labels["title"] == "tlsrouted"
    assert labels["licenses"] == "Apache-2.0" and labels["description"]
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", labels["revision"])
    assert image.name == f"localhost/tlsrouted:{version}"


def test_size(image):
    size = sum(member.size for member in image.members.values())
    print(f"{size / 2**20:.1f} MB unpacked, {len(image.members)} entries")
    assert size <= MEGABYTES_MAX * 2**20


def test_nothing_but_what_it_needs(image):
    """Each executable file is one of ours or a library; nobody else's program."""
    programs = {path for path, member in image.members.items() if member.isfile() and member.mode & 0o111}
    libraries = {path for path in programs if ".so" in Path(path).name}
    installed = {"usr/bin/tlsroutectl", "usr/sbin/tlsrouted",
                 *(f"usr/libexec/tlsrouted/{name}" for name in (
                     "certpatcher", "exporter", "minter", "plugin", "reconciler", "resolver",
                     "watcher"))}
    assert programs - libraries == installed
    tops = {path.partition("/")[0] for path in image.members}
    assert tops - {"", "."} == {"dev", "etc", "lib", "proc", "run", "sys", "usr", "var"} | (
        {"lib64"} if "lib64" in image.members else set())


def test_who_may_write(image):
    """Root, to whatever there is; but whoever it runs as to the folder of the control socket."""
    for path, member in image.members.items():
        assert (member.uid, member.gid) == (0, 0), path
        modes = (0o1777,) if path == SOCKET_FOLDER.strip("/") else (0o644, 0o755)
        assert member.issym() or member.mode in modes, path


def test_scanners_see_versions(image):
    """As in a distroless image: a paragraph for each package, and the checksums of its files."""
    release = image.read("etc/os-release" if image.members["etc/os-release"].isfile()
                         else "usr/lib/os-release").decode()
    assert "ID=debian" in release and "VERSION_ID=" in release
    place = "var/lib/dpkg/status.d/"
    names = {path.removeprefix(place) for path in image.members if path.startswith(place)
             and not path.endswith(".md5sums")}
    listed = {each["name"]: each["versionInfo"] for each in image.materials["packages"]}
    assert names == set(listed) - {"tlsrouted"}
    owned = set()
    for name in names:
        paragraph = image.read(place + name).decode()
        assert re.search(rf"^Package: {re.escape(name)}$", paragraph, re.M)
        assert re.search(rf"^Version: {re.escape(listed[name])}$", paragraph, re.M)
        assert len(image.read(f"usr/share/doc/{name}/copyright")) > 100
        for line in image.read(f"{place}{name}.md5sums").decode().splitlines():
            checksum, path = line.split(None, 1)
            assert hashlib.md5(image.read(path)).hexdigest() == checksum, path
            owned.add(path)
    assert {path for path, member in image.members.items()
            if ".so" in Path(path).name and member.isfile()} <= owned


def test_list_of_packages(image):
    rows = [line.split() for line in image.archive.with_suffix(".packages").read_text().splitlines()]
    inside = {name: version for name, _, version, use in rows if use == "image"}
    assert inside == {each["name"]: each["versionInfo"] for each in image.materials["packages"]
                      if each["name"] != "tlsrouted"}
    assert {"gcc", "buildah"} <= {name for name, _, _, use in rows if use == "build"}


def test_bill_of_materials(image):
    """That it is well-formed: every name refers to something, and packages say where they are from."""
    found = image.materials
    assert found["spdxVersion"] == "SPDX-2.3" and found["dataLicense"] == "CC0-1.0"
    ids = [each["SPDXID"] for each in (*found["packages"], *found["files"])]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", each) for each in ids)
    known = {*ids, found["SPDXID"]}
    for relation in found["relationships"]:
        assert {relation["spdxElementId"], relation["relatedSpdxElement"]} <= known
    for package in found["packages"]:
        (reference,) = package["externalRefs"]
        assert re.fullmatch(r"pkg:(generic/tlsrouted@\S+|deb/debian/\S+@\S+\?arch=\w+&distro=debian-\d+)",
                            reference["referenceLocator"])
    unknown = [each["name"] for each in found["packages"] if each["licenseDeclared"] == "NOASSERTION"]
    print(f"{len(found['packages'])} packages, {len(unknown)} without a licence in SPDX's words: {unknown}")
    for path, checksum in image.listed().items():
        assert hashlib.sha256(image.read(path.strip("/"))).hexdigest() == checksum


def loaded(pid: int) -> set[str]:
    """The files whose code the process has in its memory."""
    fields = (line.split(None, 5) for line in Path(f"/proc/{pid}/maps").read_text().splitlines())
    return {each[5] for each in fields if len(each) == 6 and "x" in each[1] and each[5].startswith("/")}


def named_by_loader(podman: Podman, image: Image, program: str) -> set[str]:
    """The files that the dynamic loader of the image finds for a program."""
    (loader,) = (path for path in image.code() if "/ld-linux-" in path)
    printed = podman.must("run", "--rm", "--network", "none", *LIMITS, "--entrypoint", loader, image.name,
                          "--list", program)
    return {loader, *(image.resolve(path) for path in re.findall(r"=> (/\S+)", printed))}


def test_materials_are_what_is_loaded(image, podman, container, cluster):
    """By the processes as they run, and by each program as the loader sees it; and nothing else is
    listed."""
    running = container(listen=scrape.free_port()).start().wait_until_healthy()
    assert_works(cluster, "p")
    listed = image.code()
    pids = running.pids()
    files = set().union(*map(loaded, pids))
    assert len(pids) == 6 and files <= listed
    assert {Path(path).name for path in files if ".so" not in path} == {
        "tlsrouted", "watcher", "reconciler", "certpatcher", "minter", "exporter"}
    programs = {path for path in listed if ".so" not in path}
    assert programs.union(*(named_by_loader(podman, image, path) for path in programs)) == listed


@pytest.mark.parametrize("user", [None, OPENSHIFT], ids=["65532", "OpenShift"])
def test_at_work(image, container, cluster, user):
    """As a Pod: every probe agrees, a Pool has its route, and it stops in order."""
    port = scrape.free_port()
    running = container(listen=port, user=user).start().wait_until_healthy()
    assert_works(cluster, "p")
    assert running.ctl("health").returncode == 0
    assert [scrape.get(port, path).status for path in ("/livez", "/readyz", "/metrics")] == [200] * 3
    levels = running.levels()
    assert len(levels) == 6 and all(level.endswith(" seccomp") for level in levels)
    assert running.problems() == []
    assert running.stop() == 0


def test_nothing_to_write_to(container):
    done = container(writable=False).run()
    errors = [line for line in done.stderr.splitlines() if "level=error" in line]
    assert done.returncode != 0 and len(errors) == 1
    assert SOCKET_FOLDER in errors[0] and "control.socket" in errors[0]


def test_no_shell(container):
    running = container().start().wait_until_healthy()
    for shell in ("sh", "/bin/sh", "/bin/bash"):
        done = running.podman.run("exec", running.name, shell, "-c", "true")
        assert done.returncode in (126, 127) and shell in done.stderr


def profile_without(folder: Path, calls: tuple[str, ...], error: int) -> Path:
    """The default seccomp profile, but that these calls fail."""
    profile = json.loads(DEFAULT_PROFILE.read_text())
    for rule in profile["syscalls"]:
        rule["names"] = [name for name in rule["names"] if name not in calls]
    profile["syscalls"] = [rule for rule in profile["syscalls"] if rule["names"]]
    profile["syscalls"].append({"names": list(calls), "action": "SCMP_ACT_ERRNO", "errnoRet": error})
    written = folder / "profile.json"
    written.write_text(json.dumps(profile))
    return written


def assert_goes_on(container, cluster, folder, calls: tuple[str, ...], error: int) -> list[str]:
    """Returns the levels of all processes."""
    profile = profile_without(folder, calls, error)
    running = container(options=("--security-opt", f"seccomp={profile}")).start().wait_until_healthy()
    assert_works(cluster, "p")
    workers = json.loads(running.ctl("workers", "-o", "json").stdout)
    assert {worker["restarts"] for worker in workers} == {0}
    levels = running.levels()
    assert len(levels) == 1 + len(workers) and all(level.endswith(" seccomp") for level in levels)
    return levels


needs_profile = pytest.mark.skipif(not DEFAULT_PROFILE.exists(),
                                   reason=f"podman's default seccomp profile is not {DEFAULT_PROFILE}")


@needs_profile
def test_outer_sandbox_forbids_the_inner_one(container, cluster, folder):
    """What it can do without is a level, not a crash."""
    levels = assert_goes_on(container, cluster, folder, (*LANDLOCK, "seccomp"), errno.EPERM)
    assert all("no-landlock" in level.split() for level in levels)


@needs_profile
@pytest.mark.all
@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOSYS], ids=errno.errorcode.get)
@pytest.mark.parametrize("calls", [LANDLOCK, ("seccomp",)], ids=["landlock", "seccomp"])
def test_outer_sandbox_forbids_one_thing(container, cluster, folder, calls, error):
    levels = assert_goes_on(container, cluster, folder, calls, error)
    assert all(("no-landlock" in level.split()) == (calls == LANDLOCK) for level in levels)


@pytest.mark.all
@pytest.mark.skipif(shutil.which("newuidmap") is None, reason="not installed: uidmap")
def test_rootless(image, lab, tokens, cluster):
    with rootless_podman_with(image) as podman, \
            contained(podman, image, lab, cluster.namespace) as running:
        running.start().wait_until_healthy()
        assert_works(cluster, "p")
        levels = running.levels()
        assert all("landlock" in level and level.endswith(" seccomp") for level in levels)
        assert running.problems() == [] and running.stop() == 0


@pytest.mark.all
def test_same_digest(image, tmp_path):
    """From the same commit and the same packages: nothing of the time, the folder or the order in
    which files were made is in it."""
    again = build_image(folder=tmp_path)
    assert again.digest == image.digest
    for kind in (".tar", ".spdx.json", ".packages"):
        one, two = (each.archive.with_suffix(kind).read_bytes() for each in (again, image))
        assert one == two, kind


@pytest.mark.all
def test_other_architecture():
    """Cross-built: libraries and programs of that architecture only."""
    other = build_image("--arch", OTHER)
    assert other.settings["architecture"] == OTHER
    assert {other.read(path.strip("/"))[18:20] for path in other.code()} == {MACHINES[OTHER]}


@pytest.mark.all
def test_unit_tests_of_other_architecture():
    """Emulated, and all of them but what no emulation does."""
    printed = check_image("--arch", OTHER)
    ran = set(re.findall(r"^(?:PASS|FAIL|ERROR): tests/unit/(\w+)", printed, re.M))
    failed = set(re.findall(r"^(?:FAIL|ERROR): tests/unit/(\w+)", printed, re.M))
    assert ran == {path.stem for path in (TOP / "tests" / "unit").glob("test_*.c")}, printed
    for name in sorted(failed & set(NOT_EMULATED)):
        print(f"left out: {name}: {NOT_EMULATED[name]}")
    assert failed <= set(NOT_EMULATED), printed
