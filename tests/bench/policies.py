# SPDX-License-Identifier: Apache-2.0
"""What the admission policies cost: the same requests with them and without."""

from typing import Callable

from cluster import Cluster
from pairs import interleave


def policy_costs(cluster: Cluster, raw: Callable[[], dict], pairs: int) -> dict:
    """Of the rate with them, beside that without. They are bound before and after."""
    def without(_: int) -> dict:
        cluster.set_policies(False)
        try:
            return raw()
        finally:
            cluster.set_policies(True)

    return interleave("under the admission policies", without, raw, pairs, (1,))
