# SPDX-License-Identifier: Apache-2.0
"""Killed, started again with three differences, and timed until all three are right; beside the least
that it can cost: a list of each kind, and three writes."""

import time

from bench import Costs
from cluster import Cluster, account
from daemon import Daemon
from load import get, merge, patch, post
from objects import (FIELD_MANAGER, READ_KINDS, collection, hostname, name, pool, pool_change, route,
                     route_change, service)
from others import Others
from watch import Watch


class Differences:
    """In a namespace of the objects that tlsrouted serves; its first three Pools are used."""

    def __init__(self, cluster: Cluster, routes: Watch, namespace: str, seconds: float):
        self._cluster = cluster
        self._routes = routes
        self._namespace = namespace
        self._seconds = seconds
        self._turn = 0

    def restart(self, daemon: Daemon) -> dict:
        """Daemon: it runs, and all is right."""
        others = Others()
        daemon.kill()
        hosts = self._make()
        self._cluster.settle(self._seconds)
        self._routes.forget()
        costs = Costs(self._cluster, daemon)
        begin = daemon.start()
        times = self._until_right(hosts)
        figures = {"seconds": round(times - begin, 3), **costs.figures(),
                   "machine": others.share()}
        daemon.wait_healthy()
        return {**figures, "healthy_seconds": round(time.monotonic() - begin, 3)}

    def _make(self) -> list[str]:
        """A Pool has another hostname, a TLSRoute is gone, another has been edited. Returns the
        hostnames that the TLSRoutes will have."""
        self._turn += 1
        hosts = [hostname(i, f"turn-{self._turn}") for i in range(3)]
        pools, routes = (collection(self._namespace, kind) for kind in ("pools", "tlsroutes"))
        # Those of the second and third are what they were before: their Pools do not change.
        hosts[1:] = [self._cluster.must("GET", f"{pools}/{name(i)}")["spec"]["route"]["hostname"]
                     for i in (1, 2)]
        self._cluster.send_all([
            merge(f"{pools}/{name(0)}", pool_change(hosts[0])),
            merge(f"{routes}/{name(2)}", {"spec": {"hostnames": ["edited.example.com"]}})],
            self._seconds)
        self._cluster.must("DELETE", f"{routes}/{name(1)}")
        return hosts

    def _until_right(self, hosts: list[str]) -> float:
        changed = self._routes.wait_texts("MODIFIED", [hosts[0], hosts[2]], self._seconds)
        return max(*changed, *self._routes.wait_texts("ADDED", [hosts[1]], self._seconds))

    def floor(self, namespaces: list[str]) -> dict:
        """While tlsrouted does not run. Namespaces: those that it lists by name, [""] if it lists
        all; and then the three writes."""
        hosts = self._make()
        pools = collection(self._namespace, "pools")
        routes = collection(self._namespace, "tlsroutes")
        owners = [self._cluster.must("GET", f"{pools}/{name(i)}") for i in range(3)]
        written = {i: self._cluster.must("GET", f"{routes}/{name(i)}") for i in (0, 2)}
        self._cluster.settle(self._seconds)
        self._routes.forget()
        others, loader = Others(), self._cluster.loader
        lists = loader.send([get(collection(each, kind)) for each in namespaces for kind in READ_KINDS],
                            self._cluster.token_of(account("watcher")), self._seconds, 100)
        writes = loader.send([
            *(patch(f"{routes}/{name(i)}?{FIELD_MANAGER}",
                    route_change(written[i], owners[i], hosts[i])) for i in (0, 2)),
            post(f"{routes}?{FIELD_MANAGER}", route(owners[1]))],
            self._cluster.token_of(account("reconciler")), self._seconds, 100)
        self._until_right(hosts)
        return {"seconds": round(lists.seconds + writes.seconds, 3),
                "lists_seconds": round(lists.seconds, 3), "requests": len(lists.times) + 3,
                "wire": lists.wire, "cpu_seconds": round(lists.cpu_seconds + writes.cpu_seconds, 3),
                "streams_max": lists.streams_max, "machine": others.share()}


def fill(cluster: Cluster, namespace: str, count: int, seconds: float) -> None:
    """Pools with their Services."""
    for kind, manifests in (
            ("pools", [pool(name(i), hostname(i, namespace)) for i in range(count)]),
            ("services", [service(name(i)) for i in range(count)])):
        cluster.create_all(collection(namespace, kind), manifests, seconds)
