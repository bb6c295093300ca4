# SPDX-License-Identifier: Apache-2.0
"""`tlsroutectl verify`: the certificate that an agent is served, and what to do about it."""

import contextlib
import json
import os
import re
import socket
import ssl
import subprocess
import time

import pytest

from cluster import listener
from daemon import TLSROUTECTL
from tlspeer import TLS12, TLS13, Authority, Peer, answering, listening
from tunnel import Tunnel
from waiting import eventually

CARRIED, NOT_SO, USAGE, NO_ANSWER = 0, 1, 2, 3
NAME = "p.example.com"  # of the Pool p


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("pki") / "ca")


@pytest.fixture(scope="module")
def good(authority):
    return authority.issue("puppet-1", "puppet", NAME)


@pytest.fixture(scope="module")
def bad(authority):
    return authority.issue("puppet-2", "puppet", "other.example.com")


@pytest.fixture
def gateway(cluster):
    """Gives the test's Gateway addresses and the port of its listener."""
    def change(port: int, *addresses: str, **more) -> None:
        cluster.merge("Gateway", "gateway", {"spec": {"listeners": [listener(port=port, **more)]}})
        path = f"{cluster.path('Gateway', 'gateway')}/status"
        values = [{"type": "IPAddress", "value": address} if address[0].isdigit() or ":" in address
                  else {"type": "Hostname", "value": address} for address in addresses]
        cluster.request("PATCH", path, {"status": {"addresses": values}},
                        "application/merge-patch+json")

    return change


def run(*arguments, environment=None) -> subprocess.CompletedProcess:
    return subprocess.run([TLSROUTECTL, "verify", *map(str, arguments)], text=True, timeout=60,
                          capture_output=True, env={**os.environ, **(environment or {})})


@pytest.fixture
def verify(lab):
    """As administrator."""
    return lambda *arguments: run("--kubeconfig", lab.admin_kubeconfig, *arguments)


@pytest.fixture
def verify_json(verify):
    """The one check, with the exit status."""
    def check(*arguments) -> tuple[int, dict]:
        done = verify(*arguments, "-o", "json")
        answer = json.loads(done.stdout)
        assert answer["exitStatus"] == done.returncode and done.stderr == ""
        assert len(answer["checks"]) == 1
        return done.returncode, answer["checks"][0]

    return check


def ask(port: int, name: str = NAME, *arguments, host: str = "127.0.0.1") -> tuple[int, dict]:
    """Without an API server."""
    done = run("--connect", f"{host}:{port}", "--hostname", name, "-o", "json", *arguments,
               environment={"KUBECONFIG": "/nonexistent"})
    return done.returncode, json.loads(done.stdout)["checks"][0]


def commands(check: dict) -> list[str]:
    return [step["command"] for step in check["steps"] if "command" in step]


# The handshake

@pytest.mark.parametrize("version", [TLS12, TLS13], ids=["1.2", "1.3"])
def test_carried(authority, good, version):
    peer = Peer(good, version)
    with answering(peer) as port:
        status, check = ask(port)
    assert (status, check["verdict"]) == (CARRIED, "carried")
    assert check["address"] == f"127.0.0.1:{port}"
    assert check["tlsVersion"] == f"TLSv1.{2 if version == TLS12 else 3}"
    certificate = check["certificate"]
    assert certificate["subject"] == "CN=puppet-1" and certificate["certname"] == "puppet-1"
    assert certificate["issuer"] == "CN=Puppet CA"
    assert certificate["dnsNames"] == ["puppet", NAME]
    ends = time.strptime(certificate["notAfter"], "%Y-%m-%dT%H:%M:%SZ")
    assert 29 < (time.mktime(ends) - time.time()) / 86400 < 31
    assert check["asksForClientCertificate"] is False and check["steps"] == []
    assert peer.names == [NAME]


@pytest.mark.parametrize("version", [TLS12, TLS13], ids=["1.2", "1.3"])
@pytest.mark.parametrize("carried", [True, False])
def test_client_certificate_demanded(authority, good, bad, version, carried):
    """The certificate is judged although the handshake cannot come to its end."""
    peer = Peer(good if carried else bad, version, client_ca=authority.file)
    with answering(peer) as port:
        status, check = ask(port)
    assert check["asksForClientCertificate"] is True
    assert (status, check["verdict"]) == ((CARRIED, "carried") if carried else (NOT_SO, "missing"))
    assert check["certificate"]["certname"] == ("puppet-1" if carried else "puppet-2")
    if version == TLS12:
        assert check["alert"] == "handshake failure"


def test_missing(bad):
    with answering(Peer(bad)) as port:
        status, check = ask(port)
    assert (status, check["verdict"]) == (NOT_SO, "missing")
    assert commands(check) == ["puppetserver ca clean --certname puppet-2"]
    assert NAME in check["steps"][0]["text"]


def test_cn_counts_nothing(authority):
    with answering(Peer(authority.issue(NAME))) as port:
        status, check = ask(port)
    assert (status, check["verdict"], check["certificate"]["dnsNames"]) == (NOT_SO, "missing", [])


@pytest.mark.parametrize("name, status", [
    ("a.b.example.com", CARRIED), ("*.b.example.com", CARRIED), ("b.example.com", NOT_SO),
    ("c.a.b.example.com", NOT_SO)])
def test_wildcard(authority, name, status):
    peer = Peer(authority.issue("wild", "*.b.example.com"))
    with answering(peer) as port:
        assert ask(port, name)[0] == status
    assert peer.names == [name.replace("*", "verify")]


def test_expired(authority):
    with answering(Peer(authority.issue_expired("old", NAME))) as port:
        status, check = ask(port)
    assert (status, check["verdict"]) == (NOT_SO, "not-valid")


def test_chain(authority, good, tmp_path):
    other = Authority(tmp_path / "other", "Other CA")
    with answering(Peer(good)) as port:
        assert "chain" not in ask(port)[1]
        status, check = ask(port, NAME, "--ca", authority.file)
        assert (status, check["verdict"], check["chain"]) == (CARRIED, "carried", "ok")
        status, check = ask(port, NAME, "--ca", other.file)
        assert (status, check["verdict"]) == (NOT_SO, "untrusted")
        assert check["chain"] == "unable to get local issuer certificate"
        done = run("--connect", f"127.0.0.1:{port}", "--hostname", NAME, "--ca", "/dev/null")
        assert done.returncode == NO_ANSWER and "/dev/null" in done.stderr


@pytest.mark.parametrize("alert, text", [
    (ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME, "unrecognized name"),
    (ssl.ALERT_DESCRIPTION_INTERNAL_ERROR, "internal error")])
def test_alert(good, alert, text):
    with answering(Peer(good, refuse=alert)) as port:
        status, check = ask(port)
    assert (status, check["verdict"]) == (NO_ANSWER, "unchecked")
    assert check["problem"] == f'127.0.0.1:{port}: the server aborted the TLS handshake: {text}'


def test_plain_text():
    with answering(lambda connection: connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")) as port:
        status, check = ask(port)
    assert (status, check["problem"]) == (
        NO_ANSWER, f"127.0.0.1:{port}: the server does not speak TLS")


def test_closed_at_once():
    def hang_up(connection):
        connection.recv(4096)

    with answering(hang_up) as port:
        status, check = ask(port)
    assert status == NO_ANSWER
    assert check["problem"].endswith("during the TLS handshake")


def test_silent():
    with listening() as silent:
        started = time.monotonic()
        status, check = ask(silent.getsockname()[1], NAME, "--timeout", "1")
        took = time.monotonic() - started
    assert status == NO_ANSWER
    assert check["problem"].endswith("the TLS handshake timed out")
    assert 0.9 < took < 3


def test_closed_port():
    with listening() as unused:
        port = unused.getsockname()[1]
    status, check = ask(port)
    assert (status, check["problem"]) == (NO_ANSWER, f"127.0.0.1:{port}: Connection refused")


def test_no_such_host():
    status, check = ask(8140, NAME, host="no-such-host.invalid")
    assert status == NO_ANSWER and check["problem"].startswith("no-such-host.invalid: ")


def test_ipv6(good):
    with answering(Peer(good), "::1") as port:
        status, check = ask(port, NAME, host="[::1]")
    assert (status, check["address"]) == (CARRIED, f"[::1]:{port}")


@pytest.mark.parametrize("arguments", [
    ["--hostname", NAME], ["--timeout", "x"], ["-o", "yaml"], ["pool"], ["a/b", "c"],
    ["--connect", "h:1", "--hostname", "1.2.3.4"], ["--nonsense"]])
def test_wrong_usage(arguments):
    done = run(*arguments)
    assert done.returncode == USAGE and "usage: tlsroutectl" in done.stderr and done.stdout == ""


# Who answered

DEFAULTS = [("Kubernetes Ingress Controller Fake Certificate", ["ingress.local"], "gateway"),
            ("TRAEFIK DEFAULT CERT", ["abc.traefik.default"], "gateway"),
            ("localhost", [], "other")]


def cleans(check: dict) -> list[str]:
    return [command for command in commands(check) if "puppetserver" in command]


@pytest.mark.parametrize("name, names, who", DEFAULTS, ids=[each[0] for each in DEFAULTS])
def test_no_route(cluster, gateway, verify, verify_json, authority, name, names, who):
    """The Gateway's own certificate: nothing on the CA helps."""
    cluster.pool("p", section="tls", inject=True)
    cluster.server("s", "c", ["p"])
    cluster.certificate("c", [NAME])
    with answering(Peer(authority.issue_by_itself(name, *names))) as port:
        gateway(port, "127.0.0.1")
        status, check = verify_json(f"{cluster.namespace}/p")
        text = verify(f"{cluster.namespace}/p").stdout
        alone, without_pool = ask(port)
    assert cleans(check) == []
    assert (status, check["verdict"], check["answeredBy"]) == (NOT_SO, "not-a-puppet-server", who)
    assert commands(check) == [
        f"tlsroutectl explain {cluster.namespace}/p",
        f"kubectl -n {cluster.namespace} get -o yaml tlsroutes.gateway.networking.k8s.io -- p"]
    assert "No TLSRoute is in effect" in check["steps"][0]["text"]
    assert "NO PUPPET SERVER answered" in text
    assert max(map(len, text.splitlines())) <= 80, text
    assert (alone, without_pool["verdict"]) == (NOT_SO, "not-a-puppet-server")
    assert commands(without_pool) == ["kubectl get -A tlsroutes.gateway.networking.k8s.io"]


def test_something_else(tmp_path):
    """A web server, with a certificate of a public CA."""
    public = Authority(tmp_path / "public", "R11")
    with answering(Peer(public.issue("www.example.com", "www.example.com"))) as port:
        status, check = ask(port)
        assert cleans(check) == []
        assert (status, check["answeredBy"]) == (NOT_SO, "other")
        # The CA that the user names is that of the Puppet servers, whatever it is called.
        status, check = ask(port, NAME, "--ca", public.file)
    assert (status, check["verdict"], check["answeredBy"]) == (NOT_SO, "missing", "puppet-server")
    assert cleans(check) == ["puppetserver ca clean --certname www.example.com"]


def test_gateway_that_ends_tls(authority, tmp_path):
    """The certificate has the name, and is none that agents accept."""
    public = Authority(tmp_path / "public", "R11")
    for certificate in (authority.issue_by_itself(NAME, NAME), public.issue("www", NAME)):
        with answering(Peer(certificate)) as port:
            status, check = ask(port)
        assert (status, check["verdict"]) == (NOT_SO, "not-a-puppet-server")
        assert cleans(check) == []


def test_puppet_server_of_another_ca(tmp_path):
    """It is known by its request for a client certificate."""
    other = Authority(tmp_path / "other", "Corporate CA")
    with answering(Peer(other.issue("puppet-3"), client_ca=other.file)) as port:
        status, check = ask(port)
    assert (status, check["verdict"], check["answeredBy"]) == (NOT_SO, "missing", "puppet-server")
    assert cleans(check) == ["puppetserver ca clean --certname puppet-3"]


def test_server_of_the_pool(cluster, gateway, verify_json, authority):
    """It is known by its certname, whoever signed the certificate."""
    cluster.pool("p", section="tls", inject=True)
    cluster.server("s", "c", ["p"])
    cluster.certificate("c", [NAME])
    cluster.merge("Certificate", "c", {"spec": {"certname": "mine"}})
    with answering(Peer(authority.issue_by_itself("mine"))) as port:
        gateway(port, "127.0.0.1")
        status, check = verify_json(f"{cluster.namespace}/p")
    assert (status, check["verdict"], check["answeredBy"]) == (NOT_SO, "missing", "puppet-server")


class Reloading:
    """A data plane that cuts the first connections."""

    def __init__(self, peer, count: int, reset: bool):
        self.left = count
        self._peer = peer
        self._reset = reset

    def __call__(self, connection: socket.socket) -> None:
        if self.left == 0:
            self._peer(connection)
            return
        self.left -= 1
        connection.recv(1 if self._reset else 4096)  # with data unread, closing is a reset


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
def test_reloading(good, reset):
    peer = Reloading(Peer(good), 3, reset)
    with answering(peer) as port:
        status, check = ask(port)
    assert (status, check["verdict"], peer.left) == (CARRIED, "carried", 0)
    assert check["tries"] == 4


def test_cut_for_ever(cluster, gateway, verify_json):
    """As some Gateways do with a name that no route has. It ends, and within the time limit."""
    cluster.pool("p")
    with answering(lambda connection: connection.recv(4096)) as port:
        gateway(port, "127.0.0.1")
        started = time.monotonic()
        status, check = verify_json(f"{cluster.namespace}/p", "--timeout", "1")
        assert time.monotonic() - started < 4
    assert (status, check["verdict"]) == (NO_ANSWER, "unchecked")
    assert check["problem"].endswith("during the TLS handshake")
    assert commands(check)[:1] == [f"tlsroutectl explain {cluster.namespace}/p"]
    assert check["tries"] > 1


def test_what_is_not_cut_is_not_tried_again(good):
    with answering(Peer(good, refuse=ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)) as port:
        assert ask(port)[1]["tries"] == 1


# Pools

def test_pool(cluster, gateway, verify, good):
    cluster.pool("p", section="tls", inject=True)
    cluster.server("s", "c", ["p"])
    cluster.certificate("c", ["puppet", NAME])
    cluster.merge("Certificate", "c", {"spec": {"certname": "puppet-1"}})
    peer = Peer(good)
    with answering(peer) as port:
        gateway(port, "127.0.0.1")
        done = verify(f"{cluster.namespace}/p")
    assert done.returncode == CARRIED and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == f"{cluster.namespace}/p {NAME}: OK, the certificate has the hostname"
    assert f"  served at    127.0.0.1:{port}, TLSv1.3" in lines
    assert "  issued by    CN=Puppet CA" in lines
    assert "  Certificates c: served, with the hostname" in lines
    assert peer.names == [NAME]


STEPS = [
    "puppetserver ca clean --certname puppet-2",
    "kubectl -n {ns} delete secret -- c-tls",
    "kubectl -n {ns} patch --subresource=status --type=merge "
    "-p '{{\"status\":{{\"phase\":\"Pending\"}}}}' certificates.openvox.voxpupuli.org -- c",
]


@pytest.mark.parametrize("names, status, stage, wanted", [
    (["puppet", NAME], {"phase": "Signed"}, "reissue", STEPS),
    (["puppet"], {"phase": "Signed"}, "not-injected", ["tlsroutectl status"]),
    (None, {"phase": "Signed"}, "not-injected", ["tlsroutectl status"]),
    (["puppet"], {"phase": "Signed", "effectiveDNSAltNames": [NAME]}, "reissue", STEPS),
    ([NAME.upper()], {"phase": "Signed"}, "reissue", STEPS),
    ([NAME], {"phase": "Pending"}, "not-issued", []),
    ([NAME], {"phase": "WaitingForSigning"}, "not-issued",
     ["puppetserver ca sign --certname puppet-2"]),
    ([NAME], {}, "not-issued", []),
], ids=["reissue", "not-injected", "no-list", "derived", "case", "pending", "waits", "no-phase"])
def test_steps(cluster, gateway, verify, verify_json, bad, names, status, stage, wanted):
    cluster.pool("p", section="tls", inject=True)
    cluster.server("s", "c", ["p"])
    cluster.certificate("c", names)
    cluster.merge("Certificate", "c", {"spec": {"certname": "puppet-2"}})
    cluster.request("PATCH", f"{cluster.path('Certificate', 'c')}/status", {"status": status},
                    "application/merge-patch+json")
    with answering(Peer(bad)) as port:
        gateway(port, "127.0.0.1")
        code, check = verify_json(f"{cluster.namespace}/p")
        text = verify("-n", cluster.namespace, "p").stdout
    assert (code, check["verdict"]) == (NOT_SO, "missing")
    assert [(each["name"], each["server"], each["stage"]) for each in check["certificates"]] == [
        ("c", "s", stage)]
    assert commands(check) == [command.format(ns=cluster.namespace) for command in wanted]
    assert len(check["steps"]) >= 1
    assert max(map(len, text.splitlines())) <= 80, text


def test_steps_do_it(cluster, gateway, verify_json, lab, bad):
    """kubectl takes the commands as they are printed."""
    cluster.pool("p", section="tls", inject=True)
    cluster.server("s", "c", ["p"])
    cluster.certificate("c", [NAME])
    cluster.merge("Certificate", "c", {"spec": {"certname": "puppet-2"}})
    cluster.request("PATCH", f"{cluster.path('Certificate', 'c')}/status",
                    {"status": {"phase": "Signed"}}, "application/merge-patch+json")
    secrets = f"/api/v1/namespaces/{cluster.namespace}/secrets"
    cluster.request("POST", secrets, {"metadata": {"name": "c-tls"}})
    with answering(Peer(bad)) as port:
        gateway(port, "127.0.0.1")
        _, check = verify_json(f"{cluster.namespace}/p")
    for command in commands(check)[1:]:
        tool = lab._kubectl_command()
        subprocess.run(["sh", "-ec", command.replace("kubectl", '"$@"', 1), "sh", *tool], check=True,
                       capture_output=True)
    assert lab.request("GET", f"{secrets}/c-tls")[0] == 404
    assert cluster.get("Certificate", "c")["status"]["phase"] == "Pending"


@pytest.mark.parametrize("change, command", [
    ({"spec": {"route": {"injectDNSAltName": False}}},
     "patch --type=merge -p '{\"spec\":{\"route\":{\"injectDNSAltName\":true}}}'"
     " pools.openvox.voxpupuli.org -- p"),
    ({"metadata": {"annotations": {"openvox.voxpupuli.org/paused": "true"}}},
     "annotate pools.openvox.voxpupuli.org -- p openvox.voxpupuli.org/paused-"),
], ids=["off", "paused"])
def test_injection_is_off(cluster, gateway, verify_json, bad, change, command):
    cluster.pool("p", section="tls", inject=True)
    cluster.merge("Pool", "p", change)
    cluster.server("s", "c", ["p"])
    cluster.certificate("c")
    cluster.merge("Certificate", "c", {"spec": {"certname": "puppet-2"}})
    with answering(Peer(bad)) as port:
        gateway(port, "127.0.0.1")
        code, check = verify_json(f"{cluster.namespace}/p")
    assert code == NOT_SO
    assert commands(check) == [f"kubectl -n {cluster.namespace} {command}"]


def test_certificate_of_nobody(cluster, gateway, verify_json, bad):
    cluster.pool("p", section="tls", inject=True)
    cluster.server("s", "c", ["p"])
    cluster.server("elsewhere", "d", ["q"])
    cluster.certificate("c", [NAME])
    cluster.certificate("d", [])
    with answering(Peer(bad)) as port:
        gateway(port, "127.0.0.1")
        _, check = verify_json(f"{cluster.namespace}/p")
    assert [each["name"] for each in check["certificates"]] == ["c"]
    assert any("belongs to none of them" in step["text"] for step in check["steps"])
    assert "puppetserver ca clean --certname puppet-2" in commands(check)


def test_certificate_missing(cluster, gateway, verify_json, bad):
    cluster.pool("p", section="tls", inject=True)
    cluster.server("s", "c", ["p"])
    with answering(Peer(bad)) as port:
        gateway(port, "127.0.0.1")
        _, check = verify_json(f"{cluster.namespace}/p")
    assert [(each["name"], each["exists"]) for each in check["certificates"]] == [("c", False)]
    assert "does not exist" in check["steps"][0]["text"]


def test_addresses_in_turn(cluster, gateway, verify_json, good):
    """One that refuses, one that is silent, one by its name in DNS, over IPv6."""
    with answering(Peer(good), "::1") as port, contextlib.ExitStack() as stack:
        silent = stack.enter_context(socket.socket())
        silent.bind(("127.0.0.2", port))
        silent.listen()
        cluster.pool("p")
        gateway(port, "127.0.0.3", "127.0.0.2", "::1")
        started = time.monotonic()
        status, check = verify_json(f"{cluster.namespace}/p", "--timeout", "4")
        assert (status, check["address"]) == (CARRIED, f"[::1]:{port}")
        assert time.monotonic() - started < 6
        gateway(port, "127.0.0.3", "127.0.0.2")
        status, check = verify_json(f"{cluster.namespace}/p", "--timeout", "2")
    assert status == NO_ANSWER
    assert check["problem"] == (f"127.0.0.3:{port}: Connection refused; 127.0.0.2:{port}: the "
                                "TLS handshake timed out")


def test_hostname_address(cluster, gateway, verify_json, good):
    cluster.pool("p")
    with answering(Peer(good)) as port:
        gateway(port, "localhost")
        status, check = verify_json(f"{cluster.namespace}/p")
    assert (status, check["address"]) == (CARRIED, f"127.0.0.1:{port}")


def test_wildcard_pool(cluster, gateway, verify_json, authority):
    cluster.pool("p", "*.b.example.com")
    peer = Peer(authority.issue("wild", "*.b.example.com"))
    with answering(peer) as port:
        gateway(port, "127.0.0.1", hostname="*.b.example.com")
        status, check = verify_json(f"{cluster.namespace}/p")
    assert (status, check["serverName"]) == (CARRIED, "verify.b.example.com")


def test_connect_in_place_of_the_gateway(cluster, verify_json, good):
    cluster.pool("p", gateway="none")
    with answering(Peer(good)) as port:
        assert verify_json(f"{cluster.namespace}/p", "--connect", f"localhost:{port}")[0] == CARRIED


@pytest.mark.parametrize("options, problem", [
    ({"gateway": "none"}, "Gateway {ns}/none does not exist"),
    ({"section": "none"}, 'Gateway gateway has no listener named "none"'),
    ({}, "Gateway gateway has no address in its status yet; give one with --connect HOST:PORT"),
    ({"enabled": False}, "the Pool's route is not enabled"),
    ({"hostname": "UPPER.example"},
     "the Pool's hostname has upper-case letters; write it in lower case"),
], ids=["gateway", "listener", "address", "disabled", "hostname"])
def test_nowhere_to_look(cluster, verify_json, options, problem):
    cluster.pool("p", **options)
    status, check = verify_json(f"{cluster.namespace}/p")
    assert (status, check["verdict"]) == (NO_ANSWER, "unchecked")
    assert check["problem"] == problem.format(ns=cluster.namespace)


def test_all_pools(cluster, gateway, verify, good):
    cluster.pool("p")
    cluster.pool("q")
    cluster.pool("off", enabled=False)
    with answering(Peer(good)) as port:
        gateway(port, "127.0.0.1")
        done = verify("--namespace", cluster.namespace, "-o", "json")
        assert done.returncode == NOT_SO, done.stderr
        checks = json.loads(done.stdout)["checks"]
        assert {each["pool"]: each["verdict"] for each in checks} == {
            "p": "carried", "q": "missing"}
        everywhere = json.loads(verify("-o", "json").stdout)["checks"]
    assert [each for each in everywhere if each["namespace"] == cluster.namespace] == checks
    cluster.delete("Pool", "q")
    eventually(lambda: cluster.get("Pool", "q"), None)


def test_no_pool(cluster, verify):
    done = verify(f"{cluster.namespace}/none")
    assert done.returncode == NO_ANSWER
    assert done.stderr == f"tlsroutectl: Pool {cluster.namespace}/none does not exist\n"
    done = verify("-n", cluster.namespace)
    assert done.returncode == NO_ANSWER and "no Pool has a route" in done.stderr


def test_may_not_read_certificates(cluster, gateway, lab, folder, bad):
    """The certificate is judged all the same."""
    cluster.pool("p", inject=True)
    account = {"name": "reader", "namespace": cluster.namespace}
    rbac = "rbac.authorization.k8s.io"
    lab.apply([
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account},
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": account, "rules": [
            {"apiGroups": ["openvox.voxpupuli.org"], "resources": ["pools"], "verbs": ["get"]},
            {"apiGroups": ["gateway.networking.k8s.io"], "resources": ["gateways"],
             "verbs": ["get"]}]},
        {"apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": account,
         "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "reader"},
         "subjects": [{"kind": "ServiceAccount", **account}]}])
    kubeconfig = lab.kubeconfig(folder / "reader", token=lab.token(cluster.namespace, "reader"))
    with answering(Peer(bad)) as port:
        gateway(port, "127.0.0.1")
        done = run(f"{cluster.namespace}/p", "-o", "json",
                   environment={"KUBECONFIG": str(kubeconfig)})
    assert done.returncode == NOT_SO
    check = json.loads(done.stdout)["checks"][0]
    assert "servers: forbidden" in check["note"]
    assert commands(check) == ["puppetserver ca clean --certname puppet-2"]


@pytest.mark.parametrize("environment, said", [
    ({"KUBECONFIG": "/nonexistent"}, "/nonexistent: No such file or directory"),
    ({"KUBECONFIG": "/a:/b"}, "KUBECONFIG names several files; choose one with --kubeconfig"),
    ({"KUBECONFIG": "", "HOME": "/nonexistent"}, "/nonexistent/.kube/config: No such file"),
])
def test_no_kubeconfig(environment, said):
    done = run("a/b", environment=environment)
    assert done.returncode == NO_ANSWER and said in done.stderr


def test_api_server_away(lab, folder):
    kubeconfig = lab.kubeconfig(folder / "away", token="x", server="https://127.0.0.1:1")
    done = run("a/b", "--kubeconfig", kubeconfig, "--timeout", "2")
    assert done.returncode == NO_ANSWER
    assert len(done.stderr.splitlines()) == 1 and "unreachable" in done.stderr


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_only_the_kubeconfig_names_a_proxy(cluster, lab, folder, variable):
    """Nothing in the environment takes the way past it, or over another one."""
    text = lab.admin_kubeconfig.read_text()
    with Tunnel() as tunnel:
        proxy = f"http://127.0.0.1:{tunnel.port}"
        through = folder / "through"
        through.write_text(re.sub(r"( +)(server: .*)", rf"\1\2\n\1proxy-url: {proxy}", text))
        done = run("--kubeconfig", through, f"{cluster.namespace}/p", environment={variable: "*"})
        assert "does not exist" in done.stderr
        assert tunnel.asked
        tunnel.asked.clear()
        others = dict.fromkeys(("https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"),
                               proxy)
        done = run("--kubeconfig", lab.admin_kubeconfig, f"{cluster.namespace}/p", environment=others)
        assert "does not exist" in done.stderr
        assert not tunnel.asked


def test_context(lab, cluster, folder):
    kubeconfig = lab.kubeconfig(folder / "one", token="x")
    done = run("a/b", "--kubeconfig", kubeconfig, "--context", "none")
    assert done.returncode == NO_ANSWER and 'there is no "none", which --context names' in done.stderr
