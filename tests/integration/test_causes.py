# SPDX-License-Identifier: Apache-2.0
"""Many objects or streams that fail for one cause: people read of it once, with their number, and
once that it is over."""

import contextlib
import json

import pytest

from cluster import Refused
from proxy import Proxy
from waiting import eventually

POOLS = 60
NAMESPACES = 40
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
FAILED = "reading failed; trying again"


@pytest.fixture
def proxy(lab):
    with Proxy(lab) as made:
        yield made


@pytest.fixture
def dead_webhook(cluster):
    """On TLSRoutes of the namespace: nobody answers it."""
    name = f"dead-{cluster.namespace}"
    cluster.request("POST", WEBHOOKS, {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [{
            "name": "dead.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "failurePolicy": "Fail", "timeoutSeconds": 1,
            "clientConfig": {"url": "https://127.0.0.1:9/validate"},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": cluster.namespace}},
            "rules": [{"apiGroups": ["gateway.networking.k8s.io"], "apiVersions": ["*"],
                       "operations": ["CREATE", "UPDATE"], "resources": ["tlsroutes"]}]}]})

    def remove() -> None:
        with contextlib.suppress(Refused):
            cluster.request("DELETE", f"{WEBHOOKS}/{name}")

    yield remove
    remove()


def counted(lines: list[dict[str, str]]) -> int:
    """Of how many the last of these lines speaks."""
    return int(lines[-1].get("count", "1")) if lines else 0


def test_dead_webhook(cluster, new_daemon, dead_webhook):
    """A few lines, however many Pools; the last of them has their number."""
    text = "cannot create the TLSRoute; trying again"
    for number in range(POOLS):
        cluster.pool(f"p{number}")
    daemon = new_daemon().start()
    eventually(lambda: counted(daemon.said(msg=text)), POOLS, "all have failed", seconds=90)
    lines = daemon.said(msg=text)
    assert len(lines) <= 5
    assert all("dead.example.com" in line["reason"] for line in lines)
    assert {line["level"] for line in lines} == {"warning"}
    dead_webhook()
    eventually(lambda: len(cluster.route_specs()), POOLS, seconds=90)
    over = eventually(lambda: daemon.said(msg="TLSRoutes can be created again"))
    assert len(over) == 1 and over[0]["count"] == str(POOLS) and over[0]["level"] == "info"
    assert over[0]["was"] == text and int(over[0]["seconds"]) >= 0
    assert daemon.problems() == lines


def test_streams(cluster, proxy, new_daemon):
    """That fail together, and work again one after the other."""
    cluster.pool("p")
    daemon = new_daemon(server=proxy.url).start().wait_until_healthy()
    streams = len(daemon.status()["streams"])
    eventually(lambda: len(proxy.watched()), streams + 1)  # and the CRD of TLSRoute
    body = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 503,
                       "reason": "ServiceUnavailable", "message": "not just now"}).encode()
    answer = proxy.answer("GET", "watch=1|limit=", 503, body, times=100000,
                          Content_Type="application/json")
    proxy.break_streams()
    eventually(lambda: counted(daemon.said(msg=FAILED)), streams, "all have failed", seconds=60)
    answer.times = 0
    over = eventually(lambda: daemon.said(msg="reading works again"), seconds=60)
    daemon.wait_until_healthy()
    lines = daemon.said(msg=FAILED)
    assert len(lines) <= 3 and all("not just now" in line["reason"] for line in lines)
    assert len(over) == 1 and over[0]["count"] == str(streams)
    assert daemon.problems() == lines


def test_findings(cluster, daemon):
    """One Gateway that is missing; each Pool has its Event all the same."""
    for number in range(POOLS):
        cluster.pool(f"p{number}", gateway="missing")
    names = [f"p{number}" for number in range(POOLS)]
    eventually(lambda: counted(daemon.said(reason="GatewayNotReady", level="warning")), POOLS,
               seconds=60)
    assert len(daemon.said(reason="GatewayNotReady", level="warning")) <= 6
    eventually(lambda: all(len(cluster.events(name, "GatewayNotReady")) == 1 for name in names),
               seconds=60)
    cluster.gateway("missing")
    over = eventually(lambda: daemon.said(reason="GatewayNotReady", msg="resolved"), seconds=60)
    assert len(over) == 1 and over[0]["count"] == str(POOLS)


def test_few_are_named(cluster, daemon):
    """Whoever reads of two Pools wants to know which."""
    for name in ("a", "b"):
        cluster.pool(name, gateway="missing")
    eventually(lambda: {line["name"] for line in
                        daemon.said(reason="GatewayNotReady", level="warning")}, {"a", "b"})
    assert daemon.said(reason="GatewayNotReady", count="2") == []
    cluster.gateway("missing")
    eventually(lambda: {line["name"] for line in
                        daemon.said(reason="GatewayNotReady", msg="resolved")}, {"a", "b"})


def test_status_of_many_namespaces(cluster, new_daemon):
    """What is alike is one line; for programs, all is there."""
    namespaces = [cluster.namespace, *(f"no-such-{number}" for number in range(1, NAMESPACES))]
    daemon = new_daemon(namespaces=namespaces).start().wait_until_healthy(60)
    text = daemon.ctl("status").stdout
    assert len(text.splitlines()) < 40, text
    rows = [line.split() for line in text.splitlines() if f"{NAMESPACES} namespaces" in line]
    assert {row[0] for row in rows} >= {"Pool", "Server", "Certificate", "TLSRoute", "Service"}
    streams = daemon.status()["streams"]
    assert len([stream for stream in streams if stream["kind"] == "Pool"]) == NAMESPACES
