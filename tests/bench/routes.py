#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast and how frugally tlsrouted keeps N TLSRoutes, beside what the API server can do at all.

Everything is measured in one run on one lab, since only ratios of such figures mean anything. Each
phase has a namespace, and a daemon for that namespace, of its own."""

import sys
import time

from bench import Bench, arguments, conduct, cpu_row, server_cpu
from cluster import BenchError, Cluster, NAMESPACE, WRITES, account
from daemon import Daemon, Usage
from objects import OPENVOX, ROUTES, gateway, header, hostname, name, pool, route, service
from report import percentiles, progress

WARM_UP = 300
STREAMS = (100, 8)
STEADY_SECONDS = 30
CHURNED = 10  # Servers, and Pools, that change every second
POOLS_OF_SERVER = 100
SINGLE_CHANGES = 100
QUIET_SECONDS = 5
EVENTS = 20  # a second: what tlsrouted has to say is spread over time


class Routes(Bench):
    NAME = "routes"

    def run(self) -> dict:
        self._start_cluster()
        self._watch = self._cluster.watch(f"{ROUTES}/tlsroutes")
        self._token = self._cluster.token(NAMESPACE, account("reconciler"), 7200)
        figures = self._heading(**self._raw_versions())
        progress("warming up")
        self._raw_phase("warm-up", WARM_UP, STREAMS[0])
        raw = {streams: [self._raw(f"raw-{streams}-first", streams)] for streams in STREAMS}
        if self._options.services != "auto":
            figures["never"] = self._never_phase()
        if self._options.services != "never":
            figures["auto"] = self._auto_phase()
        # Once more at the end: the machine may have become slower or faster meanwhile.
        for streams in STREAMS:
            raw[streams].append(self._raw(f"raw-{streams}-last", streams))
        figures["raw"] = {str(streams): {"rates": rates, "rate": max(rates)}
                          for streams, rates in raw.items()}
        limit = figures["raw"][str(STREAMS[0])]["rate"]
        for phase in ("never", "auto"):
            for way in ("cold", "running"):
                timing = figures.get(phase, {}).get(way)
                if timing is not None:
                    timing["of_raw"] = round(timing["rate"] / limit, 3)
        self._watch.close()
        return figures

    # The raw limit

    def _raw(self, name: str, streams: int) -> float:
        rate = self._raw_phase(name, self._count, streams)
        progress(f"raw, {streams} streams: {rate:.0f} a second")
        return rate

    def _raw_phase(self, name: str, count: int, streams: int) -> float:
        namespace = f"bench-{name}"
        self._cluster.namespace(namespace)
        # What is created belongs to a Pool that exists, or the garbage collector removes it.
        owner = self._cluster.must("POST", self._pools(namespace), pool("raw", "", enabled=False))
        path = f"{self._routes(namespace)}?fieldManager=tlsrouted"
        return self._cluster.raw_posts(path, route(owner), count, streams, self._token,
                                       self._deadline)

    # The daemon

    def _never_phase(self) -> dict:
        """The Services exist: what is measured is TLSRoutes and nothing else."""
        namespace, other = "bench-never", "bench-never-running"
        self._prepare(namespace)
        with self._daemon(namespace, "never") as daemon:
            daemon.start()
            daemon.wait_healthy()
            time.sleep(QUIET_SECONDS)
            before = daemon.usage()
            daemon.stop()
            self._create_services(namespace)
            self._create_pools(namespace)
            phase = {"cold": self._cold(daemon, namespace)}
            if not self._options.only_rates:
                self._accept_routes(namespace)
                phase["quiet_after_seconds"] = self._wait_quiet()
                phase |= self._memory(before, daemon.usage())
                phase["steady"] = self._steady(daemon, "quiet", None)
                phase["steady_churn"] = self._steady(daemon, "with changes every second",
                                                     Churn(self._cluster, namespace, self._count))
                phase["latency"] = self._latency(namespace)
        self._prepare(other)
        self._create_services(other)
        with self._daemon(other, "never") as daemon:
            phase["running"] = self._running(daemon, other)
        return phase

    def _auto_phase(self) -> dict:
        """tlsrouted creates the Services too, as many requests again."""
        namespace = "bench-auto"
        self._prepare(namespace)
        self._create_pools(namespace)
        with self._daemon(namespace, "auto") as daemon:
            return {"cold": self._cold(daemon, namespace)}

    def _prepare(self, namespace: str) -> None:
        self._cluster.namespace(namespace)
        self._cluster.must("POST", f"{ROUTES}/namespaces/{namespace}/gateways", gateway())

    def _create_services(self, namespace: str) -> None:
        seconds = self._cluster.create_all(
            f"/api/v1/namespaces/{namespace}/services",
            [service(name(i)) for i in range(self._count)], self._deadline)
        progress(f"{self._count} Services created in {seconds:.1f} s")

    def _create_pools(self, namespace: str) -> float:
        seconds = self._cluster.create_all(
            self._pools(namespace),
            [pool(name(i), hostname(i, namespace)) for i in range(self._count)], self._deadline)
        progress(f"{self._count} Pools created in {seconds:.1f} s")
        return seconds

    def _cold(self, daemon: Daemon, namespace: str) -> dict:
        """All Pools are there when the daemon starts: nobody else uses the API server."""
        with Accounts(self._cluster) as accounts:
            begin = daemon.start()
            times = self._watch.wait_count("ADDED", namespace, self._count, self._deadline)
            usage = daemon.usage()
        progress(f"{namespace}: all TLSRoutes {times[-1] - begin:.2f} s after the start")
        return {"seconds": round(times[-1] - begin, 3),
                "first_after_seconds": round(times[0] - begin, 3),
                "rate": round((self._count - 1) / (times[-1] - times[0]), 1),
                **usage.since(), **accounts.figures(self._count)}

    def _running(self, daemon: Daemon, namespace: str) -> dict:
        """The Pools come while the daemon runs: it shares the API server with who creates them."""
        daemon.start()
        daemon.wait_healthy()
        before = daemon.usage()
        with Accounts(self._cluster) as accounts:
            begin = time.monotonic()
            created = self._create_pools(namespace)
            times = self._watch.wait_count("ADDED", namespace, self._count, self._deadline)
            usage = daemon.usage()
        progress(f"{namespace}: all TLSRoutes {times[-1] - begin - created:.2f} s after the last "
                 "Pool")
        return {"seconds": round(times[-1] - begin, 3), "pools_seconds": round(created, 3),
                "lag_seconds": round(times[-1] - begin - created, 3),
                "rate": round((self._count - 1) / (times[-1] - times[0]), 1),
                **usage.since(before), **accounts.figures(self._count)}

    def _wait_quiet(self) -> float:
        """Until tlsrouted has said all that it had to say. Returns the seconds that took."""
        begin = time.monotonic()
        deadline = begin + self._deadline + self._count / EVENTS
        while True:
            mark = self._cluster.audit_mark()
            time.sleep(QUIET_SECONDS)
            if not self._cluster.requests_since(mark):
                return round(time.monotonic() - begin - QUIET_SECONDS, 1)
            if time.monotonic() > deadline:
                raise BenchError("tlsrouted goes on sending requests: "
                                 f"{dict(self._cluster.requests_since(mark))}")

    def _memory(self, before: Usage, after: Usage) -> dict:
        return {"pss_before_kb": before.pss_kb, "pss_after_kb": after.pss_kb,
                "pss_before_sum_kb": before.pss_sum_kb, "pss_after_sum_kb": after.pss_sum_kb,
                "pss_per_pool_bytes": round(1024 * (after.pss_sum_kb - before.pss_sum_kb)
                                            / self._count)}

    def _steady(self, daemon: Daemon, how: str, churn: "Churn | None") -> dict:
        progress(f"steady state, {how}: {STEADY_SECONDS} s")
        if churn is not None:
            churn.prepare()
            self._wait_quiet()
        changes = 0
        mark, before = self._cluster.audit_mark(), daemon.usage()
        begin = time.monotonic()
        for second in range(1, STEADY_SECONDS + 1):
            if churn is not None:
                changes += churn.change(second)
            time.sleep(max(0.0, begin + second - time.monotonic()))
        after, requests = daemon.usage(), self._cluster.requests_since(mark)
        return {"seconds": round(time.monotonic() - begin, 1), "changes": changes,
                "writes": sum(n for (verb, _), n in requests.items() if verb in WRITES),
                "reads": sum(n for (verb, _), n in requests.items()
                             if verb not in WRITES and verb != "watch"),
                "watches": sum(n for (verb, _), n in requests.items() if verb == "watch"),
                "requests": {" ".join(key): n for key, n in sorted(requests.items())},
                **after.since(before)}

    # Single changes

    def _latency(self, namespace: str) -> dict:
        progress(f"{SINGLE_CHANGES} single changes")
        return {"pool_to_route": percentiles([self._change_pool(namespace, i)
                                              for i in range(SINGLE_CHANGES)]),
                **self._bare_latency()}

    def _change_pool(self, namespace: str, i: int) -> float:
        """From the answer to the Pool's write to the TLSRoute's event."""
        wanted = f"changed-{hostname(i, namespace)}"
        self._watch.skip()
        self._cluster.must("PATCH", f"{self._pools(namespace)}/{name(i)}",
                           {"spec": {"route": {"hostname": wanted}}},
                           content_type="application/merge-patch+json")
        answered = time.monotonic()
        # The event may even come first, since this process has its turn only after the daemon's.
        return self._watch.wait_event("MODIFIED", f'"{wanted}"', self._deadline) - answered

    def _bare_latency(self) -> dict:
        """From the beginning of a TLSRoute's write to its event, without tlsrouted."""
        namespace = "bench-bare"
        self._cluster.namespace(namespace)
        owner = self._cluster.must("POST", self._pools(namespace), pool("raw", "", enabled=False))
        posts, patches = [], []
        for i in range(SINGLE_CHANGES):
            self._watch.skip()
            begin = time.monotonic()
            made = self._cluster.must("POST", self._routes(namespace), route(owner),
                                      token=self._token)["metadata"]["name"]
            posts.append(self._watch.wait_event("ADDED", f'"{made}"', self._deadline) - begin)
            self._watch.skip()
            begin = time.monotonic()
            self._cluster.must("PATCH", f"{self._routes(namespace)}/{made}",
                               [{"op": "replace", "path": "/spec/hostnames",
                                 "value": [hostname(i, namespace)]}],
                               content_type="application/json-patch+json", token=self._token)
            patches.append(self._watch.wait_event("MODIFIED", f'"{made}"', self._deadline) - begin)
        return {"bare_post": percentiles(posts), "bare_patch": percentiles(patches)}

    @staticmethod
    def _pools(namespace: str) -> str:
        return f"{OPENVOX}/namespaces/{namespace}/pools"

    @staticmethod
    def _routes(namespace: str) -> str:
        return f"{ROUTES}/namespaces/{namespace}/tlsroutes"


class Accounts:
    """What the API server counts, and what it costs it, while a block runs."""

    KINDS = ("tlsroutes", "services", "events")

    def __init__(self, cluster: Cluster):
        self._cluster = cluster

    def __enter__(self) -> "Accounts":
        self._mark = self._cluster.audit_mark()
        self._counts = self._cluster.write_counts()
        self._cpu = server_cpu(self._cluster)
        return self

    def __exit__(self, *_) -> None:
        now = self._cluster.write_counts()
        self._written = {key: n - self._counts.get(key, 0) for key, n in now.items()
                         if key[1] in self.KINDS and n != self._counts.get(key, 0)}
        self._requests = self._cluster.requests_since(self._mark)
        self._cpu = {program: seconds - self._cpu[program]
                     for program, seconds in server_cpu(self._cluster).items()}

    def figures(self, count: int) -> dict:
        """server_counts: writes by verb and kind; they are tlsrouted's, for nobody else writes
        those kinds meanwhile. requests: what the audit log has of tlsrouted's accounts."""
        def total(kind: str) -> float:
            return round(sum(n for (_, of), n in self._written.items() if of == kind) / count, 4)
        other = sum(n for (_, kind), n in self._requests.items() if kind not in self.KINDS)
        return {"route_writes_per_pool": total("tlsroutes"),
                "service_writes_per_pool": total("services"),
                "event_writes_per_pool": total("events"),
                "other_requests_per_pool": round(other / count, 4),
                "server_counts": {" ".join(key): n for key, n in sorted(self._written.items())},
                "requests": {" ".join(key): n for key, n in sorted(self._requests.items())},
                "server_cpu_seconds": {program: round(seconds, 2)
                                       for program, seconds in self._cpu.items()}}


class Churn:
    """Changes of Servers and Pools that are none of tlsrouted's business."""

    def __init__(self, cluster: Cluster, namespace: str, count: int):
        self._cluster = cluster
        self._servers = f"{OPENVOX}/namespaces/{namespace}/servers"
        self._pools = f"{OPENVOX}/namespaces/{namespace}/pools"
        self._pools_of_server = min(POOLS_OF_SERVER, count // CHURNED)

    def prepare(self) -> None:
        for i in range(CHURNED):
            first = i * self._pools_of_server
            self._cluster.must("POST", self._servers, {
                **header("openvox.voxpupuli.org/v1alpha1", "Server", f"server-{i}"),
                "spec": {"configRef": "bench", "certificateRef": f"certificate-{i}",
                         "poolRefs": [name(first + j) for j in range(self._pools_of_server)]}})

    def change(self, second: int) -> int:
        """The number of changes made."""
        metadata = {"metadata": {"labels": {"example.com/turn": str(second)},
                                 "annotations": {"example.com/turn": str(second)}}}
        for i in range(CHURNED):
            self._patch(f"{self._servers}/server-{i}/status", {"status": {"turn": second}})
            self._patch(f"{self._servers}/server-{i}", metadata)
            self._patch(f"{self._pools}/{name(i)}/status", {"status": {"endpoints": second}})
            self._patch(f"{self._pools}/{name(i)}", metadata)
        return 4 * CHURNED

    def _patch(self, path: str, body: dict) -> None:
        self._cluster.must("PATCH", path, body, content_type="application/merge-patch+json")


# The table

def table(figures: dict) -> list[tuple[str, str]]:
    machine_, raw = figures["machine"], figures["raw"]
    rows = [(f"{figures['count']} Pools on {machine_['cpu']}, {machine_['cores']} cores, kernel "
             f"{machine_['kernel']}", ""),
            *((f"raw POST, {streams} streams", f"{values['rate']:.0f} /s  "
               f"(first {values['rates'][0]:.0f}, last {values['rates'][1]:.0f})")
              for streams, values in raw.items())]
    never, auto = figures.get("never", {}), figures.get("auto", {})
    if never:
        rows += timing_rows("Pools first, then tlsrouted", never["cold"])
        rows += timing_rows("tlsrouted first, then Pools", never["running"])
        rows.append(("  after the last Pool", f"{never['running']['lag_seconds']:.2f} s "
                     f"(creating Pools: {never['running']['pools_seconds']:.2f} s)"))
    if auto:
        rows += timing_rows("Pools first, then tlsrouted; Services by tlsrouted", auto["cold"])
    for key, title in (("steady", "Steady state, quiet"),
                       ("steady_churn", "Steady state, status and metadata changing")):
        if key in never:
            rows += steady_rows(title, never[key])
    if "latency" in never:
        rows.append(("Single changes, in milliseconds", ""))
        rows += [(label, "  ".join(f"{share} {value:.1f}"
                                   for share, value in never["latency"][key].items()))
                 for key, label in (("pool_to_route", "Pool written until TLSRoute changed"),
                                    ("bare_post", "bare POST of a TLSRoute"),
                                    ("bare_patch", "bare PATCH of a TLSRoute"))]
    if "pss_before_kb" in never:
        rows += [("Memory (PSS)", ""),
                 ("before", megabytes(never["pss_before_sum_kb"], never["pss_before_kb"])),
                 (f"with {figures['count']} Pools",
                  megabytes(never["pss_after_sum_kb"], never["pss_after_kb"])),
                 ("for each Pool", f"{never['pss_per_pool_bytes'] / 1024:.2f} KB")]
    return rows


def timing_rows(title: str, timing: dict) -> list[tuple[str, str]]:
    return [(title, ""),
            ("TLSRoutes", f"{timing['rate']:.0f} /s = {timing['of_raw']:.2f} of raw"),
            ("until the last one", f"{timing['seconds']:.2f} s"),
            ("writes per Pool", f"TLSRoute {timing['route_writes_per_pool']:g}, Service "
             f"{timing['service_writes_per_pool']:g}, Event {timing['event_writes_per_pool']:g}; "
             f"other requests {timing['other_requests_per_pool']:g}"),
            cpu_row(timing)]


def steady_rows(title: str, steady: dict) -> list[tuple[str, str]]:
    return [(f"{title}: {steady['seconds']:.0f} s, {steady['changes']} changes", ""),
            ("requests", f"{steady['writes']} writes, {steady['reads']} reads, "
             f"{steady['watches']} watches begun"),
            ("CPU and wake-ups", f"{1000 * steady['cpu_seconds']:.0f} ms, {steady['wakeups']}")]


def megabytes(total: int, parts: dict[str, int]) -> str:
    return f"{total / 1024:.1f} MB  (" + ", ".join(
        f"{process} {size / 1024:.1f}" for process, size in parts.items()) + ")"


def main() -> int:
    parser = arguments(Routes, __doc__, "Pools")
    parser.add_argument("--services", choices=["never", "auto", "both"], default="both",
                        help="never: the Services exist, and a TLSRoute is all that a Pool costs; "
                        "auto: tlsrouted creates them too, timed beside it (default: both)")
    parser.add_argument("--only-rates", action="store_true",
                        help="leave out the steady state and the single changes")
    options = parser.parse_args()
    if options.count < SINGLE_CHANGES:
        parser.error(f"N has to be {SINGLE_CHANGES} at least")
    return conduct(Routes, options, table)


if __name__ == "__main__":
    sys.exit(main())
