# SPDX-License-Identifier: Apache-2.0
"""Who connects to the control socket, how many, and how they behave."""

import contextlib
import json
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cluster import pool_manifest
from crowd import STATUS, Crowd, connect, query
from daemon import TLSROUTECTL
from packets import decode, message
from waiting import eventually

POOLS = 500
MANY = 3000
MEMORY_MORE = 24 << 20  # bytes that 64 clients may make the supervisor use, and what is left over


def resident(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def create_all(cluster, manifests: list[dict]) -> None:
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(cluster.create, manifests))


def test_a_thousand_clients(cluster, new_daemon):
    """Half of them hostile, while 500 Pools change: nothing is lost, and memory is bounded. What it
    does to the speed is for ./dev bench control."""
    create_all(cluster, [pool_manifest(f"p{i}") for i in range(POOLS)])
    daemon = new_daemon().start().wait_until_healthy()
    eventually(lambda: len(cluster.route_specs()), POOLS, seconds=60)
    before, pids = resident(daemon.pid), daemon.worker_pids()
    crowd = Crowd(daemon.socket).start()
    try:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda i: cluster.change_route(f"p{i}", hostname=f"new{i}.example.com"),
                             range(POOLS)))
        eventually(lambda: {name: spec["hostnames"] for name, spec in cluster.route_specs().items()},
                   {f"p{i}": [f"new{i}.example.com"] for i in range(POOLS)}, seconds=60)
        most = resident(daemon.pid)
        eventually(lambda: all(crowd.answers[1::2]), True, "each honest client is answered", 60)
        most = max(most, resident(daemon.pid))
    finally:
        crowd.stop()
    print(f"{sum(crowd.answers)} answers; memory {before >> 10} KiB, then at most {most >> 10} KiB")
    assert crowd.wrong == []
    assert daemon.worker_pids() == pids
    assert most - before < MEMORY_MORE
    assert daemon.healthy()


def test_many_rows(cluster, new_daemon):
    """They pass through the supervisor, which does not keep them."""
    create_all(cluster, [pool_manifest(f"p{i:05}", enabled=False) for i in range(MANY)])
    daemon = new_daemon().start().wait_until_healthy()
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               lambda summary: summary.startswith(f"{MANY} Pools"), seconds=60)
    daemon.ctl("pools", "-o", "name")
    before = resident(daemon.pid)
    for _ in range(3):
        names = daemon.ctl("pools", "-o", "name").stdout.split()
        assert names == [f"{cluster.namespace}/p{i:05}" for i in range(MANY)]
    with contextlib.ExitStack() as stack:  # who asks for a page and does not read it gets no other
        for _ in range(40):
            stack.enter_context(connect(daemon.socket)).send(query())
        assert daemon.ctl("pools", "-o", "name").stdout.count("\n") == MANY
        more = resident(daemon.pid) - before
    assert more < 8 << 20, f"{more >> 10} KiB more"
    started = time.monotonic()
    assert daemon.ctl("status").returncode == 0
    print(f"status in {(time.monotonic() - started) * 1000:.1f} ms at {MANY} Pools, "
          f"{more >> 10} KiB more memory")


def test_a_page_is_bounded(cluster, new_daemon):
    """Whatever changes between two pages, what stays is on one of them."""
    create_all(cluster, [pool_manifest(f"p{i:03}", enabled=False) for i in range(150)])
    daemon = new_daemon().start().wait_until_healthy()
    eventually(lambda: len(daemon.ctl("pools", "-o", "name").stdout.split()), 150)
    names, after, sizes = [], "", []
    with connect(daemon.socket) as client:
        while after is not None:
            client.send(query(after=after, ticket=len(sizes) + 1))
            rows = 0
            while (packet := decode(client.recv(1 << 17)))[0] == "ROW":
                names.append(json.loads(packet[1][1])["name"])
                rows += 1
            assert packet[0] == "PAGE_END" and packet[1][0] == len(sizes) + 1
            sizes.append(rows)
            after = packet[1][2] if packet[1][1] else None
            if len(sizes) == 1:
                for gone in ("p000", names[-1]):
                    cluster.delete("Pool", gone)
                cluster.pool("p010a", enabled=False)
                eventually(lambda: len(daemon.ctl("pools", "-o", "name").stdout.split()), 149)
    assert sizes == [64, 64, 22]
    assert names == [f"p{i:03}" for i in range(150)]


COMMANDS = {"RESYNC_COMMAND": message("RESYNC_COMMAND"), "RELOAD_COMMAND": message("RELOAD_COMMAND"),
            "LEVEL_COMMAND": message("LEVEL_COMMAND", 3), "ADOPT": message("ADOPT", 1, "ns", "c", ["a"])}
QUERIES = {"STATUS_QUERY": STATUS, "QUERY": query(), "LEVEL_QUERY": message("LEVEL_QUERY"),
           "WATCH_QUERY": message("WATCH_QUERY")}
ASK = """
import socket, sys
client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
client.connect(sys.argv[1])
try:
    client.send(bytes.fromhex(sys.argv[2]))
    answer = client.recv(131072)
except (BrokenPipeError, ConnectionResetError):  # it was told before it asked
    answer = client.recv(131072)
sys.stdout.buffer.write(answer)
"""
STRANGER, GROUP = 61998, 61999


def ask_as(daemon, packet: bytes, user: int, group: int, groups: list[int]) -> tuple[str, list]:
    done = subprocess.run(["/usr/bin/python3", "-c", ASK, daemon.socket, packet.hex()],
                          capture_output=True, timeout=20, user=user, group=group,
                          extra_groups=groups)
    return decode(done.stdout) if done.stdout else ("", [done.stderr.decode()])


@pytest.fixture
def with_group(new_daemon):
    daemon = new_daemon(groups=[GROUP])
    daemon.config.write_text(daemon.config.read_text().replace(
        f"  socket: {daemon.socket}\n", f"  socket: {daemon.socket}\n  group: {GROUP}\n"))
    daemon.folder.chmod(0o755)
    return daemon.start().wait_until_healthy()


@pytest.mark.skipif(os.geteuid() != 0, reason="other users can only be tried by root")
@pytest.mark.parametrize("group, groups", [(GROUP, []), (STRANGER, [5, GROUP])],
                         ids=["primary", "supplementary"])
def test_group_may_look_and_not_steer(with_group, group, groups):
    assert with_group.socket.stat().st_mode & 0o777 == 0o660
    for name, packet in QUERIES.items():
        assert ask_as(with_group, packet, STRANGER, group, groups)[0] not in ("REFUSED", ""), name
    for name, packet in COMMANDS.items():
        answer, fields = ask_as(with_group, packet, STRANGER, group, groups)
        assert answer == "REFUSED" and "only query" in fields[1], name
    assert with_group.ctl("loglevel").stdout == "info\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="other users can only be tried by root")
def test_others_may_nothing(with_group):
    """The kernel keeps them away; where the socket's rights have been lost, the supervisor does."""
    for _ in range(2):
        for packet in (*QUERIES.values(), *COMMANDS.values()):
            answer, fields = ask_as(with_group, packet, STRANGER, STRANGER, [5])
            assert answer == "REFUSED" or "PermissionError" in fields[0]
        with_group.socket.chmod(0o666)
    assert answer == "REFUSED" and "you may not query" in fields[1]
    done = subprocess.run([TLSROUTECTL, "--socket", with_group.socket, "status"], text=True,
                          capture_output=True, timeout=10, user=STRANGER, group=STRANGER,
                          extra_groups=[])
    assert done.returncode == 3 and "you may not query this tlsrouted" in done.stderr


def test_unknown_group(new_daemon):
    daemon = new_daemon()
    daemon.config.write_text(daemon.config.read_text().replace(
        "control:\n", "control:\n  group: no-such-group\n"))
    done = daemon.run()
    assert done.returncode == 1
    assert daemon.said('control.group: there is no group "no-such-group"')


@pytest.mark.skipif(os.geteuid() != 0, reason="another user can only be tried by root")
def test_group_of_others(new_daemon):
    """Only a member can give the socket to a group."""
    daemon = new_daemon(user=STRANGER)
    daemon.config.write_text(daemon.config.read_text().replace(
        "control:\n", f"control:\n  group: {GROUP}\n"))
    assert daemon.run().returncode == 1
    assert daemon.said("it cannot be given to control.group")
    assert not daemon.socket.exists()


def test_log_level(daemon):
    """Of all processes, until the next reload."""
    assert daemon.ctl("loglevel").stdout == "info\n"
    assert daemon.ctl("loglevel", "debug").stdout == "debug\n"
    assert daemon.ctl("resync").returncode == 0
    assert daemon.ctl("loglevel", "error").stdout == "error\n"
    assert daemon.ctl("loglevel", "loud").returncode == 2
    daemon.config.write_text(daemon.config.read_text().replace("level: info", "level: warning"))
    assert daemon.ctl("reload").returncode == 0
    assert daemon.ctl("loglevel").stdout == "warning\n"


def test_reload_says_what_is_wrong(daemon):
    daemon.config.write_text(daemon.config.read_text() + "nonsense: 1\n")
    done = daemon.ctl("reload")
    assert done.returncode == 1 and 'unknown key "nonsense"' in done.stderr
    assert daemon.healthy()


def test_resync_lists_again(cluster, daemon):
    lists = {stream["kind"]: stream["lists"] for stream in daemon.status()["streams"]}
    cluster.pool("p")
    eventually(lambda: cluster.get("TLSRoute", "p"))
    assert daemon.ctl("resync").returncode == 0
    eventually(lambda: {stream["kind"]: stream["lists"] for stream in daemon.status()["streams"]},
               {kind: count + 1 for kind, count in lists.items()})
    daemon.wait_until_healthy()
    assert len(cluster.writes("tlsroutes")) == 1, "there was nothing to write"


def test_watch(cluster, daemon):
    """Says what is new when it is, and ends with the daemon."""
    process = subprocess.Popen([TLSROUTECTL, "--socket", daemon.socket, "watch"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")))
    reader.start()
    try:
        eventually(lambda: any("tlsrouted" in line for line in lines))
        cluster.pool("wrong", "Not_A.Hostname")
        eventually(lambda: any("HostnameInvalid" in line for line in lines))
        daemon.stop()
        assert process.wait(10) == 3
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
        process.stderr.close()
