# SPDX-License-Identifier: Apache-2.0
"""Pools that want the same hostname at the same Gateway."""

import time
from datetime import datetime, timezone

import pytest

from cluster import expected_spec, listener, pool_manifest, route_manifest
from findings import lines_about, resolved, standing, warned
from waiting import eventually, throughout

CONFLICT = "HostnameConflict"
OVERLAPS = "HostnameOverlaps"
PAUSED = {"openvox.voxpupuli.org/paused": "true"}


def older(pool: dict) -> dict:
    """Returns when whatever is made now is younger: the API server counts in seconds."""
    made = datetime.strptime(pool["metadata"]["creationTimestamp"], "%Y-%m-%dT%H:%M:%SZ")
    made = made.replace(tzinfo=timezone.utc).timestamp()
    eventually(time.time, lambda now: now >= made + 1.1)
    return pool


def routes(*clusters) -> dict[str, str]:
    """Hostnames by namespace/name."""
    return {f"{cluster.namespace}/{name}": spec["hostnames"][0]
            for cluster in clusters for name, spec in cluster.route_specs().items()}


def assert_routes(cluster, **hostnames: str) -> None:
    wanted = {f"{cluster.namespace}/{name}": hostname for name, hostname in hostnames.items()}
    eventually(lambda: routes(cluster), wanted)


def names(cluster, *pools: str) -> list[str]:
    return [f"{cluster.namespace}/{pool}" for pool in pools]


PAIRS = {
    "same": ("a.example.com", "a.example.com"),
    "same-wildcard": ("*.example.com", "*.example.com"),
}
OVERLAPPING = {
    "wildcard-older": ("*.example.com", "a.example.com"),
    "wildcard-younger": ("a.example.com", "*.example.com"),
    "wildcard-deep": ("*.example.com", "a.b.c.example.com"),
    "nested-wildcards": ("*.example.com", "*.sub.example.com"),
    "nested-younger": ("*.sub.example.com", "*.example.com"),
    "nested-deep": ("*.a.b.c.example.com", "*.example.com"),
}


def untouched(cluster, *pools: str) -> dict[str, dict]:
    """Their TLSRoutes, for a comparison: as they are, with their versions."""
    return {pool: cluster.get("TLSRoute", pool)["metadata"] for pool in pools}


@pytest.mark.parametrize("first, second", PAIRS.values(), ids=PAIRS)
def test_oldest_wins(cluster, daemon, first, second):
    """By age, not by name, nor by who is more exact."""
    older(cluster.pool("z", first))
    cluster.pool("a", second)
    of_a = warned(cluster, daemon, "a", CONFLICT, f"{cluster.namespace}/z", first, "older")
    of_z = warned(cluster, daemon, "z", CONFLICT, f"{cluster.namespace}/a", second)
    assert_routes(cluster, z=first)
    assert [write for write in cluster.writes("tlsroutes") if write[2] == "a"] == []

    cluster.change_route("z", hostname="free.example.net")
    assert_routes(cluster, z="free.example.net", a=second)
    resolved(cluster, daemon, "a", CONFLICT, of_a)
    resolved(cluster, daemon, "z", CONFLICT, of_z)
    assert standing(cluster, daemon) == set()


@pytest.mark.parametrize("first, second", PAIRS.values(), ids=PAIRS)
def test_warn_only(cluster, new_daemon, first, second):
    daemon = new_daemon(conflicts="warn").start().wait_until_healthy()
    older(cluster.pool("z", first))
    cluster.pool("a", second)
    assert_routes(cluster, z=first, a=second)
    of_a = warned(cluster, daemon, "a", CONFLICT, f"{cluster.namespace}/z", first)
    of_z = warned(cluster, daemon, "z", CONFLICT, f"{cluster.namespace}/a", second)
    cluster.change_route("a", hostname="free.example.net")
    resolved(cluster, daemon, "a", CONFLICT, of_a)
    resolved(cluster, daemon, "z", CONFLICT, of_z)
    assert_routes(cluster, z=first, a="free.example.net")
    assert standing(cluster, daemon) == set()


@pytest.mark.parametrize("conflicts", ["oldest-wins", "warn"])
@pytest.mark.parametrize("first, second", OVERLAPPING.values(), ids=OVERLAPPING)
def test_wildcard_overlaps(cluster, new_daemon, first, second, conflicts):
    """Both have their routes, and both are told of the other: a Gateway serves the more specific."""
    daemon = new_daemon(conflicts=conflicts).start().wait_until_healthy()
    older(cluster.pool("z", first))
    cluster.pool("a", second)
    assert_routes(cluster, z=first, a=second)
    for pool, other, hostname in (("z", "a", second), ("a", "z", first)):
        line = eventually(lambda: daemon.said(name=pool, reason=OVERLAPS, level="info"))[-1]
        assert f"{cluster.namespace}/{other} " in line["msg"] and hostname in line["msg"]
        assert "more specific" in line["msg"]
        event, = eventually(lambda: cluster.events(pool, OVERLAPS))
        assert event["type"] == "Normal" and event["note"] == line["msg"]
    cluster.change_route("z", hostname="free.example.net")
    for pool in ("z", "a"):
        eventually(lambda: daemon.said(name=pool, reason=OVERLAPS, msg="resolved"))
    assert_routes(cluster, z="free.example.net", a=second)
    assert daemon.problems() == []


NO_CONFLICT = {
    "different": ("a.example.com", "b.example.com"),
    "not-under-the-wildcard": ("*.example.com", "example.com"),
    "other-domain": ("*.example.com", "a.example.net"),
    "ends-alike": ("*.example.com", "badexample.com"),
    "siblings": ("*.a.example.com", "*.b.example.com"),
    "parent-of-a-wildcard": ("*.a.example.com", "a.example.com"),
}


@pytest.mark.parametrize("first, second", NO_CONFLICT.values(), ids=NO_CONFLICT)
def test_no_conflict(cluster, daemon, first, second):
    cluster.pool("a", first)
    cluster.pool("b", second)
    assert_routes(cluster, a=first, b=second)
    assert daemon.problems() == []


def test_different_gateways(cluster, daemon):
    cluster.gateway("second")
    cluster.pool("a", "same.example.com")
    cluster.pool("b", "same.example.com", gateway="second")
    assert_routes(cluster, a="same.example.com", b="same.example.com")
    assert daemon.problems() == []
    cluster.merge("Pool", "b", {"spec": {"route": {"gatewayRef": {"name": "gateway"}}}})
    assert_routes(cluster, a="same.example.com")
    warned(cluster, daemon, "b", CONFLICT, f"{cluster.namespace}/a")


def test_same_name_of_gateway_in_two_namespaces(cluster, new_cluster, new_daemon):
    """Two Gateways, so no conflict."""
    other = new_cluster()
    daemon = new_daemon(namespaces=[cluster.namespace, other.namespace]).start()
    for each in (cluster, other):
        each.pool("p", "same.example.com")
    for each in (cluster, other):
        eventually(lambda: each.route_spec("p"), expected_spec("p", "same.example.com"))
    daemon.wait_until_healthy()
    assert daemon.problems() == []


@pytest.mark.parametrize("scope", ["two", "all"])
def test_across_namespaces(cluster, new_cluster, new_daemon, scope):
    other = new_cluster()
    cluster.gateway("shared", listener(allowedRoutes={"namespaces": {"from": "All"}}))
    daemon = new_daemon(namespaces=[] if scope == "all" else
                        [cluster.namespace, other.namespace]).start().wait_until_healthy()
    hostname = f"{cluster.namespace}.example.com"  # with all namespaces, Pools of other tests too
    older(other.pool("p", hostname, gateway="shared", gateway_namespace=cluster.namespace))
    cluster.pool("p", hostname, gateway="shared")
    here = warned(cluster, daemon, "p", CONFLICT, f"{other.namespace}/p", "older")
    there = warned(other, daemon, "p", CONFLICT, f"{cluster.namespace}/p")
    assert routes(cluster, other) == {f"{other.namespace}/p": hostname}
    other.delete("Pool", "p")
    eventually(lambda: cluster.route_spec("p"), what="it is free")
    resolved(cluster, daemon, "p", CONFLICT, here)
    assert there


def test_of_one_age_the_name_decides(cluster, new_daemon):
    """Pools of one second, as from one manifest; made while the daemon does not look."""
    def one_second(number: int) -> bool:
        made = [cluster.pool(f"{name}{number}", f"same{number}.example.com") for name in "ba"]
        return made[0]["metadata"]["creationTimestamp"] == made[1]["metadata"]["creationTimestamp"]

    number = next(number for number in range(20) if one_second(number))
    new_daemon().start()
    eventually(lambda: routes(cluster).get(f"{cluster.namespace}/a{number}"))
    assert cluster.route_spec(f"b{number}") is None


FREED = {
    "deleted": lambda cluster: cluster.delete("Pool", "z"),
    "disabled": lambda cluster: cluster.change_route("z", enabled=False),
    "no-route": lambda cluster: cluster.merge("Pool", "z", {"spec": {"route": None}}),
    "other-hostname": lambda cluster: cluster.change_route("z", hostname="free.example.net"),
    "other-gateway": lambda cluster: cluster.change_route("z", gatewayRef={"name": "second"}),
    "hostname-invalid": lambda cluster: cluster.change_route("z", hostname="BAD"),
}


@pytest.mark.parametrize("free", FREED.values(), ids=FREED)
def test_next_one_gets_it_at_once(cluster, daemon, free):
    cluster.gateway("second")
    older(cluster.pool("z", "same.example.com"))
    older(cluster.pool("y", "same.example.com"))
    cluster.pool("x", "same.example.com")
    for name in ("x", "y"):
        warned(cluster, daemon, name, CONFLICT, f"{cluster.namespace}/z")
    assert_routes(cluster, z="same.example.com")
    free(cluster)
    started = time.monotonic()
    eventually(lambda: cluster.route_spec("y"), expected_spec("y", "same.example.com"))
    assert time.monotonic() - started < 10, "at once, not with the next look at everything"
    warned(cluster, daemon, "x", CONFLICT, f"{cluster.namespace}/y", "older")
    assert cluster.route_spec("x") is None
    assert len([write for write in cluster.writes("tlsroutes") if write[2] == "x"]) == 0


def test_older_one_comes_later(cluster, daemon):
    """By a change of its hostname: who has the name keeps it, however old the other is."""
    older(cluster.pool("z", "other.example.com"))
    cluster.pool("a", "same.example.com")
    assert_routes(cluster, z="other.example.com", a="same.example.com")
    before = untouched(cluster, "a")
    cluster.change_route("z", hostname="same.example.com")
    warned(cluster, daemon, "z", CONFLICT, f"{cluster.namespace}/a", "same.example.com")
    assert_routes(cluster, a="same.example.com")  # z asks for other.example.com no longer
    eventually(lambda: cluster.events("z", "RouteDeleted"))
    assert untouched(cluster, "a") == before
    cluster.change_route("a", enabled=False)
    assert_routes(cluster, z="same.example.com")


def test_chain(cluster, daemon):
    """A wildcard in the midst takes nothing from others, whoever comes and goes."""
    older(cluster.pool("a", "a.example.com"))
    older(cluster.pool("b", "*.example.com"))
    cluster.pool("c", "c.example.com")
    assert_routes(cluster, a="a.example.com", b="*.example.com", c="c.example.com")
    before = untouched(cluster, "b", "c")
    cluster.delete("Pool", "a")
    eventually(lambda: cluster.get("TLSRoute", "a"), None)
    # It covers another one now, which is no news for the log.
    eventually(lambda: daemon.ctl("explain", f"{cluster.namespace}/b").stdout,
               lambda text: f"{cluster.namespace}/c has the hostname" in text)
    assert untouched(cluster, "b", "c") == before
    cluster.change_route("b", enabled=False)
    assert_routes(cluster, c="c.example.com")
    assert untouched(cluster, "c") == {"c": before["c"]}
    eventually(lambda: standing(cluster, daemon), set())


def test_long_chain(cluster, daemon):
    """Each covers the next: all have their routes."""
    hostnames = ["*.e.example.com", "*.d.e.example.com", "*.c.d.e.example.com"]
    for number, hostname in enumerate(hostnames):
        older(cluster.pool(f"p{number}", hostname))
    assert_routes(cluster, p0=hostnames[0], p1=hostnames[1], p2=hostnames[2])
    cluster.change_route("p0", hostname="x.e.example.com")
    assert_routes(cluster, p0="x.e.example.com", p1=hostnames[1], p2=hostnames[2])
    assert standing(cluster, daemon) == set()


@pytest.fixture
def shared(cluster, new_cluster):
    """Another namespace, and a Gateway for both."""
    cluster.gateway("shared", listener(allowedRoutes={"namespaces": {"from": "All"}}))
    return new_cluster()


@pytest.fixture
def daemon_of_shared(cluster, shared, new_daemon):
    """A daemon for both."""
    daemon = new_daemon(namespaces=[cluster.namespace, shared.namespace])
    return daemon.start().wait_until_healthy()


def at_shared(cluster, name: str, hostname: str) -> dict:
    """For a Pool of another namespace than the Gateway's."""
    return pool_manifest(name, hostname, gateway="shared", gateway_namespace=cluster.namespace)


TAKEOVERS = {
    "the-same": "puppet.example.com",
    "wildcard": "*.com",
    "narrower-wildcard": "*.example.com",
}


@pytest.mark.parametrize("edited", TAKEOVERS.values(), ids=TAKEOVERS)
def test_older_pool_elsewhere_edits_its_hostname(cluster, shared, daemon_of_shared, edited):
    """A typo, or worse, in one namespace costs nobody else a route."""
    older(shared.create(at_shared(cluster, "old", "old.example.net")))
    for name, hostname in (("puppet", "puppet.example.com"), ("b", "b.example.com")):
        cluster.pool(name, hostname, gateway="shared")
    eventually(lambda: set(cluster.route_specs()), {"puppet", "b"})
    eventually(lambda: shared.route_spec("old"))
    before, written = untouched(cluster, "puppet", "b"), cluster.writes("tlsroutes")
    shared.change_route("old", hostname=edited)
    if edited.startswith("*"):
        eventually(lambda: routes(shared), {f"{shared.namespace}/old": edited})
    else:
        eventually(lambda: shared.events("old", CONFLICT))
    throughout(lambda: untouched(cluster, "puppet", "b"), before, "their routes", 2)
    assert cluster.writes("tlsroutes") == written


def paused_rival(cluster, other) -> dict:
    manifest = at_shared(cluster, "rival", "puppet.example.com")
    manifest["metadata"]["annotations"] = PAUSED
    return other.create(manifest)


def foreign_route(cluster, other) -> dict:
    other.create(route_manifest("rival", "theirs.example.com"))
    return other.create(at_shared(cluster, "rival", "puppet.example.com"))


def not_admitted(cluster, other) -> dict:
    cluster.merge("Gateway", "shared", {"spec": {"listeners": [listener()]}})
    return other.create(at_shared(cluster, "rival", "puppet.example.com"))


IMPOSSIBLE = {"paused": paused_rival, "not-admitted": not_admitted, "foreign-route": foreign_route}


@pytest.mark.parametrize("rival", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_rival_without_a_chance_competes_not(cluster, shared, daemon_of_shared, rival):
    older(rival(cluster, shared))
    cluster.pool("puppet", "puppet.example.com", gateway="shared")
    eventually(lambda: routes(cluster), {f"{cluster.namespace}/puppet": "puppet.example.com"})
    before = untouched(cluster, "puppet")
    # Nor when it has one at last.
    shared.merge("Pool", "rival", {"metadata": {"annotations": {name: None for name in PAUSED}}})
    shared.delete("TLSRoute", "rival") if rival is foreign_route else None
    cluster.merge("Gateway", "shared", {"spec": {"listeners": [
        listener(allowedRoutes={"namespaces": {"from": "All"}})]}})
    eventually(lambda: shared.events("rival", CONFLICT))
    throughout(lambda: untouched(cluster, "puppet"), before, "its route", 2)


def test_swap(cluster, daemon):
    """Two exchange their hostnames, one after the other: each has its route in the end."""
    older(cluster.pool("a", "a.example.com"))
    cluster.pool("b", "b.example.com")
    assert_routes(cluster, a="a.example.com", b="b.example.com")
    cluster.change_route("a", hostname="b.example.com")
    warned(cluster, daemon, "a", CONFLICT, f"{cluster.namespace}/b")
    cluster.change_route("b", hostname="a.example.com")
    assert_routes(cluster, a="b.example.com", b="a.example.com")
    for _ in range(5):  # and at the same time
        for name, hostname in (("a", "a.example.com"), ("b", "b.example.com")):
            cluster.change_route(name, hostname=hostname)
        assert_routes(cluster, a="a.example.com", b="b.example.com")
        for name, hostname in (("a", "b.example.com"), ("b", "a.example.com")):
            cluster.change_route(name, hostname=hostname)
        assert_routes(cluster, a="b.example.com", b="a.example.com")
    eventually(lambda: standing(cluster, daemon), set())


def test_two_made_at_the_same_time(cluster, daemon):
    """Exactly one gets it, the other when it is free; also where the one that comes first by name
    is seen while the route of the other is being written."""
    for number in range(10):
        hostname = f"same{number}.example.com"
        for name in ("b", "a"):
            cluster.pool(f"{name}{number}", hostname)
        holders = eventually(lambda: [name for name, found in routes(cluster).items()
                                      if found == hostname], what="a route")
        holder = holders[0].partition("/")[2]
        loser = f"{'a' if holder.startswith('b') else 'b'}{number}"
        warned(cluster, daemon, loser, CONFLICT, holders[0])
        assert [name for name, found in routes(cluster).items() if found == hostname] == holders
        assert not [write for write in cluster.writes("tlsroutes") if write[2] == loser]
        cluster.change_route(holder, enabled=False)
        eventually(lambda: cluster.route_spec(loser), expected_spec(loser, hostname))


def test_invalid_and_disabled_block_nobody(cluster, daemon):
    older(cluster.pool("bad", "SAME.example.com"))
    older(cluster.pool("off", "same.example.com", enabled=False))
    cluster.pool("p", "same.example.com")
    assert_routes(cluster, p="same.example.com")
    assert standing(cluster, daemon) == {("bad", "HostnameInvalid")}


def test_after_a_restart(cluster, new_daemon):
    """It decides the same, and writes nothing."""
    first = new_daemon().start()
    older(cluster.pool("z", "same.example.com"))
    cluster.pool("a", "same.example.com")
    warned(cluster, first, "a", CONFLICT)
    assert_routes(cluster, z="same.example.com")
    first.wait_until_healthy().stop()
    writes = cluster.writes()
    second = new_daemon().start().wait_until_healthy()
    eventually(lambda: second.said(name="a", reason=CONFLICT, level="warning"))
    assert_routes(cluster, z="same.example.com")
    assert cluster.writes() == writes


def test_policy_changes_by_reload(cluster, new_daemon):
    daemon = new_daemon().start().wait_until_healthy()
    older(cluster.pool("z", "same.example.com"))
    cluster.pool("a", "same.example.com")
    assert_routes(cluster, z="same.example.com")
    for policy in ("warn", "oldest-wins"):  # who has a route by then keeps it
        daemon.settings["conflicts"] = policy
        daemon.write_config()
        daemon.reload()
        eventually(lambda: set(cluster.route_specs()), {"z", "a"})
        before = untouched(cluster, "z", "a")
    warned(cluster, daemon, "a", CONFLICT, f"{cluster.namespace}/z", "stays")
    assert untouched(cluster, "z", "a") == before
    cluster.change_route("a", enabled=False)
    eventually(lambda: set(cluster.route_specs()), {"z"})  # else both may be decided at once

    def refused() -> int:
        return sum(line["msg"].endswith("when the hostname is free")
                   for line in lines_about(cluster, daemon, "a", CONFLICT))

    told = refused()  # perhaps once, by the worker before the policy was "warn"
    cluster.change_route("a", enabled=True)
    eventually(refused, told + 1)
    assert set(cluster.route_specs()) == {"z"}


def test_many_want_one_name(cluster, daemon):
    """One has it, and as it goes from one to the next nobody writes in vain."""
    for number in range(30):
        cluster.pool(f"p{number:02}", "same.example.com")
    order = [pool["metadata"]["name"] for pool in sorted(
        cluster.all("Pool").values(),
        key=lambda pool: (pool["metadata"]["creationTimestamp"], pool["metadata"]["name"]))]
    holder, = eventually(lambda: sorted(cluster.route_specs()))
    order.remove(holder)  # who was seen first: what has a route keeps it
    for after in order[:3]:
        cluster.change_route(holder, enabled=False)
        eventually(lambda: sorted(cluster.route_specs()), [after])
        holder = after
    written = [write[0] for write in cluster.writes("tlsroutes")]
    assert sorted(written) == ["create"] * 4 + ["delete"] * 3


def test_nested_names_of_one_tenant_hold_up_nobody(cluster, shared, daemon_of_shared):
    """Names under wildcards under wildcards, the shortest first, while one of them keeps changing:
    another namespace has its route at once, and no worker is restarted."""
    suffixes = [".".join(f"l{i}" for i in range(depth, -1, -1)) for depth in range(30)]
    for depth, suffix in enumerate(suffixes):
        for kind, hostname in (("c", f"c.{suffix}"), ("v", f"*.{suffix}"), ("w", f"*.{suffix}")):
            manifest = at_shared(cluster, f"{kind}{depth}", hostname)
            manifest["spec"]["route"]["gatewayRef"]["name"] = "nobody"
            shared.create(manifest)
    for number in range(10):
        shared.change_route("w29", hostname=f"away{number}.{suffixes[-1]}")
        shared.change_route("v0", enabled=bool(number % 2))
        started = time.monotonic()
        cluster.pool(f"p{number}", gateway="shared")
        eventually(lambda: cluster.route_spec(f"p{number}"), what="its route", seconds=5)
        assert time.monotonic() - started < 5
    assert set(daemon_of_shared.restarts().values()) == {0}
