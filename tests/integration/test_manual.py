# SPDX-License-Identifier: Apache-2.0
"""The manual pages: well-formed, and with every option, command and key that there is."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from daemon import TLSROUTECTL, TLSROUTED

TOP = Path(__file__).resolve().parents[2]
PAGES = sorted((TOP / "docs" / "man").glob("*.[158]"))
WORKERS = ("watcher", "reconciler", "certpatcher", "minter")


def page(name: str) -> str:
    return (TOP / "docs" / "man" / name).read_text(encoding="utf-8")


def macro_arguments(text: str, macro: str) -> set[str]:
    """The words of all lines with this macro, without those of macros inside them."""
    words = set()
    for line in re.findall(rf"^\.(?:It )?{macro} (.*)$", text, re.MULTILINE):
        words |= {word.replace("\\-", "-") for word in re.split(r" (?:Ar|Cm|Ns|Op|No) .*| , | ", line)
                  if word not in ("", ",", ".", ":", ";", macro)}
    return words


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


def keys_of_the_program() -> set[str]:
    """Each part of them."""
    parts = {part for row in table_of_keys() for part in row["key"].split(".")}
    assert "WORKER" in parts
    return parts - {"WORKER"} | set(WORKERS)


def keys_in_the_page() -> set[str]:
    dotted = macro_arguments(page("tlsrouted.yaml.5"), "Cm")
    return {part for word in dotted for part in word.split(".")}


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


def test_every_key_is_explained():
    assert len(keys_of_the_program()) > 20
    assert keys_of_the_program() - keys_in_the_page() == set()


def test_every_value_is_explained():
    values = {value["name"] for row in table_of_keys() for value in row.get("values", [])}
    assert len(values) > 10
    text = page("tlsrouted.yaml.5")
    assert {value for value in values if not re.search(rf"^\.Cm .*\b{value}\b", text, re.MULTILINE)} \
        == set()


def test_help_for_people_has_every_key():
    text = subprocess.run([TLSROUTED, "--help-config"], capture_output=True, text=True,
                          check=True).stdout
    shown = re.findall(r"^(\S+) \(", text, re.MULTILINE)
    assert shown == [row["key"] for row in table_of_keys()]
    assert [line for line in text.splitlines() if len(line) > 80 and line.startswith(" ")] == []


@pytest.mark.parametrize("key", re.findall(r"^\.It Cm (\S+(?: , \S+)*)$",
                                           page("tlsrouted.yaml.5"), re.MULTILINE))
def test_every_key_that_is_explained_exists(key):
    for part in key.replace(" , ", ".").split("."):
        assert part in keys_of_the_program()
