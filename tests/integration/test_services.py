# SPDX-License-Identifier: Apache-2.0
"""The Services of Pools."""

import itertools
import json

import pytest

from cluster import OPENVOX, pool_manifest, service_manifest
from findings import resolved, standing, warned
from waiting import eventually

POOL_LABEL = "openvox.voxpupuli.org/pool-"


NODE_PORT = object()  # one that no other test has: a namespace that goes keeps its own for a while
_node_ports = itertools.count(30100)


def with_node_port(service: dict) -> dict:
    return {key: next(_node_ports) if value is NODE_PORT else value
            for key, value in service.items()}


def pool_with(name: str, service: dict | None, route: bool = True) -> dict:
    manifest = pool_manifest(name)
    if service is not None:
        manifest["spec"]["service"] = with_node_port(service)
    if not route:
        del manifest["spec"]["route"]
    return manifest


def assert_is_operators(service: dict, pool: dict) -> None:
    """The very Service that slauger/openvox-operator makes for this Pool."""
    name, wanted = pool["metadata"]["name"], pool["spec"]["service"]
    metadata, spec = service["metadata"], service["spec"]
    assert metadata["name"] == name
    assert metadata["labels"] == {
        "app.kubernetes.io/name": "openvox", "app.kubernetes.io/managed-by": "openvox-operator",
        POOL_LABEL + name: "true", **wanted.get("labels", {})}
    assert metadata.get("annotations", {}) == wanted.get("annotations", {})
    assert metadata["ownerReferences"] == [{
        "apiVersion": OPENVOX, "kind": "Pool", "name": name, "uid": pool["metadata"]["uid"],
        "controller": True}]
    assert {entry["manager"] for entry in metadata["managedFields"]} == {"tlsrouted"}
    assert spec["selector"] == {POOL_LABEL + name: "true"}
    assert spec["type"] == wanted["type"]
    assert spec.get("externalIPs") == wanted.get("externalIPs")
    (port,) = spec["ports"]
    node_port = port.pop("nodePort", None)
    assert port == {"name": "https", "protocol": "TCP", "port": wanted["port"], "targetPort": 8140}
    assert (node_port is not None) == (wanted["type"] != "ClusterIP")
    if wanted.get("nodePort"):
        assert node_port == wanted["nodePort"]


SERVICES = {
    "absent": None,
    "empty": {},
    "port": {"port": 9140},
    "node-port": {"type": "NodePort"},
    "node-port-given": {"type": "NodePort", "nodePort": NODE_PORT},
    "node-port-0": {"type": "NodePort", "nodePort": 0},
    "load-balancer": {"type": "LoadBalancer", "port": 443},
    "labels": {"labels": {"team": "puppet", "app.kubernetes.io/name": "mine"}},
    "annotations": {"annotations": {"a.example.com/x": "1", "text": 'quotes " and ü\n'}},
    "external-ips": {"externalIPs": ["192.0.2.7", "192.0.2.8"]},
}


EXTERNAL_IPS = {"serviceFields": {"externalIPs": "allow"}}


@pytest.fixture
def free_namespace(cluster, tokens):
    """The admission policies let Services of the namespace have externalIPs; that counts some
    moments after the API server has stored the label."""
    _, manifest = operators_service({"metadata": {"name": "free", "uid": "u"}}, "")
    manifest["metadata"]["ownerReferences"][0].pop("blockOwnerDeletion")
    manifest["spec"].update({"selector": {POOL_LABEL + "free": "true"},
                             "externalIPs": ["192.0.2.1"]})
    cluster.label_namespace(**{"service-external-ips": "allow"})
    eventually(lambda: cluster.lab.request("POST", cluster.path("Service") + "?dryRun=All", manifest,
                                           token=tokens["reconciler"])[0], 201)


@pytest.fixture
def permissive(new_daemon, free_namespace):
    """One that gives Services all that a Pool asks for."""
    return new_daemon(**EXTERNAL_IPS).start().wait_until_healthy()


@pytest.mark.parametrize("route", [True, False], ids=["route", "no-route"])
@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_created_as_the_operator_does(cluster, permissive, service, route):
    pool = cluster.create(pool_with("p", service, route))
    made = eventually(lambda: cluster.get("Service", "p"), what="the Service")
    assert_is_operators(made, pool)
    if route:
        eventually(lambda: cluster.get("TLSRoute", "p"), what="the route")
    lines = eventually(lambda: permissive.said(msg="Service created", name="p"))
    eventually(lambda: [write for write in cluster.writes("services") if write[2] == "p"],
               [("create", "services", "p")])
    assert permissive.problems() == []
    assert len(lines) == 1


CHANGES = {
    "port": {"port": 9140},
    "type": {"type": "NodePort"},
    "type-and-node-port": {"type": "NodePort", "nodePort": NODE_PORT},
    "labels": {"labels": {"team": "puppet"}},
    "labels-removed": {"labels": None},
    "annotations": {"annotations": {"a.example.com/x": "1"}},
    "annotations-removed": {"annotations": None},
    "external-ips": {"externalIPs": ["192.0.2.9"]},
    "external-ips-removed": {"externalIPs": None},
}
FULL = {"labels": {"old": "yes"}, "annotations": {"old": "yes"}, "externalIPs": ["192.0.2.1"]}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_kept_in_step(cluster, permissive, change):
    cluster.create(pool_with("p", FULL))
    before = eventually(lambda: cluster.get("Service", "p"), what="the Service")
    pool = cluster.merge("Pool", "p", {"spec": {"service": with_node_port(change)}})
    after = eventually(lambda: cluster.get("Service", "p"),
                       lambda now: now["metadata"]["resourceVersion"] !=
                       before["metadata"]["resourceVersion"], "it is changed")
    assert_is_operators(after, pool)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["spec"]["clusterIP"] == before["spec"]["clusterIP"]
    cluster.pool("witness")
    eventually(lambda: cluster.get("Service", "witness"))
    assert [write for write in cluster.writes("services") if write[2] == "p"] == [
        ("create", "services", "p"), ("patch", "services", "p")]


def test_back_from_node_port(cluster, daemon):
    cluster.create(pool_with("p", {"type": "NodePort", "nodePort": NODE_PORT}))
    eventually(lambda: cluster.get("Service", "p"), what="the Service")
    pool = cluster.merge("Pool", "p", {"spec": {"service": {"type": "ClusterIP",
                                                            "nodePort": None}}})
    assert_is_operators(eventually(lambda: cluster.get("Service", "p"),
                                   lambda service: service["spec"]["type"] == "ClusterIP"), pool)
    assert cluster.refused() == []


def test_in_step_after_being_away(cluster, new_daemon, free_namespace):
    first = new_daemon(**EXTERNAL_IPS).start()
    cluster.create(pool_with("p", {"type": "NodePort"}))
    cluster.create(pool_with("same", FULL))
    eventually(lambda: sorted(cluster.all("Service")), ["p", "same"])
    first.wait_until_healthy().stop()
    pool = cluster.merge("Pool", "p", {"spec": {"service": {"port": 1234}}})
    new_daemon(**EXTERNAL_IPS).start().wait_until_healthy()
    assert_is_operators(
        eventually(lambda: cluster.get("Service", "p"),
                   lambda service: service["spec"]["ports"][0]["port"] == 1234), pool)
    assert [name for verb, _, name in cluster.writes("services") if verb == "patch"] == ["p"]


def test_deleted_by_hand_comes_back(cluster, daemon):
    pool = cluster.pool("p")
    eventually(lambda: cluster.get("Service", "p"), what="the Service")
    cluster.delete("Service", "p")
    assert_is_operators(eventually(lambda: cluster.get("Service", "p"), what="another"), pool)


def test_goes_with_its_pool(cluster, daemon):
    cluster.pool("p")
    eventually(lambda: cluster.get("Service", "p"), what="the Service")
    cluster.delete("Pool", "p")
    eventually(lambda: cluster.get("Service", "p"), None, seconds=60)  # garbage collection
    assert ("delete", "services", "p") not in cluster.writes("services")


# What an installation may deny

DENIED = {
    "externalIPs": ({"externalIPs": ["192.0.2.1"]}, "externalIPs",
                    lambda spec: "externalIPs" not in spec),
    "NodePort": ({"type": "NodePort", "nodePort": NODE_PORT}, "nodePort",
                 lambda spec: spec["type"] == "ClusterIP" and "nodePort" not in spec["ports"][0]),
    "LoadBalancer": ({"type": "LoadBalancer"}, "loadBalancer",
                     lambda spec: spec["type"] == "ClusterIP"),
}


@pytest.mark.parametrize("later", [False, True], ids=["first", "later"])
def test_external_ips_by_default(cluster, free_namespace, daemon, later):
    """A Pool's never reach its Service, though the policies would let them."""
    wanted = {"externalIPs": ["192.0.2.1"]}
    cluster.create(pool_with("p", {} if later else wanted))
    eventually(lambda: cluster.get("Service", "p"), what="the Service")
    if later:
        cluster.merge("Pool", "p", {"spec": {"service": wanted}})
    text = warned(cluster, daemon, "p", "ServiceFieldDenied", "asks for externalIPs",
                  "set serviceFields.externalIPs: allow")
    told = eventually(lambda: daemon.ctl("explain", f"{cluster.namespace}/p").stdout,
                      lambda told: "ServiceFieldDenied" in told)
    assert "serviceFields.externalIPs" in told
    looked_at(cluster, "witness")
    assert "externalIPs" not in cluster.get("Service", "p")["spec"]
    assert [write for write in cluster.writes("services") if write[2] == "p"] == [
        ("create", "services", "p")]
    cluster.merge("Pool", "p", {"spec": {"service": {"externalIPs": None}}})
    resolved(cluster, daemon, "p", "ServiceFieldDenied", text)


@pytest.mark.parametrize("service, key, is_without", DENIED.values(), ids=DENIED)
def test_denied_later(cluster, free_namespace, new_daemon, service, key, is_without):
    """What the Service has by our own hand goes from it when it is denied, and comes back."""
    daemon = new_daemon(serviceFields={key: "allow"}).start().wait_until_healthy()
    pool = cluster.create(pool_with("p", service))
    assert_is_operators(eventually(lambda: cluster.get("Service", "p"), what="the Service"), pool)
    daemon.settings["serviceFields"] = {key: "deny"}
    daemon.write_config()
    daemon.reload()
    eventually(lambda: is_without(cluster.get("Service", "p")["spec"]), what="it is without")
    warned(cluster, daemon, "p", "ServiceFieldDenied", f"set serviceFields.{key}: allow")
    daemon.settings["serviceFields"] = {key: "allow"}
    daemon.write_config()
    daemon.reload()
    eventually(lambda: not is_without(cluster.get("Service", "p")["spec"]), what="it has it")
    assert_is_operators(cluster.get("Service", "p"), pool)


# Other people's

def operators_service(pool: dict, manager: str) -> tuple[str, dict]:
    name = pool["metadata"]["name"]
    owner = {"apiVersion": OPENVOX, "kind": "Pool", "name": name, "uid": pool["metadata"]["uid"],
             "controller": True, "blockOwnerDeletion": True}
    manifest = service_manifest(name)
    manifest["metadata"]["ownerReferences"] = [owner]
    return f"?fieldManager={manager}", manifest


def looked_at(cluster, name: str) -> None:
    """Returns when a Pool that comes now has all: what came earlier has been looked at by then."""
    cluster.pool(name)
    eventually(lambda: (cluster.get("Service", name), cluster.get("TLSRoute", name)), all)


@pytest.mark.parametrize("kind", ["plain", "other-port", "operators", "same-as-ours"])
@pytest.mark.parametrize("policy", ["auto", "never"])
def test_foreign_service_is_left_alone(cluster, new_daemon, kind, policy):
    """Byte by byte, managedFields and resourceVersion included."""
    pool = cluster.pool("p")
    query, manifest = "", service_manifest("p", 9999 if kind == "other-port" else 8140)
    if kind == "operators":
        query, manifest = operators_service(pool, "manager")
    elif kind == "same-as-ours":
        manifest["metadata"]["labels"] = {
            "app.kubernetes.io/name": "openvox",
            "app.kubernetes.io/managed-by": "openvox-operator", POOL_LABEL + "p": "true"}
    cluster.request("POST", cluster.path("Service") + query, manifest)
    before = cluster.get("Service", "p")
    daemon = new_daemon(services=policy).start().wait_until_healthy()
    eventually(lambda: cluster.get("TLSRoute", "p"), what="the route")
    cluster.merge("Pool", "p", {"spec": {"service": {"port": 1234, "labels": {"new": "yes"}}}})
    eventually(lambda: cluster.route_spec("p")["rules"][0]["backendRefs"][0]["port"], 1234)
    warned(cluster, daemon, "p", "BackendMissing", "1234")
    cluster.change_route("p", enabled=False)
    eventually(lambda: cluster.get("TLSRoute", "p"), None)
    assert cluster.get("Service", "p") == before
    assert cluster.writes("services") == []


def patch_as(cluster, manager: str, change, content_type: str = "application/merge-patch+json"
             ) -> dict:
    """Of the Service p."""
    force = "&force=true" if content_type == APPLY else ""
    return cluster.request("PATCH", cluster.path("Service", "p") + f"?fieldManager={manager}{force}",
                           change, content_type)


APPLY, JSON_PATCH = "application/apply-patch+yaml", "application/json-patch+json"
MERGE = "application/merge-patch+json"
BESIDE = {
    "finalizer": (MERGE, {"metadata": {"finalizers": ["example.com/theirs"]}}),
    "label": (MERGE, {"metadata": {"labels": {"theirs": "yes"}}}),
    "annotation": (MERGE, {"metadata": {"annotations": {"theirs": "yes"}}}),
    "long-annotation": (MERGE, {"metadata": {"annotations": {"theirs": "x" * 100000}}}),
    "many-labels": (MERGE, {"metadata": {"labels": {f"theirs{i}": "x" * 63 for i in range(100)}}}),
    "port": (JSON_PATCH, [{"op": "add", "path": "/spec/ports/0",
                           "value": {"name": "theirs", "port": 1}}]),
    "affinity": (APPLY, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "p"},
                         "spec": {"sessionAffinity": "ClientIP"}}),
    "our-port-applied-too": (APPLY, {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "p"},
        "spec": {"ports": [{"port": 8140, "protocol": "TCP", "appProtocol": "https"}]}}),
}


def own_port(service: dict) -> dict:
    (port,) = [port for port in service["spec"]["ports"] if port["name"] == "https"]
    return port


@pytest.mark.parametrize("content_type, change", BESIDE.values(), ids=BESIDE)
def test_in_step_beside_others(cluster, daemon, content_type, change):
    """What somebody else adds takes nothing from us, and we take nothing from them: the port goes
    with the route's, or there would be no traffic."""
    cluster.pool("p")
    eventually(lambda: cluster.get("Service", "p"), what="the Service")
    before = patch_as(cluster, "cloud", change, content_type)
    try:
        looked_at(cluster, "first")  # or its next write would be overtaken by that one
        cluster.merge("Pool", "p", {"spec": {"service": {"port": 9140, "labels": {"new": "yes"}}}})
        eventually(lambda: cluster.route_spec("p")["rules"][0]["backendRefs"][0]["port"], 9140)
        after = eventually(lambda: cluster.get("Service", "p"),
                           lambda service: own_port(service)["port"] == 9140, "it follows")
        expected = json.loads(json.dumps(before))
        own_port(expected)["port"] = 9140
        expected["metadata"]["labels"]["new"] = "yes"
        for service in (after, expected):
            for name in ("managedFields", "resourceVersion", "generation"):
                service["metadata"].pop(name, None)
        assert after == expected
        cluster.merge("Pool", "p", {"spec": {"service": {"labels": None}}})
        eventually(lambda: "new" in cluster.get("Service", "p")["metadata"]["labels"], False)
        looked_at(cluster, "witness")
        assert standing(cluster, daemon) == set() and cluster.refused() == []
        assert [write for write in cluster.writes("services") if write[2] == "p"] == [
            ("create", "services", "p")] + 2 * [("patch", "services", "p")]
    finally:
        cluster.merge("Service", "p", {"metadata": {"finalizers": None}})


REMOVED = {
    "label": (MERGE, {"metadata": {"labels": {"app.kubernetes.io/name": None}}}),
    "all-labels": (MERGE, {"metadata": {"labels": None}}),
    "port": (MERGE, {"spec": {"ports": [{"name": "theirs", "port": 1}]}}),
}


@pytest.mark.parametrize("content_type, change", REMOVED.values(), ids=REMOVED)
def test_removed_field_comes_back(cluster, daemon, content_type, change):
    """Nobody has set it to anything else."""
    cluster.pool("p")
    made = eventually(lambda: cluster.get("Service", "p"), what="the Service")
    patch_as(cluster, "kubectl-edit", change, content_type)
    after = eventually(lambda: cluster.get("Service", "p"),
                       lambda service: service["metadata"].get("labels") ==
                       made["metadata"]["labels"] and any(
                           port["port"] == 8140 for port in service["spec"]["ports"]), "it is back")
    assert own_port(after) == own_port(made)
    looked_at(cluster, "witness")
    assert standing(cluster, daemon) == set()


TAKEN = {
    "type": ({"spec": {"type": "NodePort"}}, "spec.type", {"spec": {"type": "ClusterIP"}}),
    "selector": ({"spec": {"selector": {"app": "theirs", POOL_LABEL + "p": None}}}, "spec.selector",
                 {"spec": {"selector": {"app": None, POOL_LABEL + "p": "true"}}}),
    "label": ({"metadata": {"labels": {"app.kubernetes.io/managed-by": "them"}}},
              "metadata.labels[app.kubernetes.io/managed-by]",
              {"metadata": {"labels": {"app.kubernetes.io/managed-by": "openvox-operator"}}}),
    "target-port": ({"spec": {"ports": [{"name": "https", "port": 8140, "targetPort": 9}]}},
                    "spec.ports[0].targetPort",
                    {"spec": {"ports": [{"name": "https", "port": 8140, "targetPort": 8140}]}}),
    "port": ({"spec": {"ports": [{"name": "https", "port": 9, "targetPort": 8140}]}},
             "spec.ports[0]",
             {"spec": {"ports": [{"name": "https", "port": 8140, "targetPort": 8140}]}}),
}


@pytest.mark.parametrize("change, field, back", TAKEN.values(), ids=TAKEN)
def test_field_of_somebody_else(cluster, daemon, change, field, back):
    """It is theirs, and said at once, with who it is; the rest is still ours."""
    cluster.pool("p")
    eventually(lambda: cluster.get("Service", "p"), what="the Service")
    theirs = patch_as(cluster, "kubectl-edit", change)
    text = warned(cluster, daemon, "p", "ServiceFieldNotOwned", f"{field} (kubectl-edit)",
                  "change spec.service of the Pool", seconds=5)
    cluster.merge("Pool", "p", {"spec": {"service": {"annotations": {"new": "yes"}}}})
    after = eventually(lambda: cluster.get("Service", "p"),
                       lambda service: "annotations" in service["metadata"], "the rest follows")
    assert (after["spec"], after["metadata"]["labels"]) == (theirs["spec"],
                                                            theirs["metadata"]["labels"])
    assert ("ServiceFieldNotOwned" in daemon.ctl("explain", f"{cluster.namespace}/p").stdout)
    patch_as(cluster, "kubectl-edit", back)
    resolved(cluster, daemon, "p", "ServiceFieldNotOwned", text)
    looked_at(cluster, "witness")
    eventually(lambda: standing(cluster, daemon), set())


def test_foreign_port_is_told_with_its_owner(cluster, daemon):
    cluster.request("POST", cluster.path("Service") + "?fieldManager=helm",
                    service_manifest("p", 9999))
    cluster.pool("p")
    warned(cluster, daemon, "p", "BackendMissing", "8140", "last written by helm")


def test_status_is_nobodys_change(cluster, daemon):
    """A load balancer's address is written by others and takes nothing from us."""
    cluster.create(pool_with("p", {"type": "LoadBalancer"}))
    eventually(lambda: cluster.get("Service", "p"), what="the Service")
    cluster.request("PATCH", cluster.path("Service", "p") + "/status?fieldManager=cloud",
                    {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}},
                    "application/merge-patch+json")
    cluster.merge("Pool", "p", {"spec": {"service": {"port": 1234}}})
    eventually(lambda: cluster.get("Service", "p")["spec"]["ports"][0]["port"], 1234)
    assert cluster.get("Service", "p")["status"]["loadBalancer"]["ingress"] == [
        {"ip": "192.0.2.1", "ipMode": "VIP"}]


def test_foreign_goes_and_ours_comes(cluster, daemon):
    cluster.create(service_manifest("p"))
    pool = cluster.pool("p")
    eventually(lambda: cluster.get("TLSRoute", "p"), what="the route")
    cluster.delete("Service", "p")
    assert_is_operators(eventually(lambda: cluster.get("Service", "p"), what="ours"), pool)


def test_never_leaves_what_auto_made(cluster, new_daemon):
    first = new_daemon().start()
    cluster.pool("p")
    eventually(lambda: cluster.get("Service", "p"), what="the Service")
    first.wait_until_healthy().stop()
    before = cluster.get("Service", "p")
    daemon = new_daemon(services="never").start().wait_until_healthy()
    cluster.merge("Pool", "p", {"spec": {"service": {"port": 1234}}})
    warned(cluster, daemon, "p", "BackendMissing", "1234")
    assert cluster.get("Service", "p") == before


def test_policy_changes_by_reload(cluster, new_daemon):
    daemon = new_daemon(services="never").start().wait_until_healthy()
    cluster.pool("p")
    warned(cluster, daemon, "p", "BackendMissing")
    assert cluster.get("Service", "p") is None
    daemon.settings["services"] = "auto"
    daemon.write_config()
    daemon.reload()
    eventually(lambda: cluster.get("Service", "p"), what="the Service")


# Warnings

def test_never_and_missing(cluster, new_daemon):
    daemon = new_daemon(services="never").start().wait_until_healthy()
    cluster.pool("p")
    cluster.pool("no-route", enabled=False)
    eventually(lambda: cluster.get("TLSRoute", "p"), what="the route does not wait for it")
    text = warned(cluster, daemon, "p", "BackendMissing", "Service p does not exist", "create it")
    cluster.create(service_manifest("p"))
    resolved(cluster, daemon, "p", "BackendMissing", text)
    cluster.delete("Service", "p")
    warned(cluster, daemon, "p", "BackendMissing", "does not exist")
    cluster.change_route("p", enabled=False)
    eventually(lambda: standing(cluster, daemon), set())
    assert daemon.said(name="no-route") == []
    assert cluster.writes("services") == []


@pytest.mark.parametrize("ports", [
    [{"name": "x", "port": 443, "targetPort": 8140}],
    [{"name": "x", "port": 8140, "protocol": "UDP"}],
], ids=["other-port", "udp"])
@pytest.mark.parametrize("policy", ["auto", "never"])
def test_port_is_missing(cluster, new_daemon, policy, ports):
    daemon = new_daemon(services=policy).start().wait_until_healthy()
    manifest = service_manifest("p")
    manifest["spec"]["ports"] = ports
    cluster.create(manifest)
    cluster.pool("p")
    text = warned(cluster, daemon, "p", "BackendMissing", "Service p has no TCP port 8140",
                  "add the port")
    assert cluster.get("TLSRoute", "p"), "the route does not wait for it"
    cluster.patch("Service", "p", [{"op": "add", "path": "/spec/ports/-",
                                    "value": {"name": "y", "port": 8140}}])
    resolved(cluster, daemon, "p", "BackendMissing", text)
    assert standing(cluster, daemon) == set()


# What the API server would refuse is not sent

NAMES = {"dot": "a.b", "digit": "1p", "58": "p" * 58, "59": "p" * 59, "63": "p" * 63,
         "64": "p" * 64, "253": "p" * 253}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_of_pools(cluster, daemon, name):
    """A Service's name is a label, and `pool-NAME` is the name of one."""
    cluster.pool(name, "h.example.com")
    eventually(lambda: cluster.get("TLSRoute", name), what="the route")
    eventually(lambda: cluster.get("Service", name) or
               daemon.said(name=name, reason="BackendMissing"), what="a Service or a warning")
    looked_at(cluster, "witness")
    assert cluster.refused() == []
    if cluster.get("Service", name) is None:
        text = warned(cluster, daemon, name, "BackendMissing", "no Service can have the Pool's name")
        cluster.change_route(name, enabled=False)
        eventually(lambda: cluster.get("TLSRoute", name), None)
    else:
        assert standing(cluster, daemon) == set()


IMPOSSIBLE = {
    "label-name": {"labels": {"a b": "c"}},
    "label-value": {"labels": {"a": "not a label"}},
    "annotation-name": {"annotations": {"a b": "c"}},
    "external-ip": {"externalIPs": ["not-an-ip"]},
}


@pytest.mark.parametrize("service", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_service_that_cannot_be(cluster, daemon, service):
    """The Pool is told once; the route does not wait for it; nothing is tried over and over."""
    cluster.create(pool_with("p", service))
    eventually(lambda: cluster.get("TLSRoute", "p"), what="the route")
    lines = eventually(lambda: daemon.said(name="p", level="warning"), what="a warning")
    assert len(lines) == 1
    looked_at(cluster, "witness")
    assert len([write for write in cluster.writes("services") if write[2] == "p"]) <= 3
    cluster.merge("Pool", "p", {"spec": {"service": {next(iter(service)): None}}})
    eventually(lambda: cluster.get("Service", "p"), what="the Service, once it can be")


def test_service_that_need_not_be_any_more(cluster, daemon):
    """A failure is over when there is nothing left to do, too."""
    cluster.create(pool_with("p", {"labels": {"a": "not a label"}}))
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               lambda summary: summary.startswith("1 Pools (1 not satisfied)"))
    cluster.create(service_manifest("p"))
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               lambda summary: summary.startswith("1 Pools (0 not satisfied)"))


def test_node_port_of_a_cluster_ip(cluster, daemon):
    """The Pool's CRD says that it is for the other types, so it counts for nothing here."""
    pool = cluster.create(pool_with("p", {"type": "ClusterIP", "nodePort": NODE_PORT}))
    made = eventually(lambda: cluster.get("Service", "p"), what="the Service")
    pool["spec"]["service"].pop("nodePort")
    assert_is_operators(made, pool)
    assert cluster.refused() == []
