# SPDX-License-Identifier: Apache-2.0
"""The shells' completion of tlsroutectl."""

import re
import subprocess

from daemon import PREFIX, TLSROUTECTL
from waiting import eventually

BASH = PREFIX / "share" / "bash-completion" / "completions" / "tlsroutectl"
ZSH = PREFIX / "share" / "zsh" / "site-functions" / "_tlsroutectl"

SCRIPT = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_tlsroutectl
printf '%s\\n' "${COMPREPLY[@]}"
"""


def complete(*words: str) -> list[str]:
    """What the last of the words may become."""
    done = subprocess.run(["bash", "-uc", SCRIPT, "bash", BASH, TLSROUTECTL, *words], text=True,
                          capture_output=True, timeout=10)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.split()


def commands() -> set[str]:
    """As the usage text has them."""
    usage = subprocess.run([TLSROUTECTL, "--help"], text=True, capture_output=True, timeout=10)
    text = usage.stdout.partition("commands:\n")[2]
    return set(re.findall(r"^  ([a-z]+) ", text, re.MULTILINE))


def test_commands():
    assert set(complete("")) - {"--socket", "--version", "--help"} == commands()
    assert complete("w") == ["workers", "watch"]
    assert complete("--socket", "/nowhere", "exp") == ["explain"]
    assert commands() == set(re.findall(r"^        '([a-z]+):", ZSH.read_text(), re.MULTILINE))


def test_words_of_commands():
    assert complete("pools", "-o", "") == ["table", "json", "yaml", "name"]
    assert complete("loglevel", "w") == ["warning"]
    assert complete("graph", "--m") == ["--mermaid"]
    assert complete("status", "--o") == ["--output"]


def test_pool_names(cluster, daemon):
    for name in ("one", "other", "two"):
        cluster.pool(name)
    here = f"{cluster.namespace}/"
    eventually(lambda: complete("-s", str(daemon.socket), "explain", ""),
               [f"{here}one", f"{here}other", f"{here}two", "--output"])
    assert complete("-s", str(daemon.socket), "explain", f"{here}o") == [f"{here}one", f"{here}other"]
    eventually(lambda: complete("-s", str(daemon.socket), "routes", f"{here}tw"), [f"{here}two"])


def test_nobody_to_ask(folder):
    """Then there are no names, and nothing is said in the middle of a command line."""
    assert complete("-s", str(folder / "none"), "explain", "") == ["--output"]


def test_names_are_not_expanded(folder):
    """A name is what somebody else chose."""
    fake = folder / "tlsroutectl"
    fake.write_text(f"#!/bin/sh\necho '$(touch {folder}/made)/x'\necho '`id`/y'\n")
    fake.chmod(0o755)
    done = subprocess.run(["bash", "-uc", SCRIPT, "bash", BASH, fake, "explain", ""], text=True,
                          capture_output=True, timeout=10)
    assert done.stdout.splitlines() == [f"$(touch {folder}/made)/x", "`id`/y", "--output"]
    assert not (folder / "made").exists()
