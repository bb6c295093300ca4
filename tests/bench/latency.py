# SPDX-License-Identifier: Apache-2.0
"""How soon a TLSRoute follows its Pool, beside a bare write of a TLSRoute until it is seen.

The same program writes both, one at a time and with a pause between them, and the same watch sees
both. Chained, a Pool is changed without a pause as soon as the TLSRoute of the one before has
followed. A Pool is written when the API server has answered or when a watch has shown it, whichever
comes first.

What is written bare is in a namespace of its own, which tlsrouted does not serve. There, too, a Pool
is changed before each TLSRoute: the API server collects its garbage as often as with tlsrouted, and
the slowest changes are those which that meets."""

import itertools
import time

from cluster import BenchError, Cluster
from load import MERGE, Request, merge, patch, post
from objects import (FIELD_MANAGER, collection, hostname, name, pool, pool_change, route, route_change,
                     service)
from others import Others
from pairs import compare_times
from report import progress
from watch import Watch

SINGLE_CHANGES = 100  # of each block
PAUSE = 0.03  # seconds: one is over before the next begins
BARE = "bench-bare"
_blocks = itertools.count(1)  # names and hostnames are never used twice


class Latency:
    def __init__(self, cluster: Cluster, routes: Watch, token: str, other_token: str,
                 seconds: float):
        """Token: tlsrouted's for TLSRoutes. Other token: of who writes the Pools. Seconds: the
        deadline of each block."""
        self._cluster = cluster
        self._routes = routes
        self._pools = cluster.watch(collection("", "pools"))
        self._token = token
        self._other_token = other_token
        self._seconds = seconds
        self._block = 0

    def measure(self, namespace: str, pairs: int) -> dict:
        """Of Pools of that namespace, which has SINGLE_CHANGES of them at least; tlsrouted, which
        runs, does not serve BARE."""
        progress(f"{SINGLE_CHANGES} single changes, {pairs} times")
        self._begin_bare()
        others = Others()
        own: dict[str, list] = {"post": [], "patch": [], "chain": []}
        bare: dict[str, list] = {"post": [], "patch": []}
        for _ in range(pairs):
            self._block = next(_blocks)
            own["post"].append(self._create_pools(namespace))
            bare["post"].append(self._post_routes())
            own["patch"].append(self._change_pools(namespace))
            own["chain"].append(self._chain_pools(namespace))
            bare["patch"].append(self._change_routes())
        bare["chain"] = bare["patch"]
        return {**{key: compare_times(own[key], bare[key]) for key in own},
                "machine": others.share()}

    def own_changes(self, namespace: str, count: int) -> list[list[float]]:
        """So many blocks, of tlsrouted alone."""
        blocks = []
        for _ in range(count):
            self._block = next(_blocks)
            blocks.append(self._change_pools(namespace))
        return blocks

    def bare_changes(self, count: int) -> list[list[float]]:
        """So many blocks, while tlsrouted does not run: it may serve BARE, too."""
        self._begin_bare()
        blocks = []
        for _ in range(count):
            self._block = next(_blocks)
            self._post_routes()
            blocks.append(self._change_routes())
        for kind in ("tlsroutes", "pools"):
            self._cluster.delete_all(collection(BARE, kind), self._seconds)
        return blocks

    def beside(self, namespace: str) -> list[float]:
        """One block, of tlsrouted alone and without waiting for rest before."""
        self._block = next(_blocks)
        return self._change_pools(namespace, settle=False)

    def close(self) -> None:
        self._pools.close()

    def _begin_bare(self) -> None:
        status, _ = self._cluster.request("POST", "/api/v1/namespaces",
                                          {"metadata": {"name": BARE}})
        if status not in (201, 409):
            raise BenchError(f"namespace {BARE}: {status}")

    # Of tlsrouted

    def _change_pools(self, namespace: str, settle: bool = True) -> list[float]:
        hosts = self._hosts("changed")
        pools = collection(namespace, "pools")
        return self._follow("MODIFIED", hosts, [
            merge(f"{pools}/{name(i)}", pool_change(host))
            for i, host in enumerate(hosts)], settle)

    def _create_pools(self, namespace: str) -> list[float]:
        """Their Services are there before."""
        hosts = self._hosts("created")
        self._cluster.create_all(collection(namespace, "services"), [
            service(self._new_name(i)) for i in range(SINGLE_CHANGES)], self._seconds)
        return self._follow("ADDED", hosts, [
            post(collection(namespace, "pools"), pool(self._new_name(i), host))
            for i, host in enumerate(hosts)])

    def _chain_pools(self, namespace: str) -> list[float]:
        self._cluster.settle(self._seconds)
        return [self._change_pool(f"{collection(namespace, 'pools')}/{name(i)}", host)
                for i, host in enumerate(self._hosts("chained"))]

    def _change_pool(self, path: str, host: str) -> float:
        self._forget()
        self._cluster.must("PATCH", path, pool_change(host),
                           content_type=MERGE, token=self._other_token)
        answered = time.monotonic()
        seen, written = (watch.wait_event("MODIFIED", f'"{host}"', self._seconds)
                         for watch in (self._routes, self._pools))
        return seen - min(answered, written)

    def _follow(self, kind: str, hosts: list[str], requests: list[Request],
                settle: bool = True) -> list[float]:
        self._forget()
        sent = self._send(requests, self._other_token, PAUSE, settle)
        routes = self._routes.wait_texts(kind, hosts, self._seconds)
        pools = self._pools.wait_texts(kind, hosts, self._seconds)
        return [seen - min(answered, written) for seen, written, (_, answered)
                in zip(routes, pools, sent)]

    # Bare

    def _post_routes(self) -> list[float]:
        hosts = self._hosts("bare")
        pools = collection(BARE, "pools")
        self._cluster.create_all(pools, [pool(self._new_name(i), host, enabled=False)
                                         for i, host in enumerate(hosts)], self._seconds)
        self._owners = [self._cluster.must("GET", f"{pools}/{self._new_name(i)}")
                        for i in range(SINGLE_CHANGES)]
        return self._write_bare("ADDED", hosts, [
            post(f"{collection(BARE, 'tlsroutes')}?{FIELD_MANAGER}", route(owner))
            for owner in self._owners])

    def _change_routes(self) -> list[float]:
        """Those of the last _post_routes()."""
        hosts = self._hosts("bare-changed")
        paths = [f"{collection(BARE, 'tlsroutes')}/{owner['metadata']['name']}"
                 for owner in self._owners]
        return self._write_bare("MODIFIED", hosts, [
            patch(f"{path}?{FIELD_MANAGER}",
                  route_change(self._cluster.must("GET", path), owner, host))
            for path, owner, host in zip(paths, self._owners, hosts)])

    def _write_bare(self, kind: str, hosts: list[str], requests: list[Request]) -> list[float]:
        pools = [merge(f"{collection(BARE, 'pools')}/{owner['metadata']['name']}",
                       pool_change(host))
                 for owner, host in zip(self._owners, hosts)]
        self._forget()
        sent = self._send([each for pair in zip(pools, requests) for each in pair],
                          self._other_token, PAUSE / 2, other_token=self._token)[1::2]
        return [seen - begun for seen, (begun, _) in zip(
            self._routes.wait_texts(kind, hosts, self._seconds), sent)]

    # Both

    def _send(self, requests: list[Request], token: str, pause: float, settle: bool = True,
              other_token: str = "") -> list[tuple[float, float]]:
        if settle:
            self._cluster.settle(self._seconds)
        return self._cluster.loader.send(requests, token, self._seconds, 1, pause,
                                         other_token).times

    def _forget(self) -> None:
        self._routes.forget()
        self._pools.forget()

    def _new_name(self, i: int) -> str:
        return f"new-{self._block}-{name(i)}"

    def _hosts(self, what: str) -> list[str]:
        return [hostname(i, f"{what}-{self._block}") for i in range(SINGLE_CHANGES)]
