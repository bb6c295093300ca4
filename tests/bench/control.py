#!/usr/bin/python3
"""How fast a running tlsrouted with N Pools answers tlsroutectl, and what that costs it.

A time is that of a whole tlsroutectl, from its start to its end."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from cluster import BenchError, Cluster, LabError, TOP
from daemon import Daemon
from report import first_line, machine, percentiles, print_table, progress, write_json

OPENVOX = "/apis/openvox.voxpupuli.org/v1alpha1"
BENCH = "bench-control"
ASKED = 200  # times
LISTED = 5
SLOWEST = 20  # objects a second: the deadlines assume no less


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench control", description=__doc__)
    parser.add_argument("count", metavar="N", nargs="?", type=int, default=10000,
                        help="the number of Pools (default: 10000)")
    parser.add_argument("--prefix", type=Path, default=TOP / "build" / "install",
                        help="where tlsrouted is installed (default: build/install)")
    parser.add_argument("--folder", type=Path, default=TOP / "build" / "bench",
                        help="where the lab, the logs and the result go (default: build/bench)")
    options = parser.parse_args()
    folder = options.folder.resolve()
    cluster = Cluster(folder / f"lab-{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory(prefix="tlsrouted-bench.") as sockets:
            figures = run(cluster, options, folder, Path(sockets))
    except (BenchError, LabError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    finally:
        cluster.remove()
    result = folder / f"control-{options.count}.json"
    write_json(result, figures)
    print_table(table(figures))
    print(f"\nwritten to {result}")
    return 0


def run(cluster: Cluster, options: argparse.Namespace, folder: Path, sockets: Path) -> dict:
    progress("starting the API server")
    cluster.start()
    cluster.namespace(BENCH)
    progress(f"creating {options.count} Pools")
    cluster.create_all(f"{OPENVOX}/namespaces/{BENCH}/pools",
                       [pool(i) for i in range(options.count)], 60 + options.count / SLOWEST)
    figures = {"bench": "control", "count": options.count, "machine": machine(),
               "versions": {"tlsrouted": first_line([str(options.prefix / "sbin" / "tlsrouted"),
                                                     "--version"])}}
    with Daemon(cluster, options.prefix, folder / "control", sockets, [BENCH], "never") as daemon:
        daemon.start()
        daemon.wait_healthy()
        wait_until_idle(daemon, 60 + options.count / SLOWEST)
        progress("asking")
        daemon.ctl("pools", "-o", "name")
        before = daemon.resident_kb()
        figures["status"] = percentiles([daemon.ctl("status")[0] for _ in range(ASKED)])
        figures["explain"] = percentiles([daemon.ctl("explain", f"{BENCH}/p{i:05}")[0]
                                          for i in range(min(ASKED, options.count))])
        listed = [daemon.ctl("pools", "-o", "name") for _ in range(LISTED)]
        if any(text.count("\n") != options.count for _, text in listed):
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
    sys.exit(main())
