# SPDX-License-Identifier: Apache-2.0
"""The lab as a bench needs it: every request of a ServiceAccount in the audit log, objects in bulk,
the raw rate by h2load, and a watch that notes when each event came."""

import collections
import copy
import datetime
import http.client
import json
import multiprocessing
import re
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
for tools in ("lab", "wire"):
    sys.path.insert(0, str(TOP / "tests" / tools))

from lab import AUDIT_POLICY, Lab, LabError  # noqa: E402
from report import progress  # noqa: E402

NAMESPACE = "tlsrouted"
WORKERS = ("watcher", "reconciler", "certpatcher")
CREATORS = 4  # processes, and
CREATOR_THREADS = 2  # threads of each: more do not create objects any faster
_VERSION = re.compile(rb'"resourceVersion":"([0-9]+)"')
WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})


class BenchError(RuntimeError):
    """The bench cannot measure what it should; the text says why."""


def account(worker: str) -> str:
    return f"tlsrouted-{worker}"


class Cluster(Lab):
    """A lab with tlsrouted's accounts and rights in it."""

    audit_policy = copy.deepcopy(AUDIT_POLICY)
    del audit_policy["rules"][0]["verbs"]  # reads too

    def start(self) -> None:
        super().start()
        rbac = TOP / "packaging" / "kustomize" / "base"
        self.apply(rbac / "namespace.yaml")
        for worker in WORKERS:
            self.apply(rbac / f"{worker}.yaml")

    def namespace(self, name: str) -> None:
        self._api.must("POST", "/api/v1/namespaces", {"metadata": {"name": name}})

    def must(self, method: str, path: str, body=None, **options):
        return self._api.must(method, path, body, **options)

    # Objects in bulk

    def create_all(self, path: str, manifests: list[dict], seconds: float) -> float:
        """POSTs them to a collection as fast as this machine can. Returns the seconds it took."""
        return self._send_all("POST", [(path, manifest) for manifest in manifests], seconds)

    def merge_all(self, paths: list[str], change: dict, seconds: float) -> float:
        """The same: patches each of these objects in the same way."""
        return self._send_all("PATCH", [(path, change) for path in paths], seconds,
                              content_type="application/merge-patch+json")

    def _send_all(self, method: str, requests: list[tuple[str, dict]], seconds: float,
                  **options) -> float:
        begin = time.monotonic()
        # Not from this process: it has events of a watch to note, at the same time.
        creators = [multiprocessing.Process(target=self._send, args=(method, part, options),
                                            daemon=True) for part in _parts(requests, CREATORS)]
        for creator in creators:
            creator.start()
        for creator in creators:
            creator.join(max(0.0, begin + seconds - time.monotonic()))
        late = [creator for creator in creators if creator.exitcode is None]
        for creator in late:
            creator.kill()
        if late or any(creator.exitcode != 0 for creator in creators):
            raise BenchError(f"{len(requests)} requests could not be made: {method} {requests[0][0]}")
        return time.monotonic() - begin

    def _send(self, method: str, requests: list[tuple[str, dict]], options: dict) -> None:
        self._client = None  # the connections belong to the parent
        with ThreadPoolExecutor(CREATOR_THREADS) as pool:
            for _ in pool.map(lambda request: self.must(method, *request, **options), requests):
                pass

    # The raw rate

    def raw_posts(self, path: str, body: dict, count: int, streams: int, token: str,
                  seconds: float) -> float:
        """POSTs one body over and over on one HTTP/2 connection. Returns the requests a second."""
        file = self.folder / "h2load-body.json"
        file.write_text(json.dumps(body, separators=(",", ":")))
        return self._h2load(
            [f"--requests={count}", f"--max-concurrent-streams={streams}", f"--data={file}",
             "--header=content-type: application/json",
             f"--header=authorization: Bearer {token}", f"{self.server}{path}"], count, seconds)

    def raw_patches(self, paths: list[str], body, streams: int, token: str,
                    seconds: float) -> float:
        """PATCHes each of the objects with one JSON Patch on one HTTP/2 connection. Returns the
        requests a second."""
        file, addresses = self.folder / "h2load-patch.json", self.folder / "h2load-paths"
        file.write_text(json.dumps(body, separators=(",", ":")))
        addresses.write_text("".join(f"{self.server}{path}\n" for path in paths))
        return self._h2load(
            [f"--requests={len(paths)}", f"--max-concurrent-streams={streams}", f"--data={file}",
             "--header=:method: PATCH", "--header=content-type: application/json-patch+json",
             f"--header=authorization: Bearer {token}", f"--input-file={addresses}"],
            len(paths), seconds)

    def _h2load(self, arguments: list[str], count: int, seconds: float) -> float:
        """On one connection; all answers have to be 2xx."""
        done = subprocess.run(["h2load", "--clients=1", *arguments], capture_output=True, text=True,
                              timeout=seconds)
        rate = re.search(r"^finished in .*, ([0-9.]+) req/s", done.stdout, re.MULTILINE)
        succeeded = re.search(r"^status codes: ([0-9]+) 2xx", done.stdout, re.MULTILINE)
        if rate is None or succeeded is None or int(succeeded[1]) != count:
            raise BenchError(f"h2load:\n{done.stdout}{done.stderr}")
        return float(rate[1])

    # Watching

    def watch(self, path: str) -> "Watch":
        """Of all that happens to a collection from now on."""
        version = self.must("GET", f"{path}?limit=1")["metadata"]["resourceVersion"]
        return Watch(self, path, version)

    def open_watch(self, path: str, version: str) -> http.client.HTTPResponse:
        context = ssl.create_default_context(cafile=str(self.ca_file))
        context.load_cert_chain(*map(str, self._pki.pair("admin")))
        connection = http.client.HTTPSConnection(urllib.parse.urlsplit(self.server).netloc,
                                                 timeout=3600, context=context)
        connection.request("GET", f"{path}?watch=1&timeoutSeconds=3600&resourceVersion={version}",
                           headers={"Connection": "close"})  # the response owns the connection
        response = connection.getresponse()
        if response.status != 200:
            raise BenchError(f"watch of {path}: {response.status}")
        return response

    # Accounts

    def audit_mark(self) -> int:
        """A place in the audit log, for requests_since()."""
        return self.audit_path.stat().st_size

    def requests_since(self, mark: int, workers: tuple[str, ...] = WORKERS) -> collections.Counter:
        """Requests of these accounts of tlsrouted by (verb, resource), from that place on."""
        users = {f"system:serviceaccount:{NAMESPACE}:{account(worker)}" for worker in workers}
        counts: collections.Counter = collections.Counter()
        seen = set()  # a watch is there twice: when it begins and when it ends
        with self.audit_path.open("rb") as log:
            log.seek(mark)
            for line in log:
                if not line.endswith(b"\n"):
                    break
                event = json.loads(line)
                if event["user"]["username"] in users and event["auditID"] not in seen:
                    seen.add(event["auditID"])
                    resource = event.get("objectRef", {}).get("resource", event["requestURI"])
                    counts[event["verb"], resource] += 1
        return counts

    def times_of(self, worker: str, mark: int) -> tuple[datetime.datetime, datetime.datetime]:
        """When a worker's first request since that place of the audit log was received, and when
        its last one was answered; watches do not count."""
        name = f"system:serviceaccount:{NAMESPACE}:{account(worker)}"
        begun, ended = [], []
        with self.audit_path.open("rb") as log:
            log.seek(mark)
            for line in log:
                event = json.loads(line) if line.endswith(b"\n") else None
                if event and event["user"]["username"] == name and event["verb"] != "watch":
                    begun.append(event["requestReceivedTimestamp"])
                    ended.append(event["stageTimestamp"])
        if not begun:
            raise BenchError(f"no request of the {worker} in the audit log")
        return (datetime.datetime.fromisoformat(min(begun)),
                datetime.datetime.fromisoformat(max(ended)))

    def program_pid(self, name: str) -> int:
        return int((self.folder / "pids" / name).read_text().split()[0])


class Watch:
    """Lines of a watch, each with the time.monotonic() at which it came."""

    def __init__(self, cluster: Cluster, path: str, version: str):
        self._cluster = cluster
        self._path = path
        self._version = version
        self._response = cluster.open_watch(path, version)
        self._news = threading.Condition()
        self._lines: list[tuple[float, bytes]] = []
        self._closing = self._ended = False
        self._seen = 0  # lines that wait_event() has looked at
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while not self._closing:
                self._read_response()
                # The API server ends a watch that does not read as fast as things happen.
                if not self._closing:
                    self._response = self._cluster.open_watch(self._path, self._version)
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

    def times(self, kind: str, namespace: str) -> list[float]:
        """When each event of that kind and namespace came."""
        start = f'{{"type":"{kind}"'.encode()
        inside = f'"namespace":"{namespace}"'.encode()
        with self._news:
            lines = list(self._lines)
        return [at for at, line in lines if line.startswith(start) and inside in line]

    def wait_count(self, kind: str, namespace: str, count: int, seconds: float) -> list[float]:
        """times(), when there are that many."""
        deadline = time.monotonic() + seconds
        start = f'{{"type":"{kind}"'.encode()
        inside = f'"namespace":"{namespace}"'.encode()
        found: list[float] = []
        looked = 0
        while len(found) < count:
            with self._news:
                left = deadline - time.monotonic()
                if left <= 0 or self._ended:
                    raise BenchError(f"{len(found)} of {count} {kind} events in {namespace}")
                if looked == len(self._lines):
                    self._news.wait(left)
                lines = self._lines[looked:]
            looked += len(lines)
            found += [at for at, line in lines if line.startswith(start) and inside in line]
            time.sleep(0.02)  # not one look for each event
        return found

    def skip(self) -> None:
        """The next wait_event() is for what comes from now on."""
        with self._news:
            self._seen = len(self._lines)

    def wait_event(self, kind: str, contains: str, seconds: float) -> float:
        """When the next event came that is of a kind and has that text in it."""
        deadline = time.monotonic() + seconds
        start, text = f'{{"type":"{kind}"'.encode(), contains.encode()
        with self._news:
            while True:
                while self._seen < len(self._lines):
                    at, line = self._lines[self._seen]
                    self._seen += 1
                    if line.startswith(start) and text in line:
                        return at
                left = deadline - time.monotonic()
                if left <= 0 or self._ended:
                    raise BenchError(f"no event {kind} with {contains}")
                self._news.wait(left)


def _parts(values: list, count: int) -> list[list]:
    return [part for part in (values[i::count] for i in range(count)) if part]


__all__ = ["BenchError", "Cluster", "LabError", "NAMESPACE", "TOP", "WORKERS", "WRITES", "Watch",
           "account"]
