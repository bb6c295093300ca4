# SPDX-License-Identifier: Apache-2.0
"""What ./dev does quietly says why it fails, however it fails."""

import subprocess
from pathlib import Path

import pytest

from daemon import TOP


def run(folder: Path, command: str) -> subprocess.CompletedProcess:
    sources = "; ".join(f"source {TOP / 'tools' / name}.sh" for name in ("output", "build"))
    return subprocess.run(["bash", "-euo", "pipefail", "-c", f"top={folder}; {sources}; {command}"],
                          cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("ending", ["die that is all", "return 3", "exit 3", "false"])
def test_a_failure_shows_its_output(tmp_path, ending):
    done = run(tmp_path, f"task() {{ echo the reason; {ending}; }}; quietly part/task task || "
               "echo it goes on")
    assert done.stdout == "it goes on\n" and done.returncode == 0
    assert "the reason\n" in done.stderr
    assert ("dev: that is all\n" in done.stderr) == ending.startswith("die")
    assert (tmp_path / "build" / "part" / "task.log").read_text().startswith("the reason\n")


def test_a_success_shows_nothing(tmp_path):
    done = run(tmp_path, "task() { echo \"$1\"; }; quietly task task detail")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "build" / "task.log").read_text() == "detail\n"
