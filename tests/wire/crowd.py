# SPDX-License-Identifier: Apache-2.0
"""Clients of the control socket: one, and a thousand, of which half are hostile."""

import contextlib
import random
import socket
import threading
from pathlib import Path

from packets import decode, message

CLIENTS = 1000
STATUS = message("STATUS_QUERY")
VIEW_POOLS = 0


def query(view: int = VIEW_POOLS, after: str = "", ticket: int = 1) -> bytes:
    return message("QUERY", ticket, view, "", "", after)


def connect(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.settimeout(20)
    client.connect(str(path))
    return client


class Crowd:
    """Clients that keep coming, each in a thread, until they are stopped."""

    def __init__(self, path: Path):
        """Path: of the socket."""
        self.path = path
        self.over = threading.Event()
        self.threads: list[threading.Thread] = []
        self.answers = [0] * CLIENTS
        self.wrong: list[str] = []

    def start(self) -> "Crowd":
        threading.stack_size(256 * 1024)
        for number in range(CLIENTS):
            life = self._honest if number % 2 else self._hostile
            self.threads.append(threading.Thread(target=self._live, args=(life, number)))
        for thread in self.threads:
            thread.start()
        return self

    def stop(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _live(self, life, number: int) -> None:
        chance = random.Random(number)
        while not self.over.wait(chance.uniform(0.5, 4)):
            with contextlib.suppress(OSError):
                with connect(self.path) as client:
                    life(client, number, chance)

    def _honest(self, client: socket.socket, number: int, chance) -> None:
        """Sends a query and reads the answer to its end; if the daemon is busy, comes again later."""
        client.send(STATUS if number % 4 == 1 else query())
        while packet := client.recv(1 << 17):
            name = decode(packet)[0]
            if name in ("STATUS_END", "PAGE_END"):
                self.answers[number] += 1
                return
            if name == "REFUSED":
                return
            if name not in ("STATUS_DAEMON", "STATUS_WORKER", "ROW"):
                self.wrong.append(name)

    def _hostile(self, client: socket.socket, number: int, chance) -> None:
        kind = number // 2 % 4
        if kind == 0:  # garbage
            client.send(bytes(chance.randrange(256) for _ in range(chance.randrange(1, 2000))))
        elif kind == 1:  # half a message
            whole = query(after="x" * 100)
            client.send(whole[:chance.randrange(1, len(whole))])
        elif kind == 2:  # sends queries and never reads
            for _ in range(2000):
                client.send(STATUS)
        self.over.wait(chance.uniform(0, 5))  # 3: silent
