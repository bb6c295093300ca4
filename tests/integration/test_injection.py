# SPDX-License-Identifier: Apache-2.0
"""Hostnames of Pools in the Certificates of their Servers."""

import itertools
import threading

import pytest

from cluster import (Refused, certificate_manifest, expected_spec, pool_manifest,
                     server_manifest)
from waiting import eventually

HOST = "p.example.com"


def looked_at_again(cluster) -> None:
    """Returns when a Pool that is made now has had its name injected: what came earlier has been
    looked at by then."""
    cluster.certificate("witness")
    cluster.server("witness", "witness", ["witness"])
    cluster.pool("witness", inject=True)
    eventually(lambda: cluster.names("witness"), ["witness.example.com"])


@pytest.mark.parametrize("names, after", [
    (None, [HOST]),
    ([], [HOST]),
    (["puppet"], ["puppet", HOST]),
    (["z.example.com", "a.example.com", "puppet"],
     ["z.example.com", "a.example.com", "puppet", HOST]),
    (["twice", "twice"], ["twice", "twice", HOST]),
], ids=["no-list", "empty-list", "one", "order", "others-duplicates"])
def test_added(cluster, daemon, names, after):
    before = cluster.certificate("c", names)
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: cluster.names("c"), after)
    certificate = cluster.get("Certificate", "c")
    assert certificate["spec"] == {**before["spec"], "dnsAltNames": after}
    assert certificate["metadata"]["generation"] == before["metadata"]["generation"] + 1


@pytest.mark.parametrize("names", [[HOST], ["first", "P.Example.COM", "last"]],
                         ids=["same", "other-case"])
def test_already_there(cluster, daemon, names):
    cluster.certificate("c", names)
    before = cluster.get("Certificate", "c")
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    looked_at_again(cluster)
    assert cluster.get("Certificate", "c") == before


@pytest.mark.parametrize("order", list(itertools.permutations(["Pool", "Server", "Certificate"])),
                         ids="-".join)
def test_order_of_arrival(cluster, daemon, order):
    manifests = {"Pool": pool_manifest("p", inject=True),
                 "Server": server_manifest("s", "c", ["p"]),
                 "Certificate": certificate_manifest("c", ["puppet"])}
    for kind in order:
        cluster.create(manifests[kind])
        # Each has to have been seen by itself, for the order to mean anything.
        eventually(lambda: daemon.workers()["reconciler"]["summary"],
                   lambda summary: f"1 {kind}s" in summary, f"the {kind} is known")
    eventually(lambda: cluster.names("c"), ["puppet", HOST])


def test_two_servers_share_a_certificate(cluster, daemon):
    cluster.certificate("c", ["puppet"])
    cluster.server("s1", "c", ["p1"])
    cluster.server("s2", "c", ["p1", "p2"])
    cluster.pool("p1", inject=True)
    cluster.pool("p2", inject=True)
    names = eventually(lambda: cluster.names("c"), lambda names: len(names) == 3)
    assert names[0] == "puppet"
    assert sorted(names[1:]) == ["p1.example.com", "p2.example.com"]
    looked_at_again(cluster)
    assert cluster.names("c") == names


def test_one_server_in_two_pools(cluster, daemon):
    cluster.pool("p1", inject=True)
    cluster.pool("p2", inject=True)
    cluster.pool("p3", inject=False)
    cluster.server("s", "c", ["p1", "p2", "p3"])
    cluster.certificate("c")
    names = eventually(lambda: cluster.names("c"), lambda names: names and len(names) == 2)
    assert sorted(names) == ["p1.example.com", "p2.example.com"]


def test_one_pool_with_two_certificates(cluster, daemon):
    for name in ("1", "2"):
        cluster.certificate(f"c{name}", ["puppet"])
        cluster.server(f"s{name}", f"c{name}", ["p"])
    cluster.pool("p", inject=True)
    for name in ("c1", "c2"):
        eventually(lambda: cluster.names(name), ["puppet", HOST])


def test_two_pools_with_one_hostname(cluster, daemon):
    cluster.certificate("c")
    cluster.server("s", "c", ["p", "q"])
    cluster.pool("p", HOST, inject=True)
    cluster.pool("q", HOST, inject=True)
    looked_at_again(cluster)
    assert cluster.names("c") == [HOST]


def test_untouched(cluster, new_cluster, new_daemon):
    """All that may not be touched, beside one that has to be."""
    other = new_cluster()
    new_daemon(namespaces=[cluster.namespace, other.namespace]).start()
    cases = {
        "injection-off": ("injection-off", {"inject": False}, ["injection-off"]),
        "route-off": ("route-off", {"inject": True, "enabled": False}, ["route-off"]),
        "pool-not-listed": ("pool-not-listed", {"inject": True}, ["another"]),
        "hostname-bad": ("hostname-bad", {"inject": True, "hostname": "Bad"}, ["hostname-bad"]),
    }
    for name, (pool, options, listed) in cases.items():
        cluster.certificate(name, ["puppet"])
        cluster.server(name, name, listed)
        cluster.pool(pool, **options)
    other.certificate("c", ["puppet"])  # the Server and the Pool are in the other namespace
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    other.certificate("own", ["puppet"])
    other.server("own", "own", ["p"])  # as the Pool of the other namespace
    cluster.certificate("witness")
    cluster.server("witness", "witness", ["witness"])
    cluster.pool("witness", inject=True)
    eventually(lambda: cluster.names("witness"), ["witness.example.com"])
    untouched = [*(cluster.get("Certificate", name) for name in cases),
                 other.get("Certificate", "c"), other.get("Certificate", "own")]
    for certificate in untouched:
        assert certificate["spec"]["dnsAltNames"] == ["puppet"], certificate["metadata"]["name"]
        assert certificate["metadata"]["generation"] == 1, certificate["metadata"]["name"]


@pytest.mark.parametrize("change", ["server-lists-pool", "certificate-ref", "injection-on",
                                    "hostname"])
def test_later_change(cluster, daemon, change):
    cluster.certificate("other", ["puppet"])
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "other" if change == "certificate-ref" else "c",
                   ["q"] if change == "server-lists-pool" else ["p"])
    cluster.pool("p", "old.example.com" if change == "hostname" else HOST,
                 inject=change != "injection-on")
    eventually(lambda: cluster.route_spec("p"))
    if change == "server-lists-pool":
        cluster.merge("Server", "s", {"spec": {"poolRefs": ["q", "p"]}})
    elif change == "certificate-ref":
        cluster.merge("Server", "s", {"spec": {"certificateRef": "c"}})
    elif change == "injection-on":
        cluster.change_route("p", injectDNSAltName=True)
    else:
        eventually(lambda: cluster.names("c"), ["puppet", "old.example.com"])
        cluster.change_route("p", hostname=HOST)
    eventually(lambda: cluster.names("c"), lambda names: names[-1] == HOST)


def test_removed_by_hand_comes_back(cluster, daemon):
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: cluster.names("c"), ["puppet", HOST])
    cluster.merge("Certificate", "c", {"spec": {"dnsAltNames": ["other"]}})
    eventually(lambda: cluster.names("c"), ["other", HOST])


@pytest.mark.parametrize("method", ["PUT", "JSON patch"])
def test_concurrent_writers_lose_nothing(cluster, daemon, method):
    """Somebody adds names of his own to the Certificate while Pools inject theirs."""
    theirs = [f"theirs-{number}" for number in range(60)]
    pools = [f"p{number}" for number in range(20)]
    problems = []

    def add(name: str) -> None:
        while True:
            certificate = cluster.get("Certificate", "c")
            names = certificate["spec"].get("dnsAltNames")
            try:
                if method == "PUT":
                    certificate["spec"]["dnsAltNames"] = [*(names or []), name]
                    cluster.request("PUT", cluster.path("Certificate", "c"), certificate)
                else:
                    cluster.patch("Certificate", "c", [
                        {"op": "test", "path": "/spec/dnsAltNames", "value": names},
                        {"op": "add", "path": "/spec/dnsAltNames", "value": [*names, name]}])
                return
            except Refused as refused:
                if refused.status not in (409, 422):
                    raise

    def write() -> None:
        try:
            for name in theirs:
                add(name)
        except Exception as error:  # shown by the test, not by the thread
            problems.append(error)

    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", pools)
    writer = threading.Thread(target=write)
    writer.start()
    for pool in pools:
        cluster.pool(pool, inject=True)
    writer.join()
    assert problems == []
    wanted = sorted(["puppet", *theirs, *(f"{pool}.example.com" for pool in pools)])
    eventually(lambda: sorted(cluster.names("c")), wanted)
    names = cluster.names("c")
    assert [name for name in names if name.startswith("theirs")] == theirs
    assert cluster.route_specs() == {pool: expected_spec(pool) for pool in pools}
