#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast and how frugally tlsrouted gets N names into N Certificates, each checked against its Pool
and Server, beside what the API server can do at all.

Everything is measured in one run on one lab, since only ratios of such figures mean anything. Each
phase has a namespace, and a daemon for that namespace, of its own. The TLSRoutes exist before: what
is measured is Certificates and nothing else."""

import sys
import time

from bench import Bench, arguments, conduct, cpu_row, server_cpu
from cluster import BenchError, NAMESPACE, WRITES, account
from daemon import Daemon
from objects import LEDGER, OPENVOX, ROUTES, gateway, header, hostname, name, pool, service
from report import progress

WARM_UP = 300
STREAMS = (100, 32)


class Certificates(Bench):
    NAME = "certs"

    def run(self) -> dict:
        self._start_cluster()
        self._routes = self._cluster.watch(f"{ROUTES}/tlsroutes")
        self._certificates = self._cluster.watch(f"{OPENVOX}/certificates")
        self._token = self._cluster.token(NAMESPACE, account("certpatcher"), 7200)
        figures = self._heading(**self._raw_versions())
        progress("warming up")
        self._raw("warm-up", WARM_UP, STREAMS[0])
        raw = {streams: [self._raw(f"raw-{streams}-first", self._count, streams)]
               for streams in STREAMS}
        figures["cold"] = self._phase("bench-certs-cold", self._cold)
        figures["running"] = self._phase("bench-certs-running", self._running)
        # Once more at the end: the machine may have become slower or faster meanwhile.
        for streams in STREAMS:
            raw[streams].append(self._raw(f"raw-{streams}-last", self._count, streams))
        figures["raw"] = {str(streams): {"rates": rates, "rate": max(rates)}
                          for streams, rates in raw.items()}
        limit = figures["raw"][str(STREAMS[0])]["rate"]
        for way in ("cold", "running"):
            figures[way]["of_raw"] = round(figures[way]["rate"] / limit, 3)
        self._routes.close()
        self._certificates.close()
        return figures

    # The raw limit

    def _raw(self, phase: str, count: int, streams: int) -> float:
        """PATCHes of the kind that tlsrouted sends, but for the uid, which differs."""
        namespace = f"bench-{phase}"
        self._cluster.namespace(namespace)
        self._create_certificates(namespace, count)
        body = [{"op": "test", "path": "/spec/certname", "value": "puppet"},
                {"op": "test", "path": "/spec/dnsAltNames", "value": ["puppet"]},
                {"op": "replace", "path": "/spec/dnsAltNames",
                 "value": ["puppet", hostname(0, namespace)]},
                {"op": "add", "path": "/metadata/annotations", "value": {}},
                {"op": "add", "path": f"/metadata/annotations/{LEDGER.replace('/', '~1')}",
                 "value": '{"%s":["%s"]}' % (hostname(0, namespace), name(0))}]
        paths = [f"{collection(namespace, 'certificates')}/{name(i)}?fieldManager=tlsrouted"
                 for i in range(count)]
        rate = self._cluster.raw_patches(paths, body, streams, self._token, self._deadline)
        progress(f"raw, {streams} streams: {rate:.0f} a second")
        return rate

    # The daemon

    def _phase(self, namespace: str, measure) -> dict:
        """Pools and Servers are there, with their routes, before the Certificates come."""
        self._cluster.namespace(namespace)
        self._cluster.must("POST", f"{ROUTES}/namespaces/{namespace}/gateways", gateway())
        for kind, manifests in (
                ("pools", [injecting(name(i), hostname(i, namespace))
                           for i in range(self._count)]),
                ("servers", [server(name(i)) for i in range(self._count)])):
            self._cluster.create_all(collection(namespace, kind), manifests, self._deadline)
        self._cluster.create_all(f"/api/v1/namespaces/{namespace}/services",
                                 [service(name(i)) for i in range(self._count)], self._deadline)
        with self._daemon(namespace, "never") as daemon:
            daemon.start()
            self._routes.wait_count("ADDED", namespace, self._count, self._deadline)
            daemon.wait_healthy()
            self._accept_routes(namespace)
            self._wait_quiet()
            return measure(daemon, namespace)

    def _cold(self, daemon: Daemon, namespace: str) -> dict:
        """All Certificates are there when the daemon starts: nobody else uses the API server."""
        daemon.stop()
        self._create_certificates(namespace, self._count)
        return self._measure(daemon, namespace, daemon.start)

    def _running(self, daemon: Daemon, namespace: str) -> dict:
        """They come while the daemon runs, which shares the API server with who creates them."""
        return self._measure(daemon, namespace,
                             lambda: self._create_certificates(namespace, self._count))

    def _measure(self, daemon: Daemon, namespace: str, begin_with) -> dict:
        """The rate is that from the certpatcher's first read to the answer to its last patch."""
        before = None if begin_with == daemon.start else daemon.usage()
        mark, cpu = self._cluster.audit_mark(), server_cpu(self._cluster)
        begin = time.monotonic()
        begin_with()
        begun = time.monotonic()  # all Certificates exist, or the daemon starts
        times = self._certificates.wait_count("MODIFIED", namespace, self._count, self._deadline)
        usage = daemon.usage()
        self._wait_quiet()
        cpu = {program: round(seconds - cpu[program], 2)
               for program, seconds in server_cpu(self._cluster).items()}
        requests = self._cluster.requests_since(mark)
        reads = self._reads(mark)
        seconds = times[-1] - times[0]
        checked = self._checked_seconds(mark)
        progress(f"{namespace}: all names {times[-1] - begin:.2f} s after the start")
        return {"seconds": round(times[-1] - begin, 3),
                "lag_seconds": round(times[-1] - begun, 3),
                "patching_rate": round((self._count - 1) / seconds, 1),
                "rate": round(self._count / checked, 1), "checked_seconds": round(checked, 3),
                "patches": requests["patch", "certificates"], "reads": reads,
                "requests": {" ".join(key): n for key, n in sorted(requests.items())},
                "server_cpu_seconds": cpu, "pss_kb": usage.pss_kb, **usage.since(before)}

    def _checked_seconds(self, mark: int) -> float:
        first, last = self._cluster.times_of("certpatcher", mark)
        return (last - first).total_seconds()

    def _reads(self, mark: int) -> int:
        """Of the certpatcher."""
        return sum(n for (verb, _), n in
                   self._cluster.requests_since(mark, ("certpatcher",)).items()
                   if verb not in WRITES)

    def _wait_quiet(self) -> None:
        """Until a while after the last request that is no Event's."""
        deadline = time.monotonic() + self._deadline
        while True:
            mark = self._cluster.audit_mark()
            time.sleep(1)
            busy = {key for key in self._cluster.requests_since(mark) if key[1] != "events"}
            if not busy:
                return
            if time.monotonic() > deadline:
                raise BenchError(f"tlsrouted goes on sending requests: {busy}")

    def _create_certificates(self, namespace: str, count: int) -> None:
        seconds = self._cluster.create_all(
            collection(namespace, "certificates"),
            [certificate(name(i)) for i in range(count)], self._deadline)
        progress(f"{count} Certificates created in {seconds:.1f} s")


# Objects

def collection(namespace: str, kind: str) -> str:
    return f"{OPENVOX}/namespaces/{namespace}/{kind}"


def injecting(object_name: str, host: str) -> dict:
    manifest = pool(object_name, host)
    manifest["spec"]["route"]["injectDNSAltName"] = True
    return manifest


def server(object_name: str) -> dict:
    return {**header("openvox.voxpupuli.org/v1alpha1", "Server", object_name),
            "spec": {"configRef": "bench", "certificateRef": object_name,
                     "poolRefs": [object_name]}}


def certificate(object_name: str) -> dict:
    return {**header("openvox.voxpupuli.org/v1alpha1", "Certificate", object_name),
            "spec": {"authorityRef": "bench", "certname": "puppet", "dnsAltNames": ["puppet"]}}


# The table

def table(figures: dict) -> list[tuple[str, str]]:
    machine_ = figures["machine"]
    rows = [(f"{figures['count']} Certificates on {machine_['cpu']}, {machine_['cores']} cores, "
             f"kernel {machine_['kernel']}", ""),
            *((f"raw PATCH, {streams} streams", f"{values['rate']:.0f} /s  "
               f"(first {values['rates'][0]:.0f}, last {values['rates'][1]:.0f})")
              for streams, values in figures["raw"].items())]
    for way, title in (("cold", "Certificates first, then tlsrouted"),
                       ("running", "tlsrouted first, then Certificates")):
        rows += timing_rows(title, figures[way])
    return rows


def timing_rows(title: str, timing: dict) -> list[tuple[str, str]]:
    return [(title, ""),
            ("names, from the first read to the last patch", f"{timing['rate']:.0f} /s = "
             f"{timing['of_raw']:.2f} of raw  ({timing['checked_seconds']:.2f} s)"),
            ("patches alone", f"{timing['patching_rate']:.0f} /s"),
            ("until the last one", f"{timing['seconds']:.2f} s  ({timing['lag_seconds']:.2f} s after "
             "all Certificates were there and tlsrouted started)"),
            ("requests", f"{timing['patches']} patches, {timing['reads']} reads by the "
             "certpatcher"),
            cpu_row(timing),
            ("memory (PSS)", ", ".join(f"{process} {size / 1024:.1f} MB"
                                       for process, size in timing["pss_kb"].items()))]


if __name__ == "__main__":
    options = arguments(Certificates, __doc__, "Certificates").parse_args()
    sys.exit(conduct(Certificates, options, table))
