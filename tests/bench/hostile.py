#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What somebody who may write objects in one namespace can do to the others.

A calm namespace changes one of its Pools over and over; what counts is the time until its TLSRoute
has changed: quiet, and beside each attack from another namespace. Attacks alternate with quiet,
since the machine has its moods. An attack takes time from the API server too, at the rate that
--rate says: a plain write beside it shows how much. N is the number of Pools of the largest."""

import argparse
import contextlib
import itertools
import json
import multiprocessing
import re
import sys
import time
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Callable, Iterator

from bench import Bench, arguments, conduct
from cluster import BenchError, Cluster
from daemon import Daemon
from objects import LEDGER, OPENVOX, ROUTES, gateway, header, pool, pool_change
from report import percentiles, progress

CALM = "bench-calm"
CHANGED = 200  # times in each phase
PAUSE = 0.02  # seconds between two changes
NESTED, DEPTH = 200, 50  # Pools, and suffixes: l49.l48...
SETTLE_SECONDS = 3  # of an attack, before it counts
GOAL = 10  # times the quiet median
HOLLOW, LARGE_BYTES = 12, 1_400_000  # Servers, of nearly what etcd takes
DEEP, LEVELS = 100, 500  # Servers, and what is nested in each
LEDGERS, LEDGER_BYTES = 20, 20_467  # Certificates; a ledger is read up to 20,480
NOBODY = {"name": "nobody", "namespace": "bench-nobody"}  # a Gateway that need not exist


@dataclass(frozen=True)
class Attack:
    """Objects of a namespace of its own, and an endless series of changes of them. The collection
    is that of the manifests; a change is a name in it and a merge patch."""

    name: str
    collection: str  # "pools"
    share: float  # of the rate, for what is large
    manifests: Callable[[int], list[dict]]  # of N
    changes: Callable[[int], Iterator[tuple[str, dict]]]  # likewise

    @property
    def namespace(self) -> str:
        return f"bench-{self.name}"

    @property
    def path(self) -> str:
        return f"{OPENVOX}/namespaces/{self.namespace}/{self.collection}"


# The attacks

def hostile_pool(name: str, hostname: str) -> dict:
    manifest = pool(name, hostname)
    manifest["spec"]["route"]["gatewayRef"] = NOBODY
    return manifest


def nested_hostname(number: int) -> str:
    """Of each suffix one name and three wildcards."""
    depth = number % DEPTH
    suffix = ".".join(f"l{i}" for i in range(depth, -1, -1))
    return f"c.{suffix}" if number < DEPTH else f"*.{suffix}"


def nested_pools(_: int) -> list[dict]:
    return [hostile_pool(f"p{i:05}", nested_hostname(i)) for i in range(NESTED)]


def nested_changes(_: int) -> Iterator[tuple[str, dict]]:
    """Each leaves its suffix and comes back."""
    for turn in itertools.count():
        for i in range(NESTED):
            hostname = nested_hostname(i) if turn % 2 else f"away{i}.example.net"
            yield f"p{i:05}", pool_change(hostname)


def one_name_pools(count: int) -> list[dict]:
    return [hostile_pool(f"p{i:05}", "same.example.com") for i in range(count)]


def one_name_changes(count: int) -> Iterator[tuple[str, dict]]:
    """The first one, which the others are told of, comes and goes; beside it any other."""
    for turn in itertools.count():
        for i in (0, 1 + turn % (count - 1)):
            yield f"p{i:05}", {"spec": {"route": {"enabled": bool(turn % 2)}}}


def server(name: str, more: dict) -> dict:
    return {**header("openvox.voxpupuli.org/v1alpha1", "Server", name),
            "spec": {"certificateRef": name, "poolRefs": [name], **more}}


def hollow_servers(_: int) -> list[dict]:
    hollow = {"hollow": [{}] * (LARGE_BYTES // 3)}
    return [server(f"s{i:05}", hollow) for i in range(HOLLOW)]


def deep_servers(_: int) -> list[dict]:
    deep: dict | list = {}
    for level in range(LEVELS):
        deep = [deep] if level % 2 else {"a": deep}
    return [server(f"s{i:05}", {"deep": deep}) for i in range(DEEP)]


def server_changes(count: int) -> Iterator[tuple[str, dict]]:
    for turn in itertools.count():
        yield f"s{turn % count:05}", {"spec": {"poolRefs": [f"p{turn}"]}}


def forged_ledger(turn: int) -> str:
    """A thousand names with one Pool each, and one with as many as there is room for."""
    entries = {f"{number:03x}": ["p"] for number in range(1000)}
    entries["000"] = [f"{number:03x}" for number in range(1390)]
    text = json.dumps(entries, separators=(",", ":"))
    return text[:-1] + ',"zz":["' + f"{turn % 10}".rjust(LEDGER_BYTES - len(text) - 10, "p") + '"]}'


def forged_certificates(_: int) -> list[dict]:
    names = [f"{number:03x}" for number in range(1000)]
    made = []
    for i in range(LEDGERS):
        manifest = header("openvox.voxpupuli.org/v1alpha1", "Certificate", f"c{i:05}")
        manifest["metadata"]["annotations"] = {LEDGER: forged_ledger(i)}
        made.append({**manifest, "spec": {"certname": f"c{i:05}", "dnsAltNames": names}})
    return made


def ledger_changes(_: int) -> Iterator[tuple[str, dict]]:
    for turn in itertools.count():
        yield (f"c{turn % LEDGERS:05}",
               {"metadata": {"annotations": {LEDGER: forged_ledger(turn)}}})


ATTACKS = [
    Attack("nested", "pools", 1, nested_pools, nested_changes),
    Attack("one-name", "pools", 1, one_name_pools, one_name_changes),
    Attack("hollow", "servers", 0.02, hollow_servers, lambda _: server_changes(HOLLOW)),
    Attack("deep", "servers", 1, deep_servers, lambda _: server_changes(DEEP)),
    Attack("ledgers", "certificates", 0.2, forged_certificates, ledger_changes),
]


class Hostile(Bench):
    NAME = "hostile"

    def run(self) -> dict:
        self._start_cluster()
        attacks = [attack for attack in ATTACKS
                   if not self._options.attack or attack.name in self._options.attack]
        self._cluster.namespace(CALM)
        self._cluster.must("POST", f"{ROUTES}/namespaces/{CALM}/gateways", gateway())
        for attack in attacks:
            self._cluster.namespace(attack.namespace)
        figures = self._heading()
        figures["attacks"] = {}
        for attack in attacks:
            figures["attacks"][attack.name] = self._phase(attack)
        return figures

    def _phase(self, attack: Attack) -> dict:
        """A daemon of its own, so that nothing is left of the attack before."""
        watch = self._watch = self._cluster.watch(f"{ROUTES}/namespaces/{CALM}/tlsroutes")
        daemon = Daemon(self._cluster, self._options.prefix, self._folder / f"daemon-{attack.name}",
                        self._sockets, [CALM, attack.namespace], "never")
        with daemon:
            daemon.start()
            daemon.wait_healthy()
            name = f"calm-{attack.name}"
            self._cluster.must("POST", f"{OPENVOX}/namespaces/{CALM}/pools",
                               pool(name, f"{name}.example.com"))
            watch.wait_event("ADDED", f'"{name}"', self._deadline)
            self._make_plain(attack)
            result = {"quiet": self._change_often(name, "quiet")}
            before = daemon.usage()
            manifests = attack.manifests(self._count)
            progress(f"{attack.name}: creating {len(manifests)} objects")
            created = self._cluster.create_all(attack.path, manifests, self._deadline)
            result["objects"], result["create_seconds"] = len(manifests), round(created, 1)
            rate = self._options.rate * attack.share
            with changing(self._cluster, attack, self._count, rate) as sent:
                time.sleep(SETTLE_SECONDS)
                begin, first = time.monotonic(), sent.value
                result["attacked"] = self._change_often(name, "attacked")
                result["rate"] = round((sent.value - first) / (time.monotonic() - begin), 1)
                usage = daemon.usage()
            result |= {"pss_kb_before": before.pss_kb, "pss_kb": usage.pss_kb,
                       "cpu_seconds": usage.cpu_seconds, **disturbances(daemon)}
        watch.close()
        return result

    def _change_often(self, name: str, label: str) -> dict:
        """And in turn with it a plain write and its event: what the API server makes of it."""
        progress(f"{name}: {CHANGED} changes, {label}")
        changes, plain = [], []
        for i in range(CHANGED):
            changes.append(self._change(name, f"{label}-{i}.{name}.example.org"))
            plain.append(self._write_plain(f"plain-{label}-{i}.{name}.example.org"))
        return {**percentiles(changes), "plain": percentiles(plain)}

    def _make_plain(self, attack: Attack) -> None:
        """A TLSRoute that tlsrouted has no part in."""
        self._plain = f"{ROUTES}/namespaces/{CALM}/tlsroutes/plain-{attack.name}"
        self._cluster.must("POST", f"{ROUTES}/namespaces/{CALM}/tlsroutes", {
            **header("gateway.networking.k8s.io/v1", "TLSRoute", f"plain-{attack.name}"),
            "spec": {"hostnames": ["plain.example.org"],
                     "rules": [{"backendRefs": [{"name": "plain", "port": 8140}]}]}})

    def _write_plain(self, wanted: str) -> float:
        time.sleep(PAUSE)
        self._watch.forget()
        begin = time.monotonic()
        self._cluster.must("PATCH", self._plain, {"spec": {"hostnames": [wanted]}},
                           content_type="application/merge-patch+json")
        return self._watch.wait_event("MODIFIED", f'"{wanted}"', self._deadline) - begin

    def _change(self, name: str, wanted: str) -> float:
        """From the answer to the Pool's write to the TLSRoute's event."""
        time.sleep(PAUSE)
        self._watch.forget()
        self._cluster.must("PATCH", f"{OPENVOX}/namespaces/{CALM}/pools/{name}",
                           pool_change(wanted),
                           content_type="application/merge-patch+json")
        answered = time.monotonic()
        # The event may even come first, since this process has its turn only after the daemon's.
        return max(0.0, self._watch.wait_event("MODIFIED", f'"{wanted}"', self._deadline)
                   - answered)


@contextlib.contextmanager
def changing(cluster: Cluster, attack: Attack, count: int, rate: float):
    """Not in this process, which measures. Gives the number of changes so far."""
    over, sent = multiprocessing.Event(), multiprocessing.Value("L")
    process = multiprocessing.Process(target=_change_all,
                                      args=(cluster, attack, count, rate, over, sent), daemon=True)
    process.start()
    try:
        yield sent
    finally:
        over.set()
        process.join()
    if process.exitcode != 0:
        raise BenchError(f"the attack {attack.name} has failed")


def _change_all(cluster: Cluster, attack: Attack, count: int, rate: float, over: Event,
                sent) -> None:
    cluster._client = None  # the connections belong to the parent
    begin = time.monotonic()
    for name, patch in attack.changes(count):
        if over.is_set():
            return
        cluster.must("PATCH", f"{attack.path}/{name}", patch,
                     content_type="application/merge-patch+json")
        sent.value += 1
        time.sleep(max(0.0, begin + sent.value / rate - time.monotonic()))


def disturbances(daemon: Daemon) -> dict[str, int]:
    """What the log says of workers that ended, and of those without a heartbeat."""
    lines = daemon.last_lines(10 ** 9).splitlines()
    return {"restarts": sum("role=supervisor" in line and "a worker ended" in line
                            for line in lines),
            "heartbeats_lost": sum("role=supervisor" in line and bool(
                re.search("heartbeat|does not answer", line)) for line in lines)}


def table(figures: dict) -> list[tuple[str, str]]:
    rows = []
    for name, result in figures["attacks"].items():
        quiet, attacked = result["quiet"], result["attacked"]
        ratio = attacked["p50"] / quiet["p50"]
        memory = ", ".join(f"{process} {size / 1024:.1f} MB (before: "
                           f"{result['pss_kb_before'].get(process, 0) / 1024:.1f})"
                           for process, size in result["pss_kb"].items())
        rows += [
            (f"{name}: {result['objects']} objects, {result['rate']:.0f} changes a second", ""),
            ("Pool to route, quiet: median, 99 %", f"{quiet['p50']} ms, {quiet['p99']} ms"),
            ("Pool to route, attacked: median, 99 %",
             f"{attacked['p50']} ms, {attacked['p99']} ms"),
            ("a plain write to its event: quiet, attacked", f"{quiet['plain']['p50']} ms, "
             f"{attacked['plain']['p50']} ms (medians)"),
            ("of the quiet median", f"{ratio:.1f}, 99 %: {attacked['p99'] / quiet['p50']:.1f}"
             + ("" if ratio <= GOAL else f"  (the goal is {GOAL})")),
            ("workers restarted, heartbeats lost",
             f"{result['restarts']}, {result['heartbeats_lost']}"),
            ("memory (PSS)", memory)]
    return rows


def main() -> int:
    parser: argparse.ArgumentParser = arguments(Hostile, __doc__, "Pools of the largest attack",
                                                5000)
    parser.add_argument("--rate", type=float, default=100, metavar="CHANGES",
                        help="of an attack, a second (default: 100)")
    parser.add_argument("--attack", action="append", choices=[attack.name for attack in ATTACKS],
                        help="only this one; may be given several times")
    options = parser.parse_args()
    if options.count < 2:
        parser.error("N has to be 2 at least")
    return conduct(Hostile, options, table)


if __name__ == "__main__":
    sys.exit(main())
