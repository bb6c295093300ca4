# SPDX-License-Identifier: Apache-2.0
"""Each test that docs/threat-model.md names exists."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
TEXT = (TOP / "docs" / "threat-model.md").read_text(encoding="utf-8")
FOLDERS = {".py": TOP / "tests" / "integration", ".c": TOP / "tests" / "unit"}


def named() -> list[tuple[str, str]]:
    """File and test, or file and "" where all of it is meant; `::test` goes on with the file before."""
    found, file = [], None
    for name, test in re.findall(r"`(test_\w+\.(?:py|c))?(?:::(\w+))?`", TEXT):
        file = name or file
        if file and (name or test):
            found.append((file, test))
    return sorted(set(found))


def test_some_are_named():
    assert len(named()) > 20


@pytest.mark.parametrize("file, test", named(), ids=[f"{file}-{test}" for file, test in named()])
def test_it_exists(file, test):
    source = (FOLDERS[Path(file).suffix] / file).read_text(encoding="utf-8")
    assert re.search(rf"^(static void|def|class) {test}\b" if test else "test_", source, re.MULTILINE)
