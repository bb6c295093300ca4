# SPDX-License-Identifier: Apache-2.0
"""The rooms of the tree as docs/architecture.md has them: the table there is the rule."""

import re
from dataclasses import dataclass
from pathlib import Path

ROW = re.compile(r"^\| `([\w/]+)` \| ([^|]+) \|([^|]*)\|$")
HEAD = "| room | purpose | may use |"


@dataclass(frozen=True)
class Room:
    """A folder, what it is for in one sentence, and the rooms that its files may use."""
    name: str
    purpose: str
    uses: tuple[str, ...]


def read_rooms(document: Path) -> list[Room]:
    """The rows of the table, in their order."""
    lines = document.read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines[lines.index(HEAD) + 2:]:
        row = ROW.match(line)
        if row is None:
            break
        found.append(Room(row[1], row[2].strip(), tuple(re.findall(r"`([\w/]+)`", row[3]))))
    return found


def fragments(top: Path) -> dict[str, str]:
    """What the comments in the local.mk of the top folders say of each room: paragraphs that begin
    with its name and a colon."""
    found: dict[str, str] = {}
    for path in sorted(top.glob("*/local.mk")):
        room = None
        for line in path.read_text(encoding="utf-8").splitlines():
            start = re.match(r"^# ([\w/]+): (.*)$", line)
            if start is not None and start[1].split("/")[0] == path.parent.name:
                room, found[start[1]] = start[1], start[2]
            elif room is not None and line.startswith("# "):
                found[room] += " " + line[2:].strip()
            else:
                room = None
    return found
