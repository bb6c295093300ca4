# SPDX-License-Identifier: Apache-2.0
"""docs/install-cluster.md on a node: the Pods are real, and `helm test` runs one of its own."""

import time

import pytest

from cluster import Cluster, gateway_manifest, listener
from daemon import TOP
from documented import Reader
from gateways import answer
from nodes import SECONDS, elapsed, image, node_lab
from waiting import eventually

pytestmark = pytest.mark.all

INSTALL = "docs/install-cluster.md"
PUSHED = "registry.example.com/tlsrouted"


def push(lab, archive) -> None:
    """To the only node, by the name that it would have in the registry of the document."""
    lab.node.import_image(archive)
    (name,) = [line for line in lab.node.run("ctr", "--namespace", "k8s.io", "images", "list", "--quiet")
               .split() if line.startswith("localhost/tlsrouted:")]
    lab.node.run("ctr", "--namespace", "k8s.io", "images", "tag", name,
                 f"{PUSHED}:{name.rpartition(':')[2]}")


def test_install_cluster(folder):
    archive = image()
    with node_lab() as lab:
        push(lab, archive)
        lab.kubectl("delete", "--filename", str(TOP / "packaging" / "crds"))  # the document has them
        cluster = Cluster(lab, "openvox")
        cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": "openvox"}})
        cluster.create(gateway_manifest("puppet", listener("puppet")))
        started = time.monotonic()

        def converge() -> None:
            eventually(lambda: cluster.get("TLSRoute", "production"), bool, "the Pool has its route",
                       SECONDS)
            print(f"a TLSRoute {elapsed(started)} after the first command")
            answer(cluster)

        reader = Reader(lab, folder / "reader", has=("nodes for Pods",))
        reader.follow(INSTALL, "Helm", before={"-- tlsroutectl pools": converge})
