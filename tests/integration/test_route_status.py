# SPDX-License-Identifier: Apache-2.0
"""What a Gateway's controller says about our TLSRoutes."""

import pytest

from findings import resolved, standing, warned
from gateways import condition, parent, set_status
from waiting import eventually

NOT_ACCEPTED = "RouteNotAccepted"


def generation(cluster) -> int:
    return cluster.get("TLSRoute", "p")["metadata"]["generation"]


def looked_at(cluster, daemon) -> None:
    cluster.pool("witness", gateway="missing")
    warned(cluster, daemon, "witness", "GatewayNotReady")
    cluster.delete("Pool", "witness")


@pytest.fixture
def pool(cluster, daemon):
    cluster.pool("p")
    eventually(lambda: cluster.get("TLSRoute", "p"), what="the route")


REFUSALS = [
    ("Accepted", "NotAllowedByListeners"), ("Accepted", "NoMatchingListenerHostname"),
    ("Accepted", "NoMatchingParent"), ("Accepted", "UnsupportedValue"), ("Accepted", "Pending"),
    ("ResolvedRefs", "RefNotPermitted"), ("ResolvedRefs", "InvalidKind"),
    ("ResolvedRefs", "BackendNotFound"),
]


@pytest.mark.parametrize("kind, reason", REFUSALS, ids=["-".join(each) for each in REFUSALS])
def test_refused_and_accepted(cluster, daemon, pool, kind, reason):
    message = f"because of {reason}, as it is"
    set_status(cluster, parent(cluster, condition(kind, "False", reason, message,
                                                  generation(cluster))))
    text = warned(cluster, daemon, "p", NOT_ACCEPTED, kind, reason, message)
    assert cluster.get("TLSRoute", "p")["metadata"]["generation"] == 1, "nothing is written"
    set_status(cluster, parent(cluster, condition(kind, "True", kind, "", generation(cluster))))
    resolved(cluster, daemon, "p", NOT_ACCEPTED, text)
    assert standing(cluster, daemon) == set()
    assert cluster.writes("tlsroutes") == [("create", "tlsroutes", "p")]


def test_both_conditions_and_another_reason(cluster, daemon, pool):
    set_status(cluster, parent(cluster, condition(generation=1), condition(
        "ResolvedRefs", "False", "BackendNotFound", "no Service", 1)))
    first = warned(cluster, daemon, "p", NOT_ACCEPTED, "Accepted NotAllowedByListeners")
    second = warned(cluster, daemon, "p", NOT_ACCEPTED, "ResolvedRefs BackendNotFound", "no Service")
    set_status(cluster, parent(cluster, condition(reason="NoMatchingParent", generation=1)))
    resolved(cluster, daemon, "p", NOT_ACCEPTED, first)
    resolved(cluster, daemon, "p", NOT_ACCEPTED, second)
    third = warned(cluster, daemon, "p", NOT_ACCEPTED, "NoMatchingParent")
    cluster.change_route("p", enabled=False)
    resolved(cluster, daemon, "p", NOT_ACCEPTED, third)
    assert standing(cluster, daemon) == set()


REFERENCES = {
    "section-filled-in": {"sectionName": "tls"},
    "port-filled-in": {"port": 8140},
}


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES)
def test_parent_with_more_than_the_spec(cluster, daemon, pool, reference):
    set_status(cluster, parent(cluster, condition(generation=1), **reference))
    warned(cluster, daemon, "p", NOT_ACCEPTED)


def test_parent_as_bare_as_the_spec(cluster, daemon, pool):
    bare = parent(cluster, condition(generation=1))
    bare["parentRef"] = {"name": "gateway"}
    set_status(cluster, bare)
    warned(cluster, daemon, "p", NOT_ACCEPTED)


def test_one_of_two_controllers(cluster, daemon, pool):
    """The one that refuses it is heard."""
    other = parent(cluster, condition(status="True", reason="Accepted", generation=1))
    other["controllerName"] = "example.com/other"
    set_status(cluster, other, parent(cluster, condition(generation=1)))
    text = warned(cluster, daemon, "p", NOT_ACCEPTED)
    set_status(cluster, other)
    resolved(cluster, daemon, "p", NOT_ACCEPTED, text)


IGNORED = {
    "other-gateway": lambda cluster: parent(cluster, condition(generation=1), name="other"),
    "other-namespace": lambda cluster: parent(cluster, condition(generation=1), namespace="infra"),
    "other-kind": lambda cluster: parent(cluster, condition(generation=1), kind="Service",
                                         group=""),
    "other-condition": lambda cluster: parent(cluster, condition("Programmed", generation=1)),
    "unknown": lambda cluster: parent(cluster, condition(status="Unknown", generation=1)),
    "accepted": lambda cluster: parent(cluster, condition(status="True", generation=1)),
}


@pytest.mark.parametrize("told", IGNORED.values(), ids=IGNORED)
def test_not_about_us(cluster, daemon, pool, told):
    set_status(cluster, told(cluster))
    looked_at(cluster, daemon)
    assert [line for line in daemon.problems() if line["name"] == "p"] == []


def test_other_listener(cluster, daemon):
    cluster.pool("p", section="tls")
    eventually(lambda: cluster.get("TLSRoute", "p"))
    set_status(cluster, parent(cluster, condition(generation=1), sectionName="other"))
    looked_at(cluster, daemon)
    assert [line for line in daemon.problems() if line["name"] == "p"] == []
    set_status(cluster, parent(cluster, condition(generation=1), sectionName="tls"))
    warned(cluster, daemon, "p", NOT_ACCEPTED)


def test_stale_generation(cluster, daemon, pool):
    """What was said about an earlier spec means nothing, in both directions."""
    set_status(cluster, parent(cluster, condition(generation=1)))
    text = warned(cluster, daemon, "p", NOT_ACCEPTED)
    cluster.change_route("p", hostname="other.example.com")
    eventually(lambda: generation(cluster), 2)
    resolved(cluster, daemon, "p", NOT_ACCEPTED, text)
    set_status(cluster, parent(cluster, condition(message="late", generation=1)))
    looked_at(cluster, daemon)
    assert standing(cluster, daemon) == set()
    set_status(cluster, parent(cluster, condition(message="in time", generation=2)))
    warned(cluster, daemon, "p", NOT_ACCEPTED, "in time")


def test_long_and_hostile_message(cluster, daemon, pool):
    set_status(cluster, parent(cluster, condition(
        message='line\nlevel=error msg=forged "ü" ' + "x" * 30000, generation=1)))
    warned(cluster, daemon, "p", NOT_ACCEPTED, "forged")
    assert daemon.said(level="error") == []


def test_foreign_route(cluster, daemon):
    """It is not ours, so what is said of it is not for our Pool."""
    cluster.create({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "TLSRoute",
                    "metadata": {"name": "p"}, "spec": {
                        "hostnames": ["x.example.com"], "parentRefs": [{"name": "gateway"}],
                        "rules": [{"backendRefs": [{"name": "x", "port": 1}]}]}})
    set_status(cluster, parent(cluster, condition(generation=1)))
    cluster.pool("p")
    warned(cluster, daemon, "p", "RouteNotOwned")
    assert standing(cluster, daemon) == {("p", "RouteNotOwned")}


def test_status_that_changes_every_moment_is_no_reason_to_write(cluster, daemon, pool):
    eventually(lambda: cluster.events("p", "RouteCreated"))
    events = cluster.events("p")
    for number in range(50):
        set_status(cluster, parent(cluster, condition(status="True", reason="Accepted",
                                                      message=str(number), generation=1)))
    looked_at(cluster, daemon)
    assert sorted(write for write in cluster.writes() if write[2] == "p") == [
        ("create", "services", "p"), ("create", "tlsroutes", "p")]
    assert cluster.events("p") == events
