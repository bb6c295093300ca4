# SPDX-License-Identifier: Apache-2.0
"""`tlsroutectl setup`: what it makes in a cluster and on a host, that tlsrouted works with it, and
that it can be undone."""

import base64
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from cluster import expected_spec
from daemon import ACCOUNTS, KUSTOMIZE, ROLES, TLSROUTECTL, TLSROUTED, TOP, Daemon
from lab import Lab
from labs import short_folder
from proxy import Proxy
from waiting import eventually

RBAC = "/apis/rbac.authorization.k8s.io/v1"
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
FILES = {"minter.kubeconfig", "minter.token", "tlsrouted.yaml"}


@pytest.fixture(scope="module")
def bare_lab():
    """Without any rights of tlsrouted: `setup` is to make them."""
    with short_folder() as folder:
        made = Lab(folder / "lab")
        try:
            made.start()
            yield made
        finally:
            made.remove()


@pytest.fixture
def lab(bare_lab):
    """Most tests set up the namespace of the test only, and leave it as it is."""
    return bare_lab


@pytest.fixture
def whole(lab):
    """For tests that set up the whole cluster: nothing of that is there before and after."""
    yield
    lab.kubectl("delete", "-k", str(KUSTOMIZE / "cluster"), "--ignore-not-found", "--wait=true")


@pytest.fixture
def host():
    """The folder of the host's files."""
    with short_folder() as folder:
        yield folder / "host"


def ctl(*arguments: str, kubeconfig: Path | None = None) -> subprocess.CompletedProcess:
    environment = {**os.environ, "HOME": "/nonexistent"}
    environment.pop("KUBECONFIG", None)
    if kubeconfig is not None:
        environment["KUBECONFIG"] = str(kubeconfig)
    return subprocess.run([TLSROUTECTL, "setup", *arguments], text=True, capture_output=True,
                          env=environment, timeout=60)


@pytest.fixture
def setup(lab, host):
    """Runs it as the cluster's administrator."""
    def run(*arguments: str, status: int = 0, kubeconfig: Path | None = None):
        if "--in-cluster" not in arguments:
            arguments = (*arguments, "--folder", str(host))
        done = ctl(*arguments, kubeconfig=kubeconfig or lab.admin_kubeconfig)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return run


def said(done: subprocess.CompletedProcess) -> dict[str, list[str]]:
    """Objects and files by the word for what became of them."""
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        if line.startswith("  "):
            word, what = line.split(maxsplit=1)
            found.setdefault(word, []).append(what)
    return found


def title(manifest: dict) -> str:
    metadata = manifest["metadata"]
    place = f"{metadata['namespace']}/" if "namespace" in metadata else ""
    return f"{manifest['kind']} {place}{metadata['name']}"


def by_title(manifests) -> dict[str, dict]:
    return {title(manifest): manifest for manifest in manifests}


def rendered(lab, folder: Path | str) -> dict[str, dict]:
    return by_title(yaml.safe_load_all(lab.kubectl("kustomize", str(folder))))


def there(lab) -> dict[str, tuple[str, str]]:
    """What is in the cluster of the kinds and names that `setup` makes: uid and resourceVersion by
    place. Namespaces of earlier tests may be on their way out."""
    found = {}
    status, answer = lab.request("GET", "/api/v1/namespaces")
    assert status == 200, answer
    stay = {"", *(item["metadata"]["name"] for item in answer["items"]
                  if "deletionTimestamp" not in item["metadata"])}
    for collection in ("/api/v1/namespaces", "/api/v1/serviceaccounts", "/api/v1/secrets",
                       *(f"{RBAC}/{kind}" for kind in ("roles", "rolebindings", "clusterroles",
                                                       "clusterrolebindings")),
                       POLICIES, f"{POLICIES.removesuffix('ies')}ybindings"):
        status, answer = lab.request("GET", collection)
        assert status == 200, answer
        for item in answer["items"]:
            metadata = item["metadata"]
            if not metadata["name"].startswith("tlsrouted") or \
                    metadata.get("namespace", "") not in stay:
                continue
            found[f"{collection} {metadata.get('namespace', '')}/{metadata['name']}"] = (
                metadata["uid"], metadata["resourceVersion"])
    return found


def files_of(host: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in host.iterdir()} if host.exists() else {}


def token_request(lab, token: str, namespace: str, account: str) -> int:
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    return lab.request("POST", path, {}, token=token)[0]


@pytest.fixture
def run_daemon(lab, host):
    """Starts tlsrouted with what is on the host, and a socket of its own."""
    made = []

    def start() -> Daemon:
        daemon = Daemon(host.parent, lab, dict.fromkeys(ROLES, "none"), namespaces=[])
        daemon.config = host / "tlsrouted.yaml"
        with daemon.config.open("a") as config:
            config.write(f"control: {{socket: {daemon.socket}}}\n")
        made.append(daemon)
        daemon.user, daemon.as_user = None, {}
        return daemon.start().wait_until_healthy()

    yield start
    for daemon in made:
        if daemon.running():
            daemon.kill()
        print(daemon.log.read_text(errors="replace"))


# What it would make

def kustomization(folder: Path, **content) -> Path:
    folder.mkdir(exist_ok=True)
    paths = {key: [os.path.relpath(KUSTOMIZE / name, folder.resolve()) for name in value]
             for key, value in content.items() if isinstance(value, list)}
    (folder / "kustomization.yaml").write_text(json.dumps({**content, **paths}))
    return folder


@pytest.mark.parametrize("options, content", [
    ([], {"resources": ["cluster"]}),
    (["--reissue"], {"resources": ["cluster"], "components": ["reissue"]}),
    (["-n", "openvox"], {"resources": ["namespaced", "namespaced-policies"]}),
    (["-n", "openvox", "--reissue"],
     {"resources": ["namespaced", "namespaced-policies"], "components": ["reissue"]}),
], ids=["cluster", "cluster-reissue", "namespaced", "namespaced-reissue"])
def test_it_is_what_kustomize_makes(bare_lab, folder, options, content):
    """packaging/kustomize is the one source of all rights."""
    expected = rendered(bare_lab, kustomization(folder / "k", **content))
    as_yaml, as_json = ctl("-o", "yaml", *options), ctl("-o", "json", *options)
    assert (as_yaml.returncode, as_yaml.stderr) == (0, "")
    assert by_title(yaml.safe_load_all(as_yaml.stdout)) == expected
    assert by_title(json.loads(as_json.stdout)["items"]) == expected


def test_another_namespace(bare_lab, folder):
    made = by_title(yaml.safe_load_all(ctl("-o", "yaml", "-n", "puppet").stdout))
    expected = rendered(bare_lab, kustomization(folder / "k", namespace="puppet",
                                                resources=["namespaced"]))
    assert expected.items() <= made.items()


# From nothing to a tlsrouted that works, and back

def test_there_and_back(lab, whole, cluster, setup, host, run_daemon):
    before = there(lab)
    dry = setup("--dry-run")
    assert there(lab) == before and files_of(host) == {}
    made = said(setup())
    assert list(made) == ["created"]
    assert said(dry)["create"] == [what.partition(": valid")[0] for what in made["created"]]
    assert set(files_of(host)) == FILES
    for path in host.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert lab.kubectl("diff", "--server-side", "-k", str(KUSTOMIZE / "cluster"), check=False) == ""

    state, files = there(lab), files_of(host)
    assert list(said(setup())) == ["unchanged"]
    assert (there(lab), files_of(host)) == (state, files)

    daemon = run_daemon()
    cluster.pool("p")
    eventually(lambda: cluster.get("TLSRoute", "p")["spec"], expected_spec("p"))
    assert daemon.problems() == []
    assert said(setup())["left"] == [str(host / "tlsrouted.yaml")]  # it has been changed
    daemon.stop()

    state = there(lab)
    assert list(said(setup("--remove", "--dry-run"))) == ["remove", "leave"]
    assert (there(lab), set(files_of(host))) == (state, FILES)
    (host / "tlsrouted.yaml").write_text(files["tlsrouted.yaml"])
    assert list(said(setup("--remove"))) == ["removed"]
    eventually(lambda: set(there(lab)), set(before))
    assert files_of(host) == {}
    assert said(setup("--remove")) == {}


def test_several_namespaces(lab, new_cluster, setup, host, run_daemon):
    """Rights in these, and in no other."""
    one, two, three = new_cluster(), new_cluster(), new_cluster()
    options = ("-n", f"{one.namespace},{two.namespace}")
    assert list(said(setup(*options))) == ["created"]
    assert yaml.safe_load((host / "tlsrouted.yaml").read_text())["namespaces"] == [
        one.namespace, two.namespace]
    daemon = run_daemon()
    for cluster in (one, two):
        cluster.pool("p")
        eventually(lambda: cluster.get("TLSRoute", "p")["spec"], expected_spec("p"))
    reconciler = lab.token(one.namespace, "tlsrouted-reconciler")
    for cluster, may in ((one, True), (two, True), (three, False)):
        status, _ = lab.request("DELETE", cluster.path("TLSRoute", "none"), token=reconciler)
        assert status == (404 if may else 403)
    daemon.stop()
    state = there(lab)
    assert set(said(setup(*options, "--remove"))) == {"removed", "left"}
    gone = set(state) - set(there(lab))
    assert len(gone) == 15 + 6 + 16
    for cluster in (one, two):
        answer = lab.request("GET", f"/api/v1/namespaces/{cluster.namespace}")[1]
        assert answer["status"]["phase"] == "Active"


def test_for_gitops(lab, whole, setup, host, folder):
    """What is applied by others is right for `setup`, and is not removed by it."""
    (folder / "all.yaml").write_text(setup("-o", "yaml").stdout)
    lab.kubectl("apply", "--server-side", "-f", str(folder / "all.yaml"))
    state = there(lab)
    done = said(setup())
    assert {Path(what.partition(": ")[0]).name for what in done["created"]} == FILES
    assert len(done["unchanged"]) == 24
    assert there(lab) == state
    done = said(setup("--remove"))
    assert len(done["left"]) == 24 and len(done["removed"]) == 3
    assert there(lab) == state


def test_only_the_cluster(lab, whole, setup, host):
    setup("--in-cluster")
    assert not host.exists()
    lab.kubectl("create", "configmap", "of-others", "-n", ACCOUNTS)
    left = said(setup("--in-cluster", "--remove"))["left"]
    assert left == [f"Namespace {ACCOUNTS}: there are objects of others in it"]
    assert lab.request("GET", f"/api/v1/namespaces/{ACCOUNTS}/configmaps/of-others")[0] == 200


def test_a_further_cluster(lab, cluster, setup, host):
    """The files of tlsrouted@other.service, beside those of tlsrouted.service."""
    setup("-n", cluster.namespace)
    first = files_of(host)
    done = setup("-n", cluster.namespace, "--instance", "other")
    assert "--instance other" in done.stdout.splitlines()[-1]
    assert set(files_of(host)) == FILES | {"other.minter.kubeconfig", "other.minter.token",
                                           "other.yaml"}
    assert yaml.safe_load((host / "other.yaml").read_text())["control"]["socket"].endswith(
        "/tlsrouted-other/control.sock")
    checked = subprocess.run([TLSROUTED, "--check-config", "--config", host / "other.yaml"],
                             capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    setup("-n", cluster.namespace, "--instance", "other", "--remove")
    assert files_of(host) == first


def documented() -> list[str]:
    """The commands with `setup` in the blocks of the documents."""
    return sorted({line.partition(" >")[0] for name in ("install-host.md", "tlsroutectl.md")
                   for line in (TOP / "docs" / name).read_text(encoding="utf-8").splitlines()
                   if line.startswith("tlsroutectl setup")})


@pytest.fixture(scope="module")
def puppet(bare_lab):
    """The namespaces that the documents name."""
    for namespace in ("puppet", "puppet-test"):
        bare_lab.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})


@pytest.mark.parametrize("command", documented())
def test_the_documents(lab, puppet, command):
    """As they stand there, but that nothing is to change."""
    words = [str(lab.admin_kubeconfig) if word.endswith(".kubeconfig") else word
             for word in command.split()[2:]]
    if "--output" not in words:
        words.append("--dry-run")
    done = ctl(*words)
    assert (done.returncode, done.stderr) == (0, "")


# What the credential may do

def rules_of(lab, token: str, namespace: str) -> list[dict]:
    review = {"kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1",
              "spec": {"namespace": namespace}}
    answer = lab.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", review,
                         token=token)[1]
    return answer["status"]["resourceRules"]


def test_the_minter_may_request_tokens_only(lab, cluster, setup, host):
    setup("-n", cluster.namespace)
    token = (host / "minter.token").read_text().strip()
    for role in ROLES:
        assert token_request(lab, token, cluster.namespace, f"tlsrouted-{role}") == 201
    for account in ("default", "tlsrouted-minter"):
        assert token_request(lab, token, cluster.namespace, account) == 403
    default = lab.token(cluster.namespace, "default")
    more = [rule for rule in rules_of(lab, token, cluster.namespace)
            if rule not in rules_of(lab, default, cluster.namespace)]
    assert [(rule["verbs"], rule["resources"], set(rule["resourceNames"])) for rule in more] == [
        (["create"], ["serviceaccounts/token"], {f"tlsrouted-{role}" for role in ROLES})]
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["kubernetes.io"]["secret"]["name"] == "tlsrouted-tokens"
    assert claims["exp"] - claims["iat"] == 365 * 24 * 3600


def test_a_token_is_replaced_in_time(lab, cluster, setup, host, run_daemon):
    """When more than half of its time is over; and a running tlsrouted takes the new one."""
    setup("-n", cluster.namespace)
    daemon = run_daemon()
    token = host / "minter.token"
    claims = base64.urlsafe_b64encode(b'{"iat":1600000000,"exp":1800000000}').decode().rstrip("=")
    token.write_text(f"e30.{claims}.x")
    assert said(setup("-n", cluster.namespace))["changed"][0].startswith(f"{token}: valid until ")
    assert token_request(lab, token.read_text(), cluster.namespace, "tlsrouted-watcher") == 201
    eventually(lambda: daemon.said("a credential changed", worker="minter"))
    daemon.wait_until_healthy()
    daemon.stop()


def test_other_accounts(lab, new_cluster, setup, host):
    """No token of the ones before is kept for them."""
    for cluster in (new_cluster(), new_cluster()):
        done = said(setup("-n", cluster.namespace))
        token = (host / "minter.token").read_text()
        assert token_request(lab, token, cluster.namespace, "tlsrouted-watcher") == 201
    assert done["left"] == [f"{host}/tlsrouted.yaml: add credentials: {{source: token-request, "
                            f"namespace: {cluster.namespace}, minter: {{kubeconfig: "
                            "minter.kubeconfig}}"]


@pytest.mark.all
def test_revoked(lab, cluster, setup, host):
    """Without the Secret, no token works: there is a new one."""
    setup("-n", cluster.namespace)
    token = host / "minter.token"
    first = token.read_text()
    lab.request("DELETE", f"/api/v1/namespaces/{cluster.namespace}/secrets/tlsrouted-tokens")
    eventually(lambda: token_request(lab, first, cluster.namespace, "tlsrouted-watcher"), 401)
    done = said(setup("-n", cluster.namespace))
    assert done["created"] == [f"Secret {cluster.namespace}/tlsrouted-tokens"]
    assert [what.partition(": ")[0] for what in done["changed"]] == [str(token)]
    assert token_request(lab, token.read_text(), cluster.namespace, "tlsrouted-watcher") == 201


# What is in the way

def test_nobody_elses_files_are_replaced(lab, cluster, setup, host):
    options = ("-n", cluster.namespace)
    config = host / "tlsrouted.yaml"
    host.mkdir()
    (host / "minter.kubeconfig").write_text("mine: yes\n")
    before = there(lab)
    done = setup(*options, status=1)
    assert "was not written by tlsroutectl setup" in done.stderr and "--force" in done.stderr
    assert there(lab) == before
    (host / "minter.kubeconfig").unlink()
    config.write_text("log: {level: debug}\n")
    left = said(setup(*options))["left"]
    assert left == [f"{config}: add credentials: {{source: token-request, namespace: "
                    f"{cluster.namespace}, minter: {{kubeconfig: minter.kubeconfig}}}}"]
    config.write_text(f"log: {{level: debug}}\n{left[0].partition('add ')[2]}\n")
    assert subprocess.run([TLSROUTED, "--check-config", "--config", config],
                          capture_output=True, check=False).returncode == 0
    assert said(setup(*options))["left"] == [str(config)]
    assert said(setup(*options, "--force"))["changed"] == [str(config)]


def test_what_others_have_changed(lab, cluster, setup):
    options = ("--in-cluster", "-n", cluster.namespace)
    setup(*options)
    role = f"{RBAC}/namespaces/{cluster.namespace}/roles/tlsrouted-watcher"
    lab.request("PATCH", role, {"rules": []}, "application/merge-patch+json")
    done = setup(*options, status=1)
    assert f"somebody else has set fields of Role {cluster.namespace}/tlsrouted-watcher" in done.stderr
    assert said(setup(*options, "--force"))["changed"] == [f"Role {cluster.namespace}/tlsrouted-watcher"]
    assert lab.request("GET", role)[1]["rules"]


def kubeconfig_of(lab, namespace: str, name: str, folder: Path) -> Path:
    lab.service_account(namespace, name)
    return lab.kubeconfig(folder / f"{name}.kubeconfig", token=lab.token(namespace, name))


def test_as_nobody(lab, cluster, setup, host, folder):
    """One line, and nothing has happened."""
    nobody = kubeconfig_of(lab, cluster.namespace, "nobody", folder)
    before = there(lab)
    done = setup(status=1, kubeconfig=nobody)
    assert len(done.stderr.splitlines()) == 1
    assert "nothing was changed: this user may not write Namespace tlsrouted" in done.stderr
    assert "--namespace" in done.stderr and "--output yaml" in done.stderr
    assert (there(lab), files_of(host)) == (before, {})


def test_as_administrator_of_a_namespace(lab, cluster, setup, host, folder):
    """All but the policies."""
    kubeconfig = kubeconfig_of(lab, cluster.namespace, "admin", folder)
    lab.kubectl("create", "rolebinding", "admin", "-n", cluster.namespace,
                "--clusterrole=cluster-admin", f"--serviceaccount={cluster.namespace}:admin")
    options = ("-n", cluster.namespace)
    done = said(setup(*options, kubeconfig=kubeconfig))
    assert len(done["created"]) == 15 + 3
    assert len(done["skipped"]) == 8
    assert all("only a cluster administrator may create it" in what for what in done["skipped"])
    assert len(said(setup(*options, "--remove", kubeconfig=kubeconfig))["removed"]) == 15 + 3


def test_without_policies(lab, cluster, setup, folder):
    """As before Kubernetes 1.30."""
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound",
              "message": "the server could not find the requested resource", "code": 404}
    admin = kubeconfig_of(lab, cluster.namespace, "admin", folder)
    lab.kubectl("create", "clusterrolebinding", cluster.namespace, "--clusterrole=cluster-admin",
                f"--serviceaccount={cluster.namespace}:admin")
    with Proxy(lab) as proxy:
        for method in ("GET", "PATCH"):
            proxy.answer(method, "validatingadmission", 404, json.dumps(status).encode(), 100,
                         Content_Type="application/json")
        admin.write_text(admin.read_text().replace(lab.server, proxy.url))
        done = said(setup("--in-cluster", "-n", cluster.namespace, kubeconfig=admin))
    assert len(done["created"]) == 15
    assert len(done["skipped"]) == 8
    assert all("Kubernetes 1.30 or later" in what for what in done["skipped"])


@pytest.mark.all
def test_at_once_after_the_removal(lab, whole, setup, host):
    """The namespace takes its time to go, here for as long as a finalizer stays."""
    setup()
    path = f"/api/v1/namespaces/{ACCOUNTS}/configmaps"
    lab.request("POST", path, {"metadata": {"name": "stays", "finalizers": ["example.com/stay"]}})
    lab.request("DELETE", f"/api/v1/namespaces/{ACCOUNTS}")
    eventually(lambda: lab.request("GET", f"/api/v1/namespaces/{ACCOUNTS}/secrets")[1]["items"], [])
    done = setup(status=1)
    assert "is being deleted; run this again once it has gone" in done.stderr
    lab.request("PATCH", f"{path}/stays", {"metadata": {"finalizers": None}},
                "application/merge-patch+json")
    eventually(lambda: lab.request("GET", f"/api/v1/namespaces/{ACCOUNTS}")[0], 404)
    assert "created" in said(setup())


def test_what_cannot_be_done(lab, cluster, setup, host, folder):
    done = setup("-n", f"{cluster.namespace},none", status=1)
    assert done.stderr == ("tlsroutectl: there is no namespace none; create it: kubectl create "
                           "namespace none\n")
    for change in ({"server": "https://127.0.0.1:1"}, {"token": "e30.e30.x"}):
        kubeconfig = lab.kubeconfig(folder / "kubeconfig", **{"token": "x", **change})
        done = setup(status=3, kubeconfig=kubeconfig)
        assert "--kubeconfig" in done.stderr and change.get("server", "unauthorized") in done.stderr
    done = ctl(kubeconfig=folder / "none")
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1)
    assert "--kubeconfig or KUBECONFIG" in done.stderr
    (folder / "file").write_text("")
    done = ctl("--folder", str(folder / "file" / "x"), "-n", cluster.namespace,
               kubeconfig=lab.admin_kubeconfig)
    assert done.returncode == 1 and "Not a directory" in done.stderr
    assert files_of(host) == {}
