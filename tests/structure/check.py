#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the tree against its architecture: no cycles between files, arrows only as the table of
rooms in docs/architecture.md allows, each folder and file with its purpose, no dead code, one word
for one thing. What is linked counts as well as what is included."""

import argparse
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graph import Graph
from rooms import Room, fragments, read_rooms
from sources import SPDX, Sources, program_of, room_of, walk
from symbols import Symbols, linked, listed, needed_by
from words import banned_words, words_of

TOP = Path(__file__).resolve().parents[2]
FUNCTION_LINES_MAX = 60
SHARED = "common"
OPENING_WORDS_MIN = 5
PROTOTYPE = re.compile(r"^(?!typedef|static)[a-z][\w *]*?\b(\w+)\((?!\*)[^;{}]*\);", re.MULTILINE)
PRINTS = "ctl/output"
PRINTERS = {"printf", "fprintf", "vprintf", "vfprintf", "dprintf", "vdprintf", "puts", "fputs", "putchar",
            "putc", "fputc", "fwrite", "perror", "putchar_unlocked", "fputs_unlocked",
            "yaml_emitter_set_output_file", "json_object_to_fd", "psignal",
            "BIO_new_fp", "X509_NAME_print_ex_fp", "ERR_print_errors_fp", "write", "writev"}
WITH_SPDX = (".c", ".h", ".py", ".sh", ".mk", ".am", ".ac", ".md", ".yaml", ".1", ".5", ".8")


@dataclass
class Tree:
    """All that is known of a tree, for the checks to look at."""
    sources: Sources
    symbols: Symbols
    rooms: list[Room]
    uses: dict[tuple[str, str], set[str]] = field(init=False)
    graph: Graph = field(init=False)

    def __post_init__(self) -> None:
        self.uses = self.symbols.uses()
        self.graph = Graph(self.sources, self.uses)

    @property
    def document(self) -> Path:
        return self.sources.top / "docs" / "architecture.md"


def read_tree(top: Path, *builds: Path) -> Tree:
    """The tree at TOP, with what was compiled of it in BUILDS."""
    sources = Sources(top)
    document = top / "docs" / "architecture.md"
    return Tree(sources, Symbols(sources, *builds), read_rooms(document) if document.exists() else [])


# Each check yields what is wrong, one line or more for each thing.


def cycles(tree: Tree) -> Iterator[str]:
    """no cycle between files"""
    for knot in tree.graph.knots():
        way = tree.graph.cycle(knot)
        lines = [f"a cycle, in a knot of {len(knot)} files: {' '.join(knot)}"]
        for node, other in zip(way, way[1:]):
            lines.append(f"    {node} -> {other}: {tree.graph.arrows[node][other]}")
        yield "\n".join(lines)


def arrows(tree: Tree) -> Iterator[str]:
    """arrows between rooms as the table allows"""
    allowed = {room.name: set(room.uses) for room in tree.rooms}
    used: dict[str, set[str]] = {room.name: set() for room in tree.rooms}
    for node, others in tree.graph.arrows.items():
        for other, arrow in sorted(others.items()):
            one, two = room_of(node), room_of(other)
            used.setdefault(one, set()).add(two)
            if one != two and two not in allowed.get(one, set()):
                yield f"{one} may not use {two}: {node} -> {other}: {arrow}"
    for room in tree.rooms:
        for name in sorted(set(room.uses) - used[room.name]):
            yield f"the table allows {room.name} to use {name}, which it does not: take it out"


def table(tree: Tree) -> Iterator[str]:
    """the table of rooms only points down"""
    place = {room.name: index for index, room in enumerate(tree.rooms)}
    for room in tree.rooms:
        for name in room.uses:
            if name not in place:
                yield f"{room.name}: there is no room {name}"
            elif place[name] <= place[room.name]:
                yield f"{room.name} uses {name}, which does not stand below it"
            elif program_of(name) not in (program_of(room.name), SHARED):
                yield f"{room.name} uses {name}, which is of another program"


def purposes(tree: Tree) -> Iterator[str]:
    """each folder with its purpose, in the table and in local.mk"""
    listed = fragments(tree.sources.top)
    known = {room.name for room in tree.rooms}
    for name in tree.sources.rooms:
        if name not in known:
            yield f"{name}: no row in the table of rooms in docs/architecture.md"
    for room in tree.rooms:
        if room.name not in tree.sources.rooms:
            yield f"{room.name}: in the table of rooms, but there is no such folder"
        elif listed.get(room.name) != room.purpose:
            yield (f"{program_of(room.name)}/local.mk: its comment has to say "
                   f"\"# {room.name}: {room.purpose}\"")


def headers(tree: Tree) -> Iterator[str]:
    """each file with its SPDX line, and with its reason to exist"""
    for path in [*walk(tree.sources.top, WITH_SPDX), tree.sources.top / "dev"]:
        with path.open(encoding="utf-8", errors="replace") as file:
            if path.exists() and SPDX not in "".join(file.readline() for _ in range(4)):
                yield f"{path.relative_to(tree.sources.top)}: no SPDX line"
    for file in tree.sources.files.values():
        header = tree.sources.files.get(file.node + ".h")
        if len(file.opening.split()) < OPENING_WORDS_MIN:
            yield f"{file.path}: does not open with a comment that says what it is for"
        elif file.path.endswith(".c") and header is not None and header.opening == file.opening:
            yield f"{file.path}: opens with the comment of its header"


def lengths(tree: Tree) -> Iterator[str]:
    """no function over 60 lines"""
    for function in tree.sources.functions:
        if function.length > FUNCTION_LINES_MAX:
            yield f"{function.path}:{function.first}: {function.name} has {function.length} lines"


def compiled(tree: Tree) -> Iterator[str]:
    """each .c file is compiled, and in a program"""
    reached = linked(tree.sources, tree.uses)
    for file in tree.sources.files.values():
        if file.path.endswith(".c") and file.node not in tree.symbols.exports:
            yield f"{file.path}: has not been compiled: ./dev build"
        elif file.path.endswith(".c") and file.node not in reached:
            yield f"{file.path}: is in no program"


def dead_code(tree: Tree) -> Iterator[str]:
    """whatever a header declares is defined, and used by a program"""
    reached, replaced = linked(tree.sources, tree.uses), listed(tree.sources)
    used: dict[str, set[str]] = {}
    for (node, other), names in tree.uses.items():
        if node in reached:
            used.setdefault(other, set()).update(names)
    headers_ = [file for file in tree.sources.files.values() if file.path.endswith(".h")]
    declared: set[str] = set().union(*(words_of(file.code) for file in headers_))
    for node, names in sorted(tree.symbols.exports.items()):
        for name in sorted(names - {"main"}):
            # What a program lists by itself may stand in for a function of the C library.
            if name not in declared:
                if node not in replaced:
                    yield f"{node}.c: no header declares {name}: make it static"
            elif name not in used.get(node, set()) and not is_used_at_home(tree, node, name):
                yield f"{node}.c: no program uses {name}"
    definers = tree.symbols.definers()
    for file in headers_:
        for name in PROTOTYPE.findall(file.code):
            if name not in definers and tree.symbols.exports:
                yield f"{file.path}: {name} is defined nowhere"


def is_used_at_home(tree: Tree, node: str, name: str) -> bool:
    """Whether the file that defines NAME uses it besides."""
    return len(re.findall(rf"\b{name}\b", tree.sources.files[node + ".c"].code)) > 1


def doubles(tree: Tree) -> Iterator[str]:
    """one definition of each exported name"""
    for name, nodes in sorted(tree.symbols.definers().items()):
        if len(nodes) > 1 and name != "main":
            yield f"{name}: exported by {' and '.join(nodes)}"


def vocabulary(tree: Tree) -> Iterator[str]:
    """the words of the glossary, and no others for the same things"""
    banned = banned_words(tree.document)
    for file in tree.sources.files.values():
        for name in sorted(words_of(file.code)):
            for word in sorted(banned & set(parts_of(name))):
                yield f"{file.path}: {name}: the glossary has another word for \"{word}\""


def parts_of(name: str) -> list[str]:
    """is_too_much -> is, too, much"""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def printing(tree: Tree) -> Iterator[str]:
    """tlsroutectl prints in ctl/output alone, which cleans what others wrote"""
    for file in tree.sources.files.values():
        if program_of(room_of(file.node)) == "ctl" and room_of(file.node) != PRINTS:
            for name in sorted(PRINTERS & words_of(file.code)):
                yield f"{file.path}: {name}: print with {PRINTS}"


CHECKS: list[Callable[[Tree], Iterator[str]]] = [
    table, cycles, arrows, purposes, headers, lengths, compiled, dead_code, doubles, vocabulary, printing]


def problems_of(tree: Tree) -> dict[str, list[str]]:
    """What each check finds, by what it checks."""
    return {str(check.__doc__): list(check(tree)) for check in CHECKS}


def figures_of(tree: Tree) -> dict[str, str]:
    """The numbers that say how the tree is, whatever its rooms are."""
    knots = tree.graph.knots()
    lengths_ = sorted(function.length for function in tree.sources.functions)
    longest = max(tree.sources.functions, key=lambda function: function.length)
    between = sum(program_of(other) not in (program_of(node), SHARED)
                  for node, others in tree.graph.arrows.items() for other in others)
    borrowed = sum(program_of(other) not in (program_of(node), SHARED) for node in tree.sources.nodes
                   if node.endswith("/main") for other in needed_by({node}, tree.uses))
    return {
        "rooms": str(len(tree.sources.rooms)),
        "files": f"{len(tree.sources.nodes)} (a .c and its .h are one)",
        "arrows": str(sum(len(others) for others in tree.graph.arrows.values())),
        "knots": f"{len(knots)}, of {sum(map(len, knots))} files, the largest of "
                 f"{max(map(len, knots), default=0)}",
        "arrows from common up, or between programs": str(between),
        "files that a program links of another's": str(borrowed),
        "arrows that the table forbids": str(sum(" may not use " in line for line in arrows(tree)))
                                         if tree.rooms else "no table",
        "functions": f"{len(lengths_)}, {statistics.median(lengths_):g} lines at the median",
        "longest function": f"{longest.name}, {longest.length} lines ({longest.path})",
    }


def report(tree: Tree) -> int:
    """Prints what is wrong and the figures; the exit status."""
    failed = 0
    for title, problems in problems_of(tree).items():
        failed += bool(problems)
        print(f"{'failed' if problems else 'ok'}: {title}")
        for problem in problems:
            print(f"  {problem}")
    print_figures(tree)
    return 1 if failed else 0


def print_figures(tree: Tree) -> None:
    for name, value in figures_of(tree).items():
        print(f"{name}: {value}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="check.py", description=__doc__)
    parser.add_argument("--tree", type=Path, default=TOP, help="the sources (default: these)")
    parser.add_argument("--build", type=Path, help="what was built of them (default: build/gcc there)")
    parser.add_argument("--figures", action="store_true", help="print the figures only")
    parser.add_argument("--self-test", action="store_true",
                        help="plant faults in a copy of the tree, each of which has to be found")
    options = parser.parse_args()
    top = options.tree.resolve()
    build = (options.build or top / "build" / "gcc").resolve()
    if options.self_test:
        from selftest import self_test  # which needs this module
        return self_test(top, build)
    tree = read_tree(top, build)
    if options.figures:
        print_figures(tree)
        return 0
    return report(tree)


if __name__ == "__main__":
    sys.exit(main())
