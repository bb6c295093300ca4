#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast tlsrouted writes the TLSRoutes of N Pools, alone and with their Services, and how soon one
follows its Pool, each beside what the API server can do at all.

The baseline sends the requests that tlsrouted sends, with the same account, under the same admission
policies, for the same Pools, and the same watch sees what both have written. They take turns, on an
API server that holds the same objects each time; and so does a bare client of libcurl, the library by
which tlsrouted sends them. tlsrouted is a standby before, that has read everything: what its start
costs is not compared."""

import sys
from dataclasses import dataclass

from bench import (Bench, Costs, arguments, comparison_rows, conduct, cost_rows, heading, time_rows,
                   until_last_row)
from cluster import BENCH, BenchError, account
from daemon import Daemon
from latency import SINGLE_CHANGES, Latency
from load import Request, post
from objects import (FIELD_MANAGER, collection, essence, hostname, name, owned_service, pool, route,
                     service)
from pairs import interleave
from performance import LATENCIES
from policies import policy_costs


@dataclass(frozen=True)
class Way:
    """Who makes the Services: they are there, or tlsrouted creates each before its TLSRoute."""

    services: str  # as in tlsrouted.yaml

    @property
    def namespace(self) -> str:
        return f"bench-{self.services}"

    @property
    def kinds(self) -> dict:
        """What tlsrouted writes: the body for a Pool, by kind, in its order."""
        return {"tlsroutes": route} if self.services == "never" else \
            {"services": owned_service, "tlsroutes": route}


class Routes(Bench):
    NAME = "routes"

    def run(self) -> dict:
        self._start_cluster()
        self._watches = {kind: self._cluster.watch(collection("", kind))
                         for kind in ("tlsroutes", "services")}
        self._token = self._cluster.token_of(account("reconciler"))
        figures = self._heading()
        for services in ("never", "auto"):
            if self._options.services in (services, "both"):
                figures[services] = self._rates(Way(services))
                if services == "never" and not self._options.only_rates:
                    figures["policy"] = self._policy(Way(services),
                                                     figures[services]["streams"])
                    figures["latency"] = self._latency(Way(services))
                self._remove(Way(services))
        return figures

    def _rates(self, way: Way) -> dict:
        """Of Pools a second whose objects are all there."""
        self._prepare(way.namespace)
        self._create(way.namespace, "pools", [pool(name(i), hostname(i, way.namespace))
                                              for i in range(self._count)])
        if way.services == "never":
            self._create(way.namespace, "services", [service(name(i))
                                                     for i in range(self._count)])
        self._pools = self._owners(way.namespace)
        with self._daemon(way.namespace, way.services, has_lease=True) as daemon:
            self._compare_once(way, daemon)
            return interleave(" and ".join(way.kinds), lambda streams: self._raw(way, streams),
                              lambda: self._ours(way, daemon), self._pairs,
                              floor=lambda: self._floor(way))

    def _compare_once(self, way: Way, daemon: Daemon) -> None:
        """Both warm up, and write the same."""
        self._raw(way, 32, clean=False)
        raw = self._written(way)
        self._clean(way)
        self._ours(way, daemon, clean=False)
        own = self._written(way)
        self._clean(way)
        differing = [key for key in raw if raw[key] != own.get(key)]
        if differing or len(raw) != len(own):
            raise BenchError(f"the baseline does not write what tlsrouted writes: {differing[:1]}: "
                             f"{raw[differing[0]] if differing else ''} instead of "
                             f"{own.get(differing[0]) if differing else ''}")

    def _written(self, way: Way) -> dict:
        return {(kind, item["metadata"]["name"]): essence(item)
                for kind in way.kinds
                for item in self._cluster.must("GET", collection(way.namespace, kind))["items"]}

    def _requests(self, way: Way) -> list[Request]:
        return [post(f"{collection(way.namespace, kind)}?{FIELD_MANAGER}", body(owner))
                for owner in self._pools for kind, body in way.kinds.items()]

    def _floor(self, way: Way) -> dict:
        """With libcurl, and as many watches as tlsrouted's."""
        self._forget()
        self._rest_as_long()
        figures = self._bare(way.namespace, self._requests(way), self._token,
                             lambda _: self._seen(way))
        self._clean(way)
        return figures

    def _raw(self, way: Way, streams: int, clean: bool = True) -> dict:
        requests = self._requests(way)
        self._forget()
        self._rest_as_long()
        costs = Costs(self._cluster)
        sent = self._cluster.loader.send(requests, self._token, self._deadline, streams)
        figures = {**self._seen(way), **costs.figures(), "wire": sent.wire,
                   "cpu_seconds": sent.cpu_seconds, "switches": sent.switches}
        if clean:
            self._clean(way)
        return figures

    def _ours(self, way: Way, daemon: Daemon, clean: bool = True) -> dict:
        """It knows all Pools when it gets the Lease: nobody else uses the API server."""
        lease = self._start_standby(daemon)
        self._forget()
        costs = Costs(self._cluster, daemon)
        begin = lease.release()
        figures = self._seen(way)
        since_release = figures.pop("last") - begin
        self._lead = since_release - figures["seconds"]
        figures |= {"since_release_seconds": round(since_release, 3), **costs.figures()}
        daemon.stop()
        if clean:
            self._clean(way)
        return figures

    def _seen(self, way: Way) -> dict:
        """From the first object to the last one, as the watches see them."""
        times = [at for kind in way.kinds for at in self._watches[kind].wait_count(
            "ADDED", way.namespace, self._count, self._deadline)]
        seconds = max(times) - min(times)
        return {"rate": (self._count - 1) / seconds, "seconds": round(seconds, 3),
                "last": max(times)}

    def _forget(self) -> None:
        for watch in self._watches.values():
            watch.forget()

    def _clean(self, way: Way) -> None:
        for kind in way.kinds:
            self._cluster.delete_all(collection(way.namespace, kind), self._deadline)
        self._cluster.settle(self._deadline)

    def _remove(self, way: Way) -> None:
        for kind in ("tlsroutes", "services", "pools"):
            self._cluster.delete_all(collection(way.namespace, kind), self._deadline)
        self._cluster.settle(self._deadline)

    def _policy(self, way: Way, streams: int) -> dict:
        return policy_costs(self._cluster, lambda count: self._raw(way, count), streams,
                            self._pairs)

    def _latency(self, way: Way) -> dict:
        """With all TLSRoutes there."""
        with self._daemon(way.namespace, way.services) as daemon:
            self._forget()
            daemon.start()
            self._watches["tlsroutes"].wait_count("ADDED", way.namespace, self._count,
                                                  self._deadline)
            daemon.wait_healthy()
            self._accept_routes(way.namespace, [name(i) for i in range(self._count)])
            daemon.wait_idle(self._deadline)
            self._cluster.settle(self._deadline)
            latency = Latency(self._cluster, self._watches["tlsroutes"], self._token,
                              self._cluster.token_of(BENCH), self._deadline)
            found = latency.measure(way.namespace, self._pairs)
            latency.close()
            return found


# The table

def table(figures: dict) -> list[tuple[str, str]]:
    rows = [heading(figures, "Pools")]
    for key, title in (("never", "Pools first, then the Lease for tlsrouted: TLSRoutes"),
                       ("auto", "Pools first, then the Lease for tlsrouted: Services and TLSRoutes")):
        if key in figures:
            rows += comparison_rows(title, figures[key], "Pools/s")
            last = figures[key]["own"][-1]
            rows.append(until_last_row(last))
            rows += cost_rows(last)
    if "policy" in figures:
        rows.append(("what the admission policies cost", f"{figures['policy']['ratio']:.2f} of the "
                     f"rate without  (pairs: {figures['policy']['spread'][0]:.2f} to "
                     f"{figures['policy']['spread'][1]:.2f})"))
    for key, title in LATENCIES:
        if "latency" in figures:
            rows += time_rows(title, figures["latency"][key])
    return rows


def main() -> int:
    parser = arguments(Routes, __doc__, "Pools")
    parser.add_argument("--services", choices=["never", "auto", "both"], default="both",
                        help="never: the Services exist, and a TLSRoute is all that a Pool costs; "
                        "auto: tlsrouted creates them too (default: both)")
    parser.add_argument("--only-rates", action="store_true",
                        help="leave out the policies and the single changes")
    options = parser.parse_args()
    if options.count < SINGLE_CHANGES:
        parser.error(f"N has to be {SINGLE_CHANGES} at least")
    return conduct(Routes, options, table)


if __name__ == "__main__":
    sys.exit(main())
