# SPDX-License-Identifier: Apache-2.0
"""What the documents tell a reader to do, done. The word after the language of a fenced block says
how; docs/contributing.md has the same table for authors:

    ```sh run               a script; it has to succeed
    ```console run          commands after `$ `, and lines that each of them has to print; in a line
                            `...` stands for anything, and a number of spaces for any number
    ```sh elsewhere WHY     not run, and why: what it needs that the lab does not have
    ```yaml file=NAME       becomes the file NAME, for the commands that follow
    ```yaml apply=dry       is accepted by the API server, which only tries it
    ```yaml tlsrouted.yaml  passes `tlsrouted --check-config`
    ```yaml part            only looked at: a part of a file

A block without such a word is none of these, which test_documents.py refuses for sh, console and
yaml. Commands are run where a reader would be who has just cloned the tree."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from daemon import PREFIX, TOP
from lab import Lab, build
from waiting import eventually

_FENCE = re.compile(r"^( *)(`{3,})(\w*) ?(.*)$")
_HEADING = re.compile(r"^(#+) (.*)$")
COPIED = ("packaging", "examples", "etc")  # what commands of documents use of the tree
COMMAND_SECONDS = 120


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    document: str
    line: int
    headings: tuple[str, ...]  # that it stands under, the outermost first
    language: str
    mark: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def is_run(self) -> bool:
        return self.mark == "run" and self.language in ("sh", "console")

    @property
    def file(self) -> str | None:
        """The name of the file that it becomes."""
        return self.mark.removeprefix("file=") if self.mark.startswith("file=") else None


def blocks_of(document: str) -> list[Block]:
    """All fenced blocks of a document of the tree, in its order."""
    found: list[Block] = []
    headings: list[str] = []
    fence, opening, indented, begin, lines = "", ("", ""), 0, 0, []
    for number, line in enumerate((TOP / document).read_text(encoding="utf-8").splitlines(), 1):
        mark, heading = _FENCE.match(line), _HEADING.match(line)
        if fence and line.strip() == fence:
            found.append(Block(document, begin, tuple(headings), *opening, "\n".join(lines) + "\n"))
            fence = ""
        elif fence:
            lines.append(line[indented:])
        elif mark:
            fence, opening = mark[2], (mark[3], mark[4].strip())
            indented, begin, lines = len(mark[1]), number, []
        elif heading:
            headings[len(heading[1]) - 1:] = [heading[2]]
    return found


@dataclass(frozen=True)
class Command:
    """A command of a block, and the lines that it has to print."""

    text: str
    printed: tuple[str, ...] = ()


def commands_of(block: Block) -> list[Command]:
    """The whole of a script; of a session on a console each command, with what follows it."""
    if block.language == "sh":
        return [Command(block.text)]
    found: list[Command] = []
    continued = False
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:]))
        elif continued:
            found[-1] = Command(f"{found[-1].text}\n{line}")
        elif line.strip():
            found[-1] = Command(found[-1].text, (*found[-1].printed, line))
        continued = line.endswith("\\") and not found[-1].printed
    return found


def missing_lines(command: Command, printed: str) -> list[str]:
    """What it has to print and did not, in that order."""
    rest, missing = printed.splitlines(), []
    for wanted in command.printed:
        words = [re.escape(word).replace(r"\.\.\.", ".*") for word in wanted.split()]
        pattern = re.compile(r"\s*" + r"\s+".join(words) + r"\s*")
        place = next((index for index, line in enumerate(rest) if pattern.fullmatch(line)), None)
        if place is None:
            missing.append(wanted)
        else:
            rest = rest[place + 1:]
    return missing


class Reader:
    """One who follows documents, as the administrator of a lab, in a folder of their own that looks
    like the top of the tree."""

    def __init__(self, lab: Lab, folder: Path, socket: Path | None = None,
                 has: tuple[str, ...] = ()):
        """With the socket of a tlsrouted, tlsroutectl talks to that. What a lab has that others do
        not lets it run blocks that are marked `elsewhere`, with these words."""
        self.top = folder / "tree"
        self._has = has
        self.done: set[Block] = set()
        for name in COPIED:
            shutil.copytree(TOP / name, self.top / name)
        self._environment = {
            "PATH": os.pathsep.join(map(str, (
                folder / "bin", PREFIX / "bin", PREFIX / "sbin", build() / "bin",
                build("helm") / "bin"))) + os.pathsep + os.environ["PATH"],
            "HOME": str(folder), "KUBECONFIG": str(lab.admin_kubeconfig), "NO_COLOR": "1"}
        if socket is not None:
            self.program("tlsroutectl", f'exec {PREFIX}/bin/tlsroutectl --socket {socket} "$@"')

    def program(self, name: str, script: str) -> None:
        """A program of that name, in front of all others."""
        path = self.top.parent / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def follow(self, document: str, section: str | None = None,
               before: dict[str, Callable[[], None]] | None = None) -> None:
        """Does what a document says, from its beginning to its end; or only what it says under one
        of its headings. What `before` has is called before a block with that text."""
        chosen = [block for block in blocks_of(document)
                  if section is None or section in block.headings]
        assert chosen, f"{document} has nothing to do under {section}"
        for block in chosen:
            for text, action in (before or {}).items():
                if text in block.text:
                    action()
            if block.file is not None:
                (self.top / block.file).write_text(block.text, encoding="utf-8")
            elif block.mark == "apply=dry":
                self._try(block, Command(f"kubectl apply --server-side --dry-run=server -f - <<'END'\n"
                                         f"{block.text}END"))
            elif block.is_run or block.mark.removeprefix("elsewhere ") in self._has:
                for command in commands_of(block):
                    self._try(block, command)
            self.done.add(block)

    def left(self, document: str) -> list[str]:
        """The blocks of a document that have to be run and were not."""
        return [str(block) for block in blocks_of(document)
                if (block.is_run or block.mark == "apply=dry") and block not in self.done]

    def _try(self, block: Block, command: Command) -> None:
        """What it prints may take a moment to be true: a command that prints something else is
        given again."""
        def attempt() -> str:
            finished = self.run(command.text)
            if finished.returncode == 0 or command.printed:
                return "\n".join(missing_lines(command, finished.stdout))
            return f"exit status {finished.returncode}\n{finished.stdout}{finished.stderr}"

        if command.printed:
            eventually(attempt, "", f"{block}: {command.text}\nprints all of these lines")
        else:
            problem = attempt()
            assert problem == "", f"{block}: {command.text}\n{problem}"

    def run(self, script: str) -> subprocess.CompletedProcess:
        return subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=self.top, text=True,
                              env=self._environment, capture_output=True, timeout=COMMAND_SECONDS,
                              stdin=subprocess.DEVNULL)
