# SPDX-License-Identifier: Apache-2.0
"""Certificates as a whole: orders of arrival, the ledger, others who write too, re-issue, limits."""

import os
import random
import shutil
import signal
import threading

import pytest

from certificates import (counts, events_on, ledger, patches, state, wait_for, witness)
from cluster import (OPENVOX, Refused, certificate_manifest, pool_manifest,
                     server_manifest)
from daemon import KUSTOMIZE
from findings import resolved, warned
from proxy import Proxy
from waiting import eventually

HOST = "p.example.com"
ORDERS = 40
CONTESTED = "CertificateContested"


def mesh(prefix: str) -> list[dict]:
    """Two Pools, Servers and Certificates that are all tied to each other, and one more Pool that
    wants the same name as the first."""
    a, b, c = (f"{prefix}-{letter}" for letter in "abc")
    return [pool_manifest(a, f"{prefix}-one.example.com", inject=True),
            pool_manifest(b, f"{prefix}-two.example.com", inject=True),
            pool_manifest(c, f"{prefix}-one.example.com", inject=True),
            server_manifest(a, a, [a, b]), server_manifest(b, b, [b, c]),
            certificate_manifest(a, ["puppet"]), certificate_manifest(b)]


def mesh_states(prefix: str) -> dict[str, tuple]:
    a, b, c = (f"{prefix}-{letter}" for letter in "abc")
    one, two = f"{prefix}-one.example.com", f"{prefix}-two.example.com"
    return {a: (["puppet", one, two], {one: [a], two: [b]}),
            b: ([one, two], {one: [c], two: [b]})}


def sorted_state(cluster, name: str) -> tuple:
    """The names in the order in which they came, but for ours."""
    names, entries = state(cluster, name)
    return sorted(names or [], key=lambda each: (each in entries, each)), entries


def test_all_orders(cluster, new_daemon):
    """Seven objects arrive, and go, in random orders (TLSROUTED_SEED)."""
    seed = int(os.environ.get("TLSROUTED_SEED", random.randrange(1 << 32)))
    print(f"TLSROUTED_SEED={seed}")
    dice = random.Random(seed)
    daemon = new_daemon(certificates={"grace": 0}, conflicts="warn").start().wait_until_healthy()
    meshes = {f"m{number}": mesh(f"m{number}") for number in range(ORDERS)}
    for manifests in meshes.values():
        dice.shuffle(manifests)
        for manifest in manifests:
            cluster.create(manifest)
    for prefix in meshes:
        for name, wanted in mesh_states(prefix).items():
            eventually(lambda: sorted_state(cluster, name), wanted)
    for prefix, manifests in meshes.items():
        going = [manifest for manifest in manifests if manifest["kind"] != "Certificate"]
        dice.shuffle(going)
        for manifest in going:
            cluster.delete(manifest["kind"], manifest["metadata"]["name"])
    for prefix in meshes:
        eventually(lambda: state(cluster, f"{prefix}-a"), (["puppet"], {}))
        eventually(lambda: state(cluster, f"{prefix}-b"), ([], {}))
    assert counts(daemon)["failed"] == 0


def test_one_patch_for_names_and_ledger(cluster, daemon):
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: state(cluster, "c"), (["puppet", HOST], {HOST: ["p"]}))
    witness(cluster)
    assert cluster.writes("certificates").count(("patch", "certificates", "c")) == 1
    managers = {entry["manager"] for entry in
                cluster.get("Certificate", "c")["metadata"]["managedFields"]}
    assert "tlsrouted" in managers


def test_certificate_long_after(cluster, daemon):
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    witness(cluster)
    cluster.certificate("c", ["puppet"])
    eventually(lambda: cluster.names("c"), ["puppet", HOST])


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
def test_certificate_replaced(cluster, new_daemon, running):
    """Another one of the same name, with other names in it."""
    daemon = new_daemon().start().wait_until_healthy()
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: cluster.names("c"), ["puppet", HOST])
    if not running:
        daemon.stop()
    cluster.delete("Certificate", "c")
    cluster.certificate("c", ["second"])
    if not running:
        daemon.start().wait_until_healthy()
    eventually(lambda: state(cluster, "c"), (["second", HOST], {HOST: ["p"]}))


def put(cluster, names: list[str]) -> None:
    """As a tool does that knows only its own fields."""
    certificate = cluster.get("Certificate", "c")
    certificate["spec"]["dnsAltNames"] = names
    certificate["metadata"].pop("annotations", None)
    cluster.request("PUT", cluster.path("Certificate", "c") + "?fieldManager=helm", certificate)


def test_rewritten_list(cluster, daemon):
    """An upgrade writes the list and drops the ledger: the name comes back, with the ledger."""
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: state(cluster, "c"), (["puppet", HOST], {HOST: ["p"]}))
    put(cluster, ["puppet", "new"])
    eventually(lambda: state(cluster, "c"), (["puppet", "new", HOST], {HOST: ["p"]}))
    put(cluster, [HOST, "puppet"])  # now it is theirs
    witness(cluster)
    assert state(cluster, "c") == ([HOST, "puppet"], {})


class GitOps(threading.Thread):
    """Puts the list of the Certificate c back whenever it differs from what is in its repository."""

    def __init__(self, cluster, names: list[str]):
        super().__init__()
        self._cluster = cluster
        self.names = names
        self._stop_asked = threading.Event()
        self.reverts = 0

    def run(self) -> None:
        while not self._stop_asked.wait(0.05):
            if self._cluster.names("c") == self.names:
                continue
            try:
                self._cluster.request(
                    "PATCH", self._cluster.path("Certificate", "c") + "?fieldManager=argocd",
                    {"spec": {"dnsAltNames": self.names}}, "application/merge-patch+json")
                self.reverts += 1
            except Refused:
                pass

    def __enter__(self) -> "GitOps":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop_asked.set()
        self.join()


def names_patches(cluster) -> int:
    """Writes of the Certificate c that brought a name."""
    return cluster.get("Certificate", "c")["metadata"]["generation"]


def test_reverted_again_and_again(cluster, daemon):
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p", "q"])
    cluster.pool("q")
    with GitOps(cluster, ["puppet"]) as gitops:
        cluster.pool("p", inject=True)
        text = warned(cluster, daemon, "p", CONTESTED, "argocd", "Certificate c")
        assert gitops.reverts == 3
        (event,) = eventually(lambda: events_on(cluster, "c", CONTESTED))
        assert "argocd" in event["note"] and event["type"] == "Warning"
        # Nothing more is written, whatever else is looked at.
        cluster.merge("Certificate", "c", {"metadata": {"labels": {"x": "y"}}})
        witness(cluster)
        assert gitops.reverts == 3
        # Something changes: three more tries.
        cluster.change_route("p", hostname="new.example.com")
        eventually(lambda: gitops.reverts, 6)
        eventually(lambda: len(daemon.said(name="p", reason=CONTESTED, level="warning")), 2)
        # A name that its owner wrote changes: three more.
        gitops.names = ["puppet", "own"]
        eventually(lambda: gitops.reverts, lambda reverts: reverts >= 9)
    # It gives in.
    cluster.merge("Certificate", "c", {"spec": {"dnsAltNames": ["puppet", "new.example.com"]}})
    resolved(cluster, daemon, "p", CONTESTED, text)


class TestSet:
    """With the operator's newer CRD, whose list is a set. It has an API server of its own."""

    OWN_LAB = {}

    @pytest.fixture
    def lab(self, lab):
        kind = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/certificates." + (
            OPENVOX.partition("/")[0])
        path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/dnsAltNames"
        lab.request("PATCH", kind, [{"op": "add", "path": f"{path}/x-kubernetes-list-type",
                                     "value": "set"}], "application/json-patch+json")
        return lab

    def test_whoever_made_it_is_not_to_blame(self, cluster, daemon):
        """A removal from a set leaves no trace, and the creator still owns its own names."""
        eventually(lambda: refused_twice(cluster), what="the list is a set")
        cluster.request("POST", cluster.path("Certificate") + "?fieldManager=creator",
                        certificate_manifest("c", ["puppet"]))
        cluster.server("s", "c", ["p"])
        cluster.pool("p", inject=True)
        for _ in range(3):
            eventually(lambda: cluster.names("c"), ["puppet", HOST])
            cluster.request(
                "PATCH", cluster.path("Certificate", "c") + "?fieldManager=remover",
                [{"op": "test", "path": "/spec/dnsAltNames/1", "value": HOST},
                 {"op": "remove", "path": "/spec/dnsAltNames/1"}], "application/json-patch+json")
        text = warned(cluster, daemon, "p", CONTESTED, "Certificate c")
        assert text.startswith("somebody keeps removing")


def refused_twice(cluster) -> bool:
    """Whether a name may not be in a list twice."""
    status, _ = cluster.lab.request("POST", cluster.path("Certificate") + "?dryRun=All",
                                    certificate_manifest("twice", ["a", "a"]))
    return status == 422


def test_two_reverts_are_no_fight(cluster, daemon):
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    for _ in range(2):
        eventually(lambda: cluster.names("c"), ["puppet", HOST])
        cluster.merge("Certificate", "c", {"spec": {"dnsAltNames": ["puppet"]}})
    eventually(lambda: cluster.names("c"), ["puppet", HOST])
    witness(cluster)
    assert daemon.problems() == []


def test_switching_off_and_on_is_no_fight(cluster, new_daemon):
    daemon = new_daemon(certificates={"grace": 0}).start().wait_until_healthy()
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    for _ in range(5):
        eventually(lambda: cluster.names("c"), ["puppet", HOST])
        cluster.change_route("p", injectDNSAltName=False)
        eventually(lambda: cluster.names("c"), ["puppet"])
        cluster.change_route("p", injectDNSAltName=True)
    eventually(lambda: cluster.names("c"), ["puppet", HOST])
    assert daemon.problems() == []


def set_status(cluster, **status) -> None:
    cluster.request("PATCH", cluster.path("Certificate", "c") + "/status", {"status": status},
                    "application/merge-patch+json")


def test_operator_derives_the_name(cluster, daemon):
    """There is nothing to inject as long as it does."""
    cluster.certificate("c", ["puppet"])
    set_status(cluster, effectiveDNSAltNames=["puppet", "P.example.com"])
    cluster.server("s", "c", ["p", "q"])
    cluster.pool("p", inject=True)
    cluster.pool("q", inject=True)
    eventually(lambda: state(cluster, "c"),
               (["puppet", "q.example.com"], {"q.example.com": ["q"]}))
    witness(cluster)
    assert cluster.names("c") == ["puppet", "q.example.com"]
    set_status(cluster, effectiveDNSAltNames=["puppet", "q.example.com"])
    eventually(lambda: cluster.names("c"), ["puppet", "q.example.com", HOST])


@pytest.fixture
def may_reissue(lab, tokens, tmp_path):
    """packaging/kustomize with its component reissue."""
    folder = tmp_path / "kustomize"
    shutil.copytree(KUSTOMIZE, folder)
    (folder / "with").mkdir()
    (folder / "with" / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "resources: [../base]\ncomponents: [../reissue]\n")
    lab.kubectl("apply", "-k", str(folder / "with"))
    yield
    lab.kubectl("apply", "-k", str(KUSTOMIZE / "base"))


def phase(cluster) -> str:
    return cluster.get("Certificate", "c")["status"]["phase"]


@pytest.mark.parametrize("before, after", [("Signed", "Pending"), ("Requesting", "Requesting"),
                                           ("Renewing", "Renewing"), ("Error", "Error")])
def test_reissue_pending(cluster, new_daemon, may_reissue, before, after):
    daemon = new_daemon(certificates={"reissue": "pending", "grace": 0}).start()
    cluster.certificate("c", ["puppet"])
    set_status(cluster, phase=before)
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: (cluster.names("c"), phase(cluster)), (["puppet", HOST], after))
    witness(cluster)
    assert phase(cluster) == after
    if before == "Signed":  # a withdrawal is no reason
        set_status(cluster, phase="Signed")
        cluster.delete("Pool", "p")
        eventually(lambda: cluster.names("c"), ["puppet"])
        witness(cluster, "w2")
        assert phase(cluster) == "Signed"
    assert daemon.problems() == []


REISSUE = "openvox.voxpupuli.org/tlsrouted-reissue"


def marked(cluster) -> bool:
    return REISSUE in cluster.get("Certificate", "c")["metadata"].get("annotations", {})


@pytest.mark.parametrize("status, path", [(500, "/certificates/c/status"), (503, "/status"),
                                          (409, "/certificates/c/status")])
def test_reissue_until_done(lab, cluster, new_daemon, may_reissue, status, path):
    """Also by another certpatcher: what remains to be done stands in the Certificate."""
    with Proxy(lab) as proxy:
        answer = proxy.answer("PATCH", path, status, b'{"kind":"Status","message":"not just now"}',
                              times=10000, Content_Type="application/json")
        daemon = new_daemon(server=proxy.url, certificates={"reissue": "pending"}).start()
        cluster.certificate("c", ["puppet"])
        set_status(cluster, phase="Signed")
        cluster.server("s", "c", ["p"])
        cluster.pool("p", inject=True)
        eventually(lambda: answer.times < 9999)
        assert (cluster.names("c"), phase(cluster), marked(cluster)) == (
            ["puppet", HOST], "Signed", True)
        os.kill(daemon.worker_pids()["certpatcher"], signal.SIGKILL)
        eventually(lambda: daemon.restarts()["certpatcher"], 1)
        answer.times = 0
        eventually(lambda: (phase(cluster), marked(cluster)), ("Pending", False))
        set_status(cluster, phase="Signed")
        witness(cluster)
        assert phase(cluster) == "Signed", "once is enough"
        daemon.stop()


def test_reissue_is_not_repeated(lab, cluster, new_daemon, may_reissue):
    """Where only the mark cannot be removed."""
    with Proxy(lab) as proxy:
        daemon = new_daemon(server=proxy.url, certificates={"reissue": "pending"}).start()
        cluster.certificate("c", ["puppet"])
        set_status(cluster, phase="Signed")
        cluster.server("s", "c", ["p"])
        answer = None

        def fail_after_names():
            nonlocal answer
            if answer is None and marked(cluster):
                answer = proxy.answer("PATCH", r"/certificates/c\?", 500,
                                      b'{"kind":"Status","message":"not just now"}', times=3,
                                      Content_Type="application/json")
            return phase(cluster)

        hold = proxy.answer("PATCH", "/certificates/c/status", 500, b'{"kind":"Status"}', times=1,
                            Content_Type="application/json")
        cluster.pool("p", inject=True)
        eventually(fail_after_names, "Pending")
        assert hold.times == 0
        eventually(lambda: daemon.said("cannot remove the annotation", name="c"))
        set_status(cluster, phase="Signed")
        eventually(lambda: marked(cluster), False)
        assert phase(cluster) == "Signed"
        phases = [each for each in proxy.statuses if each[1].startswith(
            cluster.path("Certificate", "c") + "/status") and each[0] == "PATCH"]
        assert len(phases) == 1
        daemon.stop()


@pytest.mark.parametrize("before", ["Requesting", "Renewing"])
def test_reissue_after_what_is_under_way(cluster, new_daemon, may_reissue, before):
    """A certificate that was requested before the name was there lacks it."""
    new_daemon(certificates={"reissue": "pending"}).start()
    cluster.certificate("c", ["puppet"])
    set_status(cluster, phase=before)
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: (cluster.names("c"), marked(cluster)), (["puppet", HOST], True))
    witness(cluster)
    assert (phase(cluster), marked(cluster)) == (before, True)
    set_status(cluster, phase="Signed")
    eventually(lambda: (phase(cluster), marked(cluster)), ("Pending", False))


def test_reissue_none(cluster, daemon):
    cluster.certificate("c", ["puppet"])
    set_status(cluster, phase="Signed")
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: cluster.names("c"), ["puppet", HOST])
    witness(cluster)
    assert phase(cluster) == "Signed"


def test_reissue_without_the_right(cluster, new_daemon):
    """The name is in; what is missing is said once."""
    daemon = new_daemon(certificates={"reissue": "pending"}).start()
    cluster.certificate("c", ["puppet"])
    set_status(cluster, phase="Signed")
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: daemon.said("packaging/kustomize/reissue", name="c", level="warning"))
    assert (cluster.names("c"), phase(cluster)) == (["puppet", HOST], "Signed")


def test_limit(cluster, new_daemon):
    daemon = new_daemon(certificates={"maxNames": 3, "grace": 600}).start().wait_until_healthy()
    cluster.certificate("c", ["one", "two"])
    cluster.server("s", "c", ["a", "b"])
    cluster.pool("a", inject=True)
    eventually(lambda: cluster.names("c"), ["one", "two", "a.example.com"])
    cluster.pool("b", inject=True)
    text = warned(cluster, daemon, "b", "CertificateFull", "maxNames", "Certificate c")
    assert eventually(lambda: events_on(cluster, "c", "CertificateFull"))
    assert cluster.names("c") == ["one", "two", "a.example.com"]
    cluster.change_route("a", injectDNSAltName=False)  # room, although the grace is not over
    eventually(lambda: cluster.names("c"), ["one", "two", "b.example.com"])
    resolved(cluster, daemon, "b", "CertificateFull", text)


def test_many_at_once(cluster, new_daemon):
    """More than are read one by one, and more than are at work at a time."""
    count = 60
    for number in range(count):
        cluster.certificate(f"c{number}", ["puppet"])
        cluster.server(f"s{number}", f"c{number}", [f"p{number % 7}"])
    for number in range(7):
        cluster.pool(f"p{number}", inject=True)
    daemon = new_daemon().start()
    for number in range(count):
        eventually(lambda: cluster.names(f"c{number}"), ["puppet", f"p{number % 7}.example.com"])
    wait_for(daemon, added=count, refused=0, failed=0)
    assert patches(cluster) == count
    assert daemon.problems() == []


def test_many_namespaces(new_cluster, new_daemon):
    """More than are read one by one, by one who may read all."""
    clusters = [new_cluster() for _ in range(10)]
    for each in clusters:
        each.certificate("c", ["puppet"])
        each.server("s", "c", ["p"])
        each.pool("p", f"{each.namespace}.example.com", inject=True)
    new_daemon(namespaces=[]).start()
    for each in clusters:
        host = f"{each.namespace}.example.com"
        eventually(lambda: state(each, "c"), (["puppet", host], {host: ["p"]}))
        assert patches(each) == 1


def test_missing_rights_remove_nothing(cluster, new_daemon, tokens_without):
    """What cannot be read is not known: names stay."""
    first = new_daemon(certificates={"grace": 0}).start().wait_until_healthy()
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: ledger(cluster, "c"), {HOST: ["p"]})
    first.stop()
    tokens = tokens_without("pools")
    daemon = new_daemon(certificates={"grace": 0},
                        tokens={**first_tokens(first), "certpatcher": tokens["certpatcher"]})
    daemon.start()
    cluster.delete("Pool", "p")
    eventually(lambda: daemon.said("cannot read pools", role="certpatcher", level="warning"))
    assert state(cluster, "c") == (["puppet", HOST], {HOST: ["p"]})


def first_tokens(daemon) -> dict[str, str]:
    return {role: daemon.token_file(role).read_text()
            for role in ("watcher", "reconciler", "certpatcher")}
