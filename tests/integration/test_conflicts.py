# SPDX-License-Identifier: Apache-2.0
"""Pools that want the same hostname at the same Gateway."""

import time
from datetime import datetime, timezone

import pytest

from cluster import expected_spec, listener
from findings import resolved, standing, warned
from waiting import eventually

CONFLICT = "HostnameConflict"


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
    "wildcard-older": ("*.example.com", "a.example.com"),
    "wildcard-younger": ("a.example.com", "*.example.com"),
    "wildcard-deep": ("*.example.com", "a.b.c.example.com"),
    "same-wildcard": ("*.example.com", "*.example.com"),
    "nested-wildcards": ("*.example.com", "*.sub.example.com"),
    "nested-younger": ("*.sub.example.com", "*.example.com"),
    "nested-deep": ("*.a.b.c.example.com", "*.example.com"),
}


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
    """By a change of its hostname: age is age, however short it has wanted this name."""
    older(cluster.pool("z", "other.example.com"))
    cluster.pool("a", "same.example.com")
    assert_routes(cluster, z="other.example.com", a="same.example.com")
    cluster.change_route("z", hostname="same.example.com")
    assert_routes(cluster, z="same.example.com")
    warned(cluster, daemon, "a", CONFLICT, f"{cluster.namespace}/z", "older")
    eventually(lambda: cluster.events("a", "RouteDeleted"))
    cluster.change_route("z", enabled=False)
    assert_routes(cluster, a="same.example.com")


def test_chain(cluster, daemon):
    """A wildcard in the midst: who yields takes nothing from others."""
    older(cluster.pool("a", "a.example.com"))
    older(cluster.pool("b", "*.example.com"))
    cluster.pool("c", "c.example.com")
    of_b = warned(cluster, daemon, "b", CONFLICT, f"{cluster.namespace}/a", "older")
    assert_routes(cluster, a="a.example.com", c="c.example.com")
    # Without a, b is the oldest that wants c's name, and gets it.
    cluster.delete("Pool", "a")
    eventually(lambda: cluster.route_spec("b"), expected_spec("b", "*.example.com"))
    eventually(lambda: cluster.route_spec("c"), None)
    warned(cluster, daemon, "c", CONFLICT, f"{cluster.namespace}/b", "older")
    resolved(cluster, daemon, "b", CONFLICT, of_b)
    # And back: c is free again as soon as b yields.
    cluster.change_route("b", enabled=False)
    eventually(lambda: cluster.route_spec("c"), expected_spec("c", "c.example.com"))
    eventually(lambda: standing(cluster, daemon), set())


def test_long_chain(cluster, daemon):
    """Each conflicts with the next: every second one has its route."""
    hostnames = ["*.e.example.com", "*.d.e.example.com", "*.c.d.e.example.com"]
    for number, hostname in enumerate(hostnames):
        older(cluster.pool(f"p{number}", hostname))
    # All three conflict with one another, and the first has it.
    assert_routes(cluster, p0=hostnames[0])
    cluster.change_route("p0", hostname="x.e.example.com")  # with none of them any more
    eventually(lambda: cluster.route_spec("p1"), expected_spec("p1", hostnames[1]))
    assert cluster.route_spec("p2") is None


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
    for policy, wanted in (("warn", {"z", "a"}), ("oldest-wins", {"z"})):
        daemon.settings["conflicts"] = policy
        daemon.write_config()
        daemon.reload()
        eventually(lambda: set(cluster.route_specs()), wanted)


def test_many_want_one_name(cluster, daemon):
    """One has it, and as it goes from one to the next nobody writes in vain."""
    for number in range(30):
        cluster.pool(f"p{number:02}", "same.example.com")
    order = [pool["metadata"]["name"] for pool in sorted(
        cluster.all("Pool").values(),
        key=lambda pool: (pool["metadata"]["creationTimestamp"], pool["metadata"]["name"]))]
    for name, after in zip(order[:3], order[1:4]):
        eventually(lambda: sorted(cluster.route_specs()), [name])
        cluster.change_route(name, enabled=False)
        eventually(lambda: sorted(cluster.route_specs()), [after])
    written = [write for write in cluster.writes("tlsroutes")]
    created = {name for verb, _, name in written if verb == "create"}
    # While they came, one of the same second may have had it before its elder by name was seen.
    assert created >= set(order[:4])
    assert len(written) <= 2 * len(created) + 3
