# SPDX-License-Identifier: Apache-2.0
"""Hostnames and references are checked before anything is sent. (All hostnames: test_bad_input.)"""

import pytest

from cluster import Refused, expected_spec, pool_manifest
from findings import resolved, standing, warned
from waiting import eventually

BAD = {
    "hostname": ({"hostname": "Puppet.example.com"}, ("spec.route.hostname", "lower case")),
    "hostname-ip": ({"hostname": "192.0.2.1"}, ("spec.route.hostname", "IP address")),
    "hostname-wildcard": ({"hostname": "a.*.example.com"}, ("spec.route.hostname", "wildcard")),
    "section-case": ({"gatewayRef": {"sectionName": "TLS"}},
                     ("spec.route.gatewayRef.sectionName", "TLS", "lower case")),
    "section-character": ({"gatewayRef": {"sectionName": "a_b"}},
                          ("spec.route.gatewayRef.sectionName", "a_b")),
    "section-dot-last": ({"gatewayRef": {"sectionName": "a."}},
                         ("spec.route.gatewayRef.sectionName", "empty label")),
    "namespace-case": ({"gatewayRef": {"namespace": "Infra"}},
                       ("spec.route.gatewayRef.namespace", "lower case")),
    "namespace-dot": ({"gatewayRef": {"namespace": "a.b"}},
                      ("spec.route.gatewayRef.namespace", "dot")),
    "namespace-long": ({"gatewayRef": {"namespace": "n" * 64}},
                       ("spec.route.gatewayRef.namespace", "63")),
    "gateway-case": ({"gatewayRef": {"name": "Gateway"}},
                     ("spec.route.gatewayRef.name", "lower case")),
    "gateway-space": ({"gatewayRef": {"name": "a b"}}, ("spec.route.gatewayRef.name", "a b")),
    "two-at-once": ({"hostname": "Bad", "gatewayRef": {"sectionName": "Worse"}},
                    ("spec.route.hostname",)),
}
# What the API server itself does not mind in a TLSRoute, though no Gateway can have that name.
ACCEPTED = {"gateway-case", "gateway-space"}


@pytest.mark.parametrize("case", BAD)
def test_told_and_not_sent(cluster, daemon, case):
    change, words = BAD[case]
    manifest = pool_manifest("p")
    route = manifest["spec"]["route"]
    route["gatewayRef"].update(change.get("gatewayRef", {}))
    route["hostname"] = change.get("hostname", route["hostname"])
    cluster.create(manifest)
    text = warned(cluster, daemon, "p", "HostnameInvalid", *words)
    if case == "two-at-once":
        warned(cluster, daemon, "p", "HostnameInvalid", "spec.route.gatewayRef.sectionName", "Worse")
    cluster.pool("witness")
    eventually(lambda: cluster.route_spec("witness"))
    assert [write for write in cluster.writes("tlsroutes") if write[2] == "p"] == []
    assert cluster.refused() == []
    if case not in ACCEPTED:
        reference = route["gatewayRef"]
        with pytest.raises(Refused) as refused:
            cluster.create({
                "apiVersion": "gateway.networking.k8s.io/v1", "kind": "TLSRoute",
                "metadata": {"name": "p"}, "spec": expected_spec(
                    "p", route["hostname"], gateway=reference["name"],
                    section=reference.get("sectionName"),
                    gateway_namespace=reference.get("namespace"))})
        assert refused.value.status == 422

    cluster.change_route("p", hostname="good.example.com", gatewayRef={
        "name": "gateway", "sectionName": None, "namespace": None})
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", "good.example.com"))
    resolved(cluster, daemon, "p", "HostnameInvalid", text)
    assert standing(cluster, daemon) == set()
    assert cluster.refused() == []


@pytest.mark.parametrize("change", [
    {"hostname": "h" * 2000}, {"gatewayRef": {"name": "g" * 300}},
    {"gatewayRef": {"sectionName": "s" * 300}}, {"gatewayRef": {"namespace": "n" * 300}},
], ids=["hostname", "gateway", "section", "namespace"])
def test_far_too_long(cluster, daemon, change):
    """The same, whatever it is called."""
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    cluster.change_route("p", **change)
    lines = eventually(lambda: daemon.said(name="p", level="warning"), what="a warning")
    assert len(lines) == 1
    warned(cluster, daemon, "p", lines[0]["reason"])
    assert cluster.route_spec("p") == expected_spec("p"), "it stays as it is"
    cluster.merge("Pool", "p", {"spec": pool_manifest("p")["spec"]})
    cluster.change_route("p", gatewayRef={"sectionName": None, "namespace": None})
    resolved(cluster, daemon, "p", lines[0]["reason"], lines[0]["msg"])
    assert standing(cluster, daemon) == set()
    assert cluster.writes("tlsroutes") == [("create", "tlsroutes", "p")]


@pytest.mark.parametrize("name", ["a.b", "p" * 253, "1"], ids=["dot", "253", "digit"])
def test_any_name_of_a_pool_makes_a_route(cluster, new_daemon, name):
    new_daemon(services="never").start()
    cluster.pool(name, "h.example.com")
    eventually(lambda: cluster.route_spec(name), expected_spec(name, "h.example.com"))
    assert cluster.refused() == []
