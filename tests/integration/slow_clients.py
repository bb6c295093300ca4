# SPDX-License-Identifier: Apache-2.0
"""A crowd of clients that are slow on purpose: python3 slow_clients.py PORT plain|tls COUNT.

Each that is sent away comes back. A line is printed once all of them have been connected."""

import itertools
import select
import socket
import ssl
import sys
import time

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: x\r\n"
TICK_SECONDS = 0.05


def client_hello() -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    outgoing = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), outgoing).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class Client:
    """FIRST is sent at once, and a byte of DRIP now and then. It reads nothing."""

    def __init__(self, port: int, first: bytes = b"", drip: bytes = b""):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", port))
        self.first, self.drip = first, itertools.cycle(drip) if drip else None
        self.connected = False

    def tick(self) -> None:
        """OSError: it was sent away."""
        if not self.connected:
            return
        if self.first:
            self.socket.send(self.first)
            self.first = b""
        elif self.drip:
            self.socket.send(bytes([next(self.drip)]))


def kinds(tls: bool) -> list[dict[str, bytes]]:
    silent, dripping = {}, {"first": REQUEST, "drip": b"X-Header: "}
    if tls:
        hello = client_hello()
        return [silent, {"first": hello}, {"first": hello[:5], "drip": hello[5:]}]
    return [silent, dripping, {"first": REQUEST + b"\r\n"}]


def crowd(port: int, tls: bool, count: int) -> None:
    poller, clients, ready = select.poll(), {}, False
    kind = itertools.cycle(kinds(tls))

    def come() -> None:
        client = Client(port, **next(kind))
        clients[client.socket.fileno()] = client
        poller.register(client.socket, select.POLLOUT | select.POLLRDHUP)

    def leave(client: Client) -> None:
        poller.unregister(client.socket)
        del clients[client.socket.fileno()]
        client.socket.close()

    connected = 0
    while True:
        for _ in range(count - len(clients)):
            come()
        began = time.monotonic()
        for descriptor, events in poller.poll(0):
            client = clients[descriptor]
            if events & (select.POLLERR | select.POLLHUP | select.POLLRDHUP):
                leave(client)
                continue
            client.connected, connected = True, connected + 1
            poller.modify(client.socket, select.POLLRDHUP)
        for client in list(clients.values()):
            try:
                client.tick()
            except BlockingIOError:
                pass
            except OSError:
                leave(client)
        if connected >= count and not ready:
            ready = True
            print("ready", flush=True)
        time.sleep(max(0.0, began + TICK_SECONDS - time.monotonic()))


if __name__ == "__main__":
    crowd(int(sys.argv[1]), sys.argv[2] == "tls", int(sys.argv[3]))
