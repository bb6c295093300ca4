# SPDX-License-Identifier: Apache-2.0
"""The baseline: the same requests as tlsrouted's, sent by a program that does nothing else."""

import json
import subprocess
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from watch import BenchError

TOP = Path(__file__).resolve().parent.parent.parent
PROGRAM = TOP / "build" / "gcc" / "tests" / "bench" / "load"
JSON, MERGE, PATCH = ("application/json", "application/merge-patch+json",
                      "application/json-patch+json")


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    type: str
    body: object  # None: there is none

    def line(self) -> str:
        body = "" if self.body is None else json.dumps(self.body, separators=(",", ":"))
        return f"{self.method}\t{self.path}\t{self.type}\t{body}\n"


@dataclass(frozen=True)
class Sent:
    """When each request was sent and answered, as time.monotonic(), and what all of them took."""

    times: list[tuple[float, float]]
    wire: dict[str, int]  # bytes
    cpu_seconds: float
    switches: int
    streams_max: int  # that the API server allows on a connection

    @property
    def begin(self) -> float:
        return min(sent for sent, _ in self.times)

    @property
    def seconds(self) -> float:
        return max(answered for _, answered in self.times) - self.begin


def post(path: str, body: dict) -> Request:
    return Request("POST", path, JSON, body)


def merge(path: str, body: dict) -> Request:
    return Request("PATCH", path, MERGE, body)


def patch(path: str, body: list) -> Request:
    return Request("PATCH", path, PATCH, body)


def delete(path: str) -> Request:
    return Request("DELETE", path, JSON, None)


def get(path: str) -> Request:
    return Request("GET", path, JSON, None)


def lines(requests: list[Request]) -> str:
    """As the programs read them."""
    return "".join(request.line() for request in requests)


def run_program(command: list[str], requests: list[Request], seconds: float) -> dict:
    """One that sends requests, all of which have to succeed. Returns its summary."""
    try:
        done = subprocess.run(command, input=lines(requests), text=True, capture_output=True,
                              timeout=seconds)
    except subprocess.TimeoutExpired as late:
        raise BenchError(f"{len(requests)} requests were not answered in {late.timeout:.0f} s, "
                         f"such as {requests[0].method} {requests[0].path}") from None
    if done.returncode != 0:
        raise BenchError(done.stderr.strip())
    summary = json.loads(done.stdout)
    if summary["succeeded"] != len(requests):
        raise BenchError(f"{summary['succeeded']} of {len(requests)} requests succeeded, such as "
                         f"{requests[0].method} {requests[0].path}; another was answered with "
                         f"{summary['failure']}")
    return summary


class Loader:
    """For one API server."""

    def __init__(self, server: str, ca_file: Path, folder: Path):
        address = urllib.parse.urlsplit(server)
        self._place = [address.hostname, str(address.port), str(ca_file)]
        self._folder = folder

    def send(self, requests: list[Request], token: str, seconds: float, streams: int,
             pause: float = 0, other_token: str = "") -> Sent:
        """On one connection, so many at a time; with a pause, in seconds, no sooner than that after
        each other; with another token, every second one with that. All of them have to succeed."""
        times = self._folder / "load-times"
        tokens = [self._token_file(number, each)
                  for number, each in enumerate((token, other_token)) if each]
        summary = run_program([str(PROGRAM), *self._place, str(streams), str(round(1000 * pause, 3)),
                               str(times), *tokens], requests, seconds + pause * len(requests))
        return Sent([tuple(map(float, line.split())) for line in times.read_text().splitlines()],
                    {"sent": summary["sent_bytes"], "received": summary["received_bytes"]},
                    summary["cpu_seconds"], summary["switches"], summary["streams_max"])

    def _token_file(self, number: int, token: str) -> str:
        file = self._folder / f"load-token-{number}"
        file.touch(mode=0o600)
        file.write_text(token + "\n")
        return str(file)
