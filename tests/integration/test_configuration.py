# SPDX-License-Identifier: Apache-2.0
"""tlsrouted.yaml: what is wrong is named with its place and what was expected."""

import re
import shutil
import subprocess

import pytest

from cluster import expected_spec
from daemon import ROLES, TLSROUTED
from waiting import eventually


@pytest.fixture
def stopped(new_daemon):
    """A daemon with a good configuration that does not run."""
    return new_daemon()


def check(path) -> subprocess.CompletedProcess:
    return subprocess.run([TLSROUTED, "--config", path, "--check-config"], text=True,
                          capture_output=True, timeout=10)


def test_good(stopped):
    done = check(stopped.config)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{stopped.config}: the configuration is valid\n"


# What is replaced, by what, and what the message has to name.
WRONG = {
    "unknown-key": ("control:", "colour: red\ncontrol:", "colour"),
    "unknown-nested-key": ("  level:", "  depth: 1\n  level:", "depth"),
    "bad-level": ("level: info", "level: loud", "loud"),
    "bad-format": ("format: logfmt", "format: xml", "xml"),
    "namespaces-no-list": ("namespaces: [", "namespaces: {a: b}\n# [", "namespaces"),
    "bad-namespace": ("namespaces: [", "namespaces: [Upper_Case, ", "Upper_Case"),
    "relative-socket": ("socket: /", "socket: ", "absolute"),
    "long-socket": ("socket: /", "socket: /" + "x" * 120, "107"),
    "role-missing": ("  watcher:\n    kubeconfig: watcher.kubeconfig\n", "", "watcher"),
    "two-credentials": ("kubeconfig: watcher.kubeconfig",
                        "kubeconfig: watcher.kubeconfig\n    tokenFile: t", "tokenFile"),
    "context-missing": ("kubeconfig: watcher.kubeconfig",
                        "kubeconfig: watcher.kubeconfig\n    context: nowhere", "nowhere"),
    "no-yaml": ("log:", "log: [", ""),
    "tab": ("  level", "\tlevel", ""),
    "twice": ("control:", "log:\n  level: debug\ncontrol:", "log"),
}


# A name that is longer than any that can be looked up.
LONG = "a" * 256


@pytest.mark.parametrize("place", ["server", "proxy", "kubeconfig", "proxy-url"])
def test_host_too_long(stopped, place):
    if place in ("server", "proxy"):
        scheme = "https" if place == "server" else "http"
        stopped.write_config(f"cluster:\n  {place}: {scheme}://{LONG}\n")
    else:
        path = stopped.kubeconfig("watcher")
        new = {"kubeconfig": rf"\1server: https://{LONG}",
               "proxy-url": rf"\1\2\n\1proxy-url: http://{LONG}"}[place]
        path.write_text(re.sub(r"( +)(server: .*)", new, path.read_text()))
    done = check(stopped.config)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert "is not the address of a" in done.stderr
    stopped.start()
    assert stopped.process.wait(10) == 1


@pytest.mark.parametrize("old, new, named", WRONG.values(), ids=WRONG)
def test_wrong(stopped, old, new, named):
    text = stopped.config.read_text()
    assert old in text
    stopped.config.write_text(text.replace(old, new, 1))
    done = check(stopped.config)
    assert done.returncode == 1 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    stopped.start()
    assert stopped.process.wait(5) == 1
    lines = stopped.lines()
    assert [line["level"] for line in lines] == ["error"]
    assert named in lines[0]["reason"]
    if named != "nowhere":
        place = lines[0]["reason"].partition(" ")[0]
        assert place.startswith(f"{stopped.config}:") and place.split(":")[1].isdigit(), place


@pytest.mark.parametrize("old, new, named", [
    ("server: https://", "server: http://", "https"),
    ("tokenFile", "exec: {command: sh}\n      tokenFile", "exec"),
    ("certificate-authority-data: ", "insecure-skip-tls-verify: true\n      x: ", "insecure"),
    ("certificate-authority-data: ", "certificate-authority-data: _", "certificate-authority"),
    ("current-context: lab", "current-context: nowhere", "nowhere"),
], ids=["http", "exec", "insecure", "no-ca", "context"])
def test_kubeconfig_that_cannot_be_honoured(stopped, old, new, named):
    path = stopped.kubeconfig("certpatcher")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    done = check(stopped.config)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert str(path) in line and named in line and "certpatcher" in line


def test_no_file(folder):
    done = check(folder / "none.yaml")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert str(folder / "none.yaml") in line and "No such file" in line


@pytest.mark.parametrize("arguments, reason", [
    (["--nonsense"], "--nonsense"), (["more"], "unexpected argument: more"), (["--config"], "config"),
    (["--help-config=xml"], "unexpected argument: xml")])
def test_wrong_usage(arguments, reason):
    done = subprocess.run([TLSROUTED, *arguments], text=True, capture_output=True, timeout=10)
    assert done.returncode == 1
    said, _, _ = done.stderr.partition("usage: tlsrouted")
    assert reason in said and said != done.stderr


@pytest.mark.parametrize("old, new", [("level: info", "level: loud"), ("log:", "log: [")])
def test_reload_of_a_wrong_one(cluster, daemon, old, new):
    """The old one goes on."""
    pids = daemon.worker_pids()
    daemon.config.write_text(daemon.config.read_text().replace(old, new, 1))
    daemon.reload()
    lines = eventually(lambda: daemon.said("the new configuration cannot be used", level="error"))
    assert f"{daemon.config}:" in lines[0]["reason"]
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    assert len(daemon.problems()) == 1
    assert daemon.worker_pids() == pids


def test_token_files_instead_of_kubeconfigs(lab, cluster, stopped):
    """As in a Pod."""
    text = stopped.config.read_text().partition("credentials:")[0]
    roles = "".join(f"  {role}:\n    tokenFile: {role}.token\n" for role in ROLES)
    shutil.copy(lab.ca_file, stopped.folder / "ca.crt")
    stopped.hand_over()
    stopped.config.write_text(f"{text}cluster:\n  server: {lab.server}\n"
                              f"  caFile: ca.crt\ncredentials:\n{roles}")
    stopped.start().wait_until_healthy()
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
