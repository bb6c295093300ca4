# SPDX-License-Identifier: Apache-2.0
"""A certpatcher that was taken over, or is only late: a test speaks in its place, over its own end
of the link to the reconciler, and answers what was not asked, or was asked before."""

import os
import signal

import pytest

from certificates import events_on, wait_for
from packets import link_between, message, receive, send
from waiting import eventually, throughout

HOST = "p.example.com"
WRITTEN, UNCHANGED, CONTESTED = 0, 1, 4


@pytest.fixture
def daemon(new_daemon):
    """That waits for a worker which stands still as long as it takes."""
    return new_daemon(heartbeat={"interval": 5, "timeout": 300}).start().wait_until_healthy()


class StandIn:
    """Has the real certpatcher stopped, and its end of the link."""

    def __init__(self, daemon):
        wait_for(daemon, pending=0)
        pids = daemon.worker_pids()
        self.pid = pids["certpatcher"]
        os.kill(self.pid, signal.SIGSTOP)
        self.link = link_between(self.pid, pids["reconciler"])

    def asked(self) -> tuple[int, str, str]:
        """Ticket, namespace and Certificate of the next request."""
        kind, fields = receive(self.link)
        assert kind == "INJECT"
        return tuple(fields[:3])

    def answer(self, ticket: int, namespace: str, certificate: str, outcome: int,
               manager: str = "") -> None:
        send(self.link, message("INJECT_RESULT", ticket, namespace, certificate, outcome, 0,
                                manager))

    def end(self) -> None:
        self.link.close()
        os.kill(self.pid, signal.SIGCONT)


@pytest.fixture
def stand_in(daemon):
    made = StandIn(daemon)
    yield made
    made.end()


def running(daemon) -> bool:
    return "injections 1 queued" in daemon.workers()["reconciler"]["summary"]


@pytest.mark.parametrize("outcome", [WRITTEN, UNCHANGED, CONTESTED])
def test_other_tickets(cluster, daemon, stand_in, outcome):
    """Only the result of the request that is under way ends it."""
    cluster.certificate("c", [])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    ticket, *about = stand_in.asked()
    assert about == [cluster.namespace, "c"]
    stand_in.answer(ticket, *about, UNCHANGED)
    cluster.change_route("p", hostname="new.example.com")
    later, *again = stand_in.asked()
    assert again == about and later > ticket
    for other in (0, ticket, later + 1, 2**64 - 1):
        stand_in.answer(other, *about, outcome, "evil")
    stand_in.answer(later, cluster.namespace, "d", outcome)
    eventually(lambda: running(daemon))
    throughout(lambda: running(daemon), True, "another result ended it", 2)
    assert events_on(cluster, "c", "CertificateContested") == []
    stand_in.answer(later, *about, UNCHANGED)
    eventually(lambda: running(daemon), False)
    assert set(daemon.restarts().values()) == {0}
