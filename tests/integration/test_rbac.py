# SPDX-License-Identifier: Apache-2.0
"""What each worker's ServiceAccount may do, as the API server enforces it (packaging/kustomize/base)."""

import copy

import pytest

from cluster import (OPENVOX, certificate_manifest, gateway_manifest, lease_manifest, pool_manifest,
                     route_manifest, server_manifest, service_manifest)

KINDS = ("Pool", "Server", "Certificate", "TLSRoute", "Service", "Gateway", "Event", "Lease")
READ = ("get", "list", "watch")
WRITE = ("create", "update", "patch", "delete", "deletecollection", "status")
VERBS = READ + WRITE

ALLOWED = {
    "watcher": {kind: set(READ) for kind in KINDS if kind not in ("Event", "Lease")},
    "reconciler": {"TLSRoute": {"create", "patch", "delete"}, "Service": {"create", "patch"},
                   "Event": {"create", "patch"}},
    "certpatcher": {"Pool": {"get", "list"}, "Server": {"get", "list"},
                    "Certificate": {"get", "list", "patch"}},
}

MANIFESTS = {
    "Pool": pool_manifest("x"),
    "Server": server_manifest("x", "c", ["p"]),
    "Certificate": certificate_manifest("x", ["puppet"]),
    "TLSRoute": route_manifest("x", "x.example.com"),
    "Service": service_manifest("x"),
    "Gateway": gateway_manifest("x"),
    "Lease": lease_manifest("x"),
    "Event": {"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "x"},
              "eventTime": "2026-01-01T00:00:00.000000Z", "reason": "X", "type": "Normal",
              "action": "X", "reportingController": "tlsrouted", "reportingInstance": "x"},
}


def manifest(cluster, kind: str) -> dict:
    """One that the admission policies have nothing against: they are test_policies.py's matter."""
    made = copy.deepcopy(MANIFESTS[kind])
    if kind in ("TLSRoute", "Service"):
        pool = cluster.get("Pool", "x") or cluster.create(pool_manifest("x"))
        made["metadata"]["ownerReferences"] = [
            {"apiVersion": OPENVOX, "kind": "Pool", "name": "x", "uid": pool["metadata"]["uid"],
             "controller": True}]
    if kind == "TLSRoute":
        made["spec"]["rules"][0]["backendRefs"][0]["name"] = "x"
    if kind == "Service":
        made["spec"]["selector"] = {"openvox.voxpupuli.org/pool-x": "true"}
    if kind == "Event":
        made["regarding"] = {"apiVersion": OPENVOX, "kind": "Pool", "name": "x",
                             "namespace": cluster.namespace}
    return made


# The rest of what a taken-over worker would like to have.
ELSEWHERE = [
    ("GET", "/api/v1/secrets"),
    ("GET", "/api/v1/namespaces/tlsrouted/secrets"),
    ("GET", "/api/v1/configmaps"),
    ("GET", "/api/v1/pods"),
    ("PUT", "/api/v1/namespaces/default/services/kubernetes"),
    ("DELETE", "/api/v1/namespaces/default/services/kubernetes"),
    ("POST", "/api/v1/namespaces/tlsrouted/pods"),
    ("POST", "/api/v1/namespaces/tlsrouted/serviceaccounts/tlsrouted-certpatcher/token"),
    ("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"),
    ("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"),
    ("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gateways.gateway.networking.k8s.io"),
]


def ask(cluster, token: str, kind: str, verb: str, made: dict | None = None) -> tuple[int, object]:
    made = made or manifest(cluster, kind)
    one, many = cluster.path(kind, made["metadata"]["name"]), cluster.path(kind)
    change = {"metadata": {"labels": {"changed": "yes"}}}
    if kind == "Certificate":
        change = {"spec": {"dnsAltNames": ["puppet", "x.example.com"]}}
    method, path, body, content_type = {
        "get": ("GET", one, None, "application/json"),
        "list": ("GET", many, None, "application/json"),
        "watch": ("GET", f"{many}?watch=1&timeoutSeconds=1", None, "application/json"),
        "create": ("POST", many, made, "application/json"),
        "update": ("PUT", one, made, "application/json"),
        "patch": ("PATCH", one, change, "application/merge-patch+json"),
        "delete": ("DELETE", one, None, "application/json"),
        "deletecollection": ("DELETE", many, None, "application/json"),
        "status": ("PATCH", f"{one}/status", {"status": {}}, "application/merge-patch+json"),
    }[verb]
    return cluster.lab.request(method, path, body, content_type, token=token)


CASES = [(role, kind, verb) for role in ALLOWED for kind in KINDS for verb in VERBS]


@pytest.mark.parametrize("role, kind, verb", CASES, ids=["-".join(case) for case in CASES])
def test_object(cluster, tokens, role, kind, verb):
    may = verb in ALLOWED[role].get(kind, ())
    if verb != "create":
        cluster.create(manifest(cluster, kind))
    before = cluster.get(kind, "x")
    status, answer = ask(cluster, tokens[role], kind, verb)
    if may:
        assert 200 <= status < 300, answer
    else:
        assert status == 403, answer
        assert f"tlsrouted-{role}" in answer["message"]
        assert cluster.get(kind, "x") == before


@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("name, may", [("tlsrouted", {"get", "create", "update"}), ("other", set())])
def test_lease(accounts, tokens, role, name, may):
    """In the namespace of the accounts; in others nobody may do anything with one (test_object)."""
    allowed = may if role == "reconciler" else set()
    for verb in ("create", *(verb for verb in VERBS if verb != "create")):
        before = accounts.get("Lease", name)
        if before is None and verb != "create":
            before = accounts.create(lease_manifest(name))
        status, answer = ask(accounts, tokens[role], "Lease", verb, before or lease_manifest(name))
        if verb in allowed:
            assert 200 <= status < 300, answer
        else:
            # A name that is created is the policy's matter, which may say 422.
            assert status in ((403, 422) if verb == "create" else (403,)), answer
            assert f"tlsrouted-{role}" in answer["message"]
            assert accounts.get("Lease", name) == before


@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("method, path", ELSEWHERE)
def test_elsewhere(lab, tokens, role, method, path):
    body = {} if method == "POST" else None
    status, answer = lab.request(method, path, body, token=tokens[role])
    assert status == 403, answer


def test_one_crd(lab, tokens):
    """The watcher may watch one CRD, by its name; the others may not even that."""
    path = ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions?watch=1&timeoutSeconds=1"
            "&fieldSelector=metadata.name%3Dtlsroutes.gateway.networking.k8s.io")
    answers = {role: lab.request("GET", path, token=token)[0] for role, token in tokens.items()}
    assert answers == {"watcher": 200, "reconciler": 403, "certpatcher": 403}


CLASSES = "/apis/gateway.networking.k8s.io/v1/gatewayclasses"


@pytest.mark.parametrize("path, status", [("", 200), ("?watch=1&timeoutSeconds=1", 200),
                                          ("/none", 404)])
def test_gateway_classes(lab, tokens, path, status):
    """The watcher reads them, and no other worker."""
    answers = {role: lab.request("GET", CLASSES + path, token=token)[0]
               for role, token in tokens.items()}
    assert answers == {"watcher": status, "reconciler": 403, "certpatcher": 403}


@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("method, path", [("POST", ""), ("PUT", "/none"), ("PATCH", "/none"),
                                          ("DELETE", "/none"), ("DELETE", "")])
def test_gateway_classes_stay(lab, tokens, role, method, path):
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    status, answer = lab.request(method, CLASSES + path, {}, kind, token=tokens[role])
    assert status == 403, answer


def test_three_accounts(lab, tokens):
    names = {role: lab.request(
        "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
        token=token)[1]["status"]["userInfo"]["username"] for role, token in tokens.items()}
    assert names == {role: f"system:serviceaccount:tlsrouted:tlsrouted-{role}" for role in ALLOWED}
