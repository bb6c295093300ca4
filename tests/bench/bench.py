# SPDX-License-Identifier: Apache-2.0
"""What every bench is made of: its arguments, a lab for the one run, a result in a file and a
table of it."""

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

from cluster import ApiError, BenchError, Cluster, LabError, TOP
from daemon import Daemon
from lease import Lease
from load import Request
from objects import accepted, collection, gateway, programmed
from others import Others, adopt_orphans, load, sentence, verdict
from pairs import PAIRS, shares_of
from report import commit, first_line, machine, print_table, progress, write_json
from usage import UsageError, precise_cpu_seconds, wire_since

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
        self._pairs = options.pairs
        self._deadline = 300 + options.count / SLOWEST  # seconds, for each thing that is done N times
        self._lead = 0.0  # seconds from the release of the Lease to tlsrouted's first request, last time

    def run(self) -> dict:
        """All figures."""
        raise NotImplementedError

    def _start_cluster(self) -> None:
        progress("starting the API server")
        self._cluster.start()

    def _heading(self) -> dict:
        """What the figures belong to."""
        tlsrouted = first_line([str(self._options.prefix / "sbin" / "tlsrouted"), "--version"])
        return {"bench": self.NAME, "count": self._count, "machine": machine(),
                "commit": commit(),
                "versions": {"tlsrouted": tlsrouted, "kubernetes":
                             self._cluster.must("GET", "/version")["gitVersion"]}}

    def _daemon(self, namespace: str, services: str, has_lease: bool = False) -> Daemon:
        return Daemon(self._cluster, self._options.prefix, self._folder / f"daemon-{namespace}",
                      self._sockets, [namespace], services, has_lease)

    def _start_standby(self, daemon: Daemon) -> Lease:
        """It has read everything, and begins to write when the Lease is released."""
        lease = Lease(self._cluster)
        lease.hold()
        daemon.start()
        daemon.wait_healthy()
        daemon.wait_idle(self._deadline)
        self._cluster.settle(self._deadline)
        return lease

    def _rest_as_long(self) -> None:
        """Before a baseline: as long as the API server rested before tlsrouted's last turn. It gives
        memory back meanwhile, so that it is slower at first."""
        time.sleep(self._lead)

    def _accept_routes(self, namespace: str, names: list[str]) -> None:
        """As the Gateway's controller would: tlsrouted has nothing to wait for, nor to report."""
        seconds = self._cluster.merge_all(
            [f"{collection(namespace, 'tlsroutes')}/{each}/status" for each in names], accepted(),
            self._deadline)
        progress(f"{len(names)} TLSRoutes accepted in {seconds:.1f} s")

    def _prepare(self, namespace: str) -> None:
        """With a Gateway that works."""
        self._cluster.namespace(namespace)
        gateways = collection(namespace, "gateways")
        self._cluster.must("POST", gateways, gateway())
        self._cluster.merge_all([f"{gateways}/puppet/status"], programmed(), self._deadline)

    def _create(self, namespace: str, kind: str, manifests: list[dict]) -> float:
        seconds = self._cluster.create_all(collection(namespace, kind), manifests, self._deadline)
        progress(f"{len(manifests)} {kind} created in {seconds:.1f} s")
        return seconds

    def _bare(self, namespace: str, requests: list[Request], token: str,
              seen: Callable[[dict], dict]) -> dict:
        """What a bare client does with these requests, and as many watches as tlsrouted has. Seen: waits
        until all of it is seen, and returns figures; it gets what Client.send() returns."""
        with self._cluster.watching(namespace) as watcher:
            costs, before = Costs(self._cluster), precise_cpu_seconds(watcher)
            sent = self._cluster.client().send(requests, token, self._deadline)
            cpu = {"watches": round(precise_cpu_seconds(watcher) - before, 4),
                   "requests": sent["cpu_seconds"]}
            return {**seen(sent), **costs.figures(), "cpu_seconds": sum(cpu.values()),
                    "cpu_seconds_by_process": cpu}

    def _owners(self, namespace: str) -> list[dict]:
        """The Pools of a namespace, by name."""
        return sorted(self._cluster.must("GET", collection(namespace, "pools"))["items"],
                      key=lambda pool: pool["metadata"]["name"])


class Costs:
    """What a block costs tlsrouted, if it runs then, and the API server."""

    def __init__(self, cluster: Cluster, daemon: Daemon | None = None):
        """Daemon: it runs, or starts within the block."""
        self._cluster = cluster
        self._daemon = daemon
        runs = daemon is not None and daemon.runs
        self._usage, self._wire = (daemon.usage(), daemon.wire()) if runs else (None, {})
        self._mark, self._cpu = cluster.audit_mark(), cluster.server_cpu()

    def figures(self) -> dict:
        """At the end of the block."""
        cpu = {program: round(seconds - self._cpu[program], 2)
               for program, seconds in self._cluster.server_cpu().items()}
        requests = self._cluster.requests_since(self._mark)
        own = {}
        if self._daemon is not None:
            usage = self._daemon.usage()
            own = {**usage.since(self._usage), "pss_kb": usage.pss_kb,
                   "wire": wire_since(self._wire, self._daemon.wire())}
        return {**own, "server_cpu_seconds": cpu,
                "requests": {" ".join(key): count for key, count in sorted(requests.items())}}


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
    parser.add_argument("--pairs", type=int, default=PAIRS, metavar="PAIRS",
                        help=f"how often tlsrouted and the baseline take turns (default: {PAIRS})")
    return parser


def conduct(bench: type[Bench], options: argparse.Namespace,
            table: Callable[[dict], list[tuple[str, str]]]) -> int:
    """Table: those of the figures that people look at, for print_table(). Returns the exit
    status."""
    # Also if it is ended from outside, what it has started ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    adopt_orphans()
    folder = options.folder.resolve()
    cluster = Cluster(folder / f"lab-{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory(prefix="tlsrouted-bench.") as sockets:
            others = Others()
            figures = {"kernel_says": load()}
            figures |= bench(cluster, options, folder, Path(sockets)).run()
            figures["whole_run"] = {"machine": others.share()}
    except (ApiError, BenchError, LabError, UsageError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    finally:
        cluster.remove()
    result = folder / f"{bench.NAME}-{options.count}.json"
    figures["others"] = verdict(shares_of(figures))
    write_json(result, figures)
    print_table(table(figures))
    print(f"\nThe machine was {sentence(figures['others'])}.")
    print(f"\nwritten to {result}")
    return 0


def cost_rows(costs: dict) -> list[tuple[str, str]]:
    """Of tlsrouted and of the API server beside it."""
    server = costs["server_cpu_seconds"]
    wire = costs["wire"].values()
    return [("CPU", by_process(costs["cpu_seconds_by_process"], "{:.2f} s")),
            ("CPU of the others", f"API server {server['kube-apiserver']:.2f} s, etcd "
             f"{server['etcd']:.2f} s, controllers {server['kube-controller-manager']:.2f} s"),
            ("context switches", by_process(costs["switches_by_process"], "{}")),
            ("pages touched first", by_process(costs["faults_by_process"], "{}")),
            ("bytes sent, received", f"{sum(each['sent'] for each in wire)}, "
             f"{sum(each['received'] for each in wire)}"),
            ("memory (PSS)", by_process({name: size / 1024 for name, size
                                         in costs["pss_kb"].items()}, "{:.1f} MB")),
            ("requests", listed(costs["requests"]))]


def until_last_row(run: dict) -> tuple[str, str]:
    """Of one run of tlsrouted as a standby that takes over."""
    seconds = run["since_release_seconds"]
    return "until the last one", f"{seconds:.2f} s after the Lease was released"


def listed(requests: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in requests.items()) or "none"


def by_process(values: dict, form: str) -> str:
    return f"{form.format(sum(values.values()))}  (" + ", ".join(
        f"{process} {form.format(value)}" for process, value in values.items()) + ")"


def comparison_rows(title: str, found: dict, unit: str) -> list[tuple[str, str]]:
    """Of interleave()."""
    low, high = found["spread"]
    return [(title, ""),
            ("tlsrouted", f"{found['rate']:.1f} {unit} = {found['ratio']:.2f} of the limit  (pairs: "
             f"{low:.2f} to {high:.2f})"),
            *_floor_row(found, unit),
            *((f"raw, {streams} streams", f"{raw['median']:.1f} {unit}  ("
               + ", ".join(f"{rate:.0f}" for rate in raw["rates"]) + ")")
              for streams, raw in found["raw"].items())]


def _floor_row(found: dict, unit: str) -> list[tuple[str, str]]:
    if "floor" not in found:
        return []
    floor = found["floor"]
    return [("a bare client of libcurl", f"{floor['rate']:.1f} {unit} = {floor['ratio']:.2f} of the "
             f"limit; tlsrouted is {floor['own_ratio']:.2f} of it")]


def time_rows(title: str, found: dict) -> list[tuple[str, str]]:
    """Of compare_times()."""
    return [(title, ""), *(
        (key, f"{row['ms']:.1f} ms = {row['ratio']:.2f} of {row['bare_ms']:.1f} ms  (pairs: "
         f"{row['spread'][0]:.2f} to {row['spread'][1]:.2f})") for key, row in found.items())]


def heading(figures: dict, objects: str) -> tuple[str, str]:
    machine_ = figures["machine"]
    return (f"{figures['count']} {objects} on {machine_['cpu']}, {machine_['cores']} cores, kernel "
            f"{machine_['kernel']}", "")
