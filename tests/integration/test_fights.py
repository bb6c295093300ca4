# SPDX-License-Identifier: Apache-2.0
"""Somebody else keeps changing our TLSRoutes. (Single edits: test_routes.)"""

import threading

import pytest

from cluster import Refused, expected_spec
from findings import resolved, standing, warned
from waiting import eventually

FIGHT_SECONDS = 20
CONTESTED = "RouteContested"


class Rival(threading.Thread):
    """Does something to the route p again and again until it is stopped."""

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
