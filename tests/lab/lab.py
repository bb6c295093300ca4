#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real Kubernetes API server on loopback, with etcd and a controller manager, and with a node if one
is asked for.

As a module: class Lab. As a command: lab.py [--folder FOLDER] up [--node]|down|status|kubectl ARGUMENTS."""

import argparse
import base64
import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from apiclient import ApiClient, ApiError
from node import NAME as NODE_NAME
from node import Node, NodeError
from pki import Pki
from processes import Process

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent

# Below the ports that the kernel gives to outgoing connections: a port of ours stays free while its
# owner is stopped in a test.
PORTS = range(20000, 32000)

GATEWAY_API_CRDS = ("gatewayclasses", "gateways", "referencegrants", "tlsroutes")

# Without nodes only these controllers have anything to do.
CONTROLLERS = (
    "garbage-collector-controller", "namespace-controller", "serviceaccount-controller",
    "serviceaccount-token-controller", "root-ca-certificate-publisher-controller",
)

AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{
        "level": "Metadata",
        "userGroups": ["system:serviceaccounts"],
        "verbs": ["create", "update", "patch", "delete", "deletecollection"],
    }],
}

START_SECONDS = 60
NODE_SECONDS = 180
CRD_SECONDS = 30


class LabError(RuntimeError):
    """The lab cannot do what was asked of it; the text says why."""


def build(*part: str) -> Path:
    """The folder of the lab's programs, of a node's ("node"), of Helm ("helm") or of another Gateway
    API's CRDs ("gateway-api", VERSION, CHANNEL), made if it does not exist yet."""
    part = part or ("lab",)
    done = subprocess.run([HERE / "build", *part], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise LabError(f"{' '.join(part)} could not be built")
    return Path(done.stdout.strip())


def wait_for(what: str, seconds: float, condition) -> None:
    """Polls until the condition holds; LabError after the time limit."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"waited {seconds:g} s in vain: {what}")
        time.sleep(0.05)


class Lab:
    """One API server with its own folder for certificates, data, logs, kubeconfigs and process ids.

    The folder is the lab: an object made for a folder whose lab is up takes charge of that lab."""

    server: str  # https://127.0.0.1:PORT, once the lab has been started
    audit_policy = AUDIT_POLICY
    api_flags: tuple[str, ...] = ()  # of the API server, besides those that it needs

    def __init__(self, folder: Path, crds: bool = True, node: bool = False):
        """With crds, start() installs the Gateway API's CRDs and the ones of this project. With a
        node, Pods run; the folder has to be on a disk then, not in memory."""
        self.folder = Path(folder).resolve()
        self._crds = crds
        self._pki = Pki(self.folder / "certs")
        self._etcd = Process("etcd", self.folder)
        self._apiserver = Process("kube-apiserver", self.folder)
        self._controllers = Process("kube-controller-manager", self.folder)
        self.node: Node | None = None
        if node or Node.exists(self.folder):
            self.node = Node(self.folder, build("node"), self._pki)
        self._ports_file = self.folder / "ports.json"
        self.ca_file = self._pki.ca
        self._backup = self.folder / "backup"
        self.admin_kubeconfig = self.folder / "kubeconfigs" / "admin.kubeconfig"
        self.audit_path = self.folder / "logs" / "audit.log"
        if self._ports_file.exists():
            self._use_ports(json.loads(self._ports_file.read_text()))

    def __enter__(self) -> "Lab":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    # Life

    def start(self) -> None:
        """Ready when it returns. What an earlier start left in the folder is used again."""
        self._programs = build()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._pki.create()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        if not self._etcd.running():
            self._choose_ports()
            if self.node is not None:
                self.node.start(self._ports["apiserver"])
            self._start_etcd()
        self.start_apiserver()
        self._write_client_kubeconfig(self.admin_kubeconfig, "admin")
        if self._crds:
            self.install_openvox_crds()
            self.install_gateway_api()
        # After the CRDs: the garbage collector looks for new kinds only every 30 s.
        self.start_controllers()
        self._wait_running(self._controllers, "the default ServiceAccount", lambda: self.request(
            "GET", "/api/v1/namespaces/default/serviceaccounts/default")[0] == 200)
        if self.node is not None:
            self._join_node()

    def _join_node(self) -> None:
        folder = self.folder / "kubeconfigs"
        kubelet, scheduler = (folder / f"{name}.kubeconfig" for name in ("kubelet", "scheduler"))
        self._write_client_kubeconfig(kubelet, "kubelet", self.node.api_server)
        self._write_client_kubeconfig(scheduler, "scheduler")
        self.node.join(kubelet, scheduler)
        wait_for("the node is Ready", NODE_SECONDS, self._node_ready)

    def _node_ready(self) -> bool:
        status, node = self.request("GET", f"/api/v1/nodes/{NODE_NAME}")
        # Without its taints, which go a little later, Pods can be placed.
        return status == 200 and not node["spec"].get("taints") and any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in node["status"].get("conditions", []))

    def stop(self) -> None:
        self._stop_control_plane()
        if self.node is not None:
            self.node.stop()

    def _stop_control_plane(self) -> None:
        self.stop_controllers()
        self.stop_apiserver()
        self._etcd.stop(patience=5)

    def remove(self) -> None:
        """Stops it and removes all that it wrote."""
        self.stop()
        for name in ("backup", "certs", "data", "kubeconfigs", "kubectl-cache", "logs", "pids"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for name in ("audit-policy.json", "ports.json"):
            (self.folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()  # unless something of others is in it

    def running(self) -> dict[str, bool]:
        """By program."""
        control_plane = {process.name: process.running()
                         for process in (self._etcd, self._apiserver, self._controllers)}
        return {**control_plane, **(self.node.running() if self.node else {})}

    def stop_controllers(self) -> None:
        self._controllers.stop(patience=2)

    def start_controllers(self) -> None:
        if not self._controllers.running():
            self._start_controllers()

    def stop_apiserver(self) -> None:
        self._apiserver.stop(patience=2)

    def start_apiserver(self) -> None:
        """On the port it had before, with the state it had before."""
        if not self._apiserver.running():
            self._start_apiserver()
        self._wait_running(self._apiserver, "/readyz", self._ready)

    def back_up(self) -> None:
        """Keeps the state of now for restore(). Everything is stopped meanwhile."""
        with self._stopped():
            shutil.rmtree(self._backup, ignore_errors=True)
            shutil.copytree(self.folder / "data", self._backup)

    def restore(self) -> None:
        """Whatever happened since back_up() has not happened, and resourceVersions go on from
        there."""
        with self._stopped():
            shutil.rmtree(self.folder / "data")
            shutil.copytree(self._backup, self.folder / "data")

    @contextlib.contextmanager
    def _stopped(self):
        self._stop_control_plane()
        yield
        self._start_etcd()
        self.start_apiserver()
        self.start_controllers()

    def _ready(self) -> bool:
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def _wait_running(self, process: Process, what: str, condition) -> None:
        def settled() -> bool:
            return condition() or not process.running()
        try:
            wait_for(what, START_SECONDS, settled)
        except LabError as error:
            raise LabError(f"{error}\n{process.last_lines()}") from None
        if not process.running():
            raise LabError(f"{process.name} ended:\n{process.last_lines()}")

    def _choose_ports(self) -> None:
        ports = {"etcd": _free_port(), "etcd_peer": _free_port(), "apiserver": _free_port()}
        self._ports_file.write_text(json.dumps(ports))
        self._use_ports(ports)

    def _use_ports(self, ports: dict[str, int]) -> None:
        self._ports = ports
        self.server = f"https://127.0.0.1:{ports['apiserver']}"
        self._client = None

    def _start_etcd(self) -> None:
        url = f"http://127.0.0.1:{self._ports['etcd']}"
        peer = f"http://127.0.0.1:{self._ports['etcd_peer']}"
        self._etcd.start(self._in_network([
            str(self._programs / "bin" / "etcd"), "--name=lab",
            f"--data-dir={self.folder / 'data'}", "--unsafe-no-fsync", "--log-level=warn",
            f"--listen-client-urls={url}", f"--advertise-client-urls={url}",
            f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=lab={peer}",
        ]))

    def _in_network(self, command: list[str]) -> list[str]:
        """Of the node, if there is one: Pods have to reach the API server."""
        return command if self.node is None else self.node.in_network(command)

    def _start_apiserver(self) -> None:
        policy = self.folder / "audit-policy.json"
        policy.write_text(json.dumps(self.audit_policy))
        certificate, key = self._pki.pair("server")
        self._apiserver.start(self._in_network([
            str(self._programs / "bin" / "kube-apiserver"),
            f"--etcd-servers=http://127.0.0.1:{self._ports['etcd']}",
            # Nobody needs the endpoints of the `kubernetes` Service, and loopback would be refused as
            # one.
            "--endpoint-reconciler-type=none",
            *(self._loopback_flags() if self.node is None else self.node.api_flags()),
            f"--client-ca-file={self._pki.ca}",
            f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}",
            f"--service-account-key-file={self._pki.verification_key}",
            f"--service-account-signing-key-file={self._pki.signing_key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--audit-policy-file={policy}", f"--audit-log-path={self.audit_path}",
            # Written before the request is answered, so that nobody reads the log too early.
            "--audit-log-mode=blocking-strict", *self.api_flags,
        ]))

    def _loopback_flags(self) -> list[str]:
        return ["--bind-address=127.0.0.1", f"--secure-port={self._ports['apiserver']}",
                "--advertise-address=127.0.0.1", "--authorization-mode=RBAC"]

    def _start_controllers(self) -> None:
        kubeconfig = self.folder / "kubeconfigs" / "controller-manager.kubeconfig"
        self._write_client_kubeconfig(kubeconfig, "controller-manager")
        self._controllers.start([
            str(self._programs / "bin" / "kube-controller-manager"),
            f"--kubeconfig={kubeconfig}",
            f"--controllers={','.join(CONTROLLERS) if self.node is None else '*'}",
            "--leader-elect=false", "--secure-port=0",
            f"--service-account-private-key-file={self._pki.signing_key}",
            f"--root-ca-file={self._pki.ca}",
        ])

    # Requests

    @property
    def _api(self) -> ApiClient:
        if self._client is None:
            self._client = ApiClient(self.server, self._pki.ca, self._pki.pair("admin"))
        return self._client

    def request(self, method: str, path: str, body=None, content_type: str = "application/json",
                token: str | None = None) -> tuple[int, object]:
        """The status and the decoded answer; as administrator, or as the bearer of a token."""
        return self._api.request(method, path, body, content_type, token)

    def apply(self, manifests) -> None:
        """Dicts are created or replaced; the path of a YAML file goes to kubectl."""
        if isinstance(manifests, (str, Path)):
            self.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(manifests))
            return
        for manifest in manifests:
            self._api.put(manifest)

    def kubectl(self, *arguments: str, check: bool = True) -> str:
        """What it prints on stdout; LabError with its stderr if it fails and check is set."""
        done = subprocess.run(self._kubectl_command(*arguments), text=True, capture_output=True)
        if check and done.returncode != 0:
            raise LabError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def exec_kubectl(self, *arguments: str) -> None:
        """Becomes kubectl."""
        if not self.admin_kubeconfig.exists():
            raise LabError(f"no lab is up in {self.folder}")
        command = self._kubectl_command(*arguments)
        os.execv(command[0], command)

    def _kubectl_command(self, *arguments: str) -> list[str]:
        # In its usual place, kubectl's discovery cache would outlive this lab and be believed by
        # the next one on that port.
        return [str(build() / "bin" / "kubectl"), f"--kubeconfig={self.admin_kubeconfig}",
                f"--cache-dir={self.folder / 'kubectl-cache'}", *arguments]

    def write_counts(self) -> dict[tuple[str, str], int]:
        """Write requests of all users since the API server's start, by (verb, resource); verbs are
        POST, PUT, PATCH, APPLY and DELETE."""
        return self._api.write_counts()

    def audit_events(self) -> list[dict]:
        """The audit log: one event for each write request of a ServiceAccount, refused ones too."""
        if not self.audit_path.exists():
            return []
        with self.audit_path.open() as log:
            # A last line without its end is still being written.
            return [json.loads(line) for line in log if line.endswith("\n")]

    # CRDs

    def install_openvox_crds(self) -> None:
        self._install_crds(sorted((TOP / "packaging" / "crds").glob("*.yaml")))

    def install_gateway_api(self, version: str | None = None) -> None:
        """By default the standard channel of the release in go.mod, else "VERSION CHANNEL", such as
        "v1.3.0 experimental"; instead of whatever is installed."""
        self._install_crds(self._gateway_api_files(version))

    def remove_gateway_api(self) -> None:
        """With every object of its kinds."""
        names = self._crd_command("delete", self._gateway_api_files(), "--ignore-not-found")
        self._api.forget_discovery()
        wait_for(f"{' '.join(names)} gone", CRD_SECONDS, lambda: self.request(
            "GET", "/apis/gateway.networking.k8s.io/v1")[0] == 404)

    @staticmethod
    def _gateway_api_files(version: str | None = None) -> list[Path]:
        folder = build("gateway-api", *version.split()) if version else build() / "gateway-api"
        return [folder / f"gateway.networking.k8s.io_{name}.yaml" for name in GATEWAY_API_CRDS]

    def _crd_command(self, verb: str, files: list[Path], *options: str) -> list[str]:
        """The names of the CRDs that kubectl did this to."""
        sources = [option for file in files for option in ("-f", str(file))]
        printed = self.kubectl(verb, *options, "-o", "name", *sources)
        return [line.partition("/")[2] for line in printed.split()]

    def _install_crds(self, files: list[Path]) -> None:
        names = self._crd_command("apply", files, "--server-side", "--force-conflicts")
        self._api.forget_discovery()
        for name in names:
            wait_for(f"CRD {name} served", CRD_SECONDS, lambda: self._crd_served(name))

    def _crd_served(self, name: str) -> bool:
        crd = self._api.must(
            "GET", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}")
        # Null for a moment, while the API server has looked at the names only.
        conditions = crd.get("status", {}).get("conditions") or []
        if not any(c["type"] == "Established" and c["status"] == "True" for c in conditions):
            return False
        plural, group = crd["spec"]["names"]["plural"], crd["spec"]["group"]
        for version in crd["spec"]["versions"]:
            root = f"/apis/{group}/{version['name']}"
            if version["served"] and not (self._discovered(root, plural) and
                                          self.request("GET", f"{root}/{plural}")[0] == 200):
                return False
        return True

    def _discovered(self, root: str, plural: str) -> bool:
        status, answer = self.request("GET", root)
        return status == 200 and any(r["name"] == plural for r in answer["resources"])

    # Credentials

    def service_account(self, namespace: str, name: str) -> None:
        """Creates it, and its namespace, where they do not exist."""
        core = "/api/v1/namespaces"
        for path, manifest in (
                (core, {"metadata": {"name": namespace}}),
                (f"{core}/{namespace}/serviceaccounts", {"metadata": {"name": name}})):
            status, answer = self.request("POST", path, manifest)
            if status not in (201, 409):
                raise ApiError("POST", path, status, answer)

    def token(self, namespace: str, name: str, seconds: int = 3600) -> str:
        """Of a ServiceAccount that exists. The API server issues none for less than 600 s."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        answer = self._api.must("POST", path, {"spec": {"expirationSeconds": seconds}})
        return answer["status"]["token"]

    def kubeconfig(self, path: Path, token: str | None = None, token_file: Path | None = None,
                   server: str | None = None, ca_file: Path | None = None) -> Path:
        """Writes one, by default for this lab's server and CA, and returns its path."""
        user = {}
        if token is not None:
            user["token"] = token
        if token_file is not None:
            user["tokenFile"] = str(token_file)
        return _write_kubeconfig(Path(path), server or self.server, ca_file or self.ca_file, user)

    def _write_client_kubeconfig(self, path: Path, name: str, server: str | None = None) -> None:
        certificate, key = self._pki.pair(name)
        _write_kubeconfig(path, server or self.server, self.ca_file, {
            "client-certificate-data": _base64(certificate), "client-key-data": _base64(key)})


def _base64(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()


def _write_kubeconfig(path: Path, server: str, ca: Path, user: dict[str, str]) -> Path:
    credentials = "".join(f"\n      {key}: {json.dumps(value)}" for key, value in user.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(f"""\
apiVersion: v1
kind: Config
clusters:
  - name: lab
    cluster:
      server: {server}
      certificate-authority-data: {_base64(Path(ca))}
users:
  - name: lab
    user:{credentials or " {}"}
contexts:
  - name: lab
    context:
      cluster: lab
      user: lab
current-context: lab
""")
    return path


def _free_port() -> int:
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


# The command

def command_up(lab: Lab) -> int:
    if lab.running()["etcd"] and Node.exists(lab.folder) != (lab.node is not None):
        raise LabError("a lab without a node is up: take it down first")
    lab.start()
    print(f"up: {lab.server}\nexport KUBECONFIG={lab.admin_kubeconfig}")
    return 0


def command_down(lab: Lab) -> int:
    lab.remove()
    print("down")
    return 0


def command_status(lab: Lab) -> int:
    running = lab.running()
    for name, is_running in running.items():
        print(f"{name}: {'running' if is_running else 'not running'}")
    if not all(running.values()):
        return 1
    print(f"server: {lab.server}\nexport KUBECONFIG={lab.admin_kubeconfig}")
    return 0


COMMANDS = {"up": command_up, "down": command_down, "status": command_status}


def main() -> int:
    parser = argparse.ArgumentParser(description="a Kubernetes API server on loopback")
    parser.add_argument("--folder", type=Path, default=TOP / "build" / "lab",
                        help="where its state is (default: build/lab)")
    parser.add_argument("--node", action="store_true",
                        help="with `up`: with a node, on which Pods run")
    parser.add_argument("command", choices=[*COMMANDS, "kubectl"],
                        help="what follows kubectl is handed to it")
    arguments = sys.argv[1:]
    own = arguments.index("kubectl") + 1 if "kubectl" in arguments else len(arguments)
    options = parser.parse_args(arguments[:own])
    try:
        lab = Lab(options.folder, node=options.node)
        if options.command == "kubectl":
            lab.exec_kubectl(*arguments[own:])
        return COMMANDS[options.command](lab)
    except (LabError, NodeError, ApiError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
