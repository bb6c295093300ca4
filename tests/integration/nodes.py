# SPDX-License-Identifier: Apache-2.0
"""A lab with a node, and tlsrouted on it, as its chart installs it."""

import os
import platform
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest

import node
from cluster import Cluster
from lab import TOP, Lab
from test_chart import Helm
from waiting import eventually

CHART = TOP / "packaging" / "helm" / "tlsrouted"
NAMESPACE = "tlsrouted"
RELEASE = "tlsrouted"
SELECTOR = "app.kubernetes.io%2Finstance%3Dtlsrouted,app.kubernetes.io%2Fname%3Dtlsrouted"
MINTER = f"system:serviceaccount:{NAMESPACE}:tlsrouted-minter"
LEASE_SECONDS = 6
SECONDS = 120  # a limit: Pods start and end
ISSUED = "authentication.kubernetes.io/issued-credential-id"
USED = "authentication.kubernetes.io/credential-id"
POD = "authentication.kubernetes.io/pod-name"

# The image is in the node already.
VALUES = {"image": {"repository": "localhost/tlsrouted", "pullPolicy": "Never"},
          "config": {"lease": {"duration": LEASE_SECONDS}}}


@contextmanager
def node_lab() -> Iterator[Lab]:
    """Skips the test, with the reason, where there can be no node."""
    reason = node.missing()
    if reason is not None:
        pytest.skip(reason)
    # Not in /tmp, which may be in memory.
    (TOP / "build").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="node-", dir=TOP / "build"))
    lab = Lab(folder, node=True)
    try:
        lab.start()
        yield lab
    finally:
        lab.remove()
        shutil.rmtree(folder, ignore_errors=True)


def image() -> Path:
    """An archive of the image: that of TLSROUTED_IMAGE, or else built."""
    if "TLSROUTED_IMAGE" in os.environ:
        return Path(os.environ["TLSROUTED_IMAGE"])
    folder = TOP / "build" / "image"
    done = subprocess.run([TOP / "dev", "image", "--output", folder], text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    [archive] = folder.glob(f"tlsrouted-*-{architecture}.tar")
    return archive


class Release:
    """tlsrouted, installed by its chart."""

    def __init__(self, lab: Lab, home: Path):
        self.lab = lab
        self.helm = Helm(home, lab.admin_kubeconfig, NAMESPACE)
        self.objects = Cluster(lab, NAMESPACE)

    def install(self, values: dict | None = None, *options: str) -> str:
        """Or upgrades; what Helm prints."""
        return self.helm.must("upgrade", "--install", RELEASE, str(CHART), "--create-namespace",
                              *options, values={**VALUES, **(values or {})})

    def kubectl(self, *arguments: str) -> str:
        return self.lab.kubectl("--namespace", NAMESPACE, *arguments)

    # Its Pods

    def pods(self) -> dict[str, dict]:
        """By name; without those that are on their way out."""
        items = self.objects.request(
            "GET", f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector={SELECTOR}")["items"]
        return {item["metadata"]["name"]: item for item in items
                if "deletionTimestamp" not in item["metadata"]}

    def ready(self) -> set[str]:
        return {name for name, pod in self.pods().items() if any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in pod["status"].get("conditions", []))}

    def is_rolled_out(self) -> bool:
        """Whether the Pods are those that were last asked for, as far as it has come to be known."""
        deployment = self.objects.get("Deployment", RELEASE)
        status = deployment["status"]
        return (status.get("observedGeneration") == deployment["metadata"]["generation"]
                and status.get("replicas") == status.get("updatedReplicas"))

    def wait_ready(self, count: int = 2) -> set[str]:
        """Until exactly so many Pods exist, as they were last asked for, all ready, and one leads."""
        def settled() -> set[str]:
            names = self.ready()
            whole = self.is_rolled_out() and len(self.pods()) == len(names) == count
            return names if whole and self.leader() in names else set()

        return eventually(settled, bool, f"{count} Pods are ready, and one of them leads", SECONDS)

    def holder(self) -> str:
        """The process that holds the Lease."""
        lease = self.objects.get("Lease", "tlsrouted")
        return (lease or {}).get("spec", {}).get("holderIdentity") or ""

    def leader(self) -> str | None:
        """The Pod that holds the Lease."""
        holder = self.holder()
        names = [name for name in self.pods() if holder.startswith(name)]
        return names[0] if names else None

    def standby(self) -> str:
        [name] = set(self.pods()) - {self.leader()}
        return name

    def ctl(self, pod: str, *arguments: str) -> str:
        """What tlsroutectl prints in that Pod, whatever its exit status."""
        return self.lab.kubectl("--namespace", NAMESPACE, "exec", pod, "--container", "tlsrouted",
                                "--", "tlsroutectl", *arguments, check=False)

    def log(self, pod: str, *options: str) -> str:
        return self.kubectl("logs", pod, "--container", "tlsrouted", *options)

    def restarts(self, pod: str) -> int:
        [container] = self.pods()[pod]["status"]["containerStatuses"]
        return container["restartCount"]

    def events(self, reason: str) -> list[str]:
        """The notes of the namespace's Events with this reason."""
        return [event["note"] for event in self.objects.all("Event").values()
                if event["reason"] == reason]

    def user_map(self, pod: str) -> str:
        """Of its process: the first user there, who that is on the node, and how many there are."""
        [container] = self.pods()[pod]["status"]["containerStatuses"]
        name = container["containerID"].removeprefix("containerd://")
        tasks = self.lab.node.run("ctr", "--namespace", "k8s.io", "tasks", "list")
        [pid] = [line.split()[1] for line in tasks.splitlines() if line.startswith(name)]
        return self.lab.node.run("cat", f"/proc/{pid}/uid_map")

    # What happens to them

    def kill(self, pod: str) -> None:
        """Its processes end at once, as if they had run out of memory."""
        [container] = self.pods()[pod]["status"]["containerStatuses"]
        self.lab.node.run("ctr", "--namespace", "k8s.io", "tasks", "kill", "--signal", "KILL",
                          container["containerID"].removeprefix("containerd://"))

    def freeze(self, pod: str, frozen: bool = True) -> None:
        """Its processes get no more time, and hold what they hold: as if the machine hung."""
        uid = self.pods()[pod]["metadata"]["uid"]
        self.lab.node.run("bash", "-c", """
            found=$(find /sys/fs/cgroup -type d -name "*pod$1" -exec test -e {}/freezer.state \\; -print)
            if [[ -n $found ]]; then
                [[ $2 == 1 ]] && state=FROZEN || state=THAWED
                echo "$state" >"$found/freezer.state"
            else
                echo "$2" >"$(find /sys/fs/cgroup -type d -name "*pod$1" -print -quit)/cgroup.freeze"
            fi""", "freeze", uid, str(int(frozen)))

    # Who wrote what

    def writes(self) -> list[tuple[str, str, str, str | None]]:
        """The Pod, the verb, the kind and the name of every write so far that succeeded, in order;
        Events are not among them, which come later than what they tell of. The Pod is that whose
        minter asked for the token."""
        pods: dict[str, str] = {}
        made = []
        for event in self.lab.audit_events():
            extra = event["user"].get("extra", {})
            if ISSUED in event.get("annotations", {}) and event["user"]["username"] == MINTER:
                pods[event["annotations"][ISSUED]] = extra[POD][0]
            elif ":tlsrouted-" in event["user"]["username"] and \
                    event["responseStatus"]["code"] < 300 and \
                    event["objectRef"]["resource"] != "events":
                made.append((pods[extra[USED][0]], event["verb"],
                             event["objectRef"]["resource"], event["objectRef"].get("name")))
        return made

    def assert_one_writer(self) -> None:
        """Nobody ever wrote who was not the last to write the Lease."""
        holder = None
        for pod, verb, kind, name in self.writes():
            if kind == "leases":
                holder = pod
            else:
                assert pod == holder, f"{pod}: {verb} {kind} {name}, while {holder} had the Lease"


def elapsed(since: float) -> str:
    return f"{time.monotonic() - since:.1f} s"
