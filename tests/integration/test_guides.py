# SPDX-License-Identifier: Apache-2.0
"""What the guides in docs/ say is done as it stands there, in the namespace that they speak of."""

import shutil
import threading

import pytest

from certificates import ledger
from cluster import Cluster, gateway_manifest, listener
from daemon import KUSTOMIZE
from documented import Reader
from gateways import answer
from tlspeer import Authority, Peer, answering
from waiting import eventually

GATEWAYS = "docs/gateways.md"
CERTIFICATES = "docs/certificates.md"
TROUBLESHOOTING = "docs/troubleshooting.md"
SECURITY = "docs/security.md"
HOSTNAME = "production.puppet.example.com"


@pytest.fixture(scope="module")
def openvox(session_lab):
    """The namespace of the guides."""
    cluster = Cluster(session_lab.lab, "openvox")
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": "openvox"}})
    yield cluster
    cluster.request("DELETE", "/api/v1/namespaces/openvox")


@pytest.fixture
def new_reader(lab, folder):
    return lambda **options: Reader(lab, folder / "reader", **options)


def merge(cluster, path: str, change: dict) -> None:
    cluster.request("PATCH", path, change, "application/merge-patch+json")


def test_gateways(openvox, new_reader):
    """Each Gateway is one that the API server accepts."""
    reader = new_reader()
    reader.follow(GATEWAYS)
    assert reader.left(GATEWAYS) == []


# A certificate that has to be signed again: the test is the operator and the Gateway.

SECRET = "/api/v1/namespaces/openvox/secrets"


def sign(cluster) -> None:
    merge(cluster, f"{cluster.path('Certificate', 'production')}/status",
          {"status": {"phase": "Signed"}})
    cluster.request("POST", SECRET, {"metadata": {"name": "production-tls"}})


def sign_when_asked(cluster) -> None:
    """As openvox-operator does: only where there is no Secret."""
    eventually(lambda: cluster.lab.request("GET", f"{SECRET}/production-tls")[0], 404)
    eventually(lambda: cluster.get("Certificate", "production")["status"]["phase"], "Pending")
    sign(cluster)


def point_gateway_to(cluster, port: int) -> None:
    merge(cluster, cluster.path("Gateway", "puppet"),
          {"spec": {"listeners": [listener("puppet", port=port)]}})
    merge(cluster, f"{cluster.path('Gateway', 'puppet')}/status",
          {"status": {"addresses": [{"type": "IPAddress", "value": "127.0.0.1"}]}})


def test_certificates(openvox, new_daemon, new_reader, tmp_path):
    openvox.create(gateway_manifest("puppet", listener("puppet")))
    daemon = new_daemon(namespaces=["openvox"]).start().wait_until_healthy()
    reader = new_reader(socket=daemon.socket)
    reader.follow(CERTIFICATES, "Which names are in the spec?")
    assert ledger(openvox, "production") == {HOSTNAME: ["production"]}
    authority = Authority(tmp_path / "pki")
    served = [Peer(authority.issue("production", "puppet"))]
    with answering(lambda connection: served[0](connection)) as port:
        point_gateway_to(openvox, port)
        answer(openvox)
        sign(openvox)
        reader.follow(CERTIFICATES, "Is it in the certificate?")
        operator = threading.Thread(target=sign_when_asked, args=(openvox,), daemon=True)
        operator.start()
        served[0] = Peer(authority.issue("production", "puppet", HOSTNAME))
        reader.follow(CERTIFICATES, "By hand")
        operator.join()
        # A Pool with all that it needs is one with which each command of the other page works, too.
        shutil.copytree(daemon.folder, reader.top, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("*.sock"))
        reader.follow(TROUBLESHOOTING)
    reader.follow(CERTIFICATES, "When does a name go away?")
    assert reader.left(CERTIFICATES) == reader.left(TROUBLESHOOTING) == []


def test_security(lab, tokens, new_reader):
    """What takes tokens and rights away does; they come back with the kustomization."""
    reader = new_reader()
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    assert lab.request("POST", path, review, token=tokens["reconciler"])[0] == 201
    try:
        reader.follow(SECURITY)
        status, answered = lab.request(
            "POST", "/api/v1/namespaces/default/services?dryRun=All", {}, token=tokens["reconciler"])
        assert status == 403 and "cannot create" in answered["message"]
    finally:
        lab.kubectl("apply", "-k", str(KUSTOMIZE / "cluster"))
    assert reader.left(SECURITY) == []
