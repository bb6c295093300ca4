# SPDX-License-Identifier: Apache-2.0
"""What each process of a running daemon has given up, and what happens when it is taken over."""

import errno
import os
import re
import subprocess
from pathlib import Path

import pytest

import intruder
from daemon import ROLES, TLSROUTECTL, USER, WORKER_ENVIRONMENT, children, is_running
from intruder import needs_intruder
from test_exec_plugin import Plugin, credential
from waiting import eventually

UIDS = 61000
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0 or USER is not None, reason="not started as root")

# x86-64
EXECVE, SOCKET, PTRACE, KILL, IO_URING_SETUP = 59, 41, 101, 62, 425
NAMES = {EXECVE: "execve", PTRACE: "ptrace", KILL: "kill"}


@pytest.fixture
def enforcing(new_daemon):
    return new_daemon(sandbox="enforce").start().wait_until_healthy()


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def levels(daemon) -> list[str]:
    """The supervisor's, then the workers'."""
    status = daemon.status()
    return [each["sandbox"] for each in (status, *status["workers"])]


def open_files(pid: int) -> set[str]:
    folder = Path(f"/proc/{pid}/fd")
    return {os.readlink(entry) for entry in folder.iterdir() if int(entry.name) > 2}


@as_root
def test_started_as_root(enforcing):
    workers = enforcing.worker_pids()
    for number, role in enumerate(ROLES):
        facts = status(workers[role])
        uid = str(UIDS + number)
        assert facts["Uid"].split() == [uid] * 4 and facts["Gid"].split() == [uid] * 4
        assert facts["Groups"] == ""
        for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(facts[kind], 16) == 0, (role, kind)
    assert all(f"uid-{UIDS + number} " in level for number, level in enumerate(levels(enforcing)[1:]))


def test_every_process(enforcing):
    for pid in (enforcing.pid, *enforcing.worker_pids().values()):
        facts = status(pid)
        assert facts["NoNewPrivs"] == "1" and facts["Seccomp"] == "2"
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"Max core file size +0 +0 ", limits)
        # Of a process that is not dumpable these belong to root.
        assert Path(f"/proc/{pid}/environ").stat().st_uid == 0
    assert all(level.endswith(" seccomp") for level in levels(enforcing))
    assert len(levels(enforcing)) == 1 + len(ROLES)


@pytest.mark.skipif(os.geteuid() != 0, reason="may not look into other processes")
def test_workers_have_nothing_open_but_sockets(enforcing):
    for pid in enforcing.worker_pids().values():
        assert {re.sub(r"\d+", "N", name) for name in open_files(pid)} <= {
            "socket:[N]", "anon_inode:[eventpoll]", "anon_inode:[eventfd]", "pipe:[N]"}
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        assert environment == WORKER_ENVIRONMENT and len(arguments) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start it as somebody else")
def test_unprivileged(cluster, new_daemon):
    daemon = new_daemon(sandbox="enforce", user=NOBODY).start().wait_until_healthy()
    for pid in (daemon.pid, *daemon.worker_pids().values()):
        assert status(pid)["Uid"].split() == [str(NOBODY)] * 4
    assert all("no-own-uid" in level for level in levels(daemon)[1:])
    cluster.pool("p")
    eventually(lambda: cluster.get("TLSRoute", "p") is not None)


@needs_intruder
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("number", NAMES, ids=NAMES.values())
def test_forbidden_call(enforcing, role, number):
    """Ends that worker; the supervisor says which call it was, and starts it again."""
    before = enforcing.worker_pids()
    intruder.call(before[role], number)
    eventually(lambda: enforcing.restarts()[role], 1)
    enforcing.wait_until_healthy()
    assert not is_running(before[role])
    reason = ("killed by its sandbox (SIGSYS): it made a forbidden system call, " + NAMES[number])
    assert len(enforcing.said(reason, worker=role)) == 1
    assert reason in enforcing.workers()[role]["lastEnd"]
    after = enforcing.worker_pids()
    assert {each: pid for each, pid in after.items() if each != role} == {
        each: pid for each, pid in before.items() if each != role}


@needs_intruder
@pytest.mark.parametrize("role", ROLES)
def test_unknown_call(enforcing, role):
    """Fails, and harms nobody: what a newer library tries."""
    pid = enforcing.worker_pids()[role]
    assert intruder.call(pid, IO_URING_SETUP) == -errno.ENOSYS
    assert enforcing.worker_pids()[role] == pid and enforcing.healthy()


@needs_intruder
def test_supervisor_is_confined_too(enforcing):
    intruder.call(enforcing.pid, PTRACE)
    enforcing.process.wait(10)
    assert enforcing.said("the sandbox ends this process, which made a forbidden system call: ptrace")
    enforcing.socket.unlink()


@needs_intruder
@pytest.mark.parametrize("role", ROLES)
def test_log(new_daemon, role):
    """Each call is logged once, and goes on."""
    daemon = new_daemon(sandbox="log").start().wait_until_healthy()
    daemon.tries_forbidden_calls = True
    pid = daemon.worker_pids()[role]
    assert not daemon.said("a system call that the sandbox would not allow")
    for _ in range(2):
        assert intruder.call(pid, EXECVE) == -errno.EFAULT
    eventually(lambda: len(daemon.said("a system call that the sandbox would not allow",
                                       role=role, call="execve")), 1)
    assert daemon.worker_pids()[role] == pid and daemon.healthy()
    assert all(level.startswith("log-only ") for level in levels(daemon))
    assert len(daemon.said("the sandbox only logs")) == 1


def test_off(new_daemon):
    daemon = new_daemon(sandbox="off").start().wait_until_healthy()
    assert levels(daemon) == ["off"] * (1 + len(ROLES))
    assert len(daemon.said("the sandbox is off: no process is confined", level="warning")) == 1
    for pid in daemon.worker_pids().values():
        assert status(pid)["Seccomp"] == "0"


def test_reload_cannot_leave_it(enforcing):
    enforcing.settings["sandbox"] = "off"
    enforcing.write_config()
    enforcing.reload()
    eventually(lambda: enforcing.said("only after a restart of tlsrouted", key="sandbox"))
    assert enforcing.healthy() and "off" not in levels(enforcing)


# Every program hides itself, confined or not.

@as_root
@pytest.mark.parametrize("mode", ["enforce", "off"])
def test_hidden_from_others(cluster, new_daemon, mode):
    assert_hidden(new_daemon(sandbox=mode, user=NOBODY, launcher=DUMPS_CORE))


@as_root
def test_hidden_with_an_exec_plugin(cluster, new_daemon, lab):
    """For which the supervisor is not confined."""
    plugin = Plugin(new_daemon(sandbox="enforce", user=NOBODY, launcher=DUMPS_CORE), lab)
    plugin.print(credential(plugin.token()))
    assert_hidden(plugin.daemon)


# The limit that a service manager may have set.
DUMPS_CORE = ("sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh")


def assert_hidden(daemon) -> None:
    daemon.start().wait_until_healthy()
    watching = subprocess.Popen([*DUMPS_CORE, TLSROUTECTL, "--socket", daemon.socket, "watch"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **daemon.as_user)
    try:
        watching.stdout.readline()
        for pid in (daemon.pid, *children(daemon.pid), watching.pid):
            assert_unreadable(pid, daemon.as_user)
    finally:
        watching.terminate()
        watching.communicate()


def assert_unreadable(pid: int, as_user: dict) -> None:
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert re.search(r"^Max core file size +0 +0 ", limits, re.M), pid
    for name in ("environ", "mem", "fd", "maps"):
        done = subprocess.run(["ls" if name == "fd" else "cat", f"/proc/{pid}/{name}"],
                              capture_output=True, text=True, **as_user)
        assert "Permission denied" in done.stderr, (pid, name, done)
