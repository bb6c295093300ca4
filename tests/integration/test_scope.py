# SPDX-License-Identifier: Apache-2.0
"""Which Pools are served; pauses; dry runs; one run and out."""

import os
import signal
import time

import pytest

from cluster import expected_spec, pool_manifest, route_manifest
from daemon import children, is_running
from findings import standing, warned
from waiting import eventually, throughout

PAUSED = "openvox.voxpupuli.org/paused"


def labelled(cluster, name: str, **labels: str) -> dict:
    manifest = pool_manifest(name)
    manifest["metadata"]["labels"] = labels
    return cluster.create(manifest)


def pause(cluster, name: str, value: str | None = "true") -> None:
    cluster.merge("Pool", name, {"metadata": {"annotations": {PAUSED: value}}})


def witness(cluster, name: str = "witness") -> None:
    cluster.pool(name)
    eventually(lambda: (cluster.get("Service", name), cluster.get("TLSRoute", name)), all)


# Which Pools

@pytest.mark.parametrize("selector, served", [
    ("team=puppet", {"a"}), ("team!=puppet", {"b", "c"}), ("team in (puppet, other)", {"a", "b"}),
    ("team", {"a", "b"}), ("!team", {"c"}), ("team=puppet,tier=x", set()), ("", {"a", "b", "c"}),
])
def test_selector(cluster, new_daemon, selector, served):
    labelled(cluster, "a", team="puppet")
    labelled(cluster, "b", team="other")
    labelled(cluster, "c")
    daemon = new_daemon(poolSelector=selector).start().wait_until_healthy()
    eventually(lambda: set(cluster.route_specs()), served)
    eventually(lambda: set(cluster.all("Service")), served)
    summary = f"{len(served)} Pools"
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               lambda text: text.startswith(summary))
    assert set(cluster.route_specs()) == served


def test_in_and_out_of_the_selection(cluster, new_daemon):
    """A Pool that leaves it is not ours to look after any more; what it has stays."""
    daemon = new_daemon(poolSelector="serve=yes").start().wait_until_healthy()
    labelled(cluster, "p")
    labelled(cluster, "q", serve="yes")
    eventually(lambda: set(cluster.route_specs()), {"q"})
    cluster.merge("Pool", "p", {"metadata": {"labels": {"serve": "yes"}}})
    eventually(lambda: set(cluster.route_specs()), {"p", "q"})
    cluster.merge("Pool", "q", {"metadata": {"labels": {"serve": None}}})
    cluster.change_route("q", enabled=False)
    labelled(cluster, "witness", serve="yes")
    eventually(lambda: set(cluster.route_specs()), {"p", "q", "witness"})
    assert cluster.route_spec("q") == expected_spec("q")
    cluster.merge("Pool", "q", {"metadata": {"labels": {"serve": "yes"}}})
    eventually(lambda: set(cluster.route_specs()), {"p", "witness"})
    assert daemon.problems() == []


def test_selector_changes_by_reload(cluster, new_daemon):
    labelled(cluster, "a", team="puppet")
    labelled(cluster, "b", team="other")
    daemon = new_daemon(poolSelector="team=puppet").start()
    eventually(lambda: set(cluster.route_specs()), {"a"})
    daemon.settings["poolSelector"] = "team=other"
    daemon.write_config()
    daemon.reload()
    eventually(lambda: set(cluster.route_specs()), {"a", "b"})


def test_selector_that_is_none(cluster, new_daemon):
    """The API server is who knows; the line has what it says."""
    daemon = new_daemon(poolSelector="a b c")
    daemon.start()
    line = eventually(lambda: daemon.problems() or
                      (not daemon.running() and daemon.lines()), what="a line")[0]
    assert "poolSelector" in str(line)
    if daemon.running():
        assert not daemon.healthy()


def test_conflicts_within_the_selection_only(cluster, new_daemon):
    """The API server does not show the others."""
    labelled(cluster, "a")
    manifest = pool_manifest("b", "a.example.com")
    manifest["metadata"]["labels"] = {"serve": "yes"}
    cluster.create(manifest)
    daemon = new_daemon(poolSelector="serve=yes").start()
    eventually(lambda: set(cluster.route_specs()), {"b"})
    assert daemon.problems() == []


def test_list_of_namespaces(cluster, new_cluster, new_daemon):
    second, third = new_cluster(), new_cluster()
    for each in (cluster, second, third):
        each.pool("p")
    new_daemon(namespaces=[cluster.namespace, third.namespace]).start().wait_until_healthy()
    for each in (cluster, third):
        eventually(lambda: each.route_specs(), {"p": expected_spec("p")})
        eventually(lambda: each.get("Service", "p"))
        eventually(lambda: each.events("p", "RouteCreated"))
    assert second.writes() == [] and second.events() == []


def test_namespace_that_goes(cluster, new_cluster, new_daemon):
    """Whatever goes first in it, there is nothing to complain of."""
    other = new_cluster()
    daemon = new_daemon(namespaces=[cluster.namespace, other.namespace]).start()
    for number in range(20):
        other.pool(f"p{number}")
    eventually(lambda: (len(other.route_specs()), len(other.all("Service"))), (20, 20))
    other.request("DELETE", f"/api/v1/namespaces/{other.namespace}")
    # The namespaces of the tests before it may wait for their end, one after the other.
    eventually(lambda: other.lab.request("GET", f"/api/v1/namespaces/{other.namespace}")[0], 404,
               seconds=300)
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               lambda summary: summary.startswith("0 Pools (0 not satisfied), 0 TLSRoutes"))
    # Its Gateway may go before its Pools, and that is worth a word.
    assert [line for line in daemon.problems() if line.get("reason") != "GatewayNotReady"] == []
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))


# Pauses

def test_paused_from_the_start(cluster, daemon):
    manifest = pool_manifest("p", inject=True)
    manifest["metadata"]["annotations"] = {PAUSED: "true"}
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.create(manifest)
    witness(cluster)
    line = eventually(lambda: daemon.said(name="p", reason="Paused"))[0]
    assert line["level"] == "info" and PAUSED in line["msg"]
    assert [write for write in cluster.writes() if write[2] != "witness"] == []
    assert cluster.names("c") == ["puppet"]
    assert cluster.events("p") == []
    pause(cluster, "p", None)
    eventually(lambda: (cluster.route_spec("p"), cluster.names("c")),
               (expected_spec("p"), ["puppet", "p.example.com"]))
    eventually(lambda: cluster.get("Service", "p"))
    eventually(lambda: daemon.said(name="p", reason="Paused", msg="resolved"))


UNDER_PAUSE = {
    "hostname": lambda cluster: cluster.change_route("p", hostname="new.example.com"),
    "disabled": lambda cluster: cluster.change_route("p", enabled=False),
    "no-route": lambda cluster: cluster.merge("Pool", "p", {"spec": {"route": None}}),
    "service": lambda cluster: cluster.merge("Pool", "p", {"spec": {"service": {"port": 1}}}),
    "hostname-bad": lambda cluster: cluster.change_route("p", hostname="BAD"),
    "drift": lambda cluster: cluster.merge("TLSRoute", "p",
                                           {"spec": {"hostnames": ["by-hand.example.com"]}}),
}


@pytest.mark.parametrize("change", UNDER_PAUSE.values(), ids=UNDER_PAUSE)
def test_paused_with_all_it_has(cluster, daemon, change):
    cluster.pool("p")
    eventually(lambda: cluster.events("p", "RouteCreated"))
    eventually(lambda: cluster.get("Service", "p"))
    pause(cluster, "p")
    eventually(lambda: daemon.said(name="p", reason="Paused"))
    change(cluster)
    before = cluster.get("TLSRoute", "p"), cluster.get("Service", "p"), cluster.events("p")
    witness(cluster)
    assert (cluster.get("TLSRoute", "p"), cluster.get("Service", "p"),
            cluster.events("p")) == before
    pause(cluster, "p", "false")  # as good as none
    pool = cluster.get("Pool", "p")
    route = pool["spec"].get("route")
    if route is None or not route["enabled"]:
        eventually(lambda: cluster.route_spec("p"), None)
    elif route["hostname"] == "BAD":
        warned(cluster, daemon, "p", "HostnameInvalid")
    else:
        eventually(lambda: cluster.route_spec("p"), expected_spec(
            "p", route["hostname"], port=pool["spec"]["service"]["port"]))


def test_deleted_by_hand_under_pause(cluster, daemon):
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p") and cluster.get("Service", "p"))
    pause(cluster, "p")
    eventually(lambda: daemon.said(name="p", reason="Paused"))
    cluster.delete("TLSRoute", "p")
    cluster.delete("Service", "p")
    witness(cluster)
    assert (cluster.get("TLSRoute", "p"), cluster.get("Service", "p")) == (None, None)
    pause(cluster, "p", None)
    eventually(lambda: (cluster.get("TLSRoute", "p"), cluster.get("Service", "p")), all)


def test_pool_deleted_under_pause(cluster, daemon):
    """Garbage collection is the API server's own."""
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p") and cluster.get("Service", "p"))
    pause(cluster, "p")
    eventually(lambda: daemon.said(name="p", reason="Paused"))
    cluster.delete("Pool", "p")
    eventually(lambda: (cluster.get("TLSRoute", "p"), cluster.get("Service", "p")), (None, None),
               seconds=60)
    assert [write for write in cluster.writes() if write[0] == "delete"] == []


def test_pause_is_over_while_away(cluster, new_daemon):
    first = new_daemon().start()
    manifest = pool_manifest("p")
    manifest["metadata"]["annotations"] = {PAUSED: "true"}
    cluster.create(manifest)
    eventually(lambda: first.said(name="p", reason="Paused"))
    first.wait_until_healthy().stop()
    assert cluster.writes() == []
    pause(cluster, "p", None)
    new_daemon().start()
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))


@pytest.mark.parametrize("value", ["True", "yes", "1", "", "false"])
def test_only_true_pauses(cluster, daemon, value):
    manifest = pool_manifest("p")
    manifest["metadata"]["annotations"] = {PAUSED: value}
    cluster.create(manifest)
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))


# Dry runs

def state(cluster) -> dict:
    return {kind: cluster.all(kind) for kind in
            ("Pool", "Server", "Certificate", "TLSRoute", "Service", "Event", "Gateway")}


def all_kinds_of_work(cluster, new_daemon) -> None:
    """Something to create, to change and to delete of everything; made by a real run before."""
    first = new_daemon().start()
    for name in ("change", "delete"):
        cluster.pool(name)
    eventually(lambda: len(cluster.route_specs()), 2)
    eventually(lambda: len(cluster.events()), 2)
    first.wait_until_healthy().stop()
    cluster.change_route("change", hostname="changed.example.com")
    cluster.merge("Pool", "change", {"spec": {"service": {"port": 1234}}})
    cluster.change_route("delete", enabled=False)
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["create"])
    cluster.pool("create", inject=True)
    cluster.pool("bad", "BAD", inject=True)
    cluster.create(route_manifest("foreign", "foreign.example.com"))
    cluster.pool("foreign")


WOULD = {("create", "would create the TLSRoute"), ("create", "would create the Service"),
         ("change", "would change the TLSRoute"), ("change", "would change the Service"),
         ("delete", "would delete the TLSRoute"), ("bad", "would create the Service"),
         ("foreign", "would create the Service")}


def test_dry_run(cluster, new_daemon):
    all_kinds_of_work(cluster, new_daemon)
    before = state(cluster)
    daemon = new_daemon(arguments=("--dry-run",)).start().wait_until_healthy()
    eventually(lambda: {(line["name"], line["msg"]) for line in daemon.said("would")
                        if line["role"] == "reconciler"}, WOULD)
    eventually(lambda: daemon.said(role="certpatcher", name="c"), what="the Certificate")
    for name, reason in (("bad", "HostnameInvalid"), ("foreign", "RouteNotOwned")):
        eventually(lambda: daemon.said(name=name, reason=reason, level="warning"))
    told = len(daemon.lines())
    # It goes on, and repeats nothing.
    cluster.merge("Pool", "create", {"metadata": {"labels": {"look": "again"}}})
    before["Pool"]["create"] = cluster.get("Pool", "create")
    throughout(lambda: (state(cluster) == before, len(daemon.lines())), (True, told),
               "nothing changes", 3)
    daemon.stop()
    assert daemon.said("TLSRoute created") == [] == daemon.said("name added to")
    for kind, objects in state(cluster).items():
        assert objects == before[kind], kind


def test_dry_run_asks_the_api_server(lab, cluster, new_daemon):
    """Every write that it would do was judged by it: admission included."""
    cluster.pool("p")
    daemon = new_daemon(arguments=("--dry-run",)).start()
    eventually(lambda: daemon.said(name="p", msg="would create the TLSRoute"))
    writes = [event for event in lab.audit_events()
              if event["objectRef"].get("namespace") == cluster.namespace
              and ":tlsrouted-" in event["user"]["username"]]
    assert writes and all("dryRun=All" in event["requestURI"] for event in writes)
    assert {event["responseStatus"]["code"] for event in writes} == {201}
    assert cluster.route_specs() == {} and cluster.all("Service") == {}


def test_dry_run_of_a_refused_write(cluster, new_daemon, tokens_without):
    cluster.pool("p")
    daemon = new_daemon(tokens=tokens_without("tlsroutes"), arguments=("--dry-run",)).start()
    eventually(lambda: daemon.problems(), what="it is told")
    assert daemon.said("would create the TLSRoute") == []


# One run

def assert_nothing_left(daemon, before: set[int]) -> None:
    assert not daemon.socket.exists()
    left = [line["pid"] for line in daemon.lines() if "pid" in line and is_running(int(line["pid"]))]
    assert left == []
    assert set(children(os.getpid())) - before == set()


def once(new_daemon, *more: str, **options):
    before = set(children(os.getpid()))
    daemon = new_daemon(arguments=("--once", *more), **options)
    started = time.monotonic()
    done = daemon.run()
    assert_nothing_left(daemon, before)
    assert time.monotonic() - started < 30
    return daemon, done


def test_once_with_nothing_to_do(cluster, new_daemon):
    _, done = once(new_daemon)
    assert done.returncode == 0
    assert "0 Pools" in done.stdout and len(done.stdout.splitlines()) == 1


def test_once(cluster, new_daemon):
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p7"])
    for number in range(50):
        cluster.pool(f"p{number}", inject=number == 7)
    _, done = once(new_daemon)
    assert done.returncode == 0
    assert cluster.route_specs() == {f"p{number}": expected_spec(f"p{number}")
                                     for number in range(50)}
    assert len(cluster.all("Service")) == 50
    told = [event for event in cluster.events() if event["regarding"]["kind"] == "Pool"]
    assert sorted(event["regarding"]["name"] for event in told) == sorted(
        f"p{number}" for number in range(50))
    assert {event["reason"] for event in told} == {"RouteCreated"}
    assert cluster.names("c") == ["puppet", "p7.example.com"]
    assert "50 Pools (0 not satisfied), 50 TLSRoutes, 50 Services" in done.stdout
    written = cluster.writes()
    _, again = once(new_daemon)
    assert again.returncode == 0 and cluster.writes() == written


NOT_SATISFIED = {
    "hostname": lambda cluster: cluster.pool("p", "BAD"),
    "foreign-route": lambda cluster: (cluster.create(route_manifest("p", "x.example.com")),
                                      cluster.pool("p")),
    "gateway": lambda cluster: cluster.pool("p", gateway="missing"),
    "conflict": lambda cluster: cluster.pool("p", "good.example.com"),
}


@pytest.mark.parametrize("make", NOT_SATISFIED.values(), ids=NOT_SATISFIED)
def test_once_and_not_satisfied(cluster, new_daemon, make):
    cluster.pool("good")
    make(cluster)
    daemon, done = once(new_daemon)
    assert done.returncode == 1
    assert "good" in cluster.route_specs()
    assert "not satisfied" in done.stdout and "(0 not satisfied)" not in done.stdout
    assert daemon.problems() != [] and cluster.events() != []


def test_once_and_paused_is_satisfied(cluster, new_daemon):
    """It is what its owner wants."""
    manifest = pool_manifest("p")
    manifest["metadata"]["annotations"] = {PAUSED: "true"}
    cluster.create(manifest)
    _, done = once(new_daemon)
    assert done.returncode == 0 and cluster.writes() == []


def test_once_and_dry(cluster, new_daemon):
    all_kinds_of_work(cluster, new_daemon)
    before = state(cluster)
    daemon, done = once(new_daemon, "--dry-run")
    assert {(line["name"], line["msg"]) for line in daemon.said("would")
            if line["role"] == "reconciler"} == WOULD
    assert done.returncode == 1, "bad and foreign"
    for kind, objects in state(cluster).items():
        assert objects == before[kind], kind


def test_once_is_stopped(cluster, new_daemon):
    """By a signal, before it has converged."""
    for number in range(100):
        cluster.pool(f"p{number}")
    daemon = new_daemon(arguments=("--once",)).start()
    eventually(lambda: daemon.said("TLSRoute created"))
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(10) != 0, "it has not done what it was asked for"
    assert not daemon.socket.exists()


def test_once_with_a_bad_credential(cluster, new_daemon):
    """It does not end by itself before 5 minutes: the API server may come back. Nor does it say
    that all is well."""
    daemon = new_daemon(tokens=dict.fromkeys(("watcher", "reconciler", "certpatcher"), "bad"),
                        arguments=("--once",)).start()
    eventually(lambda: daemon.said("refuses the credential"))
    throughout(daemon.running, True, "it ended", 3)
    daemon.process.terminate()
    assert daemon.process.wait(10) == 1


def test_standing_warnings_are_the_unsatisfied(cluster, daemon):
    cluster.pool("good")
    cluster.pool("bad", "BAD")
    cluster.pool("late", gateway="missing")
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               lambda text: text.startswith("3 Pools (2 not satisfied)"))
    eventually(lambda: standing(cluster, daemon),
               {("bad", "HostnameInvalid"), ("late", "GatewayNotReady")})
    cluster.change_route("bad", hostname="bad.example.com")
    cluster.gateway("missing")
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               lambda text: text.startswith("3 Pools (0 not satisfied)"))
