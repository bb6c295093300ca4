# SPDX-License-Identifier: Apache-2.0
"""Whether the machine is ours: what others than this process and all that it has started use of the
processors."""

import ctypes
import os
import time
from pathlib import Path

from usage import TICK, descendants, fields_of

IDLE_SHARE = 0.02  # of all processors: less than that is idle
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """What our children leave behind when they are killed stays ours, and is counted as ours."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Others:
    """Since it was made, or since the last share()."""

    def __init__(self) -> None:
        self.share()

    def share(self) -> dict[str, float]:
        """Of all processors: what other processes used, and what the hypervisor gave to others."""
        before = getattr(self, "_last", None)
        self._last = (time.monotonic(), _used(), own_seconds(), _stolen())
        if before is None:
            return {"others": 0.0, "stolen": 0.0}
        elapsed, used, own, stolen = (now - then for now, then in zip(self._last, before))
        whole = max(elapsed, 1e-3) * os.cpu_count()
        return {"others": round(max(0.0, used - own) / whole, 4),
                "stolen": round(stolen / whole, 4)}


def _fields() -> list[float]:
    first = Path("/proc/stat").read_text().splitlines()[0]
    return [int(field) / TICK for field in first.split()[1:]]


def _used() -> float:
    """User, nice and system: interrupts belong to nobody. (proc(5))"""
    return sum(_fields()[:3])


def _stolen() -> float:
    return _fields()[7]


def own_seconds() -> float:
    """With the children that have ended and been waited for; those that have not stand in /proc."""
    total = 0.0
    for pid in descendants(os.getpid()):
        try:
            total += sum(map(int, fields_of(pid)[11:15])) / TICK
        except OSError:
            pass  # ended meanwhile, and waited for: its parent has its times
    return total


def load() -> dict:
    """What the kernel says of all of us: the load, and how long somebody waited for a processor."""
    pressure = Path("/proc/pressure/cpu")
    return {"load": os.getloadavg()[0],
            "waiting": pressure.read_text().splitlines()[0] if pressure.exists() else ""}


def verdict(shares: list[dict[str, float]]) -> dict:
    """Of several times: the largest of each, and whether that is idle."""
    largest = {key: max((share[key] for share in shares), default=0.0)
               for key in ("others", "stolen")}
    return {**largest, "idle": max(largest.values()) <= IDLE_SHARE}


def sentence(found: dict) -> str:
    text = (f"others used up to {100 * found['others']:.1f} % of the processors, and the hypervisor "
            f"took {100 * found['stolen']:.1f} %")
    return f"idle: {text}" if found["idle"] else f"NOT IDLE, so the figures are worth little: {text}"
