# SPDX-License-Identifier: Apache-2.0
"""The chart packaging/helm/tlsrouted: each of its values, what it refuses, that its rights and policies
are those of packaging/kustomize, and what a cluster makes of it. The overlays of packaging/kustomize are
held against it."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from cluster import Cluster, expected_spec
from daemon import KUSTOMIZE, ROLES, TLSROUTED
from lab import TOP, build
from test_chart import Helm
from waiting import eventually

sys.path.insert(0, str(TOP / "tests" / "structure"))
import chart as generator  # noqa: E402

CHART = TOP / "packaging" / "helm" / "tlsrouted"
FIRST_VALUES = Path(__file__).resolve().parent / "helm" / "first-values.yaml"
ACCOUNTS = (*ROLES, "minter")
NAMESPACE = "tlsrouted"
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())
VERSION = generator.version(TOP)
POLICY = "ValidatingAdmissionPolicy"


# Rendering

def load(text: str) -> list[dict]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [each for each in yaml.load_all(text, loader) if each]


@dataclass
class Rendered:
    """What a release consists of."""

    objects: list[dict]

    def all(self, kind: str) -> list[dict]:
        return [each for each in self.objects if each["kind"] == kind]

    def one(self, kind: str, name: str | None = None) -> dict:
        [found] = [each for each in self.all(kind)
                   if name is None or each["metadata"]["name"] == name]
        return found

    @property
    def pod(self) -> dict:
        return self.one("Deployment")["spec"]["template"]

    @property
    def container(self) -> dict:
        return self.pod["spec"]["containers"][0]

    @property
    def config(self) -> dict:
        """tlsrouted.yaml."""
        return self.file("tlsrouted.yaml")

    def file(self, name: str) -> dict:
        """Of the ConfigMap that Pods mount."""
        [found] = [each for each in self.all("ConfigMap") if name in each["data"]]
        return yaml.safe_load(found["data"][name])

    def account(self, role: str) -> dict:
        return self.one("ServiceAccount", f"tlsrouted-{role}")

    def key(self, each: dict) -> tuple[str, str, str]:
        return each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]

    def by_key(self) -> dict[tuple[str, str, str], dict]:
        assert len({self.key(each) for each in self.objects}) == len(self.objects)
        return {self.key(each): each for each in self.objects}


def is_of_test(manifest: dict) -> bool:
    """For `helm test` only."""
    return manifest["metadata"].get("annotations", {}).get("helm.sh/hook") == "test"


@pytest.fixture(scope="module")
def helm(tmp_path_factory) -> Helm:
    return Helm(tmp_path_factory.mktemp("helm"), namespace=NAMESPACE)


@pytest.fixture(scope="module")
def render(helm):
    """By what was asked for, since much of it is asked for again."""
    cache: dict[str, Rendered] = {}

    def rendered(values: dict | None = None, *options: str, release: str = "tlsrouted") -> Rendered:
        key = json.dumps([values, options, release], sort_keys=True)
        if key not in cache:
            cache[key] = Rendered(load(
                helm.must("template", release, str(CHART), *options, values=values or {})))
        return cache[key]

    return rendered


@pytest.fixture(scope="module")
def default(render) -> Rendered:
    return render()


def nested(path: str, value) -> dict:
    """{"a": {"b": value}} for a.b."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


# The values, one by one: what each does. A row has the values, and what must be so then. "@" stands for
# the value in question, and a row without values of its own sets it alone.

@dataclass
class Row:
    value: object
    holds: object
    more: dict | None = None

    def values(self, path: str) -> dict:
        return merged(self.more or {}, nested(path, self.value))


def merged(one: dict, two: dict) -> dict:
    found = dict(one)
    for key, value in two.items():
        found[key] = merged(found[key], value) if isinstance(found.get(key), dict) and \
            isinstance(value, dict) else value
    return found


def labels(manifest: dict) -> dict:
    return manifest["metadata"].get("labels", {})


def annotations(manifest: dict) -> dict:
    return manifest["metadata"].get("annotations", {})


def everywhere(key: str, value: str):
    return lambda r: all(labels(each).get(key) == value for each in [*r.objects, r.pod])


def in_pod(field: str, value):
    return Row(value, lambda r: r.pod["spec"][field] == value)


def probe(name: str) -> Row:
    return Row({"periodSeconds": 7}, lambda r: r.container[name]["periodSeconds"] == 7
               and "httpGet" in r.container[name])


def account_rows(role: str) -> dict[str, Row]:
    path = f"serviceAccount.{role}"
    return {
        f"{path}.create": Row(False, lambda r: f"tlsrouted-{role}" not in [
            each["metadata"]["name"] for each in r.all("ServiceAccount")]),
        f"{path}.name": Row("mine", lambda r: r.one("ServiceAccount", "mine")),
        f"{path}.annotations": Row({"a": "1"}, lambda r: annotations(r.account(role)) == {"a": "1"}),
        f"{path}.labels": Row({"a": "1"}, lambda r: labels(r.account(role))["a"] == "1"),
        f"{path}.automountServiceAccountToken": Row(
            role != "minter", lambda r: r.account(role)["automountServiceAccountToken"]
            == (role != "minter") == r.pod["spec"]["automountServiceAccountToken"]),
        f"rbac.additionalPermissions.{role}": Row(
            [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
            lambda r: [each["metadata"]["name"] for each in r.all("Role") + r.all("ClusterRole")
                       if {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
                       in each["rules"]] == [f"tlsrouted-{role}"]),
    }


def endpoint(kind: str, field: str, value):
    """A field of the only endpoint."""
    where = {"ServiceMonitor": "endpoints", "PodMonitor": "podMetricsEndpoints"}[kind]
    return Row(value, lambda r: r.one(kind)["spec"][where][0][field] == value,
               nested(f"{kind[0].lower()}{kind[1:]}.enabled", True))


def monitor_rows(value: str, kind: str) -> dict[str, Row]:
    on = nested(f"{value}.enabled", True)
    target_labels = {"ServiceMonitor": "targetLabels", "PodMonitor": "podTargetLabels"}[kind]
    relabeling = [{"action": "drop", "sourceLabels": ["x"]}]
    return {
        **extra_rows(value, kind),
        **{f"{value}.{field}": endpoint(kind, field, set_to) for field, set_to in (
            ("interval", "30s"), ("scrapeTimeout", "5s"), ("honorLabels", True),
            ("relabelings", relabeling), ("metricRelabelings", relabeling), ("scheme", "https"),
            ("tlsConfig", {"insecureSkipVerify": True}))},
        f"{value}.targetLabels": Row(["a"], lambda r: r.one(kind)["spec"][target_labels] == ["a"], on),
    }


def extra_rows(value: str, kind: str, labels_name: str = "additionalLabels") -> dict[str, Row]:
    """Of what is off by default: whether, where, and its labels and annotations."""
    on = nested(f"{value}.enabled", True)

    def one(r: Rendered) -> dict:
        if kind != "ConfigMap":
            return r.one(kind)
        [found] = [each for each in r.all(kind) if "tlsrouted.json" in each["data"]]
        return found

    return {
        f"{value}.enabled": Row(True, one),
        f"{value}.namespace": Row("other", lambda r: one(r)["metadata"]["namespace"] == "other", on),
        f"{value}.{labels_name}": Row({"a": "1"}, lambda r: labels(one(r))["a"] == "1", on),
        f"{value}.annotations": Row({"a": "1"}, lambda r: annotations(one(r)) == {"a": "1"}, on),
    }


RULES = [{"ports": [{"port": 1}]}]
ROWS = {
    "enabled": Row(False, lambda r: r.one("Deployment")),  # test_part_of_another_chart
    "global.imagePullSecrets": Row(["a", {"name": "b"}], lambda r: r.pod["spec"]["imagePullSecrets"]
                                   == [{"name": "a"}, {"name": "b"}]),
    "imagePullSecrets": Row(["a"], lambda r: r.pod["spec"]["imagePullSecrets"]
                            == [{"name": "g"}, {"name": "a"}], nested("global.imagePullSecrets", ["g"])),
    "nameOverride": Row("other", lambda r: r.one("Deployment")["metadata"]["name"] == "tlsrouted-other"
                        and labels(r.pod)["app.kubernetes.io/name"] == "other"),
    "fullnameOverride": Row("other", lambda r: r.one("Deployment")["metadata"]["name"] == "other"),
    "namespaceOverride": Row("other", lambda r: {
        each["metadata"].get("namespace", "other") for each in r.objects} == {"other"}
        and r.config["lease"]["namespace"] == "other"),
    "commonLabels": Row({"a": "1"}, everywhere("a", "1")),
    "image.registry": Row("r.example:5000", lambda r: r.container["image"]
                          == f"r.example:5000/tlsrouted:{VERSION}"),
    "image.repository": Row("o/t", lambda r: r.container["image"] == f"o/t:{VERSION}"),
    "image.tag": Row("9.9", lambda r: r.container["image"] == "tlsrouted:9.9"),
    "image.digest": Row(f"sha256:{'a' * 64}", lambda r: r.container["image"]
                        == f"tlsrouted@sha256:{'a' * 64}", nested("image.tag", "9.9")),
    "image.pullPolicy": Row("Always", lambda r: r.container["imagePullPolicy"] == "Always"),
    "replicaCount": Row(0, lambda r: r.one("Deployment")["spec"]["replicas"] == 0),
    "strategy": Row({"type": "Recreate", "rollingUpdate": None}, lambda r:
                    r.one("Deployment")["spec"]["strategy"] == {"type": "Recreate"}),
    "revisionHistoryLimit": Row(0, lambda r: r.one("Deployment")["spec"]["revisionHistoryLimit"] == 0),
    "terminationGracePeriodSeconds": in_pod("terminationGracePeriodSeconds", 0),
    "deploymentAnnotations": Row({"a": "1"}, lambda r: annotations(r.one("Deployment")) == {"a": "1"}),
    "podAnnotations": Row({"a": "1"}, lambda r: annotations(r.pod)["a"] == "1"
                          and "checksum/config" in annotations(r.pod)),
    "podLabels": Row({"a": "1", "app.kubernetes.io/name": "x"}, lambda r: labels(r.pod)["a"] == "1"
                     and labels(r.pod)["app.kubernetes.io/name"] == "tlsrouted"),
    "podSecurityContext": Row({"fsGroup": 1}, lambda r: r.pod["spec"]["securityContext"] == {
        "fsGroup": 1, **DEFAULTS["podSecurityContext"]}),
    "securityContext": Row({"runAsUser": 1}, lambda r: r.container["securityContext"] == {
        "runAsUser": 1, **DEFAULTS["securityContext"]}),
    "hostUsers": in_pod("hostUsers", False),
    "resources": Row({"limits": {"cpu": "1"}}, lambda r: r.container["resources"]["limits"]
                     == {"cpu": "1", "memory": "256Mi"}),
    "livenessProbe": probe("livenessProbe"),
    "readinessProbe": probe("readinessProbe"),
    "startupProbe": probe("startupProbe"),
    "nodeSelector": in_pod("nodeSelector", {"a": "1"}),
    "tolerations": in_pod("tolerations", [{"operator": "Exists"}]),
    "affinity": in_pod("affinity", {"nodeAffinity": {}}),
    "topologySpreadConstraints": in_pod("topologySpreadConstraints", [
        {"maxSkew": 1, "topologyKey": "x", "whenUnsatisfiable": "DoNotSchedule",
         "labelSelector": {"matchLabels": {"a": "1"}}}]),
    "priorityClassName": in_pod("priorityClassName", "high"),
    "runtimeClassName": in_pod("runtimeClassName", "kata"),
    "hostAliases": in_pod("hostAliases", [{"ip": "192.0.2.1", "hostnames": ["a"]}]),
    "dnsPolicy": in_pod("dnsPolicy", "Default"),
    "dnsConfig": in_pod("dnsConfig", {"options": [{"name": "ndots", "value": "1"}]}),
    "extraArgs": Row(["--dry-run"], lambda r: r.container["args"] == ["--dry-run"]),
    "extraEnv": Row([{"name": "A", "value": "1"}], lambda r: r.container["env"]
                    == [{"name": "A", "value": "1"}]),
    "extraVolumes": Row([{"name": "v", "emptyDir": {}}], lambda r: {"name": "v", "emptyDir": {}}
                        in r.pod["spec"]["volumes"]),
    "extraVolumeMounts": Row([{"name": "v", "mountPath": "/v"}], lambda r:
                             {"name": "v", "mountPath": "/v"} in r.container["volumeMounts"]),
    "extraContainers": Row([{"name": "c"}], lambda r: {"name": "c"} in r.pod["spec"]["containers"]),
    "initContainers": Row([{"name": "c"}], lambda r: r.pod["spec"]["initContainers"] == [{"name": "c"}]),
    "extraObjects": Row([{"kind": "A", "metadata": {"name": "{{ .Release.Name }}-a"}},
                         "kind: B\nmetadata: {name: '{{ .Release.Name }}-b'}"],
                        lambda r: r.one("A", "tlsrouted-a") and r.one("B", "tlsrouted-b"),
                        nested("commonLabels", {})),
    "enableServiceLinks": in_pod("enableServiceLinks", True),
    **{path: row for role in ACCOUNTS for path, row in account_rows(role).items()},
    "rbac.create": Row(False, lambda r: not any(
        r.all(kind) for kind in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "Secret"))),
    "namespaced": Row(True, lambda r: not r.all("ClusterRole") and r.config["namespaces"] == [NAMESPACE]),
    "policies.enabled": Row(False, lambda r: not r.all(POLICY) and not r.all(f"{POLICY}Binding")),
    "podDisruptionBudget.enabled": Row(False, lambda r: not r.all("PodDisruptionBudget")),
    "podDisruptionBudget.minAvailable": Row(
        "50%", lambda r: r.one("PodDisruptionBudget")["spec"]["minAvailable"] == "50%"
        and "maxUnavailable" not in r.one("PodDisruptionBudget")["spec"]),
    "podDisruptionBudget.maxUnavailable": Row(
        2, lambda r: r.one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 2),
    "podDisruptionBudget.unhealthyPodEvictionPolicy": Row(
        "IfHealthyBudget", lambda r: r.one("PodDisruptionBudget")["spec"]
        ["unhealthyPodEvictionPolicy"] == "IfHealthyBudget"),
    "networkPolicy.enabled": Row(False, lambda r: not r.all("NetworkPolicy")),
    "networkPolicy.ingress": Row(RULES, lambda r: r.one("NetworkPolicy")["spec"]["ingress"] == RULES),
    "networkPolicy.egress": Row(RULES, lambda r: r.one("NetworkPolicy")["spec"]["egress"] == RULES),
    "service.annotations": Row({"a": "1"}, lambda r: annotations(r.one("Service")) == {"a": "1"}),
    "service.port": Row(80, lambda r: r.one("Service")["spec"]["ports"][0]["port"] == 80
                        and r.container["ports"][0]["containerPort"] == 9847),
    "service.ipFamilies": Row(["IPv6"], lambda r: r.one("Service")["spec"]["ipFamilies"] == ["IPv6"]
                              and r.config["metrics"]["listen"] == "[::]:9847"),
    "service.ipFamilyPolicy": Row("PreferDualStack", lambda r: r.one("Service")["spec"]
                                  ["ipFamilyPolicy"] == "PreferDualStack"),
    **monitor_rows("serviceMonitor", "ServiceMonitor"),
    **monitor_rows("podMonitor", "PodMonitor"),
    **extra_rows("prometheusRule", "PrometheusRule"),
    **extra_rows("dashboards", "ConfigMap", "labels"),
    "config": Row({"log": {"level": "debug"}}, lambda r: r.config["log"] == {"level": "debug"}),
    "crds.enabled": Row(True, lambda r: len(r.all("CustomResourceDefinition")) == 3),
    "crds.keep": Row(False, lambda r: not any(
        annotations(each) for each in r.all("CustomResourceDefinition")), nested("crds.enabled", True)),
}


@pytest.mark.parametrize("path", ROWS)
def test_value(render, default, path):
    row = ROWS[path]
    changed = render(row.values(path))
    assert row.holds(changed)
    if path != "enabled":
        without = render(row.more) if row.more else default
        assert changed.objects != without.objects
        with pytest.raises((AssertionError, KeyError, ValueError)):
            assert row.holds(without)


def documented() -> list[str]:
    return [value.path for value in generator.values_of((CHART / "values.yaml").read_text())]


def test_every_value_has_its_row():
    assert sorted(ROWS) == sorted(documented())


def leaves(values, path: str = "") -> list[str]:
    if not isinstance(values, dict) or not values:
        return [path]
    return [leaf for key, value in values.items()
            for leaf in leaves(value, f"{path}.{key}" if path else key)]


def test_every_value_is_explained():
    """By a comment of its own, or as a part of one that has it."""
    for leaf in leaves(DEFAULTS):
        assert any(leaf == path or leaf.startswith(f"{path}.") for path in documented()), leaf


def groups() -> list[str]:
    """All paths that have something below them, and all values."""
    found = set()
    for path in documented():
        names = path.split(".")
        found |= {".".join(names[:end]) for end in range(1, len(names) + 1)}
    return sorted(found)


@pytest.mark.parametrize("path", groups())
def test_without_a_value(render, path):
    """As after `helm upgrade --reuse-values` from a chart that did not have it, or with null."""
    assert render(nested(path, None)).one("Deployment")["spec"]["template"]["spec"]["containers"]


def test_without_any_value(render, default):
    """It runs, with what has to be there: image, replicas, rights to nothing."""
    bare = render({name: None for name in DEFAULTS})
    assert bare.container["image"] == default.container["image"]
    assert bare.one("Deployment")["spec"]["replicas"] == 2
    assert bare.config == default.config


# What it refuses, and says

@pytest.mark.parametrize("values, message", [
    ({"config": {"lease": {"namespace": "other"}}}, "the Lease has to be in tlsrouted"),
    ({"config": {"credentials": {"watcher": {"serviceAccount": "other"}}}},
     "set serviceAccount.watcher.name instead"),
    ({"config": {"metrics": {"listen": ""}}, "serviceMonitor": {"enabled": True}},
     "there is nothing to read, since config.metrics.listen is empty"),
    ({"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}, "enable one of them"),
    ({"podDisruptionBudget": {"minAvailable": 2}}, "no node with one of them could be drained"),
    ({"podDisruptionBudget": {"minAvailable": "100%"}}, "no node with one of them could be drained"),
    ({"podDisruptionBudget": {"maxUnavailable": 0}}, "no node with one of them could be drained"),
    ({"podDisruptionBudget": {"maxUnavailable": "0%"}}, "no node with one of them could be drained"),
    # By the schema:
    ({"confg": {}}, "additional properties 'confg' not allowed"),
    ({"image": {"tag": 1.0}}, "at '/image/tag': got number, want string"),
    ({"config": {"service": "auto"}}, "additional properties 'service' not allowed"),
    ({"config": {"services": "always"}}, "at '/config/services': value must be one of 'auto', 'never'"),
    ({"config": {"certificates": {"grace": -1}}}, "at '/config/certificates/grace': minimum"),
    ({"config": {"credentials": {"watcher": {"kubeconfg": "x"}}}}, "'kubeconfg' not allowed"),
    ({"image": {"pullPolicy": "Sometimes"}}, "at '/image/pullPolicy': value must be one of"),
    ({"serviceMonitor": {"interval": "30"}}, "at '/serviceMonitor/interval': '30' does not match"),
])
def test_refusal(helm, values, message):
    done = helm.run("template", "tlsrouted", str(CHART), values=values)
    assert done.returncode != 0 and message in done.stderr


def test_old_kubernetes(helm, render):
    """Policies need 1.30; without them, an older one will do."""
    done = helm.run("template", "tlsrouted", str(CHART), "--kube-version", "1.29.3")
    assert done.returncode != 0 and "Set policies.enabled to false" in done.stderr
    assert render(nested("policies.enabled", False), "--kube-version", "1.29.3").all("Deployment")
    done = helm.run("template", "tlsrouted", str(CHART), "--kube-version", "1.28.9")
    assert done.returncode != 0 and "incompatible with Kubernetes" in done.stderr


@pytest.mark.parametrize("values, count", [
    ({"replicaCount": 1}, 0), ({"replicaCount": 1, "podDisruptionBudget": {"minAvailable": 1}}, 0),
    ({"replicaCount": 3, "podDisruptionBudget": {"minAvailable": 2}}, 1), ({}, 1)])
def test_no_budget_stops_a_drain(render, values, count):
    assert len(render(values).all("PodDisruptionBudget")) == count


def test_lint(helm):
    for values in ({}, EVERYTHING):
        helm.must("lint", "--strict", str(CHART), values=values)


# Everything that is off by default.
EVERYTHING = {
    "crds": {"enabled": True}, "serviceMonitor": {"enabled": True, "interval": "30s"},
    "prometheusRule": {"enabled": True}, "dashboards": {"enabled": True}, "namespaced": True,
    "config": {"namespaces": ["a", "b"], "certificates": {"reissue": "pending"}},
    "imagePullSecrets": ["registry"], "hostUsers": False, "commonLabels": {"team": "puppet"},
}


def test_package(helm, tmp_path):
    """What `helm package` makes of it renders the same: nothing is outside of the chart."""
    helm.must("package", str(CHART), "--destination", str(tmp_path))
    archive = tmp_path / f"tlsrouted-{VERSION}.tgz"
    for values in ({}, EVERYTHING):
        texts = {helm.must("template", "tlsrouted", str(chart), values=values)
                 for chart in (CHART, archive)}
        assert len(texts) == 1
    assert not [path for path in CHART.rglob("*") if path.is_symlink()]


def test_part_of_another_chart(helm, tmp_path):
    """Which can turn it off, and adds `global` to its values."""
    parent = tmp_path / "parent"
    (parent / "charts").mkdir(parents=True)
    (parent / "Chart.yaml").write_text(
        "apiVersion: v2\nname: parent\nversion: 0.1.0\ndependencies:\n"
        f"  - {{name: tlsrouted, version: {VERSION}, condition: tlsrouted.enabled}}\n")
    shutil.copytree(CHART, parent / "charts" / "tlsrouted")
    for enabled in (True, False):
        found = Rendered(load(helm.must("template", "release", str(parent), values={
            "global": {"registry": "x", "imagePullSecrets": ["g"]}, "tlsrouted": {"enabled": enabled}})))
        assert bool(found.all("Deployment")) == enabled
        if enabled:
            assert found.pod["spec"]["imagePullSecrets"] == [{"name": "g"}]


# The configuration

def example_configuration() -> dict:
    """etc/tlsrouted.yaml has every key; those that are commented out, too."""
    lines = (TOP / "etc" / "tlsrouted.yaml").read_text().splitlines()
    text = "\n".join(line.replace("#", "", 1) if line.lstrip().startswith("#")
                     and not line.lstrip().startswith("# ") and line.strip() != "#" else line
                     for line in lines)
    return yaml.safe_load(text)


def test_schema_takes_every_key(render):
    """The sample file is one value."""
    config = example_configuration()
    assert {"lease", "metrics", "cluster", "poolSelector"} <= set(config)
    config["lease"]["namespace"] = NAMESPACE
    assert render({"config": config}).config == config


def test_schema_has_the_table_of_keys():
    """All keys, and no others. ./dev docs writes it."""
    text = subprocess.run([TLSROUTED, "--help-config=json"], capture_output=True, text=True, check=True)
    expected = {key["key"].replace("WORKER", worker) for line in text.stdout.splitlines()
                for key in [json.loads(line)] for worker in ACCOUNTS}
    schema = json.loads((CHART / "values.schema.json").read_text())

    def paths(part: dict, prefix: str = ""):
        for name, below in part["properties"].items():
            yield from paths(below, f"{prefix}{name}.") if "properties" in below else [prefix + name]

    assert set(paths(schema["properties"]["config"])) == expected


@pytest.mark.parametrize("values, options, expected", [
    ({}, [], {"lease": {"name": "tlsrouted", "namespace": "tlsrouted"},
              "metrics": {"listen": "0.0.0.0:9847"}}),
    ({"namespaced": True}, [], {"namespaces": ["tlsrouted"]}),
    ({"namespaced": True, "config": {"namespaces": ["a", "b"]}}, [], {"namespaces": ["a", "b"]}),
    ({"config": {"namespaces": ["a"]}}, [], {"namespaces": ["a"]}),
    ({"config": {"lease": {"name": "x", "duration": 5}}}, [],
     {"lease": {"name": "x", "duration": 5, "namespace": "tlsrouted"}}),
    ({"config": {"metrics": {"tls": {"certificateFile": "c", "keyFile": "k"}}}}, [],
     {"metrics": {"listen": "0.0.0.0:9847", "tls": {"certificateFile": "c", "keyFile": "k"}}}),
    ({"fullnameOverride": "x"}, [], {"lease": {"name": "x", "namespace": "tlsrouted"}, "credentials": {
        "secret": "x-tokens", **{role: {"serviceAccount": f"x-{role}"} for role in ROLES}}}),
    ({"serviceAccount": {"watcher": {"name": "w"}}}, [], {"credentials": {
        "watcher": {"serviceAccount": "w"}}}),
    # Somebody who brings credentials of their own is left alone.
    ({"fullnameOverride": "x", "config": {"credentials": {
        role: {"kubeconfig": "k"} for role in ROLES}}}, [],
     {"credentials": {role: {"kubeconfig": "k"} for role in ROLES}}),
])
def test_configuration_follows(render, values, options, expected):
    config = render(values, *options).config
    assert {key: config.get(key) for key in expected} == expected


@pytest.mark.parametrize("config, action", [
    ({}, {"httpGet": {"path": "/readyz", "port": "metrics", "scheme": "HTTP"}}),
    ({"metrics": {"tls": {"certificateFile": "c", "keyFile": "k"}}},
     {"httpGet": {"path": "/readyz", "port": "metrics", "scheme": "HTTPS"}}),
    ({"metrics": {"listen": ""}, "control": {"socket": "/tmp/x/s"}},
     {"exec": {"command": ["/usr/bin/tlsroutectl", "--socket", "/tmp/x/s", "health", "--ready"]}}),
])
def test_probes_follow(render, config, action):
    found = render({"config": config})
    probe_of = found.container["readinessProbe"]
    assert {key: probe_of[key] for key in action} == action
    assert ("ports" in found.container) == bool(found.all("Service")) == ("httpGet" in action)
    assert ("ingress" in found.one("NetworkPolicy")["spec"]) == ("httpGet" in action)


def test_own_probe(render):
    own = {"tcpSocket": {"port": 1}}
    assert set(render({"livenessProbe": own}).container["livenessProbe"]) == {
        "tcpSocket", *DEFAULTS["livenessProbe"]}


def test_socket_is_in_the_writable_folder(render):
    found = render({"config": {"control": {"socket": "/var/run/x/s.sock"}}})
    assert {"name": "run", "mountPath": "/var/run/x"} in found.container["volumeMounts"]
    assert [each for each in found.pod["spec"]["volumes"] if "emptyDir" in each] == [
        {"name": "run", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}]


def test_checksum_follows_the_configuration(render, default):
    def checksum(found: Rendered) -> str:
        return annotations(found.pod)["checksum/config"]

    assert checksum(render({"config": {"log": {"level": "debug"}}})) != checksum(default)
    assert checksum(render({"podLabels": {"a": "1"}})) == checksum(default)


def test_selectors_never_change(render, default):
    """They are in the Deployment for good: of no value but the names, and of no version."""
    wanted = {"app.kubernetes.io/name": "tlsrouted", "app.kubernetes.io/instance": "tlsrouted"}
    for found in (default, render(EVERYTHING), render({"podLabels": {"a": "1"}})):
        assert found.one("Deployment")["spec"]["selector"]["matchLabels"] == wanted
        for kind, where in (("Service", "selector"), ("PodDisruptionBudget", "selector"),
                            ("NetworkPolicy", "podSelector")):
            selector = found.one(kind)["spec"][where]
            assert selector.get("matchLabels", selector) == wanted
        assert not wanted.items() <= labels(found.one("Pod")).items(), "the Pod of helm test"


def test_image_never_floats(default):
    """In no Pod: what runs is what was installed."""
    pods = [default.pod, default.one("Pod"), kustomized("overlays/cluster-wide").pod]
    images = {container["image"] for pod in pods for container in
              [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]}
    assert images == {f"tlsrouted:{VERSION}"}


# Rights and policies: those of packaging/kustomize

RIGHTS = ("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "Secret",
          POLICY, f"{POLICY}Binding")


def kustomized(*folders: str, own: dict | None = None, tmp_path: Path | None = None) -> Rendered:
    """What `kubectl kustomize` makes of folders of packaging/kustomize; of a kustomization of one's own."""
    found = []
    for folder in folders or ("own",):
        path = KUSTOMIZE / folder
        if own is not None:
            shutil.copytree(KUSTOMIZE, tmp_path / "kustomize")
            path = tmp_path / "kustomize" / "own"
            path.mkdir()
            (path / "kustomization.yaml").write_text(yaml.safe_dump({
                "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **own}))
        done = subprocess.run([build() / "bin" / "kubectl", "kustomize", path], text=True,
                              capture_output=True)
        assert done.returncode == 0, done.stderr
        found += load(done.stdout)
    return Rendered(found)


def comparable(found: Rendered, namespace: str, kinds=RIGHTS) -> dict:
    """Without what differs on purpose: labels; and a policy of the chart is about the accounts of its
    own namespace, one of packaging/kustomize about those of every namespace."""
    text = json.dumps([each for each in found.objects if each["kind"] in kinds and not is_of_test(each)])
    text = text.replace("^system:serviceaccount:[^:]+:", f"^system:serviceaccount:{namespace}:")
    objects = json.loads(text)
    for each in objects:
        each["metadata"].pop("labels", None)
        selector = each.get("spec", {}).get("matchResources", {}).get("namespaceSelector", {})
        for expression in selector.pop("matchExpressions", []):
            assert expression["operator"] == "In"
            [value] = expression["values"]
            selector.setdefault("matchLabels", {})[expression["key"]] = value
    return Rendered(objects).by_key()


def test_rights_are_those_of_kustomize(default):
    """For all namespaces: of what the integration tests run under, object by object."""
    ours, theirs = comparable(default, NAMESPACE), comparable(kustomized("cluster"), NAMESPACE)
    assert set(ours) == set(theirs) and len(ours) == 23
    for key in theirs:
        assert ours[key] == theirs[key], key


def test_rights_in_one_namespace(helm):
    """The same with Roles."""
    helm = Helm(Path(helm._environment["HOME"]), namespace="openvox")
    ours = Rendered(load(helm.must("template", "tlsrouted", str(CHART), values={"namespaced": True})))
    theirs = kustomized("namespaced", "namespaced-policies")
    ours, theirs = comparable(ours, "openvox"), comparable(theirs, "openvox")
    assert set(ours) == set(theirs)
    for key in theirs:
        assert ours[key] == theirs[key], key


def test_rights_in_several_namespaces(render):
    """The same Roles in each, for accounts that are somewhere else."""
    found = render({"namespaced": True, "config": {"namespaces": ["a", "b"]}})
    one = render({"namespaced": True})
    for role in ROLES:
        name = f"tlsrouted-{role}"
        rules = one.one("Role", name)["rules"]
        roles = [each for each in found.all("Role") if each["metadata"]["name"] == name]
        bindings = [each for each in found.all("RoleBinding") if each["metadata"]["name"] == name]
        assert {each["metadata"]["namespace"] for each in roles} == {"a", "b"}
        assert {each["metadata"]["namespace"] for each in bindings} == {"a", "b"}
        assert all(each["rules"] == rules for each in roles)
        assert all(each["subjects"][0]["namespace"] == NAMESPACE for each in bindings)
    for binding in found.all(f"{POLICY}Binding"):
        [expression] = binding["spec"]["matchResources"]["namespaceSelector"]["matchExpressions"]
        assert expression["values"] == ["a", "b", NAMESPACE]


def test_right_to_reissue_follows(render, tmp_path):
    ours = comparable(render({"config": {"certificates": {"reissue": "pending"}}}), NAMESPACE)
    theirs = comparable(kustomized(own={"resources": ["../cluster"], "components": ["../reissue"]},
                                   tmp_path=tmp_path), NAMESPACE)
    assert ours == theirs
    assert ours != comparable(render(), NAMESPACE)


@pytest.mark.parametrize("values", [
    {}, {"fullnameOverride": "x"}, {"serviceAccount": {role: {"name": f"my-{role}"} for role in ACCOUNTS}},
    {"namespaced": True, "nameOverride": "x", "namespaceOverride": "elsewhere"},
    {"config": {"lease": {"name": "x"}, "credentials": {"secret": "s"}}}])
def test_names_belong_together(render, values):
    """Whatever they are: accounts in the configuration, in bindings, in policies and in the Pod; the
    Lease and the Secret of tokens."""
    found = render(values, release="some")
    namespace = found.one("Deployment")["metadata"]["namespace"]
    config, accounts = found.config, {
        role: next(each["metadata"]["name"] for each in found.all("ServiceAccount")
                   if each["metadata"]["name"].endswith(role)) for role in ACCOUNTS}
    assert found.pod["spec"]["serviceAccountName"] == accounts["minter"]
    for role in ROLES:
        told = config.get("credentials", {}).get(role, {}).get("serviceAccount", f"tlsrouted-{role}")
        assert told == accounts[role]
    minter = next(each for each in found.all("Role") if each["rules"][0]["resources"]
                  == ["serviceaccounts/token"])
    assert set(minter["rules"][0]["resourceNames"]) == {accounts[role] for role in ROLES}
    bound = {subject["name"] for kind in ("RoleBinding", "ClusterRoleBinding")
             for each in found.all(kind) for subject in each["subjects"]}
    assert bound == set(accounts.values())
    secret = config.get("credentials", {}).get("secret", "tlsrouted-tokens")
    assert found.one("Secret")["metadata"]["name"] == secret
    lease = next(each for each in found.all("Role") if each["rules"][0]["resources"] == ["leases"])
    assert lease["rules"][0]["resourceNames"] == [config["lease"]["name"]]
    assert lease["metadata"]["namespace"] == config["lease"]["namespace"] == namespace
    for policy in found.all(POLICY):
        role = "certpatcher" if "certpatcher" in policy["metadata"]["name"] else "reconciler"
        [condition] = policy["spec"]["matchConditions"]
        assert f"'^system:serviceaccount:{namespace}:{accounts[role]}$'" in condition["expression"]
        text = json.dumps(policy)
        assert text.count(f":{accounts[role]}") == text.count("system:serviceaccount")
        if "lease" in policy["metadata"]["name"]:
            assert f"metadata.name == '{config['lease']['name']}'" in text


def test_releases_of_one_name(helm):
    """In two namespaces of one cluster, each with Roles only, they share no object."""
    seen: set = set()
    for namespace in ("a", "b"):
        helm = Helm(Path(helm._environment["HOME"]), namespace=namespace)
        found = Rendered(load(helm.must("template", "tlsrouted", str(CHART), values={"namespaced": True})))
        assert not seen & set(found.by_key())
        seen |= set(found.by_key())


# Monitoring: the files of packaging/grafana

def test_rules_are_those_of_grafana(render, tmp_path):
    spec = render(nested("prometheusRule.enabled", True)).one("PrometheusRule")["spec"]
    assert spec == yaml.safe_load((TOP / "packaging" / "grafana" / "alerts.yaml").read_text())
    rules = tmp_path / "rules.yaml"
    rules.write_text(yaml.safe_dump(spec))
    done = subprocess.run(["promtool", "check", "rules", rules], capture_output=True, text=True)
    assert done.returncode == 0 and f"{len(spec['groups'][0]['rules'])} rules found" in done.stdout


def test_dashboard_is_that_of_grafana(render):
    found = render(nested("dashboards.enabled", True)).one("ConfigMap", "tlsrouted-dashboard")
    assert json.loads(found["data"]["tlsrouted.json"]) == json.loads(
        (TOP / "packaging" / "grafana" / "dashboard.json").read_text())


def test_monitors_find_the_exporter(render):
    for kind, value in (("ServiceMonitor", "serviceMonitor"), ("PodMonitor", "podMonitor")):
        found = render(nested(f"{value}.enabled", True))
        spec = found.one(kind)["spec"]
        target = found.one("Service") if kind == "ServiceMonitor" else found.pod
        assert spec["selector"]["matchLabels"].items() <= labels(target).items()
        ports = found.one("Service")["spec"]["ports"] + found.container["ports"]
        for each in spec.get("endpoints", []) + spec.get("podMetricsEndpoints", []):
            assert {port["name"] for port in ports} == {each["port"]}


# The overlays of packaging/kustomize are what the chart renders

# The values that README.md shows.
EXAMPLES = [yaml.safe_load(text) for text in re.findall(
    r"```yaml[^\n]*\n(.*?)```", (CHART / "README.md").read_text(), re.DOTALL)]
HIGH_AVAILABILITY = EXAMPLES[1]


def test_examples(render):
    first, second = map(render, EXAMPLES)
    assert first.all("ServiceMonitor") and first.all("PrometheusRule")
    assert second.one("Deployment")["spec"]["replicas"] == 3


@pytest.mark.parametrize("folders, namespace, values", [
    (("overlays/cluster-wide",), "tlsrouted", {}),
    (("overlays/one-namespace", "namespaced-policies"), "openvox", {"namespaced": True}),
    (("overlays/high-availability",), "tlsrouted", HIGH_AVAILABILITY),
], ids=["cluster-wide", "one-namespace", "high-availability"])
def test_overlay(helm, folders, namespace, values):
    theirs = kustomized(*folders)
    helm = Helm(Path(helm._environment["HOME"]), namespace=namespace)
    ours = Rendered(load(helm.must("template", "tlsrouted", str(CHART), values=values)))
    assert ours.config == theirs.config
    kinds = {each["kind"] for each in ours.objects if not is_of_test(each)} - {"ConfigMap"}
    ours, theirs = (comparable(plain(each), namespace, kinds) for each in (ours, theirs))
    assert set(ours) == set(theirs)
    for key in theirs:
        assert ours[key] == theirs[key], key


def plain(found: Rendered) -> Rendered:
    """Without what only one of the two can do: Helm's checksum and labels, kustomize's name with a hash."""
    objects = json.loads(json.dumps(found.objects))
    for each in objects:
        if each["kind"] == "Deployment":
            template = each["spec"]["template"]
            template["metadata"] = {"labels": {
                key: value for key, value in template["metadata"]["labels"].items()
                if key in each["spec"]["selector"]["matchLabels"]}}
            template["spec"]["volumes"][0]["configMap"]["name"] = "tlsrouted-config"
    return Rendered(objects)


def test_namespace_of_the_overlay_is_restricted():
    [namespace] = kustomized("overlays/cluster-wide").all("Namespace")
    assert labels(namespace) == {"pod-security.kubernetes.io/enforce": "restricted"}


# In a cluster

@pytest.fixture
def release(tmp_path, lab, cluster):
    """Installs and upgrades a release in the namespace of the test, without a node to run its Pods."""
    helm = Helm(tmp_path, lab.admin_kubeconfig, cluster.namespace)

    class Release:
        name = f"r-{cluster.namespace}"
        run = helm.run

        def install(self, values=None, *options: str, chart: Path = CHART) -> str:
            return helm.must("upgrade", "--install", self.name, str(chart), *options,
                             values=values or {})

        def get(self, kind: str) -> Rendered:
            return Rendered(load(helm.must("get", kind, self.name)))

    made = Release()
    yield made
    helm.run("uninstall", made.name, "--ignore-not-found")


def chart_with(folder: Path, values: dict) -> Path:
    """The chart as one that has these values only."""
    chart = folder / "older" / "tlsrouted"
    shutil.copytree(CHART, chart)
    (chart / "values.yaml").write_text(yaml.safe_dump(values))
    (chart / "values.schema.json").unlink()
    return chart


@pytest.mark.parametrize("values", [
    yaml.safe_load(FIRST_VALUES.read_text()),
    {"image": {"repository": "older"}, "replicaCount": 3, "config": {"log": {"level": "debug"}}}],
    ids=["first", "few"])
def test_upgrade_with_the_values_of_an_older_chart(release, cluster, tmp_path, values):
    older = chart_with(tmp_path, values)
    release.install({"config": {"log": {"level": "debug"}}, "podLabels": {"a": "1"}}, chart=older)
    before = release.get("manifest")
    release.run("upgrade", release.name, str(CHART), "--reuse-values")
    done = release.run("upgrade", release.name, str(CHART), "--reuse-values", values={"replicaCount": 4})
    assert done.returncode == 0, done.stderr
    after = release.get("manifest")
    deployment = after.one("Deployment")
    assert deployment["spec"]["replicas"] == 4 and after.config["log"] == {"level": "debug"}
    assert labels(after.pod)["a"] == "1"
    assert deployment["spec"]["selector"] == before.one("Deployment")["spec"]["selector"]


def test_first_values_are_still_values(render):
    """With the schema of today: none of them has gone."""
    assert render(yaml.safe_load(FIRST_VALUES.read_text())).all("Deployment")


def test_accepted_by_a_restricted_namespace(lab, cluster, release):
    """Each object by the API server, and the Pods, which nobody makes here, by Pod Security."""
    level = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    cluster.request("PATCH", f"/api/v1/namespaces/{cluster.namespace}", level,
                    "application/merge-patch+json")
    monitored = {"hostUsers": False, "service": {"ipFamilyPolicy": "PreferDualStack"}}
    for values in ({}, monitored):
        done = release.run("upgrade", "--install", release.name, str(CHART), "--dry-run=server",
                           values=values)
        assert done.returncode == 0 and "violate" not in done.stderr, done.stderr
    assert "Warning" not in release.install()
    manifest = release.get("manifest")
    [test_pod] = [each for each in release.get("hooks").all("Pod")]
    for pod in ({"metadata": {"name": "p"}, "spec": manifest.pod["spec"]}, test_pod):
        path = f"/api/v1/namespaces/{cluster.namespace}/pods?dryRun=All"
        status, answer = lab.request("POST", path, pod)
        assert status == 201, answer
        del pod["spec"]["securityContext"]["seccompProfile"]
        status, answer = lab.request("POST", path, pod)
        assert status == 403 and "violates PodSecurity" in answer["message"]


@pytest.mark.parametrize("overlay", ["cluster-wide", "one-namespace", "high-availability"])
def test_overlay_is_accepted(lab, named_cluster, overlay):
    if overlay == "one-namespace":
        named_cluster("openvox")
    done = lab.kubectl("apply", "--dry-run=server", "--validate=strict", "--server-side",
                       "--force-conflicts", "-k", str(KUSTOMIZE / "overlays" / overlay))
    assert f"deployment.apps/tlsrouted serverside-applied" in done


def test_notes(release, cluster, lab):
    notes = release.install({"replicaCount": 1, "policies": {"enabled": False}, "namespaced": True})
    assert f"the Pods of Pools in {cluster.namespace}" not in notes
    name = f"{release.name}-tlsrouted"
    for text in (f"keeps the TLSRoutes of the Pools in {cluster.namespace}.",
                 f"exec deployment/{name} -- tlsroutectl status", f"test {release.name} --logs",
                 f"The image is tlsrouted:{VERSION}, without a registry",
                 "policies.enabled is false", "With Roles only", "There is one replica"):
        assert text in notes
    assert "There is no CRD" not in notes
    notes = release.install({"image": {"registry": "r.example"}})
    assert "in all namespaces." in notes
    for text in ("without a registry", "policies.enabled", "With Roles only", "replica"):
        assert text not in notes


# What a Pod would do: tlsrouted with the configuration, accounts, rights and policies of a release

@pytest.fixture
def as_in_a_pod(lab, cluster, new_daemon):
    """Makes daemons with a ConfigMap of the release, and the minter's token."""
    def make(config: dict, account: str, **options):
        daemon = new_daemon(**options)
        pod = daemon.folder / "pod"
        pod.mkdir()
        (pod / "ca.crt").write_bytes(lab.ca_file.read_bytes())
        (pod / "namespace").write_text(cluster.namespace)
        (pod / "token").touch(mode=0o600)
        (pod / "token").write_text(lab.token(cluster.namespace, account))
        here = {"control": {"socket": str(daemon.socket)}, "metrics": {"listen": ""},
                "cluster": {"server": lab.server, "caFile": "pod/ca.crt"},
                "credentials": {"source": "token-request", "minter": {"tokenFile": "pod/token"}},
                **({"sandbox": daemon.settings["sandbox"]} if "sandbox" in daemon.settings else {})}
        daemon.config.write_text(json.dumps(merged(config, here)))
        daemon.hand_over()
        return daemon

    return make


@pytest.mark.parametrize("values", [{}, {"namespaced": True}], ids=["cluster-wide", "namespaced"])
def test_release_works(lab, cluster, release, as_in_a_pod, values):
    """And so does the Pod of `helm test`, which shows its Pools and changes nothing."""
    release.install(merged(values, {} if "namespaced" in values else {
        "config": {"namespaces": [cluster.namespace]}}))
    manifest, name = release.get("manifest"), f"{release.name}-tlsrouted"
    daemon = as_in_a_pod(manifest.config, f"{name}-minter").start().wait_until_healthy()
    cluster.pool("p", inject=True)
    cluster.server("s", "c", ["p"])
    cluster.certificate("c", ["puppet"])
    eventually(lambda: cluster.names("c"), ["puppet", "p.example.com"])
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    assert eventually(lambda: cluster.get("Lease", name)["spec"]["holderIdentity"])
    assert cluster.refused() == []
    assert daemon.problems() == []

    writes = cluster.writes("tlsroutes", "certificates", "services")
    hooks = release.get("hooks")
    [pod] = hooks.all("Pod")
    [sidecar], [container] = pod["spec"]["initContainers"], pod["spec"]["containers"]
    assert sidecar["args"] == ["--dry-run", "--config", "/etc/tlsrouted/test.yaml"]
    test = as_in_a_pod(manifest.file("test.yaml"), pod["spec"]["serviceAccountName"],
                       arguments=("--dry-run",)).start()
    probe_command = sidecar["startupProbe"]["exec"]["command"]
    assert probe_command[:3] == container["command"][:3] == [
        "/usr/bin/tlsroutectl", "--socket", "/run/tlsrouted/control.sock"]
    eventually(lambda: test.ctl(*probe_command[3:]).returncode, 0)
    done = test.ctl(*container["command"][3:])
    assert done.returncode == 0 and [cluster.namespace, "p"] in [
        line.split()[:2] for line in done.stdout.splitlines()], done.stdout
    assert cluster.writes("tlsroutes", "certificates", "services") == writes
    assert cluster.get("Lease", name)["spec"]["holderIdentity"]


def test_policies_of_the_release(lab, cluster, release, new_cluster):
    """They stop its accounts, and nobody else's of the same name."""
    release.install()
    body = {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 1}]}}
    path = f"{cluster.path('Service')}?dryRun=All"
    name = f"{release.name}-tlsrouted-reconciler"
    token = lab.token(cluster.namespace, name)
    status, answer = eventually(lambda: lab.request("POST", path, body, token=token),
                                lambda answer: "ValidatingAdmissionPolicy" in str(answer[1]))
    assert f"'{name}'" in answer["message"] and "controlled by a Pool" in answer["message"]
    other = new_cluster()
    lab.service_account(other.namespace, name)
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1"}
    lab.apply([{**rbac, "kind": "RoleBinding", "metadata": {"name": "r", "namespace": other.namespace},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
                "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": other.namespace}]}])
    token = lab.token(other.namespace, name)
    status, answer = eventually(
        lambda: lab.request("POST", f"{other.path('Service')}?dryRun=All", body, token=token),
        lambda answer: answer[0] != 403)
    assert status == 201, answer


# CRDs

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
POOLS = f"{CRDS}/pools.openvox.voxpupuli.org"


@pytest.fixture
def crds(lab):
    """The lab's, as they were at the end."""
    yield lab
    for kind in ("pools", "servers", "certificates"):
        path = f"{CRDS}/{kind}.openvox.voxpupuli.org"
        if lab.request("GET", path)[0] == 200:
            lab.request("PATCH", path, {"metadata": {"annotations": None, "labels": None}},
                        "application/merge-patch+json")
    lab.install_openvox_crds()


def test_crds_of_others_are_not_replaced(crds, release):
    """Another operator's are known by what they say of themselves."""
    schema = crds.request("GET", POOLS)[1]["spec"]["versions"]
    schema[0]["schema"]["openAPIV3Schema"]["description"] = "Pool is the Schema for the pools API"
    crds.request("PATCH", POOLS, {"spec": {"versions": schema}}, "application/merge-patch+json")
    before = crds.request("GET", POOLS)[1]["spec"]
    for options in ([], ["--take-ownership"]):
        done = release.run("install", release.name, str(CHART), *options,
                           values=nested("crds.enabled", True))
        assert done.returncode != 0
        assert "the CRD pools.openvox.voxpupuli.org is in this cluster already" in done.stderr
        assert "would take its place and loosen it" in done.stderr
    assert crds.request("GET", POOLS)[1]["spec"] == before


def test_crds_stay(crds, cluster, release):
    """Those of this project that somebody has applied are taken over when that is asked for, upgraded,
    and kept with their Pools when the release goes."""
    on = nested("crds.enabled", True)
    refused = release.run("install", release.name, str(CHART), values=on)
    assert refused.returncode != 0 and "invalid ownership metadata" in refused.stderr
    release.install(on, "--take-ownership")
    release.install(on)
    made = cluster.pool("p")
    assert release.run("uninstall", release.name).returncode == 0
    crd = crds.request("GET", POOLS)[1]
    assert annotations(crd)["helm.sh/resource-policy"] == "keep" and "deletionTimestamp" not in crd
    assert cluster.get("Pool", "p")["metadata"]["uid"] == made["metadata"]["uid"]
    release.install(on)
