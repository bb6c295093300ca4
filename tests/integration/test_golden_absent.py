"""The same where there is no Gateway API, and then no API server."""

import json

import pytest

from cluster import service_manifest
from golden import Goldens
from test_golden import named_cluster  # noqa: F401
from waiting import eventually

OWN_LAB = {"gateway_api": False}


@pytest.fixture
def cluster(named_cluster):  # noqa: F811
    return named_cluster("golden-absent")


def test_absent_and_away(cluster, lab, new_daemon):
    cluster.create(service_manifest("p"))
    cluster.pool("p", inject=True)
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    daemon = new_daemon(namespaces=["golden-absent"], services="never").start()
    daemon.wait_until_healthy()
    eventually(lambda: cluster.names("c"), ["puppet", "p.example.com"])
    eventually(lambda: json.loads(daemon.ctl("certs", "-o", "json").stdout)[0]["state"], "ok")
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               lambda summary: "(1 not satisfied)" in summary and "injections 0 queued" in summary)
    golden = Goldens(daemon, "absent")
    for command in ("pools", "routes", "certs", "tree"):
        golden.command(command)
    golden.command("explain", "golden-absent/p", status=1)
    golden.command("diff")
    golden.command("graph", "--mermaid")
    golden.command("status", squeeze=True)
    lab.stop_apiserver()
    try:
        eventually(lambda: daemon.healthy(), False)
        eventually(lambda: [stream["inSync"] for stream in
                            json.loads(daemon.ctl("status", "-o", "json").stdout)["streams"]],
                   [False] * 4)
        golden.scenario = "away"
        golden.command("health", status=1)
        for command in ("pools", "certs", "tree"):
            golden.command(command)
        golden.command("explain", "golden-absent/p", status=1)
        eventually(lambda: {stream["state"] for stream in
                            json.loads(daemon.ctl("status", "-o", "json").stdout)["streams"]},
                   {"waiting"})
    finally:
        lab.start_apiserver()
    daemon.wait_until_healthy(seconds=60)
    golden.conclude()
