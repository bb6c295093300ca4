# SPDX-License-Identifier: Apache-2.0
"""Who may write Certificates in one namespace forges their ledgers and names: what that costs is
borne there, and not by the next namespace."""

import json

import pytest

from certificates import LEDGER, state, wait_for
from waiting import eventually

BYTES = 20_467  # a ledger is read up to 20,480
NAMES = [f"{number:03x}" for number in range(1000)]  # to withdraw: as many as a ledger may have


@pytest.fixture
def calm(new_cluster):
    return new_cluster()


@pytest.fixture
def daemon(new_daemon, cluster, calm):
    return new_daemon(namespaces=[cluster.namespace, calm.namespace],
                      heartbeat={"interval": 1, "timeout": 10},
                      certificates={"grace": 0, "maxNames": 1000}).start().wait_until_healthy()


def text_of(names: int, pools: int) -> str:
    """A ledger of the first names, each with one Pool, but for the last, which has many."""
    entries = {name: ["p"] for name in NAMES[:names]}
    entries[NAMES[names - 1]] = [f"{number:03x}" for number in range(pools)]
    return json.dumps(entries, separators=(",", ":"))


def padded(text: str) -> str:
    """To as many bytes as can be."""
    assert len(text) < BYTES - 12
    return text[:-1] + ',"zz":["' + "p" * (BYTES - len(text) - 10) + '"]}'


def many_entries() -> str:
    text, number = text_of(1000, 1)[:-1], 1000
    while len(text) < BYTES - 40:
        text += f',"{number:x}":["p"]'
        number += 1
    return padded(text + "}")


FORGED = {
    "many-entries": many_entries(),
    "many-Pools": padded(text_of(1, 3300)),
    "many-of-both": padded(text_of(1000, 1390)),
}


def certificate(cluster, name: str, names: list[str], text: str) -> None:
    cluster.create({"apiVersion": "openvox.voxpupuli.org/v1alpha1", "kind": "Certificate",
                    "metadata": {"name": name, "annotations": {LEDGER: text}},
                    "spec": {"certname": name, "dnsAltNames": names}})


def inject(cluster, *names: str) -> None:
    for name in names:
        cluster.certificate(name)
        cluster.server(name, name, [name])
        cluster.pool(name, inject=True)
    eventually(lambda: [cluster.names(name) for name in names],
               [[f"{name}.example.com"] for name in names])


def assert_undisturbed(daemon, pids: dict[str, int]) -> None:
    assert daemon.worker_pids() == pids and set(daemon.restarts().values()) == {0}


@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED)
def test_forged(cluster, calm, daemon, text):
    """Nothing is withdrawn because of it, one line says so, and names are injected elsewhere; here
    too, and then there is a ledger again."""
    assert len(text) == BYTES and json.loads(text)
    pids = daemon.worker_pids()
    certificate(cluster, "c", NAMES[:999], text)
    inject(calm, "p1", "p2", "p3")
    assert_undisturbed(daemon, pids)
    assert state(cluster, "c")[0] == NAMES[:999]
    assert cluster.get("Certificate", "c")["metadata"]["annotations"][LEDGER] == text
    eventually(lambda: daemon.said("cannot be read", name="c", level="warning"))
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: state(cluster, "c"),
               ([*NAMES[:999], "p.example.com"], {"p.example.com": ["p"]}))
    assert len(daemon.said("cannot be read", name="c")) == 1
    assert_undisturbed(daemon, pids)


def test_many_withdrawals(cluster, calm, daemon):
    """A thousand names at once, from a ledger that is as large as may be: done."""
    pids = daemon.worker_pids()
    certificate(cluster, "c", ["hand", *NAMES], text_of(1000, 1000))
    inject(calm, "p1", "p2", "p3")
    eventually(lambda: state(cluster, "c"), (["hand"], {}))
    wait_for(daemon, withdrawn=len(NAMES))
    assert_undisturbed(daemon, pids)


def test_many_names(cluster, calm, daemon):
    """As many short names as go into a Certificate, all written by hand, and Pools that demand
    others."""
    pids = daemon.worker_pids()
    names = [f"{number:x}" for number in range(12_000)]
    for number in range(3):
        cluster.create({"apiVersion": "openvox.voxpupuli.org/v1alpha1", "kind": "Certificate",
                        "metadata": {"name": f"c{number}"},
                        "spec": {"certname": "c", "dnsAltNames": names}})
        cluster.server(f"s{number}", f"c{number}", [f"p{pool}" for pool in range(50)] * 20)
    for number in range(50):
        cluster.pool(f"p{number}", inject=True)
    inject(calm, "p1", "p2", "p3")
    assert [cluster.names(f"c{number}") for number in range(3)] == [names] * 3
    assert_undisturbed(daemon, pids)
