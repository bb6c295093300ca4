# SPDX-License-Identifier: Apache-2.0
"""The exporter's pages as a client sees them."""

import http.client
import re
import socket
import ssl

_SAMPLE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Page:
    def __init__(self, status: int, headers, text: str):
        self.status, self.headers, self.text = status, headers, text


def get(port: int, path: str = "/metrics", method: str = "GET", accept: str | None = None,
        tls: ssl.SSLContext | None = None) -> Page:
    options = {"host": "127.0.0.1", "port": port, "timeout": 20}
    connection = (http.client.HTTPSConnection(**options, context=tls) if tls
                  else http.client.HTTPConnection(**options))
    try:
        connection.request(method, path, headers={"Accept": accept} if accept else {})
        answer = connection.getresponse()
        return Page(answer.status, answer.headers, answer.read().decode())
    finally:
        connection.close()


def samples(text: str) -> dict[tuple, float]:
    """Each sample's value by its name and its labels, sorted."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = _SAMPLE.match(line)
        assert match, f"not a sample: {line!r}"
        name, labels, value = match.groups()
        key = (name, *sorted(_LABEL.findall(labels or "")))
        assert key not in found, f"twice: {line!r}"
        found[key] = float(value)
    return found


def value(port: int, metric: str, /, **labels: str) -> float | None:
    return samples(get(port).text).get((metric, *sorted(labels.items())))
