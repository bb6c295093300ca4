# SPDX-License-Identifier: Apache-2.0
"""Servers and Certificates keep unknown fields, so whoever may write one puts anything into it. What
one object holds costs that object: nobody else's names and routes, and no memory to speak of."""

import json
from pathlib import Path

import pytest

from cluster import (Cluster, certificate_manifest, expected_spec, pool_manifest,
                     server_manifest)
from waiting import eventually

MEBIBYTE = 1024 * 1024
# Of a process for what it does anyhow: pages of the list, libcurl's buffers, TLS.
MEMORY_TO_SPARE = 24 * MEBIBYTE
LARGE_BYTES = 1_400_000  # etcd takes 1.5 MiB


@pytest.fixture
def hostile(new_cluster):
    """The namespace of somebody who may write Servers and Certificates there; nothing is left of
    them for the next test."""
    made = new_cluster()
    yield made
    for kind in ("Server", "Certificate"):
        made.request("DELETE", made.path(kind))


@pytest.fixture
def daemon(new_daemon):
    """One that reads all namespaces at once, so that one stream brings everybody's objects."""
    return new_daemon(namespaces=[]).start().wait_until_healthy()


def nested(levels: int) -> dict:
    value: dict | list = {}
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return {"nested": value}


def hollow() -> dict:
    """As many objects as a Server can hold."""
    return {"hollow": [{}] * (LARGE_BYTES // 3)}


def with_more(manifest: dict, more: dict) -> dict:
    return {**manifest, "spec": {**manifest["spec"], **more}}


def peak(daemon, role: str) -> int:
    """Bytes of memory that the worker has had at most."""
    status = Path(f"/proc/{daemon.worker_pids()[role]}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines()
                if line.startswith("VmHWM:"))


def assert_in_sync(daemon) -> None:
    def streams() -> list[str]:
        return daemon.workers()["watcher"]["summary"].split()[:3]
    eventually(streams, lambda words: words[0] == words[2], "all streams are in sync")


def assert_works(cluster, name: str = "works") -> None:
    """A Pool gets all that it asks for."""
    cluster.certificate(name, ["puppet"])
    cluster.server(name, name, [name])
    cluster.pool(name, inject=True)
    eventually(lambda: (cluster.route_spec(name), cluster.names(name)),
               (expected_spec(name), ["puppet", f"{name}.example.com"]))


def assert_undisturbed(daemon, restarts: dict[str, int]) -> None:
    assert_in_sync(daemon)
    assert daemon.restarts() == restarts
    assert not daemon.said("cannot decode")


@pytest.mark.parametrize("levels", [60, 500])
@pytest.mark.parametrize("kind", ["Server", "Certificate"])
def test_nested(cluster, hostile, daemon, new_daemon, kind, levels):
    """It is an object like any other: its own Pool gets its name, too."""
    restarts = daemon.restarts()
    certificate, server = certificate_manifest("c", ["puppet"]), server_manifest("s", "c", ["p"])
    if kind == "Server":
        server = with_more(server, nested(levels))
    else:
        certificate = with_more(certificate, {"csrExtensions": nested(levels)})
    hostile.create(certificate)
    hostile.create(server)
    assert_works(cluster)
    hostile.create(pool_manifest("p", inject=True))
    eventually(lambda: hostile.names("c"), ["puppet", "p.example.com"])
    assert_undisturbed(daemon, restarts)
    assert not daemon.problems()
    daemon.stop()

    again = new_daemon(namespaces=[]).start()  # it stands in the first list, too
    assert_works(cluster, "later")
    assert_in_sync(again)


@pytest.mark.parametrize("count", [1, 12])
def test_hollow(cluster, hostile, daemon, new_daemon, count):
    """The certpatcher lists Servers; the watcher gets them on its stream and, after a restart, all
    at once."""
    before = {role: peak(daemon, role) for role in ("watcher", "certpatcher")}
    restarts = daemon.restarts()
    server = with_more(server_manifest("s", "c", ["p"]), hollow())
    size = len(json.dumps(server, separators=(",", ":")))
    hostile.certificate("c", ["puppet"])
    for number in range(count):
        hostile.create({**server, "metadata": {"name": f"s{number}"}})
    assert_works(cluster)
    hostile.pool("p", inject=True)
    eventually(lambda: hostile.names("c"), ["puppet", "p.example.com"])
    assert_undisturbed(daemon, restarts)
    for role, peak_before in before.items():
        grown = peak(daemon, role) - peak_before
        assert grown < 2 * count * size + MEMORY_TO_SPARE, f"{role}: {grown}"
    daemon.stop()

    again = new_daemon(namespaces=[]).start().wait_until_healthy()
    assert_works(cluster, "later")
    assert_in_sync(again)
    assert peak(again, "watcher") - before["watcher"] < 2 * count * size + MEMORY_TO_SPARE


@pytest.mark.parametrize("pools, problem", [
    (["p", *["x"] * 300_000], "spec.poolRefs"),
    (["p", "y" * 1_200_000], "spec.poolRefs has more than 65536 bytes"),
], ids=["many", "long"])
def test_not_understood(cluster, hostile, daemon, pools, problem):
    """One finding about that Server; it is none of the others' business."""
    restarts = daemon.restarts()
    hostile.server("bad", "c", pools)
    assert_works(cluster)
    assert_works(hostile)
    lines = eventually(lambda: daemon.said(problem, namespace=hostile.namespace, name="bad"),
                       what="a line about it")
    assert len(lines) == 1
    assert lines == daemon.said(namespace=hostile.namespace, name="bad", level="warning")
    assert_undisturbed(daemon, restarts)


def test_large_lists_of_many_namespaces(cluster, new_cluster, new_daemon):
    """By name: as many lists are under way at a time, and a page of each is held as a whole."""
    before = peak(new_daemon().start().wait_until_healthy(), "watcher")
    server = with_more(server_manifest("s", "c", ["p"]), hollow())
    theirs = [new_cluster() for _ in range(6)]
    for each in theirs:
        for number in range(8):
            each.create({**server, "metadata": {"name": f"s{number}"}})
    daemon = new_daemon(namespaces=[each.namespace for each in [*theirs, cluster]])
    daemon.start().wait_until_healthy(60)
    assert_works(cluster)
    assert peak(daemon, "watcher") - before < MEMORY_TO_SPARE
    assert set(daemon.restarts().values()) == {0}
    for each in theirs:
        each.request("DELETE", each.path("Server"))


def test_pages_too_large_for_one_response(cluster, hostile, daemon):
    """More Servers in one namespace than one response may hold: the certpatcher asks for fewer at a
    time."""
    server = with_more(server_manifest("s", "c", ["p"]), {"long": "x" * LARGE_BYTES})
    hostile.certificate("c", ["puppet"])
    for number in range(25):
        hostile.create({**server, "metadata": {"name": f"s{number}"}})
    hostile.pool("p", inject=True)
    eventually(lambda: hostile.names("c"), ["puppet", "p.example.com"])
    assert_works(cluster)
