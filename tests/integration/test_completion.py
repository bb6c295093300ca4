# SPDX-License-Identifier: Apache-2.0
"""The shells' completion of tlsroutectl. What it knows is tested in test_command_table.c; here it is
held against the help, and run as the shells do."""

import contextlib
import re
import socket
import subprocess
import time

import pytest

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


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([TLSROUTECTL, *arguments], text=True, capture_output=True, timeout=10)


def complete(*words: str, program=TLSROUTECTL) -> list[str]:
    """What the last of the words may become in bash."""
    done = subprocess.run(["bash", "-uc", SCRIPT, "bash", BASH, program, *words], text=True,
                          capture_output=True, timeout=10)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.split("\n")[:-1] if done.stdout.strip() else []


def commands() -> list[str]:
    """As help has them."""
    return re.findall(r"^  ([a-z]+) ", run("--help").stdout, re.MULTILINE)


def options(*command: str) -> set[str]:
    """The long options in the help of a command, or of tlsroutectl itself."""
    text = run(*command, "--help").stdout
    return set(re.findall(r"--[a-z][a-z-]*", text.split("Options:\n")[1].split("\n\n")[0]))


def test_commands():
    assert complete("") == commands()
    assert complete("w") == ["workers", "watch"]
    assert complete("--socket", "/nowhere", "exp") == ["explain"]
    assert set(complete("-")) == options()


@pytest.mark.parametrize("command", commands())
def test_options(command):
    assert complete(command[:-1]) == [command]
    assert set(complete(command, "-")) == options(command)
    assert complete(command, "--he") == ["--help"]


@pytest.mark.parametrize("command", [name for name in commands() if "--output" in options(name)])
def test_formats(command):
    listed = re.search(r"--output FORMAT +(.*) \(", run(command, "--help").stdout)[1]
    assert complete(command, "-o", "") == re.split(", | or ", listed)


@pytest.mark.parametrize("words, candidates", [
    (["pools", "--output", "j"], ["json"]),
    (["pools", "--output", "=", "j"], ["json"]),  # as bash divides --output=j
    (["verify", "-o", ""], ["text", "json"]),
    (["loglevel", ""], ["error", "warning", "info", "debug"]),
    (["loglevel", "w"], ["warning"]),
    (["health", "--live", "--r"], []),
    (["graph", "--m"], ["--mermaid"]),
    (["verify", "--timeout", ""], []),
    (["nonsense", ""], []),
])
def test_words(words, candidates):
    assert complete(*words) == candidates


def test_files(folder):
    (folder / "one.sock").touch()
    (folder / "two.pem").touch()
    assert complete("-s", f"{folder}/o") == [f"{folder}/one.sock"]
    assert complete("verify", "--ca", f"{folder}/t") == [f"{folder}/two.pem"]
    assert complete("verify", "--kubeconfig", f"{folder}/none") == []


def test_names(cluster, daemon):
    for name in ("one", "other", "two"):
        cluster.pool(name)
    cluster.certificate("c")
    here = f"{cluster.namespace}/"
    there = ("-s", str(daemon.socket))
    eventually(lambda: complete(*there, "explain", ""),
               [f"{here}one", f"{here}other", f"{here}two"])
    for command in ("pools", "diff", "graph", "tree"):
        assert complete(*there, command, f"{here}o") == [f"{here}one", f"{here}other"]
    eventually(lambda: complete(*there, "routes", f"{here}tw"), [f"{here}two"])
    eventually(lambda: complete(*there, "certs", ""), [f"{here}c"])
    assert complete("explain", *there, f"{here}tw") == [f"{here}two"]
    assert complete(*there, "explain", f"{here}one", "") == ["--output", "--help"]


def test_no_daemon(folder):
    """There are no names then, and no error appears in the middle of a command line."""
    assert complete("-s", str(folder / "none"), "explain", "x") == []
    assert complete("-s", str(folder / "none"), "explain", "") == ["--output", "--help"]


@pytest.mark.parametrize("clients", [0, 3], ids=["silent", "not accepting"])
def test_daemon_hangs(folder, clients):
    """Nobody waits for it in the middle of a command line."""
    path = str(folder / "hanging.sock")
    with contextlib.ExitStack() as stack:
        hanging = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        hanging.bind(path)
        hanging.listen(1)
        for _ in range(clients):  # fill its queue
            client = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            client.setblocking(False)
            client.connect_ex(path)
        started = time.monotonic()
        assert complete("-s", path, "explain", "x") == []
        assert time.monotonic() - started < 3


def test_no_program(folder):
    assert complete("explain", "", program=folder / "none") == []


def test_names_are_not_expanded(folder):
    """A name is what somebody else chose."""
    fake = folder / "tlsroutectl"
    fake.write_text(f"#!/bin/sh\necho '$(touch {folder}/made)/x'\necho '`id`/y\tname'\n")
    fake.chmod(0o755)
    assert complete("explain", "", program=fake) == [f"$(touch {folder}/made)/x", "`id`/y"]
    assert not (folder / "made").exists()


def test_zsh_asks_the_program():
    """Like bash, it has no words of its own."""
    for script in (BASH, ZSH):
        text = script.read_text()
        assert " complete -- " in text
        assert not re.search(rf"\b({'|'.join(set(commands()) - {'status'})})\b", text)
