#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What tlsrouted needs when there is nothing to do: memory without Pools and for each Pool, wake-ups,
and processors for changes that are none of its business.

The memory for each Pool, with its TLSRoute and Service, is that between two sizes: N/5 and N."""

import sys
import time

from bench import Bench, arguments, by_process, conduct, heading, listed
from churn import CHURNED, Churn
from cluster import BENCH
from daemon import Daemon
from load import Request
from objects import collection, hostname, name, pool
from others import Others
from pairs import slope
from report import progress
from usage import precise_cpu_seconds

NAMESPACE = "bench-rest"
SETTLING_SECONDS = 45  # until all that comes after work is over: the next heartbeats, too
REST_SECONDS, TURNS = 60, 30
CHANGES = {"churn": 30, "burst": 0}  # the seconds that they are spread over
CHURN_SECONDS = 600  # at the most
CHURN_STREAMS = 8  # so that a slow answer does not hold up the next change
SMALL = 5  # the part that the smaller size is


class Rest(Bench):
    NAME = "rest"

    def run(self) -> dict:
        self._start_cluster()
        self._watch = self._cluster.watch(collection("", "tlsroutes"))
        self._prepare(NAMESPACE)
        figures = self._heading()
        with self._daemon(NAMESPACE, "auto") as daemon:
            daemon.start()
            daemon.wait_healthy()
            daemon.wait_idle(self._deadline)
            figures["empty"] = self._at_rest(daemon)
            small = self._count // SMALL
            figures["small"] = {"count": small, "pss_kb": self._fill(daemon, 0, small)}
            figures["full"] = {"count": self._count,
                               "pss_kb": self._fill(daemon, small, self._count)}
            figures["per_pool_bytes"] = {
                process: round(1024 * slope((small, figures["small"]["pss_kb"][process]),
                                            (self._count, size)))
                for process, size in figures["full"]["pss_kb"].items()}
            figures["rest"] = self._at_rest(daemon)
            churn = Churn(self._cluster, NAMESPACE, self._count)
            churn.prepare(self._deadline)
            daemon.wait_idle(self._deadline)
            for key, seconds in CHANGES.items():
                figures[key] = self._with_churn(daemon, churn, seconds, figures["rest"])
        for key, seconds in CHANGES.items():
            figures[key]["floor_ms_each"] = self._floor(churn, seconds)
        return figures

    def _fill(self, daemon: Daemon, first: int, count: int) -> dict[str, int]:
        """Up to that many Pools. Returns the memory, when all is done, and what only the work needed has
        been given back."""
        self._watch.forget()
        self._create(NAMESPACE, "pools", [pool(name(i), hostname(i, NAMESPACE))
                                          for i in range(first, count)])
        self._watch.wait_count("ADDED", NAMESPACE, count - first, self._deadline)
        self._accept_routes(NAMESPACE, [name(i) for i in range(first, count)])
        self._wait_events(daemon)
        time.sleep(SETTLING_SECONDS)
        return daemon.usage().pss_kb

    def _wait_events(self, daemon: Daemon) -> None:
        """Until it has written its Events, of which it writes a few a second."""
        progress("Events")
        while True:
            mark = self._cluster.audit_mark()
            daemon.wait_idle(self._deadline)
            if self._cluster.requests_since(mark)["create", "events"] == 0:
                return

    def _at_rest(self, daemon: Daemon) -> dict:
        progress(f"at rest: {REST_SECONDS} s")
        time.sleep(SETTLING_SECONDS)
        others, mark, before = Others(), self._cluster.audit_mark(), daemon.usage()
        begin = time.monotonic()
        time.sleep(REST_SECONDS)
        usage = daemon.usage()
        return {"seconds": time.monotonic() - begin, "pss_kb": usage.pss_kb, **usage.since(before),
                "requests": self._requests(mark), "machine": others.share()}

    def _with_churn(self, daemon: Daemon, churn: Churn, spread: float, rest: dict) -> dict:
        """What it used more than at rest, for each change."""
        progress(f"with changes: {spread} s")
        requests = churn.next_turns(TURNS)
        others, mark, before = Others(), self._cluster.audit_mark(), daemon.usage()
        begin = time.monotonic()
        self._send(requests, spread)
        daemon.wait_idle(self._deadline)
        seconds, used = time.monotonic() - begin, daemon.usage().since(before)
        each = {process: 1000 * (cpu - rest["cpu_seconds_by_process"][process] * seconds
                                 / rest["seconds"]) / len(requests)
                for process, cpu in used["cpu_seconds_by_process"].items()}
        return {"changes": len(requests), **used, "requests": self._requests(mark),
                "cpu_ms_each_by_process": {process: round(ms, 4) for process, ms in each.items()},
                "cpu_ms_each": round(sum(each.values()), 4), "machine": others.share()}

    def _floor(self, churn: Churn, spread: float) -> float:
        """What the same number of changes costs a bare client of libcurl that watches the same:
        milliseconds of a processor for each."""
        progress(f"a bare client, with changes: {spread} s")
        requests = churn.next_turns(TURNS)
        with self._cluster.watching(NAMESPACE) as watcher:
            before = precise_cpu_seconds(watcher)
            self._send(requests, spread)
            time.sleep(1)  # until the last one has come
            return round(1000 * (precise_cpu_seconds(watcher) - before) / len(requests), 4)

    def _send(self, requests: list[Request], spread: float) -> None:
        """Over so many seconds, or as fast as the API server takes them."""
        self._cluster.loader.send(requests, self._cluster.token_of(BENCH), CHURN_SECONDS,
                                  CHURN_STREAMS, spread / len(requests))

    def _requests(self, mark: int) -> dict[str, int]:
        return {" ".join(key): count
                for key, count in sorted(self._cluster.requests_since(mark).items())}


# The table

def table(figures: dict) -> list[tuple[str, str]]:
    rows = [heading(figures, "Pools"), ("Memory (PSS)", "")]
    for key, label in (("empty", "no Pools"), ("small", ""), ("full", "")):
        rows.append((label or f"{figures[key]['count']} Pools", by_process(
            {process: size / 1024 for process, size in figures[key]["pss_kb"].items()},
            "{:.1f} MB")))
    rows.append(("one Pool more", by_process(figures["per_pool_bytes"], "{} bytes")))
    for key, title in (("empty", "At rest, no Pools"), ("rest", "At rest, with them")):
        found = figures[key]
        rows += [(title, ""),
                 ("wake-ups a second", by_process(
                     {process: count / found["seconds"] for process, count
                      in found["wakeups_by_process"].items()}, "{:.2f}")),
                 ("CPU", f"{1000 * found['cpu_seconds']:.1f} ms in {found['seconds']:.0f} s"),
                 ("requests", listed(found["requests"]))]
    for key, title in (("churn", "one by one"), ("burst", "in a burst")):
        found = figures[key]
        rows += [(f"{found['changes']} changes that do not matter, {title}", ""),
                 ("CPU for each", by_process(found["cpu_ms_each_by_process"], "{:.3f} ms")),
                 ("for a bare client of libcurl", f"{found['floor_ms_each']:.3f} ms"),
                 ("requests", listed(found["requests"]))]
    return rows


def main() -> int:
    parser = arguments(Rest, __doc__, "Pools", 2000)
    options = parser.parse_args()
    if options.count < SMALL * CHURNED:
        parser.error(f"N has to be {SMALL * CHURNED} at least")
    return conduct(Rest, options, table)


if __name__ == "__main__":
    sys.exit(main())
