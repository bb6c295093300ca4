# SPDX-License-Identifier: Apache-2.0
"""More namespaces than there are connections for a watch each: a proxy that speaks HTTP/1.1, a low
limit of open files."""

import os
import resource
import ssl
import subprocess
from pathlib import Path

import pytest

from cluster import expected_spec, pool_manifest
from daemon import ACCOUNTS, KUSTOMIZE, ROLES, TLSROUTED
from test_connections import assert_works, free_port, place
from test_ways import tls
from tunnel import Tunnel
from waiting import eventually, throughout

RBAC = "rbac.authorization.k8s.io"
JOINED = "one watch for each kind reads all namespaces"
IN_TURN = "the namespaces take turns"
DESCRIPTORS = 256 + 32 + 128  # as in supervisor/config/capacity.c and common/message/settings.h


def http1(lab, port: int = 0) -> Tunnel:
    """To the API server, by HTTP/1.1 alone."""
    return Tunnel(place(lab), port=port, tls=tls(lab),
                  target_tls=ssl.create_default_context(cafile=str(lab.ca_file)))


def absent(count: int) -> list[str]:
    """Names of namespaces that nobody has created: the API server has them as empty ones."""
    return [f"absent-{number}" for number in range(count)]


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def file_limit(pid: int) -> int:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Max open files")).split()[4])


def with_files(count: int) -> tuple:
    return ("prlimit", f"--nofile={count}:{count}")


def test_one_watch_for_all(lab, new_cluster, new_daemon):
    """1,501 watches with a connection each would be too many: those of a kind are joined, which is
    said, and what is in other namespaces is passed over."""
    first, last, other = new_cluster(), new_cluster(), new_cluster()
    with http1(lab) as proxy:
        daemon = new_daemon(server=f"https://127.0.0.1:{proxy.port}", namespaces=[
            first.namespace, *absent(298), last.namespace])
        other.pool("p")
        daemon.start().wait_until_healthy(60)
        for each in (first, last):
            assert_works(each, "p")
        line, = daemon.said(JOINED)
        assert (line["level"], line["role"]) == ("info", "watcher")
        assert int(line["watches"]) >= 1200 and line["connections"] == "288"
        assert daemon.problems() == []
        pid = daemon.worker_pids()["watcher"]
        assert (file_limit(pid), open_files(pid) < 60) == (DESCRIPTORS, True)
        assert proxy.connections < 120
        first.delete("Pool", "p")
        eventually(lambda: first.get("TLSRoute", "p"), None)
        daemon.ctl("resync")
        last.pool("q")
        eventually(lambda: last.route_spec("q"), expected_spec("q"))
        assert other.writes() == [] and other.events() == []
        assert set(daemon.restarts().values()) == {0}
        assert len(daemon.said(JOINED)) == 1


def test_http2_carries_them(lab, new_cluster, new_daemon):
    """Each namespace by itself, over a few connections."""
    first, last = new_cluster(), new_cluster()
    with Tunnel(place(lab)) as tunnel:
        daemon = new_daemon(server=f"https://127.0.0.1:{tunnel.port}", namespaces=[
            first.namespace, *absent(298), last.namespace])
        daemon.start().wait_until_healthy(60)
        for each in (first, last):
            assert_works(each, "p")
        assert tunnel.connections < 60
        assert not daemon.said(JOINED)
        assert daemon.problems() == []


def test_http2_again(lab, new_cluster, new_daemon):
    """The proxy is replaced by one that passes HTTP/2 on."""
    first, last = new_cluster(), new_cluster()
    port = free_port("127.0.0.1")
    daemon = new_daemon(server=f"https://127.0.0.1:{port}",
                        namespaces=[first.namespace, *absent(98), last.namespace])
    with http1(lab, port):
        daemon.start().wait_until_healthy(60)
        assert_works(first, "p")
        assert len(daemon.said(JOINED)) == 1
    with Tunnel(place(lab), port=port):
        eventually(lambda: daemon.said("each namespace is watched by itself"), seconds=60)
        assert_works(last, "p")
        daemon.wait_until_healthy(60)
    with http1(lab, port):
        eventually(lambda: len(daemon.said(JOINED)), 2, seconds=60)
        assert_works(first, "q")
    assert set(daemon.restarts().values()) == {0}


@pytest.fixture
def narrow_watcher(lab, tokens):
    """Makes tokens with those of a watcher that may read in some namespaces only."""
    made = []

    def make(namespaces: list[str]) -> dict[str, str]:
        account = {"name": "narrow-watcher", "namespace": ACCOUNTS}
        objects = [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account}]
        for namespace in namespaces:
            objects.append({
                "apiVersion": f"{RBAC}/v1", "kind": "RoleBinding",
                "metadata": {"name": "narrow-watcher", "namespace": namespace},
                "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "tlsrouted-watcher"},
                "subjects": [{"kind": "ServiceAccount", **account}]})
        lab.apply(objects)
        made.append(account["name"])
        return {**tokens, "watcher": lab.token(ACCOUNTS, "narrow-watcher")}

    yield make
    lab.request("DELETE", f"/apis/{RBAC}/v1/clusterrolebindings/narrow-watcher")
    for name in made:
        lab.request("DELETE", f"/api/v1/namespaces/{ACCOUNTS}/serviceaccounts/{name}")


def test_in_turn(lab, new_cluster, new_daemon, narrow_watcher):
    """Where the account may not watch the whole cluster, and few files may be open: changes are seen
    later, and none is missed."""
    clusters = [new_cluster() for _ in range(60)]
    first, middle, last = clusters[0], clusters[30], clusters[-1]
    names = [each.namespace for each in clusters]
    with http1(lab) as proxy:
        daemon = new_daemon(server=f"https://127.0.0.1:{proxy.port}", namespaces=names,
                            tokens=narrow_watcher(names), launcher=with_files(300))
        first.pool("early")
        daemon.start().wait_until_healthy(90)
        early, = daemon.said("the limit of open files is low for so many namespaces")
        assert (early["limit"], early["needed"]) == ("300", str(DESCRIPTORS))
        warning, = daemon.said(IN_TURN)
        assert warning["level"] == "warning" and int(warning["seconds"]) < 30
        assert len(daemon.problems()) == 2
        eventually(lambda: first.route_spec("early"), expected_spec("early"))
        for each in (first, middle, last):
            each.pool("p")
        for each in (first, middle, last):
            eventually(lambda: each.route_spec("p"), expected_spec("p"), seconds=60)
        middle.delete("Pool", "p")
        first.change_route("p", hostname="other.example.com")
        eventually(lambda: middle.get("TLSRoute", "p"), None, seconds=60)
        eventually(lambda: first.route_spec("p"), expected_spec("p", "other.example.com"),
                   seconds=60)
        throughout(daemon.healthy, True, "healthy", 5)
        # As the warning advises; it is noticed without being told.
        lab.apply([{"apiVersion": f"{RBAC}/v1", "kind": "ClusterRoleBinding",
                    "metadata": {"name": "narrow-watcher"},
                    "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole",
                                "name": "tlsrouted-watcher"},
                    "subjects": [{"kind": "ServiceAccount", "name": "narrow-watcher",
                                  "namespace": ACCOUNTS}]}])
        eventually(lambda: len(daemon.said("the account may watch in all namespaces now")), 5,
                   seconds=90)
        daemon.wait_until_healthy(60)
        last.pool("late")
        eventually(lambda: last.route_spec("late"), expected_spec("late"))
        assert open_files(daemon.worker_pids()["watcher"]) < 300
        assert set(daemon.restarts().values()) == {0}


def test_too_few_open_files(new_daemon):
    """Said at the start, and not by workers that end again and again."""
    daemon = new_daemon(launcher=with_files(200)).start()
    assert daemon.process.wait(20) == 1
    line, = daemon.problems()
    assert "raise the limit" in line["msg"]
    assert (line["level"], line["limit"], line["needed"]) == ("error", "200", "256")


def test_soft_limit_is_raised(cluster, new_daemon):
    """To what is needed, where that is allowed."""
    daemon = new_daemon(launcher=("prlimit", "--nofile=64:4096")).start().wait_until_healthy()
    assert_works(cluster, "p")
    assert file_limit(daemon.pid) == 1024
    pids = daemon.worker_pids()
    assert file_limit(pids["watcher"]) == 8 + 32 + 128
    assert daemon.problems() == []
