# SPDX-License-Identifier: Apache-2.0
"""A reconciler that was taken over: a test speaks in its place, over its own end of the link to the
certpatcher, and asks for whatever the objects do not say. Nothing is written, all of it is counted,
and the certpatcher stays up. (What the API server holds, and its audit log, are the judges.)"""

import contextlib
import os
import random
import signal
from collections import Counter

import pytest

from certificates import counts, ledger, patches, state, witness
from daemon import is_stopped
from packets import link_between, message, receive, send
from waiting import eventually

HOST = "p.example.com"
EVIL = "evil.example.com"
OUTCOMES = ("written", "right", "waiting", "refused", "contested", "failed", "no-server",
            "stood-down")


@pytest.fixture
def daemon(new_daemon):
    """That waits for a worker which stands still as long as it takes."""
    return new_daemon(heartbeat={"interval": 5, "timeout": 300}).start().wait_until_healthy()


class Impostor:
    """Has the real reconciler stopped, and its end of the link."""

    def __init__(self, daemon, cluster):
        pids = daemon.worker_pids()
        self.pid = pids["reconciler"]
        os.kill(self.pid, signal.SIGSTOP)
        eventually(lambda: is_stopped(self.pid), True)
        self.link = link_between(self.pid, pids["certpatcher"])
        self.ticket = 1000
        self.take_over(list(cluster.all("Certificate")), cluster.namespace)

    def take_over(self, certificates: list[str], namespace: str) -> None:
        """What the real one asked last may not have been answered yet: it has been when what is
        asked of the same Certificate now is."""
        tickets = set()
        for certificate in certificates:
            self.ticket += 1
            send(self.link, message("INJECT", self.ticket, namespace, certificate, [], [], True))
            tickets.add(self.ticket)
        while tickets:
            kind, fields = receive(self.link)
            assert kind == "INJECT_RESULT"
            tickets.discard(fields[0])

    def ask(self, namespace: str, certificate: str, add=(), withdraw=(), record=False) -> str:
        """The outcome."""
        self.ticket += 1
        send(self.link, message("INJECT", self.ticket, namespace, certificate, list(add),
                                list(withdraw), record))
        return self.answer(namespace, certificate)

    def answer(self, namespace: str, certificate: str) -> str:
        kind, fields = receive(self.link)
        assert kind == "INJECT_RESULT"
        assert fields[:3] == [self.ticket, namespace, certificate]
        return OUTCOMES[fields[3]]

    def end(self) -> None:
        self.link.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)


@pytest.fixture
def impostor(cluster):
    made = []

    def make(daemon) -> Impostor:
        made.append(Impostor(daemon, cluster))
        return made[-1]

    yield make
    for each in made:
        each.end()


def scene(cluster) -> None:
    """p asks for its name in c, which has another one by hand; q asks for none; d is nobody's; the
    name of the Pool old waits in c for the end of its grace."""
    cluster.certificate("c", ["hand"])
    cluster.certificate("d", ["d", HOST])
    cluster.server("s", "c", ["p", "q", "old"])
    cluster.pool("p", inject=True)
    cluster.pool("q", inject=False)
    cluster.pool("old", inject=True)
    eventually(lambda: sorted(ledger(cluster, "c")), ["old.example.com", HOST])


def certificates(*clusters) -> list:
    return [cluster.all("Certificate") for cluster in clusters]


# What is asked for: the Certificate, names to add, names to withdraw.
FALSE = {
    "name-that-no-pool-wants": ("c", [EVIL], []),
    "name-of-a-pool-without-injection": ("c", ["q.example.com"], []),
    "name-in-a-certificate-of-no-server": ("d", [HOST], []),
    "no-such-certificate": ("none", [HOST], [HOST]),
    "odd-certificate": ("../../pools/p", [HOST], []),
    "empty-certificate": ("", [HOST], []),
    "dots": ("..", [HOST], [HOST]),
    "withdrawal-of-a-hand-written-name": ("c", [], ["hand"]),
    "withdrawal-of-a-hand-written-name-elsewhere": ("d", [], ["d", HOST]),
    "withdrawal-of-a-needed-name": ("c", [], [HOST]),
    "withdrawal-in-another-case": ("c", [], [HOST.upper()]),
    "both-at-once": ("c", [EVIL, "x"], ["hand", HOST]),
    "bad-names": ("c", ["", "*", "a b", "\n", "é", "a" * 20_000], ["", "\x1b[31m"]),
    "very-many": ("c", [f"{number}.evil.example" for number in range(2000)],
                  [f"{number}.evil.example" for number in range(1000)] + ["hand"]),
}


@pytest.mark.parametrize("asked", FALSE.values(), ids=FALSE)
def test_false_request(cluster, daemon, impostor, asked):
    scene(cluster)
    pid, before = daemon.worker_pids()["certpatcher"], certificates(cluster)
    written, refused = patches(cluster), counts(daemon)["refused"]
    reconciler = impostor(daemon)
    for number in range(3):  # and once more
        assert reconciler.ask(cluster.namespace, *asked) == "refused"
        eventually(lambda: counts(daemon)["refused"], refused + number + 1)
    assert (certificates(cluster), patches(cluster)) == (before, written)
    assert daemon.worker_pids()["certpatcher"] == pid
    said = eventually(lambda: daemon.said("request refused", role="certpatcher"))
    assert len(said) == 1, "once for a Certificate and a reason"


def test_other_namespaces(cluster, new_cluster, daemon, impostor):
    """Not even if a Pool there asks for it: nobody told this daemon to serve it."""
    other = new_cluster()
    scene(cluster)
    other.certificate("c", ["hand"])
    other.server("s", "c", ["p"])
    other.pool("p", inject=True)
    before = certificates(cluster, other)
    reconciler = impostor(daemon)
    for namespace in (other.namespace, "kube-system", "default", "", "no-such"):
        assert reconciler.ask(namespace, "c", [HOST], ["hand"], True) == "refused"
    assert certificates(cluster, other) == before
    assert patches(other) == 0
    eventually(lambda: counts(daemon)["refused"], 5)


def test_early_withdrawal(cluster, daemon, impostor):
    """However often it is asked for: the certpatcher measures the grace by its own clock."""
    scene(cluster)
    reconciler = impostor(daemon)
    cluster.delete("Pool", "old")
    before, written = certificates(cluster), patches(cluster)
    for _ in range(5):
        assert reconciler.ask(cluster.namespace, "c", [], ["old.example.com"]) == "waiting"
    assert (certificates(cluster), patches(cluster)) == (before, written)
    eventually(lambda: counts(daemon)["waiting"], 1)


def test_replay(cluster, daemon, impostor):
    """What was true and done is done: asked for again it changes nothing."""
    scene(cluster)
    before, written = certificates(cluster), patches(cluster)
    reconciler = impostor(daemon)
    for _ in range(3):
        assert reconciler.ask(cluster.namespace, "c", [HOST, "old.example.com"]) == "right"
        assert reconciler.ask(cluster.namespace, "c", [], [], True) == "right"
        assert reconciler.ask(cluster.namespace, "c") == "right"
    cluster.change_route("p", injectDNSAltName=False)
    assert reconciler.ask(cluster.namespace, "c", [HOST]) == "refused", "it is not true any more"
    assert (certificates(cluster), patches(cluster)) == (before, written)


def test_that_does_not_lead(cluster, daemon, impostor):
    """Then nothing is written, true or not, until it leads again; what has waited begins anew."""
    scene(cluster)
    reconciler = impostor(daemon)
    cluster.delete("Pool", "old")
    assert reconciler.ask(cluster.namespace, "c", [], ["old.example.com"]) == "waiting"
    eventually(lambda: counts(daemon)["waiting"], 1)
    cluster.change_route("q", injectDNSAltName=True)
    before, written = certificates(cluster), patches(cluster)
    for until in (0, 1):
        send(reconciler.link, message("LEADING", until))
        for _ in range(3):
            assert reconciler.ask(cluster.namespace, "c", ["q.example.com"]) == "stood-down"
    eventually(lambda: counts(daemon)["waiting"], 0)
    assert (certificates(cluster), patches(cluster)) == (before, written)
    assert len(daemon.said("does not lead any more", role="certpatcher")) == 1
    send(reconciler.link, message("LEADING", 2**64 - 1))
    assert reconciler.ask(cluster.namespace, "c", ["q.example.com"]) == "written"


def test_paused_and_deleted(cluster, daemon, impostor):
    scene(cluster)
    paused = {"metadata": {"annotations": {"openvox.voxpupuli.org/paused": "true"}}}
    cluster.merge("Pool", "p", paused)
    cluster.change_route("p", hostname=EVIL)
    cluster.merge("Pool", "old", {"metadata": {"finalizers": ["example.com/hold"]}})
    cluster.change_route("old", hostname="new.example.com")
    cluster.delete("Pool", "old")
    before, written = certificates(cluster), patches(cluster)
    reconciler = impostor(daemon)
    for names in ([EVIL], ["new.example.com"]):
        assert reconciler.ask(cluster.namespace, "c", names) == "refused"
    assert reconciler.ask(cluster.namespace, "c", [], [HOST]) == "refused"
    assert (certificates(cluster), patches(cluster)) == (before, written)
    cluster.merge("Pool", "old", {"metadata": {"finalizers": []}})


def test_flood(cluster, daemon, impostor):
    """All is answered, and what is true among it is done."""
    scene(cluster)
    cluster.certificate("e", ["e"])
    cluster.server("e", "e", ["p"])
    eventually(lambda: cluster.names("e"), ["e", HOST])
    reconciler = impostor(daemon)
    cluster.change_route("q", injectDNSAltName=True)  # which nobody but the impostor can say
    written = patches(cluster)
    dice = random.Random(1)
    asked = [("c", [EVIL], ["hand"]), ("d", [HOST], ["d"]), ("none", [EVIL], []),
             ("e", [EVIL], [HOST])]
    answers = []
    for number in range(1000):
        certificate, add, withdraw = dice.choice(asked)
        if number == 500:
            certificate, add, withdraw = "c", ["q.example.com", EVIL], ["hand"]
        send(reconciler.link, message("INJECT", number, cluster.namespace, certificate, add,
                                      withdraw, False))
        answers.append((number, certificate))
    received = [receive(reconciler.link) for _ in answers]
    assert {kind for kind, _ in received} == {"INJECT_RESULT"}
    assert Counter((fields[0], fields[2]) for _, fields in received) == Counter(answers)
    eventually(lambda: cluster.names("c")[-1], "q.example.com")
    assert sorted(ledger(cluster, "c")) == ["old.example.com", HOST, "q.example.com"]
    assert patches(cluster) == written + 1
    assert cluster.names("d") == ["d", HOST]
    assert state(cluster, "e") == (["e", HOST], {HOST: ["p"]})
    eventually(lambda: counts(daemon)["refused"], lambda refused: refused >= 999)


def test_adoption(cluster, daemon, impostor):
    """Only a person can ask for it, over the control socket: the reconciler may not even say it."""
    cluster.certificate("c", [HOST])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    witness(cluster)
    reconciler = impostor(daemon)
    send(reconciler.link, message("ADOPT", 1, cluster.namespace, "c", [HOST]))
    eventually(daemon.restarts, {"watcher": 0, "reconciler": 1, "certpatcher": 1})
    daemon.wait_until_healthy()
    witness(cluster, "w2")
    assert state(cluster, "c") == ([HOST], {})


GARBAGE = {
    "garbage": b"\xc1\xff garbage",
    "unknown-type": b"\x7f",
    "cut": message("INJECT", 1, "ns"),
    "trailing": message("INJECT", 1, "ns", "c", [], [], True) + b"\x00",
    "too-many-names": message("INJECT", 1, "ns", "c", ["a" * 250] * 200, [], False),
    "count-too-large": message("INJECT", 1, "ns", "c") + b"\xcf" + b"\xff" * 8,
    "not-a-text": message("INJECT", 1, "ns", "c", [1], [], False),
    "nul": message("INJECT", 1, "ns", "c", ["a\0b"], [], False),
    "an-answer": message("INJECT_RESULT", 1, "ns", "c", 0, 0, ""),
    "over-long": b"\x15" * 120 * 1024,
    "empty-list-missing": message("INJECT", 1, "ns", "c", True, False, True),
}


@pytest.mark.parametrize("packet", GARBAGE.values(), ids=GARBAGE)
def test_garbage(cluster, daemon, impostor, packet):
    """It costs the link, and both its ends, since either may have lied; nobody else, and no
    Certificate."""
    scene(cluster)
    pids, before = daemon.worker_pids(), certificates(cluster)
    reconciler = impostor(daemon)
    send(reconciler.link, packet)
    eventually(daemon.restarts, {"watcher": 0, "reconciler": 1, "certpatcher": 1})
    daemon.wait_until_healthy()
    assert daemon.worker_pids()["watcher"] == pids["watcher"]
    assert certificates(cluster) == before
    witness(cluster)
