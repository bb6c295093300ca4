# SPDX-License-Identifier: Apache-2.0
"""What an error says: what happened, to what, and what to do. The cause that it names is the true
one."""

import base64
import json
import os
import socket
import time

import pytest

from cluster import expected_spec
from proxy import Proxy
from waiting import eventually


@pytest.fixture
def proxy(lab):
    with Proxy(lab) as made:
        yield made


def status_of(code: int, reason: str, message: str) -> bytes:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
                       "reason": reason, "message": message}).encode()


@pytest.mark.parametrize("code, reason, message, remedy", [
    (504, "Timeout", "request did not complete within the allotted timeout", None),
    (403, "Forbidden", "events is forbidden: User x cannot create resource", "packaging/kustomize"),
    (403, "Forbidden", 'admission webhook "w" denied the request: no', "have that webhook admit"),
    (500, "InternalError", 'failed calling webhook "w": refused', "does not answer"),
], ids=["timeout", "rights", "denied", "webhook"])
def test_event_is_refused(cluster, proxy, new_daemon, code, reason, message, remedy):
    """Only where rights are missing it is said that rights are missing. What may pass is tried again
    before it is told."""
    proxy.answer("POST", "/events", code, status_of(code, reason, message),
                 times=2 if code >= 500 else 1, Content_Type="application/json")
    daemon = new_daemon(server=proxy.url).start().wait_until_healthy()
    cluster.pool("p")
    (line,) = eventually(lambda: daemon.said("cannot write an Event", level="warning"))
    advice = line["msg"] + line.get("remedy", "")
    assert message in line["reason"] and (remedy or "") in advice
    assert ("packaging/kustomize" in advice) == (remedy == "packaging/kustomize")
    cluster.change_route("p", enabled=False)
    eventually(lambda: daemon.said("Events can be written again"))
    daemon.stop()


def test_discovery_is_forbidden(cluster, proxy, new_daemon):
    """A cluster whose administrators have taken system:discovery away."""
    path = "/apis/gateway.networking.k8s.io"
    answer = proxy.answer("GET", f"^{path}", 403, status_of(
        403, "Forbidden", f'forbidden: User "x" cannot get path "{path}"'), times=100000,
        Content_Type="application/json")
    daemon = new_daemon(server=proxy.url).start()
    (line,) = eventually(lambda: daemon.said("cannot find out which TLSRoute version is served"))
    assert line["error"] == "forbidden" and path in line["reason"]
    assert "system:discovery" in line["remedy"]
    answer.times = 0
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"), seconds=60)
    assert len(daemon.said("it is known again which TLSRoute version is served")) == 1
    daemon.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="root is needed to make what root cannot write to")
def test_folder_of_the_control_socket(new_daemon):
    """Nothing can be made in /proc, not even by root."""
    daemon = new_daemon()
    daemon.socket = "/proc/tlsrouted/control.sock"
    daemon.write_config()
    assert daemon.run().returncode == 1
    (line,) = daemon.said("cannot listen at the control socket")
    assert line["path"] == "/proc/tlsrouted/control.sock"
    for word in ("/proc/tlsrouted does not exist", "cannot be made", "control.socket"):
        assert word in line["reason"]


@pytest.mark.parametrize("address, words", [
    ("127.0.0.1:{used}", "stop the program"), ("192.0.2.1:9847", "an address that this machine has"),
], ids=["in-use", "elsewhere"])
def test_address_of_the_exporter(new_daemon, address, words):
    with socket.create_server(("127.0.0.1", 0)) as used:
        address = address.format(used=used.getsockname()[1])
        daemon = new_daemon(metrics={"listen": address})
        assert daemon.run().returncode == 1
    (line,) = daemon.said("cannot listen at metrics.listen")
    assert line["address"] == address and words in line["remedy"]


def test_reload_that_needs_a_restart(daemon):
    daemon.settings["sandboxUids"] = 4000
    daemon.settings["poolSelector"] = "a=b"
    daemon.write_config()
    done = daemon.ctl("reload")
    assert done.returncode == 0
    assert "read again" in done.stdout and "restart tlsrouted" in done.stdout
    assert "sandboxUids" in done.stdout and "poolSelector" not in done.stdout
    daemon.settings["sandboxUids"] = 61000
    daemon.write_config()
    assert daemon.ctl("reload").stdout == "configuration and credentials read again\n"


def test_namespace_that_is_taken_out(cluster, new_cluster, new_daemon):
    """What was written there stays, and that is said."""
    other = new_cluster()
    daemon = new_daemon(namespaces=[cluster.namespace, other.namespace]).start()
    other.pool("p")
    eventually(lambda: other.route_spec("p"), expected_spec("p"))
    daemon.wait_until_healthy()
    daemon.namespaces.remove(other.namespace)
    daemon.write_config()
    done = daemon.ctl("reload")
    assert done.returncode == 0 and other.namespace in done.stdout and "stays" in done.stdout
    (line,) = daemon.said("no longer served")
    assert line["namespaces"] == other.namespace and "spec.route.enabled" in line["remedy"]
    daemon.wait_until_healthy()
    assert other.route_spec("p") == expected_spec("p")


def test_token_that_expires(new_daemon):
    """And that nobody replaces in time. Its signature does not matter here."""
    daemon = new_daemon()
    good = daemon.token_file("watcher").read_text()
    claims = json.dumps({"exp": int(time.time()) + 15}).encode()
    daemon.token_file("watcher").write_text(
        f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.e30")
    daemon.start()
    (line,) = eventually(lambda: daemon.said("has not been replaced"), seconds=60)
    assert line["worker"] == "watcher" and line["level"] == "warning"
    assert "noticed within 10 s" in line["remedy"] and line["expires"].endswith("Z")
    daemon.token_file("watcher").write_text(good)
    eventually(lambda: daemon.said("the credential was replaced", worker="watcher"))
    daemon.wait_until_healthy()
    assert len(daemon.said("has not been replaced", level="warning")) == 1


def test_rights_of_one_namespace(lab, cluster, tokens_without, new_daemon):
    """The watcher may not read Gateways: it says which check is off."""
    daemon = new_daemon(tokens=tokens_without("gateways")).start().wait_until_healthy()
    (line,) = eventually(lambda: daemon.said("the checks that need it are off"))
    assert line["kind"] == "Gateway" and line["off"] == "GatewayNotReady"
    assert line["level"] == "info" and "packaging/kustomize" in line["remedy"]
