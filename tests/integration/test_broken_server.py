# SPDX-License-Identifier: Apache-2.0
"""An API server, or something between it and us, that answers wrongly."""

import json
import re

import pytest

from cluster import expected_spec
from findings import warned
from proxy import Proxy
from scrape import free_port, value
from waiting import eventually

ALL = {"pools", "servers", "certificates", "tlsroutes", "services", "gateways", "gatewayclasses"}


@pytest.fixture
def proxy(lab):
    with Proxy(lab) as proxy:
        yield proxy


@pytest.fixture
def daemon(proxy, new_daemon):
    daemon = new_daemon(server=proxy.url).start().wait_until_healthy()
    eventually(proxy.watched, lambda watched: watched >= ALL)
    yield daemon
    if daemon.running():
        daemon.stop()


def status_object(code: int, reason: str, message: str) -> dict:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
            "reason": reason, "message": message}


def assert_works(cluster) -> None:
    """New Pools are served, and deletions seen."""
    cluster.certificate("works", ["puppet"])
    cluster.server("works", "works", ["works"])
    cluster.pool("works", inject=True)
    eventually(lambda: (cluster.route_spec("works"), cluster.names("works")),
               (expected_spec("works"), ["puppet", "works.example.com"]))


def warnings_of(daemon) -> list[tuple[str, str]]:
    return [(line["role"], line["msg"]) for line in daemon.problems()]


GARBAGE = {
    "no-json": b"<html>502 Bad Gateway</html>\n",
    "cut-json": b'{"type":"ADDED","object":{"kind":"Pool","metadata":{"na\n',
    "binary": bytes(range(128, 256)) + b"\n",
    "a-list": b"[1, 2, 3]\n",
    "no-object": b'{"type":"MODIFIED"}\n',
    "unknown-type": b'{"type":"RENAMED","object":{"metadata":{"name":"x"}}}\n',
    "no-version": b'{"type":"MODIFIED","object":{"metadata":{"name":"x"}}}\n',
    "deep": b'{"type":"ADDED","object":' + b'{"a":' * 5000 + b"1" + b"}" * 5001 + b"\n",
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_malformed_line(cluster, proxy, daemon, garbage):
    cluster.pool("before")
    eventually(cluster.route_specs, {"before": expected_spec("before")})
    pids = daemon.worker_pids()
    proxy.write_into("pools", garbage)
    eventually(lambda: daemon.said("cannot decode a line of the watch", kind="Pool"),
               lambda lines: len(lines) == 1)
    assert_works(cluster)
    cluster.change_route("before", enabled=False)
    eventually(cluster.route_specs, {"works": expected_spec("works")})
    assert warnings_of(daemon) == [("watcher", "reading failed; trying again")]
    assert daemon.worker_pids() == pids
    daemon.wait_until_healthy()


def test_line_without_end(cluster, proxy, daemon):
    """More than any event has."""
    try:
        for _ in range(10):
            proxy.write_into("servers", b"x" * 1024 * 1024)
    except (OSError, KeyError):
        pass  # the daemon has hung up
    eventually(lambda: daemon.said("larger than 8 MiB", kind="Server"),
               lambda lines: len(lines) == 1)
    assert_works(cluster)
    assert len(daemon.problems()) == 1


@pytest.mark.parametrize("resource", sorted(ALL))
def test_cut_in_the_middle_of_a_line(cluster, proxy, daemon, resource):
    cluster.pool("before")
    eventually(cluster.route_specs, {"before": expected_spec("before")})
    proxy.write_into(resource, b'{"type":"ADDED","object":{"kind":"Po', then_break=True)
    eventually(lambda: not daemon.healthy() or daemon.problems() or
               daemon.said("not healthy"), what="it is noticed")
    assert_works(cluster)
    cluster.change_route("before", enabled=False)
    eventually(cluster.route_specs, {"works": expected_spec("works")})
    daemon.wait_until_healthy()
    assert len(daemon.problems()) <= 1


def test_expired_inside_the_stream(cluster, proxy, daemon):
    cluster.pool("before")
    eventually(cluster.route_specs, {"before": expected_spec("before")})
    event = {"type": "ERROR",
             "object": status_object(410, "Expired", "too old resource version: 1 (2)")}
    for resource in sorted(ALL):
        proxy.write_into(resource, json.dumps(event).encode() + b"\n")
    eventually(lambda: len(daemon.said("listing again", level="info")), len(ALL))
    assert_works(cluster)
    cluster.change_route("before", enabled=False)
    eventually(cluster.route_specs, {"works": expected_spec("works")})
    assert daemon.problems() == [], "this is ordinary"


def test_expired_as_status(cluster, proxy, daemon):
    body = json.dumps(status_object(410, "Expired", "too old resource version")).encode()
    proxy.answer("GET", r"/pools\?watch=1.*&resourceVersion=", 410, body,
                 Content_Type="application/json")
    proxy.write_into("pools", b"", then_break=True)
    eventually(lambda: daemon.said("listing again", kind="Pool"))
    assert_works(cluster)


@pytest.mark.parametrize("status, headers", [(500, {}), (503, {"Retry_After": "1"}),
                                             (429, {"Retry_After": "2"})], ids=str)
def test_write_is_refused_for_a_while(cluster, proxy, daemon, status, headers):
    body = json.dumps(status_object(status, "Whatever", "not just now")).encode()
    create = proxy.answer("POST", "/tlsroutes", status, body, times=2,
                          Content_Type="application/json", **headers)
    change = proxy.answer("PATCH", "/certificates/works", status, body, times=2,
                          Content_Type="application/json", **headers)
    assert_works(cluster)
    assert create.times == change.times == 0
    for role in ("reconciler", "certpatcher"):
        lines = [line for line in daemon.problems() if line["role"] == role]
        assert len(lines) == 1
        assert lines[0]["name"] == "works" and "not just now" in lines[0]["reason"]


def test_retry_after_is_honoured(cluster, proxy, daemon):
    """By the whole queue: it is the server that has too much to do."""
    body = json.dumps(status_object(429, "TooManyRequests", "slow down")).encode()
    proxy.answer("POST", "/tlsroutes", 429, body, Content_Type="application/json",
                 Retry_After="3")
    cluster.pool("first")
    eventually(lambda: daemon.said("slow down"))
    cluster.pool("second")

    def sent() -> list:
        return [request for request in proxy.requests
                if request[0] == "POST" and "/tlsroutes" in request[1]]

    before = sent()
    with pytest.raises(AssertionError):
        eventually(sent, lambda requests: requests != before, seconds=2)
    eventually(cluster.route_specs,
               {"first": expected_spec("first"), "second": expected_spec("second")})


@pytest.mark.parametrize("status", [500, 403, 404])
def test_read_is_refused_for_a_while(cluster, proxy, new_daemon, status):
    body = json.dumps(status_object(status, "Whatever", "not just now")).encode()
    answer = proxy.answer("GET", r"/certificates\?", status, body, times=3,
                          Content_Type="application/json")
    daemon = new_daemon(server=proxy.url).start()
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"), "routes do not wait for it")
    daemon.wait_until_healthy()
    assert answer.times == 0
    assert_works(cluster)
    assert warnings_of(daemon) == [("watcher", "reading failed; trying again")]
    assert daemon.said("reading works again", kind="Certificate")
    daemon.stop()


@pytest.mark.parametrize("status", [500, 503, 403])
def test_discovery_that_fails_is_not_absence(cluster, proxy, new_daemon, status):
    body = json.dumps(status_object(status, "Whatever", "not just now")).encode()
    proxy.answer("GET", r"^/apis/gateway.networking.k8s.io", status, body, times=2,
                 Content_Type="application/json")
    daemon = new_daemon(server=proxy.url).start()
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    assert daemon.said("not installed") == [] and daemon.said("GatewayAPIMissing") == []
    daemon.stop()


def test_answer_that_is_no_json(cluster, proxy, daemon):
    """The write may have been done or not; what the API server holds decides."""
    proxy.answer("POST", "/tlsroutes", 200, b"<html>hello</html>", Content_Type="text/html")
    proxy.answer("GET", "/certificates/works", 200, b"\x00\xff", Content_Type="application/json")
    assert_works(cluster)
    assert daemon.restarts() == {"watcher": 0, "reconciler": 0, "certpatcher": 0}


def test_lost_and_back_by_role(lab, cluster, new_daemon):
    """For those who only write: one line each, when they have something to write, and one more."""
    with Proxy(lab) as first:
        pass  # nobody listens there any more
    daemon = new_daemon()
    writers = ("reconciler", "certpatcher")
    for role in writers:
        lab.kubeconfig(daemon.kubeconfig(role), token_file=daemon.token_file(role),
                       server=first.url)
    daemon.start()
    cluster.certificate("works", ["puppet"])
    cluster.server("works", "works", ["works", *(f"p{number}" for number in range(5))])
    for number in range(5):
        cluster.pool(f"p{number}", inject=True)
    for role in writers:
        eventually(lambda: daemon.said("cannot reach the API server", role=role))
    with Proxy(lab, port=first.port):
        eventually(lambda: (len(cluster.route_specs()), len(cluster.names("works"))), (5, 6))
        for role in writers:
            assert len(daemon.said("cannot reach the API server", role=role)) == 1
            assert len(daemon.said("the API server answers again", role=role)) == 1
        assert len(daemon.problems()) == len(writers)
        daemon.stop()


def summary(daemon, role: str) -> str:
    return daemon.workers().get(role, {}).get("summary", "")


def paused(daemon, role: str) -> int:
    """The seconds that its status names, 0 if none."""
    found = re.search(r"paused for (\d+) s \(Retry-After\)", summary(daemon, role))
    return int(found.group(1)) if found else 0


LONG = {"an hour": "3600", "2037": "Fri, 01 May 2037 00:00:00 GMT"}


@pytest.mark.parametrize("wait", LONG.values(), ids=LONG)
@pytest.mark.parametrize("method, path, role, queue", [
    ("POST", "/tlsroutes", "reconciler", "pools"),
    ("PATCH", "/certificates/c", "certpatcher", "certificates")])
def test_long_retry_after(cluster, proxy, new_daemon, wait, method, path, role, queue):
    """A minute at most, for the one queue, and everybody can see it."""
    port = free_port()
    daemon = new_daemon(server=proxy.url, metrics={"listen": f"127.0.0.1:{port}"})
    daemon.start().wait_until_healthy()
    body = json.dumps(status_object(429, "TooManyRequests", "slow down")).encode()
    proxy.answer(method, path, 429, body, Content_Type="application/json", Retry_After=wait)
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    assert 0 < eventually(lambda: paused(daemon, role)) <= 60
    seconds = eventually(lambda: value(port, "tlsrouted_workqueue_pause_seconds", role=role,
                                       name=queue))
    assert 0 < seconds <= 60
    if role == "reconciler":
        eventually(lambda: cluster.names("c"), ["puppet", "p.example.com"])
        shown = daemon.ctl("explain", f"{cluster.namespace}/p").stdout
        assert re.search(r"queued, next try in \d+ s|waiting, next try in \d+ s", shown), shown
    else:
        eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    assert paused(daemon, "certpatcher" if role == "reconciler" else "reconciler") == 0
    assert len(daemon.said("asks for a pause (Retry-After)", role=role)) == 1


def refuse_with_pause(proxy, path: str) -> list:
    """Each PATCH of PATH, the first one for two seconds, the others for a minute."""
    body = json.dumps(status_object(429, "TooManyRequests", "slow down")).encode()
    return [proxy.answer("PATCH", path, 429, body, times=times, Content_Type="application/json",
                         Retry_After=wait)
            for times, wait in ((1, "2"), (100, "60"))]


def test_retry_after_of_one_object(cluster, proxy, daemon):
    """A webhook that always sends the route of one Pool away with a Retry-After stops nobody else,
    after the first time."""
    cluster.pool("bad")
    eventually(lambda: cluster.route_spec("bad"), expected_spec("bad"))
    first, always = refuse_with_pause(proxy, "/tlsroutes/bad")
    cluster.change_route("bad", hostname="other.example.com")
    eventually(lambda: first.times, 0)
    cluster.pool("good")
    eventually(lambda: cluster.route_spec("good"), expected_spec("good"))
    eventually(lambda: always.times < 100)
    cluster.pool("late")
    eventually(lambda: cluster.route_spec("late"), expected_spec("late"))
    # What a worker says of itself may be from before that; a pause by the second answer is longer.
    eventually(lambda: paused(daemon, "reconciler"), 0)
    waits = re.search(r"waiting, next try in (\d+) s",
                      daemon.ctl("explain", f"{cluster.namespace}/bad").stdout)
    assert int(waits.group(1)) > 20


def test_retry_after_of_one_certificate(cluster, proxy, daemon):
    """The same, where it is the names of one Certificate."""
    def pool(name: str) -> None:
        cluster.certificate(name, ["puppet"])
        cluster.server(name, name, [name])
        cluster.pool(name, inject=True)

    first, always = refuse_with_pause(proxy, "/certificates/bad")
    pool("bad")
    eventually(lambda: first.times, 0)
    pool("good")
    eventually(lambda: cluster.names("good"), ["puppet", "good.example.com"])
    eventually(lambda: always.times < 100)
    pool("late")
    eventually(lambda: cluster.names("late"), ["puppet", "late.example.com"])
    eventually(lambda: paused(daemon, "certpatcher"), 0)
    assert always.times == 99
    assert cluster.names("bad") == ["puppet"]


INVALID = {**status_object(422, "Invalid", "Certificate \"c\" is invalid: spec: Invalid value"),
           "details": {"name": "c", "causes": [{"reason": "FieldValueInvalid", "field": "spec",
                                                "message": "Invalid value"}]}}


def sent(proxy, method: str, path: str) -> int:
    return len([each for each in proxy.requests if each[0] == method and re.search(path, each[1])])


def test_names_that_are_not_accepted(cluster, proxy, daemon):
    """One patch for each time that something changes, not four."""
    answer = proxy.answer("PATCH", "/certificates/c", 422, json.dumps(INVALID).encode(), times=2,
                          Content_Type="application/json")
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    told = eventually(lambda: daemon.said("does not accept the names", name="c", level="warning"))
    assert "Invalid value" in told[0]["reason"]
    warned(cluster, daemon, "p", "CertificateDenied", "Certificate c", "Invalid value")
    assert_works(cluster)  # which would have been enough time for more
    assert (sent(proxy, "PATCH", "/certificates/c"), answer.times) == (1, 1)
    cluster.merge("Certificate", "c", {"spec": {"dnsAltNames": ["puppet", "x"]}})
    eventually(lambda: answer.times, 0)
    cluster.merge("Certificate", "c", {"spec": {"dnsAltNames": ["puppet", "y"]}})
    eventually(lambda: cluster.names("c"), ["puppet", "y", "p.example.com"])
    assert sent(proxy, "PATCH", "/certificates/c") == 3
    assert len(daemon.said("does not accept the names", level="warning")) == 1
    eventually(lambda: daemon.said("resolved", name="p", reason="CertificateDenied"))


def test_route_that_is_not_accepted(cluster, proxy, daemon):
    """It is tried again when something changes: the Service has come, the Pool was corrected."""
    answer = proxy.answer("POST", "/tlsroutes", 422, json.dumps(INVALID).encode(), times=10,
                          Content_Type="application/json")
    cluster.pool("p")
    eventually(lambda: daemon.said("cannot create the TLSRoute", name="p"))

    def wait() -> int:
        found = re.search(r"waiting, next try in (\d+) s",
                          daemon.ctl("explain", f"{cluster.namespace}/p").stdout)
        return int(found.group(1)) if found else 0

    eventually(wait, lambda seconds: seconds > 60)
    assert answer.times >= 8
    answer.times = 0
    cluster.change_route("p", hostname="other.example.com")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", "other.example.com"))


PAGE = b"<html>\n<head><title>504 Gateway Time-out</title></head>\n<body>x</body></html>\n"


def test_login_page(cluster, proxy, new_daemon):
    """Everything is sent to a login page: one line that says so and what to check."""
    proxy.answer("GET", ".", 302, PAGE, times=10000, Content_Type="text/html",
                 Location="https://login.example.com/start?token=secret")
    daemon = new_daemon(server=proxy.url).start()
    cluster.pool("p")
    line = eventually(lambda: daemon.said("something else answers in place of the API server",
                                          role="watcher"))[0]
    for part in ("status 302", "Content-Type text/html", "Location https://login.example.com/start",
                 "check the address"):
        assert part in line["reason"], line
    eventually(lambda: len(proxy.requests) > 30)
    assert warnings_of(daemon) == [("watcher", line["msg"])]
    assert daemon.said("<html>") == daemon.said("secret") == daemon.said("GatewayAPIMissing") == []
    proxy.answers.clear()
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    assert daemon.said("the API server answers again", role="watcher")
    daemon.wait_until_healthy()


def test_page_instead_of_a_write(cluster, proxy, daemon):
    """What the log says of it, for a route and for a Certificate; both are tried again."""
    for method, path in (("POST", "/tlsroutes"), ("PATCH", "/certificates/works")):
        proxy.answer(method, path, 504, PAGE, Content_Type="text/html; charset=utf-8")
    assert_works(cluster)
    reasons = [line["reason"] for line in daemon.problems() if line.get("name") == "works"]
    assert len(reasons) == 2
    for reason in reasons:
        assert reason == ("what answered is not the API server: status 504, Content-Type text/html; "
                          "charset=utf-8, \"504 Gateway Time-out\"; check that the proxy or load "
                          "balancer before the API server reaches it in time")


@pytest.mark.parametrize("method, path", [("POST", "/tlsroutes"), ("PATCH", "/certificates/works")])
@pytest.mark.parametrize("status, body", [(200, PAGE), (201, b"{}"), (200, b"{\"kind\":\"Status\"}")])
def test_success_that_is_none(cluster, proxy, daemon, method, path, status, body):
    """Somebody says yes, and has written nothing."""
    answer = proxy.answer(method, path, status, body, Content_Type="text/html")
    assert_works(cluster)
    assert answer.times == 0


def test_page_says_nothing_about_objects(cluster, proxy, new_daemon):
    """Its 404 is not the API server's."""
    daemon = new_daemon(server=proxy.url, certificates={"grace": 0}).start().wait_until_healthy()
    assert_works(cluster)
    for path in ("/pools/works$", r"/pools\?limit", "/apis/gateway.networking.k8s.io$"):
        proxy.answer("GET", path, 404, PAGE, times=2, Content_Type="text/html")
    cluster.server("other", "works", ["works"])
    cluster.merge("Certificate", "works", {"spec": {"dnsAltNames": ["puppet", "x",
                                                                    "works.example.com"]}})
    daemon.ctl("resync")
    cluster.merge("Server", "works", {"spec": {"poolRefs": ["works", "more"]}})
    cluster.pool("more", inject=True)
    eventually(lambda: cluster.names("works"),
               ["puppet", "x", "works.example.com", "more.example.com"])
    assert daemon.said("withdrawn") == daemon.said("GatewayAPIMissing") == []


def test_page_is_not_absence(cluster, proxy, new_daemon):
    """Nor is it the answer to whether TLSRoutes are served."""
    proxy.answer("GET", "^/apis/gateway.networking.k8s.io", 404, PAGE, times=2,
                 Content_Type="text/html")
    daemon = new_daemon(server=proxy.url).start()
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    assert daemon.said("not installed") == daemon.said("GatewayAPIMissing") == []
    assert len(daemon.said("something else answers", role="watcher")) == 1


def test_compression(cluster, proxy, new_daemon):
    """Nobody asks for it, and HTTP says how to read it."""
    proxy.compresses = True
    daemon = new_daemon(server=proxy.url).start().wait_until_healthy()
    assert_works(cluster)
    cluster.change_route("works", hostname="new.example.com")
    eventually(lambda: cluster.route_spec("works"), expected_spec("works", "new.example.com"))
    assert daemon.problems() == []


def test_unknown_compression(cluster, proxy, new_daemon):
    proxy.answer("GET", r"/pools\?", 200, b"{}", times=2, Content_Type="application/json",
                 Content_Encoding="x-odd")
    daemon = new_daemon(server=proxy.url).start()
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    line = daemon.said("something else answers", role="watcher")[0]
    assert "status 200, Content-Type application/json, Content-Encoding x-odd" in line["reason"]
    daemon.wait_until_healthy()


@pytest.mark.parametrize("status", [500, 503, 504])
def test_event_that_fails(cluster, proxy, daemon, status):
    """It is written when that is over."""
    body = json.dumps(status_object(status, "Whatever", "not just now")).encode()
    answer = proxy.answer("POST", "/events$", status, body, times=2,
                          Content_Type="application/json")
    cluster.pool("p", "BAD")
    eventually(lambda: cluster.events("p", "HostnameInvalid"), lambda events: len(events) == 1)
    assert answer.times == 0
