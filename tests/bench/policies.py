# SPDX-License-Identifier: Apache-2.0
"""What the admission policies cost: the same requests with them and without."""

from typing import Callable

from cluster import Cluster
from pairs import interleave


def policy_costs(cluster: Cluster, raw: Callable[[int], dict], streams: int, pairs: int) -> dict:
    """Of the rate with them, beside that without. They are bound before and after."""
    def without(count: int) -> dict:
        cluster.set_policies(False)
        try:
            return raw(count)
        finally:
            cluster.set_policies(True)

    return interleave("raw with the admission policies", without, lambda: raw(streams), pairs,
                      (streams,), "without")
