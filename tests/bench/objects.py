# SPDX-License-Identifier: Apache-2.0
"""What the benches create: Pools with a route at one Gateway, and what belongs to them."""

ROUTES = "/apis/gateway.networking.k8s.io/v1"
OPENVOX = "/apis/openvox.voxpupuli.org/v1alpha1"
LEDGER = "openvox.voxpupuli.org/tlsrouted-injected"  # the annotation


def name(i: int) -> str:
    return f"pool-{i:05}"


def hostname(i: int, namespace: str) -> str:
    return f"{name(i)}.{namespace}.example.com"


def header(version: str, kind: str, object_name: str) -> dict:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": object_name}}


def gateway() -> dict:
    return {**header("gateway.networking.k8s.io/v1", "Gateway", "puppet"),
            "spec": {"gatewayClassName": "bench",
                     "listeners": [{"name": "tls", "protocol": "TLS", "port": 8140,
                                    "tls": {"mode": "Passthrough"}}]}}


def pool(object_name: str, host: str, enabled: bool = True) -> dict:
    route_wish = {"enabled": enabled, "gatewayRef": {"name": "puppet", "sectionName": "tls"}}
    if host:
        route_wish["hostname"] = host
    return {**header("openvox.voxpupuli.org/v1alpha1", "Pool", object_name),
            "spec": {"service": {"port": 8140}, "route": route_wish}}


def accepted() -> dict:
    """What the Gateway's controller writes into the status of a route that it takes."""
    reference = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "puppet",
                 "sectionName": "tls"}
    return {"status": {"parents": [{
        "parentRef": reference, "controllerName": "example.com/bench",
        "conditions": [{"type": "Accepted", "status": "True", "reason": "Accepted", "message": "",
                        "lastTransitionTime": "2026-01-01T00:00:00Z"}]}]}}


def programmed() -> dict:
    """The same for the Gateway itself."""
    return {"status": {"conditions": [
        {"type": kind, "status": "True", "reason": kind, "message": "",
         "lastTransitionTime": "2026-01-01T00:00:00Z"} for kind in ("Accepted", "Programmed")]}}


def service(object_name: str) -> dict:
    return {**header("v1", "Service", object_name),
            "spec": {"clusterIP": "None", "selector": {"app": object_name},
                     "ports": [{"name": "https", "port": 8140, "protocol": "TCP"}]}}


def route(owner: dict) -> dict:
    """As tlsrouted writes it, but for the name, which the API server chooses each time."""
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "TLSRoute",
            "metadata": {
                "generateName": "pool-",
                "labels": {"app.kubernetes.io/managed-by": "tlsrouted"},
                "ownerReferences": [{
                    "apiVersion": owner["apiVersion"], "kind": "Pool", "controller": True,
                    "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}]},
            "spec": {"hostnames": [hostname(0, "bench-never")],
                     "parentRefs": [{"name": "puppet", "sectionName": "tls"}],
                     "rules": [{"backendRefs": [{"name": name(0), "port": 8140}]}]}}
