# SPDX-License-Identifier: Apache-2.0
"""How documents are read: which blocks there are, what they say to run, what has to come of it."""

import pytest

import documented
from documented import Command, Reader, blocks_of, commands_of, missing_lines

PAGE = """# Top
## First
```sh run
touch made
test -e made
```
- In a list:
  ```yaml file=given.yaml
  key: value
  ```
### Inner
````console run
$ cat \\
    given.yaml
key:  value
$ true
````
## Second
```sh elsewhere it needs a node
false
```
```sh run
test -e missing
```
"""


@pytest.fixture
def page(monkeypatch, tmp_path):
    for name in documented.COPIED:
        (tmp_path / name).mkdir()
    (tmp_path / "page.md").write_text(PAGE)
    monkeypatch.setattr(documented, "TOP", tmp_path)
    return "page.md"


def test_blocks(page):
    blocks = blocks_of(page)
    assert [(block.language, block.mark, block.headings[-1]) for block in blocks] == [
        ("sh", "run", "First"), ("yaml", "file=given.yaml", "First"), ("console", "run", "Inner"),
        ("sh", "elsewhere it needs a node", "Second"), ("sh", "run", "Second")]
    assert [str(block) for block in blocks][:2] == ["page.md:3", "page.md:8"]
    assert commands_of(blocks[2]) == [Command("cat \\\n    given.yaml", ("key:  value",)),
                                      Command("true")]


@pytest.mark.parametrize("wanted, printed, missing", [
    (("a b",), "x\n  a   b\n", []),
    (("a", "b"), "b\na\n", ["b"]),
    (("a ... d",), "a b c d\n", []),
    (("a b",), "a b c\n", ["a b"]),
])
def test_lines(wanted, printed, missing):
    assert missing_lines(Command("", wanted), printed) == missing


def test_reader(page, lab, tmp_path):
    reader = Reader(lab, tmp_path)
    reader.follow(page, "First")
    assert (reader.top / "made").exists()
    assert reader.left(page) == ["page.md:22"]
    with pytest.raises(AssertionError, match="page.md:22: test -e missing"):
        reader.follow(page, "Second")


def test_reader_who_has_more(page, lab, tmp_path):
    reader = Reader(lab, tmp_path, has=("it needs a node",))
    with pytest.raises(AssertionError, match="page.md:19: false"):
        reader.follow(page, "Second")
