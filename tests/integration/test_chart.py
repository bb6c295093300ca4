# SPDX-License-Identifier: Apache-2.0
"""The chart packaging/helm/openvox-pools: what it renders, what it refuses, and what a cluster
makes of it."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from cluster import OPENVOX, expected_spec
from lab import TOP, build
from waiting import eventually

CHART = TOP / "packaging" / "helm" / "openvox-pools"
CRD = TOP / "packaging" / "crds" / "pools.yaml"
VERSION = re.search(r"^version: (.*)$", (CHART / "Chart.yaml").read_text(), re.MULTILINE)[1]

# As the specification has it.
EXAMPLE = """
gateway:
  name: puppet-gateway
  sectionName: tls

pools:
  - name: puppet
    serverRef: ca
    service:
      type: ClusterIP
      port: 8140
    route:
      enabled: true
      hostname: production.puppet.example.com
      injectDNSAltName: true
"""
EXAMPLE_SPEC = {
    "service": {"type": "ClusterIP", "port": 8140},
    "route": {
        "enabled": True,
        "hostname": "production.puppet.example.com",
        "gatewayRef": {"name": "puppet-gateway", "sectionName": "tls"},
        "injectDNSAltName": True,
    },
}

SHARED = {"name": "shared", "sectionName": "tls", "namespace": "edge"}


def documents(text: str) -> list[dict]:
    """Of a stream of JSON objects."""
    decoder, found = json.JSONDecoder(), []
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


def from_yaml(text: str) -> list[dict]:
    """By kubectl, which needs no server for it."""
    if not text.strip():
        return []
    done = subprocess.run(
        [build() / "bin" / "kubectl", "patch", "--local", "--type=merge", "--patch={}",
         "--output=json", "--filename=-"], input=text, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return documents(done.stdout)


class Helm:
    """Helm with a home of its own; without a cluster, unless given a kubeconfig."""

    def __init__(self, home: Path, kubeconfig: Path | None = None, namespace: str = "puppet"):
        self._program = build("helm") / "bin" / "helm"
        self._namespace = namespace
        self._environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "KUBECACHEDIR": str(home / "kube-cache"),
            "KUBECONFIG": str(kubeconfig or home / "none"),
        }

    def run(self, *arguments: str, values=None) -> subprocess.CompletedProcess:
        """Values are text in YAML, or what can be written as JSON."""
        text = values if isinstance(values, str) else json.dumps(values)
        options = [] if values is None else ["--values", "-"]
        return subprocess.run(
            [self._program, *arguments, "--namespace", self._namespace, *options],
            env=self._environment, input=text, text=True, capture_output=True, timeout=120)

    def must(self, *arguments: str, values=None) -> str:
        done = self.run(*arguments, values=values)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def text(self, values) -> str:
        """The manifests."""
        return self.must("template", "release", str(CHART), values=values)

    def pools(self, values) -> list[dict]:
        return from_yaml(self.text(values))

    def pool(self, values) -> dict:
        [pool] = self.pools(values)
        return pool

    def refusal(self, values) -> str:
        done = self.run("template", "release", str(CHART), values=values)
        assert done.returncode != 0, done.stdout
        assert done.stdout == ""
        return done.stderr

    def install(self, values, *options: str) -> str:
        """Or upgrades; what it prints."""
        return self.must("upgrade", "--install", "release", str(CHART), *options, values=values)


@pytest.fixture
def helm(tmp_path):
    return Helm(tmp_path)


@pytest.fixture
def cluster_helm(tmp_path, lab, cluster):
    return Helm(tmp_path, lab.admin_kubeconfig, cluster.namespace)


def one_pool(gateway: dict | None = None, **pool) -> dict:
    return {"gateway": gateway or {}, "pools": [{"name": "puppet", **pool}]}


def routed(gateway: dict | None = None, **route) -> dict:
    """With a hostname, unless told otherwise."""
    return one_pool(gateway, route={"enabled": True, "hostname": "a.example.com", **route})


# Rendered

def test_example_of_the_specification(helm):
    assert helm.pools(EXAMPLE) == [{
        "apiVersion": OPENVOX,
        "kind": "Pool",
        "metadata": {
            "name": "puppet",
            "namespace": "puppet",
            "labels": {
                "app.kubernetes.io/instance": "release",
                "app.kubernetes.io/managed-by": "Helm",
                "app.kubernetes.io/name": "openvox",
                "helm.sh/chart": f"openvox-pools-{VERSION}",
            },
        },
        "spec": EXAMPLE_SPEC,
    }]


def test_no_values(helm):
    assert helm.pools({}) == []


def test_gateway_is_shared(helm):
    values = {"gateway": SHARED, "pools": [
        {"name": name, "route": {"enabled": True, "hostname": f"{name}.example.com"}}
        for name in ("production", "staging")]}
    assert {pool["metadata"]["name"]: pool["spec"] for pool in helm.pools(values)} == {
        name: {"route": {"enabled": True, "hostname": f"{name}.example.com", "gatewayRef": SHARED}}
        for name in ("production", "staging")}


@pytest.mark.parametrize("shared, own, expected", [
    (SHARED, {}, SHARED),
    (SHARED, {"name": "other"}, {**SHARED, "name": "other"}),
    (SHARED, {"sectionName": "other"}, {**SHARED, "sectionName": "other"}),
    (SHARED, {"namespace": "other"}, {**SHARED, "namespace": "other"}),
    (SHARED, {"sectionName": "", "namespace": ""}, {"name": "shared"}),
    ({"name": "shared", "sectionName": ""}, {}, {"name": "shared"}),
    ({}, {"name": "other"}, {"name": "other"}),
    ({"sectionName": "tls"}, {"name": "other"}, {"name": "other", "sectionName": "tls"}),
])
def test_own_gateway_field_by_field(helm, shared, own, expected):
    pool = helm.pool(routed(shared, gatewayRef=own))
    assert pool["spec"]["route"]["gatewayRef"] == expected


def test_own_gateway_is_not_the_next_pools(helm):
    values = {"gateway": SHARED, "pools": [
        {"name": name, "route": {"enabled": True, "hostname": f"{name}.example.com", **more}}
        for name, more in (("a", {"gatewayRef": {"name": "other", "namespace": ""}}), ("b", {}))]}
    first, second = helm.pools(values)
    assert first["spec"]["route"]["gatewayRef"] == {"name": "other", "sectionName": "tls"}
    assert second["spec"]["route"]["gatewayRef"] == SHARED


@pytest.mark.parametrize("shared, route, expected", [
    ({}, {"enabled": False}, {"enabled": False}),
    # The Pool CRD of others requires the field.
    ({}, {"injectDNSAltName": False}, {"enabled": False, "injectDNSAltName": False}),
    ({"sectionName": "tls"}, {"enabled": False, "hostname": ""}, {"enabled": False}),
    (SHARED, {"enabled": False, "hostname": "a.example.com"},
     {"enabled": False, "hostname": "a.example.com", "gatewayRef": SHARED}),
])
def test_disabled_route_needs_nothing(helm, shared, route, expected):
    assert helm.pool(one_pool(shared, route=route))["spec"] == {"route": expected}


def test_no_route(helm):
    assert helm.pool(one_pool(SHARED))["spec"] == {}


def test_service(helm):
    service = {"type": "NodePort", "port": 8141, "nodePort": 30140, "labels": {"a": "1"},
               "annotations": {"b": "true"}, "externalIPs": ["192.0.2.1", "2001:db8::1"]}
    assert helm.pool(one_pool(service=service))["spec"] == {"service": service}


def test_labels_and_annotations(helm):
    plain = helm.pool(one_pool())["metadata"]
    assert "annotations" not in plain
    paused = {"openvox.voxpupuli.org/paused": "true"}
    own = {"team": "config", "app.kubernetes.io/managed-by": "somebody"}
    metadata = helm.pool(one_pool(annotations=paused, labels=own))["metadata"]
    assert metadata["annotations"] == paused
    assert metadata["labels"] == {**plain["labels"], "team": "config"}


def test_text_stays_text(helm):
    """What YAML would read as something else."""
    texts = {"a": "true", "b": "8140", "c": "null", "d": "x: y\n- z", "e": "{{ .Release.Name }}"}
    pool = helm.pool({"gateway": {"name": "1", "sectionName": "on"}, "pools": [{
        "name": "0", "annotations": texts, "service": {"labels": {"yes": "no"}},
        "route": {"enabled": True, "hostname": "0"}}]})
    assert pool["metadata"]["name"] == "0"
    assert pool["metadata"]["annotations"] == texts
    assert pool["spec"] == {"service": {"labels": {"yes": "no"}}, "route": {
        "enabled": True, "hostname": "0", "gatewayRef": {"name": "1", "sectionName": "on"}}}


def test_server_reference_changes_nothing(helm):
    assert helm.pools(one_pool(serverRef="ca")) == helm.pools(one_pool())


def test_lint(helm):
    for values in (None, EXAMPLE):
        helm.must("lint", "--strict", str(CHART), values=values)


# Refused

@pytest.mark.parametrize("values, message", [
    (routed(SHARED, hostname=""),
     "pools[0].route (Pool puppet): an enabled route needs a hostname"),
    (one_pool(SHARED, route={"enabled": True}),
     "pools[0].route (Pool puppet): an enabled route needs a hostname"),
    (routed({}),
     "pools[0].route (Pool puppet): an enabled route needs gateway.name or a gatewayRef.name"),
    (routed(SHARED, gatewayRef={"name": ""}),
     "pools[0].route (Pool puppet): an enabled route needs gateway.name or a gatewayRef.name"),
    ({"pools": [{"name": "a"}, {"name": "b"}, {"name": "a"}]},
     "pools[2].name: there is a Pool a already"),
])
def test_what_the_template_refuses(helm, values, message):
    assert message in helm.refusal(values)


@pytest.mark.parametrize("values, path, message", [
    ({"gatway": {}}, "", "additional properties 'gatway' not allowed"),
    ({"gateway": {"listener": "tls"}}, "/gateway", "additional properties 'listener' not allowed"),
    (one_pool(hostname="a.example.com"), "/pools/0",
     "additional properties 'hostname' not allowed"),
    (one_pool(service={"targetPort": 8140}), "/pools/0/service",
     "additional properties 'targetPort' not allowed"),
    (one_pool(route={"host": "a"}), "/pools/0/route", "additional properties 'host' not allowed"),
    (one_pool(route={"gatewayRef": {"kind": "Gateway"}}), "/pools/0/route/gatewayRef",
     "additional properties 'kind' not allowed"),
    ({"gateway": "puppet-gateway"}, "/gateway", "got string, want object"),
    ({"pools": {"puppet": {}}}, "/pools", "got object, want array"),
    ({"pools": [{"serverRef": "ca"}]}, "/pools/0", "missing property 'name'"),
    (one_pool(serverRef=["ca"]), "/pools/0/serverRef", "got array, want string"),
    (one_pool(route={"enabled": "true"}), "/pools/0/route/enabled", "got string, want boolean"),
    (one_pool(route={"injectDNSAltName": 1}), "/pools/0/route/injectDNSAltName",
     "got number, want boolean"),
    (one_pool(route={"hostname": None}), "/pools/0/route/hostname", "got null, want string"),
    (one_pool(service={"port": "8140"}), "/pools/0/service/port", "got string, want integer"),
    (one_pool(service={"port": 0}), "/pools/0/service/port", "minimum: got 0, want 1"),
    (one_pool(service={"nodePort": 65536}), "/pools/0/service/nodePort",
     "maximum: got 65,536, want 65,535"),
    (one_pool(service={"type": "ExternalName"}), "/pools/0/service/type",
     "value must be one of 'ClusterIP', 'NodePort', 'LoadBalancer'"),
    (one_pool(service={"externalIPs": "192.0.2.1"}), "/pools/0/service/externalIPs",
     "got string, want array"),
    (one_pool(annotations={"paused": True}), "/pools/0/annotations/paused",
     "got boolean, want string"),
    (one_pool(labels={"a": 1}), "/pools/0/labels/a", "got number, want string"),
    (one_pool(name="Puppet"), "/pools/0/name", "'Puppet' does not match pattern"),
    (one_pool(name="a" * 59), "/pools/0/name", "maxLength: got 59, want 58"),
    (routed(SHARED, hostname="A.example.com"), "/pools/0/route/hostname",
     "'A.example.com' does not match pattern"),
    (routed(SHARED, hostname="a.*.example.com"), "/pools/0/route/hostname",
     "'a.*.example.com' does not match pattern"),
])
def test_what_the_schema_refuses(helm, values, path, message):
    assert f"at '{path}': {message}" in helm.refusal(values)


def test_part_of_another_chart(helm, tmp_path):
    """Helm then adds `global` to the values."""
    parent = tmp_path / "parent"
    (parent / "charts").mkdir(parents=True)
    (parent / "Chart.yaml").write_text("apiVersion: v2\nname: parent\nversion: 0.1.0\n")
    (parent / "charts" / "openvox-pools").symlink_to(CHART)
    values = {"global": {"registry": "example.com"}, "openvox-pools": one_pool()}
    pools = from_yaml(helm.must("template", "release", str(parent), values=values))
    assert [pool["metadata"]["name"] for pool in pools] == ["puppet"]


# Beside the Pool's CRD

def test_every_field_of_the_pool_has_its_value():
    [crd] = from_yaml(CRD.read_text())
    [version] = crd["spec"]["versions"]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    values = json.loads((CHART / "values.schema.json").read_text())["definitions"]

    def keys(schema: dict) -> set[str]:
        return set(schema["properties"])

    assert keys(values["pool"]) == {"name", "labels", "annotations", "serverRef", *spec}
    assert keys(values["service"]) == keys(spec["service"])
    assert keys(values["route"]) == keys(spec["route"])
    assert keys(values["gateway"]) == keys(spec["route"]["properties"]["gatewayRef"])


# In a cluster

EVERYTHING = {"gateway": SHARED, "pools": [
    {"name": "plain"},
    {"name": "disabled", "route": {"enabled": False}},
    {"name": "routed", "route": {"enabled": True, "hostname": "*.example.com"}},
    {"name": "all", "serverRef": "ca", "labels": {"a": "1"},
     "annotations": {"openvox.voxpupuli.org/paused": "true"},
     "service": {"type": "LoadBalancer", "port": 8141, "nodePort": 30141, "labels": {"b": "2"},
                 "annotations": {"c": "3"}, "externalIPs": ["192.0.2.1"]},
     "route": {"enabled": True, "hostname": "all.example.com", "injectDNSAltName": True,
               "gatewayRef": {"name": "own", "sectionName": "", "namespace": "other"}}},
]}
DEFAULT_SERVICE = {"type": "ClusterIP", "port": 8140}
EVERYTHING_SPECS = {
    "plain": {"service": DEFAULT_SERVICE},
    "disabled": {"service": DEFAULT_SERVICE,
                 "route": {"enabled": False, "injectDNSAltName": False, "gatewayRef": SHARED}},
    "routed": {"service": DEFAULT_SERVICE,
               "route": {"enabled": True, "hostname": "*.example.com", "injectDNSAltName": False,
                         "gatewayRef": SHARED}},
    "all": {"service": EVERYTHING["pools"][3]["service"],
            "route": {"enabled": True, "hostname": "all.example.com", "injectDNSAltName": True,
                      "gatewayRef": {"name": "own", "namespace": "other"}}},
}


def specs(cluster) -> dict[str, dict]:
    return {name: pool["spec"] for name, pool in cluster.all("Pool").items()}


def test_applied_by_kubectl(cluster_helm, lab, cluster, tmp_path):
    manifests = tmp_path / "pools.yaml"
    for values, expected in ((EXAMPLE, {"puppet": EXAMPLE_SPEC}), (EVERYTHING, EVERYTHING_SPECS)):
        manifests.write_text(cluster_helm.text(values))
        lab.kubectl("apply", "--validate=strict", "-f", str(manifests))
        for name, spec in expected.items():
            assert cluster.get("Pool", name)["spec"] == spec
    paused = cluster.get("Pool", "all")["metadata"]["annotations"]["openvox.voxpupuli.org/paused"]
    assert paused == "true"


def test_installed_upgraded_uninstalled(cluster_helm, cluster):
    notes = cluster_helm.install(EXAMPLE)
    assert f"Pools in namespace {cluster.namespace}:\n" in notes
    assert "  puppet: production.puppet.example.com\n" in notes
    assert specs(cluster) == {"puppet": EXAMPLE_SPEC}
    uid = cluster.get("Pool", "puppet")["metadata"]["uid"]

    cluster_helm.install(EXAMPLE.replace("production.", "new."))
    assert cluster.get("Pool", "puppet")["spec"]["route"]["hostname"] == "new.puppet.example.com"
    assert cluster.get("Pool", "puppet")["metadata"]["uid"] == uid

    cluster_helm.install(EVERYTHING)
    assert specs(cluster) == EVERYTHING_SPECS

    refused = cluster_helm.run("upgrade", "release", str(CHART), values=routed({}))
    assert refused.returncode != 0
    assert specs(cluster) == EVERYTHING_SPECS

    assert "No Pools yet" in cluster_helm.install({"pools": []})
    assert specs(cluster) == {}

    cluster_helm.install(EXAMPLE)
    cluster_helm.must("uninstall", "release")
    assert specs(cluster) == {}


def test_pools_that_exist_are_taken_over_only_when_asked(cluster_helm, cluster):
    made = cluster.pool("puppet")
    refused = cluster_helm.run("install", "release", str(CHART), values=EXAMPLE)
    assert refused.returncode != 0 and "invalid ownership metadata" in refused.stderr
    assert cluster.get("Pool", "puppet")["spec"] == made["spec"]
    cluster_helm.install(EXAMPLE, "--take-ownership")
    assert cluster.get("Pool", "puppet")["metadata"]["uid"] == made["metadata"]["uid"]
    assert cluster.get("Pool", "puppet")["spec"] == EXAMPLE_SPEC


def test_routes_follow(cluster_helm, cluster, daemon):
    cluster_helm.install(EXAMPLE)
    eventually(lambda: cluster.route_spec("puppet"), expected_spec(
        "puppet", "production.puppet.example.com", gateway="puppet-gateway", section="tls"))
    cluster_helm.install(EXAMPLE.replace("enabled: true", "enabled: false"))
    eventually(lambda: cluster.get("TLSRoute", "puppet") is None)
