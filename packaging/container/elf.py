# SPDX-License-Identifier: Apache-2.0
"""What programs and libraries say that they need to be loaded: their interpreter and NEEDED, and all
that these need in turn."""

import re
import subprocess
from pathlib import Path


def _dynamic(file: Path) -> str:
    return subprocess.run(["readelf", "--wide", "--program-headers", "--dynamic", file], check=True,
                          capture_output=True, text=True).stdout


def needed(file: Path) -> tuple[list[str], str | None]:
    """The names of the libraries that it needs, and the path of its interpreter, if it has one."""
    text = _dynamic(file)
    interpreter = re.search(r"Requesting program interpreter: ([^\]]+)\]", text)
    return (re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", text),
            interpreter and interpreter.group(1))


def library_folders(root: Path, triplet: str) -> list[str]:
    """Where the dynamic loader looks in a Debian root."""
    return [folder for folder in (f"usr/lib/{triplet}", "usr/lib") if (root / folder).is_dir()]


def closure(root: Path, triplet: str, programs: list[Path]) -> list[str]:
    """The paths in the root, without the first slash, of all libraries and interpreters that are
    loaded with these programs; ValueError if one is not there."""
    folders = library_folders(root, triplet)
    found: dict[str, str] = {}
    interpreters: set[str] = set()
    waiting = list(programs)
    while waiting:
        names, interpreter = needed(waiting.pop())
        if interpreter:
            interpreters.add(interpreter.lstrip("/"))
        for name in names:
            if name in found:
                continue
            path = next((f"{folder}/{name}" for folder in folders if (root / folder / name).exists()),
                        None)
            if path is None:
                raise ValueError(f"{name} is in none of {', '.join(folders)}")
            found[name] = path
            waiting.append(root / path)
    return sorted({*found.values(), *interpreters})
