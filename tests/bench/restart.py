#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How soon all is right again after tlsrouted was killed, with N Pools of which three need something;
beside the least that it can cost: a list of each kind and three writes."""

import sys
from statistics import median

from bench import Bench, arguments, conduct, cost_rows, heading
from differences import Differences, fill
from objects import collection, name

NAMESPACE = "bench-restart"


class Restart(Bench):
    NAME = "restart"

    def run(self) -> dict:
        self._start_cluster()
        routes = self._cluster.watch(collection("", "tlsroutes"))
        self._prepare(NAMESPACE)
        fill(self._cluster, NAMESPACE, self._count, self._deadline)
        figures = self._heading()
        with self._daemon(NAMESPACE, "never") as daemon:
            daemon.start()
            routes.wait_count("ADDED", NAMESPACE, self._count, self._deadline)
            daemon.wait_healthy()
            self._accept_routes(NAMESPACE, [name(i) for i in range(self._count)])
            daemon.wait_idle(self._deadline)
            differences = Differences(self._cluster, routes, NAMESPACE, self._deadline)
            own, floors = [], []
            for _ in range(self._pairs):
                own.append(differences.restart(daemon))
                daemon.stop()
                floors.append(differences.floor([NAMESPACE]))
                daemon.start()
                daemon.wait_healthy()
                daemon.wait_idle(self._deadline)
        return {**figures, **summary(own, floors)}


def summary(own: list[dict], floors: list[dict]) -> dict:
    seconds = [run["seconds"] for run in own]
    return {"seconds": median(seconds), "spread": [min(seconds), max(seconds)],
            "cpu_seconds": median(run["cpu_seconds"] for run in own),
            "floor_seconds": median(floor["seconds"] for floor in floors),
            "own": own, "floors": floors}


def table(figures: dict) -> list[tuple[str, str]]:
    low, high = figures["spread"]
    return [heading(figures, "Pools"),
            ("killed, until three differences are right",
             f"{figures['seconds']:.2f} s  ({low:.2f} to {high:.2f})"),
            ("a list of each kind and three writes", f"{figures['floor_seconds']:.2f} s"),
            *cost_rows(figures["own"][-1])]


def main() -> int:
    parser = arguments(Restart, __doc__, "Pools", 5000)
    options = parser.parse_args()
    if options.count < 3:
        parser.error("N has to be 3 at least")
    return conduct(Restart, options, table)


if __name__ == "__main__":
    sys.exit(main())
