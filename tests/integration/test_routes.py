# SPDX-License-Identifier: Apache-2.0
"""Pools and their TLSRoutes."""

import pytest

from cluster import GATEWAY, OPENVOX, expected_spec, route_manifest
from waiting import eventually


def test_create(cluster, daemon):
    pool = cluster.pool("production")
    route = eventually(lambda: cluster.get("TLSRoute", "production"), what="the route")
    assert route["spec"] == expected_spec("production")
    assert route["apiVersion"] == GATEWAY
    assert route["metadata"]["namespace"] == cluster.namespace
    assert route["metadata"]["ownerReferences"] == [{
        "apiVersion": OPENVOX, "kind": "Pool", "name": "production",
        "uid": pool["metadata"]["uid"], "controller": True}]
    managers = {entry["manager"] for entry in route["metadata"]["managedFields"]}
    assert managers == {"tlsrouted"}


def test_all_fields(cluster, daemon):
    cluster.pool("full", "*.puppet.example.com", gateway="shared", section="tls",
                 gateway_namespace="infra", port=8141)
    eventually(lambda: cluster.route_spec("full"), expected_spec(
        "full", "*.puppet.example.com", gateway="shared", section="tls",
        gateway_namespace="infra", port=8141))


def test_pools_that_were_there_before(cluster, new_daemon):
    cluster.pool("early")
    cluster.pool("disabled", enabled=False)
    new_daemon().start()
    eventually(cluster.route_specs, {"early": expected_spec("early")})


def test_all_namespaces(cluster, new_cluster, new_daemon):
    other = new_cluster()
    new_daemon(namespaces=[]).start().wait_until_healthy()
    for each in (cluster, other):
        each.pool("everywhere")
    for each in (cluster, other):
        eventually(each.route_specs, {"everywhere": expected_spec("everywhere")})


def test_only_the_configured_namespaces(cluster, new_cluster, daemon):
    other = new_cluster()
    other.pool("elsewhere")
    cluster.pool("here")
    eventually(lambda: cluster.route_spec("here"), expected_spec("here"))
    assert other.route_specs() == {}


@pytest.mark.parametrize("change, expected", [
    ({"route": {"hostname": "new.example.com"}}, {"hostname": "new.example.com"}),
    ({"route": {"gatewayRef": {"name": "other"}}}, {"gateway": "other"}),
    ({"route": {"gatewayRef": {"sectionName": "tls"}}}, {"section": "tls"}),
    ({"route": {"gatewayRef": {"namespace": "infra"}}}, {"gateway_namespace": "infra"}),
    ({"service": {"port": 9140}}, {"port": 9140}),
], ids=["hostname", "gateway", "section", "gateway-namespace", "port"])
def test_update(cluster, daemon, change, expected):
    cluster.pool("p")
    before = eventually(lambda: cluster.get("TLSRoute", "p"), what="the route")
    cluster.merge("Pool", "p", {"spec": change})
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", **expected))
    after = cluster.get("TLSRoute", "p")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]


@pytest.mark.parametrize("change", [
    {"route": {"enabled": False}},
    {"route": None},
], ids=["disabled", "section-removed"])
def test_unwanted(cluster, daemon, change):
    cluster.pool("gone")
    cluster.pool("stays")
    eventually(cluster.route_specs, lambda routes: len(routes) == 2)
    cluster.merge("Pool", "gone", {"spec": change})
    eventually(cluster.route_specs, {"stays": expected_spec("stays")})


def test_enabled_again(cluster, daemon):
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    cluster.change_route("p", enabled=False)
    eventually(lambda: cluster.route_spec("p"), None)
    cluster.change_route("p", enabled=True)
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))


def test_unwanted_while_the_daemon_was_away(cluster, new_daemon):
    daemon = new_daemon().start()
    for name in ("disabled", "changed", "same"):
        cluster.pool(name)
    eventually(cluster.route_specs, lambda routes: len(routes) == 3)
    daemon.stop()
    cluster.change_route("disabled", enabled=False)
    cluster.change_route("changed", hostname="other.example.com")
    daemon.start()
    eventually(cluster.route_specs, {"changed": expected_spec("changed", "other.example.com"),
                                     "same": expected_spec("same")})


def test_deleted_pool_is_garbage_collected(cluster, daemon):
    cluster.pool("gone")
    cluster.pool("stays")
    eventually(cluster.route_specs, lambda routes: len(routes) == 2)
    cluster.delete("Pool", "gone")
    # Not by tlsrouted, and the garbage collector has to have seen both kinds first.
    eventually(cluster.route_specs, {"stays": expected_spec("stays")}, seconds=60)


def test_pool_recreated_under_its_name(cluster, daemon):
    cluster.pool("p", "old.example.com")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", "old.example.com"))
    cluster.delete("Pool", "p")
    pool = cluster.pool("p", "new.example.com")
    route = eventually(
        lambda: cluster.get("TLSRoute", "p"),
        lambda route: route and route["metadata"]["ownerReferences"][0]["uid"] ==
        pool["metadata"]["uid"], "a route of the new Pool", seconds=60)
    assert route["spec"] == expected_spec("p", "new.example.com")


# Other people's routes, and other people's changes to ours

def _configmap_owner(cluster) -> dict:
    made = cluster.request("POST", f"/api/v1/namespaces/{cluster.namespace}/configmaps",
                           {"metadata": {"name": "somebody"}})
    return {"apiVersion": "v1", "kind": "ConfigMap", "name": "somebody",
            "uid": made["metadata"]["uid"], "controller": True}


@pytest.mark.parametrize("controlled", [False, True], ids=["no-controller", "other-controller"])
@pytest.mark.parametrize("enabled", [True, False], ids=["wanted", "unwanted"])
def test_foreign_route_is_left_alone(cluster, daemon, controlled, enabled):
    owners = [_configmap_owner(cluster)] if controlled else []
    cluster.create(route_manifest("p", "foreign.example.com", owners))
    before = cluster.get("TLSRoute", "p")
    cluster.pool("p", enabled=enabled)
    cluster.pool("witness")  # later than p: once it has its route, p has been looked at
    eventually(lambda: cluster.route_spec("witness"), expected_spec("witness"))
    if not enabled:
        cluster.merge("Pool", "p", {"metadata": {"labels": {"look": "again"}}})
        cluster.change_route("witness", hostname="again.example.com")
        eventually(lambda: cluster.route_spec("witness"),
                   expected_spec("witness", "again.example.com"))
        assert daemon.said("route", name="p") == [] == daemon.said(name="p", level="warning")
    else:
        eventually(lambda: daemon.said(name="p", reason="RouteNotOwned", level="warning"),
                   lambda lines: len(lines) == 1, "one warning")
    assert cluster.get("TLSRoute", "p") == before


def test_foreign_route_goes_and_ours_comes(cluster, daemon):
    cluster.create(route_manifest("p", "foreign.example.com"))
    cluster.pool("p")
    eventually(lambda: daemon.said(name="p", reason="RouteNotOwned"), what="the warning")
    cluster.change_route("p", hostname="second.example.com")  # another look, no second warning
    cluster.pool("witness")
    eventually(lambda: cluster.route_spec("witness"), expected_spec("witness"))
    assert len(daemon.said(name="p", reason="RouteNotOwned", level="warning")) == 1
    cluster.delete("TLSRoute", "p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", "second.example.com"))


@pytest.mark.parametrize("path, value", [
    ("/spec/hostnames", ["evil.example.com"]),
    ("/spec/hostnames/-", "more.example.com"),
    ("/spec/parentRefs/0/name", "other"),
    ("/spec/parentRefs/-", {"name": "second"}),
    ("/spec/rules/0/backendRefs/0/name", "other"),
    ("/spec/rules/0/backendRefs/0/port", 1),
    ("/spec/rules/0/backendRefs/0/weight", 0),
    ("/spec/rules/0/backendRefs/-", {"name": "second", "port": 2}),
])
def test_edit_by_hand_is_put_back(cluster, daemon, path, value):
    cluster.pool("p", section="tls")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", section="tls"))
    verb = "add" if path.endswith("-") else "replace"
    edited = cluster.patch("TLSRoute", "p", [
        {"op": verb, "path": path, "value": value},
        {"op": "add", "path": "/metadata/labels/theirs", "value": "kept"},
        {"op": "add", "path": "/metadata/annotations", "value": {"theirs": "kept too"}},
    ])
    assert edited["spec"] != expected_spec("p", section="tls")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", section="tls"))
    metadata = cluster.get("TLSRoute", "p")["metadata"]
    assert metadata["uid"] == edited["metadata"]["uid"]
    assert metadata["labels"] == edited["metadata"]["labels"]
    assert metadata["annotations"] == {"theirs": "kept too"}


def test_deleted_by_hand_comes_back(cluster, daemon):
    cluster.pool("p")
    before = eventually(lambda: cluster.get("TLSRoute", "p"), what="the route")
    cluster.delete("TLSRoute", "p")
    after = eventually(
        lambda: cluster.get("TLSRoute", "p"),
        lambda route: route and route["metadata"]["uid"] != before["metadata"]["uid"],
        "a new route")
    assert after["spec"] == before["spec"]


def test_same_hostname_is_told(cluster, daemon):
    cluster.pool("a", "same.example.com")
    cluster.pool("b", "same.example.com")
    eventually(cluster.route_specs, {"a": expected_spec("a", "same.example.com")})
    for name, other in (("a", "b"), ("b", "a")):
        lines = eventually(lambda: daemon.said(name=name, reason="HostnameConflict"),
                           what="the warning")
        assert len(lines) == 1 and f"{cluster.namespace}/{other}" in lines[0]["msg"].split()
    cluster.change_route("b", hostname="own.example.com")
    eventually(lambda: daemon.said(name="a", msg="resolved", reason="HostnameConflict"),
               lambda lines: len(lines) == 1)
