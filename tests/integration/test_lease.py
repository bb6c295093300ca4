# SPDX-License-Identifier: Apache-2.0
"""Several tlsrouted that share a Lease: one works, the others stand by."""

import base64
import contextlib
import json
import os
import signal
import threading
from datetime import datetime, timezone

import pytest

from certificates import counts
from cluster import Refused, expected_spec, lease_manifest
from daemon import ACCOUNTS, ROLES, children, is_running
from scrape import free_port, value
from waiting import eventually, throughout

SECONDS = 6  # long enough for a busy machine to renew it in time
LEASE = {"namespace": ACCOUNTS, "duration": SECONDS}
NAME = f"{ACCOUNTS}/tlsrouted"
# Where something has to come long before the duration has passed.
LONG_SECONDS = 30
LONG_LEASE = {**LEASE, "duration": LONG_SECONDS}
PATIENT = {"interval": 1, "timeout": 60}  # heartbeats: a worker that is stopped is not replaced


@pytest.fixture
def new_replica(lab, new_daemon, accounts):
    """Makes daemons that share the Lease, each with tokens of its own: by these the audit log tells
    one's requests from another's."""
    def make(**options):
        tokens = {role: lab.token(ACCOUNTS, f"tlsrouted-{role}") for role in ROLES}
        return new_daemon(**{"tokens": tokens, "lease": LEASE, **options})

    return make


def credential(token: str) -> str:
    """As the audit log names it."""
    claims = token.split(".")[1]
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return f"JTI={decoded['jti']}"


def requests(lab, daemon) -> list[tuple[str, str, str | None]]:
    """Verb, resource and name of every write that it has asked for."""
    own = {credential(daemon.token_file(role).read_text()) for role in ROLES}
    return [(event["verb"], event["objectRef"]["resource"], event["objectRef"].get("name"))
            for event in lab.audit_events()
            if own & set(event["user"].get("extra", {}).get(
                "authentication.kubernetes.io/credential-id", []))]


def wrote(lab, daemon) -> list[tuple[str, str, str | None]]:
    """All but the Lease."""
    return [request for request in requests(lab, daemon) if request[1] != "leases"]


def kept(lab, daemon) -> list[tuple[str, str, str | None]]:
    """Nor Events: they come later than what they tell of."""
    return [request for request in wrote(lab, daemon) if request[1] != "events"]


def leadership(daemon) -> str | None:
    return daemon.status().get("leadership")


def lease(accounts) -> dict:
    return accounts.get("Lease", "tlsrouted")["spec"]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def start_both(new_replica, **options) -> tuple:
    """The leader and the standby."""
    leader = new_replica(**options).start().wait_until_healthy()
    eventually(lambda: leadership(leader), "leader")
    standby = new_replica(**options).start().wait_until_healthy()
    eventually(lambda: leadership(standby), "standby")
    return leader, standby


def kill_whole(daemon) -> None:
    """Workers that lose their supervisor end in order, and give the Lease back."""
    family = children(daemon.pid)
    os.kill(daemon.pid, signal.SIGSTOP)
    for pid in family:
        with contextlib.suppress(ProcessLookupError):  # it ended just now
            os.kill(pid, signal.SIGKILL)
    daemon.kill()
    eventually(lambda: [pid for pid in family if is_running(pid)], [])


def work(cluster) -> None:
    """For each worker that writes."""
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: (cluster.route_spec("p"), cluster.names("c")),
               (expected_spec("p"), ["puppet", "p.example.com"]))


def test_one_of_two_works(lab, cluster, accounts, new_replica):
    leader, standby = start_both(new_replica)
    held = lease(accounts)
    work(cluster)
    cluster.pool("bad", "BAD")
    eventually(lambda: cluster.events("bad", "HostnameInvalid"))
    throughout(lambda: (leadership(leader), leadership(standby), standby.healthy()),
               ("leader", "standby", True), "it changed hands", 2 * SECONDS)
    assert wrote(lab, standby) == [] and wrote(lab, leader) != []
    after = lease(accounts)
    assert {key: after[key] for key in after if key != "renewTime"} == {
        key: held[key] for key in held if key != "renewTime"}
    assert moment(after["renewTime"]) > moment(held["renewTime"]) >= moment(held["acquireTime"])
    assert after["leaseDurationSeconds"] == SECONDS and after["leaseTransitions"] == 0
    assert len(leader.said("this is the leader now", role="reconciler")) == 1
    assert [line["holder"] for line in standby.said("this is a standby", role="reconciler")] == [
        after["holderIdentity"]]
    assert standby.said("this is the leader now") == []
    assert leader.said("no longer the leader") == [] and standby.problems() == []


def test_what_each_says(cluster, new_replica):
    ports = [free_port(), free_port()]
    daemons = []
    for port, wanted in zip(ports, ("leader", "standby")):
        daemon = new_replica(heartbeat={"interval": 1, "timeout": 10},
                             metrics={"listen": f"127.0.0.1:{port}"}).start().wait_until_healthy()
        eventually(lambda: leadership(daemon), wanted)
        assert f"healthy, {wanted}" in daemon.ctl("status").stdout.splitlines()[0]
        assert daemon.ctl("health", "--ready").returncode == 0
        daemons.append(daemon)

    def told() -> list[float | None]:
        return [value(port, "tlsrouted_leader", role="reconciler", lease=NAME) for port in ports]

    eventually(told, [1, 0])
    kill_whole(daemons[0])
    eventually(lambda: value(ports[1], "tlsrouted_leader", role="reconciler", lease=NAME), 1.0)


def test_alone(lab, cluster, accounts, new_daemon):
    """Without the section: no Lease is touched."""
    since, port = len(lab.audit_events()), free_port()
    daemon = new_daemon(heartbeat={"interval": 1, "timeout": 10},
                        metrics={"listen": f"127.0.0.1:{port}"}).start().wait_until_healthy()
    work(cluster)
    assert leadership(daemon) == "alone"
    first = daemon.ctl("status").stdout.splitlines()[0]
    assert "healthy" in first and "leader" not in first and "alone" not in first
    eventually(lambda: value(port, "tlsrouted_leader", role="reconciler", lease=""), 1.0)
    assert {event["objectRef"]["resource"] for event in lab.audit_events()[since:]}.isdisjoint(
        {"leases"})
    assert accounts.all("Lease") == {}


# How it changes hands

def test_leader_that_ends_gives_it_up(accounts, new_replica):
    daemon = new_replica(lease=LONG_LEASE).start().wait_until_healthy()
    eventually(lambda: leadership(daemon), "leader")
    daemon.stop()
    assert not lease(accounts).get("holderIdentity")


def test_standby_takes_over_what_was_given_up(cluster, accounts, new_replica):
    leader, standby = start_both(new_replica, lease=LONG_LEASE)
    before = lease(accounts)
    leader.stop()
    eventually(lambda: leadership(standby), "leader", "long before the duration has passed",
               LONG_SECONDS / 2)
    work(cluster)
    after = lease(accounts)
    assert after["holderIdentity"] not in ("", before["holderIdentity"])
    assert after["leaseTransitions"] == before["leaseTransitions"] + 1


def test_leader_is_killed(cluster, accounts, new_replica):
    leader, standby = start_both(new_replica)
    work(cluster)
    cluster.pool("off")
    eventually(lambda: cluster.route_spec("off"))
    kill_whole(leader)
    before = lease(accounts)
    cluster.change_route("off", enabled=False)
    cluster.change_route("p", hostname="new.example.com")
    cluster.pool("late")
    eventually(cluster.route_specs, {"p": expected_spec("p", "new.example.com"),
                                     "late": expected_spec("late")})
    eventually(lambda: "new.example.com" in cluster.names("c"), what="the name is injected")
    after = lease(accounts)
    eventually(lambda: leadership(standby), "leader")
    assert after["holderIdentity"] != before["holderIdentity"]
    waited = moment(after["acquireTime"]) - moment(before["renewTime"])
    assert waited.total_seconds() >= SECONDS, "a lease that still ran was taken"


def test_leader_is_held_up(lab, cluster, new_replica):
    """Longer than the duration. It finds out before it writes again, though work has waited."""
    leader, standby = start_both(new_replica, heartbeat=PATIENT)
    work(cluster)
    reconciler = leader.worker_pids()["reconciler"]
    os.kill(reconciler, signal.SIGSTOP)
    before = kept(lab, leader)
    try:
        cluster.change_route("p", hostname="new.example.com")
        for number in range(10):
            cluster.pool(f"p{number}")
        eventually(lambda: len(cluster.route_specs()), 11)
        eventually(lambda: cluster.route_spec("p"), expected_spec("p", "new.example.com"))
        # What only one who still thinks that it leads would put right, as the other has paused:
        # the same objects are seen by both.
        cluster.change_route("p0", enabled=False)
        eventually(lambda: cluster.route_spec("p0"), None)
    finally:
        os.kill(reconciler, signal.SIGCONT)
    eventually(lambda: leader.said("no longer the leader", role="reconciler"),
               lambda lines: len(lines) == 1 and lines[0]["reason"])
    eventually(lambda: (leadership(leader), leadership(standby)), ("standby", "leader"))
    cluster.pool("last")
    eventually(lambda: cluster.route_spec("last"), expected_spec("last"))
    throughout(lambda: (leadership(leader), leadership(standby)), ("standby", "leader"),
               "it changed hands", SECONDS)
    assert kept(lab, leader) == before
    assert leader.worker_pids()["reconciler"] == reconciler, "it was not replaced"


def test_certpatcher_is_held_up(lab, cluster, new_replica):
    """It finds out by itself that its tlsrouted leads no more, though its reconciler, which is held
    up too, cannot say so; what it was asked for before is not done, though it is still due."""
    leader, standby = start_both(new_replica, heartbeat=PATIENT)
    work(cluster)
    pids, other = leader.worker_pids(), standby.worker_pids()["certpatcher"]
    os.kill(pids["certpatcher"], signal.SIGSTOP)
    os.kill(other, signal.SIGSTOP)
    try:
        cluster.change_route("p", hostname="new.example.com")
        eventually(lambda: leader.workers()["reconciler"]["summary"],
                   lambda summary: "injections 1 queued" in summary, "it has asked")
        os.kill(pids["reconciler"], signal.SIGSTOP)
        before = kept(lab, leader)
        eventually(lambda: leadership(standby), "leader")
        os.kill(pids["certpatcher"], signal.SIGCONT)
        eventually(lambda: leader.said("does not lead any more", role="certpatcher"))
        throughout(lambda: (kept(lab, leader), cluster.names("c")),
                   (before, ["puppet", "p.example.com"]), "it wrote", SECONDS / 2)
    finally:
        for pid in (*pids.values(), other):
            os.kill(pid, signal.SIGCONT)
    eventually(lambda: "new.example.com" in cluster.names("c"), what="the other injects it")
    eventually(lambda: (leadership(leader), leadership(standby)), ("standby", "leader"))
    assert kept(lab, leader) == before
    assert leader.worker_pids() == pids, "none was replaced"


def test_grace_with_another_leader(cluster, accounts, new_replica):
    """A name that waits when the Lease is lost waits anew when it is back: meanwhile it may have
    been needed, and nobody here was told."""
    daemon = new_replica(certificates={"grace": 5}).start().wait_until_healthy()
    work(cluster)
    cluster.change_route("p", enabled=False)
    eventually(lambda: counts(daemon)["waiting"], 1)
    held = lease(accounts)
    accounts.merge("Lease", "tlsrouted", {"spec": {"holderIdentity": "somebody",
                                                   "renewTime": now()}})
    eventually(lambda: leadership(daemon), "standby")
    eventually(lambda: counts(daemon)["waiting"], 0)
    throughout(lambda: cluster.names("c"), ["puppet", "p.example.com"], "it wrote", 1)
    assert held["holderIdentity"] != "somebody"
    eventually(lambda: cluster.names("c"), ["puppet"], "it leads again, and the grace is over")


def test_reconciler_of_the_leader_dies(cluster, accounts, new_replica):
    """The next one has the same supervisor and the same identity, and goes on at once."""
    leader, standby = start_both(new_replica, lease=LONG_LEASE)
    before = lease(accounts)
    os.kill(leader.worker_pids()["reconciler"], signal.SIGKILL)
    eventually(lambda: (leader.restarts().get("reconciler"), leadership(leader)), (1, "leader"),
               "long before the duration has passed", LONG_SECONDS / 3)
    work(cluster)
    after = lease(accounts)
    assert after["holderIdentity"] == before["holderIdentity"]
    assert after["leaseTransitions"] == before["leaseTransitions"]
    assert standby.said("this is the leader now") == []


class TestOutage:
    """With an API server of its own."""

    OWN_LAB = {}

    def test_longer_than_the_duration(self, lab, cluster, new_replica):
        both = start_both(new_replica)
        work(cluster)
        lab.stop_apiserver()
        try:
            eventually(lambda: [leadership(daemon) for daemon in both], ["standby"] * 2,
                       "who cannot renew it does not hold it")
            throughout(lambda: [leadership(daemon) for daemon in both], ["standby"] * 2,
                       "one leads without a Lease", 2 * SECONDS)
        finally:
            lab.start_apiserver()
        for daemon in both:
            daemon.wait_until_healthy(60)
        eventually(lambda: sorted(map(leadership, both)), ["leader", "standby"])
        cluster.pool("late")
        eventually(lambda: cluster.route_spec("late"), expected_spec("late"))
        throughout(lambda: sorted(map(leadership, both)), ["leader", "standby"],
                   "there is not one leader", 2 * SECONDS)
        for daemon in both:
            assert daemon.restarts() == dict.fromkeys(ROLES, 0)


class Meddler(threading.Thread):
    """Does something to the Lease again and again."""

    def __init__(self, act):
        super().__init__()
        self._act = act
        self._stop_asked = threading.Event()

    def run(self) -> None:
        while not self._stop_asked.wait(0.05):
            with contextlib.suppress(Refused):
                self._act()

    def __enter__(self) -> "Meddler":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop_asked.set()
        self.join()


MEDDLING = {
    "deletes": lambda accounts: accounts.delete("Lease", "tlsrouted"),
    "takes": lambda accounts: accounts.request(
        "PATCH", accounts.path("Lease", "tlsrouted") + "?fieldManager=meddler",
        {"spec": {"holderIdentity": ""}}, "application/merge-patch+json"),
}


@pytest.mark.parametrize("act", MEDDLING.values(), ids=MEDDLING)
def test_somebody_meddles_with_it(lab, accounts, new_replica, act):
    """It is held all the same where that can be, without a flood of requests, and said once."""
    daemon = new_replica().start().wait_until_healthy()
    eventually(lambda: leadership(daemon), "leader")
    before = len(requests(lab, daemon))
    with Meddler(lambda: act(accounts)):
        eventually(lambda: daemon.said(level="warning", role="reconciler"),
                   what="it is said", seconds=60)
        throughout(lambda: len(daemon.said(level="warning", role="reconciler")), 1, "said again",
                   2 * SECONDS)
    (line,) = daemon.said(level="warning", role="reconciler")
    assert line["msg"].startswith("somebody keeps changing or deleting the Lease")
    assert line["name"] == "tlsrouted"
    eventually(lambda: leadership(daemon), "leader")
    assert "Lease contested" in daemon.workers()["reconciler"]["summary"]
    assert len(requests(lab, daemon)) - before < 80
    eventually(lambda: daemon.said("nobody else changes the Lease any more"), seconds=120)


# What the Lease may say

CLOCKS = {"right": now, "years-behind": lambda: "2020" + now()[4:]}


@pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)
def test_somebody_else_holds_it(lab, cluster, accounts, new_replica, clock):
    """What counts is that it changes, not what time it says."""
    accounts.create(lease_manifest(leaseDurationSeconds=SECONDS, renewTime=clock()))

    def renew() -> None:
        accounts.merge("Lease", "tlsrouted", {"spec": {"renewTime": clock()}})

    daemon = new_replica().start()
    cluster.pool("p")
    eventually(lambda: (renew(), daemon.healthy())[1], what="in sync, though not the leader")

    def state() -> tuple:
        renew()
        return leadership(daemon), wrote(lab, daemon), lease(accounts)["holderIdentity"]

    throughout(state, ("standby", [], "somebody"), "it was taken or disregarded", 3 * SECONDS)
    assert [line["holder"] for line in daemon.said("this is a standby")] == ["somebody"]
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    eventually(lambda: leadership(daemon), "leader")


ODD = {
    "no-spec": None,
    "no-holder": {"holderIdentity": None},
    "never-renewed": {"renewTime": None, "acquireTime": None},
    "renewed-in-the-future": {"renewTime": "9999-12-31T23:59:59.999999Z"},
    "renewed-long-ago": {"renewTime": "0001-01-02T00:00:00.000000Z"},
    "no-duration": {"leaseDurationSeconds": None},
    "longest-duration": {"leaseDurationSeconds": 2**31 - 1},
    "most-transitions": {"leaseTransitions": 2**31 - 1},
    "no-transitions": {"leaseTransitions": None},
    "strange-holder": {"holderIdentity": "a b\n\"ü\"" + "x" * 2000},
}


@pytest.mark.parametrize("spec", ODD.values(), ids=ODD)
def test_odd_lease(cluster, accounts, new_replica, spec):
    """Nobody renews it: taken over."""
    manifest = lease_manifest(**{"leaseDurationSeconds": SECONDS, **(spec or {})})
    accounts.create(manifest if spec else {**manifest, "spec": {}})
    cluster.pool("p")
    daemon = new_replica().start()
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    eventually(lambda: leadership(daemon), "leader")
    daemon.wait_until_healthy()
    assert daemon.restarts() == dict.fromkeys(ROLES, 0)
    assert lease(accounts)["leaseDurationSeconds"] == SECONDS


def test_lease_is_deleted(cluster, accounts, new_replica):
    """One of the two makes it anew, and says why."""
    both = start_both(new_replica)
    assert not any(daemon.said("has deleted the Lease") for daemon in both)
    accounts.delete("Lease", "tlsrouted")
    eventually(lambda: accounts.get("Lease", "tlsrouted"))
    eventually(lambda: [line for daemon in both for line in daemon.said("has deleted the Lease")])
    eventually(lambda: sorted(map(leadership, both)), ["leader", "standby"])
    work(cluster)


def test_may_not_write_the_lease(cluster, accounts, new_daemon, tokens_without):
    """Nothing is written, and one line says why."""
    cluster.pool("p")
    daemon = new_daemon(tokens=tokens_without("leases"), lease=LEASE).start()

    def lines() -> list[dict[str, str]]:
        return [line for line in daemon.said("packaging/kustomize", role="reconciler")
                if line["level"] in ("warning", "error")]

    eventually(lines)
    throughout(lambda: daemon.ctl("health", "--ready").returncode, 1, "it is ready", 2 * SECONDS)
    assert leadership(daemon) == "standby" and cluster.writes() == []
    assert len(lines()) == 1
    text = " ".join(lines()[0].values())
    assert "Lease" in text and "tlsrouted" in text and ACCOUNTS in text
    assert accounts.all("Lease") == {}


# Who takes no part

@pytest.mark.parametrize("held", [False, True], ids=["nobody", "somebody"])
def test_once(lab, cluster, accounts, new_replica, held):
    before = accounts.create(lease_manifest()) if held else None
    cluster.pool("p")
    daemon = new_replica(arguments=("--once",))
    assert daemon.run().returncode == 0
    assert cluster.route_specs() == {"p": expected_spec("p")}
    assert accounts.get("Lease", "tlsrouted") == before
    assert "leases" not in {resource for _, resource, _ in requests(lab, daemon)}


def test_dry_run(lab, cluster, accounts, new_replica):
    cluster.pool("p")
    daemon = new_replica(arguments=("--dry-run",)).start().wait_until_healthy()
    eventually(lambda: daemon.said("would create the TLSRoute", name="p"))
    assert "leases" not in {resource for _, resource, _ in requests(lab, daemon)}
    assert accounts.all("Lease") == {} and cluster.route_specs() == {}
