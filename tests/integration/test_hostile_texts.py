# SPDX-License-Identifier: Apache-2.0
"""Texts that others choose, in objects, reach terminals and shells as what they are: text."""

import json
import os
import re
import shlex
import subprocess

import pytest

from daemon import TLSROUTECTL
from tlspeer import Authority, Peer, answering
from waiting import eventually

NAME = "p.example.com"  # of the Pool p
HOSTILE = ["\x1b]0;owned\x07\x1b[2J", "a\nMAINPID=1", "\u009b31m\x7f\r", "\u202egpj.exe\u2066\u2028",
           "--all", "$(touch /x)", "`id`;'\"\\", "<script>&\"]--> x", "#quot;\t|", "@/etc/passwd"]
EVERYTHING = " ".join(HOSTILE)
# Control characters, line separators, and those that turn the direction of writing.
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

FORMATS = [
    *[(command, "-o", form) for command in ("pools", "routes", "certs", "tree", "diff")
      for form in ("table", "json", "yaml")],
    *[(command, "-o", "name") for command in ("pools", "routes", "certs")],
    *[("graph", option) for option in ("--dot", "--mermaid", "--svg")],
    *[("status", "-o", form) for form in ("table", "json", "yaml")],
    ("workers",), ("health",),
]


def clean(done: subprocess.CompletedProcess) -> str:
    """What was printed, on either stream."""
    assert done.returncode != 2, done.stderr  # usage
    for text in (done.stdout, done.stderr):
        assert OBEYED.search(text) is None, repr(text)
    return done.stdout


@pytest.fixture
def bad(tmp_path_factory):
    """A certificate without the name, for the certname puppet-2."""
    authority = Authority(tmp_path_factory.mktemp("pki") / "ca")
    return authority.issue("puppet-2", "puppet", "other.example.com")


def arrange(cluster, text: str, certname: str) -> None:
    cluster.pool("p", section=text, inject=True)
    cluster.pool("q", hostname=text, gateway=text, gateway_namespace=text)
    cluster.server("s", "c", ["p", text])
    cluster.server("t", text, ["q"])
    cluster.certificate("c", [NAME, text])
    cluster.merge("Certificate", "c", {"spec": {"certname": certname}})
    cluster.request("PATCH", f"{cluster.path('Certificate', 'c')}/status",
                    {"status": {"phase": "Signed", "secretName": text,
                                "effectiveDNSAltNames": [text]}},
                    "application/merge-patch+json")


@pytest.mark.parametrize("text", [*HOSTILE, EVERYTHING])
def test_objects(cluster, daemon, text):
    arrange(cluster, text, certname=text)
    eventually(lambda: [event for event in cluster.events("q") if event["type"] == "Warning"])
    for command in FORMATS:
        clean(daemon.ctl(*command))
    for pool in ("p", "q"):
        for form in ("table", "json", "yaml"):
            clean(daemon.ctl("explain", f"{cluster.namespace}/{pool}", "-o", form))
    for event in cluster.events():
        assert not any(ord(letter) < 0x20 or 0x7f <= ord(letter) < 0xa0 for letter in event["note"])
    assert set(daemon.restarts().values()) == {0}


def test_refusals(cluster, daemon):
    """A condition on a TLSRoute, which its controller words as it likes."""
    cluster.pool("p")
    route = eventually(lambda: cluster.get("TLSRoute", "p"))
    condition = {"type": "Accepted", "status": "False", "reason": "Refused",
                 "message": EVERYTHING, "lastTransitionTime": "2026-01-02T03:04:05Z",
                 "observedGeneration": route["metadata"]["generation"]}
    parent = {"parentRef": route["spec"]["parentRefs"][0], "controllerName": "example.com/x",
              "conditions": [condition]}
    cluster.request("PATCH", f"{cluster.path('TLSRoute', 'p')}/status",
                    {"status": {"parents": [parent]}}, "application/merge-patch+json")
    where = f"{cluster.namespace}/p"
    eventually(lambda: "refuse" in daemon.ctl("explain", where).stdout)
    for form in ("table", "json", "yaml"):
        clean(daemon.ctl("explain", where, "-o", form))
    for command in FORMATS:
        clean(daemon.ctl(*command))
    assert set(daemon.restarts().values()) == {0}


def verify(lab, *arguments) -> subprocess.CompletedProcess:
    return subprocess.run([TLSROUTECTL, "verify", "--kubeconfig", lab.admin_kubeconfig, *arguments],
                          text=True, timeout=60, capture_output=True, check=False, env=dict(os.environ))


@pytest.mark.parametrize("text", [*HOSTILE, EVERYTHING])
def test_verify(cluster, lab, bad, text):
    arrange(cluster, text, certname="puppet-2")
    where = f"{cluster.namespace}/p"
    assert "no listener named" in " ".join(clean(verify(lab, where)).split())
    clean(verify(lab, where, "-o", "json"))
    clean(verify(lab, f"{cluster.namespace}/q"))
    with answering(Peer(bad)) as port:
        connect = ("--connect", f"127.0.0.1:{port}")
        printed = clean(verify(lab, where, *connect))
        report = json.loads(clean(verify(lab, where, *connect, "-o", "json")))
    assert "what to do" in printed
    check_commands(text, report["checks"][0])


def check_commands(text: str, check: dict) -> None:
    """In each command a name is one word, after "--"."""
    seen = []
    for command in (step["command"] for step in check["steps"] if "command" in step):
        words = shlex.split(command)
        seen.append(words[:4])
        if words[0] == "kubectl":
            wanted = OBEYED.sub("?", text).replace("\n", "?") if "secret" in words else "c"
            assert words[-2:] == ["--", wanted], command
        else:
            assert words == ["puppetserver", "ca", "clean", "--certname", "puppet-2"]
    assert ["kubectl", "-n", check["namespace"], "delete"] in seen
