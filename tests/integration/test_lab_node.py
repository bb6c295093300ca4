# SPDX-License-Identifier: Apache-2.0
"""The node of the lab: it runs Pods, and the machine that it is on notices nothing of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import node
from nodes import SECONDS, node_lab
from waiting import eventually

SYSCTLS = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
           "net/ipv4/ip_forward")
PODS = "/api/v1/namespaces/default/pods"


def machine() -> dict:
    """All that a kubelet and a container runtime change elsewhere."""
    return {"mounts": Path("/proc/self/mounts").read_text(),
            "interfaces": sorted(os.listdir("/sys/class/net")),
            "sysctls": {name: Path("/proc/sys", name).read_text() for name in SYSCTLS},
            "processes": subprocess.run(["pgrep", "--full", "containerd|kubelet"],
                                        capture_output=True, text=True).stdout}


def cgroups() -> set[Path]:
    return set(Path("/sys/fs/cgroup").rglob("tlsrouted-node-*"))


@pytest.mark.all
def test_a_pod_runs_and_nothing_is_left():
    before, cgroups_before = machine(), cgroups()
    with node_lab() as lab:
        lab.apply([{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pause"},
                    "spec": {"containers": [{"name": "pause", "image": node.PAUSE_IMAGE,
                                             "imagePullPolicy": "Never"}]}}])
        eventually(lambda: lab.request("GET", f"{PODS}/pause")[1]["status"]["phase"], "Running",
                   seconds=SECONDS)
        assert all(lab.running().values())
        during = machine()
        assert {**during, "processes": ""} == {**before, "processes": ""}
        assert cgroups() != cgroups_before
    assert (machine(), cgroups()) == (before, cgroups_before)


@pytest.mark.all
def test_the_api_server_returns():
    """As with a lab without node, the node stays meanwhile."""
    with node_lab() as lab:
        lab.stop_apiserver()
        assert not lab.running()["kube-apiserver"] and lab.running()["node"]
        lab.start_apiserver()
        assert lab.kubectl("get", "node", "--no-headers").split()[:2] == ["node", "Ready"]


def test_without_root_there_is_a_reason():
    code = "import os; os.seteuid(65534); import node; print(node.missing())"
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    done = subprocess.run([sys.executable, "-B", "-c", code], text=True, capture_output=True,
                          cwd=Path(node.__file__).parent)
    assert done.stdout.strip() == "a node needs root"


@pytest.mark.skipif(os.geteuid() != 0, reason="a node needs root")
def test_what_the_machine_lacks_is_the_reason():
    """Here, unshare: as where a container may make no namespaces."""
    found = node.missing()
    code = "import node; print(node.missing())"
    folder = Path(node.__file__).parent
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-c",
         f'mount -t tmpfs none /sys/fs/cgroup; exec {sys.executable} -B -c "{code}"'],
        text=True, capture_output=True, cwd=folder)
    assert done.stdout.startswith("no node here: mkdir: cannot create directory "), done.stderr
    assert found is None or found.startswith("no node here: ")
