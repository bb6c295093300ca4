# SPDX-License-Identifier: Apache-2.0
"""The lab's certificate authority and the certificates and keys below it, made with the openssl command."""

import subprocess
from pathlib import Path

# Our own: the system's openssl.cnf would add extensions to what is asked for here.
OPENSSL_CONFIG = "[req]\nprompt = no\ndistinguished_name = name\n[name]\n"
DAYS = "30"

# The last address is that of the `kubernetes` Service, which Pods go to.
SERVER_NAMES = ("IP:127.0.0.1,IP:::1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc,"
                "IP:10.96.0.1")


class Pki:
    """Files in one folder: ca, server, admin, controller-manager (.crt and .key) and the
    ServiceAccount signing key pair sa.key, sa.pub; for a node also kubelet, kubelet-server,
    apiserver-kubelet and scheduler. What exists already is kept."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.ca = folder / "ca.crt"
        self.signing_key = folder / "sa.key"
        self.verification_key = folder / "sa.pub"

    def pair(self, name: str) -> tuple[Path, Path]:
        """The certificate's and the key's file."""
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def create(self) -> None:
        if self.verification_key.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.folder / "openssl.cnf").write_text(OPENSSL_CONFIG)
        self._certificate("ca", "/CN=tlsrouted-lab-ca", signed=False, extensions=[
            "basicConstraints=critical,CA:TRUE",
            "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
        ])
        self._leaf("server", "/CN=kube-apiserver", "serverAuth",
                   f"subjectAltName={SERVER_NAMES}")
        # system:masters for the controller manager too: its own role leaves the garbage collector's
        # and the namespace controller's rights to ServiceAccounts that the lab has no use for.
        self._leaf("admin", "/O=system:masters/CN=lab-admin", "clientAuth")
        self._leaf("controller-manager", "/O=system:masters/CN=system:kube-controller-manager",
                   "clientAuth")
        # Last, and the public half at the very end: it marks the folder as complete.
        self._openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-out", "sa.key")
        self._openssl("pkey", "-in", "sa.key", "-pubout", "-out", "sa.pub")

    def create_for_node(self, name: str, address: str) -> None:
        if self.pair("scheduler")[0].exists():
            return
        user = f"/O=system:nodes/CN=system:node:{name}"
        self._leaf("kubelet", user, "clientAuth")
        self._leaf("kubelet-server", user, "serverAuth", f"subjectAltName=DNS:{name},IP:{address}")
        self._leaf("apiserver-kubelet", "/O=system:masters/CN=apiserver-kubelet", "clientAuth")
        self._leaf("scheduler", "/CN=system:kube-scheduler", "clientAuth")

    def _leaf(self, name: str, subject: str, usage: str, *more: str) -> None:
        self._certificate(name, subject, signed=True, extensions=[
            "basicConstraints=critical,CA:FALSE",
            "keyUsage=critical,digitalSignature",
            f"extendedKeyUsage={usage}",
            *more,
        ])

    def _certificate(self, name: str, subject: str, signed: bool, extensions: list[str]) -> None:
        arguments = ["-x509", "-config", "openssl.cnf", "-days", DAYS, "-subj", subject,
                     "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-out", f"{name}.crt", "-keyout", f"{name}.key"]
        for extension in extensions:
            arguments += ["-addext", extension]
        if signed:
            arguments += ["-CA", "ca.crt", "-CAkey", "ca.key"]
        self._openssl("req", *arguments)

    def _openssl(self, *arguments: str) -> None:
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]} failed: {done.stdout.strip()}")
