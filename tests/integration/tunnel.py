# SPDX-License-Identifier: Apache-2.0
"""TCP connections passed on byte by byte: to one place, or, as an HTTP proxy, where CONNECT says."""

import contextlib
import socket
import threading


class Tunnel:
    """With `with`. Listens at an address; every connection goes to the target (host, port), or
    without one to where its CONNECT request wants to go."""

    def __init__(self, target: tuple[str, int] | None = None, address: str = "127.0.0.1",
                 port: int = 0):
        self.target = target
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((address, port))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self.asked: list[str] = []  # the first line of each CONNECT request
        self.refuse: bytes | None = None  # the answer to CONNECT instead of a connection
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "Tunnel":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.break_all()
        self._thread.join()

    def break_all(self) -> None:
        """Every connection that is open."""
        with self._lock:
            ends = list(self._open)
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        target = self.target
        with client:
            if target is None:
                head = b""
                while b"\r\n\r\n" not in head:
                    more = client.recv(4096)
                    if not more:
                        return
                    head += more
                line = head.split(b"\r\n")[0].decode()
                self.asked.append(line)
                if self.refuse is not None:
                    client.sendall(self.refuse)
                    return
                host, _, port = line.split()[1].rpartition(":")
                target = (host.strip("[]"), int(port))
            try:
                server = socket.create_connection(target)
            except OSError:
                return
            with server:
                if self.target is None:
                    client.sendall(b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
                self._pass_on(client, server)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with self._lock:
            self._open |= {client, server}
        back = threading.Thread(target=_copy, args=(server, client), daemon=True)
        back.start()
        _copy(client, server)
        back.join()
        with self._lock:
            self._open -= {client, server}


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
