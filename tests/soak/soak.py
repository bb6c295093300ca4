#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A day in the life of tlsrouted: an API server that is restarted, restored from a backup, slow,
silent, busy, and behind HTTP/1.1 and HTTP/2 in turn, while Pools come and go. At the end everything
has to be right, and nothing in the log may be repeated for ever: its causes and their numbers are
printed. --seed repeats a run."""

import argparse
import collections
import itertools
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
for folder in ("integration", "lab"):
    sys.path.insert(0, str(TESTS / folder))

from apiclient import ApiError  # noqa: E402
from cluster import Cluster, Refused, expected_spec  # noqa: E402
from daemon import ROLES, Daemon  # noqa: E402
from front import Front  # noqa: E402
from labs import granted_lab  # noqa: E402
from waiting import eventually  # noqa: E402

NAMESPACES = 3
POOLS = 20  # names in each namespace
CERTIFIED = [f"p{number}" for number in range(5)]  # of the Server in each
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
QUIET_LINES = 20  # that a cause may have, besides two for each trouble
REST_SECONDS = (3, 20)  # between two troubles
SETTLE_SECONDS = 180
AWAY = (OSError, Refused, ApiError, ValueError)  # what a request meets while there is trouble


class Day:
    """What happens to one tlsrouted."""

    def __init__(self, lab, front: Front, daemon: Daemon, clusters: list[Cluster], dice):
        self.lab = lab
        self.front = front
        self.daemon = daemon
        self.clusters = clusters
        self.dice = dice
        self.troubles: collections.Counter[str] = collections.Counter()

    def live(self, minutes: float) -> None:
        end = time.monotonic() + 60 * minutes
        kinds = [self.restart, self.restore, self.slow, self.silent, self.busy, self.broken,
                 self.other_http, self.cut, self.webhook, self.kill]
        for number in itertools.count():
            if number % len(kinds) == 0:
                self.dice.shuffle(kinds)
            trouble = kinds[number % len(kinds)]
            print(f"{time.strftime('%H:%M:%S')} {trouble.__name__.replace('_', ' ')}", flush=True)
            self.troubles[trouble.__name__] += 1
            trouble()
            self.spend(*REST_SECONDS)
            if time.monotonic() > end:
                return

    def spend(self, at_least: float, at_most: float | None = None) -> None:
        """Some seconds, with changes of Pools as far as the API server takes them."""
        end = time.monotonic() + self.dice.uniform(at_least, at_most or at_least)
        while time.monotonic() < end:
            try:
                self.change()
            except AWAY:
                pass
            time.sleep(0.2)

    def change(self) -> None:
        cluster, name = self.dice.choice(self.clusters), f"p{self.dice.randrange(POOLS)}"
        found = cluster.get("Pool", name)
        if found is None:
            cluster.pool(name, inject=name in CERTIFIED)
        elif self.dice.random() < 0.2:
            cluster.delete("Pool", name)
        elif self.dice.random() < 0.3:
            cluster.change_route(name, enabled=not found["spec"]["route"]["enabled"])
        else:
            cluster.change_route(name, hostname=f"{name}-{self.dice.randrange(9)}.example.com")

    def must(self, method: str, path: str, body: dict | None = None) -> None:
        """An API server that has just been started does not take everything at once."""
        def done() -> bool:
            try:
                return self.lab.request(method, path, body)[0] in (200, 201, 404, 409)
            except AWAY:
                return False

        eventually(done, what=f"{method} {path}", seconds=60)

    # Troubles

    def restart(self) -> None:
        self.lab.stop_apiserver()
        self.spend(1, 20)
        self.lab.start_apiserver()

    def restore(self) -> None:
        self.lab.restore()

    def slow(self) -> None:
        self.front.delay = self.dice.uniform(0.1, 1)
        self.spend(10, 30)
        self.front.delay = 0.0

    def silent(self) -> None:
        """Connections stay open, and nothing comes."""
        self.front.flowing.clear()
        self.spend(5, 40)
        self.front.flowing.set()

    def busy(self) -> None:
        self.answer_for_a_while(429, "TooManyRequests", "too many requests", Retry_After="2")

    def broken(self) -> None:
        self.answer_for_a_while(503, "ServiceUnavailable", "not just now")

    def answer_for_a_while(self, code: int, reason: str, message: str, **headers: str) -> None:
        self.front.speak(1)
        body = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
                           "reason": reason, "message": message}).encode()
        answers = [self.front.proxy.answer(method, "/apis?/", code, body, times=10**9,
                                           Content_Type="application/json", **headers)
                   for method in ("GET", "POST", "PATCH", "PUT", "DELETE")]
        self.front.proxy.break_streams()
        self.spend(5, 20)
        for answer in answers:
            answer.times = 0

    def other_http(self) -> None:
        for version in (1, 2):
            self.front.speak(version)
            self.spend(3, 10)

    def cut(self) -> None:
        for _ in range(5):
            self.front.break_all()
            self.spend(0.5, 3)

    def webhook(self) -> None:
        """Nobody answers it, and TLSRoutes cannot be written."""
        self.must("POST", WEBHOOKS, {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "soak"},
            "webhooks": [{
                "name": "soak.example.com", "sideEffects": "None",
                "admissionReviewVersions": ["v1"], "timeoutSeconds": 1,
                "clientConfig": {"url": "https://127.0.0.1:9/validate"},
                "rules": [{"apiGroups": ["gateway.networking.k8s.io"], "apiVersions": ["*"],
                           "operations": ["*"], "resources": ["tlsroutes"]}]}]})
        self.spend(5, 20)
        self.must("DELETE", f"{WEBHOOKS}/soak")

    def kill(self) -> None:
        """One of the workers."""
        pid = self.daemon.worker_pids().get(self.dice.choice(ROLES), 0)
        if pid > 0:
            os.kill(pid, signal.SIGKILL)


# What has to be right in the end

def differences(clusters: list[Cluster]) -> list:
    found = []
    for cluster in clusters:
        pools = {name: pool["spec"]["route"] for name, pool in cluster.all("Pool").items()
                 if pool["spec"]["route"]["enabled"]}
        wanted = {name: expected_spec(name, route["hostname"]) for name, route in pools.items()}
        actual = cluster.route_specs()
        found += [(cluster.namespace, name, wanted.get(name), actual.get(name))
                  for name in sorted({*wanted, *actual}) if wanted.get(name) != actual.get(name)]
        missing = {pools[name]["hostname"] for name in CERTIFIED if name in pools}
        missing -= set(cluster.names("c") or [])
        found += [(cluster.namespace, "c lacks", hostname) for hostname in sorted(missing)]
    return found


def causes(lines: list[dict[str, str]]) -> dict[tuple, list[int]]:
    """Lines of the log, and of how many objects they spoke, by what they say."""
    table: dict[tuple, list[int]] = {}
    for line in lines:
        reason = re.sub(r"[0-9]+", "#", line.get("reason", ""))
        reason = re.sub(r"\bp#|\bsoak-#", "*", reason)
        if line["msg"].startswith("Pool") or line["level"] == "info" and "was" not in line:
            reason = ""
        key = (line["level"], line["role"], line["msg"], line.get("error", ""), reason)
        count = table.setdefault(key, [0, 0])
        count[0] += 1
        count[1] += int(line.get("count", "1"))
    return table


def print_causes(table: dict[tuple, list[int]]) -> None:
    print(f"\n{'LINES':>5} {'COUNT':>5}  LEVEL    ROLE         CAUSE")
    for key, (lines, count) in sorted(table.items(), key=lambda row: (row[0][0], -row[1][0])):
        level, role, *texts = key
        print(f"{lines:5} {count:5}  {level:8} {role:12} "
              f"{': '.join(text for text in texts if text)[:150]}")


def judge(day: Day) -> int:
    daemon = day.daemon
    daemon.wait_until_healthy(SETTLE_SECONDS)
    # After its own failures the garbage collector may wait for a quarter of an hour.
    day.lab.stop_controllers()
    day.lab.start_controllers()
    eventually(lambda: differences(day.clusters), [], "everything is right", SETTLE_SECONDS)
    table = causes(daemon.lines())
    print_causes(table)
    bound = QUIET_LINES + 2 * day.troubles.total()
    endless = [key for key, (lines, _) in table.items()
               if lines > bound and key[0] in ("warning", "error")]
    print(f"\n{day.troubles.total()} troubles: everything is right; a cause may have {bound} lines, "
          f"{len(endless)} have more")
    return 1 if endless else 0


def prepare(cluster: Cluster) -> Cluster:
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": cluster.namespace}})
    cluster.gateway()
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", CERTIFIED)
    return cluster


def soak(minutes: float, seed: int) -> int:
    folder = Path(tempfile.mkdtemp(prefix="tlsrouted-"))
    with granted_lab() as granted:
        clusters = [prepare(Cluster(granted.lab, f"soak-{number}")) for number in range(NAMESPACES)]
        granted.lab.back_up()
        with Front(granted.lab) as front:
            daemon = Daemon(folder, granted.lab, granted.tokens,
                            [cluster.namespace for cluster in clusters], server=front.url)
            day = Day(granted.lab, front, daemon.start(), clusters, random.Random(seed))
            try:
                daemon.wait_until_healthy(60)
                day.live(minutes)
                front.speak(2)
                status = judge(day)
                daemon.stop()
            except BaseException:
                print(f"the log is in {daemon.log}", file=sys.stderr)
                raise
            finally:
                if daemon.running():
                    daemon.kill()
    shutil.rmtree(folder)
    return status


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"{options.minutes:g} minutes, seed {options.seed}", flush=True)
    return soak(options.minutes, options.seed)


if __name__ == "__main__":
    sys.exit(main())
