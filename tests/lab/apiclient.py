# SPDX-License-Identifier: Apache-2.0
"""A small client of the Kubernetes API: kept-alive HTTPS, discovery, create-or-replace, metrics."""

import http.client
import json
import re
import ssl
import threading
import urllib.parse
from pathlib import Path

# What a kept connection shows when the server closed it in the meantime: idle for long, or restarted.
STALE_CONNECTION = (ConnectionError, http.client.BadStatusLine, ssl.SSLEOFError,
                    ssl.SSLZeroReturnError)
WRITE_VERBS = frozenset({"POST", "PUT", "PATCH", "APPLY", "DELETE"})
_METRIC = re.compile(r"^apiserver_request_total\{(?P<labels>.*)\} (?P<value>\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class ApiError(RuntimeError):
    """An answer other than the one that was needed."""

    def __init__(self, method: str, path: str, status: int, answer):
        self.status = status
        message = answer.get("message") if isinstance(answer, dict) else answer
        super().__init__(f"{method} {path}: {status} {message}")


class ApiClient:
    """Requests as the holder of a client certificate or, one by one, as the bearer of a token.
    Each thread has connections of its own, so that any number of threads may share one object."""

    def __init__(self, server: str, ca: Path, certificate: tuple[Path, Path], timeout: float = 30):
        self._host = urllib.parse.urlsplit(server).netloc
        self._timeout = timeout
        self._anonymous = ssl.create_default_context(cafile=str(ca))
        self._admin = ssl.create_default_context(cafile=str(ca))
        self._admin.load_cert_chain(*map(str, certificate))
        self._thread = threading.local()
        self._resources: dict[tuple[str, str], dict] = {}

    def request(self, method: str, path: str, body=None, content_type: str = "application/json",
                token: str | None = None) -> tuple[int, object]:
        """Body: anything that json can encode, or bytes or text as they are. Returns the status
        and the decoded JSON answer (of a watch the list of its events, unless it is one), or its
        text where it is not JSON. An answer that is an error
        is returned too; OSError and HTTPException are for having none."""
        headers = {"Accept": "application/json, */*"}
        if body is not None:
            headers["Content-Type"] = content_type
            if not isinstance(body, (bytes, str)):
                body = json.dumps(body)
            if isinstance(body, str):
                body = body.encode()
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        response, data = self._exchange(token is not None, method, path, body, headers)
        text = data.decode(errors="replace")
        if response.getheader("Content-Type", "").startswith("application/json"):
            try:
                return response.status, json.loads(text)
            except json.JSONDecodeError:  # the events of a watch, a line each
                return response.status, [json.loads(line) for line in text.splitlines()]
        return response.status, text

    def must(self, method: str, path: str, body=None, **options):
        """The answer of a request that has to succeed; ApiError otherwise."""
        status, answer = self.request(method, path, body, **options)
        if not 200 <= status < 300:
            raise ApiError(method, path, status, answer)
        return answer

    def collection(self, manifest: dict) -> str:
        """The path of the collection that an object belongs to, by discovery."""
        version, kind = manifest["apiVersion"], manifest["kind"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        resource = self._resources.get((version, kind))
        if resource is None:
            for entry in self.must("GET", root)["resources"]:
                if "/" not in entry["name"]:
                    self._resources[version, entry["kind"]] = entry
            resource = self._resources.get((version, kind))
            if resource is None:
                raise LookupError(f"the API server has no {kind} in {version}")
        if resource["namespaced"]:
            namespace = manifest["metadata"].get("namespace", "default")
            return f"{root}/namespaces/{namespace}/{resource['name']}"
        return f"{root}/{resource['name']}"

    def forget_discovery(self) -> None:
        self._resources.clear()

    def put(self, manifest: dict) -> None:
        """Creates an object, or replaces the one that exists."""
        collection = self.collection(manifest)
        path = f"{collection}/{manifest['metadata']['name']}"
        while True:
            status, answer = self.request("POST", collection, manifest)
            if status != 409:
                break
            status, current = self.request("GET", path)
            if status == 404:
                continue  # deleted meanwhile
            if status != 200:
                raise ApiError("GET", path, status, current)
            metadata = {**manifest["metadata"],
                        "resourceVersion": current["metadata"]["resourceVersion"]}
            status, answer = self.request("PUT", path, {**manifest, "metadata": metadata})
            if status not in (404, 409):
                break
        if not 200 <= status < 300:
            raise ApiError("PUT", path, status, answer)

    def write_counts(self) -> dict[tuple[str, str], int]:
        """Write requests since the API server's start, by verb and resource, whatever their
        answer was; requests to a subresource count for their resource."""
        counts: dict[tuple[str, str], int] = {}
        for match in _METRIC.finditer(self.must("GET", "/metrics")):
            labels = dict(_LABEL.findall(match["labels"]))
            if labels["verb"] in WRITE_VERBS and not labels["dry_run"]:
                key = (labels["verb"], labels["resource"])
                counts[key] = counts.get(key, 0) + int(float(match["value"]))
        return counts

    def _exchange(self, anonymous: bool, *request) -> tuple[http.client.HTTPResponse, bytes]:
        connections = self._thread.__dict__
        connection = connections.pop(anonymous, None)
        if connection is not None:
            try:
                return self._send(connections, anonymous, connection, *request)
            except STALE_CONNECTION:
                pass
        connection = http.client.HTTPSConnection(
            self._host, timeout=self._timeout,
            context=self._anonymous if anonymous else self._admin)
        return self._send(connections, anonymous, connection, *request)

    @staticmethod
    def _send(connections: dict, anonymous: bool, connection: http.client.HTTPSConnection,
              *request) -> tuple[http.client.HTTPResponse, bytes]:
        """Keeps the connection for the next request only if this one was answered in full."""
        try:
            connection.request(*request)
            response = connection.getresponse()
            data = response.read()
        except BaseException:
            connection.close()
            raise
        connections[anonymous] = connection
        return response, data
