# SPDX-License-Identifier: Apache-2.0
"""etcd is restored from a backup: what happened since then has not happened, and resourceVersions
begin again at those of the backup."""

import json

import pytest

from cluster import expected_spec
from waiting import eventually

OWN_LAB = {}


@pytest.fixture
def old_cluster(lab, cluster):
    """Two Pools with a name each in one Certificate, as they are in the backup."""
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p", "q"])
    cluster.pool("p", "old.example.com", inject=True)
    cluster.pool("q", inject=True)
    lab.back_up()
    wait_until_served(cluster)
    return cluster


def wait_until_served(cluster) -> None:
    """An API server that has just started reads its CRDs and their objects first."""
    for kind in ("Pool", "Server", "Certificate", "TLSRoute", "Gateway"):
        eventually(lambda: cluster.lab.request("GET", cluster.path(kind))[0], 200)


def pass_time(cluster, versions: int) -> None:
    """As many versions, and an event of each kind afterwards, which the watches follow."""
    for number in range(versions):
        cluster.merge("Gateway", "gateway", {"metadata": {"labels": {"n": str(number)}}})
    for kind, name in (("Pool", "p"), ("Server", "s"), ("Certificate", "c"), ("Service", "p"),
                       ("TLSRoute", "p")):
        cluster.merge(kind, name, {"metadata": {"labels": {"time": "passes"}}})


@pytest.mark.parametrize("versions", [0, 600], ids=["soon", "long after"])
def test_restored(lab, old_cluster, new_daemon, versions):
    """Soon after, the API server is beyond the position of each watch by the time that it is back,
    and takes the watch up as if nothing had happened."""
    cluster = old_cluster
    daemon = new_daemon().start().wait_until_healthy()
    eventually(lambda: (cluster.route_spec("p"), cluster.names("c")),
               (expected_spec("p", "old.example.com"),
                ["puppet", "old.example.com", "q.example.com"]))
    cluster.change_route("p", hostname="new.example.com")
    cluster.delete("Pool", "q")
    cluster.pool("never")
    eventually(lambda: (cluster.route_spec("p"), cluster.route_spec("never")),
               (expected_spec("p", "new.example.com"), expected_spec("never")))
    pass_time(cluster, versions)
    pids = daemon.worker_pids()
    lab.restore()

    def as_in_the_backup() -> bool:
        return (cluster.route_specs(), sorted(cluster.names("c"))) == (
            {"p": expected_spec("p", "old.example.com"), "q": expected_spec("q")},
            ["old.example.com", "puppet", "q.example.com"])

    wait_until_served(cluster)
    eventually(as_in_the_backup, seconds=60)
    daemon.wait_until_healthy(60)
    explained = json.loads(daemon.ctl("explain", f"{cluster.namespace}/p", "-o", "json").stdout)
    assert "old.example.com" in json.dumps(explained)
    assert "new.example.com" not in json.dumps(explained)
    assert [pool["name"] for pool in json.loads(daemon.ctl("pools", "-o", "json").stdout)] == [
        "p", "q"]
    # And it goes on from there.
    cluster.change_route("p", hostname="newer.example.com")
    cluster.change_route("q", enabled=False)
    eventually(cluster.route_specs, {"p": expected_spec("p", "newer.example.com")})
    assert daemon.worker_pids() == pids
    # The API server answers before it has read its roles: nobody is to grant anything for that.
    assert [line for line in daemon.problems() if line.get("error") == "forbidden"] == []
    assert len(daemon.problems()) <= 8, "an outage, for each worker that noticed it"
