#!/usr/bin/python3
"""How fast a running tlsrouted with N Pools answers tlsroutectl, and what that costs it.

A time is that of a whole tlsroutectl, from its start to its end."""

import sys
import time

from bench import Bench, arguments, conduct
from cluster import BenchError
from daemon import Daemon
from objects import OPENVOX
from report import percentiles, progress

NAMESPACE = "bench-control"
ASKED = 200  # times
LISTED = 5


class Control(Bench):
    NAME = "control"

    def run(self) -> dict:
        self._start_cluster()
        self._cluster.namespace(NAMESPACE)
        progress(f"creating {self._count} Pools")
        self._cluster.create_all(f"{OPENVOX}/namespaces/{NAMESPACE}/pools",
                                 [pool(i) for i in range(self._count)], self._deadline)
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
        return figures


def pool(number: int) -> dict:
    name = f"p{number:05}"
    return {"apiVersion": "openvox.voxpupuli.org/v1alpha1", "kind": "Pool",
            "metadata": {"name": name},
            "spec": {"route": {"enabled": True, "hostname": f"{name}.example.com",
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
    memory = figures["supervisor_kb"]
    rows.append(("supervisor's memory", f"{memory['before']} kB before, {memory['after']} kB after"))
    return rows


if __name__ == "__main__":
    sys.exit(conduct(Control, arguments(Control, __doc__, "Pools", 10000).parse_args(), table))
