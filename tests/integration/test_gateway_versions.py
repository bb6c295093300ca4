# SPDX-License-Identifier: Apache-2.0
"""The Gateway API's CRDs of several releases, which come, change and go while tlsrouted runs."""

import json

import pytest

from cluster import expected_spec
from findings import resolved, standing, warned
from proxy import Proxy
from waiting import eventually, throughout

OWN_LAB = {"gateway_api": False}
EXPERIMENTAL_1_3 = "v1.3.0 experimental"
EXPERIMENTAL_1_4 = "v1.4.1 experimental"
STANDARD = None  # of the release in the lab's go.mod
VERSIONS = {EXPERIMENTAL_1_3: "v1alpha2", EXPERIMENTAL_1_4: "v1alpha3", STANDARD: "v1"}
RELEASES = pytest.mark.parametrize("release", VERSIONS, ids=["1.3", "1.4", "standard"])

MISSING = "GatewayAPIMissing"
POLL_SECONDS = 60  # it polls twice a minute where it may not watch the CRD


@pytest.fixture
def lab(lab, request):
    """With the CRDs of the test's release; by default the standard ones."""
    lab.remove_gateway_api()
    release = request.getfixturevalue("release") if "release" in request.fixturenames else STANDARD
    lab.install_gateway_api(release)
    return lab


@pytest.fixture
def cluster(new_cluster, request):
    made = new_cluster()
    if "release" in request.fixturenames:
        made.route_version = VERSIONS[request.getfixturevalue("release")]
    return made


def written_as(cluster, name: str) -> set[str]:
    """The API versions that tlsrouted wrote a route in."""
    return {event["objectRef"]["apiVersion"] for event in cluster.lab.audit_events()
            if event["objectRef"].get("namespace") == cluster.namespace
            and event["objectRef"]["resource"] == "tlsroutes"
            and event["objectRef"].get("name") == name
            and ":tlsrouted-" in event["user"]["username"]}


def install(lab, cluster, release) -> None:
    """The Gateway too, where it went with the CRDs."""
    lab.install_gateway_api(release)
    cluster.route_version = VERSIONS[release]
    if cluster.get("Gateway", "gateway") is None:
        cluster.gateway()


def says(daemon, version: str, seconds: float = 30) -> None:
    eventually(lambda: daemon.workers()["watcher"]["summary"],
               lambda summary: summary.endswith(f"TLSRoute {version}"), seconds=seconds)


@RELEASES
def test_written_in_the_served_version(lab, cluster, daemon, release):
    version = VERSIONS[release]
    cluster.pool("p", section="tls")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", section="tls"))
    assert [line["version"] for line in daemon.said(msg="TLSRoutes are served")] == [version]
    says(daemon, version)
    cluster.change_route("p", hostname="changed.example.com")
    eventually(lambda: cluster.route_spec("p"),
               expected_spec("p", "changed.example.com", section="tls"))
    cluster.merge("TLSRoute", "p", {"spec": {"hostnames": ["by-hand.example.com"]}})
    eventually(lambda: cluster.route_spec("p"),
               expected_spec("p", "changed.example.com", section="tls"))
    assert written_as(cluster, "p") == {version}
    cluster.change_route("p", enabled=False)
    eventually(lambda: cluster.route_spec("p"), None)
    assert daemon.problems() == []


@RELEASES
def test_restart_writes_nothing(lab, cluster, new_daemon, release):
    """What each version's schema fills in is no drift."""
    first = new_daemon().start()
    cluster.pool("p", section="tls")
    eventually(lambda: cluster.route_spec("p"))
    eventually(lambda: cluster.events("p", "RouteCreated"))
    first.wait_until_healthy().stop()
    before = cluster.writes()
    new_daemon().start().wait_until_healthy()
    cluster.pool("witness")
    eventually(lambda: cluster.route_spec("witness"))
    assert [write for write in cluster.writes() if write[2] == "p"] == [
        write for write in before if write[2] == "p"]


@pytest.mark.parametrize("release", [EXPERIMENTAL_1_3], ids=["from-1.3"])
@pytest.mark.parametrize("watched", [True, False], ids=["watched", "polled"])
def test_upgrades_under_a_running_daemon(lab, cluster, new_daemon, tokens_without, release, watched):
    tokens = tokens_without() if watched else tokens_without("customresourcedefinitions")
    daemon = new_daemon(tokens=tokens).start().wait_until_healthy()
    if not watched:
        eventually(lambda: daemon.said("no permission to watch the CRD", level="info"))
    cluster.pool("p")
    uid = eventually(lambda: cluster.get("TLSRoute", "p"))["metadata"]["uid"]
    pids = daemon.worker_pids()
    for next_release in (EXPERIMENTAL_1_4, STANDARD):
        version = VERSIONS[next_release]
        install(lab, cluster, next_release)
        says(daemon, version, POLL_SECONDS)
        daemon.wait_until_healthy()
        cluster.pool(f"in-{version}")
        eventually(lambda: cluster.route_spec(f"in-{version}"), expected_spec(f"in-{version}"))
        cluster.merge("Pool", "p", {"spec": {"service": {"port": 100 + len(version)}}})
        eventually(lambda: cluster.route_spec("p"), expected_spec("p", port=100 + len(version)))
    assert cluster.get("TLSRoute", "p")["metadata"]["uid"] == uid
    assert [line["version"] for line in daemon.said(msg="TLSRoutes are served")] == [
        "v1alpha2", "v1alpha3", "v1"]
    written = cluster.writes("tlsroutes")
    assert sorted(written) == [
        ("create", "tlsroutes", "in-v1"), ("create", "tlsroutes", "in-v1alpha3"),
        ("create", "tlsroutes", "p"), ("patch", "tlsroutes", "p"), ("patch", "tlsroutes", "p")]
    assert written_as(cluster, "in-v1alpha3") == {"v1alpha3"}
    assert written_as(cluster, "in-v1") == {"v1"}
    assert written_as(cluster, "p") == {"v1alpha2", "v1alpha3", "v1"}
    assert daemon.problems() == []
    assert daemon.worker_pids() == pids, "nothing was restarted"


@pytest.mark.parametrize("watched", [True, False], ids=["watched", "polled"])
def test_removed_and_installed_again(lab, cluster, new_daemon, tokens_without, watched):
    tokens = tokens_without() if watched else tokens_without("customresourcedefinitions")
    daemon = new_daemon(tokens=tokens).start().wait_until_healthy()
    for name in ("p1", "p2"):
        cluster.pool(name, inject=True)
    cluster.pool("off", enabled=False)
    cluster.pool("bad", "BAD")
    eventually(lambda: sorted(cluster.route_specs()), ["p1", "p2"])
    lab.remove_gateway_api()
    texts = [warned(cluster, daemon, name, MISSING, "install the Gateway API CRDs",
                    seconds=POLL_SECONDS) for name in ("p1", "p2")]
    says(daemon, "not served")
    daemon.wait_until_healthy()
    # Everything else goes on.
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p1", "late"])
    eventually(lambda: cluster.names("c"), ["puppet", "p1.example.com"])
    cluster.pool("late")
    late = warned(cluster, daemon, "late", MISSING)
    eventually(lambda: cluster.get("Service", "late"), what="the Service is still created")
    cluster.change_route("p2", hostname="while-absent.example.com")

    install(lab, cluster, STANDARD)
    eventually(lambda: cluster.route_specs() if daemon.running() else None, {
        "p1": expected_spec("p1"), "p2": expected_spec("p2", "while-absent.example.com"),
        "late": expected_spec("late")}, seconds=POLL_SECONDS)
    for name, text in (("p1", texts[0]), ("p2", texts[1]), ("late", late)):
        resolved(cluster, daemon, name, MISSING, text)
        eventually(lambda: len(cluster.events(name, MISSING)), 1)
        assert len(daemon.said(name=name, reason=MISSING, level="warning")) == 1
    assert daemon.said(name="off", level="warning") == []
    eventually(lambda: standing(cluster, daemon), {("bad", "HostnameInvalid")})
    daemon.wait_until_healthy()


@pytest.mark.parametrize("watched", [True, False], ids=["watched", "polled"])
def test_installed_after_the_start(lab, cluster, new_daemon, tokens_without, watched):
    tokens = tokens_without() if watched else tokens_without("customresourcedefinitions")
    lab.remove_gateway_api()
    daemon = new_daemon(tokens=tokens).start().wait_until_healthy()
    cluster.pool("p")
    text = warned(cluster, daemon, "p", MISSING)
    install(lab, cluster, STANDARD)
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"), seconds=POLL_SECONDS)
    resolved(cluster, daemon, "p", MISSING, text)
    # Between the CRDs and the Gateway it may rightly say that there is none.
    eventually(lambda: standing(cluster, daemon), set())
    assert {line["reason"] for line in daemon.problems()} <= {MISSING, "GatewayNotReady"}


def test_polling_costs_next_to_nothing(lab, cluster, new_daemon, tokens_without):
    """Conditional requests: where nothing has changed there is no answer to read."""
    with Proxy(lab) as proxy:
        daemon = new_daemon(server=proxy.url,
                            tokens=tokens_without("customresourcedefinitions")).start()
        daemon.wait_until_healthy()

        def asked(path: str) -> int:
            return len([each for _, each in proxy.requests if each == path])

        eventually(lambda: asked("/apis"), lambda count: count >= 2, seconds=2 * POLL_SECONDS + 10)
        before = asked("/apis"), asked("/apis/gateway.networking.k8s.io")
        eventually(lambda: asked("/apis"), before[0] + 1, seconds=POLL_SECONDS)
        assert asked("/apis/gateway.networking.k8s.io") == before[1]
        daemon.stop()


# Only a 404 means absent

def status_body(code: int) -> bytes:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
                       "reason": "Whatever", "message": "not just now"}).encode()


WRONG = {
    "500": (500, status_body(500), "application/json"),
    "503": (503, status_body(503), "application/json"),
    "403": (403, status_body(403), "application/json"),
    "401": (401, status_body(401), "application/json"),
    "429": (429, status_body(429), "application/json"),
    "html": (200, b"<html>hello</html>", "text/html"),
    "empty": (200, b"", "application/json"),
    "gateway-timeout": (504, b"<html>504</html>", "text/html"),
}


@pytest.mark.parametrize("path", [r"^/apis(/gateway\.networking\.k8s\.io)?$",
                                  r"^/apis/gateway\.networking\.k8s\.io/v1$"],
                         ids=["group", "version"])
@pytest.mark.parametrize("status, body, kind", WRONG.values(), ids=WRONG)
def test_errors_keep_the_last_known_state(lab, cluster, new_daemon, status, body, kind, path):
    with Proxy(lab) as proxy:
        daemon = new_daemon(server=proxy.url).start().wait_until_healthy()
        for number in range(5):
            cluster.pool(f"p{number}")
        eventually(lambda: len(cluster.route_specs()), 5)
        before = cluster.all("TLSRoute")
        answer = proxy.answer("GET", path, status, body, times=1000, Content_Type=kind)
        # A change of the CRD makes it ask.
        lab.kubectl("annotate", "--overwrite", "crd", "tlsroutes.gateway.networking.k8s.io",
                    f"looked={cluster.namespace}")
        eventually(lambda: answer.times, lambda times: times <= 998, "it was asked, and again")
        cluster.pool("new")
        eventually(lambda: cluster.route_spec("new"), expected_spec("new"))
        answer.times = 0
        cluster.pool("newer")
        eventually(lambda: cluster.route_spec("newer"), expected_spec("newer"))
        daemon.wait_until_healthy()
        assert {name: route for name, route in cluster.all("TLSRoute").items()
                if name in before} == before
        assert {verb for verb, _, _ in cluster.writes("tlsroutes")} == {"create"}
        assert daemon.said(reason=MISSING) == []
        assert len(daemon.said(msg="TLSRoutes are served")) == 1
        assert len([line for line in daemon.problems()
                    if "which TLSRoute version" in line["msg"]]) <= 1
        daemon.stop()


def test_absent_while_the_answers_are_wrong(lab, cluster, new_daemon):
    """It is told when it is sure: not before."""
    with Proxy(lab) as proxy:
        daemon = new_daemon(server=proxy.url).start().wait_until_healthy()
        cluster.pool("p")
        eventually(lambda: cluster.route_spec("p"))
        answer = proxy.answer("GET", r"^/apis(/gateway\.networking\.k8s\.io(/v1)?)?$", 500,
                              status_body(500), times=1000, Content_Type="application/json")
        lab.remove_gateway_api()
        eventually(lambda: answer.times, lambda times: times <= 997)
        throughout(lambda: daemon.said(reason=MISSING), [], "not known yet", 2)
        answer.times = 0
        text = warned(cluster, daemon, "p", MISSING, seconds=60)
        install(lab, cluster, STANDARD)
        eventually(lambda: cluster.route_spec("p"), expected_spec("p"), seconds=60)
        resolved(cluster, daemon, "p", MISSING, text)
        daemon.stop()


def test_rights_on_the_crd_are_taken_away(lab, cluster, new_daemon, tokens_without):
    """From the watch to polling, without a restart."""
    with Proxy(lab) as proxy:
        daemon = new_daemon(server=proxy.url).start().wait_until_healthy()
        eventually(proxy.watched, lambda watched: "customresourcedefinitions" in watched)
        cluster.pool("p")
        eventually(lambda: cluster.route_spec("p"))
        proxy.answer("GET", "customresourcedefinitions", 403, status_body(403), times=1000,
                     Content_Type="application/json")
        proxy.write_into("customresourcedefinitions", b"", then_break=True)
        eventually(lambda: daemon.said("no permission to watch the CRD", level="info"))
        asked = len([path for _, path in proxy.requests if path == "/apis"])
        eventually(lambda: len([path for _, path in proxy.requests if path == "/apis"]),
                   lambda now: now > asked, "it polls", seconds=POLL_SECONDS)
        daemon.stop()
