# SPDX-License-Identifier: Apache-2.0
"""A watch that notes when each event came. What tlsrouted writes and what the baseline writes is seen
by the same one, so that their times can be compared."""

import http.client
import re
import threading
import time
from typing import Callable

from report import progress

_VERSION = re.compile(rb'"resourceVersion":"([0-9]+)"')
_LOOK_SECONDS = 0.02  # not one look for each event


class BenchError(RuntimeError):
    """The bench cannot measure what it should; the text says why."""


class Watch:
    """Lines of a watch, each with the time.monotonic() at which it came."""

    def __init__(self, open_watch: Callable[[str, str], http.client.HTTPResponse], path: str,
                 version: str):
        self._open = open_watch
        self._path = path
        self._version = version
        self._response = open_watch(path, version)
        self._news = threading.Condition()
        self._lines: list[tuple[float, bytes]] = []
        self._closing = self._ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while not self._closing:
                self._read_response()
                # The API server ends a watch that does not read as fast as things happen.
                if not self._closing:
                    self._response = self._open(self._path, self._version)
        except (OSError, http.client.HTTPException, BenchError) as error:
            if not self._closing:
                progress(f"the watch ended: {error!r}")
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _read_response(self) -> None:
        rest = b""
        while data := self._read_some():
            now = time.monotonic()
            *lines, rest = (rest + data).split(b"\n")
            if lines:
                self._version = _VERSION.search(lines[-1])[1].decode()
                with self._news:
                    self._lines += [(now, line) for line in lines]
                    self._news.notify_all()

    def _read_some(self) -> bytes:
        try:
            return self._response.read1(1 << 20)
        except http.client.IncompleteRead:
            return b""  # ended without the HTTP end

    def close(self) -> None:
        """The reader ends with the next event, or with this process."""
        self._closing = True

    def forget(self) -> None:
        """All that came until now."""
        with self._news:
            self._lines = []

    def wait_count(self, kind: str, namespace: str, count: int, seconds: float) -> list[float]:
        """When each event of that kind and namespace came since forget(), once there are that
        many."""
        start = f'{{"type":"{kind}"'.encode()
        inside = f'"namespace":"{namespace}"'.encode() if namespace else b""
        found: list[float] = []

        def look(lines: list[tuple[float, bytes]]) -> bool:
            found.extend(at for at, line in lines if line.startswith(start) and inside in line)
            return len(found) >= count

        if not self._look_at_all(look, seconds):
            raise BenchError(f"{len(found)} of {count} {kind} events in {namespace or 'all'}")
        return found

    def wait_texts(self, kind: str, texts: list[str], seconds: float) -> list[float]:
        """When the first event of that kind came that has each text, as a JSON string, in it; since
        forget()."""
        start = f'{{"type":"{kind}"'.encode()
        left = {f'"{text}"'.encode(): index for index, text in enumerate(texts)}
        found = [0.0] * len(texts)

        def look(lines: list[tuple[float, bytes]]) -> bool:
            for at, line in lines:
                if line.startswith(start):
                    for text in [text for text in left if text in line]:
                        found[left.pop(text)] = at
            return not left

        if not self._look_at_all(look, seconds):
            raise BenchError(f"no {kind} event with {next(iter(left)).decode()}")
        return found

    def wait_event(self, kind: str, contains: str, seconds: float) -> float:
        """When the first event came that is of a kind and has that text in it, since forget()."""
        start, text = f'{{"type":"{kind}"'.encode(), contains.encode()
        found: list[float] = []

        def look(lines: list[tuple[float, bytes]]) -> bool:
            found.extend(at for at, line in lines if line.startswith(start) and text in line)
            return bool(found)

        if not self._look_at_all(look, seconds, pause=0):
            raise BenchError(f"no event {kind} with {contains}")
        return found[0]

    def _look_at_all(self, look: Callable[[list[tuple[float, bytes]]], bool], seconds: float,
                     pause: float = _LOOK_SECONDS) -> bool:
        """Shows it each line once, until it has what it looks for."""
        deadline = time.monotonic() + seconds
        looked = 0
        while True:
            with self._news:
                left = deadline - time.monotonic()
                if looked == len(self._lines):
                    if left <= 0 or self._ended:
                        return False
                    self._news.wait(left)
                lines = self._lines[looked:]
            looked += len(lines)
            if look(lines):
                return True
            time.sleep(pause)
