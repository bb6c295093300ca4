# SPDX-License-Identifier: Apache-2.0
"""Figures as a table and as JSON, with the machine and the programs that they belong to."""

import json
import os
import platform
import subprocess
import time
from pathlib import Path


def machine() -> dict:
    cpu = next((line.partition(":")[2].strip()
                for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    memory = next(int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines()
                  if line.startswith("MemTotal:"))
    release = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    return {"cpu": cpu, "cores": len(os.sched_getaffinity(0)), "memory_mb": memory // 1024,
            "kernel": platform.release(), "system": release}


def commit() -> str:
    """Of this tree; with a plus if something in it differs from that."""
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=False,
                              timeout=30, cwd=Path(__file__).parent).stdout.strip()
    changed = git("status", "--porcelain", "--untracked-files=no")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + ("+" if changed else "")


def first_line(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True,
                          timeout=30).stdout.splitlines()[0]


def percentiles(values: list[float]) -> dict[str, float]:
    """In milliseconds, of values in seconds."""
    ordered = sorted(values)
    return {f"p{share}": round(1000 * ordered[min(len(ordered) - 1, len(ordered) * share // 100)],
                               2) for share in (50, 90, 99)}


def print_table(rows: list[tuple[str, str]]) -> None:
    """A row without a value is a heading."""
    width = max(len(label) for label, value in rows if value)
    for label, value in rows:
        print(f"  {label:{width}}  {value}" if value else f"\n{label}")


def write_json(path: Path, figures: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                                **figures}, indent=2) + "\n")


def progress(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)
