# SPDX-License-Identifier: Apache-2.0
"""The ways to an API server that kubeconfigs of clouds and bastions name: proxies of each kind, and
servers whose certificate is for another name."""

import json
import os
import re
import ssl
import subprocess

import pytest

from daemon import ROLES, TLSROUTECTL
from proxy import Proxy
from test_connections import assert_works, place, use_proxy
from tunnel import Tunnel
from waiting import eventually

SOCKS_REFUSAL = b"\5\2\0\1" + bytes(6)  # RFC 1928: not allowed by ruleset
HTTP_REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
SCHEMES = ("http", "https", "socks5", "socks5h")


def tls(lab, name: str = "server") -> ssl.SSLContext:
    """A server's, with a certificate of the lab's authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(lab.folder / "certs" / f"{name}.crt", lab.folder / "certs" / f"{name}.key")
    return context


def proxy(lab, scheme: str) -> Tunnel:
    return Tunnel(socks=scheme.startswith("socks"), tls=tls(lab) if scheme == "https" else None)


def asked_for(scheme: str, host: str, port: int) -> str:
    if scheme.startswith("socks"):
        return f"{'name' if host == 'localhost' else 'address'} {host} {port}"
    return f"CONNECT {host}:{port} HTTP/1.1"


def set_cluster_key(path, key: str, value: str) -> None:
    path.write_text(re.sub(r"( +)(server: .*)", rf"\1\2\n\1{key}: {value}", path.read_text()))


def verify(*arguments, **options) -> subprocess.CompletedProcess:
    return subprocess.run([TLSROUTECTL, "verify", *arguments], text=True, capture_output=True,
                          timeout=60, **options)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_proxy(lab, cluster, new_daemon, scheme, host):
    """All that goes to the API server goes through it, which also looks the server's name up."""
    port = place(lab)[1]
    with proxy(lab, scheme) as tunnel:
        daemon = new_daemon(server=f"https://{host}:{port}")
        use_proxy(daemon, f"{scheme}://localhost:{tunnel.port}", "kubeconfig")
        daemon.start().wait_until_healthy()
        assert_works(cluster, "p")
        assert set(tunnel.asked) == {asked_for(scheme, host, port)}
        assert tunnel.connections == len(tunnel.asked) >= 3
        assert daemon.problems() == []
        for turn in range(6 if scheme == "https" else 1):  # TLS within TLS has many ways to stall
            tunnel.break_all()
            assert_works(cluster, f"again-{turn}")
        assert set(daemon.restarts().values()) == {0}


@pytest.mark.parametrize("scheme, refusal, said", [("https", HTTP_REFUSAL, "403"),
                                                   ("socks5", SOCKS_REFUSAL, "SOCKS5")],
                         ids=["https", "socks5"])
def test_proxy_that_refuses(lab, cluster, new_daemon, scheme, refusal, said):
    """Said once, and nobody goes past it."""
    with proxy(lab, scheme) as tunnel:
        tunnel.refuse = refusal
        daemon = new_daemon()
        use_proxy(daemon, f"{scheme}://127.0.0.1:{tunnel.port}", "configuration")
        daemon.start()
        line = eventually(lambda: daemon.said("cannot reach the API server", role="watcher"))[0]
        assert said in line["reason"]
        eventually(lambda: len(tunnel.asked), lambda count: count >= 3)
        assert len(daemon.said("cannot reach the API server", role="watcher")) == 1
        tunnel.refuse = None
        daemon.wait_until_healthy(60)
        assert_works(cluster, "p")
        assert set(daemon.restarts().values()) == {0}


@pytest.mark.parametrize("what", ["another-name", "no-tls"])
def test_proxy_that_is_not_trusted(lab, new_daemon, what):
    """The line tells it from an API server that is not."""
    context = tls(lab) if what == "another-name" else None
    with Tunnel(address="127.0.0.2", tls=context) as tunnel:  # the certificate says 127.0.0.1
        daemon = new_daemon()
        use_proxy(daemon, f"https://127.0.0.2:{tunnel.port}", "configuration")
        daemon.start()
        line = eventually(lambda: daemon.said("cannot establish a TLS connection to the proxy"))[0]
        assert line["level"] == "error"
        assert tunnel.asked == []
        assert not daemon.said("API server's certificate")


@pytest.mark.parametrize("scheme", [None, *SCHEMES])
def test_name_of_the_certificate(lab, cluster, new_daemon, scheme):
    """As a load balancer or a port that ssh forwards has it: reached by an address that is not in the
    certificate. The proxy is asked for that address, not for the name."""
    with Tunnel(place(lab), "127.0.0.2") as balancer, proxy(lab, scheme or "http") as tunnel:
        daemon = new_daemon(server=f"https://127.0.0.2:{balancer.port}/")
        for role in ROLES:
            set_cluster_key(daemon.kubeconfig(role), "tls-server-name", "kubernetes.default.svc")
        if scheme is not None:
            use_proxy(daemon, f"{scheme}://127.0.0.1:{tunnel.port}", "kubeconfig")
        daemon.start().wait_until_healthy()
        assert_works(cluster, "p")
        assert daemon.problems() == []
        assert balancer.connections >= 3
        assert set(tunnel.asked) == ({asked_for(scheme, "127.0.0.2", balancer.port)} if scheme
                                     else set())


def test_wrong_name_of_the_certificate(lab, new_daemon):
    """It counts, even where the server's own name would do."""
    daemon = new_daemon()
    for role in ROLES:
        set_cluster_key(daemon.kubeconfig(role), "tls-server-name", "other.example.com")
    daemon.start()
    line = eventually(lambda: daemon.said("does not verify against the configured CA"))[0]
    assert "tls-server-name" in line["msg"] and line["server"] == lab.server


def test_server_is_asked_by_its_own_name(lab, new_daemon):
    """What the request says is the server's address, as with kubectl; over HTTP/1.1, here."""
    with Proxy(lab, address="127.0.0.2") as server:
        daemon = new_daemon(server=server.url)
        for role in ROLES:
            set_cluster_key(daemon.kubeconfig(role), "tls-server-name", "localhost")
        daemon.start().wait_until_healthy()
        assert server.hosts == {f"127.0.0.2:{server.port}"}


def test_change_of_the_name(lab, new_daemon):
    """With SIGHUP, as every other way to the server."""
    with Tunnel(place(lab), "127.0.0.2") as balancer:
        daemon = new_daemon(server=f"https://127.0.0.2:{balancer.port}").start()
        eventually(lambda: daemon.said("does not verify against the configured CA"))
        for role in ROLES:
            set_cluster_key(daemon.kubeconfig(role), "tls-server-name", "kubernetes")
        daemon.reload()
        daemon.wait_until_healthy()


SCRIPT = """\
#!/bin/sh
echo "$KUBERNETES_EXEC_INFO" >"$(dirname "$0")/info"
env >"$(dirname "$0")/environment"
cat "$(dirname "$0")/answer"
"""


@pytest.fixture
def with_plugin(lab, folder):
    """A kubeconfig whose user has an exec plugin, and what the plugin prints."""
    plugin, answer, path = folder / "give-token", folder / "answer", folder / "kubeconfig"
    plugin.write_text(SCRIPT)
    plugin.chmod(0o755)

    def make(version: str) -> tuple:
        lab.kubeconfig(path, token="x")
        path.write_text(re.sub(r"( +)token: .*", rf"""\1exec:
\1  apiVersion: {version}
\1  command: {plugin.name}
\1  args: null
\1  env:
\1    - name: FROM
\1      value: the kubeconfig
\1  provideClusterInfo: true""", path.read_text()))
        return path, answer

    return make


@pytest.mark.parametrize("version", ["client.authentication.k8s.io/v1",
                                     "client.authentication.k8s.io/v1beta1"])
def test_verify_with_a_plugin(lab, tokens, cluster, folder, with_plugin, version):
    """tlsroutectl runs it, found by the user's own PATH and with the user's own environment."""
    kubeconfig, answer = with_plugin(version)
    answer.write_text(json.dumps({"apiVersion": version, "kind": "ExecCredential",
                                  "status": {"token": tokens["watcher"]}}))
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "FROM": "the user",
                   "AWS_PROFILE": "mine"}
    done = verify("--kubeconfig", kubeconfig, f"{cluster.namespace}/p", env=environment)
    assert "does not exist" in done.stderr
    variables = (folder / "environment").read_text().splitlines()
    assert {"FROM=the kubeconfig", "AWS_PROFILE=mine"} <= set(variables)
    assert len([each for each in variables if each.startswith("FROM=")]) == 1
    info = json.loads((folder / "info").read_text())
    assert (info["apiVersion"], info["spec"]["cluster"]["server"]) == (version, lab.server)


@pytest.mark.parametrize("answer, reason", [
    ("please log in", "its output is not JSON"),
    (json.dumps({"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential",
                 "status": {"token": "t"}}), "its ExecCredential is not of the apiVersion"),
], ids=["no-JSON", "version"])
def test_verify_with_a_plugin_that_fails(cluster, folder, with_plugin, answer, reason):
    kubeconfig, file = with_plugin("client.authentication.k8s.io/v1")
    file.write_text(answer)
    done = verify("--kubeconfig", kubeconfig, f"{cluster.namespace}/p",
                  env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
    assert done.returncode == 3
    assert f"the exec plugin give-token fails: {reason}" in done.stderr


def test_verify_with_a_plugin_that_is_not_there(cluster, with_plugin):
    kubeconfig, _ = with_plugin("client.authentication.k8s.io/v1")
    done = verify("--kubeconfig", kubeconfig, f"{cluster.namespace}/p")
    assert "No such file or directory" in done.stderr and done.returncode == 3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_verify(lab, cluster, folder, scheme):
    """tlsroutectl takes the same ways."""
    with Tunnel(place(lab), "127.0.0.2") as balancer, proxy(lab, scheme) as tunnel:
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(re.sub(r"server: .*", f"server: https://127.0.0.2:{balancer.port}",
                                     lab.admin_kubeconfig.read_text()))
        done = verify("--kubeconfig", kubeconfig, f"{cluster.namespace}/p")
        assert "untrusted" in done.stderr
        set_cluster_key(kubeconfig, "tls-server-name", "kubernetes")
        done = verify("--kubeconfig", kubeconfig, f"{cluster.namespace}/p")
        assert "does not exist" in done.stderr
        set_cluster_key(kubeconfig, "proxy-url", f"{scheme}://127.0.0.1:{tunnel.port}")
        done = verify("--kubeconfig", kubeconfig, f"{cluster.namespace}/p")
        assert "does not exist" in done.stderr
        assert set(tunnel.asked) == {asked_for(scheme, "127.0.0.2", balancer.port)}
