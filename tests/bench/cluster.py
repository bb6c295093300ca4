# SPDX-License-Identifier: Apache-2.0
"""The lab as a bench needs it: tlsrouted's accounts, rights and admission policies, every request of
a ServiceAccount in the audit log, and a watch that notes when each event came."""

import collections
import copy
import datetime
import http.client
import json
import ssl
import sys
import time
import urllib.parse
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
for tools in ("lab", "wire"):
    sys.path.insert(0, str(TOP / "tests" / tools))

from apiclient import ApiError  # noqa: E402
from client import Client  # noqa: E402
from lab import AUDIT_POLICY, Lab, LabError, wait_for  # noqa: E402
from load import Loader, Request, delete, merge, post  # noqa: E402
from objects import READ_KINDS, collection  # noqa: E402
from usage import cpu_seconds  # noqa: E402
from watch import BenchError, Watch  # noqa: E402

NAMESPACE = "tlsrouted"
WORKERS = ("watcher", "reconciler", "certpatcher")
TOKEN_SECONDS = 24 * 3600
PROGRAMS = ("kube-apiserver", "etcd", "kube-controller-manager")
POLICIES = ("tlsrouted-reconciler", "tlsrouted-certpatcher")
ADMISSION = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
POLICY_SECONDS = 60  # until a change of the policies is in force
SETTLED_SECONDS, SETTLED_SHARE = 1, 0.1  # of a processor, at rest
WATCH_SECONDS, WATCH_AGAIN_SECONDS = 60, 0.2
CREATING_STREAMS = 32  # more do not create objects any faster
BENCH = "bench"  # the account that does what tlsrouted does not
WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})


def account(worker: str) -> str:
    return f"tlsrouted-{worker}"


def user_of(name: str) -> str:
    return f"system:serviceaccount:{NAMESPACE}:{name}"


class Cluster(Lab):
    """A lab with tlsrouted's accounts and rights in it."""

    audit_policy = copy.deepcopy(AUDIT_POLICY)
    del audit_policy["rules"][0]["verbs"]  # reads too
    audit_policy["rules"].insert(0, {"level": "None", "users": [user_of(BENCH)]})

    def __init__(self, folder: Path):
        super().__init__(folder)
        self._loader: Loader | None = None
        self._watches: list[Watch] = []

    def start(self) -> None:
        super().start()
        kustomize = TOP / "packaging" / "kustomize"
        self.apply(kustomize / "base" / "namespace.yaml")
        for worker in WORKERS:
            self.apply(kustomize / "base" / f"{worker}.yaml")
        self._add_bench_account()
        self.set_policies(True)

    def _add_bench_account(self) -> None:
        self.service_account(NAMESPACE, BENCH)
        self.apply([{
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": BENCH},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                        "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": BENCH, "namespace": NAMESPACE}]}])

    def token_of(self, name: str) -> str:
        return self.token(NAMESPACE, name, TOKEN_SECONDS)

    def namespace(self, name: str) -> None:
        self._api.must("POST", "/api/v1/namespaces", {"metadata": {"name": name}})

    def must(self, method: str, path: str, body=None, **options):
        return self._api.must(method, path, body, **options)

    # Admission policies

    def set_policies(self, bound: bool) -> None:
        """Those of tlsrouted; they are in force, or no longer, when it returns."""
        folder = TOP / "packaging" / "kustomize" / "policies"
        for worker in ("reconciler", "certpatcher"):
            if bound:
                self.apply(folder / f"{worker}.yaml")
        if not bound:
            for policy in POLICIES:
                self.must("DELETE", f"{ADMISSION}/{policy}")
        token = self.token_of(account("reconciler"))
        wait_for("the admission policies", POLICY_SECONDS, lambda: self._refuses(token) == bound)

    def _refuses(self, token: str) -> bool:
        """Whether the reconciler may not create a Service that no Pool owns."""
        status, _ = self.request(
            "POST", "/api/v1/namespaces/default/services?dryRun=All",
            {"metadata": {"name": "nobody"}, "spec": {"ports": [{"port": 1}]}}, token=token)
        return status != 201

    def limit_streams(self, count: int) -> None:
        """Of one connection. The API server starts again."""
        self.api_flags = (f"--http2-max-streams-per-connection={count}",)
        self.stop_apiserver()
        self.start_apiserver()

    # Objects in bulk

    @property
    def loader(self) -> Loader:
        if self._loader is None:
            self._loader = Loader(self.server, self.ca_file, self.folder)
        return self._loader

    def create_all(self, path: str, manifests: list[dict], seconds: float) -> float:
        """POSTs them to a collection as fast as this machine can. Returns the seconds it took."""
        return self.send_all([post(path, manifest) for manifest in manifests], seconds)

    def merge_all(self, paths: list[str], change: dict, seconds: float) -> float:
        """The same: patches each of these objects in the same way."""
        return self.send_all([merge(path, change) for path in paths], seconds)

    def send_all(self, requests: list[Request], seconds: float) -> float:
        """As the bench's own account. Returns the seconds it took."""
        if not requests:
            return 0.0
        return self.loader.send(requests, self.token_of(BENCH), seconds, CREATING_STREAMS).seconds

    # With tlsrouted's libraries, and nothing else

    def client(self) -> Client:
        return Client(self.server, self.ca_file, self.folder)

    def watching(self, namespace: str):
        """A bare client that watches what the watcher does, from now on, as a context."""
        paths = [collection(namespace, kind) for kind in READ_KINDS]
        paths += [collection("", "gatewayclasses"), DEFINITIONS]
        return self.client().watching(
            [(path, self.must("GET", f"{path}?limit=1")["metadata"]["resourceVersion"])
             for path in paths], self.token_of(BENCH))

    # What it uses

    def server_cpu(self) -> dict[str, float]:
        """Seconds, by program of the lab."""
        return {program: cpu_seconds(self.program_pid(program)) for program in PROGRAMS}

    def settle(self, seconds: float) -> None:
        """Waits until the API server, etcd and the controllers have done what they had to do. The API
        server collects its garbage: what has been left behind, such as by the lists that a start
        reads, would otherwise make the next collection come sooner, within what is measured."""
        self.must("GET", "/debug/pprof/heap?gc=1")
        deadline = time.monotonic() + seconds
        while True:
            before = sum(self.server_cpu().values())
            time.sleep(SETTLED_SECONDS)
            if sum(self.server_cpu().values()) - before < SETTLED_SHARE * SETTLED_SECONDS:
                return
            if time.monotonic() > deadline:
                raise BenchError("the API server does not come to rest")

    def delete_all(self, collection: str, seconds: float) -> None:
        """Every object of a collection; it is gone when it returns. One request for all of them would
        be too long for the API server."""
        items = self.must("GET", collection)["items"]
        self.send_all([delete(f"{collection}/{item['metadata']['name']}") for item in items],
                      seconds)
        wait_for(f"{collection} is empty", seconds, lambda: not self.must(
            "GET", f"{collection}?limit=1")["items"])

    # Watching

    def watch(self, path: str) -> Watch:
        """Of all that happens to a collection from now on."""
        version = self.must("GET", f"{path}?limit=1")["metadata"]["resourceVersion"]
        watch = Watch(self.open_watch, path, version)
        self._watches.append(watch)
        return watch

    def remove(self) -> None:
        for watch in self._watches:
            watch.close()
        super().remove()

    def open_watch(self, path: str, version: str) -> http.client.HTTPResponse:
        """An API server that has just started answers 429 until it has read what there is."""
        deadline = time.monotonic() + WATCH_SECONDS
        while (response := self._ask_watch(path, version)).status == 429 and \
                time.monotonic() < deadline:
            time.sleep(WATCH_AGAIN_SECONDS)
        if response.status != 200:
            raise BenchError(f"watch of {path}: {response.status}")
        return response

    def _ask_watch(self, path: str, version: str) -> http.client.HTTPResponse:
        context = ssl.create_default_context(cafile=str(self.ca_file))
        context.load_cert_chain(*map(str, self._pki.pair("admin")))
        connection = http.client.HTTPSConnection(urllib.parse.urlsplit(self.server).netloc,
                                                 timeout=3600, context=context)
        connection.request("GET", f"{path}?watch=1&timeoutSeconds=3600&resourceVersion={version}",
                           headers={"Connection": "close"})  # the response owns the connection
        return connection.getresponse()

    # Accounts

    def audit_mark(self) -> int:
        """A place in the audit log, for requests_since()."""
        return self.audit_path.stat().st_size

    def requests_since(self, mark: int, workers: tuple[str, ...] = WORKERS) -> collections.Counter:
        """Requests of these accounts of tlsrouted by (verb, resource), from that place on."""
        users = {user_of(account(worker)) for worker in workers}
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

    def first_request(self, worker: str, mark: int) -> float:
        """When a worker's first request for objects since that place of the audit log was received,
        as time.monotonic(); watches do not count."""
        user = user_of(account(worker))
        begun = []
        with self.audit_path.open("rb") as log:
            log.seek(mark)
            for line in log:
                event = json.loads(line) if line.endswith(b"\n") else None
                if (event and event["user"]["username"] == user and "objectRef" in event
                        and event["verb"] != "watch"):
                    begun.append(event["requestReceivedTimestamp"])
        if not begun:
            raise BenchError(f"no request of the {worker} in the audit log")
        first = datetime.datetime.fromisoformat(min(begun)).timestamp()
        return first - time.time() + time.monotonic()

    def program_pid(self, name: str) -> int:
        return int((self.folder / "pids" / name).read_text().split()[0])


__all__ = ["ApiError", "BENCH", "BenchError", "Cluster", "LabError", "NAMESPACE", "TOP", "WORKERS",
           "WRITES", "account", "wait_for"]
