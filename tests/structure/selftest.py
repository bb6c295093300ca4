# SPDX-License-Identifier: Apache-2.0
"""Plants faults in a copy of the tree, one at a time, and sees whether the check finds each: a check
that finds nothing proves nothing."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from check import Tree, problems_of, read_tree
from rooms import HEAD, read_rooms
from sources import Sources, room_of

SPDX_LINE = "/* SPDX-License-Identifier: Apache-2.0 */\n"
PURPOSE = "/* This file has been planted to see whether the check finds it. */\n"
ROOM = "common/base"  # any that is there


@dataclass
class Copy:
    """A copy of the sources to plant faults in, and a folder for what is compiled of them."""
    top: Path
    build: Path
    tree: Tree  # the copy before anything was planted

    def append(self, path: str, text: str) -> None:
        with (self.top / path).open("a", encoding="utf-8") as file:
            file.write(text)

    def compile(self, name: str, text: str) -> None:
        """A new file in ROOM."""
        path = self.top / ROOM / f"{name}.c"
        path.write_text(SPDX_LINE + PURPOSE + text, encoding="utf-8")
        target = self.build / ROOM / f"{name}.o"
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-c", "-o", target, path], check=True)


def cycle_of_includes(copy: Copy) -> str:
    """Of two files of one room, one of which uses the other already."""
    for node, others in copy.tree.graph.arrows.items():
        for other in others:
            if (room_of(node) == room_of(other) and f"{node}.h" in copy.tree.sources.files
                    and f"{other}.c" in copy.tree.sources.files
                    and node not in copy.tree.graph.arrows[other]):
                copy.append(f"{other}.c", f'#include "{node}.h"\n')
                return f"{other} -> {node}: includes {node}.h"
    raise AssertionError("no two files to plant a cycle between")


def cycle_of_symbols(copy: Copy) -> str:
    """Which no include shows."""
    caller = "void {1}(void);\nvoid {0}(void)\n{{\n    {1}();\n}}\n"
    copy.compile("planted_one", caller.format("planted_one", "planted_two"))
    copy.compile("planted_two", caller.format("planted_two", "planted_one"))
    return f"{ROOM}/planted_one -> {ROOM}/planted_two: uses planted_two"


def upward_include(copy: Copy) -> str:
    """From a room to one above it."""
    for node, others in copy.tree.graph.arrows.items():
        for other in others:
            if (room_of(node) != room_of(other) and f"{node}.h" in copy.tree.sources.files
                    and f"{other}.c" in copy.tree.sources.files
                    and room_of(node) not in {room_of(name) for name in copy.tree.graph.arrows[other]}):
                copy.append(f"{other}.c", f'#include "{node}.h"\n')
                return f"{room_of(other)} may not use {room_of(node)}: {other} -> {node}"
    raise AssertionError("no two rooms to plant an arrow between")


def arrow_between_programs(copy: Copy) -> str:
    """From a program to another's."""
    header = next(path for path in copy.tree.sources.files
                  if path.startswith("certpatcher/") and path.endswith(".h"))
    copy.append("watcher/main.c", f'#include "{header}"\n')
    return f"watcher may not use certpatcher: watcher/main -> {header.removesuffix('.h')}"


def right_that_nobody_needs(copy: Copy) -> str:
    change_table(copy, "`common/message` | ", "`common/message` | `common/objects`, ")
    return "the table allows common/message to use common/objects"


def table_that_points_up(copy: Copy) -> str:
    change_table(copy, "`common/message` | ", "`common/message` | `common/worker`, ")
    return "common/message uses common/worker, which does not stand below it"


def change_table(copy: Copy, name: str, text: str) -> None:
    """NAME and TEXT: the row of common/message from its name to what it may use."""
    document = copy.tree.document
    before = document.read_text(encoding="utf-8")
    purpose = next(room.purpose for room in copy.tree.rooms if room.name == "common/message")
    old, new = (start.replace(" | ", f" | {purpose} | ") for start in (name, text))
    assert old in before
    document.write_text(before.replace(old, new), encoding="utf-8")


def folder_without_purpose(copy: Copy) -> str:
    path = copy.top / "common" / "planted" / "planted.h"
    path.parent.mkdir()
    path.write_text(SPDX_LINE + PURPOSE, encoding="utf-8")
    return "common/planted: no row in the table"


def purpose_that_differs(copy: Copy) -> str:
    path = copy.top / "common" / "local.mk"
    path.write_text(path.read_text(encoding="utf-8").replace(f"# {ROOM}: ", f"# {ROOM}: not "),
                    encoding="utf-8")
    return f'"# {ROOM}: '


def file_without_licence(copy: Copy) -> str:
    (copy.top / ROOM / "planted.h").write_text(PURPOSE, encoding="utf-8")
    return f"{ROOM}/planted.h: no SPDX line"


def file_without_reason(copy: Copy) -> str:
    (copy.top / ROOM / "planted.c").write_text(SPDX_LINE + "int planted;\n", encoding="utf-8")
    return f"{ROOM}/planted.c: does not open with a comment"


def file_that_is_not_built(copy: Copy) -> str:
    (copy.top / ROOM / "planted.c").write_text(SPDX_LINE + PURPOSE, encoding="utf-8")
    return f"{ROOM}/planted.c: has not been compiled"


def file_in_no_program(copy: Copy) -> str:
    copy.compile("planted", "int planted;\n")
    return f"{ROOM}/planted.c: is in no program"


def long_function(copy: Copy) -> str:
    copy.append(f"{ROOM}/memory.c", "\nstatic void planted(void)\n{\n" + "    ;\n" * 58 + "}\n")
    return "planted has 61 lines"


def dead_function(copy: Copy) -> str:
    copy.append(f"{ROOM}/memory.h", "void planted(void);\n")
    copy.compile("planted", "void planted(void)\n{\n}\n")
    return f"{ROOM}/planted.c: no program uses planted"


def function_in_no_header(copy: Copy) -> str:
    copy.compile("planted", "void planted(void)\n{\n}\n")
    return f"{ROOM}/planted.c: no header declares planted"


def function_in_a_header_only(copy: Copy) -> str:
    copy.append(f"{ROOM}/memory.h", "void planted(void);\n")
    return f"{ROOM}/memory.h: planted is defined nowhere"


def second_definition(copy: Copy) -> str:
    copy.compile("planted", "void memory_new(void)\n{\n}\n")
    return f"memory_new: exported by {ROOM}/memory and {ROOM}/planted"


def other_word(copy: Copy) -> str:
    copy.append(f"{ROOM}/memory.h", "typedef int planted_blame;\n")
    return 'planted_blame: the glossary has another word for "blame"'


def text_past_the_cleaning(copy: Copy) -> str:
    copy.append("ctl/dispatch.c", "void planted(const char *text)\n{\n    puts(text);\n}\n")
    return "ctl/dispatch.c: puts: print with ctl/output"


FAULTS: list[Callable[[Copy], str]] = [
    cycle_of_includes, cycle_of_symbols, upward_include, arrow_between_programs,
    right_that_nobody_needs, table_that_points_up, folder_without_purpose, purpose_that_differs,
    file_without_licence, file_without_reason, file_that_is_not_built, file_in_no_program,
    long_function, dead_function, function_in_no_header, function_in_a_header_only,
    second_definition, other_word, text_past_the_cleaning]


def self_test(top: Path, build: Path) -> int:
    """Plants each fault; the exit status."""
    missed = 0
    before = all_problems(read_tree(top, build))
    for fault in FAULTS:
        with tempfile.TemporaryDirectory(prefix="tlsrouted-structure.") as folder:
            copy = make_copy(top, build, Path(folder))
            expected = fault(copy)
            found = all_problems(read_tree(copy.top, build, copy.build)) - before
        seen = any(expected in problem for problem in found)
        missed += not seen
        print(f"{'ok' if seen else 'failed'}: {fault.__name__.replace('_', ' ')}"
              f"{'' if seen else ', planted and not found: ' + expected}")
    return 1 if missed else 0


def all_problems(tree: Tree) -> set[str]:
    return {problem for problems in problems_of(tree).values() for problem in problems}


def make_copy(top: Path, build: Path, folder: Path) -> Copy:
    copied = folder / "tree"
    names = [*Sources(top).files, "docs/architecture.md", "dev",
             *(path.relative_to(top).as_posix() for path in top.glob("*/local.mk"))]
    for name in names:
        (copied / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(top / name, copied / name)
    assert HEAD and read_rooms(copied / "docs" / "architecture.md")
    return Copy(copied, folder / "build", read_tree(copied, build))
