# SPDX-License-Identifier: Apache-2.0
"""Changes of Servers and Pools that are none of tlsrouted's business: status, labels, annotations."""

import itertools

from cluster import Cluster
from load import Request, merge, post
from objects import collection, header, name

CHURNED = 10  # Servers, and Pools, that change in every turn
POOLS_OF_SERVER = 100


class Churn:
    def __init__(self, cluster: Cluster, namespace: str, count: int):
        """Count: the Pools of that namespace."""
        self._cluster = cluster
        self._servers = collection(namespace, "servers")
        self._pools = collection(namespace, "pools")
        self._pools_of_server = min(POOLS_OF_SERVER, count // CHURNED)
        self._turns = itertools.count(1)

    def prepare(self, seconds: float) -> None:
        self._cluster.send_all([post(self._servers, self._server(i)) for i in range(CHURNED)],
                               seconds)

    def _server(self, i: int) -> dict:
        first = i * self._pools_of_server
        return {**header("openvox.voxpupuli.org/v1alpha1", "Server", f"server-{i}"),
                "spec": {"configRef": "bench", "certificateRef": f"certificate-{i}",
                         "poolRefs": [name(first + j) for j in range(self._pools_of_server)]}}

    def next_turns(self, count: int) -> list[Request]:
        """Each changes everything once."""
        return [request for turn in itertools.islice(self._turns, count)
                for request in self._changes(turn)]

    def _changes(self, turn: int) -> list[Request]:
        metadata = {"metadata": {"labels": {"example.com/turn": str(turn)},
                                 "annotations": {"example.com/turn": str(turn)}}}
        return [request for i in range(CHURNED) for request in (
            merge(f"{self._servers}/server-{i}/status", {"status": {"turn": turn}}),
            merge(f"{self._servers}/server-{i}", metadata),
            merge(f"{self._pools}/{name(i)}/status", {"status": {"endpoints": turn}}),
            merge(f"{self._pools}/{name(i)}", metadata))]
