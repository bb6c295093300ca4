# SPDX-License-Identifier: Apache-2.0
"""Watches and lists that are accepted and then go wrong: on HTTP/1.1, where each has a connection,
and on HTTP/2, where they share one that is in order."""

import itertools
import json
import re

import pytest

from cluster import expected_spec
from http2 import Http2
from proxy import Proxy
from waiting import eventually

FROM_POSITION = r"/{}\?watch=1.*&resourceVersion=[0-9]"


def status_object(code: int, reason: str, message: str, **details) -> dict:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
            "reason": reason, "message": message, "details": details}


def error_event(status: dict) -> bytes:
    return json.dumps({"type": "ERROR", "object": status}).encode() + b"\n"


EXPIRED = error_event(status_object(410, "Expired", "too old resource version: 1 (2)"))
TOO_LARGE = status_object(504, "Timeout", "Too large resource version: 99999999, current: 7",
                          retryAfterSeconds=1, causes=[{
                              "reason": "ResourceVersionTooLarge",
                              "message": "Too large resource version"}])


@pytest.fixture
def proxy(lab):
    with Proxy(lab) as proxy:
        yield proxy


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
def url(request, lab, proxy, folder):
    if request.param == "HTTP/1.1":
        yield proxy.url
        return
    with Http2(lab, proxy.port, folder) as front:
        yield front.url


def resource_of(path: str) -> str:
    return path.partition("?")[0].rpartition("/")[2]


def streams(daemon) -> dict[str, dict]:
    return {stream["kind"]: stream for stream in daemon.status()["streams"]}


def assert_works(cluster) -> None:
    cluster.certificate("works", ["puppet"])
    cluster.server("works", "works", ["works"])
    cluster.pool("works", inject=True)
    eventually(lambda: (cluster.route_spec("works"), cluster.names("works")),
               (expected_spec("works"), ["puppet", "works.example.com"]))


def refuse_until_listed(proxy: Proxy, resource: str, status: int, body: bytes) -> None:
    """Each watch from a position, until there is another one."""
    refusal = proxy.answer("GET", FROM_POSITION.format(resource), status, body, times=1000,
                           Content_Type="application/json")

    def holds(path: str) -> bool:
        if "limit=" in path and resource_of(path) == resource:
            refusal.times = 0
        return False

    proxy.holds = holds


def test_first_list_that_hangs(cluster, proxy, url, new_daemon):
    """It is asked for again after half a minute; the others do not wait for it."""
    held = []

    def holds(path: str) -> bool:
        first = "limit=" in path and resource_of(path) == "pools" and not held
        if first:
            held.append(path)
        return first

    proxy.holds = holds
    cluster.certificate("works", ["puppet"])
    cluster.server("works", "works", ["works"])
    cluster.pool("works", inject=True)
    daemon = new_daemon(server=url).start()
    eventually(lambda: streams(daemon)["Certificate"]["inSync"])
    assert not streams(daemon)["Pool"]["inSync"]
    eventually(daemon.healthy, what="healthy", seconds=75)
    eventually(lambda: (cluster.route_spec("works"), cluster.names("works")),
               (expected_spec("works"), ["puppet", "works.example.com"]))
    problem, = daemon.problems()
    assert problem["error"] == "timeout" and problem["kind"] == "Pool"
    daemon.stop()


@pytest.mark.parametrize("resource", ["pools", "tlsroutes"])
def test_list_that_breaks_off(cluster, proxy, url, new_daemon, resource):
    """Twice, in the middle: it is asked for again, at once and in smaller pages if some of it has come,
    which on HTTP/2 is lost with the rest; and what has not come is not taken for gone."""
    names = [f"pool-{i}" for i in range(10)]
    for name in names:
        cluster.pool(name)
    right = {name: expected_spec(name) for name in names}
    daemon = new_daemon(server=url).start().wait_until_healthy()
    eventually(cluster.route_specs, right)
    daemon.stop()
    before = len(cluster.writes("tlsroutes"))
    limits = []

    def cuts(path: str) -> bool:
        if "limit=" not in path or resource_of(path) != resource:
            return False
        limits.append(int(re.search("limit=([0-9]+)", path).group(1)))
        return len(limits) <= 2

    proxy.cuts = cuts
    daemon = new_daemon(server=url).start().wait_until_healthy()
    assert len(limits) == 3
    assert url != proxy.url or limits == [10000, 5000, 2500]
    assert_works(cluster)
    assert cluster.writes("tlsroutes")[before:] == [("create", "tlsroutes", "works")]
    assert {line["msg"] for line in daemon.problems()} <= {"reading failed; trying again"}
    assert url != proxy.url or daemon.problems() == []


@pytest.mark.parametrize("form", ["status", "event"])
def test_version_that_the_server_does_not_know(cluster, proxy, url, new_daemon, form):
    """In both forms, and for as long as it is asked for: not that of a new list."""
    cluster.pool("before")
    daemon = new_daemon(server=url).start().wait_until_healthy()
    eventually(lambda: cluster.route_spec("before"), expected_spec("before"))
    if form == "status":
        refuse_until_listed(proxy, "pools", 504, json.dumps(TOO_LARGE).encode())
    else:
        refuse_until_listed(proxy, "pools", 200, error_event(TOO_LARGE))
    eventually(proxy.watched, lambda watched: "pools" in watched)
    proxy.write_into("pools", b"", then_break=True)
    eventually(lambda: daemon.said("listing again", kind="Pool", level="info"))
    assert_works(cluster)
    daemon.wait_until_healthy()
    assert daemon.problems() == []
    assert streams(daemon)["Pool"]["lists"] == 2


def test_refused_in_words_that_nobody_knows(cluster, proxy, url, new_daemon):
    """As etcd itself says it, where there is no watch cache."""
    daemon = new_daemon(server=url).start().wait_until_healthy()
    status = status_object(500, "InternalError",
                           "etcdserver: mvcc: required revision is a future revision")
    refuse_until_listed(proxy, "pools", 500, json.dumps(status).encode())
    eventually(proxy.watched, lambda watched: "pools" in watched)
    proxy.write_into("pools", b"", then_break=True)
    assert_works(cluster)
    daemon.wait_until_healthy()
    assert len(daemon.problems()) <= 1


def test_expired_after_each_list(cluster, proxy, url, new_daemon):
    """It goes on ever more slowly, and says so."""
    cluster.pool("before")
    daemon = new_daemon(server=url).start().wait_until_healthy()
    eventually(lambda: cluster.route_spec("before"), expected_spec("before"))
    refusal = proxy.answer("GET", FROM_POSITION.format("pools"), 200, EXPIRED, times=1000,
                           Content_Type="application/json")
    eventually(proxy.watched, lambda watched: "pools" in watched)
    proxy.write_into("pools", EXPIRED)
    eventually(lambda: daemon.said("reading fails again and again", kind="Pool", level="warning"))
    eventually(lambda: streams(daemon)["Pool"]["lists"], lambda lists: lists >= 8, seconds=75)
    assert len(daemon.said("", kind="Pool", level="warning")) == 2
    assert len(daemon.said("", kind="Pool")) <= 6
    lists = [path for _, path in proxy.requests
             if "limit=" in path and resource_of(path) == "pools"]
    assert len(lists) <= 12, "they are not made as fast as they are refused"
    assert_works(cluster)
    refusal.times = 0
    daemon.wait_until_healthy()


def test_versions_that_go_back(cluster, proxy, url, new_daemon):
    """Within a watch: the API server has another past now, so that everything is listed."""
    cluster.pool("before")
    daemon = new_daemon(server=url).start().wait_until_healthy()
    eventually(lambda: cluster.route_spec("before"), expected_spec("before"))
    eventually(proxy.watched, lambda watched: "pools" in watched)
    bookmark = {"type": "BOOKMARK", "object": {"kind": "Pool", "metadata": {"resourceVersion": "1"}}}
    proxy.write_into("pools", json.dumps(bookmark).encode() + b"\n")
    eventually(lambda: daemon.said("restored from a backup", kind="Pool", level="info"))
    assert_works(cluster)
    daemon.wait_until_healthy()
    assert daemon.problems() == []
    assert streams(daemon)["Pool"]["lists"] == 2


def test_age_of_what_is_known(cluster, proxy, url, new_daemon):
    daemon = new_daemon(server=url).start().wait_until_healthy()
    cluster.pool("p")
    numbers = itertools.count()

    def age() -> int:
        return streams(daemon)["Pool"]["ageSeconds"]

    def age_after_a_change() -> int:
        cluster.change_route("p", hostname=f"h{next(numbers)}.example.com")
        return age()

    eventually(age_after_a_change, lambda seconds: seconds <= 1)
    proxy.line = lambda path, text: b""
    eventually(age_after_a_change, lambda seconds: seconds >= 2)
    table = daemon.ctl("status").stdout
    assert re.search(r"^STREAM +NAMESPACE +STATE +SYNC +AGE ", table, re.MULTILINE)
