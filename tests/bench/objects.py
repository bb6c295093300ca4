# SPDX-License-Identifier: Apache-2.0
"""What the benches create: Pools with a route at one Gateway, and what belongs to them."""

ROUTES = "/apis/gateway.networking.k8s.io/v1"
OPENVOX = "/apis/openvox.voxpupuli.org/v1alpha1"
LEDGER = "openvox.voxpupuli.org/tlsrouted-injected"  # the annotation
FIELD_MANAGER = "fieldManager=tlsrouted"
GATEWAY_KINDS = ("gateways", "gatewayclasses", "tlsroutes")
# What tlsrouted reads of a namespace.
READ_KINDS = ("pools", "servers", "certificates", "services", "tlsroutes", "gateways")


def collection(namespace: str, kind: str) -> str:
    """Namespace: "" for all of them."""
    root = "/api/v1" if kind == "services" else ROUTES if kind in GATEWAY_KINDS else OPENVOX
    return f"{root}/namespaces/{namespace}/{kind}" if namespace else f"{root}/{kind}"


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


def injecting(object_name: str, host: str) -> dict:
    """A Pool whose hostname goes into Certificates, too."""
    manifest = pool(object_name, host)
    manifest["spec"]["route"]["injectDNSAltName"] = True
    return manifest


def server(object_name: str) -> dict:
    return {**header("openvox.voxpupuli.org/v1alpha1", "Server", object_name),
            "spec": {"configRef": "bench", "certificateRef": object_name,
                     "poolRefs": [object_name]}}


def certificate(object_name: str) -> dict:
    return {**header("openvox.voxpupuli.org/v1alpha1", "Certificate", object_name),
            "spec": {"authorityRef": "bench", "certname": "puppet", "dnsAltNames": ["puppet"]}}


# What tlsrouted writes, for the baseline. Each bench compares it with what tlsrouted has written.

def owned_metadata(owner: dict) -> dict:
    metadata = owner["metadata"]
    return {"name": metadata["name"], "namespace": metadata["namespace"],
            "ownerReferences": [{"apiVersion": "openvox.voxpupuli.org/v1alpha1", "kind": "Pool",
                                 "name": metadata["name"], "uid": metadata["uid"],
                                 "controller": True}]}


def route(owner: dict) -> dict:
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "TLSRoute",
            "metadata": {**owned_metadata(owner),
                         "labels": {"app.kubernetes.io/managed-by": "tlsrouted"}},
            "spec": route_spec(owner, owner["spec"]["route"]["hostname"])}


def route_spec(owner: dict, host: str) -> dict:
    reference = owner["spec"]["route"]["gatewayRef"]
    parent = {key: reference[key] for key in ("name", "namespace", "sectionName")
              if key in reference}
    return {"hostnames": [host], "parentRefs": [parent],
            "rules": [{"backendRefs": [{"name": owner["metadata"]["name"], "port": 8140}]}]}


def owned_service(owner: dict) -> dict:
    label = f"openvox.voxpupuli.org/pool-{owner['metadata']['name']}"
    return {"apiVersion": "v1", "kind": "Service",
            "metadata": {**owned_metadata(owner),
                         "labels": {"app.kubernetes.io/name": "openvox",
                                    "app.kubernetes.io/managed-by": "openvox-operator",
                                    label: "true"},
                         "annotations": {}},
            "spec": {"type": "ClusterIP", "selector": {label: "true"},
                     "ports": [{"name": "https", "protocol": "TCP", "port": 8140,
                                "targetPort": 8140}]}}


def pool_change(host: str) -> dict:
    """The merge patch for a new hostname."""
    return {"spec": {"route": {"hostname": host}}}


def route_change(written: dict, owner: dict, host: str) -> list[dict]:
    """The JSON Patch for a new hostname."""
    return [{"op": "test", "path": "/metadata/uid", "value": written["metadata"]["uid"]},
            {"op": "test", "path": "/metadata/ownerReferences/0/uid",
             "value": owner["metadata"]["uid"]},
            {"op": "replace", "path": "/spec", "value": route_spec(owner, host)}]


def names_change(certificate_: dict, host: str, pool_name: str) -> list[dict]:
    """The JSON Patch that adds a name to a Certificate without annotations."""
    metadata = certificate_["metadata"]
    return [{"op": "test", "path": "/metadata/uid", "value": metadata["uid"]},
            {"op": "test", "path": "/metadata/resourceVersion",
             "value": metadata["resourceVersion"]},
            {"op": "replace", "path": "/spec/dnsAltNames",
             "value": [*certificate_["spec"]["dnsAltNames"], host]},
            {"op": "add", "path": "/metadata/annotations", "value": {}},
            {"op": "add", "path": f"/metadata/annotations/{LEDGER.replace('/', '~1')}",
             "value": '{"%s":["%s"]}' % (host, pool_name)}]


SERVER_SETS = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields")
SERVER_CHOOSES = ("clusterIP", "clusterIPs")


def essence(manifest: dict) -> dict:
    """Of an object that the API server returned: what does not differ between two that were created
    in the same way."""
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in SERVER_SETS}
    spec = {key: value for key, value in manifest["spec"].items() if key not in SERVER_CHOOSES}
    return {"metadata": metadata, "spec": spec}
