# SPDX-License-Identifier: Apache-2.0
"""Somebody else keeps changing what we write. (Single edits: test_routes, test_services; names in
Certificates: test_certificates; the Lease: test_lease.)"""

import threading

import pytest

from cluster import Refused, expected_spec, pool_manifest
from findings import resolved, standing, warned
from gateways import answer
from waiting import eventually

FIGHT_SECONDS = 20
CONTESTED = "RouteContested"


class Rival(threading.Thread):
    """Does something to the objects of the Pool p again and again until it is stopped."""

    def __init__(self, cluster, act):
        super().__init__()
        self._cluster = cluster
        self._act = act
        self._stop_asked = threading.Event()
        self.acts = 0
        self.problem: Exception | None = None

    def run(self) -> None:
        while not self._stop_asked.wait(0.1):
            try:
                self._act(self._cluster, self.acts)
                self.acts += 1
            except Refused as refused:
                if refused.status not in (404, 409):
                    self.problem = refused
            except Exception as error:  # shown by the test, not by the thread
                self.problem = error

    def __enter__(self) -> "Rival":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop_asked.set()
        self.join()
        assert self.problem is None
        assert self.acts > 2


def edit(cluster, number: int) -> None:
    cluster.request("PATCH", cluster.path("TLSRoute", "p") + "?fieldManager=rogue",
                    {"spec": {"hostnames": ["rogue.example.com"]}},
                    "application/merge-patch+json")


def label(cluster, number: int) -> None:
    cluster.request("PATCH", cluster.path("TLSRoute", "p") + "?fieldManager=rogue",
                    {"metadata": {"labels": {"theirs": str(number)},
                                  "annotations": {"theirs": str(number)}}},
                    "application/merge-patch+json")


def delete(cluster, number: int) -> None:
    cluster.delete("TLSRoute", "p")


def our_writes(cluster) -> int:
    return len(cluster.writes("tlsroutes"))


@pytest.mark.parametrize("act, manager", [(edit, "rogue"), (delete, "somebody")],
                         ids=["edits", "deletes"])
def test_fight(cluster, daemon, act, manager):
    """Put back at once, at once, then after 1, 2, 4, 8 seconds; then slowly, but always."""
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    with Rival(cluster, act):
        text = warned(cluster, daemon, "p", CONTESTED, manager, "growing intervals")
        with pytest.raises(AssertionError):
            eventually(lambda: our_writes(cluster), lambda count: count > 8, seconds=FIGHT_SECONDS)
        assert our_writes(cluster) >= 5, "it goes on"
        told = daemon.said(name="p", reason=CONTESTED, level="warning")
        assert [line["msg"] for line in told] == [text], "told once"
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"), seconds=60)
    assert len(cluster.events("p", CONTESTED)) == 1
    assert daemon.healthy()


def test_end_of_a_fight(cluster, daemon):
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    with Rival(cluster, edit):
        text = warned(cluster, daemon, "p", CONTESTED, "rogue")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    count = our_writes(cluster)
    resolved(cluster, daemon, "p", CONTESTED, text, seconds=180)
    assert standing(cluster, daemon) == set()
    assert our_writes(cluster) == count


def test_own_changes_do_not_wait(cluster, daemon):
    """What the Pool's owner wants is another matter than a fight over what he wanted before."""
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    with Rival(cluster, edit):
        warned(cluster, daemon, "p", CONTESTED, "rogue")
        before = our_writes(cluster)
        cluster.change_route("p", hostname="new.example.com")
        eventually(lambda: our_writes(cluster), lambda count: count > before, seconds=5)
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", "new.example.com"), seconds=60)


def test_switching_on_and_off_is_no_fight(cluster, daemon):
    """The same route comes and goes as its Pool says."""
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    for _ in range(6):
        cluster.change_route("p", enabled=False)
        eventually(lambda: cluster.route_spec("p"), None, seconds=10)
        cluster.change_route("p", enabled=True)
        eventually(lambda: cluster.route_spec("p"), expected_spec("p"), seconds=10)
    assert daemon.said(reason=CONTESTED) == []


def test_fight_over_one_leaves_the_others_alone(cluster, daemon):
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"))
    with Rival(cluster, edit):
        warned(cluster, daemon, "p", CONTESTED)
        for number in range(10):
            cluster.pool(f"other{number}")
        eventually(lambda: len(cluster.route_specs()), 11, seconds=10)
    assert standing(cluster, daemon) <= {("p", CONTESTED)}


def test_labels_and_annotations_are_theirs(cluster, daemon):
    """However often they change, and through our own corrections."""
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"))
    with Rival(cluster, label):
        eventually(lambda: cluster.get("TLSRoute", "p")["metadata"]["labels"].get("theirs"),
                   lambda value: value and int(value) > 20)
    assert our_writes(cluster) == 1
    metadata = cluster.get("TLSRoute", "p")["metadata"]
    cluster.change_route("p", hostname="new.example.com")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", "new.example.com"))
    after = cluster.get("TLSRoute", "p")["metadata"]
    assert (after["labels"], after["annotations"]) == (metadata["labels"], metadata["annotations"])
    assert daemon.problems() == []


def test_fight_over_a_route_that_is_off(cluster, daemon):
    """One that its Pool does not ask for any more is made again by somebody each time."""
    pool = cluster.pool("p")
    route = eventually(lambda: cluster.get("TLSRoute", "p"), what="the route")
    manifest = {"apiVersion": route["apiVersion"], "kind": "TLSRoute", "spec": route["spec"],
                "metadata": {"name": "p", "ownerReferences": route["metadata"]["ownerReferences"]}}

    def make(cluster, number: int) -> None:
        cluster.request("POST", cluster.path("TLSRoute") + "?fieldManager=maker", manifest)

    cluster.change_route("p", enabled=False)
    with Rival(cluster, make):
        text = warned(cluster, daemon, "p", CONTESTED, "keeps making the TLSRoute again",
                      "deleted at growing intervals")
        with pytest.raises(AssertionError):
            eventually(lambda: our_writes(cluster), lambda count: count > 10, seconds=FIGHT_SECONDS)
        told = daemon.said(name="p", reason=CONTESTED, level="warning")
        assert [line["msg"] for line in told] == [text], "told once"
    eventually(lambda: cluster.get("TLSRoute", "p"), None, seconds=60)
    assert pool["metadata"]["uid"] == route["metadata"]["ownerReferences"][0]["uid"]


# Services

SERVICE_CONTESTED = "ServiceContested"


def delete_service(cluster, number: int) -> None:
    cluster.delete("Service", "p")


def unlabel_service(cluster, number: int) -> None:
    """Which leaves no trace of who did it."""
    cluster.request("PATCH", cluster.path("Service", "p") + "?fieldManager=rogue",
                    {"metadata": {"labels": {"app.kubernetes.io/name": None}}},
                    "application/merge-patch+json")


def service_writes(cluster) -> int:
    return len([write for write in cluster.writes("services") if write[2] == "p"])


@pytest.mark.parametrize("act", [delete_service, unlabel_service], ids=["deletes", "unlabels"])
def test_fight_over_a_service(cluster, daemon, act):
    """By the same rule as over a TLSRoute."""
    cluster.pool("p")
    eventually(lambda: cluster.get("Service", "p") and cluster.get("TLSRoute", "p"),
               what="the Service and the TLSRoute")
    answer(cluster)
    with Rival(cluster, act):
        text = warned(cluster, daemon, "p", SERVICE_CONTESTED, "somebody keeps changing or deleting",
                      "growing intervals", "services: never")
        with pytest.raises(AssertionError):
            eventually(lambda: service_writes(cluster), lambda count: count > 9,
                       seconds=FIGHT_SECONDS)
        assert service_writes(cluster) >= 5, "it goes on"
        told = daemon.said(name="p", reason=SERVICE_CONTESTED, level="warning")
        assert [line["msg"] for line in told] == [text], "told once"
        assert our_writes(cluster) == 1
    eventually(lambda: (cluster.get("Service", "p") or {"metadata": {"labels": {}}})
               ["metadata"]["labels"].get("app.kubernetes.io/name"), "openvox", seconds=60)
    resolved(cluster, daemon, "p", SERVICE_CONTESTED, text, seconds=180)
    assert standing(cluster, daemon) == set()


# Another tlsrouted

DUPLICATE = "another tlsrouted writes what this one writes"


def told_of_duplicate(daemon) -> int:
    return len([line for line in daemon.said(level="warning") if line["msg"].startswith(DUPLICATE)])


def test_two_of_one_configuration(cluster, new_daemon):
    """Nothing is wrong with the Pool, so nothing is said about it; but each says once that there is
    another one."""
    daemons = [new_daemon().start().wait_until_healthy() for _ in range(2)]
    cluster.pool("p")
    for number in range(300):
        hostname = f"h{number}.example.com"
        cluster.change_route("p", hostname=hostname)
        eventually(lambda: cluster.route_spec("p"), expected_spec("p", hostname))
        if [told_of_duplicate(daemon) for daemon in daemons] == [1, 1]:
            break
    for daemon in daemons:
        eventually(lambda: daemon.workers()["reconciler"]["summary"],
                   lambda summary: "another tlsrouted writes too" in summary)
    for number in range(20):
        hostname = f"more{number}.example.com"
        cluster.change_route("p", hostname=hostname)
        eventually(lambda: cluster.route_spec("p"), expected_spec("p", hostname))
    assert [told_of_duplicate(daemon) for daemon in daemons] == [1, 1]
    for daemon in daemons:
        assert daemon.said(name="p", reason=CONTESTED) == []


def test_two_that_disagree(cluster, new_daemon):
    """Each sees that it is the other, and each slows down."""
    daemons = [new_daemon(serviceFields={"nodePort": policy}).start().wait_until_healthy()
               for policy in ("allow", "deny")]
    manifest = pool_manifest("p")
    manifest["spec"]["service"] = {"type": "NodePort"}
    cluster.create(manifest)
    for daemon in daemons:
        eventually(lambda: daemon.said(name="p", reason=SERVICE_CONTESTED, level="warning"),
                   lambda lines: any("another tlsrouted keeps changing" in line["msg"]
                                     for line in lines), seconds=60)
    assert service_writes(cluster) < 40


def test_one_alone(cluster, new_daemon):
    """What it wrote before a restart, or what others write, is no other tlsrouted."""
    daemon = new_daemon().start().wait_until_healthy()
    cluster.pool("p")
    for number in range(6):
        cluster.change_route("p", hostname=f"h{number}.example.com")
        eventually(lambda: cluster.route_spec("p"), expected_spec("p", f"h{number}.example.com"))
    daemon.stop()
    cluster.change_route("p", hostname="other.example.com")
    daemon = new_daemon().start().wait_until_healthy()
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", "other.example.com"))
    with Rival(cluster, label):
        eventually(lambda: cluster.get("TLSRoute", "p")["metadata"]["labels"].get("theirs"),
                   lambda value: value and int(value) > 20)
    assert daemon.problems() == []
