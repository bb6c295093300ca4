# SPDX-License-Identifier: Apache-2.0
"""The least that a client costs which is made of tlsrouted's libraries: the same requests and watches
by a program that looks at nothing that comes."""

import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from load import JSON, TOP, Request, lines, run_program
from watch import BenchError

PROGRAM = TOP / "build" / "gcc" / "tests" / "bench" / "client"
# As tlsrouted has it: so many requests at a time, and on each of several connections.
STREAMS, SHARED = 48, 12
WATCHES = 100  # on a connection
WATCH_SECONDS = 3600
OPENED_SECONDS = 0.5  # until all watches are there
WAIT = Request("WAIT", "", "", None)  # until all requests before it are answered


class Client:
    """For one API server."""

    def __init__(self, server: str, ca_file: Path, folder: Path):
        self._place = [server, str(ca_file)]
        self._folder = folder

    def send(self, requests: list[Request], token: str, seconds: float) -> dict:
        """All of them have to succeed. Returns when it began, as time.monotonic(), and its costs."""
        return run_program(self._command("sends", token, SHARED), requests, seconds)

    @contextmanager
    def watching(self, watches: list[tuple[str, str]], token: str) -> Iterator[int]:
        """Watches: paths, each with the version from which on. Gives the pid of the client."""
        text = lines([Request("WATCH", f"{path}?watch=1&allowWatchBookmarks=true"
                               f"&timeoutSeconds={WATCH_SECONDS}&resourceVersion={version}",
                               JSON, None)
                       for path, version in watches])
        process = subprocess.Popen(self._command("watches", token, WATCHES), text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            process.stdin.write(text)
            process.stdin.close()
            time.sleep(OPENED_SECONDS)
            yield process.pid
            if process.poll() is not None:
                raise BenchError("the bare client's watches ended")
        finally:
            process.terminate()
            process.wait()

    def _command(self, what: str, token: str, shared: int) -> list[str]:
        token_file = self._folder / f"client-{what}-token"
        token_file.touch(mode=0o600)
        token_file.write_text(token + "\n")
        return [str(PROGRAM), *self._place, str(token_file), str(STREAMS), str(shared)]
