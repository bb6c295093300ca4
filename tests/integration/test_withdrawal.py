# SPDX-License-Identifier: Apache-2.0
"""Names that tlsrouted injected and that nobody needs any more; and those that are not its own."""

import os
import signal
import time

import pytest

from certificates import PAUSED, counts, ledger, patches, state, wait_for, witness
from waiting import eventually

HOST = "p.example.com"
QUICK = {"grace": 1}
OURS = (["first", HOST, "last"], {HOST: ["p"]})


@pytest.fixture
def daemon(new_daemon):
    return new_daemon(certificates=QUICK).start().wait_until_healthy()


def inject(cluster) -> None:
    """The Pool p has its name in the Certificate c, between two that a person wrote."""
    cluster.certificate("c", ["first"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: state(cluster, "c"), (["first", HOST], {HOST: ["p"]}))
    cluster.patch("Certificate", "c",
                  [{"op": "add", "path": "/spec/dnsAltNames/-", "value": "last"}])


def other_hostname(cluster) -> None:
    cluster.change_route("p", hostname="other.example.com")


def injection_off(cluster) -> None:
    cluster.change_route("p", injectDNSAltName=False)


def route_off(cluster) -> None:
    cluster.change_route("p", enabled=False)


def bad_hostname(cluster) -> None:
    cluster.change_route("p", hostname="Not Good")


def pool_deleted(cluster) -> None:
    cluster.delete("Pool", "p")


def pool_in_deletion(cluster) -> None:
    cluster.merge("Pool", "p", {"metadata": {"finalizers": ["example.com/hold"]}})
    cluster.delete("Pool", "p")


def server_deleted(cluster) -> None:
    cluster.delete("Server", "s")


def server_leaves_pool(cluster) -> None:
    cluster.merge("Server", "s", {"spec": {"poolRefs": ["q"]}})


def server_takes_another(cluster) -> None:
    cluster.merge("Server", "s", {"spec": {"certificateRef": "d"}})


CAUSES = [other_hostname, injection_off, route_off, bad_hostname, pool_deleted, pool_in_deletion,
          server_deleted, server_leaves_pool, server_takes_another]


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_withdrawn(cluster, daemon, cause):
    cluster.certificate("d", ["d"])
    inject(cluster)
    cause(cluster)
    added = ["other.example.com"] if cause is other_hostname else []
    eventually(lambda: state(cluster, "c"),
               (["first", "last", *added], {name: ["p"] for name in added}))
    if cause is server_takes_another:
        eventually(lambda: state(cluster, "d"), (["d", HOST], {HOST: ["p"]}))
    if cause is pool_in_deletion:
        cluster.merge("Pool", "p", {"metadata": {"finalizers": []}})
    annotations = cluster.get("Certificate", "c")["metadata"].get("annotations", {})
    assert bool(annotations) == bool(added), "no empty ledger"
    assert daemon.problems() == [] or cause is bad_hostname


def test_several_need_it(cluster, daemon):
    """Two Pools and three Servers: the name goes with the last one of them."""
    cluster.certificate("c", ["puppet"])
    cluster.server("s1", "c", ["p"])
    cluster.server("s2", "c", ["p"])
    cluster.server("s3", "c", ["q"])
    cluster.pool("p", HOST, inject=True)
    cluster.pool("q", HOST, inject=True)
    eventually(lambda: state(cluster, "c"), (["puppet", HOST], {HOST: ["p", "q"]}))
    cluster.delete("Server", "s1")
    witness(cluster, "w1")
    assert state(cluster, "c") == (["puppet", HOST], {HOST: ["p", "q"]})
    cluster.delete("Server", "s2")
    eventually(lambda: state(cluster, "c"), (["puppet", HOST], {HOST: ["q"]}))
    cluster.server("s2", "c", ["p"])
    eventually(lambda: ledger(cluster, "c"), {HOST: ["p", "q"]})
    cluster.delete("Pool", "q")
    eventually(lambda: state(cluster, "c"), (["puppet", HOST], {HOST: ["p"]}))
    cluster.change_route("p", enabled=False)
    eventually(lambda: state(cluster, "c"), (["puppet"], {}))


def test_off_and_on_within_the_grace(cluster, new_daemon):
    """Neither costs a write, and the grace begins anew."""
    daemon = new_daemon(certificates={"grace": 600}).start().wait_until_healthy()
    inject(cluster)
    before = cluster.get("Certificate", "c")
    for _ in range(2):
        cluster.change_route("p", enabled=False)
        wait_for(daemon, waiting=1)
        cluster.change_route("p", enabled=True)
        wait_for(daemon, waiting=0)
    assert cluster.get("Certificate", "c") == before
    assert patches(cluster) == 1
    assert daemon.problems() == []


@pytest.mark.parametrize("role", ["certpatcher", "reconciler", "watcher"])
def test_restart_in_the_grace(cluster, new_daemon, role):
    """It begins anew, and ends."""
    daemon = new_daemon(certificates={"grace": 4}).start().wait_until_healthy()
    inject(cluster)
    cluster.change_route("p", enabled=False)
    wait_for(daemon, waiting=1)
    killed = time.monotonic()
    os.kill(daemon.worker_pids()[role], signal.SIGKILL)
    eventually(lambda: state(cluster, "c"), (["first", "last"], {}))
    if role != "watcher":
        assert time.monotonic() - killed >= 4
    daemon.wait_until_healthy()


def test_certificate_that_goes_in_the_grace(cluster, new_daemon):
    """Nothing waits any more."""
    daemon = new_daemon(certificates={"grace": 600}).start().wait_until_healthy()
    inject(cluster)
    cluster.change_route("p", enabled=False)
    wait_for(daemon, waiting=1)
    cluster.delete("Certificate", "c")
    wait_for(daemon, waiting=0)


@pytest.mark.parametrize("attempt", range(3))  # a list that comes last hides what is tried here
def test_certificate_that_goes_unseen_in_the_grace(cluster, new_daemon, attempt):
    """Nobody tells of it by name, and it is looked at before all lists are complete."""
    daemon = new_daemon(certificates={"grace": 600}).start().wait_until_healthy()
    inject(cluster)
    cluster.change_route("p", enabled=False)
    wait_for(daemon, waiting=1)
    watcher = daemon.worker_pids()["watcher"]
    os.kill(watcher, signal.SIGSTOP)
    cluster.delete("Certificate", "c")
    os.kill(watcher, signal.SIGKILL)
    eventually(lambda: daemon.worker_pids().get("watcher", watcher) != watcher)
    wait_for(daemon, waiting=0)


def test_written_by_hand(cluster, daemon):
    """Whatever a Pool asks for, what a person wrote is his; also in another case."""
    for name, hand in (("c", HOST), ("d", "P.Example.COM")):
        cluster.certificate(name, ["puppet", hand])
        cluster.server(name, name, ["p", "q"])
    before = cluster.all("Certificate")
    cluster.pool("p", inject=True)
    cluster.pool("q", inject=True)
    for name in ("c", "d"):
        eventually(lambda: ledger(cluster, name), {"q.example.com": ["q"]})
    cluster.delete("Pool", "p")
    cluster.delete("Pool", "q")
    for name in ("c", "d"):
        eventually(lambda: cluster.names(name), before[name]["spec"]["dnsAltNames"])
    witness(cluster)
    for name in ("c", "d"):
        assert cluster.get("Certificate", name)["spec"] == before[name]["spec"]


def test_written_once_more_by_hand(cluster, daemon):
    """Ours goes, theirs stays."""
    inject(cluster)
    cluster.patch("Certificate", "c",
                  [{"op": "add", "path": "/spec/dnsAltNames/0", "value": HOST}])
    witness(cluster)
    assert cluster.names("c") == [HOST, *OURS[0]]
    cluster.delete("Pool", "p")
    eventually(lambda: state(cluster, "c"), ([HOST, "first", "last"], {}))


def test_full_list(cluster, new_daemon):
    """For a name that is needed as many go before their time as have to, the oldest first."""
    daemon = new_daemon(certificates={"maxNames": 3, "grace": 600}).start().wait_until_healthy()
    cluster.certificate("c", ["first"])
    cluster.server("s", "c", ["o", "p", "q"])
    cluster.pool("o", inject=True)
    cluster.pool("p", inject=True)
    eventually(lambda: sorted(ledger(cluster, "c")), ["o.example.com", HOST])
    for number, pool in enumerate(("o", "p"), 1):
        cluster.change_route(pool, enabled=False)
        wait_for(daemon, waiting=number)
    cluster.pool("q", inject=True)
    eventually(lambda: state(cluster, "c"),
               (["first", HOST, "q.example.com"], {HOST: ["p"], "q.example.com": ["q"]}))
    wait_for(daemon, waiting=1, withdrawn=1)


def test_never(cluster, new_daemon):
    new_daemon(certificates={"withdraw": "never", "grace": 0}).start().wait_until_healthy()
    inject(cluster)
    cluster.delete("Pool", "p")
    witness(cluster)
    assert state(cluster, "c") == OURS


def test_paused(cluster, daemon):
    """Nothing of a paused Pool changes, also where no Server leads to it any more."""
    inject(cluster)
    cluster.merge("Pool", "p", {"metadata": {"annotations": {PAUSED: "true"}}})
    cluster.change_route("p", hostname="other.example.com")
    cluster.merge("Server", "s", {"spec": {"poolRefs": []}})
    witness(cluster)
    assert state(cluster, "c") == OURS
    cluster.merge("Pool", "p", {"metadata": {"annotations": {PAUSED: None}}})
    eventually(lambda: state(cluster, "c"), (["first", "last"], {}))


def test_certificate_in_deletion(cluster, daemon):
    inject(cluster)
    cluster.merge("Certificate", "c", {"metadata": {"finalizers": ["example.com/hold"]}})
    cluster.delete("Certificate", "c")
    cluster.pool("q", inject=True)
    cluster.merge("Server", "s", {"spec": {"poolRefs": ["q"]}})
    witness(cluster)
    wait_for(daemon, waiting=0)
    assert state(cluster, "c") == OURS
    cluster.merge("Certificate", "c", {"metadata": {"finalizers": []}})


def test_zero(cluster, new_daemon):
    """Together with what is added: one write."""
    daemon = new_daemon(certificates={"grace": 0}).start().wait_until_healthy()
    inject(cluster)
    before = patches(cluster)
    cluster.change_route("p", hostname="new.example.com")
    eventually(lambda: state(cluster, "c"),
               (["first", "last", "new.example.com"], {"new.example.com": ["p"]}))
    assert patches(cluster) == before + 1
    wait_for(daemon, withdrawn=1)


def test_once_does_not_wait(cluster, new_daemon):
    real = new_daemon(certificates=QUICK).start().wait_until_healthy()
    inject(cluster)
    real.stop()
    once = new_daemon(certificates={"grace": 600}, arguments=("--once",))
    cluster.change_route("p", enabled=False)
    assert once.run(seconds=20).returncode == 0
    assert state(cluster, "c") == OURS


def test_dry_run(cluster, new_daemon):
    real = new_daemon(certificates=QUICK).start().wait_until_healthy()
    inject(cluster)
    real.stop()
    dry = new_daemon(certificates={"grace": 0}, arguments=("--dry-run",)).start()
    cluster.change_route("p", hostname="other.example.com")
    eventually(lambda: dry.said("would withdraw the name", hostname=HOST))
    eventually(lambda: dry.said("would add the name", hostname="other.example.com"))
    assert state(cluster, "c") == OURS


def test_bad_ledger(cluster, daemon):
    """What it said is lost: nothing is withdrawn for it, and new names are recorded again."""
    inject(cluster)
    cluster.merge("Certificate", "c", {"metadata": {"annotations": {
        "openvox.voxpupuli.org/tlsrouted-injected": "{broken"}}})
    eventually(lambda: daemon.said("cannot be read", name="c", level="warning"))
    cluster.change_route("p", hostname="other.example.com")
    eventually(lambda: state(cluster, "c"),
               ([*OURS[0], "other.example.com"], {"other.example.com": ["p"]}))
    assert len(daemon.said("cannot be read", name="c")) == 1


def test_stale_ledger(cluster, daemon):
    """A name that somebody took out, and that nobody wants, is not ours when it comes again."""
    inject(cluster)
    cluster.merge("Pool", "p", {"metadata": {"annotations": {PAUSED: "true"}}})
    cluster.merge("Certificate", "c", {"spec": {"dnsAltNames": ["first"]}})
    eventually(lambda: state(cluster, "c"), (["first"], {}))
    cluster.merge("Certificate", "c", {"spec": {"dnsAltNames": ["first", HOST]}})
    cluster.delete("Pool", "p")
    witness(cluster)
    assert state(cluster, "c") == (["first", HOST], {})


def test_pool_outside_the_selection(cluster, new_daemon):
    """It may be another tlsrouted's: its name stays, and nobody is blamed."""
    daemon = new_daemon(certificates=QUICK, poolSelector="tier=a").start().wait_until_healthy()
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    cluster.merge("Pool", "p", {"metadata": {"labels": {"tier": "a"}}})
    eventually(lambda: state(cluster, "c"), (["puppet", HOST], {HOST: ["p"]}))
    satisfied = counts(daemon)["satisfied"]
    cluster.merge("Pool", "p", {"metadata": {"labels": {"tier": "b"}}})
    eventually(lambda: counts(daemon)["satisfied"], lambda now: now > satisfied)
    assert state(cluster, "c") == (["puppet", HOST], {HOST: ["p"]})
    assert [line for line in daemon.problems() if line["role"] == "certpatcher"] == []
