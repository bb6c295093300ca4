# SPDX-License-Identifier: Apache-2.0
"""tlsrouted in Pods of a real node, two of them, and what happens to such in a cluster. After each failure
everything is as it should be, nobody wrote who was not the leader, and somebody said what was wrong."""

import json
import time

import pytest

from cluster import expected_spec
from nodes import LEASE_SECONDS, NAMESPACE, SECONDS, Release, elapsed, image, node_lab
from waiting import eventually

pytestmark = pytest.mark.all

CORE = f"/api/v1/namespaces/{NAMESPACE}"
RBAC = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    with node_lab() as lab:
        lab.node.import_image(image())
        started = time.monotonic()
        release = Release(lab, tmp_path_factory.mktemp("helm"))
        release.install()
        release.wait_ready()
        print(f"Pods ready {elapsed(started)} after the import of the image")
        yield release


@pytest.fixture
def lab(installation):
    return installation.lab


@pytest.fixture
def release(installation):
    """As installed, whatever the test before has left."""
    installation.install()
    installation.wait_ready()
    yield installation
    for name in installation.pods():
        print(f"{name}:\n{installation.log(name, '--tail=40')}")
    installation.assert_one_writer()


def ask(cluster, name: str) -> None:
    """For a TLSRoute, a Service and a name in a Certificate."""
    cluster.certificate(name, ["puppet"])
    cluster.server(name, name, [name])
    cluster.pool(name, inject=True)


def done(cluster, name: str) -> bool:
    return (cluster.route_spec(name), cluster.names(name)) == (
        expected_spec(name), ["puppet", f"{name}.example.com"])


def assert_converges(cluster, name: str, seconds: float = SECONDS) -> None:
    ask(cluster, name)
    eventually(lambda: done(cluster, name), what=f"Pool {name} has what it asks for", seconds=seconds)


def said(release: Release, pod: str, text: str, seconds: float = SECONDS, log: bool = True) -> None:
    """In the Pod's log, or by its tlsroutectl."""
    eventually(lambda: release.log(pod) if log else release.ctl(pod, "status"),
               lambda told: text in told, text, seconds)


def test_installed(release, cluster):
    assert_converges(cluster, "p")
    names = release.wait_ready()
    for name in names:
        assert release.restarts(name) == 0
        assert "3 of 3 tokens are valid" in release.ctl(name, "status")
        # Of nothing that they could not help, such as the mode of a token that the kubelet mounts.
        assert not [line for line in release.log(name).splitlines() if "level=warning" in line]
    assert "standby" in release.ctl(release.standby(), "status")
    # The cluster refused nothing that it wanted.
    assert cluster.refused() == []


def test_the_pods_have_users_of_their_own(release, cluster):
    """`hostUsers: false`: whoever they run as is nobody on the node. Their sandbox is the same."""
    before = release.ready()
    levels = sandboxes(release, release.leader())
    release.install({"hostUsers": False})
    eventually(lambda: release.ready() & before, set(), "other Pods are ready", SECONDS)
    for name in release.wait_ready():
        inside, outside, count = map(int, release.user_map(name).split())
        assert inside == 0 and outside > 0 and count == 65536
        assert sandboxes(release, name) == levels
    assert_converges(cluster, "p")


def sandboxes(release: Release, pod: str) -> list[str]:
    """The supervisor's, then the workers'."""
    status = json.loads(release.ctl(pod, "status", "--output", "json"))
    return [each["sandbox"] for each in (status, *status["workers"])]


def test_a_replica_is_killed(release, cluster):
    """Its supervisor goes first: a worker may see that, and release the Lease, before it is killed too.
    Then the kubelet may be as fast as the standby."""
    leader, holder = release.leader(), release.holder()
    release.kill(leader)
    started = time.monotonic()
    ask(cluster, "p")
    eventually(lambda: release.leader() and release.holder() != holder, seconds=SECONDS)
    print(f"another leads after {elapsed(started)}, with a Lease of {LEASE_SECONDS} s")
    eventually(lambda: done(cluster, "p"), seconds=SECONDS)
    print(f"converged after {elapsed(started)}")
    release.wait_ready()
    assert release.restarts(leader) == 1
    [container] = release.pods()[leader]["status"]["containerStatuses"]
    assert container["lastState"]["terminated"]["exitCode"] == 137


def test_a_replica_is_deleted(release, cluster):
    leader, standby = release.leader(), release.standby()
    started = time.monotonic()
    release.kubectl("delete", "pod", leader, "--wait=false")
    eventually(lambda: release.leader() == standby, seconds=SECONDS)
    print(f"another leads after {elapsed(started)}")
    assert_converges(cluster, "p")
    assert leader not in release.wait_ready()


def test_a_node_is_drained(release, cluster):
    drain = ("drain", "node", "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=15s")
    try:
        # There is no second node for the Pod that would take the place of the first.
        release.lab.kubectl(*drain, check=False)
        [last] = release.ready()
        eventually(lambda: release.leader(), last, seconds=SECONDS)
        assert_converges(cluster, "p")
        with pytest.raises(Exception, match="would violate the pod's disruption budget"):
            release.kubectl("drain", "node", "--ignore-daemonsets", "--delete-emptydir-data",
                            "--timeout=3s")
        assert any("unschedulable" in note for note in release.events("FailedScheduling"))
    finally:
        release.lab.kubectl("uncordon", "node")
    release.wait_ready()


def test_the_leader_is_frozen(release, cluster):
    leader, standby = release.leader(), release.standby()
    release.freeze(leader)
    try:
        started = time.monotonic()
        ask(cluster, "p")
        eventually(lambda: release.leader(), standby, seconds=SECONDS)
        print(f"another leads after {elapsed(started)}, with a Lease of {LEASE_SECONDS} s")
        eventually(lambda: done(cluster, "p"), seconds=SECONDS)
        eventually(lambda: release.ready(), {standby}, "the frozen one is not ready", SECONDS)
        assert any("probe failed" in note for note in release.events("Unhealthy"))
    finally:
        release.freeze(leader, False)
    release.wait_ready()
    assert release.leader() == standby
    assert "standby" in release.ctl(leader, "status")
    assert_converges(cluster, "q")


def test_the_secret_of_the_tokens_is_deleted(release, cluster):
    release.kubectl("delete", "secret", "tlsrouted-tokens")
    leader = release.leader()
    said(release, leader, "cannot request a token")
    said(release, leader, "create the ServiceAccount and the Secret")
    release.install()
    release.wait_ready()
    assert_converges(cluster, "p")


@pytest.mark.parametrize("role", ["watcher", "reconciler", "certpatcher"])
def test_an_account_is_made_again(release, cluster, role):
    """Its tokens are void; the minter asks for others."""
    leader = release.leader()
    tokens = len(new_tokens(release, leader, role))
    release.kubectl("delete", "serviceaccount", f"tlsrouted-{role}")
    release.install()
    # A watch that is open goes on with the old token.
    release.lab.stop_apiserver()
    release.lab.start_apiserver()
    # Nor does the certpatcher send anything until there is something to write.
    assert_converges(cluster, "p")
    assert len(new_tokens(release, leader, role)) > tokens
    said(release, leader, "the API server refuses the credential")
    release.wait_ready()


def new_tokens(release: Release, pod: str, role: str) -> list[str]:
    """What the log says of them."""
    return [line for line in release.log(pod).splitlines()
            if "a worker has a new token" in line and f"worker={role}" in line]


def test_the_account_of_the_pods_is_made_again(release, cluster):
    """The kubelet keeps the token of the old one for most of an hour. Nobody needs it, unless tokens have
    to be requested: then new Pods are needed, and the log says so."""
    release.kubectl("delete", "serviceaccount", "tlsrouted-minter")
    release.install()
    assert_converges(cluster, "p")
    release.kubectl("delete", "secret", "tlsrouted-tokens")
    release.install()
    said(release, release.leader(), "deleted and made again, delete the Pod")
    release.kubectl("rollout", "restart", "deployment", "tlsrouted")
    release.kubectl("rollout", "status", "deployment", "tlsrouted", f"--timeout={SECONDS}s")
    release.wait_ready()
    assert_converges(cluster, "q")


def test_the_policies_are_missing(release, cluster):
    """They guard, and nothing depends on them."""
    status, policies = release.lab.request("GET", POLICIES)
    names = [policy["metadata"]["name"] for policy in policies["items"]]
    assert len(names) > 1
    release.lab.kubectl("delete", "validatingadmissionpolicy", *names)
    assert_converges(cluster, "p")
    release.install()
    status, policies = release.lab.request("GET", POLICIES)
    assert {policy["metadata"]["name"] for policy in policies["items"]} == set(names)
    assert_converges(cluster, "q")


def test_rights_are_narrowed(release, cluster):
    path = f"{RBAC}/tlsrouted-reconciler"
    role = cluster.request("GET", path)
    for rule in role["rules"]:
        if "tlsroutes" in rule["resources"]:
            rule["verbs"] = [verb for verb in rule["verbs"] if verb != "create"]
    cluster.request("PUT", path, role)
    ask(cluster, "p")
    leader = release.leader()
    said(release, leader, "grant this account the right that the reason names")
    explained = release.ctl(leader, "explain", f"{cluster.namespace}/p")
    assert 'cannot create resource "tlsroutes"' in " ".join(explained.split())
    release.install()
    eventually(lambda: done(cluster, "p"), seconds=SECONDS)


@pytest.mark.parametrize("broken, reason", [
    ({"image": {"repository": "localhost/tlsrouted", "pullPolicy": "Never", "tag": "missing"}},
     "ErrImageNeverPull"),
    ({"extraArgs": ["--no-such-option"]}, "BackOff")])
def test_the_next_version_is_broken(release, cluster, broken, reason):
    """Then the old one stays, and Helm takes it back."""
    before = release.ready()
    release.install(broken)
    eventually(lambda: release.events(reason), what=reason, seconds=SECONDS)
    assert before <= release.ready()
    assert_converges(cluster, "p")
    release.helm.must("rollback", "tlsrouted", "--wait", f"--timeout={SECONDS}s")
    assert release.wait_ready() == before


def test_a_version_is_rolled_out(release, cluster):
    """Never fewer than two Pods are ready meanwhile, and Pools change all the time."""
    before = release.ready()
    release.install({"podAnnotations": {"example.com/build": str(time.time())}})
    number = 0
    while release.ready() & before:
        assert len(release.ready()) >= 2
        number += 1
        assert_converges(cluster, f"p{number}")
    assert release.wait_ready() & before == set()


def test_the_lease_is_deleted(release, cluster):
    release.kubectl("delete", "lease", "tlsrouted")
    eventually(lambda: [name for name in release.pods() if "has deleted the Lease" in release.log(name)],
               what="somebody says so", seconds=SECONDS)
    eventually(release.leader, what="somebody leads", seconds=SECONDS)
    assert_converges(cluster, "p")
    release.wait_ready()
