# SPDX-License-Identifier: Apache-2.0
"""The manual pages: well-formed, and with every option, command and key that there is."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from daemon import PREFIX, TLSROUTECTL, TLSROUTED

TOP = Path(__file__).resolve().parents[2]
PAGES = sorted((TOP / "docs" / "man").glob("*.[158]"))
WORKERS = ("watcher", "reconciler", "certpatcher", "minter")


def page(name: str) -> str:
    return (TOP / "docs" / "man" / name).read_text(encoding="utf-8")


def options_of(program: Path, *command: str) -> set[str]:
    """As its help names them: the short ones and the long ones."""
    text = subprocess.run([program, *command, "--help"], capture_output=True, text=True,
                          check=True).stdout
    return {name.lstrip("-") for name in re.findall(r"(?<![\w\[-])--?[a-zA-Z0-9][\w-]*", text)}


def options_in(text: str) -> set[str]:
    return {name.lstrip("-") for line in re.findall(r"^\.It (Fl .*)$", text, re.MULTILINE)
            for name in re.findall(r"Fl (\S+)", line.replace("\\-", "-"))}


def table_of_keys() -> list[dict]:
    text = subprocess.run([TLSROUTED, "--help-config=json"], capture_output=True, text=True,
                          check=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def items(text: str) -> list[tuple[str, str]]:
    """Of the lists in TEXT that are in no other list: each item and what is below it."""
    found: list[tuple[str, str]] = []
    depth = 0
    for line in text.splitlines():
        depth -= line == ".El"
        if depth == 1 and line.startswith(".It "):
            found.append((line.removeprefix(".It "), ""))
        elif depth > 0:
            item, below = found[-1]
            found[-1] = (item, f"{below}{line}\n")
        depth += line.startswith(".Bl ")
    return found


def keys_in_the_page() -> dict[str, str]:
    """What the page says about each key."""
    section = page("tlsrouted.yaml.5").split("\n.Sh KEYS\n")[1].split("\n.Sh ")[0]
    found = items(section)
    assert all(item.startswith("Cm ") for item, _ in found)
    return {item.removeprefix("Cm "): text for item, text in found}


def words_of(text: str) -> str:
    """TEXT without line breaks and macros."""
    return " ".join(re.sub(r"^\.\w+ ", "", line).replace("\\&", "") for line in text.splitlines())


@pytest.mark.parametrize("path", PAGES, ids=[path.name for path in PAGES])
def test_it_is_well_formed(path):
    done = subprocess.run(["mandoc", "-Tlint", path.name], cwd=path.parent, capture_output=True,
                          text=True, check=False)
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


def test_options_of_the_daemon():
    assert options_in(page("tlsrouted.8")) == options_of(TLSROUTED)


def commands_of_tlsroutectl() -> list[str]:
    text = subprocess.run([TLSROUTECTL, "--help"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  ([a-z]+) ", text, re.MULTILINE)


def synopsis(command: str) -> str:
    """What follows the options in the help of COMMAND: "explain NAMESPACE/POOL"."""
    text = subprocess.run([TLSROUTECTL, command, "--help"], capture_output=True, text=True,
                          check=True).stdout
    return f"{command}{text.splitlines()[0].partition('[OPTION]...')[2]}"


def synopsis_in(item: str) -> str:
    """The same of an item of the manual: "explain Ar namespace Ns / Ns Ar pool"."""
    command, *words = item.split()
    shown = "".join({"Op": "[", "Ar": "", "Ns": ""}.get(word, word.upper()) for word in words)
    return f"{command} {shown}{']' * words.count('Op')}".strip()


def formats_of(command: str) -> list[str]:
    text = subprocess.run([TLSROUTECTL, command, "--help"], capture_output=True, text=True,
                          check=True).stdout
    found = re.search(r"--output FORMAT +(.*) \(default", text)
    return re.split(", | or ", found[1]) if found else []


def formats_in(text: str) -> list[str]:
    found = re.search(r"^Formats:\n\.Cm (.*) \.$", text, re.MULTILINE)
    return found[1].split(" , ") if found else []


def test_options_of_tlsroutectl():
    """Those of several commands are at the top, the others with their command."""
    commands = commands_of_tlsroutectl()
    text = page("tlsroutectl.1").split(".Sh ENVIRONMENT")[0]
    parts = re.split(rf"^\.It Cm ({'|'.join(commands)})\b.*$", text, flags=re.MULTILINE)
    common, described = options_in(parts[0]), dict(zip(parts[1::2], parts[2::2]))
    assert common == options_of(TLSROUTECTL) | {"o", "output"}
    for command in commands:
        assert options_in(described[command]) == options_of(TLSROUTECTL, command) - common, command
        assert formats_in(described[command]) == formats_of(command), command


def test_commands_of_tlsroutectl():
    commands = commands_of_tlsroutectl()
    assert len(commands) > 10
    items = [item for item in re.findall(r"^\.It Cm (.*)$", page("tlsroutectl.1"), re.MULTILINE)
             if item.split()[0] in commands]
    assert [synopsis_in(item) for item in items] == [synopsis(command) for command in commands]


def test_keys_in_the_page():
    """All of them, in order, and no others."""
    assert len(table_of_keys()) > 30
    assert list(keys_in_the_page()) == [row["key"] for row in table_of_keys()]


@pytest.mark.parametrize("row", table_of_keys(), ids=lambda row: row["key"])
def test_key_is_explained(row):
    """Its meaning, values, bounds and default, and what a change of it takes."""
    text = keys_in_the_page()[row["key"]]
    words = words_of(text)
    assert row["text"] in words
    assert row["reloadText"] in words
    for value in row.get("values", []):
        assert f".It Cm {value['name']}\n" in text
        assert value["text"] in words
    if row["type"] == "number":
        assert f"{row['min']} to {row['max']}{' ' + row['unit'] if 'unit' in row else ''}." in words
    assert (f"The default is {row['default']} ." in words) == (row["default"] is not None)


def test_help_for_people_has_every_key():
    text = subprocess.run([TLSROUTED, "--help-config"], capture_output=True, text=True,
                          check=True).stdout
    shown = re.findall(r"^(\S+) \(", text, re.MULTILINE)
    assert shown == [row["key"] for row in table_of_keys()]
    assert [line for line in text.splitlines() if len(line) > 80 and line.startswith(" ")] == []


# Paths


def test_each_path_is_the_same_everywhere():
    """As the programs have it, in all that was installed with them."""
    installed = [path for path in (PREFIX / "share").rglob("*") if path.is_file()]
    texts = {str(path): path.read_text(encoding="utf-8") for path in installed}
    for command in ((TLSROUTED, "--help"), (TLSROUTED, "--help-config"), (TLSROUTECTL, "--help")):
        texts[" ".join(map(str, command))] = subprocess.run(
            command, capture_output=True, text=True, check=True).stdout
    for name in ("tlsrouted.yaml", "control.sock"):
        found = {text: set(re.findall(rf"/[^\s\"`()]*/tlsrouted/{re.escape(name)}", content))
                 for text, content in texts.items()}
        paths = set().union(*found.values())
        assert len(paths) == 1, {text: each for text, each in found.items() if each}
        assert sum(bool(each) for each in found.values()) >= 4


# etc/tlsrouted.yaml


def example() -> dict:
    """With the keys that are commented out."""
    text = (TOP / "etc" / "tlsrouted.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(re.sub(r"^( *)#(?=\S)", r"\1", text, flags=re.MULTILINE))


def leaves(value, path: str = "") -> dict:
    """{"log.level": "info", ...}"""
    if not isinstance(value, dict):
        return {path.removeprefix("."): value}
    found = {}
    for name, below in value.items():
        found |= leaves(below, f"{path}.{name}")
    return found


def test_every_key_is_in_the_example():
    """With its default, where it has one; what each worker has, for one of them at least."""
    found = leaves(example())
    workers = re.compile(rf"^credentials\.(?:{'|'.join(WORKERS)})\.")
    assert {workers.sub("credentials.WORKER.", key) for key in found} == \
        {row["key"] for row in table_of_keys()}
    for row in table_of_keys():
        if row["default"] is not None:
            assert found[row["key"]] == row["default"], row["key"]
