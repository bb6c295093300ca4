# SPDX-License-Identifier: Apache-2.0
"""`tlsroutectl`, and what it says about the daemon."""

import os
import re
import signal
import socket
import subprocess

import pytest

from daemon import ROLES, TLSROUTECTL, TLSROUTED
from waiting import eventually


def test_healthy(cluster, daemon):
    cluster.pool("p")
    cluster.server("s", "c", [])
    cluster.certificate("c")
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               lambda summary: summary.startswith("1 Pools (0 not satisfied), 1 TLSRoutes, "
                                                  "1 Services, 1 Servers, 1 Certificates;"))
    done = daemon.ctl("status")
    assert done.returncode == 0 and done.stderr == ""
    first = done.stdout.splitlines()[0]
    assert re.fullmatch(rf"tlsrouted \S+, pid {daemon.pid}, up 0d 00:00:\d\d, healthy", first)
    workers = daemon.workers()
    assert set(workers) == set(ROLES)
    assert {worker["state"] for worker in workers.values()} == {"ready"}
    assert {worker["restarts"] for worker in workers.values()} == {0}
    assert workers["watcher"]["summary"] == "7 of 7 streams in sync, TLSRoute v1"
    status = daemon.status()
    assert all("seccomp" in each["sandbox"] for each in (status, *status["workers"]))
    assert len(re.findall("sandbox: ", done.stdout)) == 1 + len(ROLES)
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_counts_go_down(cluster, daemon):
    cluster.certificate("c")
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               lambda summary: "1 Certificates" in summary)
    cluster.delete("Certificate", "c")
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               lambda summary: "0 Certificates" in summary)


@pytest.mark.parametrize("role", ROLES)
def test_last_end(daemon, role):
    os.kill(daemon.worker_pids()[role], signal.SIGKILL)
    eventually(lambda: daemon.restarts()[role], 1)
    daemon.wait_until_healthy()
    assert "last end: killed by signal 9 (Killed)" in daemon.ctl("status").stdout


@pytest.mark.parametrize("role", ROLES)
def test_not_healthy_without_a_worker(daemon, role):
    os.kill(daemon.worker_pids()[role], signal.SIGKILL)
    eventually(lambda: daemon.said("not healthy: see tlsroutectl status"))
    daemon.wait_until_healthy()


def test_nobody_answers(folder):
    done = subprocess.run([TLSROUTECTL, "--socket", folder / "none", "status"], text=True,
                          capture_output=True, timeout=10)
    assert done.returncode == 3
    assert str(folder / "none") in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["status", "more"], ["--nonsense"]])
def test_wrong_usage(arguments):
    done = subprocess.run([TLSROUTECTL, *arguments], text=True, capture_output=True, timeout=10)
    assert done.returncode == 2
    assert "usage: tlsroutectl" in done.stderr


def test_output_that_cannot_be_written():
    """A script must not take a part for the whole."""
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([TLSROUTECTL, "--help"], text=True, stdout=full,
                              stderr=subprocess.PIPE, timeout=10)
    assert done.returncode == 3
    assert done.stderr == "tlsroutectl: cannot write the output: No space left on device\n"


@pytest.mark.parametrize("program", [TLSROUTED, TLSROUTECTL], ids=["tlsrouted", "tlsroutectl"])
def test_version(program):
    done = subprocess.run([program, "--version"], text=True, capture_output=True, timeout=10)
    assert done.returncode == 0
    assert re.search(r"\d+\.\d+", done.stdout)


@pytest.mark.parametrize("packet", [b"garbage", b"\x00", b"\xff" * 70000, b"\x01\xa3abc"],
                         ids=["garbage", "zero", "long", "another-role's"])
def test_garbage_on_the_control_socket(daemon, packet):
    """Ends that conversation and nothing else."""
    pids = daemon.worker_pids()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.connect(str(daemon.socket))
        client.send(packet)
        client.settimeout(10)
        assert client.recv(100) == b""
    assert daemon.healthy()
    assert daemon.worker_pids() == pids


def test_many_silent_clients(daemon):
    """They are not served for ever, and others are meanwhile, up to a limit."""
    clients = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(20)]
    for client in clients:
        client.connect(str(daemon.socket))
    assert daemon.healthy()
    for client in clients:
        client.close()


def test_socket_is_for_its_owner_only(daemon):
    assert daemon.socket.stat().st_mode & 0o777 == 0o600
