# SPDX-License-Identifier: Apache-2.0
"""The sources of the product as text: which files there are, what they include and define."""

import re
from dataclasses import dataclass, field
from pathlib import Path

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)
CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
NEITHER_NAME = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
SPDX = "SPDX-License-Identifier: Apache-2.0"
# Folders that hold no text of the project's own.
SKIPPED = {"build", "build-aux", "autom4te.cache", "m4", "__pycache__"}


@dataclass(frozen=True)
class Function:
    """A definition: its name, the file, and the lines from its signature to its closing brace."""
    name: str
    path: str
    first: int
    length: int


@dataclass
class File:
    """One .c or .h file; the path is relative to the top of the tree."""
    path: str
    text: str
    includes: list[str] = field(init=False)
    functions: list[Function] = field(init=False)

    def __post_init__(self) -> None:
        self.includes = INCLUDE.findall(self.text)
        self.functions = functions_of(self.path, self.text)

    @property
    def node(self) -> str:
        """A .c file and the .h file of the same name are one node of the graph."""
        return self.path.rsplit(".", 1)[0]

    @property
    def opening(self) -> str:
        """The comment that the file opens with, after the SPDX line; "" without one."""
        rest = self.text.split("\n", 1)[-1].lstrip("\n")
        comment = COMMENT.match(rest)
        if comment is None:
            return ""
        return " ".join(re.sub(r"^\s*\*? ?", "", line) for line in
                        comment.group().removeprefix("/*").removesuffix("*/").splitlines()).strip()

    @property
    def code(self) -> str:
        """The text without comments and literals: what is left are names."""
        return NEITHER_NAME.sub(" ", self.text)


def functions_of(path: str, text: str) -> list[Function]:
    """clang-format puts the braces of functions, and of nothing else, into the first column."""
    lines, found = text.splitlines(), []
    for index, line in enumerate(lines):
        if line != "{":
            continue
        start = index
        while start > 0 and lines[start - 1] and not lines[start - 1].endswith((";", "}", "*/")) \
                and not lines[start - 1].startswith("#"):
            start -= 1
        end = lines.index("}", index)
        name = CALLED.search(" ".join(lines[start:index]))
        if name is not None:
            found.append(Function(name.group(1), path, start + 1, end - start + 1))
    return found


def walk(top: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Every file of the tree with one of these endings, apart from what is built."""
    return sorted(path for path in top.rglob("*") if path.name.endswith(suffixes) and path.is_file()
                  and not any(part in SKIPPED or part.startswith(".")
                              for part in path.relative_to(top).parts[:-1]))


class Sources:
    """The product: all .c and .h files outside tests/."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.files: dict[str, File] = {}
        for path in walk(top, (".c", ".h")):
            name = path.relative_to(top).as_posix()
            if "/" in name and not name.startswith("tests/"):
                self.files[name] = File(name, path.read_text(encoding="utf-8"))

    @property
    def nodes(self) -> list[str]:
        return sorted({file.node for file in self.files.values()})

    @property
    def rooms(self) -> list[str]:
        return sorted({room_of(node) for node in self.nodes})

    @property
    def functions(self) -> list[Function]:
        return [function for file in self.files.values() for function in file.functions]


def room_of(node: str) -> str:
    """The room of a file is the folder that it lies in."""
    return node.rsplit("/", 1)[0]


def program_of(room: str) -> str:
    """The top folder, which is a program's or common."""
    return room.split("/", 1)[0]
