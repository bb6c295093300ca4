# SPDX-License-Identifier: Apache-2.0
"""How the programs of the lab are built: in one go, with a kubectl of the machine where it fits, and with
something to read meanwhile. `go` is a script here that only pretends to."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

LAB = Path(__file__).resolve().parents[1] / "lab"
sys.path.insert(0, str(LAB))

from gobuild import Progress, duration  # noqa: E402

GO = r"""#!/bin/bash
printf '%s\n' "$*" >>"$FAKE/calls"
case $* in
    'env GOVERSION') echo go1.26.8 ;;
    *'{{.Dir}}'*) echo "$FAKE/gateway-api" ;;
    'list -deps'*)
        for name in a b main; do
            printf '{"ImportPath": "x/%s", "Dir": "%s", "Stale": true, "GoFiles": ["go"]}\n' \
                "$name" "$FAKE/bin"
        done
        printf '{"ImportPath": "x/cached", "Dir": "%s", "GoFiles": ["go"]}\n' "$FAKE/bin"
        ;;
    build*)
        printf 'x/a\nx/b\n' >&2
        [[ ! -e $FAKE/broken ]] || { echo 'x/b/b.go:7: undefined: c' >&2; exit 1; }
        echo x/main >&2
        while [[ $1 != -o ]]; do shift; done
        folder=$2; shift 2
        for package in "$@"; do
            package=${package%/v3}
            printf '#!/bin/sh\necho built\n' >"$folder/${package##*/}"
            chmod +x "$folder/${package##*/}"
        done
        ;;
esac
"""


class Machine:
    """One with a pretended Go and no cache."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "gateway-api" / "config" / "crd" / "standard").mkdir(parents=True)
        (folder / "gateway-api" / "config" / "crd" / "standard" / "tlsroutes.yaml").write_text("x\n")
        self.program("go", GO)

    def program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def kubectl(self, version: str) -> None:
        self.program("kubectl", f"""#!/bin/sh\necho '{{"clientVersion": {{"gitVersion": "{version}"}}}}'\n""")

    def build(self, stderr=subprocess.PIPE) -> subprocess.CompletedProcess:
        environment = {"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "FAKE": str(self.folder),
                       "HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache")}
        if not (self.folder / "bin" / "kubectl").exists():
            self.program("kubectl", "#!/bin/sh\nexit 1\n")  # whatever the real machine has
        return subprocess.run([LAB / "build", "lab"], env=environment, stdout=subprocess.PIPE,
                              stderr=stderr, text=True)

    def builds(self) -> list[list[str]]:
        """The packages of each `go build`."""
        calls = (self.folder / "calls").read_text().splitlines()
        return [re.findall(r"(?:cmd|etcd)/(\S+)", call) for call in calls
                if call.startswith("build ")]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_all_programs_are_built_in_one_go(machine):
    done = machine.build()
    assert done.returncode == 0, done.stderr
    assert machine.builds() == [["server/v3", "kube-apiserver", "kube-controller-manager", "kubectl"]]
    built = Path(done.stdout.strip())
    assert {path.name for path in (built / "bin").iterdir()} == {
        "etcd", "kube-apiserver", "kube-controller-manager", "kubectl"}
    assert (built / "gateway-api" / "tlsroutes.yaml").exists()
    assert "lab: 4 programs built in" in done.stderr
    # A second time there is nothing to do.
    assert (machine.build().stdout, machine.builds()[1:]) == (done.stdout, [])


def kubernetes_minor() -> int:
    return int(re.search(r"^\tk8s.io/kubernetes v1\.(\d+)", (LAB / "go.mod").read_text(),
                         re.MULTILINE)[1])


@pytest.mark.parametrize("distance, taken", [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_kubectl_that_fits_is_taken(machine, distance, taken):
    machine.kubectl(f"v1.{kubernetes_minor() + distance}.4-gke.1")
    done = machine.build()
    copied = Path(done.stdout.strip()) / "bin" / "kubectl"
    assert ("kubectl" not in machine.builds()[0], "built" not in copied.read_text()) == (taken, taken)
    assert (f"taking {machine.folder}/bin/kubectl" in done.stderr) == taken


def test_a_kubectl_that_works_only_in_its_place_is_not_taken(machine):
    machine.program("kubectl", '#!/bin/sh\nexec "${0%/*}/real-kubectl" "$@"\n')
    machine.build()
    assert "kubectl" in machine.builds()[0]


def test_what_the_compiler_says_is_shown(machine):
    (machine.folder / "broken").touch()
    done = machine.build()
    assert done.returncode != 0 and "x/b/b.go:7: undefined: c" in done.stderr
    assert "x/a" not in done.stderr
    assert list((machine.folder / "cache" / "tlsrouted" / "lab").glob("*/")) == []


def test_one_line_on_a_terminal(machine):
    """The line is replaced each time, and gone at the end."""
    ours, theirs = pty.openpty()
    machine.program("go", GO.replace("echo x/main >&2", "sleep 1; echo x/main >&2"))
    assert machine.build(stderr=theirs).returncode == 0
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert re.search(r"\r\x1b\[Klab: \[[#.]+\] 2 of 3 packages", shown)
    lines = re.sub(r"[^\n]*\r\x1b\[K", "", shown.replace("\r\n", "\n"))
    assert lines.count("\n") == len(lines.split("\n")) - 1 and "packages" not in lines


def test_progress():
    progress = Progress({"small": 1_000_000, "large": 9_000_000}, programs=2)
    assert "left" not in progress.text(5) and "0 of 2 packages" in progress.text(5)
    assert not progress.began("go: downloading x v1.2.3")
    progress.began("small")
    assert progress.text(30).endswith("1 of 2 packages, about 6 min left")
    progress.began("large")
    assert progress.text(300).endswith("0 of 2 programs linked, about 1 min 30 s left")
    progress.linked = 2
    assert progress.part() == 1


@pytest.mark.parametrize("seconds, text", [(0, "5 s"), (13, "15 s"), (54, "55 s"), (58, "1 min"),
                                           (64, "1 min"), (101, "1 min 40 s"), (3600, "60 min")])
def test_durations(seconds, text):
    assert duration(seconds) == text
