# SPDX-License-Identifier: Apache-2.0
"""The commands of the READMEs and of docs/install-cluster.md, as they stand there, on a cluster that
knows nothing of tlsrouted."""

import contextlib
import os
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from cluster import Cluster, gateway_manifest, listener
from daemon import ACCOUNTS, ROLES, TLSROUTECTL, TOP, Daemon
from documented import Reader, blocks_of
from gateways import answer
from lab import Lab, build
from labs import short_folder
from waiting import eventually


@pytest.fixture(scope="module")
def bare():
    """An API server with the Gateway API, and without the kinds and namespaces of anybody else."""
    with short_folder() as folder:
        lab = Lab(folder / "lab", crds=False)
        try:
            lab.start()
            lab.install_gateway_api()
            yield lab
        finally:
            lab.remove()


def commands_of(name: str, *programs: str) -> list[str]:
    """Indented lines that begin with one of these, and what stands between backticks likewise."""
    found = []
    for line in (TOP / name).read_text(encoding="utf-8").splitlines():
        indented = line[4:].strip() if line.startswith("    ") else ""
        for text in (indented, *line.split("`")[1::2]):
            if text.startswith(tuple(f"{program} " for program in programs)):
                found.append(text.partition(" #")[0].strip())
    return found


def run(lab: Lab, home: Path, command: str, **values: str) -> None:
    """From the top of the tree, as one who has just cloned it."""
    programs = os.pathsep.join([str(build() / "bin"), str(build("helm") / "bin"), os.environ["PATH"]])
    words = [values.get(word, word) for word in shlex.split(command)]
    done = subprocess.run(words, cwd=TOP, text=True, capture_output=True, timeout=120, env={
        "PATH": programs, "HOME": str(home), "KUBECONFIG": str(lab.admin_kubeconfig)})
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


# packaging/kustomize/README.md

def test_rights_of_one_namespace(bare, tmp_path):
    """The namespace first, as packaging/kustomize/README.md says."""
    (create,) = commands_of("packaging/kustomize/README.md", "kubectl create")
    run(bare, tmp_path, create)
    run(bare, tmp_path, "kubectl apply -k packaging/kustomize/namespaced")
    path = "/api/v1/namespaces/openvox/serviceaccounts/tlsrouted-watcher"
    assert bare.request("GET", path)[0] == 200


# docs/install-cluster.md

INSTALL = "docs/install-cluster.md"
COMMANDS_MAX = 3


@contextlib.contextmanager
def pods_of(lab: Lab, reader: Reader, folder: Path):
    """In place of Pods, which nobody runs here: a tlsrouted with the accounts that are installed.
    Yields what starts it. `kubectl exec` asks it."""
    socket = folder / "daemon" / "control.sock"
    reader.program("kubectl", f"""\
case "$*" in
    *" exec deployment/tlsrouted -- tlsroutectl "*)
        while [ "$1" != tlsroutectl ]; do shift; done
        shift
        exec {TLSROUTECTL} --socket {socket} "$@" ;;
esac
exec {build() / "bin" / "kubectl"} "$@"
""")
    started: list[Daemon] = []

    def start() -> None:
        socket.parent.mkdir()
        tokens = {role: lab.token(ACCOUNTS, f"tlsrouted-{role}") for role in ROLES}
        started.append(Daemon(socket.parent, lab, tokens, namespaces=[]).start())
        eventually(lambda: lab.request(
            "GET", Cluster(lab, "openvox").path("TLSRoute", "production"))[0], 200)
        answer(Cluster(lab, "openvox"))

    try:
        yield start
    finally:
        for daemon in started:
            daemon.stop()


def test_install_cluster(bare, folder):
    """In three commands, from a cluster that has only a Gateway to a Pool with its route."""
    cluster = Cluster(bare, "openvox")
    bare.request("POST", "/api/v1/namespaces", {"metadata": {"name": "openvox"}})  # or it is there
    cluster.create(gateway_manifest("puppet", listener("puppet")))
    reader = Reader(bare, folder / "reader")
    with pods_of(bare, reader, folder) as start:
        reader.follow(INSTALL, before={"-- tlsroutectl pools": start})
    assert reader.left(INSTALL) == []


def test_few_commands():
    first = [block for block in blocks_of(INSTALL) if "Helm" in block.headings and block.is_run]
    pools = next(index for index, block in enumerate(first) if "tlsroutectl pools" in block.text)
    assert pools + 1 <= COMMANDS_MAX


# Where to find the values, and the kinds
GITOPS = {"Argo CD": ("spec", "source", "helm", "valuesObject"), "Flux": ("spec", "values")}
KINDS = {("argoproj.io/v1alpha1", "Application"), ("source.toolkit.fluxcd.io/v1", "GitRepository"),
         ("helm.toolkit.fluxcd.io/v2", "HelmRelease")}


@pytest.mark.parametrize("section", GITOPS)
def test_gitops(section, tmp_path):
    """The values are some that the chart knows, and its folder is there."""
    manifests = [manifest for block in blocks_of(INSTALL) if section in block.headings
                 for manifest in yaml.safe_load_all(block.text) if "kind" in manifest]
    assert {(manifest["apiVersion"], manifest["kind"]) for manifest in manifests} <= KINDS
    values = manifests[-1]
    for key in GITOPS[section]:
        values = values[key]
    assert values["config"]
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    done = subprocess.run([build("helm") / "bin" / "helm", "template", "tlsrouted",
                           TOP / "packaging/helm/tlsrouted", "--values", tmp_path / "values.yaml"],
                          text=True, capture_output=True, check=False)
    assert done.returncode == 0 and "registry.example.com/tlsrouted" in done.stdout, done.stderr


# README.md, and that of the chart of Pools

def test_install(bare, tmp_path):
    """In the order of the README; then the chart, whose namespace does not exist either."""
    apply, setup = commands_of("README.md", "kubectl apply", "tlsroutectl setup")
    run(bare, tmp_path, apply)
    run(bare, tmp_path, f"{setup} --folder {tmp_path / 'etc'}", tlsroutectl=str(TLSROUTECTL))
    assert (tmp_path / "etc" / "tlsrouted.yaml").exists()
    eventually(lambda: bare.request("GET", "/apis/openvox.voxpupuli.org/v1alpha1/pools")[0], 200)
    (tmp_path / "values.yaml").write_text(
        "gateway: {name: puppet}\n"
        "pools: [{name: p, route: {enabled: true, hostname: p.example.com}}]\n")
    (install,) = commands_of("packaging/helm/openvox-pools/README.md", "helm")
    run(bare, tmp_path, install, **{"values.yaml": str(tmp_path / "values.yaml")})
    path = "/apis/openvox.voxpupuli.org/v1alpha1/namespaces/puppet/pools/p"
    assert bare.request("GET", path)[0] == 200
