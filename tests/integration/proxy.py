# SPDX-License-Identifier: Apache-2.0
"""A reverse proxy in front of the API server that can answer wrongly: HTTP/1.1 over TLS, with the
API server's own certificate."""

import gzip
import http.client
import re
import socket
import ssl
import threading
import zlib
from dataclasses import dataclass, field
from typing import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from lab import Lab

HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


@dataclass
class Answer:
    """What some requests get instead of the API server's answer."""
    method: str
    path: str  # a regular expression that is searched in path and query
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1


class Proxy:
    """With `with`; url is what a kubeconfig takes as the server."""

    def __init__(self, lab: Lab, address: str = "127.0.0.1", port: int = 0):
        certificates = lab.folder / "certs"
        self.upstream = urlsplit(lab.server).netloc
        self.trust = ssl.create_default_context(cafile=str(lab.ca_file))
        self.answers: list[Answer] = []
        self.requests: list[tuple[str, str]] = []
        self.hosts: set[str] = set()  # that the requests name
        self.statuses: list[tuple[str, str, int]] = []  # of the API server's answers
        self.streams: dict[str, "_Handler"] = {}  # open watches by resource
        # What a line of a watch becomes, by the watch's path and query; b"": it is swallowed.
        self.line: Callable[[str, bytes], bytes] = lambda path, line: line
        # Requests, by path and query, that get no answer at all.
        self.holds: Callable[[str], bool] = lambda path: False
        # Requests, likewise, whose answer breaks off in the middle.
        self.cuts: Callable[[str], bool] = lambda path: False
        self.closing = threading.Event()
        self.compresses = False  # what it passes on, though nobody asks for it
        self.lock = threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / "server.crt", certificates / "server.key")
        self._server = _Server((address, port), _Handler)
        self._server.proxy = self
        # The handshake is done by the thread that serves the connection.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                  do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        self.url = f"https://{address}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> "Proxy":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self.break_streams()
        self._server.server_close()

    def answer(self, method: str, path: str, status: int, body: bytes = b"",
               times: int = 1, **headers: str) -> Answer:
        """Some requests, from now on."""
        answer = Answer(method, path, status, body,
                        {name.replace("_", "-"): value for name, value in headers.items()}, times)
        with self.lock:
            self.answers.append(answer)
        return answer

    def take_answer(self, method: str, path: str) -> Answer | None:
        with self.lock:
            self.requests.append((method, path))
            for answer in self.answers:
                if answer.times > 0 and answer.method == method and re.search(answer.path, path):
                    answer.times -= 1
                    return answer
        return None

    def write_into(self, resource: str, data: bytes, then_break: bool = False) -> None:
        """Puts bytes between two lines of the open watch of a resource."""
        with self.lock:
            stream = self.streams[resource]
        stream.send_chunk(data)
        if then_break:
            stream.break_off()

    def break_streams(self) -> None:
        """Every watch that is open."""
        with self.lock:
            streams = list(self.streams.values())
        for stream in streams:
            stream.break_off()

    def watched(self) -> set[str]:
        with self.lock:
            return set(self.streams)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: Proxy

    def handle_error(self, request, client_address) -> None:
        """Connections that break are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_) -> None:
        pass

    def do_GET(self) -> None:
        proxy = self.server.proxy
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) if length else None
        proxy.hosts.add(self.headers.get("Host", ""))
        answer = proxy.take_answer(self.command, self.path)
        if answer is not None:
            self._reply(answer.status, list(answer.headers.items()), answer.body)
            return
        if proxy.holds(self.path):
            proxy.closing.wait()
            return
        headers = {name: ", ".join(self.headers.get_all(name)) for name in self.headers
                   if name.lower() not in HOP_BY_HOP | {"host"}}
        upstream = http.client.HTTPSConnection(proxy.upstream, context=proxy.trust, timeout=600)
        try:
            upstream.request(self.command, self.path, body, headers)
            response = upstream.getresponse()
            with proxy.lock:
                proxy.statuses.append((self.command, self.path, response.status))
            kept = [(name, value) for name, value in response.getheaders()
                    if name.lower() not in HOP_BY_HOP]
            if "watch=1" in self.path and response.status == 200:
                self._stream(response, kept)
            elif proxy.compresses:
                self._reply(response.status, [*kept, ("Content-Encoding", "gzip")],
                            gzip.compress(response.read()))
            else:
                self._reply(response.status, kept, response.read(), proxy.cuts(self.path))
        finally:
            upstream.close()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

    def _reply(self, status: int, headers: list[tuple[str, str]], body: bytes,
               is_cut: bool = False) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2] if is_cut else body)
        if is_cut:
            self.wfile.flush()
            self.break_off()

    def _stream(self, response: http.client.HTTPResponse, headers: list[tuple[str, str]]) -> None:
        proxy = self.server.proxy
        resource = urlsplit(self.path).path.rpartition("/")[2]
        self._sending = threading.Lock()
        self._packer = zlib.compressobj(wbits=31) if proxy.compresses else None
        if self._packer is not None:
            headers = [*headers, ("Content-Encoding", "gzip")]
        self.send_response(response.status)
        for name, value in (*headers, ("Transfer-Encoding", "chunked")):
            self.send_header(name, value)
        self.end_headers()
        with proxy.lock:
            proxy.streams[resource] = self
        self.close_connection = True
        try:
            while line := response.readline():
                if becomes := proxy.line(self.path, line):
                    self.send_chunk(becomes)
            self.send_chunk(b"")
        finally:
            with proxy.lock:
                if proxy.streams.get(resource) is self:
                    del proxy.streams[resource]

    def send_chunk(self, data: bytes) -> None:
        with self._sending:
            if self._packer is not None and data:
                data = self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

    def break_off(self) -> None:
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other side was faster
