# SPDX-License-Identifier: Apache-2.0
"""The container image as a test builds it and looks into it, and tlsrouted as podman runs it."""

import contextlib
import hashlib
import io
import itertools
import json
import os
import pwd
import shutil
import subprocess
import tarfile
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon import ACCOUNTS, TOP, children, is_problem
from labs import short_folder
from lab import Lab
from logline import PARSERS
from waiting import eventually

SOCKET_FOLDER = "/run/tlsrouted"
SECRETS = "/var/run/secrets/kubernetes.io/serviceaccount"  # where a Pod has its token
# By default podman asks for more than it may have on some machines.
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
BUILD_SECONDS = 1500
IMAGE_USER = "65532:65532"
NOBODY = 65534
SUBORDINATE_USERS = "100000:65536"  # the first, and how many
_numbers = itertools.count(1)


def why_not() -> str | None:
    """Why this machine cannot build or run an image."""
    if os.geteuid() != 0:
        return "images are built as root"
    if not (TOP / ".git").exists():
        return "an image is built from a git checkout"
    missing = [name for name in ("podman", "runc") if not shutil.which(name)]
    return f"not installed: {', '.join(missing)}" if missing else None


needs_containers = pytest.mark.skipif(why_not() is not None, reason=why_not() or "")


class Image:
    """An archive that ./dev image has made."""

    def __init__(self, archive: Path):
        self.archive = archive
        with tarfile.open(archive) as whole:
            self._blobs = {Path(member.name).name: whole.extractfile(member).read()
                           for member in whole if member.isfile()}
        (described,) = json.loads(self._blobs["index.json"])["manifests"]
        self.digest = described["digest"]
        self.name = described["annotations"]["org.opencontainers.image.ref.name"]
        manifest = self._blob(self.digest)
        self.settings = self._blob(manifest["config"]["digest"])
        (layer,) = manifest["layers"]
        self.layer = tarfile.open(fileobj=io.BytesIO(self._bytes(layer["digest"])))
        self.members = {member.name.strip("/"): member for member in self.layer}
        self.materials = json.loads(archive.with_suffix(".spdx.json").read_text())

    def _bytes(self, digest: str) -> bytes:
        content = self._blobs[digest.partition(":")[2]]
        assert hashlib.sha256(content).hexdigest() == digest.partition(":")[2]
        return content

    def _blob(self, digest: str) -> dict:
        return json.loads(self._bytes(digest))

    def read(self, path: str) -> bytes:
        return self.layer.extractfile(self.members[path]).read()

    def resolve(self, path: str) -> str:
        """Where the links of the image lead."""
        parts = path.strip("/").split("/")
        for end in range(1, len(parts) + 1):
            member = self.members.get("/".join(parts[:end]))
            if member and member.issym():
                target = os.path.join("/", *parts[:end - 1], member.linkname, *parts[end:])
                return self.resolve(os.path.normpath(target))
        return "/" + "/".join(parts)

    def code(self) -> set[str]:
        """The programs and libraries of the bill of materials."""
        return {path for path in self.listed() if self.read(path.strip("/")).startswith(b"\x7fELF")}

    def listed(self) -> dict[str, str]:
        """SHA-256 of each file of the bill of materials, by path."""
        return {entry["fileName"].removeprefix("."): checksum["checksumValue"]
                for entry in self.materials["files"] for checksum in entry["checksums"]
                if checksum["algorithm"] == "SHA256"}


def build_image(*options: str, folder: Path = TOP / "build" / "image") -> Image:
    """With ./dev image, which does nothing if nothing has changed."""
    done = _dev_image("--output", str(folder), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    (archive,) = (line.split()[1] for line in done.stdout.splitlines() if line.startswith("archive "))
    return Image(Path(archive))


def check_image(*options: str) -> str:
    """What the unit tests print, on the architecture of the image."""
    done = _dev_image("--check", *options)
    return done.stdout + done.stderr


def _dev_image(*options: str) -> subprocess.CompletedProcess:
    return subprocess.run([TOP / "dev", "image", *options], text=True, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=BUILD_SECONDS)


@dataclass(frozen=True)
class Podman:
    """With images and containers of its own, in a folder that is removed afterwards."""

    folder: Path
    state: Path  # 50 characters at most
    launcher: tuple[str, ...] = ()

    def command(self, *arguments) -> list[str]:
        return [*self.launcher, "podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs", "--storage-driver",
                "vfs", "--root", str(self.folder / "root"), "--runroot", str(self.state),
                *map(str, arguments)]

    def run(self, *arguments, seconds: float = 60) -> subprocess.CompletedProcess:
        return subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=seconds)

    def must(self, *arguments) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    def end(self) -> None:
        """Leaves no process."""
        self.run("rm", "--all", "--force", "--time", "0")
        if self.launcher:
            self.run("system", "migrate")  # there is one that keeps the user namespace


@contextlib.contextmanager
def podman_with(image: Image):
    """As root."""
    folder = TOP / "build" / f"podman-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    with short_folder() as state, _podman_in(folder, Podman(folder, state), image.archive) as podman:
        yield podman


@contextlib.contextmanager
def rootless_podman_with(image: Image):
    """As a user without rights, who has a range of subordinate users for as long as this lasts: the
    files that say so are put in place for its own processes only."""
    folder = Path(tempfile.mkdtemp(prefix="tlsrouted-podman-", dir="/var/tmp"))
    home, run, ids = folder / "home", folder / "home" / "run", folder / "ids"
    run.mkdir(mode=0o700, parents=True)
    ids.write_text(f"{pwd.getpwuid(NOBODY).pw_name}:{SUBORDINATE_USERS}\n")
    shutil.copy(image.archive, folder / "image.tar")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    become = (f'mount --bind {ids} /etc/subuid && mount --bind {ids} /etc/subgid && '
              f'exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups '
              f'env HOME={home} XDG_RUNTIME_DIR={run} "$@"')
    podman = Podman(home, run, ("unshare", "--mount", "--propagation", "private", "sh", "-c", become, "sh"))
    with _podman_in(folder, podman, folder / "image.tar"):
        yield podman


@contextlib.contextmanager
def _podman_in(folder: Path, podman: Podman, archive: Path):
    try:
        podman.must("load", "--input", archive)
        yield podman
    finally:
        podman.end()
        shutil.rmtree(folder, ignore_errors=True)


def pod_secrets(lab: Lab, folder: Path, owner: int | None) -> Path:
    """What the kubelet gives a Pod of the account tlsrouted-minter: with runAsUser to that user, and
    otherwise for everyone to read."""
    secrets = folder / "secrets"
    secrets.mkdir()
    for name, mode, content in (
            ("token", 0o644 if owner is None else 0o600, lab.token(ACCOUNTS, "tlsrouted-minter")),
            ("ca.crt", 0o644, lab.ca_file.read_text()), ("namespace", 0o644, ACCOUNTS)):
        (secrets / name).touch(mode=mode)
        (secrets / name).write_text(content)
        if owner is not None:
            os.chown(secrets / name, owner, owner)
    secrets.chmod(0o755)
    return secrets


class Container:
    """tlsrouted in a container as a Pod of the `restricted` standard has it: no capabilities, no new
    privileges, the default seccomp profile, nothing to write to but one folder in memory."""

    def __init__(self, podman: Podman, image: Image, lab: Lab, folder: Path, namespace: str,
                 listen: int | None = None, user: str | None = None, options: tuple = (),
                 writable: bool = True):
        """LISTEN is the exporter's port; USER as podman's --user takes it, by default the image's;
        more OPTIONS for podman run; without WRITABLE there is nothing to write to."""
        self.podman, self.image, self.lab, self.folder = podman, image, lab, folder
        self.name = f"tlsrouted-{next(_numbers)}"
        self.user = int(user.partition(":")[0]) if user else None
        self.options = [*(["--user", user] if user else []), *options]
        if writable:
            self.options += ["--tmpfs", f"{SOCKET_FOLDER}:rw,size=1m"]
        folder.chmod(0o755)
        self.config = folder / "tlsrouted.yaml"
        self.config.write_text(
            f"namespaces: [{namespace}]\n"
            + (f"metrics:\n  listen: 127.0.0.1:{listen}\n" if listen else ""))

    def command(self) -> list[str]:
        # By a name, so that it is looked up.
        port = self.lab.server.rpartition(":")[2]
        secrets = pod_secrets(self.lab, self.folder, self.user)
        return [
            "run", "--name", self.name, "--network", "host", "--read-only",
            "--read-only-tmpfs=false", "--cap-drop", "all", "--security-opt", "no-new-privileges",
            *LIMITS,
            "--env", "KUBERNETES_SERVICE_HOST=localhost",
            "--env", f"KUBERNETES_SERVICE_PORT={port}",
            "--volume", f"{secrets}:{SECRETS}:ro",
            "--volume", f"{self.config}:/etc/tlsrouted/tlsrouted.yaml:ro",
            *self.options, self.image.name]

    def start(self) -> "Container":
        first, *rest = self.command()
        self.podman.must(first, "--detach", *rest)
        return self

    def run(self) -> subprocess.CompletedProcess:
        """Where it is expected to end by itself."""
        return self.podman.run(*self.command())

    def stop(self) -> int:
        """Returns its exit status."""
        self.podman.must("stop", "--time", "10", self.name)
        return int(self.podman.must("inspect", "--format", "{{.State.ExitCode}}", self.name))

    def ctl(self, *arguments: str) -> subprocess.CompletedProcess:
        """As a probe runs it: by name."""
        return self.podman.run("exec", self.name, "tlsroutectl", *arguments)

    def wait_until_healthy(self) -> "Container":
        eventually(lambda: self.ctl("health", "--ready").returncode, 0, "tlsrouted is ready")
        return self

    def levels(self) -> list[str]:
        """The supervisor's, then the workers'."""
        status = json.loads(self.ctl("status", "-o", "json").stdout)
        return [each["sandbox"] for each in (status, *status["workers"])]

    def pids(self) -> list[int]:
        first = int(self.podman.must("inspect", "--format", "{{.State.Pid}}", self.name))
        return [first, *children(first)]

    def lines(self) -> list[dict[str, str]]:
        done = self.podman.run("logs", self.name)
        return [PARSERS["logfmt"](line) for line in (done.stdout + done.stderr).splitlines()]

    def problems(self) -> list[dict[str, str]]:
        return [line for line in self.lines() if is_problem(line)]


@contextlib.contextmanager
def contained(podman: Podman, image: Image, lab: Lab, namespace: str, **options):
    """A container that has not been started; removed at the end, and its log printed."""
    with short_folder() as folder:
        made = Container(podman, image, lab, folder, namespace, **options)
        try:
            yield made
        finally:
            done = podman.run("logs", made.name)
            print(f"log of {made.name}:\n{done.stdout}{done.stderr}")
            podman.run("rm", "--force", "--time", "0", made.name)
