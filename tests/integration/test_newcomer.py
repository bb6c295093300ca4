# SPDX-License-Identifier: Apache-2.0
"""The commands of the READMEs, as they stand there, on a cluster that knows nothing of tlsrouted."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from daemon import TOP
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


def test_install(bare, tmp_path):
    """In the order of the README; then the chart, whose namespace does not exist either."""
    commands = commands_of("README.md", "kubectl apply")
    assert len(commands) == 2
    for command in commands:
        run(bare, tmp_path, command)
    eventually(lambda: bare.request("GET", "/apis/openvox.voxpupuli.org/v1alpha1/pools")[0], 200)
    (tmp_path / "values.yaml").write_text(
        "gateway: {name: puppet}\n"
        "pools: [{name: p, route: {enabled: true, hostname: p.example.com}}]\n")
    (install,) = commands_of("packaging/helm/openvox-pools/README.md", "helm")
    run(bare, tmp_path, install, **{"values.yaml": str(tmp_path / "values.yaml")})
    path = "/apis/openvox.voxpupuli.org/v1alpha1/namespaces/puppet/pools/p"
    assert bare.request("GET", path)[0] == 200


def test_rights_of_one_namespace(bare, tmp_path):
    """The namespace first, as packaging/kustomize/README.md says."""
    (create,) = commands_of("packaging/kustomize/README.md", "kubectl create")
    run(bare, tmp_path, create)
    run(bare, tmp_path, "kubectl apply -k packaging/kustomize/namespaced")
    path = "/api/v1/namespaces/openvox/serviceaccounts/tlsrouted-watcher"
    assert bare.request("GET", path)[0] == 200
