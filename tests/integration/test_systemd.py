# SPDX-License-Identifier: Apache-2.0
"""tlsrouted as a package on a host: machines of Debian 12 and 13 are booted with systemd, a container
each that shares this machine's network. There newcomer_on_host.py follows docs/install-host.md; then the
core of this suite runs, with each daemon as a unit of systemd, and machine.py."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tlsrouted"
RELEASES = ("12", "13")
CORE = ("test_routes.py", "test_injection.py", "test_heartbeat.py")
LANDLOCK = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"
ARCHITECTURE = subprocess.run(["dpkg", "--print-architecture"], text=True,
                              stdout=subprocess.PIPE).stdout.strip()
BOOT_SECONDS = 3600  # a limit for a busy machine

pytestmark = [
    pytest.mark.all,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can boot a container"),
]

SERVICE = """\
[Unit]
After=network.target dbus.service
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
Environment=TMPDIR=/var/lib/tests TLSROUTED_PREFIX=/usr TLSROUTED_TEST_ALL=1 HOME=/root
WorkingDirectory={top}/tests/integration
StandardOutput=file:/results/output
StandardError=inherit
ExecStart=/bin/bash /results/tests
"""
SCRIPT = """\
mkdir -p "$TMPDIR"
suite() {{
    python3 -B -m pytest -p no:cacheprovider -v --tb=short --junitxml="/results/$1.xml" "${{@:2}}"
    echo $? >"/results/$1.status"
}}
suite guide newcomer_on_host.py
dpkg --install /packages/tlsrouted_*.deb /packages/tlsroutectl_*.deb || exit 1
TLSROUTED_RUN_UNDER=unit suite core {core}
suite unit machine.py
journalctl --output=short-precise >/results/journal
"""


@dataclass(frozen=True)
class Machine:
    """One that has run its tests and has been switched off."""

    results: Path

    def assert_passed(self, suite: str) -> None:
        status = self.results / f"{suite}.status"
        output = self.results / "output"
        assert status.exists() and status.read_text() == "0\n", \
            output.read_text() if output.exists() else "the machine has not booted"


def make(release: str) -> None:
    """Its packages and its root folder, both as `./dev packages` leaves them."""
    done = subprocess.run([TOP / "dev", "packages", release], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


def boot(release: str, results: Path) -> subprocess.CompletedProcess:
    (results / "tests.service").write_text(SERVICE.format(top=TOP))
    (results / "tests").write_text(SCRIPT.format(core=" ".join(CORE)))
    root = subprocess.run([TOP / "dev", "root", release], text=True, check=True,
                          stdout=subprocess.PIPE).stdout.strip()
    return subprocess.run(
        ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--volatile=overlay",
         f"--directory={root}", f"--machine=tlsrouted-{release}", "--resolv-conf=off",
         "--link-journal=no", f"--system-call-filter={LANDLOCK}", f"--bind-ro={TOP}", f"--bind={results}:/results",
         f"--bind-ro={TOP}/build/packages/debian-{release}-{ARCHITECTURE}:/packages",
         f"--bind={CACHE}/lab:/root/.cache/tlsrouted/lab",
         f"--bind-ro={results}/tests.service:/etc/systemd/system/tests.service",
         "systemd.wants=tests.service"],
        env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=BOOT_SECONDS)


def can_mount() -> bool:
    return subprocess.run(["unshare", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "none",
                           "/mnt"], stderr=subprocess.DEVNULL).returncode == 0


@pytest.fixture(scope="module", params=RELEASES)
def machine(request) -> Machine:
    if not can_mount():
        pytest.skip("this machine may not mount anything, so it cannot boot containers")
    make(request.param)
    results = TOP / "build" / "machines" / f"debian-{request.param}"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    booted = boot(request.param, results)
    (results / "console").write_text(booted.stdout)
    if not (results / "output").exists():
        pytest.skip(f"this machine cannot boot containers: {booted.stdout[-300:]}")
    return Machine(results)


def test_guide(machine):
    machine.assert_passed("guide")


def test_unit(machine):
    machine.assert_passed("unit")


def test_core_of_the_suite(machine):
    machine.assert_passed("core")
