# SPDX-License-Identifier: Apache-2.0
"""The steady state: no request at all but watches, whatever changes that is of no concern."""

import threading
import time
from collections import Counter

import pytest

from cluster import expected_spec
from gateways import answer
from labs import READS_TOO
from waiting import eventually

POOLS = 50
SECONDS = 10
OWN_LAB = {"audit_policy": READS_TOO}


def requests(lab) -> Counter:
    """By account, verb and path."""
    return Counter((event["user"]["username"].rpartition(":")[2], event["verb"],
                    event["requestURI"].partition("?")[0]) for event in lab.audit_events()
                   if ":tlsrouted-" in event["user"]["username"]
                   and event["stage"] in ("ResponseComplete", "ResponseStarted"))


def quiet(lab, cluster, daemon) -> Counter:
    """Returns when nothing has been asked for 8 s: discovery looks three times after a hint."""
    eventually(lambda: len(cluster.events(reason="RouteCreated")), POOLS, seconds=60)
    state = [requests(lab), time.monotonic()]

    def still() -> float:
        now = requests(lab)
        if now != state[0]:
            state[:] = [now, time.monotonic()]
        return time.monotonic() - state[1]

    eventually(still, lambda seconds: seconds > 8, "no more requests", seconds=90)
    return state[0]


class Bystander(threading.Thread):
    """Writes what concerns nobody, all of it every second."""

    def __init__(self, cluster):
        super().__init__()
        self._cluster = cluster
        self.rounds = 0
        self.problem: Exception | None = None

    def run(self) -> None:
        end = time.monotonic() + SECONDS
        try:
            while time.monotonic() < end:
                started = time.monotonic()
                self._round(str(self.rounds))
                self.rounds += 1
                time.sleep(max(0.0, 1 - (time.monotonic() - started)))
        except Exception as error:  # shown by the test, not by the thread
            self.problem = error

    def _round(self, text: str) -> None:
        cluster = self._cluster
        metadata = {"metadata": {"labels": {"changed": text}, "annotations": {"changed": text}}}
        for number in range(5):
            for kind, name in (("Pool", f"p{number}"), ("Server", f"s{number}"),
                               ("Certificate", f"c{number}"), ("TLSRoute", f"p{number}"),
                               ("Gateway", "gateway")):
                cluster.merge(kind, name, metadata)
            for kind, name, status in (
                    ("Pool", f"p{number}", {"endpoints": int(text)}),
                    ("Server", f"s{number}", {"phase": "Running" + text}),
                    ("Certificate", f"c{number}", {"phase": "Signed" if int(text) % 2 else
                                                   "Pending"})):
                cluster.request("PATCH", cluster.path(kind, name) + "/status", {"status": status},
                                "application/merge-patch+json")
            cluster.request("PATCH", cluster.path("Service", f"p{number}") + "/status",
                            {"status": {"loadBalancer": {"ingress": [{"ip": f"192.0.2.{text}"}]}}},
                            "application/merge-patch+json")


@pytest.mark.parametrize("scope", ["namespace", "all"])
def test_no_request_but_watches(lab, cluster, new_daemon, scope):
    if scope == "all":  # what the other tests left is still going
        eventually(lambda: [item["metadata"]["name"] for item in
                            cluster.request("GET", "/api/v1/namespaces")["items"]
                            if item["metadata"]["name"].startswith("test-")],
                   [cluster.namespace], seconds=120)
    for number in range(5):
        cluster.certificate(f"c{number}", ["puppet"])
        cluster.server(f"s{number}", f"c{number}", [f"p{number}"])
    for number in range(POOLS):
        manifest_options = {"inject": number < 5}
        cluster.pool(f"p{number}", **manifest_options)
        cluster.merge("Pool", f"p{number}", {"spec": {"service": {"type": "LoadBalancer"}}})
    options = {"namespaces": []} if scope == "all" else {}
    daemon = new_daemon(**options).start().wait_until_healthy()
    eventually(lambda: len(cluster.route_specs()), POOLS)
    for number in range(5):
        eventually(lambda: cluster.names(f"c{number}"), ["puppet", f"p{number}.example.com"])
    answer(cluster)
    before = quiet(lab, cluster, daemon)
    bystander = Bystander(cluster)
    bystander.start()
    bystander.join()
    assert bystander.problem is None and bystander.rounds >= SECONDS // 2
    assert requests(lab) - before == Counter()
    assert daemon.problems() == []
    # And it is awake.
    cluster.change_route("p0", hostname="other.example.com")
    eventually(lambda: cluster.route_spec("p0"), expected_spec("p0", "other.example.com"))


def test_each_read_once(lab, cluster, new_daemon):
    """From the start on: one list and one watch for each kind, and what discovery takes."""
    for number in range(POOLS):
        cluster.pool(f"p{number}")
    before = requests(lab)
    daemon = new_daemon().start().wait_until_healthy()
    eventually(lambda: len(cluster.route_specs()), POOLS)
    answer(cluster)
    made = quiet(lab, cluster, daemon) - before
    lists, watches = ({path.rpartition("/")[2]: count for (account, verb, path), count
                       in made.items() if verb == wanted} for wanted in ("list", "watch"))
    assert lists == dict.fromkeys(("pools", "servers", "certificates", "tlsroutes", "services",
                                   "gateways", "gatewayclasses"), 1)
    assert watches == {**lists, "customresourcedefinitions": 1}
    by_account = Counter()
    for (account, verb, _), count in made.items():
        by_account[account, verb] += count
    assert by_account["tlsrouted-reconciler", "create"] == 3 * POOLS  # routes, Services, Events
    assert {key for key in by_account if key[0] != "tlsrouted-watcher"} == {
        ("tlsrouted-reconciler", "create")}
    assert by_account["tlsrouted-watcher", "get"] <= 12, "discovery"
