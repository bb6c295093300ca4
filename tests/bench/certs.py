#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast and how frugally tlsrouted gets N names into N Certificates, each checked against its Pool
and Server, beside what the API server can do at all.

The baseline sends the same patches to the same Certificates, with the certpatcher's account and under
its admission policy, without reading anything. Both take turns, and so does a bare client of
libcurl, which sends them after the lists without which no name can be checked. tlsrouted is a standby
before, that has read everything, and the TLSRoutes exist: what is measured is Certificates and nothing
else."""

import sys

from bench import (Bench, Costs, arguments, comparison_rows, conduct, cost_rows, heading,
                   until_last_row)
from client import WAIT
from cluster import BenchError, WRITES, account
from daemon import Daemon
from load import Request, get, patch
from objects import (FIELD_MANAGER, certificate, collection, hostname, injecting, name, names_change,
                     server, service)
from pairs import interleave

NAMESPACE = "bench-certs"
CHECKED = ("certificates", "pools", "servers")  # before a name is written


class Certificates(Bench):
    NAME = "certs"

    def run(self) -> dict:
        self._start_cluster()
        self._routes = self._cluster.watch(collection("", "tlsroutes"))
        self._watch = self._cluster.watch(collection("", "certificates"))
        self._token = self._cluster.token_of(account("certpatcher"))
        figures = self._heading()
        self._make_all()
        with self._daemon(NAMESPACE, "never", has_lease=True) as daemon:
            self._make_routes(daemon)
            self._compare_once(daemon)
            figures["certs"] = interleave("certificates", self._raw, lambda: self._ours(daemon),
                                          self._pairs, floor=self._floor)
        return figures

    def _make_all(self) -> None:
        self._prepare(NAMESPACE)
        names = [name(i) for i in range(self._count)]
        self._create(NAMESPACE, "pools", [injecting(each, hostname(i, NAMESPACE))
                                          for i, each in enumerate(names)])
        self._create(NAMESPACE, "servers", [server(each) for each in names])
        self._create(NAMESPACE, "services", [service(each) for each in names])

    def _make_routes(self, daemon: Daemon) -> None:
        daemon.start()
        self._routes.wait_count("ADDED", NAMESPACE, self._count, self._deadline)
        daemon.wait_healthy()
        self._accept_routes(NAMESPACE, [name(i) for i in range(self._count)])
        daemon.wait_idle(self._deadline)
        daemon.stop()

    def _compare_once(self, daemon: Daemon) -> None:
        """Both warm up, and write the same."""
        self._raw(32)
        raw = self._written()
        self._ours(daemon)
        if raw != self._written():
            raise BenchError("the baseline does not write what tlsrouted writes")

    def _written(self) -> list[tuple]:
        return sorted((item["metadata"]["name"], str(item["metadata"].get("annotations")),
                       str(item["spec"])) for item in self._cluster.must(
                           "GET", collection(NAMESPACE, "certificates"))["items"])

    def _raw(self, streams: int) -> dict:
        """From the first patch sent to the last one seen."""
        self._renew()
        requests = self._patches()
        self._watch.forget()
        self._rest_as_long()
        costs = Costs(self._cluster)
        sent = self._cluster.loader.send(requests, self._token, self._deadline, streams)
        times = self._watch.wait_count("MODIFIED", NAMESPACE, self._count, self._deadline)
        return {**self._rates(times, sent.begin), **costs.figures(), "wire": sent.wire,
                "cpu_seconds": sent.cpu_seconds, "switches": sent.switches}

    def _patches(self) -> list[Request]:
        certificates = collection(NAMESPACE, "certificates")
        return [patch(f"{certificates}/{item['metadata']['name']}?{FIELD_MANAGER}",
                      names_change(item, hostname(int(item["metadata"]["name"][-5:]), NAMESPACE),
                                   item["metadata"]["name"]))
                for item in self._cluster.must("GET", certificates)["items"]]

    def _floor(self) -> dict:
        """With libcurl, the lists that are needed to check each name, and as many watches as
        tlsrouted's; from the first list to the last patch seen."""
        self._renew()
        requests = [*(get(collection(NAMESPACE, kind)) for kind in CHECKED), WAIT, *self._patches()]
        self._watch.forget()
        self._rest_as_long()
        return self._bare(NAMESPACE, requests, self._token, lambda sent: self._rates(
            self._watch.wait_count("MODIFIED", NAMESPACE, self._count, self._deadline),
            sent["begin"]))

    def _ours(self, daemon: Daemon) -> dict:
        """From the certpatcher's first read to the last patch seen."""
        self._renew()
        lease = self._start_standby(daemon)
        self._watch.forget()
        mark, costs = self._cluster.audit_mark(), Costs(self._cluster, daemon)
        begin = lease.release()
        times = self._watch.wait_count("MODIFIED", NAMESPACE, self._count, self._deadline)
        first = self._cluster.first_request("certpatcher", mark)
        self._lead = first - begin
        figures = {**self._rates(times, first),
                   "since_release_seconds": round(times[-1] - begin, 3), **costs.figures()}
        daemon.stop()
        requests = self._cluster.requests_since(mark, ("certpatcher",))
        return {**figures,
                "patches": requests["patch", "certificates"],
                "reads": sum(count for (verb, of), count in requests.items()
                             if verb not in WRITES and not of.startswith("/"))}

    def _rates(self, times: list[float], begin: float) -> dict:
        return {"rate": self._count / (times[-1] - begin), "seconds": round(times[-1] - begin, 3),
                "patching_rate": round((self._count - 1) / (times[-1] - times[0]), 1)}

    def _renew(self) -> None:
        """All Certificates, as if nobody had ever injected anything."""
        self._cluster.delete_all(collection(NAMESPACE, "certificates"), self._deadline)
        self._create(NAMESPACE, "certificates", [certificate(name(i)) for i in range(self._count)])
        self._cluster.settle(self._deadline)


# The table

def table(figures: dict) -> list[tuple[str, str]]:
    found = figures["certs"]
    last = found["own"][-1]
    return [heading(figures, "Certificates"),
            *comparison_rows("Names, from the first read or patch to the last patch", found,
                             "names/s"),
            ("patches alone", f"{last['patching_rate']:.0f} /s"),
            until_last_row(last),
            ("by the certpatcher", f"{last['patches']} patches, {last['reads']} reads"),
            *cost_rows(last)]


if __name__ == "__main__":
    sys.exit(conduct(Certificates, arguments(Certificates, __doc__, "Certificates").parse_args(),
                     table))
