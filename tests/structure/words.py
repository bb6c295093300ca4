# SPDX-License-Identifier: Apache-2.0
"""The glossary in docs/architecture.md: one word for each thing, and those that are not used for it."""

import re
from pathlib import Path

HEAD = "| word | meaning | not |"
NAME = re.compile(r"\b[A-Za-z_]\w*\b")


def banned_words(document: Path) -> set[str]:
    """The words in the third column, which no name in the code may have in it."""
    lines = document.read_text(encoding="utf-8").splitlines() if document.exists() else []
    found: set[str] = set()
    for line in lines[lines.index(HEAD) + 2:] if HEAD in lines else []:
        if not line.startswith("|"):
            break
        found |= set(re.findall(r"`([a-z]+)`", line.split("|")[3]))
    return found


def words_of(code: str) -> set[str]:
    """All names in CODE."""
    return set(NAME.findall(code))
