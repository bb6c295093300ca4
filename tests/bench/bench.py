# SPDX-License-Identifier: Apache-2.0
"""What every bench is made of: its arguments, a lab for the one run, a result in a file and a
table of it."""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Callable

from cluster import BenchError, Cluster, LabError, TOP
from daemon import Daemon, cpu_seconds
from objects import ROUTES, accepted, name, programmed
from report import first_line, machine, print_table, progress, write_json

PROGRAMS = ("kube-apiserver", "etcd", "kube-controller-manager")
SLOWEST = 10  # objects a second: the deadlines assume no less


class Bench:
    """One run."""

    NAME: str  # of its program, and of its result's file

    def __init__(self, cluster: Cluster, options: argparse.Namespace, folder: Path, sockets: Path):
        self._cluster = cluster
        self._options = options
        self._folder = folder
        self._sockets = sockets
        self._count = options.count
        self._deadline = 60 + options.count / SLOWEST  # seconds, for each thing that is done N times

    def run(self) -> dict:
        """All figures."""
        raise NotImplementedError

    def _start_cluster(self) -> None:
        progress("starting the API server")
        self._cluster.start()

    def _heading(self, **versions: str) -> dict:
        """What the figures belong to; with the versions of what tlsrouted is compared with."""
        tlsrouted = first_line([str(self._options.prefix / "sbin" / "tlsrouted"), "--version"])
        return {"bench": self.NAME, "count": self._count, "machine": machine(),
                "versions": {"tlsrouted": tlsrouted, **versions}}

    def _raw_versions(self) -> dict[str, str]:
        return {"kubernetes": self._cluster.must("GET", "/version")["gitVersion"],
                "h2load": first_line(["h2load", "--version"])}

    def _daemon(self, namespace: str, services: str) -> Daemon:
        return Daemon(self._cluster, self._options.prefix, self._folder / f"daemon-{namespace}",
                      self._sockets, [namespace], services)

    def _accept_routes(self, namespace: str) -> None:
        """As the Gateway's controller would: tlsrouted has nothing to wait for, nor to report."""
        collection = f"{ROUTES}/namespaces/{namespace}"
        self._cluster.merge_all([f"{collection}/gateways/puppet/status"], programmed(),
                                self._deadline)
        seconds = self._cluster.merge_all([f"{collection}/tlsroutes/{name(i)}/status"
                                           for i in range(self._count)], accepted(), self._deadline)
        progress(f"{self._count} TLSRoutes accepted in {seconds:.1f} s")


def arguments(bench: type[Bench], description: str, objects: str,
              count: int = 1000) -> argparse.ArgumentParser:
    """Those that every bench has. Count: how many such objects by default."""
    parser = argparse.ArgumentParser(prog=f"./dev bench {bench.NAME}", description=description)
    parser.add_argument("count", metavar="N", nargs="?", type=int, default=count,
                        help=f"the number of {objects} (default: {count})")
    parser.add_argument("--prefix", type=Path, default=TOP / "build" / "install",
                        help="where tlsrouted is installed (default: build/install)")
    parser.add_argument("--folder", type=Path, default=TOP / "build" / "bench",
                        help="where the lab, the logs and the result go (default: build/bench)")
    return parser


def conduct(bench: type[Bench], options: argparse.Namespace,
            table: Callable[[dict], list[tuple[str, str]]]) -> int:
    """Table: those of the figures that people look at, for print_table(). Returns the exit
    status."""
    # Also if it is ended from outside, what it has started ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = options.folder.resolve()
    cluster = Cluster(folder / f"lab-{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory(prefix="tlsrouted-bench.") as sockets:
            figures = bench(cluster, options, folder, Path(sockets)).run()
    except (BenchError, LabError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    finally:
        cluster.remove()
    result = folder / f"{bench.NAME}-{options.count}.json"
    write_json(result, figures)
    print_table(table(figures))
    print(f"\nwritten to {result}")
    return 0


def server_cpu(cluster: Cluster) -> dict[str, float]:
    """Seconds, by program of the lab."""
    return {program: cpu_seconds(cluster.program_pid(program)) for program in PROGRAMS}


def cpu_row(timing: dict) -> tuple[str, str]:
    server = timing["server_cpu_seconds"]
    return ("CPU", f"tlsrouted {timing['cpu_seconds']:.2f} s, API server "
            f"{server['kube-apiserver']:.2f} s, etcd {server['etcd']:.2f} s, controllers "
            f"{server['kube-controller-manager']:.2f} s")
