# SPDX-License-Identifier: Apache-2.0
"""What a Gateway's controller reports of the Gateway, its listeners and our TLSRoutes, and that it
reports nothing."""

import contextlib
import json

import pytest

from cluster import gateway_manifest, listener
from findings import resolved, standing, warned
from gateways import GOOD, answer, condition, parent, report, set_status
from waiting import eventually

NOT_READY = "GatewayNotReady"
NOT_ACCEPTED = "RouteNotAccepted"
UNANSWERED = "RouteUnanswered"
CLASSES = "/apis/gateway.networking.k8s.io/v1/gatewayclasses"
PRESENT, FORMER = "example.com/present", "example.com/former"
A_MINUTE = 60


def bad(kind: str, reason: str, status: str = "False") -> dict:
    return condition(kind, status, reason, f"because of {reason}, as it is")


OF_LISTENER = [
    bad("Conflicted", "HostnameConflict", "True"), bad("Conflicted", "ProtocolConflict", "True"),
    bad("Accepted", "PortUnavailable"), bad("Accepted", "UnsupportedProtocol"),
    bad("Accepted", "UnsupportedValue"), bad("ResolvedRefs", "InvalidRouteKinds"),
    bad("ResolvedRefs", "RefNotPermitted"), bad("Programmed", "Invalid"),
    bad("Programmed", "Pending"), bad("Detached", "PortUnavailable", "True"),
]
OF_GATEWAY = [
    bad("Accepted", "Invalid"), bad("Accepted", "UnsupportedAddress"),
    bad("Accepted", "ListenersNotValid"), bad("Programmed", "NoResources"),
    bad("Programmed", "AddressNotAssigned"), bad("ResolvedRefs", "RefNotPermitted"),
]


def name_of(told: dict) -> str:
    return f"{told['type']}-{told['reason']}"


@pytest.mark.parametrize("told", OF_LISTENER, ids=name_of)
def test_listener(cluster, daemon, told):
    """Whether the Pool names it, or it is the only one."""
    cluster.pool("p", section="tls" if OF_LISTENER.index(told) % 2 == 0 else None)
    report(cluster, tls=[told])
    text = warned(cluster, daemon, "p", NOT_READY, f"the Gateway {cluster.namespace}/gateway",
                  "listener tls", told["type"], told["reason"], told["message"])
    eventually(lambda: cluster.route_spec("p"), what="the route, all the same")
    report(cluster, tls=[{**told, "status": "True" if told["status"] == "False" else "False"}])
    resolved(cluster, daemon, "p", NOT_READY, text)
    assert standing(cluster, daemon) == set()


@pytest.mark.parametrize("told", OF_GATEWAY, ids=name_of)
def test_gateway(cluster, daemon, told):
    cluster.pool("p")
    report(cluster, told)
    text = warned(cluster, daemon, "p", NOT_READY, f"the Gateway {cluster.namespace}/gateway",
                  told["type"], told["reason"], told["message"])
    report(cluster)
    resolved(cluster, daemon, "p", NOT_READY, text)
    assert standing(cluster, daemon) == set()


def test_several_at_once(cluster, daemon):
    cluster.pool("p")
    report(cluster, bad("Programmed", "Invalid"),
           tls=[bad("Conflicted", "HostnameConflict", "True"), bad("Programmed", "Pending")])
    for words in ("reports: Programmed Invalid", "Conflicted HostnameConflict",
                  "tls: Programmed Pending"):
        warned(cluster, daemon, "p", NOT_READY, words)


def test_about_an_earlier_spec(cluster, daemon):
    """It says nothing about the one that is there now."""
    cluster.pool("p")
    conflict = bad("Conflicted", "HostnameConflict", "True")
    report(cluster, tls=[conflict])
    text = warned(cluster, daemon, "p", NOT_READY)
    cluster.merge("Gateway", "gateway", {"spec": {"listeners": [listener(port=8141)]}})
    resolved(cluster, daemon, "p", NOT_READY, text)
    report(cluster, tls=[{**conflict, "message": "late", "observedGeneration": 1}])
    cluster.pool("witness", gateway="missing")
    warned(cluster, daemon, "witness", NOT_READY)
    assert standing(cluster, daemon) == {("witness", NOT_READY)}
    report(cluster, tls=[{**conflict, "message": "in time"}])
    warned(cluster, daemon, "p", NOT_READY, "in time")


def test_listeners_of_others(cluster, daemon):
    """What is wrong with a listener that the route does not need is no matter of the Pool's."""
    cluster.create(gateway_manifest("g", listener("tls"), listener("other", port=8141)))
    cluster.pool("p", gateway="g", section="tls")
    cluster.pool("any", gateway="g")
    cluster.pool("q", gateway="g", section="other")
    report(cluster, *GOOD, condition("ResolvedRefs", "False", "ListenersNotResolved", "one is not"),
           name="g", tls=[], other=[bad("Accepted", "PortUnavailable")])
    warned(cluster, daemon, "q", NOT_READY, "listener other")
    assert standing(cluster, daemon) == {("q", NOT_READY)}


def test_of_another_namespace(cluster, new_cluster, daemon):
    """The Event has the reason, and neither names nor the message."""
    infra = new_cluster()
    infra.create(gateway_manifest("g", listener(allowedRoutes={"namespaces": {"from": "All"}})))
    cluster.pool("p", gateway="g", gateway_namespace=infra.namespace)
    report(infra, name="g", tls=[bad("Conflicted", "HostnameConflict", "True")])
    warned(cluster, daemon, "p", NOT_READY, infra.namespace, "because of HostnameConflict")
    note = cluster.events("p", NOT_READY)[0]["note"]
    assert "Conflicted HostnameConflict" in note
    assert infra.namespace not in note and "because" not in note and "tls" not in note


@pytest.fixture
def new_class(cluster):
    """Makes GatewayClasses."""
    made = []

    def make(controller: str, name: str = "") -> str:
        name = name or f"{cluster.namespace}-class"
        made.append(name)
        cluster.request("POST", CLASSES, {
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
            "metadata": {"name": name}, "spec": {"controllerName": controller}})
        return name

    yield make
    for name in made:
        with contextlib.suppress(RuntimeError):
            cluster.request("DELETE", f"{CLASSES}/{name}")


def gateway_of_class(cluster, name: str) -> None:
    manifest = gateway_manifest("g")
    manifest["spec"]["gatewayClassName"] = name
    cluster.create(manifest)


def said_by(cluster, controller: str, status: str, day: int, generation: int = 1) -> dict:
    told = condition("Accepted", status, "NoMatchingParent" if status == "False" else "Accepted",
                     f"{controller} says so", generation)
    told["lastTransitionTime"] = f"2026-01-{day:02}T00:00:00Z"
    return parent(cluster, told, controller=controller, name="g")


def pool_at_g(cluster) -> None:
    cluster.pool("p", gateway="g")
    eventually(lambda: cluster.get("TLSRoute", "p"))


def test_former_controller(cluster, daemon, new_class):
    """The entry that it left in the status does not count, old or new."""
    gateway_of_class(cluster, new_class(PRESENT))
    report(cluster, name="g")
    pool_at_g(cluster)
    for day in (1, 9):
        set_status(cluster, said_by(cluster, FORMER, "False", day),
                   said_by(cluster, PRESENT, "True", 5))
        cluster.pool(f"witness-{day}", gateway="missing")
        warned(cluster, daemon, f"witness-{day}", NOT_READY)
        assert ("p", NOT_ACCEPTED) not in standing(cluster, daemon)
    set_status(cluster, said_by(cluster, FORMER, "True", 9), said_by(cluster, PRESENT, "False", 5))
    warned(cluster, daemon, "p", NOT_ACCEPTED, f"{PRESENT} says so")


def test_another_controller_takes_over(cluster, daemon, new_class):
    """A class cannot be changed, but be made anew; the Gateway can have another one."""
    gateway_of_class(cluster, new_class(FORMER))
    report(cluster, name="g")
    pool_at_g(cluster)
    set_status(cluster, said_by(cluster, FORMER, "False", 1), said_by(cluster, PRESENT, "True", 5))
    text = warned(cluster, daemon, "p", NOT_ACCEPTED, f"{FORMER} says so")
    other = new_class(PRESENT, f"{cluster.namespace}-other")
    cluster.merge("Gateway", "g", {"spec": {"gatewayClassName": other}})
    resolved(cluster, daemon, "p", NOT_ACCEPTED, text)
    cluster.request("DELETE", f"{CLASSES}/{other}")
    new_class(FORMER, other)
    warned(cluster, daemon, "p", NOT_ACCEPTED, f"{FORMER} says so")


@pytest.mark.parametrize("known", [True, False], ids=["no-such-class", "may-not-read-classes"])
def test_class_unknown(cluster, new_daemon, new_class, tokens_without, tokens, known):
    """Then who reported last is heard."""
    daemon = new_daemon(tokens=tokens if known else tokens_without("gatewayclasses"))
    daemon.start().wait_until_healthy()
    gateway_of_class(cluster, f"{cluster.namespace}-none" if known else new_class(FORMER))
    report(cluster, name="g")
    pool_at_g(cluster)
    set_status(cluster, said_by(cluster, FORMER, "False", 5), said_by(cluster, PRESENT, "True", 1))
    text = warned(cluster, daemon, "p", NOT_ACCEPTED, f"{FORMER} says so")
    set_status(cluster, said_by(cluster, FORMER, "False", 5), said_by(cluster, PRESENT, "True", 9))
    resolved(cluster, daemon, "p", NOT_ACCEPTED, text)
    lines = daemon.said(kind="GatewayClass")
    assert [line["level"] for line in lines] == ([] if known else ["info"])
    assert daemon.healthy()


def test_refused_class(cluster, daemon, new_class):
    name = new_class(PRESENT)
    gateway_of_class(cluster, name)
    cluster.pool("p", gateway="g")
    told = bad("Accepted", "InvalidParameters")
    cluster.request("PATCH", f"{CLASSES}/{name}/status", {"status": {"conditions": [told]}},
                    "application/merge-patch+json")
    text = warned(cluster, daemon, "p", NOT_READY, f"its GatewayClass {name}", "InvalidParameters",
                  told["message"])
    report(cluster, name="g")
    resolved(cluster, daemon, "p", NOT_READY, text)


def state_of(daemon, pool: str) -> str:
    row, = json.loads(daemon.ctl("pools", pool, "-o", "json").stdout)
    return row["state"]


def test_nobody_answers(cluster, daemon, new_class):
    """It is no success meanwhile, and a finding after a minute: with the Gateway, where no
    controller has acknowledged that, or with the route."""
    name = new_class(PRESENT)
    gateway_of_class(cluster, name)
    report(cluster, name="g")
    cluster.pool("waits")  # at the Gateway as the API server made it: "Waiting for controller"
    cluster.pool("silent", gateway="g")
    cluster.pool("p", gateway="g")
    for pool in ("waits", "silent", "p"):
        eventually(lambda: cluster.get("TLSRoute", pool))  # noqa: B023
        eventually(lambda: state_of(daemon, f"{cluster.namespace}/{pool}"), "pending")  # noqa: B023
    set_status(cluster, said_by(cluster, PRESENT, "True", 1))
    eventually(lambda: state_of(daemon, f"{cluster.namespace}/p"), "ok")
    waits = warned(cluster, daemon, "waits", UNANSWERED,
                   f"the Gateway {cluster.namespace}/gateway waits for its controller",
                   "Accepted Pending: Waiting for controller",
                   "check its GatewayClass none, which does not exist", seconds=A_MINUTE + 30)
    silent = warned(cluster, daemon, "silent", UNANSWERED,
                    f"the Gateway {cluster.namespace}/g has not answered for the TLSRoute",
                    f"check that {PRESENT}, the controller of its GatewayClass {name}, runs")
    assert standing(cluster, daemon) == {("waits", UNANSWERED), ("silent", UNANSWERED)}
    assert state_of(daemon, f"{cluster.namespace}/silent") == "wrong"
    assert state_of(daemon, f"{cluster.namespace}/p") == "ok"
    answer(cluster, "waits")  # the controllers come back
    set_status(cluster, said_by(cluster, PRESENT, "True", 1), route="silent")
    resolved(cluster, daemon, "waits", UNANSWERED, waits)
    resolved(cluster, daemon, "silent", UNANSWERED, silent)
    assert standing(cluster, daemon) == set()
    assert len(cluster.writes("tlsroutes")) == 3
