# SPDX-License-Identifier: Apache-2.0
"""A worker in the hands of an attacker, which does nothing but what it may: it costs only itself,
and at most the neighbour that it complains about."""

import os
import resource
import signal
from pathlib import Path

import pytest

from cluster import expected_spec
from packets import SUPERVISOR_LINK, message, send, take_socket
from scrape import free_port
from test_tokens import minting_daemon  # noqa: F401
from waiting import eventually

WORKERS = ("watcher", "reconciler", "certpatcher", "minter", "exporter")  # in the order of role.h
NEIGHBOURS = {"watcher": {"reconciler"}, "reconciler": {"watcher", "certpatcher"},
              "certpatcher": {"reconciler"}, "minter": set(), "exporter": set()}
GROWTH = 16 << 20  # bytes, far more than all queues together
PACKETS_MAX = 2_000_000

PAIRS = [(one, other) for one in WORKERS[:-1] for other in WORKERS]  # the exporter has no neighbours


@pytest.fixture
def complete(minting_daemon):  # noqa: F811
    """A daemon with all workers that there are. Makes it with keys of the configuration."""
    def make(extra: str = ""):
        metrics = f'metrics:\n  listen: "127.0.0.1:{free_port()}"\n'
        return minting_daemon(extra=metrics + extra).start().wait_until_healthy()

    return make


def assert_routes(cluster, name: str) -> None:
    cluster.pool(name)
    eventually(lambda: cluster.route_specs().get(name), expected_spec(name))


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    return {role for role in after if after[role] != before[role]}


def complain(daemon, accuser: str, accused: str) -> None:
    with take_socket(daemon.worker_pids()[accuser], SUPERVISOR_LINK) as link:
        send(link, message("LINK_BROKEN", WORKERS.index(accused), "it is not nice"))


@pytest.mark.parametrize("accuser, accused", [pair for pair in PAIRS
                                              if pair[1] not in NEIGHBOURS[pair[0]]])
def test_complaint_about_a_stranger(cluster, complete, accuser, accused):
    """Or about itself: who complains is ended, and nobody else."""
    daemon = complete()
    pids = daemon.worker_pids()
    complain(daemon, accuser, accused)
    line, = eventually(lambda: daemon.said("a worker ended"))
    assert line["worker"] == accuser
    assert "a complaint about a worker that it has no link to" in line["reason"]
    daemon.wait_until_healthy()
    assert_routes(cluster, "p")
    assert changed(pids, daemon.worker_pids()) == {accuser}


@pytest.mark.parametrize("accuser, accused", [pair for pair in PAIRS
                                              if pair[1] in NEIGHBOURS[pair[0]]])
def test_complaint_about_a_neighbour(cluster, complete, accuser, accused):
    """Costs both, each time, and it is said who complains, and how often."""
    daemon = complete()
    for count in (1, 2):
        pids = daemon.worker_pids()
        complain(daemon, accuser, accused)
        eventually(lambda: [daemon.restarts()[each] for each in (accuser, accused)], [count] * 2)
        daemon.wait_until_healthy(60)
        assert changed(pids, daemon.worker_pids()) == {accuser, accused}
    said = {line["worker"]: line["reason"] for line in daemon.said("a worker ended")}
    assert said[accused] == f"it sent {accuser} what it may not send: it is not nice"
    assert said[accuser] == (f"it complained about {accused}, for which both are started again; "
                             "complaints so far: 2")
    assert daemon.workers()[accuser]["lastEnd"] == said[accuser]
    assert_routes(cluster, "p")


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def flood(daemon, role: str, packet: bytes) -> int:
    """As the worker, which reads nothing meanwhile, until it loses its link. The most memory that
    the supervisor had, in bytes."""
    pid = daemon.worker_pids()[role]
    most = 0
    with take_socket(pid, SUPERVISOR_LINK) as link:
        os.kill(pid, signal.SIGSTOP)
        link.settimeout(20)
        try:
            for number in range(PACKETS_MAX):
                send(link, packet)
                if number % 1000 == 0:
                    most = max(most, resident(daemon.pid))
        except (BrokenPipeError, ConnectionResetError):
            pass
        return max(most, resident(daemon.pid))


def assert_costs_only_itself(cluster, daemon, role: str, packet: bytes, reason: str) -> None:
    pids, before = daemon.worker_pids(), resident(daemon.pid)
    assert flood(daemon, role, packet) < before + GROWTH
    line = eventually(lambda: daemon.said("a worker ended"))[0]
    assert line["worker"] == role
    assert reason in line["reason"]
    daemon.wait_until_healthy()
    assert_routes(cluster, "p")
    assert changed(pids, daemon.worker_pids()) == {role}
    assert resident(daemon.pid) < before + GROWTH


@pytest.mark.parametrize("role", WORKERS[:-1])
def test_flood_of_requests(cluster, complete, role):
    daemon = complete()
    assert_costs_only_itself(cluster, daemon, role, message("CONNECT_REQUEST"),
                             "more than it reads the results of")


@pytest.mark.parametrize("role", WORKERS)
def test_ready_again(cluster, complete, role):
    """READY begins a heartbeat; whoever could say it again and again would never be missed."""
    daemon = complete()
    assert_costs_only_itself(cluster, daemon, role, message("READY", "", []),
                             "a message at the wrong time")


@pytest.mark.parametrize("role", WORKERS)
def test_unconfined_afterwards(cluster, complete, role):
    """Who cannot enter the sandbox ends tlsrouted; whoever is in it cannot claim that any more."""
    daemon = complete()
    assert_costs_only_itself(cluster, daemon, role, message("UNCONFINED", "it is too hard"),
                             "a message at the wrong time")


def test_flood_of_health_queries(cluster, complete):
    """They are answered only as fast as the answers are read, and then the heartbeat counts."""
    daemon = complete("heartbeat: {interval: 1, timeout: 10}\n")
    assert_costs_only_itself(cluster, daemon, "exporter", message("HEALTH_QUERY"),
                             "it did not answer for 10 s")


def test_flood_of_tokens(cluster, complete):
    """Each would be passed on, and have the watcher begin anew."""
    daemon = complete()
    token = message("TOKEN", WORKERS.index("watcher"), "x", 3600)
    assert_costs_only_itself(cluster, daemon, "minter", token, "more tokens than anybody needs")
