# SPDX-License-Identifier: Apache-2.0
"""Every command of tlsroutectl in every format, against a world in which much is wrong."""

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import threading
import time

import pytest
import yaml

from cluster import Cluster, route_manifest, service_manifest
from daemon import TLSROUTECTL
from gateways import answer
from golden import COMMANDS, OTHERS, Goldens
from waiting import eventually

POOLS = ("healthy", "older", "younger", "lost", "taken", "unserved", "invalid", "leaving", "off",
         "halved")


def populate(cluster: Cluster) -> None:
    for name in POOLS:
        if name != "unserved":
            cluster.create(service_manifest(name))
    cluster.create(route_manifest("taken", "theirs.example.com"))
    cluster.certificate("signed", ["puppet"])
    cluster.certificate("left", ["puppet"])
    cluster.server("compiler", "signed", ["healthy"])
    cluster.server("orphan", "nothing", ["halved"])
    cluster.server("former", "left", ["leaving"])
    cluster.pool("healthy", inject=True)
    cluster.pool("older", "shared.example.com")
    cluster.pool("lost", gateway="nowhere")
    cluster.pool("taken")
    cluster.pool("unserved")
    cluster.pool("invalid", "Not_A.Hostname")
    cluster.pool("leaving", inject=True)
    cluster.pool("off", enabled=False)
    cluster.pool("halved", inject=True)


def make_world(cluster: Cluster, daemon) -> None:
    """Waits until everything has been written and reported."""
    populate(cluster)
    daemon.start().wait_until_healthy()
    eventually(lambda: cluster.names("left"), ["puppet", "leaving.example.com"])
    eventually(lambda: cluster.names("signed"), ["puppet", "healthy.example.com"])
    eventually(lambda: cluster.get("TLSRoute", "older"))
    wait_for_younger(cluster)
    cluster.change_route("leaving", injectDNSAltName=False)
    eventually(lambda: cluster.route_specs().keys() >= {"healthy", "older", "unserved", "leaving",
                                                                 "halved"})
    answer(cluster)
    settled(daemon)


def wait_for_younger(cluster: Cluster) -> None:
    """The age of Pools counts in seconds; of two of one second the first by name is the older."""
    cluster.pool("younger", "shared.example.com")


def pools(daemon) -> dict[str, dict]:
    done = daemon.ctl("pools", "-o", "json")
    return {pool["name"]: pool for pool in json.loads(done.stdout or "[]")}


def settled(daemon) -> None:
    wanted = {"healthy": "ok", "older": "wrong", "younger": "wrong", "lost": "wrong",
              "taken": "wrong", "unserved": "wrong", "invalid": "wrong", "leaving": "ok",
              "off": "off", "halved": "wrong"}
    eventually(lambda: {name: pool["state"] for name, pool in pools(daemon).items()}, wanted)
    eventually(lambda: json.loads(daemon.ctl("certs", "-o", "json").stdout)[0]["state"],
               "withdrawing")
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               lambda summary: "10 Pools (7 not satisfied)" in summary
               and "Pools 0 queued" in summary and "injections 0 queued" in summary)


def test_everything(named_cluster, new_daemon):
    cluster = named_cluster("golden")
    daemon = new_daemon(namespaces=["golden"], services="never")
    make_world(cluster, daemon)
    golden = Goldens(daemon, "world")
    golden.command("pools", "golden")
    golden.command("pools", "golden/lost")
    golden.command("pools", "other")
    golden.command("pools", "golden/none", status=1)
    golden.command("routes", "golden/taken")
    golden.command("certs", "golden/left")
    for name in POOLS:
        status = 1 if pools(daemon)[name]["state"] == "wrong" else 0
        golden.command("explain", f"golden/{name}", status=status)
    golden.command("explain", "golden/none", status=1)
    golden.command("diff", "golden/healthy")
    golden.command("graph", "golden/healthy")
    golden.every("golden/younger", not_ok={"diff", "explain POOL"})
    golden.conclude()


def test_no_command_is_left_out():
    usage = subprocess.run([TLSROUTECTL, "--help"], text=True, capture_output=True).stdout
    described = set(re.findall(r"^  ([a-z]+) ", usage, re.MULTILINE))
    assert described == {command.split()[0] for command in COMMANDS} | OTHERS


def test_yaml_and_json_say_the_same(named_cluster, new_daemon):
    cluster = named_cluster("golden-same")
    daemon = new_daemon(namespaces=["golden-same"], services="never")
    make_world(cluster, daemon)
    for arguments in (["pools"], ["routes"], ["certs"], ["tree"], ["diff"],
                      ["explain", "golden-same/taken"], ["workers"]):
        as_json = json.loads(daemon.ctl(*arguments, "-o", "json").stdout)
        assert yaml.safe_load(daemon.ctl(*arguments, "-o", "yaml").stdout) == as_json
        if isinstance(as_json, list):
            names = ["/".join(filter(None, (row.get("namespace"), row["name"]))) for row in as_json]
            assert daemon.ctl(*arguments, "-o", "name").stdout.split() == names


def test_what_would_be_written(named_cluster, new_daemon):
    """A dry run leaves everything to be written."""
    cluster = named_cluster("golden-dry")
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.certificate("moved", ["puppet", "p.example.com"])
    cluster.server("t", "moved", ["p"])
    cluster.pool("p", inject=True, port=8443)
    daemon = new_daemon(namespaces=["golden-dry"], arguments=("--dry-run",)).start()
    daemon.wait_until_healthy()
    eventually(lambda: len(json.loads(daemon.ctl("diff", "-o", "json").stdout)), 3)
    golden = Goldens(daemon, "dry")
    for form in ("table", "json", "yaml"):
        golden.command("diff", "-o", form, status=1)
        golden.command("adopt", "--dry-run", "-o", form)
    golden.command("diff", "golden-dry/p", status=1)
    golden.conclude()
    assert cluster.route_specs() == {} and cluster.names("c") == ["puppet"]


def crash(daemon, role: str, times: int) -> None:
    """Leaves it down, in a back-off that got longer with each time."""
    for number in range(times):
        worker = eventually(lambda: daemon.workers()[role],
                            lambda worker: worker["restarts"] == number
                            and worker["state"] == "ready")
        os.kill(worker["pid"], signal.SIGKILL)
    eventually(lambda: daemon.workers()[role]["state"], "down")


def test_worker_that_crash_loops(named_cluster, new_daemon):
    """A name has to be added to a Certificate, and nobody is there to do it."""
    cluster = named_cluster("golden-crash")
    cluster.certificate("c", ["puppet"])
    daemon = new_daemon(namespaces=["golden-crash"]).start().wait_until_healthy()
    crash(daemon, "certpatcher", times=7)
    cluster.server("s", "c", ["p"])
    cluster.pool("p", inject=True)
    eventually(lambda: daemon.workers()["reconciler"]["summary"],
               "1 Pools (0 not satisfied), 1 TLSRoutes, 1 Services, 1 Servers, 1 Certificates; "
               "Pools 0 queued, 0 waiting; injections 0 queued, 1 waiting")
    answer(cluster)
    eventually(lambda: json.loads(daemon.ctl("routes", "-o", "json").stdout)[0]["state"], "ok")
    golden = Goldens(daemon, "crash")
    golden.every("golden-crash/p", not_ok={"diff", "status", "health", "health --ready"})
    assert daemon.workers()["certpatcher"]["state"] == "down", "all the time"
    golden.conclude()
    daemon.wait_until_healthy(seconds=60)
    eventually(lambda: cluster.names("c"), ["puppet", "p.example.com"])


def test_unreadable_objects(cluster, daemon):
    """Objects that cannot be understood can still be queried."""
    pids = daemon.worker_pids()
    cluster.pool("p", "a" * 2000, inject=True)
    cluster.create({**route_manifest("p", "theirs.example.com"), "spec": {
        "hostnames": ["theirs.example.com"],
        "rules": [{"backendRefs": [{"name": f"{'s' * 60}-{i}", "port": 443, "kind": "K" * 60,
                                    "group": "g" * 200} for i in range(16)]}]}})
    cluster.certificate("c", [f"{i}.{'b' * 250}" for i in range(300)])
    cluster.certificate("d", ["puppet"])
    cluster.server("s", "c", ["p"])
    cluster.server("t", "d", ["p"])
    eventually(lambda: pools(daemon).get("p", {}).get("state"), "unreadable")
    eventually(lambda: {row["name"]: row["state"] for row in
                        json.loads(daemon.ctl("certs", "-o", "json").stdout)},
               {"c": "unreadable", "d": "off"})
    for arguments in (["routes"], ["tree"], ["diff"], ["explain", f"{cluster.namespace}/p"],
                      ["graph", "--svg"], ["pools", f"{cluster.namespace}/p"]):
        done = daemon.ctl(*arguments)
        assert done.stderr == "" and done.returncode in (0, 1), arguments
    assert "too long" not in daemon.ctl("routes", "-o", "json").stdout
    assert daemon.worker_pids() == pids


def test_reconciler_hangs(daemon):
    """The supervisor reports what it knows by itself, and who does not answer, without delay."""
    pid = daemon.worker_pids()["reconciler"]
    os.kill(pid, signal.SIGSTOP)
    try:
        started = time.monotonic()
        done = daemon.ctl("status", "-o", "json")
        assert time.monotonic() - started < 6
        status = json.loads(done.stdout)
        assert status["queues"] is None and len(status["streams"]) == 7
        done = daemon.ctl("pools")
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr == "tlsroutectl: the reconciler does not answer\n"
    finally:
        os.kill(pid, signal.SIGCONT)
    eventually(lambda: daemon.ctl("pools").returncode, 0)
    assert daemon.worker_pids()["reconciler"] == pid


def test_reconciler_ends(daemon):
    os.kill(daemon.worker_pids()["reconciler"], signal.SIGKILL)
    answers = set()
    eventually(lambda: (answers.add(daemon.ctl("pools").stderr), daemon.healthy())[1])
    assert answers <= {"", "tlsroutectl: the reconciler is not running\n",
                       "tlsroutectl: the reconciler ended before it answered\n",
                       "tlsroutectl: warning: not in sync with the API server, so this may be "
                       "outdated or incomplete (see tlsroutectl status)\n"}
    assert daemon.ctl("pools").returncode == 0


def test_names_that_a_terminal_obeys(cluster, daemon):
    """A hostname can be any text."""
    cluster.pool("p", "a\033]0;x\007\x9b31m.example.com")
    eventually(lambda: pools(daemon).get("p", {}).get("state"), "wrong")
    for arguments in (["pools"], ["tree"], ["explain", f"{cluster.namespace}/p"], ["diff"],
                      ["graph"], ["graph", "--svg"], ["pools", "-o", "yaml"],
                      ["pools", "-o", "json"]):
        text = daemon.ctl(*arguments).stdout
        assert not [byte for byte in text if byte < " " and byte != "\n" or "\x7f" <= byte < "\xa0"]
    assert pools(daemon)["p"]["hostname"] == "a\033]0;x\007\x9b31m.example.com"


def on_terminal(daemon, *arguments: str, until: str = "", **environment: str) -> str:
    """What the command writes to a terminal, until that text comes, or to its end."""
    terminal, theirs = pty.openpty()
    process = subprocess.Popen([TLSROUTECTL, "--socket", daemon.socket, *arguments], stdin=theirs,
                               stdout=theirs, stderr=theirs, env={**os.environ, **environment})
    os.close(theirs)
    text = b""
    with contextlib.suppress(OSError):  # the other side has been closed
        while not (until and until.encode() in text):
            if not select.select([terminal], [], [], 20)[0]:
                break
            text += os.read(terminal, 65536)
    if until:
        process.terminate()
    process.wait(10)
    os.close(terminal)
    assert until in text.decode()
    return text.decode()


def test_colours(cluster, daemon):
    """Only on a terminal, and only without NO_COLOR."""
    cluster.pool("wrong", "Not_A.Hostname")
    eventually(lambda: pools(daemon)["wrong"]["state"], "wrong")
    assert "\033[31mwrong" in on_terminal(daemon, "pools", NO_COLOR="")
    assert "\033" not in on_terminal(daemon, "pools", NO_COLOR="1")
    assert "\033" not in daemon.ctl("pools").stdout


def test_watch_on_a_terminal(cluster, daemon):
    """Only what has changed is drawn again."""
    adding = threading.Timer(1, lambda: cluster.pool("wrong", "Not_A.Hostname"))
    adding.start()
    text = on_terminal(daemon, "watch", until="HostnameInvalid", NO_COLOR="1")
    adding.join()
    assert text.count("\033[2J") == 1
    assert text.count("certpatcher ") == 1, "the line about it is the same"


@pytest.mark.parametrize("word, meant", [("stat", "status"), ("p", "pools"), ("lo", "loglevel"),
                                         ("worker", "workers")])
def test_shortened_commands(daemon, word, meant):
    short, whole = daemon.ctl(word), daemon.ctl(meant)
    assert short.returncode == whole.returncode == 0
    assert short.stdout.split()[0] == whole.stdout.split()[0]


@pytest.mark.parametrize("word, candidates", [("w", "workers or watch"), ("re", "resync or reload"),
                                              ("r", "routes, resync or reload")])
def test_ambiguous_commands(daemon, word, candidates):
    done = daemon.ctl(word)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"tlsroutectl: ambiguous command: {word} ({candidates}?)"
