# SPDX-License-Identifier: Apache-2.0
"""A Gateway: TLS connections are passed on by their server name, unopened, as the TLSRoutes of a namespace
say, which it follows by a watch. It is stricter than others: a connection whose route goes, or leads
elsewhere, is cut at once. The agents and servers around it say when they were."""

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from cluster import Cluster

HELLO_MAX = 16384
LISTED_SECONDS = 30


def server_name(hello: bytes) -> str | None:
    """Of the ClientHello that a connection begins with, which may be cut; None while there is none.
    (RFC 8446, 4.1.2; RFC 6066, 3)"""
    def number(at: int, size: int) -> int:
        return int.from_bytes(hello[at:at + size], "big")

    at = 5 + 4 + 2 + 32  # record, handshake, version, random
    at += 1 + number(at, 1)  # session
    at += 2 + number(at, 2)  # cipher suites
    at += 1 + number(at, 1)  # compression
    at += 2
    while at + 4 <= len(hello):
        kind, size = number(at, 2), number(at + 2, 2)
        if kind == 0:
            return hello[at + 9:at + 4 + size].decode("ascii", "replace")
        at += 4 + size
    return None


class Passthrough:
    """With `with`. `services` are the ports on loopback where those of a Service and port are served:
    {("p", 8140): 43210}."""

    def __init__(self, cluster: Cluster, services: dict[tuple[str, int], int], gateway: str = "gateway"):
        self.cluster, self.services, self.gateway = cluster, services, gateway
        self.cut: list[str] = []  # the server names of the connections that were cut
        self.refused: list[str | None] = []  # of those that no route was for
        self.changes: list[tuple[str, str]] = []  # of TLSRoutes, since the first list: "MODIFIED", "p"
        self._routes: dict[str, tuple[str, tuple[str, int]]] = {}  # hostname: TLSRoute, its backend
        self._open: list[tuple[str, tuple[str, int], socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._listed = threading.Event()
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._watch: http.client.HTTPSConnection | None = None
        self._threads = [threading.Thread(target=self._follow, daemon=True),
                         threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> "Passthrough":
        for thread in self._threads:
            thread.start()
        assert self._listed.wait(LISTED_SECONDS), "the TLSRoutes have been listed"
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        ends = [end for _, _, *both in self._open for end in both]
        for end in (self._listener, self._watch.sock, *ends):
            with contextlib.suppress(OSError, AttributeError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    # TLSRoutes

    def _follow(self) -> None:
        lab, path = self.cluster.lab, self.cluster.path("TLSRoute")
        trust = ssl.create_default_context(cafile=str(lab.ca_file))
        trust.load_cert_chain(lab.folder / "certs" / "admin.crt", lab.folder / "certs" / "admin.key")
        self._watch = http.client.HTTPSConnection(urlsplit(lab.server).netloc, context=trust)
        self._watch.request("GET", path)
        found = json.loads(self._watch.getresponse().read())
        for route in found["items"]:
            self._put(route)
        self._watch.request("GET", f"{path}?watch=1&timeoutSeconds=3600"
                                   f"&resourceVersion={found['metadata']['resourceVersion']}")
        events = self._watch.getresponse()
        self._listed.set()
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            while not self._over.is_set() and (line := events.readline()):
                event = json.loads(line)
                self.changes.append((event["type"], event["object"]["metadata"]["name"]))
                self._put(event["object"], event["type"] == "DELETED")

    def _put(self, route: dict, deleted: bool = False) -> None:
        spec, name = route["spec"], route["metadata"]["name"]
        mine = not deleted and any(parent["name"] == self.gateway
                                   for parent in spec.get("parentRefs", []))
        backend = spec["rules"][0]["backendRefs"][0]
        with self._lock:
            self._routes = {host: other for host, other in self._routes.items() if other[0] != name}
            for host in spec["hostnames"] if mine else []:
                self._routes[host] = (name, (backend["name"], backend["port"]))
            for host, to, *ends in self._open:
                if self._routes.get(host, ("", None))[1] != to:
                    self.cut.append(host)
                    for end in ends:
                        with contextlib.suppress(OSError):
                            end.shutdown(socket.SHUT_RDWR)

    # Connections

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            name = None
            while name is None:
                hello = client.recv(HELLO_MAX, socket.MSG_PEEK)
                if not hello:
                    return
                name = server_name(hello)
            with self._lock:
                to = self._routes.get(name, ("", None))[1]
                if to is None:
                    self.refused.append(name)
                    return
                server = socket.create_connection(("127.0.0.1", self.services[to]))
                entry = (name, to, client, server)
                self._open.append(entry)
            self._pass_on(client, server)
            with self._lock:
                self._open.remove(entry)

    @staticmethod
    def _pass_on(client: socket.socket, server: socket.socket) -> None:
        def one_way(source: socket.socket, target: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    target.sendall(data)
            for end in (source, target):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

        with server:
            back = threading.Thread(target=one_way, args=(server, client), daemon=True)
            back.start()
            one_way(client, server)
            back.join()


@contextlib.contextmanager
def echoing(certificate: Path):
    """A TLS server that returns each line, to any number of clients; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
            while data := tls.recv(65536):
                tls.sendall(data)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)


class Agents:
    """With `with`. Of each hostname one that talks all the time over one connection, and others that
    come one after the other; each verifies the certificate. `problems` is what went wrong."""

    def __init__(self, port: int, ca: Path, hostnames: list[str], pause: float = 0.02):
        self.port, self.pause = port, pause
        self.exchanges = {host: 0 for host in hostnames}  # on the one connection
        self.visits = {host: 0 for host in hostnames}
        self.problems: list[str] = []
        self._trust = ssl.create_default_context(cafile=str(ca))
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._watched, args=(work, host), daemon=True)
                         for host in hostnames for work in (self._stay, self._come_and_go)]

    def __enter__(self) -> "Agents":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _watched(self, work, host: str) -> None:
        try:
            work(host)
        except OSError as problem:
            self.problems.append(f"{host}: {work.__name__}: {problem!r}")

    @contextlib.contextmanager
    def _connected(self, host: str):
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as plain, \
                self._trust.wrap_socket(plain, server_hostname=host) as tls:
            yield tls

    def _stay(self, host: str) -> None:
        with self._connected(host) as tls:
            while not self._over.is_set():
                self._exchange(tls, self.exchanges[host])
                self.exchanges[host] += 1
                time.sleep(self.pause)

    def _come_and_go(self, host: str) -> None:
        while not self._over.is_set():
            with self._connected(host) as tls:
                self._exchange(tls, self.visits[host])
            self.visits[host] += 1
            time.sleep(self.pause)

    @staticmethod
    def _exchange(tls: ssl.SSLSocket, number: int) -> None:
        line = b"%d\n" % number
        tls.sendall(line)
        answer = b""
        while not answer.endswith(b"\n"):
            data = tls.recv(4096)
            if not data:
                raise ConnectionError("the connection was cut")
            answer += data
        if answer != line:
            raise ConnectionError(f"{answer!r} came back instead of {line!r}")
