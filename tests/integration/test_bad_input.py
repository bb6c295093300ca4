# SPDX-License-Identifier: Apache-2.0
"""Bad Pools, bad objects, bad credentials: one clear line each, and all else goes on."""

import base64
import json
import subprocess
import time

import pytest

from cluster import Refused, expected_spec, pool_manifest, route_manifest
from daemon import ROLES
from proxy import Proxy
from waiting import eventually

MEBIBYTE = 1024 * 1024


def assert_works(cluster) -> None:
    """Another Pool gets all that it asks for."""
    cluster.certificate("works", ["puppet"])
    cluster.server("works", "works", ["works"])
    cluster.pool("works", inject=True)
    eventually(lambda: (cluster.route_spec("works"), cluster.names("works")),
               (expected_spec("works"), ["puppet", "works.example.com"]))


# Hostnames

HOSTNAMES = {
    "upper-case": ("Puppet.example.com", "lower case"),
    "underscore": ("a_b.example.com", "characters"),
    "space": ("a b.example.com", "characters"),
    "url": ("https://example.com", "characters"),
    "port": ("example.com:8140", "characters"),
    "not-ascii": ("püppet.example.com", "characters"),
    "ipv4": ("192.0.2.1", "IP address"),
    "ipv6": ("2001:db8::1", "IP address"),
    "star": ("*", "wildcard"),
    "star-in-the-middle": ("a.*.example.com", "wildcard"),
    "star-in-a-label": ("a*.example.com", "wildcard"),
    "two-dots": ("a..example.com", "empty label"),
    "dot-at-the-end": ("example.com.", "empty label"),
    "dot-at-the-start": (".example.com", "empty label"),
    "hyphen-first": ("-a.example.com", "'-'"),
    "hyphen-last": ("a-.example.com", "'-'"),
    "long-label": ("a" * 64 + ".example.com", "63"),
    "long": ("a." * 126 + "com", "253"),
    "very-long": ("a." * 500 + "com", "253"),
    "300000": ("a" * 300_000, "hostname"),
}


@pytest.mark.parametrize("hostname, hint", HOSTNAMES.values(), ids=HOSTNAMES)
def test_hostname_that_no_route_takes(cluster, daemon, hostname, hint):
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["bad"])
    cluster.pool("bad", hostname, inject=True)
    assert_works(cluster)
    lines = eventually(lambda: daemon.said(namespace=cluster.namespace, name="bad",
                                           level="warning"), what="a line about it")
    assert len(lines) == 1 == len(daemon.problems())
    assert lines[0]["level"] == "warning"
    assert "hostname" in lines[0]["msg"] and hint in lines[0]["msg"]
    assert cluster.get("TLSRoute", "bad") is None
    assert cluster.names("c") == ["puppet"]

    cluster.change_route("bad", hostname="good.example.com")
    eventually(lambda: cluster.route_spec("bad"), expected_spec("bad", "good.example.com"))
    eventually(lambda: cluster.names("c"), ["puppet", "good.example.com"])


# The API server's pattern has no limit for labels; DNS has.
@pytest.mark.parametrize("name", sorted(set(HOSTNAMES) - {"long-label"}))
def test_hostname_that_no_route_takes_indeed(cluster, name):
    """So it is right that such a route is not even tried."""
    with pytest.raises(Refused) as refused:
        cluster.create(route_manifest("bad", HOSTNAMES[name][0]))
    assert refused.value.status == 422


@pytest.mark.parametrize("hostname", [
    "a", "a.b", "xn--pppet-kva.example.com", "*.example.com", "1.example.com", "1a.example.com",
    "a" * 63 + ".example.com", ".".join(["a" * 61] * 4) + ".example"[:5],
], ids=lambda name: name[:20])
def test_hostname_that_is_good(cluster, daemon, hostname):
    cluster.pool("p", hostname)
    eventually(lambda: cluster.route_spec("p"), expected_spec("p", hostname))


def test_route_survives_a_bad_change(cluster, daemon):
    """A wish that cannot be granted takes nothing away."""
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    cluster.change_route("p", hostname="BAD")
    eventually(lambda: daemon.said(name="p", reason="HostnameInvalid"),
               lambda lines: len(lines) == 1)
    assert_works(cluster)
    assert cluster.route_spec("p") == expected_spec("p")
    cluster.change_route("p", enabled=False)
    eventually(lambda: cluster.route_spec("p"), None)


@pytest.mark.parametrize("route, message", [
    ({"enabled": True, "gatewayRef": {"name": "g"}}, "hostname is required when enabled is true"),
    ({"enabled": True, "hostname": "", "gatewayRef": {"name": "g"}},
     "hostname is required when enabled is true"),
    ({"enabled": True, "hostname": "a.example.com"},
     "gatewayRef.name is required when enabled is true"),
    ({"enabled": True, "hostname": "a.example.com", "gatewayRef": {}},
     "gatewayRef.name is required when enabled is true"),
    ({"enabled": True, "hostname": "a.example.com", "gatewayRef": {"name": ""}},
     "gatewayRef.name is required when enabled is true"),
], ids=["no-hostname", "empty-hostname", "no-gateway", "no-name", "empty-name"])
def test_refused_by_the_crd(cluster, route, message):
    with pytest.raises(Refused, match=message) as refused:
        cluster.create({**pool_manifest("p"), "spec": {"route": route}})
    assert refused.value.status == 422


# Large objects

def test_pool_of_1_mib(cluster, daemon):
    pool = pool_manifest("large")
    pool["spec"]["service"] = {"annotations": {"large": "x" * MEBIBYTE}}
    cluster.create(pool)
    eventually(lambda: cluster.route_spec("large"), expected_spec("large"))
    assert_works(cluster)
    cluster.change_route("large", hostname="other.example.com")
    eventually(lambda: cluster.route_spec("large"), expected_spec("large", "other.example.com"))
    lines = eventually(daemon.problems, lambda lines: len(lines) >= 2)
    assert [line["name"] for line in lines] == ["large"] * 2, "each once, not with each event"
    assert {line["role"] for line in lines} == {"watcher", "reconciler"}
    for line in lines:
        assert "smaller" in line["msg"] if line["role"] == "watcher" else \
            "shorten its annotations" in line["msg"]


@pytest.mark.parametrize("size", [100_000, MEBIBYTE], ids=["100-kB", "1-MiB"])
def test_certificate_with_too_many_names(cluster, daemon, size):
    names = [f"{number:040}.example.com" for number in range(size // 56)]
    cluster.certificate("large", names)
    cluster.server("s", "large", ["p"])
    cluster.pool("p", inject=True)
    assert_works(cluster)
    lines = eventually(lambda: daemon.said(name="large", level="warning"), what="a line about it")
    assert any("dnsAltNames" in value or "names" in value
               for value in lines[0].values()), "it says what is too large"
    assert len(daemon.problems()) == 1
    assert cluster.names("large") == names
    cluster.merge("Certificate", "large", {"spec": {"dnsAltNames": ["puppet"]}})
    eventually(lambda: cluster.names("large"), ["puppet", "p.example.com"])


def test_server_with_too_many_pools(cluster, daemon):
    cluster.certificate("c", ["puppet"])
    cluster.server("large", "c", ["p", *(f"{number:060}" for number in range(2000))])
    cluster.pool("p", inject=True)
    assert_works(cluster)
    lines = eventually(lambda: daemon.said(name="large", level="warning"), what="a line about it")
    assert len(lines) == 1
    assert any("pools" in value or "poolRefs" in value for value in lines[0].values())
    cluster.merge("Server", "large", {"spec": {"poolRefs": ["p"]}})
    eventually(lambda: cluster.names("c"), ["puppet", "p.example.com"])


# Credentials

def expired(lab, token: str) -> str:
    """The same token, signed as the API server signs them, of an hour ago."""
    header, payload, _ = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims.update(iat=int(time.time()) - 7200, nbf=int(time.time()) - 7200,
                  exp=int(time.time()) - 3600)
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    signed = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", lab.folder / "certs" / "sa.key"],
        input=f"{header}.{payload}".encode(), capture_output=True, check=True).stdout
    # A JWT has the two numbers of the signature side by side instead of in ASN.1.
    first_end = 4 + signed[3]
    numbers = signed[4:first_end], signed[first_end + 2:]
    raw = b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in numbers)
    return f"{header}.{payload}.{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"


@pytest.mark.parametrize("kind", ["expired", "invalid"])
def test_token_that_is_refused(lab, cluster, new_daemon, tokens, kind):
    """One line by each role that tries it; a new token in the file is enough, without a restart."""
    bad = {role: expired(lab, token) if kind == "expired" else "not-a-token"
           for role, token in tokens.items()}
    assert {lab.request("GET", "/apis", token=token)[0] for token in bad.values()} == {401}
    daemon = new_daemon(tokens=bad).start()
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)

    def refusals(role: str) -> list:
        return daemon.said("the API server refuses the credential (401)", role=role, level="error")

    eventually(lambda: len(refusals("watcher")), 1)
    pids = daemon.worker_pids()
    daemon.token_file("watcher").write_text(tokens["watcher"])  # found without being told
    for role in ("reconciler", "certpatcher"):
        eventually(lambda: len(refusals(role)), 1)
    assert cluster.route_spec("p") is None and cluster.names("c") == ["puppet"]
    for role in ("reconciler", "certpatcher"):
        daemon.token_file(role).write_text(tokens[role])
    daemon.reload()
    eventually(lambda: (cluster.route_spec("p"), cluster.names("c")),
               (expected_spec("p"), ["puppet", "p.example.com"]))
    daemon.wait_until_healthy()
    for role in ROLES:
        assert len(refusals(role)) == 1
        assert len(daemon.said("answers again", role=role)) == 1
    # The supervisor may have seen in time that a token which is still there has expired.
    problems = [line for line in daemon.problems() if "expires" not in line]
    assert sorted(line["role"] for line in problems) == sorted(ROLES)
    assert daemon.worker_pids() == pids


def test_wrong_ca(lab, cluster, new_daemon, folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=somebody", "-keyout",
                    folder / "key", "-out", folder / "ca"], check=True, capture_output=True)
    daemon = new_daemon()
    for role in ROLES:
        lab.kubeconfig(daemon.kubeconfig(role), token_file=daemon.token_file(role),
                       ca_file=folder / "ca")
    cluster.pool("p")
    daemon.start()
    line = eventually(lambda: daemon.said("does not verify against the configured CA"))[0]
    assert line["level"] == "error" and line["server"] == lab.server
    assert "certificate-authority-data" in line["msg"]
    for role in ROLES:
        lab.kubeconfig(daemon.kubeconfig(role), token_file=daemon.token_file(role))
    daemon.reload()
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    assert len(daemon.problems()) == 1


def test_certificate_of_another_name(lab, new_daemon):
    """A server that proves to be another one than the one that was asked for."""
    with Proxy(lab, address="127.0.0.2") as proxy:  # the certificate says 127.0.0.1
        daemon = new_daemon(server=proxy.url).start()
        eventually(lambda: daemon.said("does not verify"), lambda lines: len(lines) == 1)
        assert proxy.requests == []
        daemon.stop()


MISSING = ["kubeconfig", "token", "ca"]


def lose(lab, daemon, what: str):
    """Makes a file that the reconciler's kubeconfig leads to disappear; its path."""
    path = {"kubeconfig": daemon.kubeconfig("reconciler"),
            "token": daemon.token_file("reconciler"),
            "ca": daemon.folder / "ca.crt"}[what]
    if what == "ca":
        text = daemon.kubeconfig("reconciler").read_text()
        start = text.index("certificate-authority-data")
        daemon.kubeconfig("reconciler").write_text(
            text[:start] + "certificate-authority: ca.crt" + text[text.index("\n", start):])
    else:
        path.unlink()
    return path


@pytest.mark.parametrize("what", MISSING)
def test_start_with_a_missing_file(lab, new_daemon, what):
    daemon = new_daemon()
    path = lose(lab, daemon, what)
    daemon.start()
    assert daemon.process.wait(5) == 1
    lines = daemon.lines()
    assert len(lines) == 1 and lines[0]["level"] == "error"
    assert str(path) in lines[0]["reason"] and "No such file" in lines[0]["reason"]
    assert lines[0]["reason"].startswith("reconciler: ")


@pytest.mark.parametrize("what", MISSING)
def test_reload_with_a_missing_file(lab, cluster, daemon, what):
    path = lose(lab, daemon, what)
    pids = daemon.worker_pids()
    daemon.reload()
    lines = eventually(lambda: daemon.said("the new configuration cannot be used", level="error"))
    assert len(lines) == 1 and str(path) in lines[0]["reason"]
    assert_works(cluster)
    assert daemon.worker_pids() == pids


def test_file_that_goes_missing_is_told_once(cluster, daemon):
    """Without a reload: credentials are read again every 10 s."""
    daemon.token_file("watcher").unlink()
    eventually(lambda: daemon.said("cannot read the credentials again"))
    assert_works(cluster)
    daemon.token_file("watcher").touch(mode=0o600)
    eventually(lambda: len(daemon.said("cannot read the credentials again")), 2)
    assert len(daemon.problems()) == 2
