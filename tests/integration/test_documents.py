# SPDX-License-Identifier: Apache-2.0
"""What the documents say of the tree is true: the tests, files, functions and names that they mention
exist, links lead somewhere, and what is generated is up to date."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from daemon import ROLES, TLSROUTECTL, TLSROUTED
from documented import Block, blocks_of
from tlspeer import Authority

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "structure"))

from sources import Sources  # noqa: E402

DOCUMENTS = sorted([*TOP.glob("*.md"), *(TOP / "docs").glob("*.md"),
                    *(TOP / "packaging").rglob("*.md")])
README_LINES_MAX = 150


def text_of(name: str) -> str:
    return (TOP / name).read_text(encoding="utf-8")


def names(path: Path) -> str:
    return path.relative_to(TOP).as_posix()


# docs/threat-model.md

TESTS = {".py": TOP / "tests" / "integration", ".c": TOP / "tests" / "unit"}


def named_tests() -> list[tuple[str, str]]:
    """File and test, or file and "" for the whole file; `::test` is in the file named before it."""
    found, file, text = [], None, text_of("docs/threat-model.md")
    for name, test in re.findall(r"`(test_\w+\.(?:py|c))?(?:::(\w+))?`", text):
        file = name or file
        if file and (name or test):
            found.append((file, test))
    return sorted(set(found))


def test_the_threat_model_names_tests():
    assert len(named_tests()) > 20


@pytest.mark.parametrize("file, test", named_tests(),
                         ids=[f"{file}-{test}" for file, test in named_tests()])
def test_test_exists(file, test):
    source = (TESTS[Path(file).suffix] / file).read_text(encoding="utf-8")
    assert re.search(rf"^(static void|def|class) {test}\b" if test else "test_", source, re.MULTILINE)


# docs/architecture.md: the walks

STEP = re.compile(r"^- `([\w/]+\.c):(\w+)`")
PART = re.compile(r"^In (?:the )?(\w+)")


@dataclass
class Part:
    """What one program does in a walk: the messages it receives, its steps as file and function, and
    the files of its earlier parts in that walk."""
    program: str
    messages: list[str]
    earlier: set[str]
    steps: list[tuple[str, str]] = field(default_factory=list)


def walks() -> list[Part]:
    section = text_of("docs/architecture.md").split("\n## Three walks\n")[1].split("\n## ")[0]
    found: list[Part] = []
    for walk in section.split("\n### ")[1:]:
        parts: list[Part] = []
        for line in walk.splitlines():
            step, part = STEP.match(line), PART.match(line)
            if step is not None:
                parts[-1].steps.append((step[1], step[2]))
            elif part is not None:
                earlier = {path for other in parts if other.program == part[1]
                           for path, _ in other.steps}
                parts.append(Part(part[1], re.findall(r"`([A-Z_]+)`", line), earlier))
            else:
                assert not line.startswith("-"), line
        found += parts
    return found


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources(TOP)


def uses(sources: Sources, path: str, name: str) -> bool:
    """Whether the file calls the function, or hands it on."""
    declared = re.compile(rf"^\w[\w *]*\b{name}\([^;{{]*\)[;\s]*$", re.MULTILINE)
    file = sources.files.get(path)
    return file is not None and re.search(rf"\b{name}\b", declared.sub("", file.code)) is not None


def wiring_of(path: str) -> set[str]:
    """The files that connect the modules of a program."""
    program = path.split("/")[0]
    return {f"{program}/main.c", f"{program}/{program}.c"}


def test_there_are_walks():
    assert len(walks()) >= 9
    assert all(len(part.steps) > 1 for part in walks())


@pytest.mark.parametrize("path, function", sorted({step for part in walks() for step in part.steps}))
def test_step_exists(sources, path, function):
    assert function in [found.name for found in sources.files[path].functions]


@pytest.mark.parametrize("part", walks(), ids=lambda part: f"{part.program}-{part.steps[0][1]}")
def test_steps_are_connected(sources, part):
    """Each is used in the file of a step before it, or where the program is wired."""
    before = set(part.earlier)
    for index, (path, function) in enumerate(part.steps):
        if index > 0:
            files = before | {name for known in before | {path} for name in wiring_of(known)}
            assert any(uses(sources, name, function) for name in files), function
        before.add(path)


@pytest.mark.parametrize("part", [part for part in walks() if part.messages],
                         ids=lambda part: f"{part.program}-{part.messages[0]}")
def test_message_is_received(sources, part):
    """By the first step, where the program is wired, or in a table that the second step reads."""
    (path, function), (table, _) = part.steps[:2]
    files = {path, table} | {name for name in wiring_of(path) if uses(sources, name, function)}
    for message in part.messages:
        assert any(uses(sources, name, f"MESSAGE_{message}") for name in files), message


# docs/contributing.md: the twelve questions


def questions() -> list[list[str]]:
    return [re.split(r" *\| *", line.strip("| "))
            for line in text_of("docs/contributing.md").splitlines() if line.startswith("| Wh")]


def paths_in(cell: str) -> list[str]:
    return [word for word in re.findall(r"`([^`]+)`", cell) if "/" in word and "NAME" not in word]


def test_there_are_twelve_questions():
    assert len(questions()) == 12


@pytest.mark.parametrize("row", questions(), ids=lambda row: row[0])
def test_answer_is_true(row):
    """Its files exist, they are at most two besides the table, and hold the names."""
    _, table, files, action = row
    assert len(paths_in(files)) <= 2
    paths = paths_in(table) + paths_in(files) + paths_in(action)
    assert paths
    texts = [text_of(path) for path in paths]
    for path in paths_in(table) + paths_in(files):  # the header says as much as the source
        other = path.replace(".c", ".h") if path.endswith(".c") else path.replace(".h", ".c")
        if (TOP / other).exists():
            texts.append(text_of(other))
    for name in re.findall(r"`(\w+)`", action):
        assert any(re.search(rf"\b{name}\b", text) for text in texts), name


# The tables of the code


@pytest.fixture(scope="module")
def tables() -> dict:
    program = TOP / "build" / "gcc" / "tests" / "tables" / "print_tables"
    return json.loads(subprocess.run([program], capture_output=True, check=True).stdout)


def first_cells(name: str) -> set[str]:
    """What is written as code in the first column of all tables."""
    return {word for line in text_of(name).splitlines() if line.startswith("| ")
            for word in re.findall(r"`([^`]+)`", line.split(" | ")[0])}


TROUBLESHOOTING = "docs/troubleshooting.md"


def test_every_finding_has_its_section(tables):
    """And every section its finding, in the order of the table."""
    section = text_of(TROUBLESHOOTING).split("\n## Findings\n")[1].split("\n## ")[0]
    assert re.findall(r"^### (.*)$", section, re.MULTILINE) == [
        finding["name"] for finding in tables["findings"]]


def test_the_log_says_so(sources):
    """What the table of messages quotes is in the code."""
    rows = text_of(TROUBLESHOOTING).split("| the log says |")[1].split("\n\n")[0]
    messages = re.findall(r"^\| `([^`]+)` \|", rows, re.MULTILINE)
    assert len(messages) > 5
    texts = "".join(file.text for file in sources.files.values())
    texts = re.sub(r'"\s*"', "", texts)
    assert [message for message in messages if message not in texts] == []


def test_every_command_is_explained():
    text = subprocess.run([TLSROUTECTL, "--help"], capture_output=True, text=True, check=True).stdout
    commands = set(re.findall(r"^  ([a-z]+) ", text, re.MULTILINE))
    assert len(commands) > 10
    explained = {cell.split()[0] for cell in first_cells("docs/tlsroutectl.md")}
    assert commands - explained == set()


# All documents


def test_the_first_page_is_short():
    assert len(text_of("README.md").splitlines()) <= README_LINES_MAX


@pytest.mark.parametrize("path", DOCUMENTS, ids=names)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[\w-]+)?\)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), target
    for name, anchor in re.findall(r"\]\(([^)#\s]*)#([\w-]+)\)", text):
        linked = (path.parent / name if name else path).read_text(encoding="utf-8")
        assert anchor in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
                          for title in re.findall(r"^#+ (.*)$", linked, re.MULTILINE)}, anchor


# Fenced blocks: see documented.py

MARKS = {"sh": r"run|elsewhere .+", "console": r"run|elsewhere .+",
         "yaml": r"file=[\w.-]+|apply=dry|tlsrouted\.yaml|part"}
BLOCKS = [block for path in DOCUMENTS for block in blocks_of(names(path))]
IN_A_POD = """\
cluster:
  server: https://192.0.2.1:6443
  caFile: ca.crt
credentials:
  source: files
""" + "".join(f"  {role}: {{tokenFile: token}}\n" for role in ROLES)


def is_named_in_tests(text: str) -> bool:
    tests = (TOP / "tests" / "integration").glob("test_*.py")
    return any(f'"{text}"' in path.read_text(encoding="utf-8") for path in tests)


def is_read_otherwise(document: str) -> bool:
    """A guide by a test of its own, which needs no marks: then there are none."""
    return (not any(block.mark for block in BLOCKS if block.document == document)
            and document.startswith("docs/") and is_named_in_tests(Path(document).name))


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language in MARKS], ids=str)
def test_block_says_how_it_is_tested(block):
    assert re.fullmatch(MARKS[block.language], block.mark) or is_read_otherwise(block.document)


def test_other_languages_are_not_commands():
    assert {block.language for block in BLOCKS} - set(MARKS) <= {"", "mermaid", "promql"}


@pytest.mark.parametrize("document", sorted({block.document for block in BLOCKS if block.is_run}))
def test_a_test_follows_it(document):
    assert is_named_in_tests(document)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.mark == "tlsrouted.yaml"],
                         ids=str)
def test_configuration_is_accepted(block: Block, session_lab, folder):
    """With the files that it names; one without credentials is that of a Pod, which has them."""
    for name in re.findall(r"kubeconfig: ([\w.-]+)", block.text):
        session_lab.lab.kubeconfig(folder / name, token="token")
    for name in ("token", *re.findall(r"tokenFile: ([\w.-]+)", block.text)):
        (folder / name).write_text("token")
    (folder / "ca.crt").write_bytes(session_lab.lab.ca_file.read_bytes())
    pair = Authority(folder / "pki").issue("metrics").read_bytes()
    for name in re.findall(r"(?:certificate|key)File: ([\w.-]+)", block.text):
        (folder / name).write_bytes(pair)
    for path in folder.glob("*.*"):
        path.chmod(0o600)
    text = block.text if "credentials:" in block.text else block.text + IN_A_POD
    config = folder / "tlsrouted.yaml"
    config.write_text(text, encoding="utf-8")
    done = subprocess.run([TLSROUTED, "--check-config", "--config", config], text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_news_names_what_is_there():
    paths = re.findall(r"\b(?:docs|packaging|examples)/[\w./-]*\w", text_of("NEWS"))
    assert len(paths) > 5
    assert [path for path in paths if not (TOP / path).exists()] == []


# The index

@pytest.mark.parametrize("path", sorted((TOP / "docs").glob("*.md")), ids=names)
def test_the_index_leads_to_it(path):
    if path.name != "README.md":
        assert f"]({path.name})" in text_of("docs/README.md")


def test_the_first_page_leads_to_the_index():
    assert "](docs/README.md)" in text_of("README.md")


def test_what_is_generated_is_up_to_date():
    program = TOP / "tests" / "structure" / "documents.py"
    done = subprocess.run([sys.executable, "-B", program, "--check"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, f"./dev docs writes it:\n{done.stdout}{done.stderr}"
