# SPDX-License-Identifier: Apache-2.0
"""TCP connections passed on byte by byte: to one place, or, as an HTTP or SOCKS proxy, to where the
client wants to go."""

import contextlib
import select
import socket
import ssl
import threading

SOCKS_ADDRESSES = {1: (socket.AF_INET, 4), 4: (socket.AF_INET6, 16)}
SOCKS_NAME = 3


class Tunnel:
    """With `with`. Listens at an address; every connection goes to the target (host, port), or
    without one to where its CONNECT or SOCKS request wants to go. With a TLS context it speaks TLS
    with its clients, and with another one with the target, so that both go on with HTTP/1.1."""

    def __init__(self, target: tuple[str, int] | None = None, address: str = "127.0.0.1",
                 port: int = 0, socks: bool = False, tls: ssl.SSLContext | None = None,
                 target_tls: ssl.SSLContext | None = None):
        self.target = target
        self.socks, self.tls, self.target_tls = socks, tls, target_tls
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((address, port))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self.asked: list[str] = []  # the first line of each CONNECT request, or where SOCKS is to go
        self.refuse: bytes | None = None  # the answer to a request instead of a connection
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
        with contextlib.suppress(OSError, EOFError), contextlib.ExitStack() as stack:
            stack.enter_context(client)
            if self.tls is not None:
                client = stack.enter_context(self.tls.wrap_socket(client, server_side=True))
            target, done = self.target, b""
            if target is None:
                read = _read_socks if self.socks else _read_connect
                asked, target, done = read(client)
                self.asked.append(asked)
                if self.refuse is not None:
                    client.sendall(self.refuse)
                    return
            server = stack.enter_context(socket.create_connection(target))
            if self.target_tls is not None:
                server = stack.enter_context(
                    self.target_tls.wrap_socket(server, server_hostname=target[0]))
            client.sendall(done)
            self._pass_on(client, server)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with self._lock:
            self._open |= {client, server}
        if self.tls is not None:
            _copy_by_turns(client, server)
        else:
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join()
        with self._lock:
            self._open -= {client, server}


def _read_connect(client: socket.socket) -> tuple[str, tuple[str, int], bytes]:
    """The line that asks for a connection, where it leads to, and the answer when there is one."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += _read(client, 1)
        if not head.startswith(b"C"):
            client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            raise EOFError("not HTTP")
    line = head.split(b"\r\n")[0].decode()
    host, _, port = line.split()[1].rpartition(":")
    return (line, (host.strip("[]"), int(port)),
            b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")


def _read_socks(client: socket.socket) -> tuple[str, tuple[str, int], bytes]:
    """The same (RFC 1928), without authentication; what is asked for as "name HOST PORT"."""
    version, count = _read(client, 2)
    if version != 5 or 0 not in _read(client, count):
        raise EOFError("not a client that may go without authentication")
    client.sendall(b"\5\0")
    version, command, _, kind = _read(client, 4)
    if (version, command) != (5, 1):
        raise EOFError("not a request to connect")
    if kind == SOCKS_NAME:
        host = _read(client, _read(client, 1)[0]).decode()
    else:
        family, size = SOCKS_ADDRESSES[kind]
        host = socket.inet_ntop(family, _read(client, size))
    port = int.from_bytes(_read(client, 2), "big")
    return (f"{'name' if kind == SOCKS_NAME else 'address'} {host} {port}", (host, port),
            b"\5\0\0\1" + bytes(6))


def _read(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = client.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _copy_by_turns(client: ssl.SSLSocket, server: socket.socket) -> None:
    """Both ways in one thread, since two may not use one TLS connection at a time."""
    others = {client: server, server: client}
    poll = select.poll()
    ends = {end.fileno(): end for end in others}
    for number in ends:
        poll.register(number, select.POLLIN)
    with contextlib.suppress(OSError):
        while True:
            ready = [end for end in others if isinstance(end, ssl.SSLSocket) and end.pending()] \
                or [ends[number] for number, _ in poll.poll()]
            for source in ready:
                source.settimeout(0)  # what has come may be nothing but TLS's own
                try:
                    data = source.recv(65536)
                except (ssl.SSLWantReadError, BlockingIOError):
                    continue
                finally:
                    source.settimeout(None)
                if not data:
                    return
                others[source].sendall(data)
