# SPDX-License-Identifier: Apache-2.0
"""A worker that sends what it may not send is started anew; the others go on."""

import os

import pytest

from cluster import expected_spec
from packets import SUPERVISOR_LINK, link_between, links, message, send, take_socket
from waiting import eventually

INJECT = (1, "ns", "certificate", ["evil.example.com"], [], False)
POOL = ("ns", "p", "uid", 1, False, 1, False, True, "evil.example.com", "", "g", "", True, 8140,
        "")

PACKETS = {
    "over-long": b"\x10" * 120 * 1024,
    "garbage": b"\xc1\xff garbage",
    "unknown-type": b"\x7f",
    "cut": message("GONE", 0, "ns"),
    "trailing": message("GONE", 0, "ns", "name", "uid") + b"\x00",
    "out-of-bounds": message("GONE", 99, "ns", "name", "uid"),
    "text-too-long": message("GONE", 0, "n" * 64, "name", "uid"),
    "nul-in-text": message("GONE", 0, "n\0s", "name", "uid"),
    "not-utf-8": message("GONE", 0, "ns", "name", b"\xff"),
    "control-in-line": message("GONE", 0, "ns", "name\n", "uid"),
    "c1-in-line": message("GONE", 0, "ns", "name\x9b", "uid"),
    "array": b"\x0f\xdd\xff\xff\xff\xff",
    "wrong-sender": message("INJECT", *INJECT),
    "supervisor's": message("PEER", 0),
}


def assert_offender_restarts(cluster, daemon, role: str, reason: str, pids: dict[str, int],
                             accuser: str | None = None) -> None:
    """With one line, and everything works then; and the neighbour that complained about it, with
    another, as the supervisor cannot know which of them is right."""
    eventually(lambda: daemon.restarts()[role], 1)
    if accuser:
        eventually(lambda: daemon.restarts()[accuser], 1)
    daemon.wait_until_healthy()
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: (cluster.route_specs(), cluster.names("c")),
               ({"p": expected_spec("p")}, ["puppet", "p.example.com"]))
    concerned = {role, accuser} - {None}
    lines = {line["worker"]: line for line in daemon.problems()}
    assert len(daemon.problems()) == len(lines)
    assert set(lines) == concerned
    assert {line["role"] for line in lines.values()} == {"supervisor"}
    assert reason in lines[role]["reason"]
    if accuser:
        assert f"it complained about {role}" in lines[accuser]["reason"]
    after = daemon.worker_pids()
    assert {name for name in after if after[name] != pids[name]} == concerned
    assert daemon.running()


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS)
def test_watcher_to_reconciler(cluster, daemon, packet):
    pids = daemon.worker_pids()
    (link,) = links(pids["watcher"])
    with link:
        send(link, packet)
    assert_offender_restarts(cluster, daemon, "watcher", "it sent reconciler what it may not send",
                             pids, "reconciler")


@pytest.mark.parametrize("packet", [b"\x10" * 120 * 1024, b"\xc1", message("POOL", *POOL),
                                    message("GONE", 0, "ns", "name", "uid")],
                         ids=["over-long", "garbage", "a-Pool", "a-deletion"])
def test_certpatcher_to_reconciler(cluster, daemon, packet):
    pids = daemon.worker_pids()
    (link,) = links(pids["certpatcher"])
    with link:
        send(link, packet)
    assert_offender_restarts(cluster, daemon, "certpatcher",
                             "it sent reconciler what it may not send", pids, "reconciler")


@pytest.mark.parametrize("role", ["watcher", "reconciler", "certpatcher"])
@pytest.mark.parametrize("packet", [b"\x10" * 120 * 1024, b"garbage", message("PEER", 0),
                                    message("STATUS_QUERY"), message("HELLO", "9.9.9")],
                         ids=["over-long", "garbage", "supervisor's", "control's", "hello-again"])
def test_worker_to_supervisor(cluster, daemon, role, packet):
    pids, supervisor = daemon.worker_pids(), daemon.pid
    with take_socket(pids[role], SUPERVISOR_LINK) as link:
        send(link, packet)
    assert_offender_restarts(cluster, daemon, role, "", pids)
    assert daemon.pid == supervisor


@pytest.mark.parametrize("summary", ["x\nMAINPID=1", "\x1b[2J", "\x7f", "\x85", b"\xff"])
def test_summary_that_is_no_line(cluster, daemon, summary):
    pids = daemon.worker_pids()
    with take_socket(pids["reconciler"], SUPERVISOR_LINK) as link:
        send(link, message("REPORT", False, summary, False, 0, 1, 0))
    assert_offender_restarts(cluster, daemon, "reconciler", "it sent the supervisor what it may not",
                             pids)


def test_unexpected_descriptors(cluster, daemon):
    pids = daemon.worker_pids()
    (link,) = links(pids["watcher"])
    with link, open("/dev/zero", "rb") as zero:
        send(link, message("GONE", 0, "ns", "name", "uid"), (zero.fileno(),) * 3)
    assert_offender_restarts(cluster, daemon, "watcher", "descriptor", pids, "reconciler")


def test_unexpected_descriptors_to_the_supervisor(cluster, daemon):
    """They are closed by who gets them."""
    pids = daemon.worker_pids()
    before = len(os.listdir(f"/proc/{daemon.pid}/fd"))
    with take_socket(pids["watcher"], SUPERVISOR_LINK) as link, open("/dev/zero", "rb") as zero:
        send(link, message("PONG"), (zero.fileno(),) * 3)
    assert_offender_restarts(cluster, daemon, "watcher", "descriptor", pids)
    held = [os.readlink(f"/proc/{daemon.pid}/fd/{entry}")
            for entry in os.listdir(f"/proc/{daemon.pid}/fd")]
    assert "/dev/zero" not in held
    assert len(held) <= before + 2


def test_taken_over_reconciler_cannot_invent_names(cluster, daemon):
    """certpatcher asks the API server whether it is so. (The request comes over the reconciler's
    own end of its link.)"""
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=False)
    eventually(lambda: cluster.route_spec("p"))
    forged = message("INJECT", 1, cluster.namespace, "c", ["evil.example.com"], [], False)
    pids = daemon.worker_pids()
    with link_between(pids["reconciler"], pids["certpatcher"]) as link:
        send(link, forged)
    eventually(lambda: daemon.said("request refused", role="certpatcher", name="c"))
    assert cluster.names("c") == ["puppet"]


@pytest.mark.parametrize("role", ["watcher", "certpatcher"])
def test_reconciler_to_its_neighbours(cluster, daemon, role):
    pids = daemon.worker_pids()
    with link_between(pids["reconciler"], pids[role]) as link:
        send(link, message("GONE", 0, "ns", "name", "uid"))
    assert_offender_restarts(cluster, daemon, "reconciler", f"it sent {role} what it may not send",
                             pids, role)
