# SPDX-License-Identifier: Apache-2.0
"""What processes use: processors, context switches, memory, bytes on the wire; from /proc and ss."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
_SOCKET_OWNER = re.compile(r'\("[^"]*",pid=(\d+),')
_SOCKET_BYTES = re.compile(r"\b(bytes_sent|bytes_received):(\d+)")


class UsageError(RuntimeError):
    """What is used cannot be found out; the text says why."""


@dataclass(frozen=True)
class Usage:
    """By process, since each was started."""

    cpu_seconds: dict[str, float]
    wakeups: dict[str, int]  # times that a thread stopped waiting
    switches: dict[str, int]  # times that a thread got a processor, for whatever reason
    faults: dict[str, int]  # pages of memory that were touched for the first time
    pss_kb: dict[str, int]  # proportional set size

    def since(self, before: "Usage | None" = None) -> dict:
        """What was used since then, or since the start, for a result."""
        result = {}
        for field, digits in (("cpu_seconds", 4), ("wakeups", 0), ("switches", 0), ("faults", 0)):
            now, then = getattr(self, field), getattr(before, field) if before else {}
            parts = {process: round(value - then.get(process, 0), digits) if digits
                     else value - then.get(process, 0) for process, value in now.items()}
            result[field] = round(sum(parts.values()), 4)
            result[f"{field}_by_process"] = parts
        return result

    @property
    def pss_sum_kb(self) -> int:
        return sum(self.pss_kb.values())


def usage_of(pids: dict[str, int]) -> Usage:
    statuses = {name: _status(pid) for name, pid in pids.items()}
    return Usage({name: precise_cpu_seconds(pid) for name, pid in pids.items()},
                 {name: status["voluntary_ctxt_switches"] for name, status in statuses.items()},
                 {name: sum(status.values()) for name, status in statuses.items()},
                 {name: int(fields_of(pid)[7]) for name, pid in pids.items()},
                 {name: pss_kb(pid) for name, pid in pids.items()})


def descendants(root: int) -> list[int]:
    """Of a process, with itself."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            children.setdefault(int(fields_of(int(folder.name))[1]), []).append(int(folder.name))
        except OSError:
            pass  # ended meanwhile
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def fields_of(pid: int) -> list[str]:
    """The fields of proc(5) from the third on: the second may hold spaces and parentheses."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_seconds(pid: int) -> float:
    fields = fields_of(pid)
    return (int(fields[11]) + int(fields[12])) / TICK


def precise_cpu_seconds(pid: int) -> float:
    """Of the threads that live, where the kernel counts nanoseconds."""
    try:
        return sum(int(path.read_text().split()[0])
                   for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9
    except FileNotFoundError:
        return cpu_seconds(pid)


def name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _status(pid: int) -> dict[str, int]:
    """The two kinds of context switches, of all threads."""
    total = {"voluntary_ctxt_switches": 0, "nonvoluntary_ctxt_switches": 0}
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            key, _, value = line.partition(":")
            if key in total:
                total[key] += int(value)
    return total


def pss_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except PermissionError:
        # The workers are not dumpable, so only root may look.
        raise UsageError("run the bench as root: nobody else may see how much memory the workers "
                         "use") from None
    raise UsageError(f"the kernel tells no Pss of process {pid}")


def wire_bytes(port: int, pids: dict[str, int]) -> dict[str, dict[str, int]]:
    """Sent, received and connections, by process, of the connections to that port that are open."""
    done = subprocess.run(["ss", "--no-header", "--tcp", "--info", "--processes", "--numeric",
                           "--oneline", "dst", f"127.0.0.1:{port}"],
                          capture_output=True, text=True, check=True)
    names = {pid: name for name, pid in pids.items()}
    result = {name: {"sent": 0, "received": 0, "connections": 0} for name in pids}
    for line in done.stdout.splitlines():
        owners = {names[int(pid)] for pid in _SOCKET_OWNER.findall(line) if int(pid) in names}
        counted = dict(_SOCKET_BYTES.findall(line))
        for owner in owners:
            result[owner]["connections"] += 1
            result[owner]["sent"] += int(counted.get("bytes_sent", 0))
            result[owner]["received"] += int(counted.get("bytes_received", 0))
    return result


def wire_since(before: dict[str, dict[str, int]], now: dict[str, dict[str, int]]) -> dict:
    """What the connections of processes have carried since then, if they have stayed open; both of
    wire_bytes(). Before: without those that did not run."""
    return {process: {**counts, **{key: counts[key] - before.get(process, {}).get(key, 0)
                                   for key in ("sent", "received")}}
            for process, counts in now.items()}
