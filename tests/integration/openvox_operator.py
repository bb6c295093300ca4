# SPDX-License-Identifier: Apache-2.0
"""The operator that users move away from, as far as tlsrouted meets it: what it writes for Pools, and how.
It reads all of its namespace again and again, as its informers would have it do, and updates whatever it
keeps, whether it differs or not."""

import threading

from cluster import GATEWAY, OPENVOX, Cluster, Refused

MANAGER = "manager"  # the name of its program, which is its field manager
POOL_LABEL = "openvox.voxpupuli.org/pool-{}"


def owner_of(pool: dict) -> dict:
    return {"apiVersion": OPENVOX, "kind": "Pool", "name": pool["metadata"]["name"],
            "uid": pool["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True}


def port_of(pool: dict) -> int:
    return pool["spec"].get("service", {}).get("port") or 8140


def service_for(pool: dict) -> dict:
    label = POOL_LABEL.format(pool["metadata"]["name"])
    return {"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": pool["metadata"]["name"], "ownerReferences": [owner_of(pool)],
                         "labels": {"app.kubernetes.io/name": "openvox",
                                    "app.kubernetes.io/managed-by": "openvox-operator",
                                    label: "true"}},
            "spec": {"type": "ClusterIP", "selector": {label: "true"},
                     "ports": [{"name": "https", "protocol": "TCP", "port": port_of(pool),
                                "targetPort": 8140}]}}


def route_for(pool: dict) -> dict:
    """Without labels, and without what its Pools do not have: gatewayRef.namespace."""
    route = pool["spec"]["route"]
    reference = {key: route["gatewayRef"][key] for key in ("name", "sectionName")
                 if key in route["gatewayRef"]}
    name = pool["metadata"]["name"]
    return {"apiVersion": GATEWAY, "kind": "TLSRoute",
            "metadata": {"name": name, "ownerReferences": [owner_of(pool)]},
            "spec": {"parentRefs": [reference], "hostnames": [route["hostname"]],
                     "rules": [{"backendRefs": [{"name": name, "port": port_of(pool)}]}]}}


class Operator:
    """With `with` it runs. `gateway_api` is its chart's value gatewayAPI.enabled."""

    def __init__(self, cluster: Cluster, pause: float = 0.2):
        self.cluster, self.pause = cluster, pause
        self.gateway_api = True
        self._over = threading.Event()
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Operator":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        self._thread.join(30)

    def configure(self, gateway_api: bool) -> None:
        """As after a rollout: from now on nothing is written by the old setting."""
        with self._turn:
            self.gateway_api = gateway_api

    def reconcile(self) -> None:
        """All Pools, once."""
        with self._turn:
            for pool in self.cluster.all("Pool").values():
                self._write(service_for(pool))
                if self.gateway_api:
                    self._route(pool)

    def _run(self) -> None:
        while not self._over.wait(self.pause):
            try:
                self.reconcile()
            except Refused as problem:  # it was overtaken, and comes again
                if problem.status != 409:
                    raise

    def _route(self, pool: dict) -> None:
        route = pool["spec"].get("route", {})
        if route.get("enabled"):
            self._write(route_for(pool))
            if route.get("injectDNSAltName"):
                self._inject(pool["metadata"]["name"], route["hostname"])
        elif self.cluster.get("TLSRoute", pool["metadata"]["name"]):
            self.cluster.delete("TLSRoute", pool["metadata"]["name"])

    def _write(self, manifest: dict) -> None:
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        present = self.cluster.get(kind, name)
        if present is None:
            self._request("POST", self.cluster.path(kind), manifest)
            return
        spec = {**present["spec"], **manifest["spec"]} if kind == "Service" else manifest["spec"]
        self._request("PUT", self.cluster.path(kind, name), {**present, "spec": spec})

    def _inject(self, pool: str, hostname: str) -> None:
        """What it adds it never removes."""
        for server in self.cluster.all("Server").values():
            certificate = self.cluster.get("Certificate", server["spec"].get("certificateRef", ""))
            if pool not in server["spec"].get("poolRefs", []) or certificate is None:
                continue
            names = certificate["spec"].setdefault("dnsAltNames", [])
            if hostname not in names:
                names.append(hostname)
                self._request("PUT", self.cluster.path("Certificate", certificate["metadata"]["name"]),
                              certificate)

    def _request(self, method: str, path: str, body: dict) -> None:
        self.cluster.request(method, f"{path}?fieldManager={MANAGER}", body)
