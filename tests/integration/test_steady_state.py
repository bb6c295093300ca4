# SPDX-License-Identifier: Apache-2.0
"""Many Pools, each written once; then silence."""

from collections import Counter

from cluster import (certificate_manifest, expected_spec, pool_manifest, route_manifest,
                     server_manifest)
from daemon import ROLES, user
from gateways import answer
from waiting import eventually, throughout

POOLS = 300
INJECTING = 60  # of them, two with each Certificate
SILENCE_SECONDS = 10


def writes(lab, role: str) -> list[tuple[str, str, str | None]]:
    """Verb, resource and name, as the API server logged them; refused ones too. An Event's name is
    not of interest."""
    return [(event["verb"], event["objectRef"]["resource"], event["objectRef"].get("name"))
            for event in lab.audit_events() if event["user"]["username"] == user(role)]


def all_writes(lab) -> dict[str, int]:
    return {role: len(writes(lab, role)) for role in ROLES}


def converged(cluster) -> bool:
    routes = cluster.route_specs()
    if routes != {f"p{number}": expected_spec(f"p{number}") for number in range(POOLS)}:
        return False
    names = {name: certificate["spec"]["dnsAltNames"]
             for name, certificate in cluster.all("Certificate").items()}
    return all(sorted(names[f"c{number}"]) == sorted(
        ["puppet", f"p{2 * number}.example.com", f"p{2 * number + 1}.example.com"])
        for number in range(INJECTING // 2))


def test_300_pools_then_silence(lab, cluster, daemon):
    before = {role: len(writes(lab, role)) for role in ROLES}
    for number in range(INJECTING // 2):
        pools = [f"p{2 * number}", f"p{2 * number + 1}"]
        cluster.create(server_manifest(f"s{number}", f"c{number}", pools))
        cluster.create(certificate_manifest(f"c{number}", ["puppet"]))
    for number in range(POOLS):
        cluster.create(pool_manifest(f"p{number}", inject=number < INJECTING))
    eventually(lambda: converged(cluster), what="all routes and names", seconds=60)
    answer(cluster)

    # One Event for each route; they come after the routes, and not all at once.
    eventually(lambda: len(cluster.events()), POOLS, seconds=60)
    made = Counter(write for write in writes(lab, "reconciler")[before["reconciler"]:]
                   if write[1] != "events")
    assert made == {("create", resource, f"p{number}"): 1 for number in range(POOLS)
                    for resource in ("tlsroutes", "services")}
    # A second Pool's patch of one Certificate may meet the first one's and be sent once more.
    patched = Counter(writes(lab, "certpatcher")[before["certpatcher"]:])
    assert set(patched) == {("patch", "certificates", f"c{number}")
                            for number in range(INJECTING // 2)}
    assert max(patched.values()) <= 3
    assert len(writes(lab, "watcher")) == before["watcher"]

    counted = all_writes(lab)
    throughout(lambda: all_writes(lab), counted, "writes in the steady state", SILENCE_SECONDS)
    assert daemon.problems() == []


def test_restart_writes_nothing(lab, cluster, new_daemon):
    """Neither does another process, which has to judge all routes by what the server made of
    them."""
    first = new_daemon().start()
    cluster.pool("plain")
    cluster.pool("full", "*.full.example.com", gateway="g", section="tls",
                 gateway_namespace="infra", port=9140, inject=True)
    cluster.server("s", "c", ["full"])
    cluster.certificate("c", ["puppet"])
    cluster.create(route_manifest("foreign", "foreign.example.com"))
    cluster.pool("foreign")
    eventually(lambda: (len(cluster.route_specs()), cluster.names("c")),
               (3, ["puppet", "*.full.example.com"]))
    first.wait_until_healthy()
    for name, reason in (("foreign", "RouteNotOwned"), ("full", "GatewayNotReady"),
                         ("full", "RouteCreated"), ("plain", "RouteCreated")):
        eventually(lambda: cluster.events(name, reason), what=f"{reason} of {name}")
    first.stop()
    counted, events = cluster.writes(), cluster.event_names()
    second = new_daemon().start().wait_until_healthy()
    eventually(lambda: second.said(name="foreign", reason="RouteNotOwned"), what="a full look")
    assert cluster.writes() == counted
    assert cluster.event_names() == events, "what was told is told as one more of it"


def test_others_writes_cause_none(lab, cluster, daemon):
    """A status that changes is no reason to write, nor are labels."""
    cluster.pool("p", inject=True)
    cluster.server("s", "c", ["p"])
    cluster.certificate("c")
    eventually(lambda: (cluster.route_spec("p"), cluster.names("c")),
               (expected_spec("p"), ["p.example.com"]))
    eventually(lambda: cluster.events("p", "RouteCreated"))
    counted = cluster.writes()
    for number in range(20):
        for kind, name in (("Pool", "p"), ("Server", "s"), ("Certificate", "c")):
            cluster.merge(kind, name, {"metadata": {"labels": {"number": str(number)}}})
            cluster.request("PATCH", cluster.path(kind, name) + "/status",
                            {"status": {"endpoints": number} if kind == "Pool" else
                             {"phase": "Signed" if number % 2 else "Pending"}},
                            "application/merge-patch+json")
        cluster.merge("TLSRoute", "p", {"metadata": {"labels": {"number": str(number)}}})
    cluster.pool("witness")
    eventually(lambda: cluster.route_spec("witness"), expected_spec("witness"))
    assert sorted(cluster.writes()) == sorted(
        [*counted, ("create", "tlsroutes", "witness"), ("create", "services", "witness")])
