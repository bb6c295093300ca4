# SPDX-License-Identifier: Apache-2.0
"""The units of systemd, as far as they can be judged without booting a machine."""

import re
import shutil
import subprocess

import pytest

from daemon import PREFIX

UNITS = PREFIX / "lib" / "systemd" / "system"
EXPOSURE_MAX = 15  # tenths
NAMES = ("tlsrouted.service", "tlsrouted@.service")

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None,
                                reason="Debian's package systemd is not installed")


def analyze(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments], text=True,
                          capture_output=True, timeout=60)


@pytest.mark.parametrize("name", NAMES)
def test_systemd_understands_it(name):
    done = analyze("verify", "--man=no", UNITS / name)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_exposure(name):
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX}", UNITS / name)
    assert done.returncode == 0, done.stdout


def test_instances_share_nothing():
    """But for the programs, the group, and how they are confined."""
    several = (UNITS / "tlsrouted@.service").read_text()
    own = [line for line in several.splitlines() if not line.startswith("#") and "tlsrouted" in line]
    for line in own:
        assert "%i" in line or line in ("Documentation=man:tlsrouted(8) man:tlsrouted.yaml(5)",
                                        "Group=tlsrouted"), line


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_filled_in(name):
    assert re.findall(r"@\w+@", (UNITS / name).read_text()) == []
