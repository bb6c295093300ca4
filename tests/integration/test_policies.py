# SPDX-License-Identifier: Apache-2.0
"""What the admission policies of packaging/kustomize refuse, and what they let through.

"real" are the accounts of packaging/kustomize, of which RBAC refuses a part already; "strong" are
accounts of the same names that RBAC lets do everything, which shows what the policies alone stop."""

import copy
import shutil

import pytest
import yaml

from cluster import (OPENVOX, certificate_manifest, lease_manifest, pool_manifest,
                     route_manifest, server_manifest, service_manifest)
from daemon import ACCOUNTS, KUSTOMIZE, ROLES, TOP
from waiting import eventually

LEDGER = "openvox.voxpupuli.org/tlsrouted-injected"
REISSUE = "openvox.voxpupuli.org/tlsrouted-reissue"
RBAC = "rbac.authorization.k8s.io"
MERGE = "application/merge-patch+json"


@pytest.fixture
def strong_tokens(lab, cluster, tokens):
    """tokens, so that the policies are in force."""
    subjects = []
    for role in ROLES:
        account = {"name": f"tlsrouted-{role}", "namespace": cluster.namespace}
        subjects.append({"kind": "ServiceAccount", **account})
        lab.apply([{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account}])
    everything = {"name": "everything", "namespace": cluster.namespace}
    lab.apply([
        {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": everything,
         "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]},
        {"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": everything,
         "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "everything"},
         "subjects": subjects}])
    made = {role: lab.token(cluster.namespace, f"tlsrouted-{role}") for role in ROLES}
    wait_for_rights(cluster, made["watcher"])
    return made


def wait_for_rights(cluster, watcher: str) -> None:
    """The API server learns of a RoleBinding some moments after it has stored it, in their order:
    the watcher's is the last."""
    eventually(lambda: cluster.lab.request("GET", cluster.path("Pool"), token=watcher)[0], 200)


@pytest.fixture(params=["real", "strong"])
def attempt(request, lab, tokens, strong_tokens):
    """A request with the token of a role; the answer."""
    chosen = tokens if request.param == "real" else strong_tokens

    def send(role: str, method: str, path: str, body=None, content_type=MERGE) -> tuple[int, dict]:
        kind = "application/json" if method in ("POST", "PUT", "DELETE") else content_type
        return lab.request(method, path, body, kind, token=chosen[role])

    send.strong = request.param == "strong"
    return send


def refused(answer: tuple[int, dict], by: str | None = None) -> None:
    """By a policy where `by` says what its message has to contain, else by RBAC or a policy."""
    status, body = answer
    assert status in (403, 422), body
    if by is not None:
        assert "ValidatingAdmissionPolicy" in body["message"] and by in body["message"]


# The certpatcher: every field of a Certificate

FULL = {
    **certificate_manifest("c", ["puppet"]),
    "metadata": {"name": "c", "labels": {"a": "1", "b": "1"}, "annotations": {"a": "1", "b": "1"},
                 "finalizers": ["example.com/f"]},
}
SCHEMA = yaml.safe_load((TOP / "packaging/crds/certificates.yaml").read_text())[
    "spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]


def value_of(schema: dict):
    """One that the schema allows."""
    if "enum" in schema:
        return schema["enum"][-1]
    if schema["type"] == "object":
        return {"x": "y"}
    if schema["type"] == "array":
        items = schema["items"]
        return [value_of(items) if items["type"] != "object" else {
            "type": "T", "status": "True", "reason": "R", "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z"}]
    if schema.get("format") == "date-time":
        return "2026-01-01T00:00:00Z"
    return {"string": "changed", "boolean": True, "integer": 7, "number": 7}[schema["type"]]


def leaves(schema: dict, *path: str):
    """Path and schema of each field below."""
    for name, field in schema.get("properties", {}).items():
        if "properties" in field:
            yield from leaves(field, *path, name)
        else:
            yield (*path, name), field


def nested(path: tuple[str, ...], value) -> dict:
    for name in reversed(path):
        value = {name: value}
    return value


FIELDS = {".".join(path): nested(path, value_of(schema))
          for path, schema in leaves(SCHEMA["spec"], "spec") if path != ("spec", "dnsAltNames")}
METADATA = {
    "label changed": {"labels": {"a": "2"}}, "label added": {"labels": {"c": "1"}},
    "label removed": {"labels": {"a": None}}, "labels removed": {"labels": None},
    "annotation changed": {"annotations": {"a": "2"}},
    "annotation added": {"annotations": {"openvox.voxpupuli.org/paused": "true"}},
    "annotation removed": {"annotations": {"a": None}},
    "annotations removed": {"annotations": None},
    "finalizer added": {"finalizers": ["example.com/f", "example.com/g"]},
    "finalizers removed": {"finalizers": None},
    "owner added": {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x",
                                         "uid": "x"}]},
}
CHANGES = {**FIELDS, **{name: {"metadata": change} for name, change in METADATA.items()},
           "certname removed": {"spec": {"authorityRef": None}}, "spec removed": {"spec": None},
           "with a name": {"spec": {"dnsAltNames": ["puppet", "x.example.com"], "certname": "x"}}}


def test_the_schema_was_walked():
    assert {"spec.authorityRef", "spec.certname", "spec.renewBefore"} < set(FIELDS)
    assert len(FIELDS) >= 7


def test_certificate_fields(cluster, attempt):
    """All in one namespace: each is refused, so that they are not in each other's way."""
    cluster.create(FULL)
    before = cluster.get("Certificate", "c")
    for name, change in CHANGES.items():
        answer = attempt("certpatcher", "PATCH", cluster.path("Certificate", "c"), change)
        assert answer[0] in (403, 422) and "tlsrouted-certpatcher" in answer[1]["message"], (
            name, answer)
        assert cluster.get("Certificate", "c") == before, name


ALLOWED = {
    "name added": {"spec": {"dnsAltNames": ["puppet", "x.example.com"]}},
    "wildcard added": {"spec": {"dnsAltNames": ["puppet", "*.x.example.com"]}},
    "name removed": {"spec": {"dnsAltNames": []}},
    "list removed": {"spec": {"dnsAltNames": None}},
    "ledger": {"metadata": {"annotations": {LEDGER: "{}"}}},
    "mark": {"metadata": {"annotations": {REISSUE: "due"}}},
    "both": {"spec": {"dnsAltNames": ["a", "puppet"]}, "metadata": {"annotations": {LEDGER: "1"}}},
}


def test_certificate_allowed(cluster, attempt):
    cluster.create(FULL)
    for change in (*ALLOWED.values(), {"metadata": {"annotations": {LEDGER: None, REISSUE: None}}}):
        status, answer = attempt("certpatcher", "PATCH", cluster.path("Certificate", "c"), change)
        assert status == 200, answer
    cluster.create({**certificate_manifest("bare"), "spec": {}})
    status, answer = attempt("certpatcher", "PATCH", cluster.path("Certificate", "bare"),
                             ALLOWED["both"])
    assert status == 200, answer
    assert cluster.names("bare") == ["a", "puppet"]


@pytest.mark.parametrize("name", ["IP:192.0.2.1", "UPPER.example.com", "a b", "", "*", "a.*.example",
                                  "a..b", "-a", "a-", "x" * 254, "a\nb", "a,DNS:b"])
def test_no_name(cluster, attempt, name):
    """One that was there before may stay."""
    cluster.certificate("c", ["IP:192.0.2.9"])
    path = cluster.path("Certificate", "c")
    refused(attempt("certpatcher", "PATCH", path, {"spec": {"dnsAltNames": ["IP:192.0.2.9", name]}}),
            "an added name must be a DNS name")
    status, answer = attempt("certpatcher", "PATCH", path,
                             {"spec": {"dnsAltNames": ["IP:192.0.2.9", "a.example.com"]}})
    assert status == 200, answer


def test_certificates_come_and_go_without_it(cluster, attempt):
    cluster.create(FULL)
    collection, one = cluster.path("Certificate"), cluster.path("Certificate", "c")
    by = "only existing Certificates may be changed" if attempt.strong else None
    refused(attempt("certpatcher", "POST", collection, certificate_manifest("new")), by)
    refused(attempt("certpatcher", "DELETE", one), by)
    refused(attempt("certpatcher", "DELETE", collection), by)
    assert set(cluster.all("Certificate")) == {"c"}


@pytest.mark.parametrize("kind", ["Pool", "Server"])
def test_nothing_else_of_the_group(cluster, attempt, kind):
    made = pool_manifest("x") if kind == "Pool" else server_manifest("x", "c", ["p"])
    cluster.create(made)
    by = "only existing Certificates may be changed" if attempt.strong else None
    refused(attempt("certpatcher", "PATCH", cluster.path(kind, "x"),
                    {"metadata": {"labels": {"a": "1"}}}), by)
    refused(attempt("certpatcher", "DELETE", cluster.path(kind, "x")), by)
    refused(attempt("certpatcher", "POST", cluster.path(kind),
                    {**made, "metadata": {"name": "y"}}), by)


STATUSES = {
    "other phase": {"phase": "Error"}, "other phase back": {"phase": "Renewing"},
    "no phase": {"phase": None}, "with more": {"phase": "Pending", "notAfter": "2030-01-01T00:00:00Z"},
    "with less": {"phase": "Pending", "secretName": None},
    "only more": {"effectiveDNSAltNames": ["x"]}, "nothing new": {"phase": "Signed"},
    "all gone": None,
}


@pytest.mark.parametrize("change", STATUSES.values(), ids=STATUSES)
def test_status_refused(cluster, attempt, change):
    cluster.create(FULL)
    path = f"{cluster.path('Certificate', 'c')}/status"
    cluster.request("PATCH", path, {"status": {"phase": "Signed", "secretName": "c-tls"}}, MERGE)
    refused(attempt("certpatcher", "PATCH", path, {"status": change}))
    assert cluster.get("Certificate", "c")["status"] == {"phase": "Signed", "secretName": "c-tls"}


def test_status_where_enabled(cluster, lab, tokens, apply_kustomization):
    """With the component `reissue`: Signed to Pending, and no other way."""
    worker = apply_kustomization("namespaced", components=["reissue"])["certpatcher"]
    cluster.certificate("c")
    path = f"{cluster.path('Certificate', 'c')}/status"

    def patch(phase: str, token: str) -> int:
        return lab.request("PATCH", path, {"status": {"phase": phase}}, MERGE, token=token)[0]

    for phase in ("Pending", "Requesting", "WaitingForSigning", "Renewing", "Error"):
        cluster.request("PATCH", path, {"status": {"phase": phase}}, MERGE)
        assert patch("Signed", worker) == patch("Pending", worker) == 422
    cluster.request("PATCH", path, {"status": {"phase": "Signed", "secretName": "s"}}, MERGE)
    assert patch("Pending", tokens["certpatcher"]) == 403  # without the component
    assert patch("Pending", worker) == 200
    assert cluster.get("Certificate", "c")["status"] == {"phase": "Pending", "secretName": "s"}


# The reconciler

def owner(pool: dict, **changes) -> dict:
    return {"apiVersion": OPENVOX, "kind": "Pool", "name": pool["metadata"]["name"],
            "uid": pool["metadata"]["uid"], "controller": True, **changes}


def owned(kind: str, name: str, owners: list[dict]) -> dict:
    """What the reconciler would make."""
    made = route_manifest(name, f"{name}.example.com") if kind == "TLSRoute" else \
        service_manifest(name)
    made = copy.deepcopy(made)
    made["metadata"]["ownerReferences"] = owners
    if kind == "TLSRoute":
        made["spec"]["rules"][0]["backendRefs"][0]["name"] = name
    else:
        made["spec"]["selector"] = {f"openvox.voxpupuli.org/pool-{name}": "true"}
    return made


KINDS = ["TLSRoute", "Service"]
# Owners that exist, or of kinds that do not: else the garbage collector would be faster.
FOREIGN = {
    "no owner": lambda cluster, pool: [],
    "owner without control": lambda cluster, pool: [owner(pool, controller=False)],
    "owner of another kind": lambda cluster, pool: [owner(cluster.server("p", "c", []),
                                                          kind="Server")],
    "Pool of another name": lambda cluster, pool: [owner(cluster.pool("q"))],
    "Pool of another group": lambda cluster, pool: [owner(pool, apiVersion="cattle.example/v1")],
    "group that ends alike": lambda cluster, pool: [owner(pool, apiVersion=f"x{OPENVOX}")],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("owners", FOREIGN.values(), ids=FOREIGN)
def test_foreign_objects(cluster, attempt, kind, owners):
    """Nobody's and somebody else's: not made, not changed, not taken over, not deleted."""
    pool = cluster.pool("p")
    foreign = owned(kind, "p", owners(cluster, pool))
    path, by = cluster.path(kind, "p"), "the object must be controlled by a Pool of the same name"
    refused(attempt("reconciler", "POST", cluster.path(kind), foreign), by)
    assert cluster.get(kind, "p") is None
    before = cluster.create(foreign)
    refused(attempt("reconciler", "PATCH", path, {"metadata": {"labels": {"a": "1"}}}), by)
    refused(attempt("reconciler", "PATCH", path,
                    {"metadata": {"ownerReferences": [owner(pool)]}}), by)
    refused(attempt("reconciler", "DELETE", path),
            by if attempt.strong or kind == "TLSRoute" else None)
    assert cluster.get(kind, "p") == before


@pytest.mark.parametrize("kind", KINDS)
def test_owned_objects(cluster, attempt, kind):
    """What it is there for."""
    pool = cluster.pool("p")
    made = owned(kind, "p", [owner(pool)])
    status, answer = attempt("reconciler", "POST", cluster.path(kind), made)
    assert status == 201, answer
    change = {"spec": {"hostnames": ["q.example.com"]}} if kind == "TLSRoute" else \
        {"spec": {"type": "NodePort"},
         "metadata": {"labels": {"a": "1"}, "annotations": {"a": "1"}}}
    status, answer = attempt("reconciler", "PATCH", cluster.path(kind, "p"), change)
    assert status == 200, answer
    if kind == "TLSRoute" or attempt.strong:
        assert attempt("reconciler", "DELETE", cluster.path(kind, "p"))[0] == 200


@pytest.mark.parametrize("kind", KINDS)
def test_name_of_another_pool(cluster, attempt, kind):
    pool = cluster.pool("p")
    made = owned(kind, "other", [owner(pool)])
    by = "the object must be controlled by a Pool of the same name"
    refused(attempt("reconciler", "POST", cluster.path(kind), made), by)
    made["metadata"] = {"generateName": "p-", "ownerReferences": [owner(pool)]}
    refused(attempt("reconciler", "POST", cluster.path(kind), made), by)


KEPT = {
    "owner replaced": {"ownerReferences": [{"uid": "00000000-0000-4000-8000-000000000000"}]},
    "owners removed": {"ownerReferences": None},
    "finalizer added": {"finalizers": ["example.com/f"]},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", KEPT.values(), ids=KEPT)
def test_owners_stay(cluster, attempt, kind, change):
    pool = cluster.pool("p")
    made = owned(kind, "p", [owner(pool)])
    cluster.create(made)
    change = copy.deepcopy(change)
    for each in change.get("ownerReferences") or []:
        each.update({**owner(pool), "uid": each["uid"]})
    refused(attempt("reconciler", "PATCH", cluster.path(kind, "p"), {"metadata": change}), "")
    made["metadata"].update(name="p", finalizers=["example.com/f"])
    cluster.delete(kind, "p")
    refused(attempt("reconciler", "POST", cluster.path(kind), made), "owners and finalizers")


ROUTES = {
    "to another Service": {"backendRefs": [{"name": "other", "port": 1}]},
    "to two": {"backendRefs": [{"name": "p", "port": 1}, {"name": "other", "port": 1}]},
    "to another namespace": {"backendRefs": [{"name": "p", "port": 1, "namespace": "kube-system"}]},
    "to another kind": {"backendRefs": [{"name": "p", "port": 1, "kind": "Secret"}]},
    "to another group": {"backendRefs": [{"name": "p", "port": 1, "group": "example.com",
                                          "kind": "Service"}]},
}


@pytest.mark.parametrize("rule", ROUTES.values(), ids=ROUTES)
def test_where_routes_lead(cluster, attempt, rule):
    made = owned("TLSRoute", "p", [owner(cluster.pool("p"))])
    bad = {**made, "spec": {**made["spec"], "rules": [rule]}}
    refused(attempt("reconciler", "POST", cluster.path("TLSRoute"), bad), "lead to the Service")
    cluster.create(made)
    refused(attempt("reconciler", "PATCH", cluster.path("TLSRoute", "p"),
                    {"spec": {"rules": [rule]}}), "lead to the Service")


def test_one_hostname(cluster, attempt):
    made = owned("TLSRoute", "p", [owner(cluster.pool("p"))])
    made["spec"]["hostnames"] = ["a.example.com", "b.example.com"]
    refused(attempt("reconciler", "POST", cluster.path("TLSRoute"), made), "must have one hostname")


SERVICES = {
    "external name": {"type": "ExternalName", "externalName": "example.com"},
    "other Pods": {"selector": {"app": "victim"}},
    "more labels": {"selector": {"openvox.voxpupuli.org/pool-p": "true", "app": "victim"}},
    "no selector": {"selector": None},
}


@pytest.mark.parametrize("change", SERVICES.values(), ids=SERVICES)
def test_what_services_select(cluster, attempt, change):
    made = owned("Service", "p", [owner(cluster.pool("p"))])
    bad = copy.deepcopy(made)
    bad["spec"].update(change)
    refused(attempt("reconciler", "POST", cluster.path("Service"), bad), "select the Pods")
    cluster.create(made)
    if change.get("selector", {}) is not None and "selector" in change:
        change = {"selector": {"openvox.voxpupuli.org/pool-p": None, **change["selector"]}}
    refused(attempt("reconciler", "PATCH", cluster.path("Service", "p"), {"spec": change}),
            "select the Pods")


def test_selector_of_somebody_else(cluster, attempt):
    """The rest can be written, and no other selector."""
    made = owned("Service", "p", [owner(cluster.pool("p"))])
    made["spec"]["selector"] = {"app": "theirs"}
    cluster.create(made)
    one = cluster.path("Service", "p")
    status, answer = attempt("reconciler", "PATCH", one, {"metadata": {"labels": {"a": "1"}}})
    assert status == 200, answer
    refused(attempt("reconciler", "PATCH", one, {"spec": {"selector": {"app": "victim"}}}),
            "select the Pods")


CAPTURES = {
    "external-ips": ({"externalIPs": ["192.0.2.1"]}, "must not have externalIPs",
                     {"service-external-ips": "allow"}),
    "more-external-ips": ({"type": "NodePort", "externalIPs": ["192.0.2.1", "2001:db8::1"]},
                          "must not have externalIPs", {"service-external-ips": "allow"}),
    "balancers-address": ({"type": "LoadBalancer", "loadBalancerIP": "192.0.2.1"},
                          "must not choose the address", None),
}


def eventually_allowed(send) -> dict:
    """A label of a namespace counts some moments after the API server has stored it."""
    return eventually(send, lambda answer: answer[0] in (200, 201), "the policies see the label")[1]


@pytest.mark.parametrize("spec, by, allowed_by", CAPTURES.values(), ids=CAPTURES)
def test_addresses_of_others(cluster, attempt, spec, by, allowed_by):
    """What captures traffic to other addresses: not made, not added, unless the namespace lets it;
    another value than `allow` does not."""
    made = owned("Service", "p", [owner(cluster.pool("p"))])
    bad = copy.deepcopy(made)
    bad["spec"].update(spec)
    collection, one = cluster.path("Service"), cluster.path("Service", "p")
    refused(attempt("reconciler", "POST", collection, bad), by)
    cluster.label_namespace(**{"service-external-ips": "deny"})
    refused(attempt("reconciler", "POST", collection, bad), by)
    assert cluster.get("Service", "p") is None
    before = cluster.create(made)
    refused(attempt("reconciler", "PATCH", one, {"spec": spec}), by)
    add = [{"op": "add", "path": f"/spec/{name}", "value": value} for name, value in spec.items()]
    refused(attempt("reconciler", "PATCH", one, add, "application/json-patch+json"), by)
    assert cluster.get("Service", "p") == before
    if allowed_by is None:
        return
    cluster.label_namespace(**allowed_by)
    eventually_allowed(lambda: attempt("reconciler", "PATCH", one, {"spec": spec}))
    cluster.label_namespace(**{"service-external-ips": None})
    eventually(lambda: attempt("reconciler", "PATCH", one, {"metadata": {"labels": {"a": "1"}}})[0],
               422, "the policies see that the label is gone")
    status, answer = attempt("reconciler", "PATCH", one, {"spec": {"externalIPs": None}})
    assert status == 200, answer


@pytest.mark.parametrize("kind, label", [("NodePort", "service-node-port"),
                                         ("LoadBalancer", "service-load-balancer")])
def test_types_that_a_namespace_denies(cluster, attempt, kind, label):
    made = owned("Service", "p", [owner(cluster.pool("p"))])
    made["spec"]["type"] = kind
    collection, one = cluster.path("Service"), cluster.path("Service", "p")
    status, answer = attempt("reconciler", "POST", collection, made)
    assert status == 201, answer
    cluster.label_namespace(**{label: "deny"})
    eventually(lambda: attempt("reconciler", "PATCH", one, {"metadata": {"labels": {"a": "1"}}})[0],
               422, "the policies see the label")
    status, answer = attempt("reconciler", "PATCH", one, {"spec": {"type": "ClusterIP"}})
    assert status == 200, answer
    refused(attempt("reconciler", "PATCH", one, {"spec": {"type": kind}}), "denies")


def event(cluster, **changes) -> dict:
    return {"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "e"},
            "eventTime": "2026-01-01T00:00:00.000000Z", "reason": "X", "type": "Normal",
            "action": "X", "reportingController": "tlsrouted", "reportingInstance": "x",
            "regarding": {"apiVersion": OPENVOX, "kind": "Pool", "name": "p",
                          "namespace": cluster.namespace}, **changes}


def test_events(cluster, attempt):
    series = {"series": {"count": 2, "lastObservedTime": "2026-01-01T00:00:00.000000Z"}}
    collection, one = cluster.path("Event"), cluster.path("Event", "e")
    refused(attempt("reconciler", "POST", collection, event(cluster, reportingController="kubelet")),
            "an Event must be reported by tlsrouted")
    pod = {"apiVersion": "v1", "kind": "Pod", "name": "p", "namespace": cluster.namespace}
    refused(attempt("reconciler", "POST", collection, event(cluster, regarding=pod)),
            "an Event must be about an object of openvox.voxpupuli.org")
    cluster.create(event(cluster, reportingController="kubelet"))
    refused(attempt("reconciler", "PATCH", one, series), "an Event must be reported by tlsrouted")
    cluster.delete("Event", "e")
    status, answer = attempt("reconciler", "POST", collection, event(cluster))
    assert status == 201, answer
    status, answer = attempt("reconciler", "PATCH", one, series)
    assert status == 200, answer


# The Lease of those that share the work

@pytest.fixture
def home(cluster, accounts, attempt):
    """The namespace of the account that asks."""
    return cluster if attempt.strong else accounts


def test_lease(home, attempt):
    """What it is there for: made, renewed, released, taken over."""
    collection, one = home.path("Lease"), home.path("Lease", "tlsrouted")
    status, made = attempt("reconciler", "POST", collection, lease_manifest())
    assert status == 201, made
    for spec in ({**made["spec"], "renewTime": "2026-01-01T00:00:03.000000Z"},
                 {**made["spec"], "holderIdentity": "", "leaseDurationSeconds": 1},
                 {**made["spec"], "holderIdentity": "other", "leaseTransitions": 1}):
        status, made = attempt("reconciler", "PUT", one, {**made, "spec": spec})
        assert status == 200, made
        assert home.get("Lease", "tlsrouted")["spec"] == spec


THEIRS = {"labels": {"a": "1"}, "annotations": {"a": "1"}, "finalizers": ["example.com/f"]}
NOT_OURS = {
    "label": {"labels": {"b": "1"}},
    "annotation": {"annotations": {"b": "1"}},
    "finalizer": {"finalizers": ["example.com/g"]},
    "owner": {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "x"}]},
}


def lease_with(metadata: dict, name: str = "tlsrouted") -> dict:
    made = lease_manifest(name)
    made["metadata"].update(metadata)
    return made


def test_somebodys_lease(home, attempt):
    """One that has more than we write, or less, can be taken over."""
    for made in (lease_with(THEIRS), {**lease_manifest(), "spec": {}}):
        if home.get("Lease", "tlsrouted") is not None:
            home.merge("Lease", "tlsrouted", {"metadata": {"finalizers": None}})
            home.delete("Lease", "tlsrouted")
        made = home.create(made)
        status, answer = attempt("reconciler", "PUT", home.path("Lease", "tlsrouted"),
                                 {**made, "spec": lease_manifest(holder="other")["spec"]})
        assert status == 200, answer


@pytest.mark.parametrize("change", NOT_OURS.values(), ids=NOT_OURS)
def test_only_the_spec_of_the_lease(home, attempt, change):
    """Nothing is added, changed or removed."""
    collection, one = home.path("Lease"), home.path("Lease", "tlsrouted")
    by = "of a Lease, only the spec may be changed"
    refused(attempt("reconciler", "POST", collection, lease_with(change)), by)
    before = home.create(lease_with(THEIRS))
    refused(attempt("reconciler", "PUT", one,
                    {**before, "metadata": {**before["metadata"], **change}}), by)
    for key in THEIRS:
        less = {name: value for name, value in before["metadata"].items() if name != key}
        refused(attempt("reconciler", "PUT", one, {**before, "metadata": less}), by)
    assert home.get("Lease", "tlsrouted") == before


def test_no_other_lease(home, attempt):
    """Such as that of a Kubernetes component."""
    by = "the Lease must be called tlsrouted and be in the reconciler's own namespace"
    refused(attempt("reconciler", "POST", home.path("Lease"), lease_manifest("other")), by)
    generated = {**lease_manifest(), "metadata": {"generateName": "tlsrouted"}}
    refused(attempt("reconciler", "POST", home.path("Lease"), generated), by)
    before = home.create(lease_manifest("other"))
    refused(attempt("reconciler", "PUT", home.path("Lease", "other"), before),
            by if attempt.strong else None)
    assert set(home.all("Lease")) == {"other"} and home.get("Lease", "other") == before


def test_lease_stays(home, attempt):
    before = home.create(lease_manifest())
    by = "a Lease must not be deleted" if attempt.strong else None
    refused(attempt("reconciler", "DELETE", home.path("Lease", "tlsrouted")), by)
    refused(attempt("reconciler", "DELETE", home.path("Lease")), by)
    assert home.get("Lease", "tlsrouted") == before


def test_lease_of_another_namespace(cluster, lab, tokens, strong_tokens):
    """Where RBAC would let the account of another installation in."""
    lab.apply([{"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding",
                "metadata": {"name": "visitor", "namespace": cluster.namespace},
                "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "everything"},
                "subjects": [{"kind": "ServiceAccount", "namespace": ACCOUNTS,
                              "name": "tlsrouted-reconciler"}]}])
    token, one = tokens["reconciler"], cluster.path("Lease", "tlsrouted")
    eventually(lambda: lab.request("GET", cluster.path("Lease"), token=token)[0], 200)
    by = "the Lease must be called tlsrouted and be in the reconciler's own namespace"
    refused(lab.request("POST", cluster.path("Lease"), lease_manifest(), token=token), by)
    refused(lab.request("PUT", one, cluster.create(lease_manifest()), token=token), by)


# Who is meant

def test_others_are_left_alone(cluster, lab, strong_tokens):
    """The administrator, and an account of another name with all rights."""
    cluster.create(FULL)
    for token in (None, strong_tokens["watcher"]):
        change = {"metadata": {"labels": {"a": str(token)[:8]}}, "spec": {"certname": "other"}}
        status, answer = lab.request("PATCH", cluster.path("Certificate", "c"), change, MERGE,
                                     token=token)
        assert status == 200, answer
        foreign = route_manifest("x", "x.example.com")
        assert lab.request("POST", cluster.path("TLSRoute"), foreign, token=token)[0] == 201
        cluster.delete("TLSRoute", "x")


# For one namespace

@pytest.fixture
def apply_kustomization(cluster, lab, folder):
    """Applies a folder of packaging/kustomize in the test's namespace, as a kustomization of the
    user's own would; the tokens by role."""
    def apply(name: str, components: list[str] = ()) -> dict[str, str]:
        link = folder / "kustomize"
        if not link.exists():
            shutil.copytree(KUSTOMIZE, link)
        own = link / "own"
        own.mkdir()
        (own / "kustomization.yaml").write_text(yaml.safe_dump({
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "namespace": cluster.namespace, "resources": [f"../{name}"],
            "components": [f"../{component}" for component in components]}))
        lab.kubectl("apply", "-k", str(own))
        made = {role: lab.token(cluster.namespace, f"tlsrouted-{role}") for role in ROLES}
        wait_for_rights(cluster, made["watcher"])
        return made

    return apply


def kinds(lab, name: str) -> set[str]:
    return {each["kind"] for each in
            yaml.safe_load_all(lab.kubectl("kustomize", str(KUSTOMIZE / name)))}


def test_kinds(lab):
    roles = {"ServiceAccount", "Role", "RoleBinding", "Secret"}
    policies = {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
    everywhere = {"Namespace", "ClusterRole", "ClusterRoleBinding", *roles}  # the minter has a Role
    assert kinds(lab, "namespaced") == roles
    assert kinds(lab, "base") == everywhere
    assert kinds(lab, "policies") == kinds(lab, "namespaced-policies") == policies
    assert kinds(lab, "cluster") == everywhere | policies


def test_one_namespace(cluster, new_cluster, lab, new_daemon, tokens, apply_kustomization):
    """tlsrouted does its work there with Roles only, and may do nothing in another namespace."""
    own = apply_kustomization("namespaced")
    daemon = new_daemon(tokens=own).start().wait_until_healthy()
    cluster.pool("p", inject=True)
    cluster.server("s", "c", ["p"])
    cluster.certificate("c", ["puppet"])
    eventually(lambda: cluster.names("c"), ["puppet", "p.example.com"])
    eventually(lambda: cluster.route_spec("p") and cluster.get("Service", "p"))
    cluster.change_route("p", enabled=False)
    eventually(lambda: cluster.route_spec("p"), None)
    assert cluster.refused() == [] and daemon.problems() == []
    status, lease = lab.request("POST", cluster.path("Lease"), lease_manifest(),
                                token=own["reconciler"])
    assert status == 201, lease
    assert lab.request("PUT", cluster.path("Lease", "tlsrouted"), lease,
                       token=own["reconciler"])[0] == 200
    elsewhere = new_cluster()
    for role in ROLES:
        for kind in ("Pool", "Server", "Certificate", "TLSRoute", "Service", "Event", "Lease"):
            for method, body in (("GET", None), ("POST", {})):
                assert lab.request(method, elsewhere.path(kind), body, token=own[role])[0] == 403


def test_policies_of_one_namespace(cluster, lab, strong_tokens):
    """namespaced-policies: the same rules, by namespace."""
    found = list(yaml.safe_load_all(lab.kubectl("kustomize", str(KUSTOMIZE / "namespaced-policies"))))
    names = {each["metadata"]["name"] for each in found if each["kind"].endswith("Policy")}
    bindings = [each for each in found if each["kind"].endswith("Binding")]
    assert {each["spec"]["policyName"] for each in bindings} == names
    assert {each["spec"]["matchResources"]["namespaceSelector"]["matchLabels"][
        "kubernetes.io/metadata.name"] for each in bindings} == {"openvox"}
    done = lab.kubectl("apply", "--dry-run=server", "-k", str(KUSTOMIZE / "namespaced-policies"))
    assert done.count("created") == len(found)
