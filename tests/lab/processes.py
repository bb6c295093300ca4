# SPDX-License-Identifier: Apache-2.0
"""Programs that may outlive the Python process that started them, told apart by a file each."""

import os
import signal
import subprocess
import time
from pathlib import Path


class Process:
    """One program: its output goes to a log file, its process id to a file. The start time beside
    the id keeps a recycled id from being taken for ours."""

    def __init__(self, name: str, folder: Path):
        self.name = name
        self.log = folder / "logs" / f"{name}.log"
        self._pid_file = folder / "pids" / name

    def start(self, command: list[str], pass_fds: tuple[int, ...] = ()) -> None:
        for folder in (self.log.parent, self._pid_file.parent):
            folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in a terminal is for its user to handle, not for this.
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                     start_new_session=True, cwd=self.log.parent,
                                     pass_fds=pass_fds)
        self._pid_file.write_text(f"{child.pid} {_start_time(child.pid)}\n")
        child.returncode = 0  # reaped by running(), in whichever process that is called

    def running(self) -> bool:
        return self.pid() is not None

    def stop(self, patience: float) -> None:
        """SIGTERM, and SIGKILL for what still runs after that many seconds."""
        for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10)):
            pid = self.pid()
            if pid is None:
                break
            os.kill(pid, number)
            deadline = time.monotonic() + seconds
            while self.running() and time.monotonic() < deadline:
                time.sleep(0.02)
        if self.running():
            raise RuntimeError(f"{self.name} survives SIGKILL")
        self._pid_file.unlink(missing_ok=True)

    def last_lines(self, count: int = 15) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-count:])

    def pid(self) -> int | None:
        """None if it does not run."""
        try:
            pid, started = self._pid_file.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        try:
            os.waitpid(int(pid), os.WNOHANG)
        except ChildProcessError:
            pass  # not our child: its parent, or init, reaps it
        return int(pid) if _start_time(int(pid)) == started else None


def _start_time(pid: int) -> str | None:
    """In clock ticks since boot; None for a process that has ended, reaped or not."""
    try:
        # The name in parentheses may hold spaces and parentheses itself.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]
