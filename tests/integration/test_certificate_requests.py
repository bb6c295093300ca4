# SPDX-License-Identifier: Apache-2.0
"""The requests of the certpatcher, seen by a proxy: how many reads there are for many Certificates,
what happens when one fails, and how often a patch that meets others is tried again."""

import json
import re

import pytest

from certificates import state
from proxy import Proxy
from waiting import eventually

HOST, NEW = "p.example.com", "new.example.com"
JSON = {"Content_Type": "application/json"}
MANY = 150
READS = 30  # far below one for each


@pytest.fixture
def proxy(lab):
    with Proxy(lab) as proxy:
        yield proxy


def failure(code: int) -> bytes:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
                       "reason": "Test", "message": "the test says so"}).encode()


def requests(proxy, method: str, path: str) -> list[str]:
    return [each for verb, each in proxy.requests
            if verb == method and "watch=1" not in each and re.search(path, each)]


def test_shared_reads(cluster, proxy, new_daemon):
    for number in range(MANY):
        cluster.certificate(f"c{number}", ["puppet"])
        cluster.server(f"s{number}", f"c{number}", [f"p{number}"])
        cluster.pool(f"p{number}", inject=True)
    new_daemon(server=proxy.url).start()
    for number in range(MANY):
        eventually(lambda: cluster.names(f"c{number}"), ["puppet", f"p{number}.example.com"])
    assert len(requests(proxy, "PATCH", "/certificates/")) == MANY
    reads = requests(proxy, "GET", "/(pools|servers|certificates)")
    assert 0 < len(reads) <= READS, reads


@pytest.mark.parametrize("code", [409, 422])
@pytest.mark.parametrize("times", [1, 3, 4])
def test_patch_meets_others(cluster, proxy, new_daemon, code, times):
    """Three fresh looks; then it is a failure, which is tried again after a while."""
    daemon = new_daemon(server=proxy.url).start().wait_until_healthy()
    proxy.answer("PATCH", "/certificates/c", code, failure(code), times=times, **JSON)
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: cluster.names("c"), ["puppet", HOST])
    assert len(requests(proxy, "PATCH", "/certificates/c")) == times + 1
    told = daemon.said("the test says so", role="certpatcher", level="warning", name="c")
    assert len(told) == (1 if times > 3 else 0)


@pytest.mark.parametrize("path, codes", [
    (r"/servers\?limit", (403, 404, 500)),
    ("/pools/p$", (403, 500)),
    ("/certificates/c$", (403, 500)),
], ids=["list-of-servers", "pool", "certificate"])
def test_failed_read(cluster, proxy, new_daemon, path, codes):
    """It says nothing about what is there: names stay until it is known."""
    daemon = new_daemon(server=proxy.url, certificates={"grace": 0}).start().wait_until_healthy()
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: state(cluster, "c"), (["puppet", HOST], {HOST: ["p"]}))
    patched = len(requests(proxy, "PATCH", "/certificates/c"))
    answers = [proxy.answer("GET", path, code, failure(code), **JSON) for code in codes]
    cluster.change_route("p", hostname=NEW)
    eventually(lambda: state(cluster, "c"), (["puppet", NEW], {NEW: ["p"]}))
    assert [answer.times for answer in answers] == [0] * len(codes), "all of them were met"
    assert len(requests(proxy, "PATCH", "/certificates/c")) == patched + 1
    assert daemon.said("the test says so", role="certpatcher", level="warning", name="c")
