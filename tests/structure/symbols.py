# SPDX-License-Identifier: Apache-2.0
"""The symbols that the compiled files export and need, by nm."""

import re
import subprocess
from pathlib import Path

from sources import Sources, program_of

# Code, read-only data, data, zeroed data, common.
DEFINED = set("TRDBCGS")
PROGRAMS = re.compile(r"^\w*_PROGRAMS \+?= *(.*)$", re.MULTILINE)


class Symbols:
    """What each node exports and what it needs of others, for the .c files that were compiled."""

    def __init__(self, sources: Sources, *builds: Path) -> None:
        self.exports: dict[str, set[str]] = {}
        self.needs: dict[str, set[str]] = {}
        objects = {}
        for build in builds:
            for path in sorted(build.rglob("*.o")):
                node = node_of(sources, path.relative_to(build).as_posix())
                if node is not None:
                    objects[path.as_posix()] = node
        for name, symbol, kind in nm(list(objects)):
            node = objects[name]
            self.exports.setdefault(node, set())
            self.needs.setdefault(node, set())
            if kind in DEFINED:
                self.exports[node].add(symbol)
            elif kind in "Uu":
                self.needs[node].add(symbol)

    def definers(self) -> dict[str, list[str]]:
        """The nodes that export each symbol."""
        found: dict[str, list[str]] = {}
        for node in sorted(self.exports):
            for symbol in self.exports[node]:
                found.setdefault(symbol, []).append(node)
        return found

    def uses(self) -> dict[tuple[str, str], set[str]]:
        """For each pair of nodes the symbols that the first uses of the second. Where several export
        one, the one of the same program counts."""
        definers, found = self.definers(), {}
        for node, needed in self.needs.items():
            for symbol in needed:
                candidates = definers.get(symbol, [])
                near = [other for other in candidates if program_of(other) == program_of(node)]
                for other in (near or candidates)[:1]:
                    if other != node:
                        found.setdefault((node, other), set()).add(symbol)
        return found


def node_of(sources: Sources, path: str) -> str | None:
    """The node that an object file was compiled from. Automake puts the name of the target before
    that of the file where the target has flags of its own."""
    folder, _, name = path.removesuffix(".o").rpartition("/")
    for stem in (name, name.split("-", 1)[-1]):
        if f"{folder}/{stem}.c" in sources.files:
            return f"{folder}/{stem}"
    return None


def nm(objects: list[str]) -> list[tuple[str, str, str]]:
    """File, symbol and type of each external symbol."""
    found, name = [], objects[0] if objects else ""
    if not objects:
        return found
    done = subprocess.run(["nm", "--extern-only", "--format=posix", *objects], capture_output=True,
                          text=True, check=True)
    for line in done.stdout.splitlines():
        if line.endswith(".o:"):
            name = line[:-1]
        elif line.strip():
            symbol, kind = line.split()[:2]
            found.append((name, symbol, kind))
    return found


def linked(sources: Sources, uses: dict[tuple[str, str], set[str]]) -> set[str]:
    """The nodes that end up in a program: those that its Makefile fragment lists, and what these
    need, as the linker takes it from the libraries."""
    return needed_by({node for node in sources.nodes if node.endswith("/main")} | listed(sources), uses)


def needed_by(nodes: set[str], uses: dict[tuple[str, str], set[str]]) -> set[str]:
    """The nodes, and all that these need by their symbols."""
    reached = set(nodes)
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        for user, used in uses:
            if user == node and used not in reached:
                reached.add(used)
                waiting.append(used)
    return reached


def listed(sources: Sources) -> set[str]:
    """The nodes of the *_SOURCES of all programs; those of libraries are linked where needed."""
    found = set()
    for path in sorted(sources.top.glob("*/local.mk")):
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for names in PROGRAMS.findall(text):
            for program in names.split():
                variable = re.sub(r"\W", "_", program)
                match = re.search(rf"^{variable}_SOURCES = (.*)$", text, re.MULTILINE)
                if match is not None:
                    found |= {name[:-2] for name in match.group(1).split()
                              if name.endswith(".c") and name in sources.files}
    return found
