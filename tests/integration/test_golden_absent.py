# SPDX-License-Identifier: Apache-2.0
"""The same where there is no Gateway API, and where the API server went away."""

import json

from cluster import service_manifest
from gateways import answer
from golden import Goldens
from waiting import eventually

OWN_LAB = {"gateway_api": False}


def populate(cluster) -> None:
    cluster.create(service_manifest("p"))
    cluster.pool("p", inject=True)
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])


def settled(cluster, daemon, routes: int) -> None:
    eventually(lambda: cluster.names("c"), ["puppet", "p.example.com"])
    eventually(lambda: json.loads(daemon.ctl("certs", "-o", "json").stdout)[0]["state"], "ok")
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               f"1 Pools ({1 - routes} not satisfied), {routes} TLSRoutes, 1 Services, 1 Servers, "
               "1 Certificates; Pools 0 queued, 0 waiting; injections 0 queued, 0 waiting")
    eventually(lambda: daemon.workers()["certpatcher"]["summary"],
               lambda summary: summary.startswith("1 names added")
               and summary.endswith(" 0 pending"))


def test_gateway_api_absent(named_cluster, new_daemon):
    cluster = named_cluster("golden-absent")
    populate(cluster)
    daemon = new_daemon(namespaces=["golden-absent"], services="never").start()
    daemon.wait_until_healthy()
    settled(cluster, daemon, routes=0)
    golden = Goldens(daemon, "absent")
    golden.every("golden-absent/p", not_ok={"explain POOL"})
    golden.conclude()


def test_api_server_away(lab, named_cluster, new_daemon):
    """The last test of this file: the Gateway API stays."""
    lab.install_gateway_api()
    cluster = named_cluster("golden-away")
    populate(cluster)
    daemon = new_daemon(namespaces=["golden-away"], services="never").start()
    daemon.wait_until_healthy()
    settled(cluster, daemon, routes=1)
    answer(cluster)
    eventually(lambda: json.loads(daemon.ctl("routes", "-o", "json").stdout)[0]["state"], "ok")
    lab.stop_apiserver()
    try:
        eventually(lambda: daemon.healthy(), False)
        eventually(lambda: {stream["error"] for stream in daemon.status()["streams"]},
                   {"unreachable"})
        golden = Goldens(daemon, "away")
        golden.every("golden-away/p", not_ok={"status", "health", "health --ready"})
    finally:
        lab.start_apiserver()
    daemon.wait_until_healthy(seconds=60)
    golden.conclude()
