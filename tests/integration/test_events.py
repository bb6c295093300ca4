# SPDX-License-Identifier: Apache-2.0
"""Events on Pools. (That each warning is one: in the tests of what it warns of.)"""

import re
from datetime import datetime

import pytest

from cluster import OPENVOX, expected_spec, listener, pool_manifest, route_manifest
from daemon import ROLES, user
from waiting import eventually, throughout

BURST, PER_SECOND = 25, 20  # at most, of all Events


def event(cluster, pool: str, reason: str) -> dict:
    events = eventually(lambda: cluster.events(pool, reason), what=f"{reason} on {pool}")
    assert len(events) == 1
    return events[0]


def assert_well_made(cluster, event: dict, pool: dict, kind: str) -> None:
    metadata = pool["metadata"]
    assert event["type"] == kind
    assert event["regarding"] == {
        "apiVersion": OPENVOX, "kind": "Pool", "namespace": metadata["namespace"],
        "name": metadata["name"], "uid": metadata["uid"]}
    assert event["reportingController"] == "tlsrouted"
    assert event["reportingInstance"].startswith("tlsrouted-")
    assert event["action"] and event["note"]
    made = datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%S.%fZ")
    assert abs((datetime.utcnow() - made).total_seconds()) < 120
    assert {entry["manager"] for entry in event["metadata"]["managedFields"]} == {"tlsrouted"}
    # Names as the API's documentation wants them: a reason is a machine's word.
    assert re.fullmatch("[A-Z][A-Za-z]+", event["reason"])


def test_life_of_a_route(cluster, daemon):
    pool = cluster.pool("p")
    assert_well_made(cluster, event(cluster, "p", "RouteCreated"), pool, "Normal")
    cluster.change_route("p", hostname="q.example.com")
    assert_well_made(cluster, event(cluster, "p", "RouteUpdated"), pool, "Normal")
    cluster.change_route("p", enabled=False)
    assert_well_made(cluster, event(cluster, "p", "RouteDeleted"), pool, "Normal")
    assert {each["reason"] for each in cluster.events()} == {
        "RouteCreated", "RouteUpdated", "RouteDeleted"}


def test_correction_is_an_update(cluster, daemon):
    cluster.pool("p")
    event(cluster, "p", "RouteCreated")
    cluster.merge("TLSRoute", "p", {"spec": {"hostnames": ["other.example.com"]}})
    event(cluster, "p", "RouteUpdated")


def accepted_not(cluster) -> None:
    eventually(lambda: cluster.get("TLSRoute", "p"))
    cluster.request("PATCH", cluster.path("TLSRoute", "p") + "/status", {"status": {"parents": [{
        "controllerName": "example.com/controller", "parentRef": {"name": "gateway"},
        "conditions": [{"type": "Accepted", "status": "False", "reason": "Pending",
                        "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}]}},
        "application/merge-patch+json")


WARNINGS = {
    "HostnameConflict": lambda cluster: cluster.pool("a", "p.example.com"),
    "HostnameInvalid": lambda cluster: cluster.change_route("p", hostname="BAD"),
    "RouteNotOwned": lambda cluster: (cluster.change_route("p", enabled=False),
                                      eventually(lambda: cluster.get("TLSRoute", "p"), None),
                                      cluster.create(route_manifest("p", "x.example.com")),
                                      cluster.change_route("p", enabled=True)),
    "GatewayNotReady": lambda cluster: cluster.delete("Gateway", "gateway"),
    "RouteNotAccepted": accepted_not,
    "BackendMissing": lambda cluster: cluster.merge(
        "Service", "p", {"spec": {"ports": [{"name": "https", "port": 1}]}}),
    "ServiceFieldNotOwned": lambda cluster: cluster.merge(
        "Service", "p", {"spec": {"type": "NodePort"}}),
    "ServiceFieldDenied": lambda cluster: cluster.merge(
        "Pool", "p", {"spec": {"service": {"externalIPs": ["192.0.2.1"]}}}),
}  # and GatewayAPIMissing: test_gateway_versions; RouteContested, ServiceContested: test_fights


@pytest.mark.parametrize("reason", WARNINGS)
def test_warning(cluster, daemon, reason):
    pool = cluster.pool("p")
    eventually(lambda: cluster.get("Service", "p") and cluster.get("TLSRoute", "p"))
    WARNINGS[reason](cluster)
    assert_well_made(cluster, event(cluster, "p", reason), pool, "Warning")


def test_nothing_of_other_namespaces(cluster, new_cluster, new_daemon):
    """Whoever may read Events of one namespace learns no names of another from them: of its Pools,
    hostnames, Gateways' listeners or itself. The log names all to the administrator."""
    other = new_cluster()
    daemon = new_daemon(namespaces=[cluster.namespace, other.namespace]).start()
    to_all = {"allowedRoutes": {"namespaces": {"from": "All"}}}
    other.gateway("open", listener(**to_all))
    other.gateway("not-open", listener("secret-listener"))
    other.gateway("not-tls", listener("secret-listener", protocol="HTTPS", tls={
        "mode": "Terminate", "certificateRefs": [{"name": "x"}]}, **to_all))
    other.gateway("narrow", listener("secret-listener", hostname="secret.example.org", **to_all))
    for name, hostname in (("secret-same", "same.example.com"), ("secret-wild", "*.wild.com"),
                           ("secret-name", "secret.below.example.com")):
        other.pool(name, hostname, gateway="open")
    eventually(lambda: len(other.route_specs()), 3)
    findings = {"same": ("open", "same.example.com", "HostnameConflict"),
                "covered": ("open", "a.wild.com", "HostnameOverlaps"),
                "covers": ("open", "*.below.example.com", "HostnameOverlaps"),
                "missing": ("missing", "b.example.com", "GatewayNotReady"),
                "closed": ("not-open", "c.example.com", "GatewayNotReady"),
                "plain": ("not-tls", "d.example.com", "GatewayNotReady"),
                "outside": ("narrow", "e.example.com", "GatewayNotReady")}
    for name, (gateway, hostname, _) in findings.items():
        cluster.pool(name, hostname, gateway=gateway, gateway_namespace=other.namespace)
    for name, (gateway, _, reason) in findings.items():
        note = event(cluster, name, reason)["note"]
        assert re.match("a (Pool|Gateway) of another namespace", note), note
        line = eventually(lambda: daemon.said(namespace=cluster.namespace, name=name,
                                              reason=reason))[0]["msg"]
        assert f"{other.namespace}/{'secret' if reason.startswith('Host') else gateway}" in line
    eventually(lambda: other.events("secret-same", "HostnameConflict"))
    eventually(lambda: other.events("secret-wild", "HostnameOverlaps"))
    for each, stranger in ((cluster, other), (other, cluster)):
        for told in each.events():
            assert stranger.namespace not in told["note"]
            assert each is other or "secret" not in told["note"]
    shown = daemon.ctl("explain", f"{cluster.namespace}/same").stdout
    assert f"{other.namespace}/secret-same" in " ".join(shown.split())


def test_series(cluster, daemon):
    """The same again is one more of it: a count, not another object."""
    cluster.pool("p", "BAD")
    first = event(cluster, "p", "HostnameInvalid")
    assert "series" not in first
    for _ in range(4):
        text = daemon.said(name="p", reason="HostnameInvalid", level="warning")[0]["msg"]
        before = len(daemon.said(name="p", msg="resolved"))
        cluster.change_route("p", hostname="good.example.com")
        eventually(lambda: len(daemon.said(name="p", msg="resolved")), before + 1)
        cluster.change_route("p", hostname="BAD")
        eventually(lambda: len(daemon.said(name="p", reason="HostnameInvalid", msg=text)),
                   before + 2)
    series = eventually(lambda: event(cluster, "p", "HostnameInvalid").get("series"),
                        lambda series: series and series["count"] == 5, "the count", seconds=90)
    assert series["lastObservedTime"] > first["eventTime"]
    last = event(cluster, "p", "HostnameInvalid")
    assert last["metadata"]["uid"] == first["metadata"]["uid"]
    # Counted at most every half minute.
    requests = [write for write in cluster.writes("events") if
                write[2] == first["metadata"]["name"] and write[0] == "patch"]
    assert 1 <= len(requests) <= 2


def test_series_goes_on_after_a_restart(cluster, new_daemon):
    first = new_daemon().start()
    cluster.pool("p", "BAD")
    made = event(cluster, "p", "HostnameInvalid")
    first.wait_until_healthy().stop()
    new_daemon().start().wait_until_healthy()
    series = eventually(lambda: event(cluster, "p", "HostnameInvalid").get("series"),
                        what="one more of it", seconds=90)
    assert series["count"] == 2
    assert event(cluster, "p", "HostnameInvalid")["metadata"]["uid"] == made["metadata"]["uid"]


def test_flood_of_one_pool(cluster, daemon):
    cluster.pool("p")
    for number in range(200):
        cluster.change_route("p", enabled=bool(number % 2))
        cluster.change_route("p", hostname=("BAD" if number % 3 else "p.example.com"))
    cluster.change_route("p", enabled=True, hostname="last.example.com")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", "last.example.com"), seconds=90)
    eventually(lambda: cluster.events("p"))
    assert len(cluster.events("p")) <= 5, [each["reason"] for each in cluster.events("p")]
    assert len(cluster.writes("events")) <= 15


def times_of_writes(lab, cluster, *resources: str) -> list[datetime]:
    """When the API server got each of the reconciler's, in their order."""
    return sorted(datetime.strptime(each["requestReceivedTimestamp"], "%Y-%m-%dT%H:%M:%S.%fZ")
                  for each in lab.audit_events()
                  if each["objectRef"]["resource"] in resources
                  and each["objectRef"].get("namespace") == cluster.namespace
                  and each["user"]["username"] == user("reconciler"))


def test_flood_of_many_pools(lab, cluster, daemon):
    """All are told in the end, but the API server has a bounded rate of it, and routes go first."""
    count = 300
    for number in range(count):
        cluster.pool(f"bad{number}", f"BAD{number}")
    cluster.pool("good")
    eventually(lambda: cluster.route_spec("good"), expected_spec("good"))
    eventually(lambda: len({each["regarding"]["name"] for each in cluster.events()}),
               count + 1, seconds=120)
    times = times_of_writes(lab, cluster, "events")
    assert len(times) <= count + 5
    for start in range(len(times)):
        within = [each for each in times[start:]
                  if (each - times[start]).total_seconds() < 3]
        assert len(within) <= BURST + 3 * PER_SECOND + 5


def test_routes_and_services_go_first(lab, cluster, new_daemon):
    """As long as there are many of them, Events wait; that which waits longest 10 s at most."""
    count = 150
    for number in range(count):
        cluster.pool(f"p{number}")
    new_daemon().start()
    eventually(lambda: len(cluster.events()), count, seconds=120)
    urgent = times_of_writes(lab, cluster, "tlsroutes", "services")
    assert len(urgent) == 2 * count
    first = times_of_writes(lab, cluster, "events")[0]
    waited = (first - urgent[0]).total_seconds()
    assert first > urgent[-40] or waited > 9, waited


def test_steady_state_has_none(cluster, daemon):
    cluster.pool("good")
    cluster.pool("bad", "BAD")
    cluster.pool("missing", gateway="missing")
    for name, reason in (("good", "RouteCreated"), ("bad", "HostnameInvalid"),
                         ("missing", "GatewayNotReady"), ("missing", "RouteCreated")):
        event(cluster, name, reason)
    written = cluster.writes("events")
    throughout(lambda: cluster.writes("events"), written, "Events in the steady state", 5)
    for number in range(20):
        cluster.merge("Pool", "bad", {"metadata": {"labels": {"number": str(number)}}})
    cluster.change_route("bad", injectDNSAltName=True)
    throughout(lambda: cluster.writes("events"), written, "nothing new", 3)


def test_restart_of_workers_repeats_no_flood(cluster, daemon):
    """A worker that is started anew tells what it finds as one more of the same."""
    for number in range(10):
        cluster.pool(f"bad{number}", "BAD")
    eventually(lambda: len(cluster.events()), 10)
    told = cluster.event_names()
    daemon.settings["conflicts"] = "warn"  # which every worker is restarted for
    daemon.write_config()
    daemon.reload()
    eventually(lambda: [line["count"] for line in daemon.said(
        reason="HostnameInvalid", level="warning")].count("10"), 2, "each time with their number")
    daemon.wait_until_healthy()
    assert cluster.event_names() == told


def test_event_of_a_pool_that_goes(cluster, daemon):
    """Nothing breaks when the namespace or the Pool is gone before it is told of."""
    for number in range(60):
        cluster.pool(f"p{number}", "BAD")
    for number in range(60):
        cluster.delete("Pool", f"p{number}")
    cluster.pool("good")
    event(cluster, "good", "RouteCreated")
    assert daemon.restarts() == dict.fromkeys(ROLES, 0)


def test_lists_that_are_made_anew_tell_nothing_anew(cluster, new_daemon):
    """What is wrong stays so while it cannot be seen."""
    daemon = new_daemon(services="never").start().wait_until_healthy()
    cluster.create(route_manifest("taken", "taken.example.com"))
    cluster.pool("taken")
    cluster.pool("alone")
    wrong = {"taken": "RouteNotOwned", "alone": "BackendMissing"}
    for name, reason in wrong.items():
        event(cluster, name, reason)
    for number in range(10):
        assert daemon.ctl("resync").returncode == 0
        cluster.pool(f"after{number}")
        event(cluster, f"after{number}", "RouteCreated")
    assert [line for line in daemon.said("resolved") if line["name"] in wrong] == []
    for name, reason in wrong.items():
        assert len(cluster.events(name, reason)) == 1


def test_may_not_write_events(cluster, new_daemon, tokens_without):
    """One line says so; everything else works."""
    daemon = new_daemon(tokens=tokens_without("events")).start().wait_until_healthy()
    for number in range(5):
        cluster.pool(f"p{number}")
    eventually(lambda: len(cluster.route_specs()), 5)
    eventually(lambda: daemon.problems(), what="the line")
    cluster.pool("bad", "BAD")
    eventually(lambda: daemon.said(name="bad", reason="HostnameInvalid"))
    cluster.change_route("p0", hostname="other.example.com")
    eventually(lambda: cluster.route_spec("p0"), expected_spec("p0", "other.example.com"))
    lines = [line for line in daemon.problems() if line.get("name") != "bad"]
    assert [line["level"] for line in lines] == ["warning"]
    assert "cannot write an Event" in lines[0]["msg"] and "packaging/kustomize" in lines[0]["msg"]
    assert cluster.events() == []
    assert daemon.healthy()


@pytest.mark.parametrize("name", ["p" * 253, "a.b.c", "p" * 63], ids=["253", "dots", "63"])
def test_any_name_of_a_pool_makes_an_event(cluster, daemon, name):
    cluster.pool(name, "BAD")
    event(cluster, name, "HostnameInvalid")


def test_long_note(cluster, daemon):
    """The API takes 1 kB, of characters that need not be of one byte."""
    manifest = pool_manifest("p", "ü" * 500)
    manifest["spec"]["route"]["gatewayRef"] = {"name": "ü" * 120, "sectionName": "日" * 80}
    cluster.create(manifest)
    eventually(lambda: len(cluster.events("p", "HostnameInvalid")), 3)
    assert cluster.refused() == []
