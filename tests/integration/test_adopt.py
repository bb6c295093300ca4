# SPDX-License-Identifier: Apache-2.0
"""`tlsroutectl adopt`: names that somebody else injected are taken into the ledger, if a Pool wants them
and a person says so."""

import json
import subprocess

import pytest

from certificates import PAUSED, ledger, patches, state, wait_for, witness
from cluster import lease_manifest
from crowd import connect
from daemon import ACCOUNTS, TLSROUTECTL
from packets import message, receive, send
from waiting import eventually

HOST = "p.example.com"
OLD = "old.example.com"  # of a Pool that is gone
NAMES = ["puppet", OLD, HOST]
TAKEN = "1 name taken into the ledger"


@pytest.fixture
def daemon(new_daemon):
    return new_daemon(certificates={"grace": 1})


def scene(cluster, daemon, certificate: str = "c", names: list[str] | None = None):
    """As the operator leaves a Certificate behind."""
    cluster.certificate(certificate, NAMES if names is None else names)
    cluster.server(certificate, certificate, ["p"])
    if cluster.get("Pool", "p") is None:
        cluster.pool("p", HOST, inject=True)
    if not daemon.running():
        daemon.start().wait_until_healthy()
    return daemon


def rows(daemon, *arguments: str) -> list[dict]:
    """What would be done, once everything has been observed."""
    return json.loads(daemon.ctl("adopt", "--dry-run", "-o", "json", *arguments).stdout)


def observed(daemon, cluster) -> None:
    eventually(lambda: {row["hostname"]: row["action"] for row in rows(daemon, cluster.namespace)},
               {"puppet": "leave", OLD: "leave", HOST: "adopt"})


def answering(daemon, answer: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([TLSROUTECTL, "--socket", daemon.socket, "adopt", *arguments],
                          input=answer, text=True, capture_output=True, timeout=30)


def test_adopted_and_withdrawn(cluster, daemon):
    """One patch; the name stays as long as the Pool needs it, and goes when it does not. What no Pool
    wants is not touched."""
    scene(cluster, daemon)
    observed(daemon, cluster)
    done = daemon.ctl("adopt", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{cluster.namespace}/c: {TAKEN}\n" in done.stdout
    assert state(cluster, "c") == (NAMES, {HOST: ["p"]})
    assert patches(cluster) == 1
    assert daemon.said("names of the Certificate were taken into the ledger", hostnames=HOST)
    witness(cluster)
    assert patches(cluster) == 2  # the other one is the witness's
    cluster.change_route("p", enabled=False)
    eventually(lambda: state(cluster, "c"), (["puppet", OLD], {}))
    assert daemon.problems() == []


def test_without_it_the_name_stays(cluster, daemon):
    scene(cluster, daemon)
    cluster.change_route("p", enabled=False)
    witness(cluster)
    wait_for(daemon, waiting=0)
    assert state(cluster, "c") == (NAMES, {})


def test_the_question(cluster, daemon):
    """Only yes is yes."""
    scene(cluster, daemon)
    observed(daemon, cluster)
    for answer in ("n\n", "\n", "", "yesterday\n"):
        done = answering(daemon, answer)
        assert done.returncode == 1
        assert "Take 1 name of 1 Certificate into the ledger?" in done.stderr
        assert "nothing was changed" in done.stderr
        assert state(cluster, "c") == (NAMES, {}) and patches(cluster) == 0
    done = answering(daemon, "YES\n")
    assert done.returncode == 0, done.stderr
    assert ledger(cluster, "c") == {HOST: ["p"]}


def test_dry_run(cluster, daemon):
    scene(cluster, daemon)
    observed(daemon, cluster)
    common = {"namespace": cluster.namespace, "name": "c"}
    assert rows(daemon) == [
        {**common, "hostname": HOST, "pools": ["p"], "action": "adopt", "reason": None},
        {**common, "hostname": "puppet", "pools": [], "action": "leave",
         "reason": "no Pool wants it"},
        {**common, "hostname": OLD, "pools": [], "action": "leave", "reason": "no Pool wants it"}]
    done = daemon.ctl("adopt", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert "remove it from\nspec.dnsAltNames by hand" in done.stdout
    assert state(cluster, "c") == (NAMES, {}) and patches(cluster) == 0


def test_twice(cluster, daemon):
    """The second time there is nothing to do, and nobody is asked."""
    scene(cluster, daemon)
    observed(daemon, cluster)
    daemon.ctl("adopt", "--yes")
    eventually(lambda: {row["action"] for row in rows(daemon)}, {"leave"})
    done = daemon.ctl("adopt")
    assert (done.returncode, done.stderr) == (0, "")
    assert "There is no name to take into a ledger." in done.stdout
    assert patches(cluster) == 1


def test_one_certificate(cluster, daemon):
    scene(cluster, daemon)
    scene(cluster, daemon, "d")
    eventually(lambda: [row["name"] for row in rows(daemon)], ["c"] * 3 + ["d"] * 3)
    done = daemon.ctl("adopt", f"{cluster.namespace}/d", "--yes")
    assert done.returncode == 0, done.stderr
    assert (ledger(cluster, "c"), ledger(cluster, "d")) == ({}, {HOST: ["p"]})
    missing = daemon.ctl("adopt", f"{cluster.namespace}/e", "--yes")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert f"Certificate {cluster.namespace}/e does not exist" in missing.stderr


def test_beside_what_is_injected(cluster, daemon):
    """The name of another Pool that tlsrouted has injected itself stays in the ledger."""
    scene(cluster, daemon)
    cluster.pool("q", inject=True)
    cluster.merge("Server", "c", {"spec": {"poolRefs": ["p", "q"]}})
    eventually(lambda: state(cluster, "c"), (NAMES + ["q.example.com"], {"q.example.com": ["q"]}))
    observed_ = {row["hostname"] for row in rows(daemon)}
    assert observed_ == set(NAMES)
    assert daemon.ctl("adopt", "--yes").returncode == 0
    assert ledger(cluster, "c") == {HOST: ["p"], "q.example.com": ["q"]}


def test_wanted_no_more(cluster, daemon):
    """Between what is shown and the answer: the certpatcher decides again."""
    scene(cluster, daemon)
    observed(daemon, cluster)
    asking = subprocess.Popen([TLSROUTECTL, "--socket", daemon.socket, "adopt"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert "into the ledger?" in asking.stderr.readline()
    cluster.change_route("p", injectDNSAltName=False)
    output, problem = asking.communicate("y\n", timeout=30)
    assert asking.returncode == 1
    assert "0 names taken" in output
    assert f"{cluster.namespace}/c: 1 refused: no Pool wants it" in problem
    assert state(cluster, "c") == (NAMES, {}) and patches(cluster) == 0


def ask(daemon, namespace: str, certificate: str, *names: str) -> tuple[dict | None, str]:
    """As a client would that says what it likes: the row, and the problem."""
    with connect(daemon.socket) as client:
        send(client, message("ADOPT", 7, namespace, certificate, list(names)))
        kind, fields = receive(client)
        row = json.loads(fields[1]) if kind == "ROW" else None
        if row is not None:
            kind, fields = receive(client)
        assert (kind, fields[0]) == ("PAGE_END", 7)
        return row, fields[4]


def pause(cluster, value: str) -> None:
    cluster.merge("Pool", "p", {"metadata": {"annotations": {PAUSED: value}}})


def join(cluster, *pools: str) -> None:
    cluster.merge("Server", "c", {"spec": {"poolRefs": list(pools)}})


def test_refused(cluster, daemon):
    """Whatever the client claims, the name has to be there and wanted now, as the API server says."""
    unwanted, missing = "no Pool wants it", "the Certificate does not have the name"
    scene(cluster, daemon)
    for name, reason in (("puppet", unwanted), (OLD, unwanted), ("q.example.com", missing),
                         (HOST.upper(), missing)):
        assert ask(daemon, cluster.namespace, "c", name) == (refusal(reason), ""), name
    for change, undo, reason in (
            (lambda: pause(cluster, "true"), lambda: pause(cluster, "false"), "the Pool is paused"),
            (lambda: cluster.change_route("p", enabled=False),
             lambda: cluster.change_route("p", enabled=True), unwanted),
            (lambda: cluster.change_route("p", injectDNSAltName=False),
             lambda: cluster.change_route("p", injectDNSAltName=True), unwanted),
            (lambda: join(cluster, "q"), lambda: join(cluster, "p"), unwanted),
            (lambda: cluster.delete("Server", "c"), lambda: cluster.server("c", "c", ["p"]), unwanted),
            (lambda: cluster.delete("Pool", "p"), lambda: None, unwanted)):
        change()
        assert ask(daemon, cluster.namespace, "c", HOST) == (refusal(reason), "")
        undo()
    assert state(cluster, "c") == (NAMES, {}) and patches(cluster) == 0


def refusal(reason: str) -> dict:
    return {"adopted": 0, "refused": 1, "dryRun": False, "reason": reason}


def test_what_cannot_be(cluster, daemon, new_cluster):
    scene(cluster, daemon)
    assert ask(daemon, cluster.namespace, "none", HOST) == (None, "there is no such Certificate")
    assert ask(daemon, cluster.namespace, "../x", HOST) == (None, "no Certificate can have that name")
    assert ask(daemon, new_cluster().namespace, "c", HOST) == (None, "the namespace is not served")
    assert ask(daemon, cluster.namespace, "c") == (
        {"adopted": 0, "refused": 0, "dryRun": False}, "")
    assert patches(cluster) == 0


def test_of_a_standby(cluster, accounts, daemon):
    """It says where to ask."""
    accounts.create(lease_manifest(holder="another", leaseDurationSeconds=3600))
    daemon.settings["lease"] = {"namespace": ACCOUNTS, "duration": 3600}
    daemon.write_config()
    scene(cluster, daemon)
    observed(daemon, cluster)
    done = daemon.ctl("adopt", "--yes")
    assert done.returncode == 3
    assert "this tlsrouted does not lead" in done.stderr
    assert state(cluster, "c") == (NAMES, {})


def test_of_a_dry_run(cluster, new_daemon):
    daemon = new_daemon(arguments=("--dry-run",))
    scene(cluster, daemon)
    observed(daemon, cluster)
    done = daemon.ctl("adopt", "--yes")
    assert done.returncode == 0, done.stderr
    assert "1 name would be taken into the ledger: tlsrouted makes a dry run" in done.stdout
    assert state(cluster, "c") == (NAMES, {})


def test_without_a_daemon(daemon):
    done = daemon.ctl("adopt")
    assert done.returncode == 3 and "cannot reach tlsrouted" in done.stderr
