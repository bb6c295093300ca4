# SPDX-License-Identifier: Apache-2.0
"""A node for the lab: containerd and kubelet in namespaces of their own, in which the API server listens,
too. Images come from files, the only Service with an address that answers is `kubernetes`, and there is no
cluster DNS and no NetworkPolicy."""

import contextlib
import json
import os
import platform
import shutil
import socket
import subprocess
import time
from pathlib import Path

from images import pack_image
from pki import Pki
from processes import Process

HERE = Path(__file__).resolve().parent
NAME = "node"

# Those of node.sh.
ADDRESS = "10.88.0.1"
API_PORT = 443
PODS, FIRST_POD = "10.88.0.0/24", "10.88.0.10"

PAUSE_IMAGE = "localhost/pause:1"
PREPARE_SECONDS = 60
REMOVE_SECONDS = 30
# Memory and disk are the machine's, and so is how full they are.
NEVER_EVICT = dict.fromkeys((
    "memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available",
    "imagefs.inodesFree"), "0%")


class NodeError(RuntimeError):
    """There is no node; the text says why."""


def missing() -> str | None:
    """Why this machine cannot have a node; None if it can. It is tried out, and nothing is left of it."""
    if os.geteuid() != 0:
        return "a node needs root"
    folder = HERE.parent.parent / "build" / f"node-probe-{os.getpid()}"
    done = subprocess.run([HERE / "node.sh", "probe", folder], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    _remove_cgroups(folder)
    shutil.rmtree(folder, ignore_errors=True)
    if done.returncode != 0:
        return f"no node here: {(done.stderr.strip().splitlines() or ['node.sh failed'])[-1]}"
    return None


class Node:
    """The one node of a lab, with its state in the folder `node` of the lab's."""

    api_server = f"https://127.0.0.1:{API_PORT}"  # in the node's network

    def __init__(self, lab_folder: Path, programs: Path, pki: Pki):
        """The programs are those of `build node`."""
        self._folder = lab_folder / "node"
        self._programs = programs
        self._pki = pki
        self._namespaces = Process("node", lab_folder)
        self._forwarder = Process("forward", lab_folder)
        self._scheduler = Process("kube-scheduler", lab_folder)

    def running(self) -> dict[str, bool]:
        """By program."""
        return {process.name: process.running()
                for process in (self._namespaces, self._forwarder, self._scheduler)}

    # Life

    def start(self, port: int) -> None:
        """Makes the namespaces, with containerd, and leads this port of loopback to the API server that
        has yet to be started in them."""
        if self._namespaces.running():
            return
        reason = missing()
        if reason is not None:
            raise NodeError(reason)
        self._pki.create_for_node(NAME, ADDRESS)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write_configuration()
        self._namespaces.start([str(HERE / "node.sh"), "start", str(self._folder),
                                str(self._programs / "bin")])
        self._wait_prepared()
        with socket.create_server(("127.0.0.1", port), backlog=128) as listening:
            self._forwarder.start(
                self.in_network(["python3", "-B", str(HERE / "forward.py"),
                                 str(listening.fileno()), str(API_PORT)]),
                pass_fds=(listening.fileno(),))

    def join(self, kubelet: Path, scheduler: Path) -> None:
        """Starts both with these kubeconfigs, now that the API server is ready."""
        mine = self._folder / "kubelet.kubeconfig"
        if not mine.exists():
            # Whole at once: node.sh waits for it.
            shutil.copy(kubelet, mine.with_suffix(".new"))
            mine.with_suffix(".new").rename(mine)
        if not self._scheduler.running():
            self._scheduler.start([
                str(self._programs / "bin" / "kube-scheduler"), f"--kubeconfig={scheduler}",
                "--leader-elect=false", "--secure-port=0"])

    def stop(self) -> None:
        """Nothing is left of it but logs: a node that is started again is a new one."""
        self._scheduler.stop(patience=2)
        self._forwarder.stop(patience=2)
        self._namespaces.stop(patience=0)
        _remove_cgroups(self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)

    def last_lines(self) -> str:
        return self._namespaces.last_lines()

    def _wait_prepared(self) -> None:
        deadline = time.monotonic() + PREPARE_SECONDS
        while not (self._folder / "prepared").exists():
            if not self._namespaces.running() or time.monotonic() > deadline:
                raise NodeError(f"the node was not prepared:\n{self.last_lines()}")
            time.sleep(0.05)

    # Inside

    def in_network(self, command: list[str]) -> list[str]:
        """As it has to be run to be in the node's network; its process id stays the same."""
        return ["nsenter", f"--net=/proc/{self._first()}/ns/net", *command]

    def run(self, *command: str) -> str:
        """Runs a command in the node, with its programs; returns what it prints."""
        enter = ["nsenter", f"--target={self._first()}", "--mount", "--net", "--pid", "--ipc",
                 "--uts", "--cgroup"]
        done = subprocess.run([*enter, *command], text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, env={**os.environ, "PATH": self._path()})
        if done.returncode != 0:
            raise NodeError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def import_image(self, archive: Path) -> None:
        """An OCI archive, for Pods with imagePullPolicy Never or IfNotPresent."""
        self.run("ctr", "--namespace", "k8s.io", "images", "import", str(archive))

    def _first(self) -> int:
        """The first process of the namespaces: the only child of what made them."""
        pid = self._namespaces.pid()
        if pid is None:
            raise NodeError("the node is not running")
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    def _path(self) -> str:
        return f"{self._programs / 'bin'}:{os.environ['PATH']}"

    # Configuration

    @staticmethod
    def exists(lab_folder: Path) -> bool:
        return (lab_folder / "node").exists()

    def api_flags(self) -> list[str]:
        """What the API server needs besides, in these namespaces."""
        certificate, key = self._pki.pair("apiserver-kubelet")
        return ["--bind-address=0.0.0.0", f"--secure-port={API_PORT}",
                f"--advertise-address={ADDRESS}",
                "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
                "--allow-privileged", f"--kubelet-certificate-authority={self._pki.ca}",
                f"--kubelet-client-certificate={certificate}", f"--kubelet-client-key={key}",
                "--kubelet-preferred-address-types=InternalIP"]

    def _write_configuration(self) -> None:
        pack_image(PAUSE_IMAGE, {"pause": self._programs / "bin" / "pause"}, ["/pause"],
                   self._folder / "pause.tar", platform.machine())
        (self._folder / "cni").mkdir(exist_ok=True)
        for name, text in (("cni/10-bridge.conflist", json.dumps(self._network())),
                           ("containerd.toml", self._containerd()),
                           ("kubelet.json", json.dumps(self._kubelet()))):
            (self._folder / name).write_text(text)

    def _network(self) -> dict:
        return {"cniVersion": "1.0.0", "name": "pods", "plugins": [{
            "type": "bridge", "bridge": "cni0", "isGateway": True, "isDefaultGateway": True,
            "ipMasq": False, "hairpinMode": True,
            "ipam": {"type": "host-local", "dataDir": str(self._folder / "addresses"),
                     "ranges": [[{"subnet": PODS, "rangeStart": FIRST_POD}]]}}]}

    def _containerd(self) -> str:
        images, runtime = "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"
        runc = f"plugins.'{runtime}'.containerd.runtimes.runc"
        return f"""\
version = 3
root = "{self._folder / 'containerd'}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.erofs", "io.containerd.nri.v1.nri"]
[grpc]
address = "/run/containerd/containerd.sock"
[plugins.'{images}']
snapshotter = "overlayfs"
[plugins.'{images}'.pinned_images]
sandbox = "{PAUSE_IMAGE}"
[plugins.'{runtime}']
restrict_oom_score_adj = true # where root lacks CAP_SYS_RESOURCE no score goes below its own
disable_apparmor = true
[plugins.'{runtime}'.cni]
bin_dirs = ["{self._programs / 'bin'}"]
conf_dir = "{self._folder / 'cni'}"
[{runc}]
runtime_type = "io.containerd.runc.v2"
[{runc}.options]
BinaryName = "{self._programs / 'bin' / 'runc'}"
SystemdCgroup = false
"""

    def _kubelet(self) -> dict:
        certificate, key = self._pki.pair("kubelet-server")
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
            "cgroupDriver": "cgroupfs", "failCgroupV1": False, "failSwapOn": False,
            "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True},
                               "x509": {"clientCAFile": str(self._pki.ca)}},
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": str(certificate), "tlsPrivateKeyFile": str(key),
            "evictionHard": NEVER_EVICT,
            "imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99,
            "makeIPTablesUtilChains": False, "resolvConf": "",
            "syncFrequency": "10s", "nodeStatusUpdateFrequency": "5s"}


def _remove_cgroups(folder: Path) -> None:
    """Those that node.sh made for the node of this folder, when the last process in them has ended."""
    with contextlib.suppress(FileNotFoundError):
        for line in (folder / "cgroups").read_text().splitlines():
            deadline = time.monotonic() + REMOVE_SECONDS
            while not _remove_tree(Path(line)):
                if time.monotonic() > deadline:
                    raise NodeError(f"{line} is still in use")
                time.sleep(0.05)


def _remove_tree(cgroup: Path) -> bool:
    """Whether it has gone: only folders without processes can be removed, and from the bottom up."""
    for path, _, _ in os.walk(cgroup, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(path)
    return not cgroup.exists()
