# SPDX-License-Identifier: Apache-2.0
"""TLSRoutes that a Pool does not control."""

import pytest

from cluster import OPENVOX, expected_spec, route_manifest
from findings import resolved, standing, warned
from waiting import eventually, throughout

NOT_OWNED = "RouteNotOwned"


def foreign(cluster, name: str, owners: list[dict] | None = None, manager: str = "argocd",
            hostname: str = "foreign.example.com") -> dict:
    return cluster.request("POST", cluster.path("TLSRoute") + f"?fieldManager={manager}",
                           route_manifest(name, hostname, owners))


def config_map(cluster, controller: bool) -> dict:
    made = cluster.request("POST", f"/api/v1/namespaces/{cluster.namespace}/configmaps",
                           {"metadata": {"name": "somebody"}})
    return {"apiVersion": "v1", "kind": "ConfigMap", "name": "somebody",
            "uid": made["metadata"]["uid"], "controller": controller}


def pool_owner(pool: dict, **changes) -> dict:
    return {"apiVersion": OPENVOX, "kind": "Pool", "name": pool["metadata"]["name"],
            "uid": pool["metadata"]["uid"], **changes}


CASES = {
    "nobody": (lambda cluster, pool: [], ("nobody", "argocd")),
    "other-controller": (lambda cluster, pool: [config_map(cluster, True)],
                         ("ConfigMap somebody", "argocd")),
    "owner-that-controls-not": (lambda cluster, pool: [config_map(cluster, False)],
                                ("nobody", "argocd")),
    "pool-that-controls-not": (lambda cluster, pool: [pool_owner(pool)], ("nobody", "argocd")),
    "pool-and-other-controller": (
        lambda cluster, pool: [pool_owner(pool), config_map(cluster, True)],
        ("ConfigMap somebody", "argocd")),
    "other-pool": (lambda cluster, pool: [pool_owner(cluster.pool("other"), controller=True)],
                   ("Pool other", "argocd")),
}


@pytest.mark.parametrize("owners, words", CASES.values(), ids=CASES)
def test_left_alone_and_told(cluster, new_daemon, owners, words):
    pool = cluster.pool("p")
    before = foreign(cluster, "p", owners(cluster, pool))
    daemon = new_daemon().start().wait_until_healthy()
    text = warned(cluster, daemon, "p", NOT_OWNED, *words, "left alone")
    for change in ({"hostname": "second.example.com"}, {"enabled": False}):
        cluster.change_route("p", **change)
    resolved(cluster, daemon, "p", NOT_OWNED, text)
    cluster.pool("witness")
    eventually(lambda: cluster.route_spec("witness"))
    assert cluster.get("TLSRoute", "p") == before
    assert [write for write in cluster.writes("tlsroutes") if write[2] == "p"] == []

    cluster.change_route("p", enabled=True)
    text = warned(cluster, daemon, "p", NOT_OWNED, *words)
    cluster.delete("TLSRoute", "p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", "second.example.com"))
    resolved(cluster, daemon, "p", NOT_OWNED, text)
    assert standing(cluster, daemon) == set()


def test_left_alone_when_the_pool_goes(cluster, daemon):
    before = foreign(cluster, "p")
    cluster.pool("p")
    warned(cluster, daemon, "p", NOT_OWNED)
    cluster.pool("ours")
    eventually(lambda: cluster.route_spec("ours"))
    for name in ("p", "ours"):
        cluster.delete("Pool", name)
    eventually(lambda: list(cluster.all("TLSRoute")), ["p"], seconds=60)  # garbage collection
    assert cluster.get("TLSRoute", "p") == before


def test_taken_away_from_us(cluster, daemon):
    """Somebody removes the ownerReference: it is theirs from then on."""
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"))
    taken = cluster.request(
        "PATCH", cluster.path("TLSRoute", "p") + "?fieldManager=taker",
        {"metadata": {"ownerReferences": None}, "spec": {"hostnames": ["theirs.example.com"]}},
        "application/merge-patch+json")
    text = warned(cluster, daemon, "p", NOT_OWNED, "nobody", "taker")
    cluster.change_route("p", hostname="other.example.com")
    cluster.pool("witness")
    eventually(lambda: cluster.route_spec("witness"))
    assert cluster.get("TLSRoute", "p") == taken
    cluster.delete("TLSRoute", "p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", "other.example.com"))
    resolved(cluster, daemon, "p", NOT_OWNED, text)


def test_orphaned_is_not_adopted(cluster, daemon):
    """kubectl delete --cascade=orphan, and a Pool of the same name."""
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"))
    cluster.request("DELETE", cluster.path("Pool", "p"), {"propagationPolicy": "Orphan"})
    eventually(lambda: cluster.get("Pool", "p"), None, seconds=60)
    left = cluster.get("TLSRoute", "p")
    assert "ownerReferences" not in left["metadata"]
    cluster.pool("p", "new.example.com")
    warned(cluster, daemon, "p", NOT_OWNED, "nobody")
    assert cluster.get("TLSRoute", "p") == left
    cluster.delete("TLSRoute", "p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", "new.example.com"))


class TestSlowGarbageCollector:
    """With an API server of its own, whose controllers can be stopped."""

    OWN_LAB = {}

    @pytest.fixture
    def lab(self, lab):
        yield lab
        lab.start_controllers()

    @pytest.mark.parametrize("watched", [True, False], ids=["watched", "while-away"])
    def test_recreated_pool(self, lab, cluster, new_daemon, watched):
        """The old route is the old Pool's until it is collected; then the new one comes."""
        daemon = new_daemon().start()
        cluster.pool("p", "old.example.com")
        old = eventually(lambda: cluster.get("TLSRoute", "p"))
        old_service = eventually(lambda: cluster.get("Service", "p"))
        lab.stop_controllers()
        if not watched:
            daemon.wait_until_healthy().stop()
        cluster.delete("Pool", "p")
        pool = cluster.pool("p", "new.example.com")
        if not watched:
            daemon.start()
        text = warned(cluster, daemon, "p", NOT_OWNED, "Pool p")
        throughout(lambda: (cluster.get("TLSRoute", "p"), cluster.get("Service", "p")),
                   (old, old_service), "the old Pool's", 2)
        lab.start_controllers()
        # A garbage collector that has just started has to learn all kinds first.
        route = eventually(lambda: cluster.get("TLSRoute", "p"),
                           lambda route: route and route["metadata"]["uid"] !=
                           old["metadata"]["uid"], "a new route", seconds=120)
        assert route["spec"] == expected_spec("p", "new.example.com")
        assert route["metadata"]["ownerReferences"][0]["uid"] == pool["metadata"]["uid"]
        resolved(cluster, daemon, "p", NOT_OWNED, text)
        service = eventually(lambda: cluster.get("Service", "p"),
                             lambda service: service and service["metadata"]["uid"] !=
                             old_service["metadata"]["uid"], "a new Service", seconds=120)
        assert service["metadata"]["ownerReferences"][0]["uid"] == pool["metadata"]["uid"]
        assert [write for write in cluster.writes() if write[0] in ("delete", "patch")] == []
