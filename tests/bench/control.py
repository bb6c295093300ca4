#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast a running tlsrouted with N Pools answers tlsroutectl, and what that costs it.

A time is that of a whole tlsroutectl, from its start to its end; at the end also that from a Pool's
change to its TLSRoute's: alone, and with a thousand clients of whom half are hostile. They take a
processor for themselves, so they ask another tlsrouted first."""

import contextlib
import multiprocessing
import sys
import time
from multiprocessing.synchronize import Event
from pathlib import Path

from bench import Bench, arguments, conduct
from cluster import BenchError
from crowd import Crowd
from daemon import Daemon
from objects import OPENVOX, ROUTES, pool_change
from report import percentiles, progress

NAMESPACE, OTHER = "bench-control", "bench-other"
ASKED = 200  # times
LISTED = 5
ROUNDS, CHANGED = 5, 60  # times
CROWD_SECONDS = 3  # until all of them have come


class Control(Bench):
    NAME = "control"

    def run(self) -> dict:
        self._start_cluster()
        self._create(NAMESPACE, True)
        figures = self._heading()
        with self._daemon(NAMESPACE, "never") as daemon:
            daemon.start()
            daemon.wait_healthy()
            wait_until_idle(daemon, self._deadline)
            progress("asking")
            daemon.ctl("pools", "-o", "name")
            before = daemon.resident_kb()
            figures["status"] = percentiles([daemon.ctl("status")[0] for _ in range(ASKED)])
            figures["explain"] = percentiles([daemon.ctl("explain", f"{NAMESPACE}/p{i:05}")[0]
                                              for i in range(min(ASKED, self._count))])
            listed = [daemon.ctl("pools", "-o", "name") for _ in range(LISTED)]
            if any(text.count("\n") != self._count for _, text in listed):
                raise BenchError("a list of the Pools is not complete")
            figures["pools"] = percentiles([seconds for seconds, _ in listed])
            figures["supervisor_kb"] = {"before": before, "after": daemon.resident_kb()}
            self._create(OTHER, False)
            progress("changing a Pool, alone and with a crowd")
            figures["change"] = self._change_all_ways(daemon)
        return figures

    def _change_all_ways(self, daemon: Daemon) -> dict[str, dict]:
        """The ways alternate, since the machine has its moods."""
        seconds: dict[str, list[float]] = {"alone": [], "crowd_elsewhere": [], "crowd": []}
        with self._daemon(OTHER, "never") as other:
            other.start()
            other.wait_healthy()
            for number in range(ROUNDS):
                seconds["alone"] += self._change_often(f"alone{number}")
                for key, asked in (("crowd_elsewhere", other), ("crowd", daemon)):
                    with crowd(asked.socket):
                        seconds[key] += self._change_often(f"{key.replace('_', '-')}{number}")
        return {key: percentiles(values) for key, values in seconds.items()}

    def _create(self, namespace: str, enabled: bool) -> None:
        self._cluster.namespace(namespace)
        progress(f"creating {self._count} Pools")
        self._cluster.create_all(f"{OPENVOX}/namespaces/{namespace}/pools",
                                 [pool(i, enabled) for i in range(self._count)], self._deadline)

    def _change_often(self, label: str) -> list[float]:
        return [self._change(f"{label}-{i}.example.com") for i in range(CHANGED)]

    def _change(self, hostname: str) -> float:
        """Seconds until the route is seen to have it."""
        path = f"namespaces/{NAMESPACE}"
        begin = time.monotonic()
        self._cluster.must("PATCH", f"{OPENVOX}/{path}/pools/p00000",
                           pool_change(hostname),
                           content_type="application/merge-patch+json")
        while self._cluster.must("GET", f"{ROUTES}/{path}/tlsroutes/p00000"
                                 )["spec"]["hostnames"] != [hostname]:
            if time.monotonic() > begin + self._deadline:
                raise BenchError("a Pool's change does not come to its TLSRoute")
        return time.monotonic() - begin


@contextlib.contextmanager
def crowd(path: Path):
    """Not in this process, which measures."""
    over = multiprocessing.Event()
    process = multiprocessing.Process(target=_live, args=(path, over), daemon=True)
    process.start()
    try:
        time.sleep(CROWD_SECONDS)
        yield
    finally:
        over.set()
        process.join()


def _live(path: Path, over: Event) -> None:
    clients = Crowd(path).start()
    over.wait()
    clients.stop()


def pool(number: int, enabled: bool) -> dict:
    name = f"p{number:05}"
    return {"apiVersion": "openvox.voxpupuli.org/v1alpha1", "kind": "Pool",
            "metadata": {"name": name},
            "spec": {"route": {"enabled": enabled, "hostname": f"{name}.example.com",
                               "gatewayRef": {"name": "gateway"}}}}


def wait_until_idle(daemon: Daemon, seconds: float) -> None:
    progress("waiting until all routes are written")
    deadline = time.monotonic() + seconds
    while "Pools 0 queued, 0 waiting" not in " ".join(daemon.ctl("status")[1].split()):
        if time.monotonic() > deadline:
            raise BenchError(f"tlsrouted is not done\n{daemon.last_lines()}")
        time.sleep(0.5)


def table(figures: dict) -> list[tuple[str, str]]:
    rows = [(f"{figures['count']} Pools", "")]
    for command in ("status", "explain", "pools"):
        times = figures[command]
        rows.append((f"{command}: median, 90 %, 99 %",
                     f"{times['p50']} ms, {times['p90']} ms, {times['p99']} ms"))
    change = figures["change"]
    for label, key in (("alone", "alone"), ("clients ask another", "crowd_elsewhere"),
                       ("clients ask", "crowd")):
        times = change[key]
        rows.append((f"Pool to route, {label}: median, 90 %, 99 %",
                     f"{times['p50']} ms, {times['p90']} ms, {times['p99']} ms"))
    rows.append(("clients ask, of the median when they ask another",
                 f"{change['crowd']['p50'] / change['crowd_elsewhere']['p50']:.2f}"))
    memory = figures["supervisor_kb"]
    rows.append(("supervisor's memory", f"{memory['before']} kB before, {memory['after']} kB after"))
    return rows


if __name__ == "__main__":
    sys.exit(conduct(Control, arguments(Control, __doc__, "Pools", 10000).parse_args(), table))
