# SPDX-License-Identifier: Apache-2.0
"""What a Gateway's controller writes into statuses. The lab has none, so tests write it themselves:
about what they test or, with answer(), so that nothing waits for a controller."""

from cluster import Cluster

CONTROLLER = "example.com/controller"


def condition(kind: str = "Accepted", status: str = "False", reason: str = "NotAllowedByListeners",
              message: str = "no listener takes it", generation: int | None = None) -> dict:
    made = {"type": kind, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": "2026-01-01T00:00:00Z"}
    if generation is not None:
        made["observedGeneration"] = generation
    return made


GOOD = [condition("Accepted", "True", "Accepted", ""),
        condition("Programmed", "True", "Programmed", "")]


def parent(cluster: Cluster, *conditions: dict, controller: str = CONTROLLER,
           **reference: str) -> dict:
    """An entry of a route's status, as controllers write it: with the defaults filled in."""
    return {"controllerName": controller, "conditions": list(conditions),
            "parentRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway",
                          "namespace": cluster.namespace, "name": "gateway", **reference}}


def set_status(cluster: Cluster, *parents: dict, route: str = "p") -> None:
    cluster.request("PATCH", cluster.path("TLSRoute", route) + "/status?fieldManager=controller",
                    {"status": {"parents": list(parents)}}, "application/merge-patch+json")


def report(cluster: Cluster, *conditions: dict, name: str = "gateway",
           **listeners: list[dict]) -> None:
    """Of the Gateway, that all is well unless conditions say otherwise, and of its listeners, by
    name; about what it is now, unless a condition says otherwise."""
    generation = cluster.get("Gateway", name)["metadata"]["generation"]

    def told(told_conditions) -> list[dict]:
        return [{"observedGeneration": generation, **each} for each in told_conditions]

    status = {"conditions": told(conditions or GOOD), "listeners": [
        {"name": each, "attachedRoutes": 1, "supportedKinds": [{"kind": "TLSRoute"}],
         "conditions": told(listeners[each])} for each in listeners]}
    cluster.request("PATCH", f"{cluster.path('Gateway', name)}/status", {"status": status},
                    "application/merge-patch+json")


def answer(cluster: Cluster, *routes: str) -> None:
    """All is well with the Gateways of the namespace, and they take these routes, or all."""
    gateways = cluster.all("Gateway")
    for name in gateways:
        report(cluster, name=name)
    for name, route in cluster.all("TLSRoute").items():
        reference = route["spec"].get("parentRefs", [{"name": None}])[0]
        if reference["name"] not in gateways or (routes and name not in routes):
            continue
        set_status(cluster, {**parent(cluster, condition(
            "Accepted", "True", "Accepted", "", route["metadata"]["generation"])),
            "parentRef": reference}, route=name)
