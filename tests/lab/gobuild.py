#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds Go programs in one `go build`, and shows how far it is and how long it still takes.

gobuild.py NAME GO FOLDER PACKAGE... -- FLAG... : the programs of these packages go to FOLDER, as new
files; NAME is what the messages begin with. One `go build` for all of them compiles what they share
once, and links one while it still compiles for another."""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

# How long a package takes follows its source's size well enough. To link a program takes about as long
# as to compile this much.
LINK_BYTES = 1_500_000
# Before this part is done, what is left could only be guessed.
ENOUGH = 0.03
TERMINAL_SECONDS = 0.5  # between two updates of the line on a terminal
LOG_SECONDS = 30  # between two lines elsewhere
BAR = 24

# The compiler collects its garbage only when its memory gets scarce: a fifth of its time. Fewer bytes for
# each process, and the collector would be busy all the time with what cannot be freed.
ENOUGH_MEMORY = 1_000_000_000

SOURCES = ("GoFiles", "CgoFiles", "SFiles")


@dataclass
class Progress:
    """Work is counted in bytes of source."""

    packages: dict[str, int]  # still to be compiled: by import path
    programs: int
    compiled: int = 0
    compiled_bytes: int = 0
    linked: int = 0

    def __post_init__(self):
        self.total = len(self.packages)
        self.total_bytes = sum(self.packages.values())

    def began(self, package: str) -> bool:
        """False if that is not one of the packages. One that has begun counts as done: those that are
        under way at a time are few."""
        size = self.packages.pop(package, None)
        if size is None:
            return False
        self.compiled += 1
        self.compiled_bytes += size
        return True

    def part(self) -> float:
        """Of the work, from 0 to 1."""
        links = self.programs * LINK_BYTES
        return (self.compiled_bytes + self.linked * LINK_BYTES) / (self.total_bytes + links)

    def text(self, seconds: float) -> str:
        """After so many seconds."""
        part = self.part()
        bar = "#" * int(part * BAR)
        done = f"{self.compiled} of {self.total} packages"
        if self.compiled == self.total:
            done = f"{self.linked} of {self.programs} programs linked"
        return f"[{bar:.<{BAR}}] {done}{left(part, seconds)}"


def left(part: float, seconds: float) -> str:
    if part < ENOUGH:
        return ""
    return f", about {duration(seconds * (1 - part) / part)} left"


def duration(seconds: float) -> str:
    """As a person would say it: to 5 seconds, or to 10 if it is minutes."""
    if seconds < 55:
        return f"{max(round(seconds / 5) * 5, 5)} s"
    minutes, rest = divmod(round(seconds / 10) * 10, 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


class Screen:
    """One line that is updated on a terminal; elsewhere a line now and then."""

    def __init__(self, name: str):
        self._name = name
        self._lock = threading.Lock()
        self._terminal = sys.stderr.isatty()
        self.seconds = TERMINAL_SECONDS if self._terminal else LOG_SECONDS

    def say(self, text: str) -> None:
        """A line that stays."""
        self._write(f"{self._clear()}{text}\n")

    def show(self, text: str) -> None:
        """A line that the next one replaces, if there is a terminal."""
        text = f"{self._name}: {text}"
        if self._terminal:
            # Cut off: a line that wraps could not be replaced.
            columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80
            self._write(f"{self._clear()}{text[:columns - 1]}")
        else:
            self._write(f"{text}\n")

    def end(self) -> None:
        self._write(self._clear())

    def _clear(self) -> str:
        return "\r\033[K" if self._terminal else ""

    def _write(self, text: str) -> None:
        with self._lock:
            sys.stderr.write(text)
            sys.stderr.flush()


def stale_packages(go: str, flags: list[str], packages: list[str]) -> dict[str, int]:
    """What is not in the build cache, with the size of its source. Fetches what is not here yet."""
    fields = "ImportPath,Dir,Stale," + ",".join(SOURCES)
    done = subprocess.run([go, "list", "-deps", f"-json={fields}", *flags, *packages],
                          stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(done.returncode)
    return {package["ImportPath"]: source_bytes(package)
            for package in documents(done.stdout) if package.get("Stale")}


def documents(text: str):
    """The JSON documents, one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        yield document
        while at < len(text) and text[at].isspace():
            at += 1


def source_bytes(package: dict) -> int:
    folder = Path(package["Dir"]) if "Dir" in package else None
    names = [name for kind in SOURCES for name in package.get(kind, [])]
    return sum((folder / name).stat().st_size for name in names) if folder else 0


def lazy_collector() -> dict[str, str]:
    """The environment in which Go's own programs use the memory that is there; empty where it is little."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    [kilobytes] = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    # One process for each processor, and `go build` itself; and half of all is for others.
    share = kilobytes * 1024 // (2 * (len(os.sched_getaffinity(0)) + 1))
    return {"GOGC": "off", "GOMEMLIMIT": str(share)} if share >= ENOUGH_MEMORY else {}


class Build:
    """The `go build` that runs, with what it has done so far."""

    def __init__(self, progress: Progress, screen: Screen, folder: Path):
        self._progress = progress
        self._screen = screen
        self._folder = folder
        self._files_before = len(list(folder.iterdir()))
        self._started = time.monotonic()
        self._ended = threading.Event()

    def run(self, command: list[str]) -> int:
        """Its exit status. What it says but for the names of packages is passed on."""
        child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace",
                                 env={**os.environ, **lazy_collector()})
        ticker = threading.Thread(target=self._tick)
        ticker.start()
        try:
            for line in child.stderr:
                if not self._progress.began(line.strip()):
                    self._screen.say(line.rstrip())
            return child.wait()
        finally:
            self._ended.set()
            ticker.join()
            self._screen.end()

    def _tick(self) -> None:
        while not self._ended.wait(self._screen.seconds):
            self._progress.linked = len(list(self._folder.iterdir())) - self._files_before
            self._screen.show(self._progress.text(time.monotonic() - self._started))


def main() -> int:
    name, go, folder, *rest = sys.argv[1:]
    packages, flags = rest[:rest.index("--")], rest[rest.index("--") + 1:]
    screen = Screen(name)
    started = time.monotonic()
    screen.show("looking for what has to be compiled; fetching Go modules that are missing ...")
    progress = Progress(stale_packages(go, flags, packages), len(packages))
    status = Build(progress, screen, Path(folder)).run(
        [go, "build", "-v", *flags, "-o", f"{folder}/", *packages])
    if status == 0:
        screen.say(f"{name}: {len(packages)} programs built in "
                   f"{duration(time.monotonic() - started)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
