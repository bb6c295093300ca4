# SPDX-License-Identifier: Apache-2.0
"""What tlsrouted writes, and what nobody may find in it or in its processes."""

import os
import re
import stat
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from daemon import ROLES, SANDBOX, WORKER_ENVIRONMENT, children
from waiting import eventually

# Anything that a log must not be broken by, as far as the API server lets it into a Pool.
HOSTILE = ('a"b', "a\\b", "a b=c", "line\nlevel=error msg=forged", "esc\x1b[31m", "tab\there",
           "delete\x7f", "ü" * 510, "x" * 1000, "\u009b31m", "\u2028", "日本" * 150)


def work_of_all_kinds(cluster) -> None:
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    for number, hostname in enumerate(HOSTILE):
        cluster.pool(f"hostile-{number}", hostname)
    eventually(lambda: (cluster.route_spec("p"), cluster.names("c")),
               lambda state: state[0] and len(state[1]) == 2)


@pytest.mark.parametrize("log_format", ["logfmt", "json"])
def test_every_line(cluster, new_daemon, log_format):
    daemon = new_daemon(format=log_format, level="debug").start().wait_until_healthy()
    work_of_all_kinds(cluster)
    for number in range(len(HOSTILE)):
        name = f"hostile-{number}"
        lines = eventually(lambda: daemon.said(name=name, level="warning"),
                           what=f"a line about {HOSTILE[number]!r}")
        assert [line["reason"] for line in lines] == ["HostnameInvalid"]
        assert lines[0]["namespace"] == cluster.namespace
    daemon.stop()
    lines = daemon.lines()  # each one parses, or this fails
    for line in lines:
        assert list(line)[:4] == ["time", "level", "role", "msg"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
        assert line["level"] in ("debug", "info", "warning", "error")
        assert line["role"] in ("supervisor", *ROLES)
        assert line["msg"]
    assert {line["role"] for line in lines} == {"supervisor", *ROLES}
    assert len(daemon.problems()) == len(HOSTILE)
    raw = daemon.log.read_bytes()
    assert all(len(line) < 4096 for line in raw.split(b"\n"))
    controls = [character for character in raw.decode() if character != "\n" and
                (ord(character) < 0x20 or 0x7f <= ord(character) < 0xa0)]
    assert controls == [], "control codes that a terminal obeys"


def test_times_are_in_order_and_now(daemon):
    times = [datetime.strptime(line["time"], "%Y-%m-%dT%H:%M:%S.%fZ") for line in daemon.lines()]
    # Each line is written in one go, though not by one process.
    assert all((later - earlier).total_seconds() > -0.1
               for earlier, later in zip(times, times[1:]))
    assert abs((datetime.utcnow() - times[-1]).total_seconds()) < 60


def test_what_was_done_is_told(cluster, daemon):
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: daemon.said(role="certpatcher", msg="name added to the Certificate",
                                   namespace=cluster.namespace, name="c", pool="p",
                                   hostname="p.example.com"), lambda lines: len(lines) == 1)
    eventually(lambda: daemon.said(role="reconciler", msg="TLSRoute created", name="p",
                                   namespace=cluster.namespace), lambda lines: len(lines) == 1)
    cluster.change_route("p", hostname="q.example.com")
    eventually(lambda: daemon.said(role="reconciler", msg="TLSRoute changed", name="p"),
               lambda lines: len(lines) == 1)
    cluster.change_route("p", enabled=False)
    eventually(lambda: daemon.said(role="reconciler", msg="TLSRoute deleted", name="p"),
               lambda lines: len(lines) == 1)


def secrets_of(tokens: dict[str, str]) -> list[bytes]:
    """A token's signature is the secret in it: the rest alone is worth nothing."""
    return [part.encode() for token in tokens.values() for part in (token, token.split(".")[2])]


def test_no_secret_in_the_log(lab, cluster, new_daemon, tokens):
    """Whatever goes on, and on all levels."""
    daemon = new_daemon(level="debug").start().wait_until_healthy()
    work_of_all_kinds(cluster)
    replaced = {role: lab.token("tlsrouted", f"tlsrouted-{role}", 1300) for role in ROLES}
    for role in ROLES:
        daemon.token_file(role).write_text(replaced[role])
    daemon.reload()
    eventually(lambda: len(daemon.said("a credential changed")), len(ROLES))
    broken = {role: "eyJhbGciOiJFUzI1NiJ9.broken.signature-of-" + role for role in ROLES}
    for role in ROLES:
        daemon.token_file(role).write_text(broken[role])
    daemon.reload()
    eventually(lambda: len(daemon.said("a credential changed")), 2 * len(ROLES))
    daemon.token_file("watcher").write_text(broken["watcher"] + " and more")
    daemon.reload()
    eventually(lambda: daemon.said("the new configuration cannot be used"))
    daemon.stop()
    raw = daemon.log.read_bytes()
    found = [secret for secret in (*secrets_of(tokens), *secrets_of(replaced), *secrets_of(broken))
             if secret in raw]
    assert found == []
    assert b"PRIVATE KEY" not in raw and b"Bearer" not in raw


def test_no_secret_shows_in_the_processes(daemon, tokens):
    for pid in (daemon.pid, *children(daemon.pid)):
        for name in ("cmdline", "environ", "comm"):
            shown = Path(f"/proc/{pid}/{name}").read_bytes()
            assert [secret for secret in secrets_of(tokens) if secret in shown] == []


@pytest.mark.parametrize("role", ROLES)
class TestWorker:
    """What a worker has and may."""

    def test_environment_and_arguments(self, daemon, role):
        pid = daemon.worker_pids()[role]
        assert Path(f"/proc/{pid}/environ").read_bytes() == WORKER_ENVIRONMENT
        assert Path(f"/proc/{pid}/cmdline").read_bytes().count(b"\0") == 1
        assert os.readlink(f"/proc/{pid}/exe").endswith(f"/libexec/tlsrouted/{role}")

    def test_descriptors(self, daemon, role):
        """Standard ones, links, the event loop, connections: no file, no listening socket."""
        pid = daemon.worker_pids()[role]
        found = {int(entry): os.readlink(f"/proc/{pid}/fd/{entry}")
                 for entry in os.listdir(f"/proc/{pid}/fd")}
        assert found.pop(0) == found.pop(1) == "/dev/null"
        assert found.pop(2) == str(daemon.log)
        assert found[3].startswith("socket:")
        kinds = {target.partition(":[")[0] for target in found.values()}
        if SANDBOX == "log":
            kinds -= {"anon_inode:seccomp notify"}  # of the thread that tells
        assert kinds <= {"socket", "pipe", "anon_inode", "anon_inode:[eventpoll]",
                         "anon_inode:[eventfd]", "anon_inode:[timerfd]"}, found
        assert len(found) <= 16, found

    def test_descriptors_do_not_grow(self, cluster, daemon, role):
        def count() -> int:
            return len(os.listdir(f"/proc/{daemon.worker_pids()[role]}/fd"))
        cluster.pool("first")
        eventually(lambda: cluster.route_spec("first"))
        before = count()
        for number in range(20):
            cluster.pool(f"p{number}")
        eventually(cluster.route_specs, lambda routes: len(routes) == 21)
        daemon.reload()
        eventually(lambda: daemon.said("read again"))
        eventually(count, lambda now: now <= before + 2)

    def test_sandbox(self, daemon, role):
        folder = Path(f"/proc/{daemon.worker_pids()[role]}")
        status = dict(line.split(":\t", 1)
                      for line in (folder / "status").read_text().splitlines() if ":\t" in line)
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
        assert re.search(r"^Max core file size +0 +0 ", (folder / "limits").read_text(),
                         re.MULTILINE)

    def test_started_by_hand(self, daemon, role):
        program = os.readlink(f"/proc/{daemon.worker_pids()[role]}/exe")
        done = subprocess.run([program], capture_output=True, text=True, timeout=10)
        assert done.returncode == 1
        assert "this program is started by tlsrouted, not by hand" in done.stderr


def test_secrets_readable_by_all_are_told_once(cluster, new_daemon):
    daemon = new_daemon()
    path = daemon.token_file("watcher")
    path.chmod(path.stat().st_mode | stat.S_IROTH)
    daemon.start().wait_until_healthy()
    daemon.reload()
    eventually(lambda: daemon.said("read again"))
    lines = daemon.problems()
    assert [line["level"] for line in lines] == ["warning"]
    assert lines[0]["file"] == str(path) and "chmod" in lines[0]["msg"]
