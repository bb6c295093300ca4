# SPDX-License-Identifier: Apache-2.0
"""The objects of one namespace, seen and changed as administrator."""

from lab import Lab

OPENVOX = "openvox.voxpupuli.org/v1alpha1"
GATEWAY = "gateway.networking.k8s.io/v1"
COORDINATION = "coordination.k8s.io/v1"

_API = {"Pool": (OPENVOX, "pools"), "Server": (OPENVOX, "servers"),
        "Certificate": (OPENVOX, "certificates"), "TLSRoute": (GATEWAY, "tlsroutes"),
        "Gateway": (GATEWAY, "gateways"), "Service": ("v1", "services"),
        "Event": ("events.k8s.io/v1", "events"), "Lease": (COORDINATION, "leases"),
        "Deployment": ("apps/v1", "deployments")}


class Refused(RuntimeError):
    """The API server did not do what the test asked for."""

    def __init__(self, status: int, answer):
        message = answer.get("message") if isinstance(answer, dict) else answer
        super().__init__(f"{status}: {message}")
        self.status = status


def pool_manifest(name: str, hostname: str | None = None, *, enabled: bool = True,
                  gateway: str = "gateway", section: str | None = None,
                  gateway_namespace: str | None = None, port: int | None = None,
                  inject: bool = False) -> dict:
    """By default one that asks for a route from NAME.example.com."""
    reference = {"name": gateway, "sectionName": section, "namespace": gateway_namespace}
    spec = {"route": {
        "enabled": enabled,
        "hostname": f"{name}.example.com" if hostname is None else hostname,
        "gatewayRef": {key: value for key, value in reference.items() if value is not None},
        "injectDNSAltName": inject,
    }}
    if port is not None:
        spec["service"] = {"port": port}
    return {"apiVersion": OPENVOX, "kind": "Pool", "metadata": {"name": name}, "spec": spec}


def server_manifest(name: str, certificate: str, pools: list[str]) -> dict:
    return {"apiVersion": OPENVOX, "kind": "Server", "metadata": {"name": name},
            "spec": {"certificateRef": certificate, "poolRefs": pools}}


def certificate_manifest(name: str, names: list[str] | None = None) -> dict:
    """Without dnsAltNames where no names are given."""
    spec = {"authorityRef": "ca", "certname": name}
    if names is not None:
        spec["dnsAltNames"] = names
    return {"apiVersion": OPENVOX, "kind": "Certificate", "metadata": {"name": name},
            "spec": spec}


def route_manifest(name: str, hostname: str, owners: list[dict] | None = None) -> dict:
    """Somebody else's."""
    return {"apiVersion": GATEWAY, "kind": "TLSRoute",
            "metadata": {"name": name, "ownerReferences": owners or []},
            "spec": {"hostnames": [hostname],
                     "rules": [{"backendRefs": [{"name": "elsewhere", "port": 443}]}]}}


def listener(name: str = "tls", **changes) -> dict:
    """One that takes the routes of its namespace, unless the changes say otherwise."""
    return {"name": name, "protocol": "TLS", "port": 8140, "tls": {"mode": "Passthrough"},
            **changes}


def gateway_manifest(name: str = "gateway", *listeners: dict) -> dict:
    return {"apiVersion": GATEWAY, "kind": "Gateway", "metadata": {"name": name},
            "spec": {"gatewayClassName": "none", "listeners": list(listeners) or [listener()]}}


def service_manifest(name: str, port: int = 8140) -> dict:
    """Somebody else's."""
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"ports": [{"name": "theirs", "port": port}], "selector": {"app": "theirs"}}}


def expected_spec(pool: str, hostname: str | None = None, *, gateway: str = "gateway",
                  section: str | None = None, gateway_namespace: str | None = None,
                  port: int = 8140) -> dict:
    """The spec of a Pool's TLSRoute, with what the API server fills in."""
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway}
    if section is not None:
        parent["sectionName"] = section
    if gateway_namespace is not None:
        parent["namespace"] = gateway_namespace
    return {"hostnames": [hostname or f"{pool}.example.com"], "parentRefs": [parent],
            "rules": [{"backendRefs": [
                {"group": "", "kind": "Service", "name": pool, "port": port, "weight": 1}]}]}


def lease_manifest(name: str = "tlsrouted", holder: str = "somebody", **spec) -> dict:
    """As one who holds it has just written it."""
    return {"apiVersion": COORDINATION, "kind": "Lease", "metadata": {"name": name},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15, "leaseTransitions": 0,
                     "acquireTime": "2026-01-01T00:00:00.000000Z",
                     "renewTime": "2026-01-01T00:00:00.000000Z", **spec}}


class Cluster:
    """One namespace."""

    def __init__(self, lab: Lab, namespace: str):
        self.lab = lab
        self.namespace = namespace
        self.route_version = "v1"  # that routes are read and written in

    def path(self, kind: str, name: str = "") -> str:
        version, plural = _API[kind]
        if kind == "TLSRoute":
            version = version.replace("v1", self.route_version)
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        return f"{root}/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    def request(self, method: str, path: str, body=None,
                content_type: str = "application/json"):
        status, answer = self.lab.request(method, path, body, content_type)
        if not 200 <= status < 300:
            raise Refused(status, answer)
        return answer

    def create(self, manifest: dict) -> dict:
        return self.request("POST", self.path(manifest["kind"]), manifest)

    def get(self, kind: str, name: str) -> dict | None:
        status, answer = self.lab.request("GET", self.path(kind, name))
        if status == 404:
            return None
        if status != 200:
            raise Refused(status, answer)
        return answer

    def all(self, kind: str) -> dict[str, dict]:
        """By name."""
        items = self.request("GET", self.path(kind))["items"]
        return {item["metadata"]["name"]: item for item in items}

    def merge(self, kind: str, name: str, change: dict) -> dict:
        """A JSON merge patch."""
        return self.request("PATCH", self.path(kind, name), change,
                            "application/merge-patch+json")

    def patch(self, kind: str, name: str, operations: list[dict]) -> dict:
        return self.request("PATCH", self.path(kind, name), operations,
                            "application/json-patch+json")

    def replace(self, manifest: dict) -> dict:
        return self.request("PUT", self.path(manifest["kind"], manifest["metadata"]["name"]),
                            manifest)

    def delete(self, kind: str, name: str) -> None:
        self.request("DELETE", self.path(kind, name))

    # What most tests need

    def pool(self, name: str, hostname: str | None = None, **options) -> dict:
        return self.create(pool_manifest(name, hostname, **options))

    def change_route(self, pool: str, **change) -> dict:
        """Of the Pool's spec.route."""
        return self.merge("Pool", pool, {"spec": {"route": change}})

    def server(self, name: str, certificate: str, pools: list[str]) -> dict:
        return self.create(server_manifest(name, certificate, pools))

    def certificate(self, name: str, names: list[str] | None = None) -> dict:
        return self.create(certificate_manifest(name, names))

    def gateway(self, name: str = "gateway", *listeners: dict) -> dict:
        """By default one with a listener `tls` that takes all routes of the namespace."""
        return self.create(gateway_manifest(name, *listeners))

    def events(self, pool: str | None = None, reason: str | None = None, **fields: str
               ) -> list[dict]:
        """What tlsrouted told, of that Pool if one is named, and that has these fields. The API
        server tells of Services, too."""
        return [event for event in self.all("Event").values()
                if event["reportingController"] == "tlsrouted"
                and (pool is None or (event["regarding"].get("name") == pool
                                      and event["regarding"]["kind"] == "Pool"))
                and reason in (None, event["reason"])
                and all(event.get(name) == value for name, value in fields.items())]

    def event_names(self) -> set[str]:
        return {event["metadata"]["name"] for event in self.events()}

    def label_namespace(self, **values: str) -> None:
        """With labels of openvox.voxpupuli.org."""
        labels = {f"{OPENVOX.partition('/')[0]}/{name}": value for name, value in values.items()}
        self.request("PATCH", f"/api/v1/namespaces/{self.namespace}", {"metadata": {"labels": labels}},
                     "application/merge-patch+json")

    def writes(self, *resources: str) -> list[tuple[str, str, str | None]]:
        """Verb, resource and name of every write request of a ServiceAccount in this namespace,
        refused ones too; of these resources, or of all but Events."""
        return [(event["verb"], event["objectRef"]["resource"], event["objectRef"].get("name"))
                for event in self.lab.audit_events()
                if event["objectRef"].get("namespace") == self.namespace
                and (event["objectRef"]["resource"] in resources if resources
                     else event["objectRef"]["resource"] != "events")
                and ":tlsrouted-" in event["user"]["username"]]

    def refused(self) -> list[dict]:
        """Writes of a ServiceAccount that the API server answered with 4xx, in its audit log; but
        for conflicts, which show only that somebody else was faster."""
        return [event for event in self.lab.audit_events()
                if event["objectRef"].get("namespace") == self.namespace
                and 400 <= event["responseStatus"]["code"] < 500
                and event["responseStatus"]["code"] not in (404, 409)
                and ":tlsrouted-" in event["user"]["username"]]

    def route_spec(self, name: str) -> dict | None:
        route = self.get("TLSRoute", name)
        return route and route["spec"]

    def route_specs(self) -> dict[str, dict]:
        return {name: route["spec"] for name, route in self.all("TLSRoute").items()}

    def names(self, certificate: str) -> list[str] | None:
        """None if there is no list."""
        return self.get("Certificate", certificate)["spec"].get("dnsAltNames")
