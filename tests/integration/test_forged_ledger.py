# SPDX-License-Identifier: Apache-2.0
"""Who may write Certificates in one namespace forges their ledgers and names: what that costs is
borne there, and not by the next namespace."""

import json

import pytest

from certificates import LEDGER, ledger, state, wait_for
from waiting import eventually

BYTES = 20_467  # a ledger is read up to 20,480
NAMES = [f"n{number}" for number in range(1000)]  # to withdraw: as many as a ledger may have


@pytest.fixture
def calm(new_cluster):
    return new_cluster()


@pytest.fixture
def daemon(new_daemon, cluster, calm):
    return new_daemon(namespaces=[cluster.namespace, calm.namespace],
                      certificates={"grace": 0, "maxNames": 1000}).start().wait_until_healthy()


def small_entries() -> str:
    """As many as go into it, the names to withdraw among them."""
    text, number = json.dumps({name: ["p"] for name in NAMES}, separators=(",", ":"))[:-1], 0
    while len(text) < BYTES - 20:
        text += f',"{number:x}":["p"]'
        number += 1
    text += ',"z":["' + "p" * (BYTES - len(text) - 10) + '"]}'
    assert len(text) == BYTES and len(json.loads(text)) > 1500
    return text


def one_pool_after_another() -> str:
    """For one name."""
    pools = [f"{number:x}" for number in range(3000)]
    text = json.dumps({NAMES[0]: pools}, separators=(",", ":"))
    assert len(text) < BYTES
    return text


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


@pytest.mark.parametrize("forged", [small_entries, one_pool_after_another],
                         ids=lambda forged: forged.__name__)
def test_forged(cluster, calm, daemon, forged):
    """Nothing is withdrawn because of it, one line says so, and names are injected elsewhere; here
    too, and then there is a ledger again."""
    pids = daemon.worker_pids()
    text = forged()
    certificate(cluster, "c", NAMES[:999], text)
    eventually(lambda: daemon.said("cannot be read", name="c", level="warning"))
    inject(calm, "p1", "p2", "p3")
    assert state(cluster, "c")[0] == NAMES[:999]
    assert cluster.get("Certificate", "c")["metadata"]["annotations"][LEDGER] == text
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: state(cluster, "c"),
               ([*NAMES[:999], "p.example.com"], {"p.example.com": ["p"]}))
    assert len(daemon.said("cannot be read", name="c")) == 1
    assert daemon.worker_pids() == pids and set(daemon.restarts().values()) == {0}


def test_many_withdrawals(cluster, calm, daemon):
    """A thousand names at once, from a ledger that is as large as may be: done."""
    pids = daemon.worker_pids()
    text = json.dumps({name: ["p", "q"] for name in NAMES})
    certificate(cluster, "c", ["hand", *NAMES], text)
    inject(calm, "p1", "p2", "p3")
    eventually(lambda: state(cluster, "c"), (["hand"], {}))
    wait_for(daemon, withdrawn=len(NAMES))
    assert daemon.worker_pids() == pids and set(daemon.restarts().values()) == {0}


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
    eventually(lambda: daemon.said(role="reconciler") and ledger(cluster, "c0"), {})
    assert [cluster.names(f"c{number}") for number in range(3)] == [names] * 3
    assert daemon.worker_pids() == pids and set(daemon.restarts().values()) == {0}
