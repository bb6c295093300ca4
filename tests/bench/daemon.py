# SPDX-License-Identifier: Apache-2.0
"""tlsrouted under measurement, and what its processes use."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from cluster import BenchError, Cluster, NAMESPACE, WORKERS, account

TICK = os.sysconf("SC_CLK_TCK")
START_SECONDS = 30
STOP_SECONDS = 10


@dataclass(frozen=True)
class Usage:
    """By process, since each was started."""

    cpu_seconds: dict[str, float]
    wakeups: dict[str, int]  # times that a thread stopped waiting
    pss_kb: dict[str, int]  # proportional set size

    def since(self, before: "Usage | None" = None) -> dict:
        """What was used since then, or since the start, for a result."""
        cpu = {process: round(seconds - (before.cpu_seconds[process] if before else 0), 2)
               for process, seconds in self.cpu_seconds.items()}
        wakeups = {process: count - (before.wakeups[process] if before else 0)
                   for process, count in self.wakeups.items()}
        return {"cpu_seconds": round(sum(cpu.values()), 2), "cpu_seconds_by_process": cpu,
                "wakeups": sum(wakeups.values()), "wakeups_by_process": wakeups}

    @property
    def pss_sum_kb(self) -> int:
        return sum(self.pss_kb.values())


class Daemon:
    """One tlsrouted for some namespaces. As a context manager it ends with its block."""

    def __init__(self, cluster: Cluster, prefix: Path, folder: Path, sockets: Path,
                 namespaces: list[str], services: str):
        """Folder: for configuration and log. Sockets: one with a short path, for that is limited."""
        self._prefix = prefix
        self._folder = folder
        self._log = folder / "tlsrouted.log"
        self._config = folder / "tlsrouted.yaml"
        self._socket = sockets / "control.sock"
        self._process: subprocess.Popen | None = None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        lines = [f"namespaces: [{', '.join(namespaces)}]", f"services: {services}",
                 "control:", f"  socket: {self._socket}", "credentials:"]
        for worker in WORKERS:
            token = cluster.token(NAMESPACE, account(worker), 7200)
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

    def usage(self) -> Usage:
        pids = {_name(pid): pid for pid in self._pids()}
        return Usage({name: cpu_seconds(pid) for name, pid in pids.items()},
                     {name: _wakeups(pid) for name, pid in pids.items()},
                     {name: _pss_kb(pid) for name, pid in pids.items()})

    def _pids(self) -> list[int]:
        own = self._process.pid
        pids = [own]
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if int(_stat(int(folder.name))[1]) == own:
                    pids.append(int(folder.name))
            except OSError:
                pass  # ended meanwhile
        return pids


def cpu_seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICK


def _stat(pid: int) -> list[str]:
    """The fields of proc(5) from the third on: the second may hold spaces and parentheses."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _wakeups(pid: int) -> int:
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                total += int(line.split()[1])
    return total


def _pss_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except PermissionError:
        # The workers are not dumpable, so only root may look.
        raise BenchError("run the bench as root: nobody else may see how much memory the workers "
                         "use") from None
    raise BenchError(f"the kernel tells no Pss of process {pid}")
