# SPDX-License-Identifier: Apache-2.0
"""What stands between tlsrouted and the API server for a day: a listener that stays, whatever is
behind it."""

import contextlib
import socket
import threading
import time
from urllib.parse import urlsplit

from lab import Lab
from proxy import Proxy
from tunnel import Tunnel


class Front(Tunnel):
    """With `with`. Passes connections on to the API server as they are, which is HTTP/2, or by way
    of a proxy that speaks HTTP/1.1 and can answer by itself; slowly, or not at all, if told so."""

    def __init__(self, lab: Lab):
        self._direct = ("127.0.0.1", urlsplit(lab.server).port)
        super().__init__(self._direct)
        self.proxy = Proxy(lab)
        self.delay = 0.0  # seconds, for whatever arrives
        self.flowing = threading.Event()
        self.flowing.set()
        self.url = f"https://127.0.0.1:{self.port}"

    def __enter__(self) -> "Front":
        self.proxy.__enter__()
        return super().__enter__()

    def __exit__(self, *arguments) -> None:
        self.flowing.set()
        super().__exit__(*arguments)
        self.proxy.__exit__(*arguments)

    def speak(self, version: int) -> None:
        """HTTP/1.1 or HTTP/2, from the next connections on, which come at once."""
        self.target = ("127.0.0.1", self.proxy.port) if version == 1 else self._direct
        self.break_all()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with self._lock:
            self._open |= {client, server}
        back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
        back.start()
        self._copy(client, server)
        back.join()
        with self._lock:
            self._open -= {client, server}

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.flowing.wait()
                time.sleep(self.delay)
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
