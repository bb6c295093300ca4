# SPDX-License-Identifier: Apache-2.0
"""Workers that die, an API server that goes away, reloads, shutdown."""

import itertools
import os
import random
import signal
import socket
import threading

import pytest

from cluster import Refused, expected_spec
from daemon import ROLES, children, is_running
from waiting import eventually

LONG_OUTAGE_SECONDS = 20


def expected_routes(cluster) -> dict[str, dict]:
    """What the Pools say now."""
    wanted = {}
    for name, pool in cluster.all("Pool").items():
        route = pool["spec"]["route"]
        if route["enabled"]:
            port = pool["spec"]["service"]["port"]
            wanted[name] = expected_spec(name, route["hostname"], port=port)
    return wanted


def expected_names(cluster) -> set[str]:
    """That the one Certificate has to have, at least: what was injected stays for its grace."""
    return {pool["spec"]["route"]["hostname"] for pool in cluster.all("Pool").values()
            if pool["spec"]["route"]["enabled"]}


class Churn(threading.Thread):
    """Creates, changes, disables and deletes Pools until it is stopped."""

    def __init__(self, cluster, seed: int):
        super().__init__()
        self._cluster = cluster
        self._random = random.Random(seed)
        self._stop_asked = threading.Event()
        self.steps = 0
        self.problem: Exception | None = None

    def run(self) -> None:
        try:
            while not self._stop_asked.is_set():
                self._step(f"p{self._random.randrange(30)}")
                self.steps += 1
        except Exception as error:  # shown by the test, not by the thread
            self.problem = error

    def _step(self, name: str) -> None:
        pool = self._cluster.get("Pool", name)
        if pool is None:
            self._cluster.pool(name, inject=True)
        elif self._random.random() < 0.2:
            self._cluster.delete("Pool", name)
        elif self._random.random() < 0.3:
            self._cluster.change_route(name, enabled=not pool["spec"]["route"]["enabled"])
        elif self._random.random() < 0.5:
            self._cluster.change_route(name, hostname=f"{name}-{self.steps}.example.com")
        else:
            self._cluster.merge("Pool", name, {"spec": {"service": {"port": 1000 + self.steps}}})

    def stop(self) -> None:
        self._stop_asked.set()
        self.join()
        assert self.problem is None
        assert self.steps > 0


def assert_converges(cluster) -> None:
    eventually(lambda: (cluster.route_specs(), expected_routes(cluster)),
               lambda both: both[0] == both[1], "the routes are what the Pools say", seconds=60)
    eventually(lambda: expected_names(cluster) - set(cluster.names("c")), set(),
               "the names are in the Certificate")
    names = cluster.names("c")
    assert len(names) == len(set(names)), "a name is there twice"


def test_kill_each_worker_while_pools_change(cluster, daemon):
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", [f"p{number}" for number in range(30)])
    churn = Churn(cluster, seed=1)
    churn.start()
    try:
        for round_number in (1, 2):
            for role in ROLES:
                steps = churn.steps
                eventually(lambda: churn.steps, lambda now: now > steps + 20 or churn.problem)
                pid = daemon.worker_pids()[role]
                os.kill(pid, signal.SIGKILL)
                worker = eventually(
                    lambda: daemon.workers()[role],
                    lambda worker: worker["state"] == "ready" and worker["pid"] != pid,
                    f"the {role} is back")
                assert worker["restarts"] == round_number
    finally:
        churn.stop()
    assert_converges(cluster)
    daemon.wait_until_healthy()
    assert daemon.restarts() == dict.fromkeys(ROLES, 2)
    for role in ROLES:
        lines = daemon.said("a worker ended", worker=role, level="error")
        assert [line["reason"] for line in lines] == ["killed by signal 9 (Killed)"] * 2


def test_kill_all_workers_at_once(cluster, daemon):
    cluster.pool("before")
    eventually(cluster.route_specs, {"before": expected_spec("before")})
    for pid in daemon.worker_pids().values():
        os.kill(pid, signal.SIGKILL)
    cluster.change_route("before", enabled=False)
    cluster.pool("after")
    eventually(cluster.route_specs, {"after": expected_spec("after")})
    daemon.wait_until_healthy()


def test_deleted_while_the_watcher_is_away(cluster, daemon):
    """What vanished between two lists is known to be gone: the Pool's new namesake is another."""
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: cluster.names("c"), ["puppet", "p.example.com"])
    watcher = daemon.worker_pids()["watcher"]
    os.kill(watcher, signal.SIGSTOP)
    cluster.delete("Certificate", "c")
    cluster.certificate("c", ["second"])
    os.kill(watcher, signal.SIGKILL)
    eventually(lambda: cluster.names("c"), ["second", "p.example.com"])


def test_killed_supervisor_takes_its_workers_along(new_daemon):
    daemon = new_daemon().start().wait_until_healthy()
    workers = children(daemon.pid)
    assert len(workers) == len(ROLES)
    daemon.kill()
    eventually(lambda: [pid for pid in workers if is_running(pid)], [])
    assert daemon.socket.exists()
    daemon.start().wait_until_healthy()  # in spite of the socket that was left


# The API server goes away

def start_again(cluster) -> None:
    """Returns when every kind is served again, which takes longer than /readyz says."""
    cluster.lab.start_apiserver()
    for kind in ("Pool", "Server", "Certificate", "TLSRoute"):
        eventually(lambda: cluster.lab.request("GET", cluster.path(kind))[0], 200)


class TestOutage:
    """With an API server of its own."""

    OWN_LAB = {}

    @pytest.fixture
    def lab(self, lab):
        lab.start_apiserver()
        return lab

    def test_20_seconds(self, lab, cluster, daemon):
        cluster.certificate("c", ["puppet"])
        cluster.server("s", "c", ["p", "late"])
        cluster.pool("p", inject=True)
        cluster.pool("off")
        eventually(lambda: (len(cluster.route_specs()), len(cluster.names("c"))), (2, 2))
        routes = cluster.all("TLSRoute")
        pids = daemon.worker_pids()
        # The watches have not seen this, so their positions are too old when the server is back.
        for number in range(10):
            cluster.request("POST", f"/api/v1/namespaces/{cluster.namespace}/configmaps",
                            {"metadata": {"name": f"c{number}"}})
        lab.stop_apiserver()
        eventually(lambda: daemon.ctl("status").returncode, 1, "status says so")
        with pytest.raises(AssertionError):  # it stays down and stays up
            eventually(lambda: daemon.healthy() or not daemon.running(),
                       seconds=LONG_OUTAGE_SECONDS)
        start_again(cluster)
        cluster.pool("late", inject=True)
        cluster.change_route("off", enabled=False)
        eventually(cluster.route_specs,
                   {"p": expected_spec("p"), "late": expected_spec("late")}, seconds=90)
        eventually(lambda: cluster.names("c"), ["puppet", "p.example.com", "late.example.com"])
        daemon.wait_until_healthy(60)
        assert cluster.get("TLSRoute", "p") == routes["p"], "the route was not written again"
        assert daemon.worker_pids() == pids
        for role in ROLES:
            lost = daemon.said(role=role, msg="cannot reach the API server; still trying")
            back = daemon.said(role=role, msg="the API server answers again")
            assert len(lost) == len(back) <= 1
        assert daemon.said(role="watcher", msg="the API server answers again")
        # An API server that has just started has not read its CRDs yet, and what it answers then may
        # be told of.
        others = [line for line in daemon.problems() if line.get("error") != "too many requests"]
        assert {line["msg"] for line in others} == {"cannot reach the API server; still trying"}

    def test_stop_while_it_is_away(self, lab, new_daemon):
        daemon = new_daemon().start().wait_until_healthy()
        lab.stop_apiserver()
        eventually(lambda: daemon.said("cannot reach the API server"))
        daemon.stop()

    def test_start_while_it_is_away(self, lab, cluster, new_daemon):
        cluster.pool("p")
        lab.stop_apiserver()
        daemon = new_daemon().start()
        line = eventually(lambda: daemon.said("cannot reach the API server"))[0]
        assert line["server"] == lab.server
        start_again(cluster)
        eventually(lambda: cluster.route_spec("p"), expected_spec("p"), seconds=60)
        daemon.wait_until_healthy(60)


# Reloads

def test_reload_log_level_and_format(cluster, daemon):
    pids = daemon.worker_pids()
    daemon.settings["level"] = "debug"
    daemon.write_config()
    daemon.reload()
    eventually(lambda: daemon.said("configuration and credentials read again"))
    daemon.settings["level"] = "error"
    daemon.write_config()
    daemon.reload()
    names = itertools.count()

    def said_for_a_pool() -> list[dict[str, str]]:
        before, name = len(daemon.lines()), f"p{next(names)}"
        cluster.pool(name)
        eventually(lambda: cluster.route_spec(name), expected_spec(name))
        return [line for line in daemon.lines()[before:] if line["level"] != "error"]

    eventually(said_for_a_pool, [], "only errors are told")
    assert daemon.worker_pids() == pids, "no worker was restarted"


def test_reload_namespaces(cluster, new_cluster, daemon):
    other = new_cluster()
    other.pool("p")
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    daemon.namespaces.append(other.namespace)
    daemon.write_config()
    daemon.reload()
    eventually(lambda: other.route_spec("p"), expected_spec("p"))

    daemon.namespaces.remove(cluster.namespace)
    daemon.write_config()
    daemon.reload()
    eventually(lambda: len(daemon.said("configuration and credentials read again")), 2)
    daemon.wait_until_healthy()
    cluster.change_route("p", enabled=False)
    other.change_route("p", hostname="new.example.com")
    eventually(lambda: other.route_spec("p"), expected_spec("p", "new.example.com"))
    assert cluster.route_spec("p") == expected_spec("p"), "no longer ours to look after"


@pytest.mark.parametrize("role", ROLES)
def test_one_worker_starts_anew_and_anew(lab, cluster, daemon, role):
    """While its neighbours go on, and send it what they have as soon as they are linked to it."""
    cas = [lab.ca_file, daemon.folder / "ca-twice"]
    cas[1].write_text(lab.ca_file.read_text() * 2)  # other trust anchors: that needs a new process
    for number in range(1, 31):
        pid = daemon.worker_pids()[role]
        lab.kubeconfig(daemon.kubeconfig(role), token_file=daemon.token_file(role),
                       ca_file=cas[number % 2])
        daemon.reload()
        eventually(lambda: daemon.workers()[role],
                   lambda worker: worker["pid"] != pid and worker["state"] == "ready")
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    assert daemon.restarts() == dict.fromkeys(ROLES, 0), "none of them fell"
    assert daemon.problems() == []


def test_reload_of_nothing_changes_nothing(cluster, daemon):
    pids = daemon.worker_pids()
    daemon.reload()
    eventually(lambda: daemon.said("configuration and credentials read again"))
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    assert daemon.worker_pids() == pids


def test_new_tokens(lab, cluster, daemon):
    """As they come in files that are replaced: used without a restart."""
    pids = daemon.worker_pids()
    for role in ROLES:
        daemon.token_file(role).write_text(lab.token("tlsrouted", f"tlsrouted-{role}", 1200))
    daemon.reload()
    for role in ROLES:
        eventually(lambda: daemon.said(msg="a credential changed", worker=role),
                   lambda lines: len(lines) == 1)
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    assert daemon.worker_pids() == pids
    assert daemon.problems() == []


# The end

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_signals_that_stop_it(new_daemon, number):
    daemon = new_daemon().start().wait_until_healthy()
    workers = children(daemon.pid)
    os.kill(daemon.pid, number)
    assert daemon.process.wait(5) == 0
    assert [pid for pid in workers if is_running(pid)] == []
    assert daemon.lines()[-1]["msg"] == "tlsrouted ends"
    assert daemon.problems() == []


def test_stop_right_after_the_start(new_daemon):
    daemon = new_daemon().start()
    eventually(daemon.socket.exists)
    daemon.stop()


def test_stop_with_a_worker_that_hangs(daemon):
    os.kill(daemon.worker_pids()["reconciler"], signal.SIGSTOP)
    daemon.stop()


def test_stop_in_the_midst_of_work(cluster, daemon):
    for number in range(50):
        cluster.pool(f"p{number}")
    daemon.stop()


def test_second_instance_is_refused(new_daemon, daemon):
    second = new_daemon()
    second.socket = daemon.socket
    second.write_config()
    second.start()
    assert second.process.wait(5) == 1
    lines = second.lines()
    assert [line["msg"] for line in lines] == ["cannot listen at the control socket"]
    assert lines[0]["path"] == str(daemon.socket)
    assert daemon.healthy()


def test_stale_socket_is_replaced(new_daemon):
    daemon = new_daemon()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as left:
        left.bind(str(daemon.socket))
    daemon.start().wait_until_healthy()


def test_api_refusals_are_not_swallowed(cluster):
    """Of the tests themselves: a request that fails has to show."""
    with pytest.raises(Refused):
        cluster.pool("No Name")
