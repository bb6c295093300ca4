# SPDX-License-Identifier: Apache-2.0
"""TLS servers of a test's own, with certificates from a CA of its own."""

import contextlib
import socket
import ssl
import subprocess
import threading
from pathlib import Path

TLS12 = ssl.TLSVersion.TLSv1_2
TLS13 = ssl.TLSVersion.TLSv1_3


class Authority:
    """Issues certificates in a folder, with the openssl command."""

    def __init__(self, folder: Path, name: str = "Puppet CA"):
        self.folder = folder
        self.folder.mkdir()
        (folder / "openssl.cnf").write_text("[req]\nprompt = no\ndistinguished_name = name\n[name]\n")
        self.file = self._issue("ca", f"/CN={name}", "basicConstraints=critical,CA:TRUE", [])

    def issue(self, certname: str, *names: str) -> Path:
        """A certificate and its key in one file, with these DNS names."""
        signed = ["-CA", "ca.pem", "-CAkey", "ca.pem"]
        more = [f"subjectAltName={','.join(f'DNS:{name}' for name in names)}"] if names else []
        return self._issue(certname, f"/CN={certname}", "basicConstraints=critical,CA:FALSE",
                           signed, *more)

    def issue_expired(self, certname: str, *names: str) -> Path:
        """The same, but over, and signed by itself."""
        path = self.issue(certname, *names)
        key = path.with_suffix(".key")
        again = ["openssl", "x509", "-in", path, "-signkey", key]
        # From OpenSSL 3.4 on days are not negative, and a time can be given.
        for days in (["-not_before", "20200101000000Z", "-not_after", "20200102000000Z"],
                     ["-days", "-1"]):
            done = subprocess.run([*again, *days], check=False, capture_output=True)
            if done.returncode == 0:
                break
        assert done.returncode == 0, done.stderr
        path.write_bytes(done.stdout + key.read_bytes())
        return path

    def issue_by_itself(self, name: str, *names: str) -> Path:
        """What a server makes for itself that has been given none."""
        more = [f"subjectAltName={','.join(f'DNS:{each}' for each in names)}"] if names else []
        return self._issue("itself", f"/O=Acme Co/CN={name}", "basicConstraints=critical,CA:FALSE",
                           [], *more)

    def _issue(self, file: str, subject: str, constraint: str, signed: list[str],
               *more: str) -> Path:
        path = self.folder / f"{file}.pem"
        extensions = [word for each in (constraint, *more) for word in ("-addext", each)]
        subprocess.run(["openssl", "req", "-x509", "-config", "openssl.cnf", "-subj", subject,
                        "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                        "30", "-out", path, "-keyout", f"{file}.key", *extensions, *signed],
                       cwd=self.folder, check=True, capture_output=True)
        path.write_bytes(path.read_bytes() + (self.folder / f"{file}.key").read_bytes())
        return path


@contextlib.contextmanager
def listening(host: str = "127.0.0.1"):
    """A socket that takes connections and answers none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        listener.listen(16)
        yield listener


@contextlib.contextmanager
def answering(answer, host: str = "127.0.0.1"):
    """answer(connection) for each connection; the listener's port."""
    with listening(host) as listener:
        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(10)
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


class Peer:
    """How a TLS server behaves, and what it was asked."""

    def __init__(self, certificate: Path, version: ssl.TLSVersion | None = None,
                 client_ca: Path | None = None, refuse: int | None = None):
        """With client_ca it demands a client certificate; refuse is the alert that it answers every
        name with."""
        self.names: list[str | None] = []
        self._refuse = refuse
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._context.sni_callback = self._asked
        if version is not None:
            self._context.minimum_version = self._context.maximum_version = version
        if client_ca is not None:
            self._context.verify_mode = ssl.CERT_REQUIRED
            self._context.load_verify_locations(client_ca)

    def _asked(self, _socket, name: str | None, _context) -> int | None:
        self.names.append(name)
        return self._refuse

    def __call__(self, connection: socket.socket) -> None:
        with self._context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(1)
