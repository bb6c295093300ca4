#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What happens with N Pools, and N/5 Servers and Certificates, in up to 500 namespaces: when tlsrouted
serves all namespaces, and when 3 of 5 are listed by name.

Everything is measured at two sizes, N/5 and N, and the slope between them is printed: what one Pool
more costs."""

import sys
import time
from pathlib import Path

from bench import Bench, arguments, by_process, conduct, heading
from cluster import BENCH, account
from daemon import Daemon
from differences import Differences, fill
from latency import SINGLE_CHANGES, Latency
from load import post
from objects import certificate, collection, hostname, name, pool, server, service
from others import Others
from pairs import compare_times, percentile, slope
from report import progress

SMALL = 5  # the part that the smaller size is
OTHERS = 5  # Pools for each Server and Certificate
NAMESPACES, POOLS_OF_NAMESPACE = 500, 200  # not more of them, and not fewer
LISTED = 0.6  # of the namespaces
ONE, TWO = "one", "two"  # Gateways: each has half of the Pools
CHANGES, DIFFERENCES = "scale-changes", "scale-differences"  # namespaces of a few Pools for those
FEW_STREAMS = 100  # on a connection, where the API server is told so
SLOPES = {"start_seconds": ("start-up", "µs", 1e6), "pss_bytes": ("memory", "bytes", 1),
          "restart_seconds": ("restart", "µs", 1e6), "gateway_seconds": ("Gateway change", "µs", 1e6),
          "resync_seconds": ("resync", "µs", 1e6)}


class Scale(Bench):
    NAME = "scale"

    def run(self) -> dict:
        self._start_cluster()
        self._routes = self._cluster.watch(collection("", "tlsroutes"))
        self._namespaces = [f"scale-{i:03}" for i in range(
            max(2, min(NAMESPACES, self._count // POOLS_OF_NAMESPACE)))]
        self._listed = self._namespaces[:max(1, round(LISTED * len(self._namespaces)))]
        self._make_namespaces()
        figures = {**self._heading(), "namespaces": len(self._namespaces),
                   "listed": len(self._listed), "with_services": self._options.with_services}
        sizes = (self._count // SMALL, self._count)
        figures["sizes"] = list(sizes)
        for key, first, count in (("small", 0, sizes[0]), ("full", *sizes)):
            self._grow(first, count)
            figures[key] = {"initial": self._write_all(key, count - first)}
            for mode in ("all", "listed"):
                figures[key][mode] = self._measure(key, mode)
        figures["slopes"] = {mode: slopes(sizes, figures["small"][mode], figures["full"][mode])
                             for mode in ("all", "listed")}
        figures["streams"] = self._few_streams()
        return figures

    # Objects

    def _make_namespaces(self) -> None:
        for each in self._namespaces:
            self._cluster.namespace(each)
        for each, count in ((CHANGES, SINGLE_CHANGES), (DIFFERENCES, 3)):
            self._prepare(each)
            fill(self._cluster, each, count, self._deadline)
        for each in (ONE, TWO):
            self._cluster.must("POST", collection(self._namespaces[0], "gateways"),
                               shared_gateway(each, 1))

    def _grow(self, first: int, count: int) -> None:
        progress(f"{count} Pools in {len(self._namespaces)} namespaces")
        numbers = range(first, count)
        others = range(first // OTHERS, count // OTHERS)
        made = [("pools", numbers, self._pool), ("servers", others, lambda i: server(name(i))),
                ("certificates", others, lambda i: certificate(name(i)))]
        if self._options.with_services:
            made.append(("services", numbers, lambda i: service(name(i))))
        for kind, which, manifest in made:
            seconds = self._cluster.send_all(
                [post(collection(self._namespace_of(i), kind), manifest(i)) for i in which],
                self._deadline)
            progress(f"{len(which)} {kind} created in {seconds:.1f} s")

    def _pool(self, i: int) -> dict:
        manifest = pool(name(i), hostname(i, "scale"))
        manifest["spec"]["route"]["gatewayRef"] = {
            "name": TWO if i // len(self._namespaces) % 2 else ONE,
            "namespace": self._namespaces[0], "sectionName": "tls"}
        return manifest

    def _namespace_of(self, i: int) -> str:
        return self._namespaces[i % len(self._namespaces)]

    def _write_all(self, key: str, count: int) -> dict:
        """tlsrouted writes the TLSRoutes that are not there yet."""
        self._routes.forget()
        with self._scale_daemon(f"initial-{key}", "all") as daemon:
            begin = daemon.start()
            seconds = self._routes.wait_count("ADDED", "", count, self._deadline)[-1] - begin
            daemon.wait_healthy()
            pss = daemon.usage().pss_kb
        progress(f"{count} TLSRoutes written in {seconds:.1f} s")
        return {"routes": count, "seconds": round(seconds, 2), "rate": round(count / seconds, 1),
                "pss_kb": pss}

    # Measurements

    def _scale_daemon(self, label: str, mode: str) -> Daemon:
        served = [] if mode == "all" else [*self._listed, CHANGES, DIFFERENCES]
        return Daemon(self._cluster, self._options.prefix, Path(self._folder / f"daemon-{label}"),
                      self._sockets, served, "never")

    def _measure(self, key: str, mode: str) -> dict:
        progress(f"{key}, {mode} namespaces")
        differences = Differences(self._cluster, self._routes, DIFFERENCES, self._deadline)
        latency = Latency(self._cluster, self._routes, self._cluster.token_of(account("reconciler")),
                          self._cluster.token_of(BENCH), self._deadline)
        self._cluster.settle(self._deadline)
        others = Others()
        with self._scale_daemon(f"{key}-{mode}", mode) as daemon:
            figures = {"start": self._start(daemon)}
            own = latency.own_changes(CHANGES, self._pairs)
            figures |= {"gateway": self._change_gateway(daemon, latency),
                        "restart": differences.restart(daemon)}
            daemon.wait_idle(self._deadline)
            figures["resync"] = self._resync(daemon)
        figures["change"] = compare_times(own, latency.bare_changes(self._pairs))
        figures["floor"] = differences.floor([""] if mode == "all" else self._listed)
        latency.close()
        return {**figures, "machine": others.share()}

    def _start(self, daemon: Daemon) -> dict:
        mark = self._cluster.audit_mark()
        begin = daemon.start()
        daemon.wait_healthy()
        seconds = time.monotonic() - begin
        daemon.wait_idle(self._deadline)
        usage = daemon.usage()
        return {"seconds": round(seconds, 3), **usage.since(), "pss_kb": usage.pss_kb,
                "wire": daemon.wire(), **self._requests(mark)}

    def _change_gateway(self, daemon: Daemon, latency: Latency) -> dict:
        """One that half of the Pools refer to, twice: alone, and with single changes of Pools right
        after it."""
        daemon.wait_idle(self._deadline)
        mark, before, begin = self._cluster.audit_mark(), daemon.usage(), time.monotonic()
        self._turn_listener()
        seconds = daemon.wait_idle(self._deadline) - begin
        used, requests = daemon.usage().since(before), self._requests(mark)
        self._turn_listener()
        beside = latency.beside(CHANGES)
        daemon.wait_idle(self._deadline)
        return {"seconds": round(seconds, 3), **used, **requests,
                "beside_ms": {key: round(1000 * percentile(beside, share), 2)
                              for key, share in (("p50", 0.5), ("p99", 0.99))}}

    def _turn_listener(self) -> None:
        """The second one comes or goes."""
        path = f"{collection(self._namespaces[0], 'gateways')}/{ONE}"
        listeners = len(self._cluster.must("GET", path)["spec"]["listeners"])
        self._cluster.must("PATCH", path, {"spec": shared_gateway(ONE, 3 - listeners)["spec"]},
                           content_type="application/merge-patch+json")

    def _resync(self, daemon: Daemon) -> dict:
        mark, before, begin = self._cluster.audit_mark(), daemon.usage(), time.monotonic()
        daemon.ctl("resync")
        seconds = daemon.wait_idle(self._deadline) - begin
        usage = daemon.usage()
        return {"seconds": round(seconds, 3), **usage.since(before), "pss_kb": usage.pss_kb,
                **self._requests(mark)}

    def _requests(self, mark: int) -> dict:
        requests = self._cluster.requests_since(mark)
        return {"requests": {" ".join(key): count for key, count in sorted(requests.items())},
                "watches": sum(count for (verb, _), count in requests.items() if verb == "watch")}

    def _few_streams(self) -> dict:
        """The listed namespaces, with an API server that allows few streams on a connection."""
        self._routes.close()
        self._cluster.limit_streams(FEW_STREAMS)
        self._routes = self._cluster.watch(collection("", "tlsroutes"))
        with self._scale_daemon("few-streams", "listed") as daemon:
            start = self._start(daemon)
            latency = Latency(self._cluster, self._routes,
                              self._cluster.token_of(account("reconciler")),
                              self._cluster.token_of(BENCH), self._deadline)
            own = latency.own_changes(CHANGES, self._pairs)
        change = compare_times(own, latency.bare_changes(self._pairs))
        latency.close()
        return {"streams_max": FEW_STREAMS, "start": start, "change": change}


def shared_gateway(gateway_name: str, listeners: int) -> dict:
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
            "metadata": {"name": gateway_name},
            "spec": {"gatewayClassName": "bench", "listeners": [
                {"name": "tls" if i == 0 else f"tls-{i}", "protocol": "TLS", "port": 8140 + i,
                 "tls": {"mode": "Passthrough"}, "allowedRoutes": {"namespaces": {"from": "All"}}}
                for i in range(listeners)]}}


def slopes(sizes: tuple[int, int], small: dict, full: dict) -> dict[str, float]:
    """What one Pool more costs, by what it costs."""
    def values(figures: dict) -> dict[str, float]:
        return {"pss_bytes": 1024 * sum(figures["start"]["pss_kb"].values()),
                **{f"{key}_seconds": figures[key]["seconds"]
                   for key in ("start", "restart", "gateway", "resync")}}
    less, more = values(small), values(full)
    return {key: slope((sizes[0], less[key]), (sizes[1], more[key])) for key in more}


# The table

def table(figures: dict) -> list[tuple[str, str]]:
    rows = [heading(figures, "Pools")]
    for mode, title in (("all", f"all of {figures['namespaces']} namespaces"),
                        ("listed", f"{figures['listed']} namespaces by name")):
        for key, count in zip(("small", "full"), figures["sizes"]):
            rows += mode_rows(f"{count} Pools, {title}", figures[key][mode])
        rows.append((f"One Pool more, {title}", ""))
        rows += [(label, f"{factor * figures['slopes'][mode][key]:.1f} {unit}")
                 for key, (label, unit, factor) in SLOPES.items()]
    few = figures["streams"]
    return [*rows, (f"With {few['streams_max']} streams for a connection", ""),
            *stream_rows(few["start"]),
            ("Pool changed until TLSRoute changed", f"{few['change']['p50']['ms']:.1f} ms, 99 %: "
             f"{few['change']['p99']['ms']:.1f} ms")]


def mode_rows(title: str, found: dict) -> list[tuple[str, str]]:
    change, gateway = found["change"], found["gateway"]
    return [(title, ""),
            ("started until in sync", f"{found['start']['seconds']:.2f} s"),
            ("memory (PSS)", by_process({process: size / 1024 for process, size
                                         in found["start"]["pss_kb"].items()}, "{:.1f} MB")),
            ("Pool changed until TLSRoute changed", f"{change['p50']['ms']:.1f} ms, 99 %: "
             f"{change['p99']['ms']:.1f} ms  ({change['p50']['ratio']:.2f} of a bare PATCH)"),
            ("Gateway change for half of the Pools", f"{gateway['seconds']:.2f} s, CPU "
             f"{gateway['cpu_seconds']:.2f} s; a Pool changed meanwhile: "
             f"{gateway['beside_ms']['p50']:.1f} ms, 99 %: {gateway['beside_ms']['p99']:.1f} ms"),
            ("killed, until three differences are right", f"{found['restart']['seconds']:.2f} s "
             f"(lists and writes alone: {found['floor']['seconds']:.2f} s)"),
            ("resync", f"{found['resync']['seconds']:.2f} s, CPU "
             f"{found['resync']['cpu_seconds']:.2f} s"),
            *stream_rows(found["start"], found["floor"]["streams_max"])]


def stream_rows(start: dict, streams_max: int = 0) -> list[tuple[str, str]]:
    connections = sum(each["connections"] for each in start["wire"].values())
    limit = f", {streams_max} streams allowed on each" if streams_max else ""
    return [("watches", f"{start['watches']} on {connections} connections{limit}")]


def main() -> int:
    parser = arguments(Scale, __doc__, "Pools", 100000)
    parser.add_argument("--with-services", action="store_true",
                        help="each Pool has its Service; without, tlsrouted reports that, bit by bit")
    options = parser.parse_args()
    if options.count < 2 * SMALL:
        parser.error(f"N has to be {2 * SMALL} at least")
    return conduct(Scale, options, table)


if __name__ == "__main__":
    sys.exit(main())
