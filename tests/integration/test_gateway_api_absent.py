# SPDX-License-Identifier: Apache-2.0
"""A cluster without the Gateway API's CRDs."""

from waiting import eventually

OWN_LAB = {"gateway_api": False}


def test_routes_off_all_else_on(cluster, daemon):
    told = daemon.said("the Gateway API is not installed")
    assert [line["level"] for line in told] == ["info"]
    for name in ("p1", "p2"):
        cluster.pool(name, inject=True)
    cluster.pool("off", enabled=False)
    cluster.server("s", "c", ["p1", "p2"])
    cluster.certificate("c", ["puppet"])
    eventually(lambda: sorted(cluster.names("c")), ["p1.example.com", "p2.example.com", "puppet"])
    for name in ("p1", "p2"):
        eventually(lambda: daemon.said(name=name, reason="GatewayAPIMissing", level="warning"),
                   lambda lines: len(lines) == 1)
    assert len(daemon.problems()) == 2, "one warning for each Pool that wants a route, no other"
    assert daemon.healthy()
    assert "TLSRoute not served" in daemon.workers()["watcher"]["summary"]


def test_warning_is_not_repeated(cluster, daemon):
    cluster.pool("p")
    eventually(lambda: daemon.said(name="p", reason="GatewayAPIMissing"))
    cluster.change_route("p", hostname="other.example.com")
    cluster.pool("witness")
    eventually(lambda: daemon.said(name="witness", reason="GatewayAPIMissing"))
    assert len(daemon.said(name="p", reason="GatewayAPIMissing", level="warning")) == 1
    cluster.change_route("p", enabled=False)
    eventually(lambda: daemon.said(name="p", msg="resolved"), lambda lines: len(lines) == 1)


def test_found_after_a_restart(lab, cluster, new_daemon):
    """The last test of this file: the Gateway API stays."""
    first = new_daemon().start().wait_until_healthy()
    cluster.pool("p")
    eventually(lambda: first.said(name="p", reason="GatewayAPIMissing"))
    first.stop()
    lab.install_gateway_api()
    new_daemon().start().wait_until_healthy()
    eventually(lambda: cluster.get("TLSRoute", "p"), what="the route")
