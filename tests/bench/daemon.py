# SPDX-License-Identifier: Apache-2.0
"""tlsrouted under measurement."""

import os
import shutil
import signal
import subprocess
import time
import urllib.parse
from pathlib import Path

from cluster import BenchError, Cluster, NAMESPACE, WORKERS, account, wait_for
from usage import (Usage, descendants, fields_of, name_of, precise_cpu_seconds, usage_of,
                   wire_bytes)

START_SECONDS = 600  # with many objects
STOP_SECONDS = 10
IDLE_SECONDS, LOOK_SECONDS = 2, 0.2
IDLE_SHARE = 0.03  # of a processor
PROCESSES = ("tlsrouted", *WORKERS)


class Daemon:
    """One tlsrouted for some namespaces. As a context manager it ends with its block."""

    def __init__(self, cluster: Cluster, prefix: Path, folder: Path, sockets: Path,
                 namespaces: list[str], services: str, has_lease: bool = False):
        """Folder: for configuration and log. Sockets: one with a short path, for that is limited. Has
        lease: it writes only when it holds tlsrouted's Lease."""
        self._prefix = prefix
        self._folder = folder
        self._log = folder / "tlsrouted.log"
        self._config = folder / "tlsrouted.yaml"
        self._socket = sockets / "control.sock"
        self._port = urllib.parse.urlsplit(cluster.server).port
        self._process: subprocess.Popen | None = None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        lines = [f"namespaces: [{', '.join(namespaces)}]", f"services: {services}",
                 *([f"lease: {{namespace: {NAMESPACE}}}"] if has_lease else []),
                 "control:", f"  socket: {self._socket}", "credentials:"]
        for worker in WORKERS:
            token = cluster.token_of(account(worker))
            file = cluster.kubeconfig(folder / f"{worker}.kubeconfig", token=token)
            lines += [f"  {worker}:", f"    kubeconfig: {file}"]
        self._config.write_text("\n".join(lines) + "\n")

    def __enter__(self) -> "Daemon":
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    @property
    def socket(self) -> Path:
        """That it is controlled by."""
        return self._socket

    @property
    def runs(self) -> bool:
        return self._process is not None

    def start(self) -> float:
        """Returns the time of it."""
        self._socket.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            begin = time.monotonic()
            self._process = subprocess.Popen(
                [str(self._prefix / "sbin" / "tlsrouted"), "--config", str(self._config)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        return begin

    def wait_healthy(self) -> None:
        command = [str(self._prefix / "bin" / "tlsroutectl"), "--socket", str(self._socket),
                   "status"]
        deadline = time.monotonic() + START_SECONDS
        while True:
            done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS)
            if done.returncode == 0:
                return
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise BenchError(f"tlsrouted is not healthy:\n{done.stdout}{done.stderr}"
                                 f"{self.last_lines()}")
            time.sleep(0.05)

    def ctl(self, *arguments: str) -> tuple[float, str]:
        """Runs tlsroutectl; the seconds that it took, and what it printed."""
        command = [str(self._prefix / "bin" / "tlsroutectl"), "--socket", str(self._socket),
                   *arguments]
        begin = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS)
        seconds = time.monotonic() - begin
        if done.returncode not in (0, 1):
            raise BenchError(f"tlsroutectl {' '.join(arguments)}: {done.stderr}")
        return seconds, done.stdout

    def resident_kb(self) -> int:
        """Of the supervisor."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
            raise BenchError(f"tlsrouted did not end on SIGTERM\n{self.last_lines()}") from None

    def last_lines(self, count: int = 10) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return "\n".join(lines[-count:])

    def kill(self) -> None:
        """All processes at once, as a machine that fails does; they are gone when it returns."""
        pids = descendants(self._process.pid)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)
        self._process = None
        wait_for("all processes end", STOP_SECONDS, lambda: not any(map(_runs, pids)))

    def usage(self) -> Usage:
        return usage_of(self.pids())

    def wire(self) -> dict[str, dict[str, int]]:
        """Bytes of the connections to the API server that are open, and how many those are."""
        return wire_bytes(self._port, self.pids())

    def wait_idle(self, seconds: float) -> float:
        """Until it has used next to nothing for a while. Returns when that while began, as
        time.monotonic()."""
        deadline = time.monotonic() + seconds
        since, used = time.monotonic(), self._cpu_seconds()
        while time.monotonic() < since + IDLE_SECONDS:
            time.sleep(LOOK_SECONDS)
            now = self._cpu_seconds()
            if now - used > IDLE_SHARE * LOOK_SECONDS:
                since = time.monotonic()
            used = now
            if time.monotonic() > deadline:
                raise BenchError("tlsrouted does not come to rest")
        return since

    def _cpu_seconds(self) -> float:
        return sum(precise_cpu_seconds(pid) for pid in self.pids().values())

    def pids(self) -> dict[str, int]:
        """By the program's name; helpers end by themselves and do not count."""
        names = {pid: name_of(pid) for pid in descendants(self._process.pid)}
        return {name: pid for pid, name in names.items() if name in PROCESSES}


def _runs(pid: int) -> bool:
    try:
        return fields_of(pid)[0] not in "ZX"
    except OSError:
        return False
