# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 in front of a proxy that speaks HTTP/1.1: all requests of a client share a connection, as
they do at the real API server."""

import socket
import ssl
import subprocess
from pathlib import Path

from lab import Lab
from waiting import eventually


class Http2:
    """With `with`; url is what a kubeconfig takes as the server."""

    def __init__(self, lab: Lab, port: int, folder: Path):
        """Passes everything on to PORT on loopback."""
        certificates = lab.folder / "certs"
        self._trust = ssl.create_default_context(cafile=str(lab.ca_file))
        self._trust.set_alpn_protocols(["h2"])
        self._log = folder / "nghttpx.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        self._command = [
            "nghttpx", "--single-process", "--no-ocsp", "--conf=/dev/null", "--errorlog-file=/dev/stderr",
            f"--frontend=127.0.0.1,{self.port}", f"--backend=127.0.0.1,{port};;tls;sni=localhost;proto=http/1.1",
            f"--cacert={lab.ca_file}", "--backend-read-timeout=1h", "--frontend-http2-read-timeout=1h",
            str(certificates / "server.key"), str(certificates / "server.crt")]

    def __enter__(self) -> "Http2":
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=log)
        eventually(self._protocol, "h2", "nghttpx is up")
        return self

    def __exit__(self, *_) -> None:
        self._process.terminate()
        self._process.wait(10)

    def _protocol(self) -> str | None:
        assert self._process.poll() is None, self._log.read_text()
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as plain, \
                    self._trust.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                return secure.selected_alpn_protocol()
        except OSError:
            return None
