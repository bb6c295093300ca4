# SPDX-License-Identifier: Apache-2.0
"""What tests look at in Certificates: the ledger, what the certpatcher counts, who wrote."""

import json
import re

from waiting import eventually

LEDGER = "openvox.voxpupuli.org/tlsrouted-injected"
PAUSED = "openvox.voxpupuli.org/paused"
_COUNTS = re.compile(r"^(\d+) names added, (\d+) withdrawn, (\d+) waiting for withdrawal; "
                     r"(\d+) requests already satisfied, (\d+) refused, (\d+) failed; "
                     r"(\d+) pending$")


def ledger_of(certificate: dict) -> dict[str, list[str]]:
    try:
        return json.loads(certificate["metadata"].get("annotations", {}).get(LEDGER, "{}"))
    except ValueError:
        return {"broken": []}


def ledger(cluster, name: str) -> dict[str, list[str]]:
    return ledger_of(cluster.get("Certificate", name))


def state(cluster, name: str) -> tuple[list[str], dict[str, list[str]]]:
    """Names and ledger, of one moment."""
    certificate = cluster.get("Certificate", name)
    return certificate["spec"].get("dnsAltNames"), ledger_of(certificate)


def counts(daemon) -> dict[str, int]:
    """What the certpatcher says of itself."""
    summary = daemon.workers().get("certpatcher", {}).get("summary", "")
    found = _COUNTS.match(summary)
    keys = ("added", "withdrawn", "waiting", "satisfied", "refused", "failed", "pending")
    return dict(zip(keys, map(int, found.groups()))) if found else dict.fromkeys(keys, -1)


def wait_for(daemon, **wanted: int) -> None:
    eventually(lambda: {key: counts(daemon)[key] for key in wanted}, wanted)


def patches(cluster) -> int:
    return len(cluster.writes("certificates"))


def witness(cluster, name: str = "witness") -> None:
    """Returns when a Pool that is made now has had its name injected: what came earlier has been
    looked at by then."""
    cluster.certificate(name)
    cluster.server(name, name, [name])
    cluster.pool(name, inject=True)
    eventually(lambda: cluster.names(name), [f"{name}.example.com"])


def events_on(cluster, certificate: str, reason: str) -> list[dict]:
    return [event for event in cluster.events()
            if event["regarding"].get("kind") == "Certificate"
            and event["regarding"].get("name") == certificate and event["reason"] == reason]
