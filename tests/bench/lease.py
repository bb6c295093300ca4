# SPDX-License-Identifier: Apache-2.0
"""tlsrouted's Lease, held by the bench: meanwhile tlsrouted is a standby, in sync and ready to write."""

import time

from cluster import Cluster, NAMESPACE
from load import MERGE

LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
NAME = "tlsrouted"
HELD_SECONDS = 3600  # after which it would be taken


class Lease:
    def __init__(self, cluster: Cluster):
        self._cluster = cluster

    def hold(self) -> None:
        self._cluster.apply([{
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": {"holderIdentity": "bench", "leaseDurationSeconds": HELD_SECONDS}}])

    def release(self) -> float:
        """As one that ends in order. Returns the time of it, as time.monotonic()."""
        self._cluster.must("PATCH", f"{LEASES}/{NAME}", {"spec": {"holderIdentity": None}},
                           content_type=MERGE)
        return time.monotonic()
