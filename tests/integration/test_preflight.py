# SPDX-License-Identifier: Apache-2.0
"""Gateways that would not serve a route: told with what to change; the route is written anyway."""

import pytest

from cluster import expected_spec, gateway_manifest, listener
from findings import resolved, standing, warned
from waiting import eventually

NOT_READY = "GatewayNotReady"


def with_listener(**changes) -> list[dict]:
    return [listener(**changes)]


HTTPS = {"protocol": "HTTPS", "tls": {"mode": "Terminate", "certificateRefs": [{"name": "c"}]}}
TERMINATE = {"mode": "Terminate", "certificateRefs": [{"name": "c"}]}
PROBLEMS = {
    "listener-missing": (with_listener(name="other"), "tls",
                         ("has no listener tls", "correct spec.route.gatewayRef.sectionName")),
    "protocol-https": (with_listener(**HTTPS), "tls",
                       ("protocol of its listener tls is HTTPS", "set it to TLS")),
    "protocol-http": (with_listener(protocol="HTTP", tls=None), "tls",
                      ("protocol of its listener tls is HTTP", "set it to TLS")),
    "protocol-any-listener": (with_listener(protocol="TCP", tls=None), None,
                              ("protocol of its listener tls is TCP", "set it to TLS")),
    "mode": (with_listener(tls=TERMINATE), "tls",
             ("tls.mode of its listener tls is Terminate", "set it to Passthrough")),
    "hostname": (with_listener(hostname="*.example.net"), "tls",
                 ("hostname of its listener tls is *.example.net", "cover the Pool's hostname")),
    "hostname-exact": (with_listener(hostname="q.example.com"), None,
                       ("hostname of its listener tls is q.example.com",)),
    "kinds": (with_listener(allowedRoutes={"kinds": [{"kind": "TCPRoute"}]}), "tls",
              ("allowedRoutes.kinds", "add TLSRoute to it")),
    "kinds-other-group": (
        with_listener(allowedRoutes={"kinds": [{"group": "example.com", "kind": "TLSRoute"}]}),
        "tls", ("allowedRoutes.kinds", "add TLSRoute to it")),
    "the-named-one-only": ([listener("tls", tls=TERMINATE), listener("good", port=8141)], "tls",
                           ("tls.mode of its listener tls",)),
}


def manifest_of(name: str, listeners: list[dict]) -> dict:
    """Without what is None."""
    manifest = gateway_manifest(name, *listeners)
    for each in manifest["spec"]["listeners"]:
        for key in [key for key, value in each.items() if value is None]:
            del each[key]
    return manifest


def put_right(cluster, name: str) -> None:
    gateway = cluster.get("Gateway", name)
    gateway["spec"]["listeners"] = [listener(allowedRoutes={"namespaces": {"from": "All"}})]
    cluster.request("PUT", cluster.path("Gateway", name), gateway)


@pytest.mark.parametrize("listeners, section, words", PROBLEMS.values(), ids=PROBLEMS)
def test_told_and_not_held_back(cluster, daemon, listeners, section, words):
    cluster.create(manifest_of("g", listeners))
    cluster.pool("p", gateway="g", section=section)
    text = warned(cluster, daemon, "p", NOT_READY, f"the Gateway {cluster.namespace}/g", *words)
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", gateway="g", section=section))
    assert standing(cluster, daemon) == {("p", NOT_READY)}
    put_right(cluster, "g")
    resolved(cluster, daemon, "p", NOT_READY, text)
    assert standing(cluster, daemon) == set()
    assert cluster.writes("tlsroutes") == [("create", "tlsroutes", "p")]


def test_missing_gateway(cluster, daemon):
    cluster.pool("p", gateway="g")
    text = warned(cluster, daemon, "p", NOT_READY,
                  f"the Gateway {cluster.namespace}/g does not exist", "create it")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", gateway="g"))
    cluster.create(gateway_manifest("g"))
    resolved(cluster, daemon, "p", NOT_READY, text)
    cluster.delete("Gateway", "g")
    warned(cluster, daemon, "p", NOT_READY, "does not exist")
    cluster.change_route("p", gatewayRef={"name": "gateway"})  # the other way to put it right
    eventually(lambda: standing(cluster, daemon), set())


def test_namespaces(cluster, new_cluster, daemon):
    """`Same`, which is the default, is the Gateway's own namespace."""
    infra = new_cluster()
    infra.create(gateway_manifest("g"))
    cluster.pool("p", gateway="g", gateway_namespace=infra.namespace)
    text = warned(cluster, daemon, "p", NOT_READY, f"the Gateway {infra.namespace}/g",
                  "allowedRoutes.namespaces.from of its listener tls is Same", "set it to All")
    eventually(lambda: cluster.route_spec("p"))
    put_right(infra, "g")
    resolved(cluster, daemon, "p", NOT_READY, text)
    gateway = infra.get("Gateway", "g")
    gateway["spec"]["listeners"][0]["allowedRoutes"]["namespaces"] = {
        "from": "Selector", "selector": {"matchLabels": {"some": "label"}}}
    infra.request("PUT", infra.path("Gateway", "g"), gateway)
    cluster.change_route("p", hostname="again.example.com")
    eventually(lambda: cluster.route_spec("p")["hostnames"], ["again.example.com"])
    assert standing(cluster, daemon) == set(), "a selector is not judged"


GOOD = {
    "any-hostname": (with_listener(), None),
    "wildcard": (with_listener(hostname="*.example.com"), "tls"),
    "exact": (with_listener(hostname="p.example.com"), "tls"),
    "kinds": (with_listener(allowedRoutes={"kinds": [{"kind": "TLSRoute"}]}), "tls"),
    "kinds-with-group": (with_listener(allowedRoutes={"kinds": [
        {"kind": "TCPRoute"}, {"group": "gateway.networking.k8s.io", "kind": "TLSRoute"}]}), None),
    "one-of-two": ([listener("http", protocol="HTTP", tls=None), listener(port=8141)], None),
}


@pytest.mark.parametrize("listeners, section", GOOD.values(), ids=GOOD)
def test_nothing_to_say(cluster, daemon, listeners, section):
    cluster.create(manifest_of("g", listeners))
    cluster.pool("p", gateway="g", section=section)
    cluster.pool("witness", gateway="missing")
    eventually(lambda: cluster.route_spec("p"))
    warned(cluster, daemon, "witness", NOT_READY)
    assert standing(cluster, daemon) == {("witness", NOT_READY)}


def test_wildcard_pool(cluster, daemon):
    """A listener for one of the Pool's names serves that one, so it is enough."""
    cluster.create(manifest_of("g", with_listener(hostname="a.example.com")))
    cluster.pool("p", "*.example.com", gateway="g")
    cluster.pool("q", "*.example.net", gateway="g")
    text = warned(cluster, daemon, "q", NOT_READY, "a.example.com")
    assert standing(cluster, daemon) == {("q", NOT_READY)}
    cluster.change_route("q", enabled=False)
    resolved(cluster, daemon, "q", NOT_READY, text)


def test_gateway_of_a_hundred_listeners(cluster, daemon):
    """As many as the API takes; the last is the one."""
    many = [listener(f"listener-with-a-long-name-{number}" + "x" * 200, port=9000 + number,
                     hostname=f"{number}.{'h' * 60}.example.net") for number in range(63)]
    cluster.create(gateway_manifest("g", *many, listener("tls", hostname="*.example.com")))
    cluster.pool("p", gateway="g", section="tls")
    cluster.pool("any", gateway="g")
    cluster.pool("witness", gateway="missing")
    warned(cluster, daemon, "witness", NOT_READY)
    eventually(lambda: sorted(cluster.route_specs()), ["any", "p", "witness"])
    assert standing(cluster, daemon) == {("witness", NOT_READY)}
    assert daemon.problems() == daemon.said(name="witness", level="warning")


def test_gateway_status_and_labels_concern_nobody(cluster, daemon):
    cluster.pool("p")
    eventually(lambda: cluster.events("p", "RouteCreated"))
    before = cluster.writes()
    for number in range(20):
        cluster.merge("Gateway", "gateway", {"metadata": {"labels": {"number": str(number)}}})
    cluster.pool("witness")
    eventually(lambda: cluster.route_spec("witness"))
    assert [write for write in cluster.writes() if write[2] != "witness"] == before


def test_may_not_read_gateways(cluster, new_daemon, tokens_without):
    """Off, with one note; all else goes on, and it is healthy."""
    daemon = new_daemon(tokens=tokens_without("gateways")).start().wait_until_healthy()
    cluster.pool("p", gateway="missing")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", gateway="missing"))
    lines = daemon.said(kind="Gateway")
    assert [(line["level"], line["msg"]) for line in lines] == [
        ("info", "no permission to read this kind; the checks that need it are off")]
    assert "packaging/kustomize" in lines[0]["remedy"]
    assert daemon.problems() == []
    assert cluster.events("p", NOT_READY) == []
    assert daemon.healthy()
