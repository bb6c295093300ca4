# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a Kubernetes API server for all tests, a namespace and daemons for each."""

import contextlib
import itertools
import os
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path

import pytest

for tools in ("lab", "wire"):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / tools))

from cluster import Cluster, Refused  # noqa: E402
from daemon import ACCOUNTS, ROLES, TLSROUTED, UNDER_UNIT, Daemon, UnitDaemon  # noqa: E402
from labs import GrantedLab, granted_lab, short_folder  # noqa: E402

_numbers = itertools.count(1)

# As with Ctrl-C: the fixtures end what they started, which a plain SIGTERM would leave running.
if threading.current_thread() is threading.main_thread():  # pytest-xdist may import this in another
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_configure(config):
    config.addinivalue_line("markers", "all: takes so long that only `./dev check --all` runs it")


def pytest_collection_modifyitems(items):
    if os.environ.get("TLSROUTED_TEST_ALL") != "1":
        for item in items:
            if item.get_closest_marker("all"):
                item.add_marker(pytest.mark.skip(reason="only with ./dev check --all"))


@pytest.fixture(scope="session", autouse=True)
def _installed():
    if not TLSROUTED.exists():
        pytest.exit(f"{TLSROUTED} is missing: install tlsrouted there, or set TLSROUTED_PREFIX", 3)


@pytest.fixture
def folder():
    with short_folder() as made:
        yield made


# A module or a class has a lab of its own if it says of what kind: OWN_LAB has the arguments of
# granted_lab(). Its `lab` may do more before or after each test.

@pytest.fixture(scope="session")
def session_lab():
    with granted_lab() as made:
        yield made


@pytest.fixture(scope="module")
def module_lab(request):
    with granted_lab(**request.module.OWN_LAB) as made:
        yield made


@pytest.fixture(scope="class")
def class_lab(request):
    with granted_lab(**request.cls.OWN_LAB) as made:
        yield made


@pytest.fixture
def its_lab(request) -> GrantedLab:
    """Of the test's class, of its module, or of all tests."""
    for owner, fixture in ((request.cls, "class_lab"), (request.module, "module_lab")):
        if hasattr(owner, "OWN_LAB"):
            return request.getfixturevalue(fixture)
    return request.getfixturevalue("session_lab")


@pytest.fixture
def lab(its_lab):
    return its_lab.lab


@pytest.fixture
def tokens(its_lab):
    return its_lab.tokens


@pytest.fixture
def named_cluster(lab):
    """Makes namespaces, where they exist with a Gateway that takes the routes of all Pools in it:
    a Pool has no reason to complain unless a test gives it one."""
    made = []

    def make(name: str) -> Cluster:
        cluster = Cluster(lab, name)
        cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        made.append(name)
        if lab.request("GET", cluster.path("Gateway"))[0] == 200:
            cluster.gateway()
        return cluster

    yield make
    for name in made:
        with contextlib.suppress(OSError):  # an API server that the test stopped
            lab.request("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture
def new_cluster(named_cluster):
    """The same, with a name that no other test has."""
    return lambda: named_cluster(f"test-{next(_numbers)}")


@pytest.fixture
def cluster(new_cluster):
    """The namespace of the test."""
    return new_cluster()


@pytest.fixture
def accounts(lab, tokens):
    """The namespace of the accounts; without Leases before and after the test."""
    namespace = Cluster(lab, ACCOUNTS)

    def remove_leases() -> None:
        for name in namespace.all("Lease"):
            namespace.merge("Lease", name, {"metadata": {"finalizers": None}})
            with contextlib.suppress(Refused):  # it waited for that
                namespace.delete("Lease", name)

    remove_leases()
    yield namespace
    remove_leases()


@pytest.fixture
def tokens_without(lab, tokens, cluster):
    """Makes tokens of accounts with the rights of packaging/kustomize, but for some kinds."""
    def make(*resources: str) -> dict[str, str]:
        rbac = "rbac.authorization.k8s.io"
        for role in ROLES:
            account = {"name": f"tlsrouted-{role}", "namespace": cluster.namespace}
            name = f"{cluster.namespace}-{role}"
            rules = cluster.request("GET", f"/apis/{rbac}/v1/clusterroles/tlsrouted-{role}")["rules"]
            for rule in rules:
                rule["resources"] = [each for each in rule["resources"] if each not in resources]
            lab.apply([
                {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account},
                {"apiVersion": f"{rbac}/v1", "kind": "ClusterRole", "metadata": {"name": name},
                 "rules": [rule for rule in rules if rule["resources"]]},
                {"apiVersion": f"{rbac}/v1", "kind": "ClusterRoleBinding",
                 "metadata": {"name": name},
                 "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": name},
                 "subjects": [{"kind": "ServiceAccount", **account}]}])
        return {role: lab.token(cluster.namespace, f"tlsrouted-{role}") for role in ROLES}

    return make


@pytest.fixture
def new_daemon(lab, tokens, cluster):
    """Makes daemons for the test's namespace, which are not started yet. Those that still run at
    the end have to stop as they should; the log of each shows if the test failed."""
    made = []

    def make(**options) -> Daemon:
        folder = Path(tempfile.mkdtemp(prefix="tlsrouted-"))
        options.setdefault("namespaces", [cluster.namespace])
        kind = UnitDaemon if UNDER_UNIT else Daemon
        daemon = kind(folder, lab, options.pop("tokens", tokens), **options)
        made.append(daemon)
        return daemon

    yield make
    try:
        for daemon in made:
            if daemon.running():
                daemon.stop()
            # With `sandbox: log` for the whole suite nothing may be outside the list.
            if not daemon.tries_forbidden_calls:
                assert daemon.said("a system call that the sandbox would not allow") == []
    finally:
        for daemon in made:
            if daemon.running():
                daemon.kill()
            if daemon.log.exists():
                print(f"log of tlsrouted ({daemon.folder}):")
                print(daemon.log.read_text(errors="replace"))
            shutil.rmtree(daemon.folder, ignore_errors=True)


@pytest.fixture
def daemon(new_daemon):
    """One that runs and is healthy."""
    return new_daemon().start().wait_until_healthy()
