# SPDX-License-Identifier: Apache-2.0
"""Kubeconfigs whose credential comes from an exec plugin."""

import datetime
import json
import re
import stat
from pathlib import Path

import pytest

from cluster import expected_spec
from daemon import ACCOUNTS, ROLES, children, is_running
from proxy import Proxy
from test_connections import assert_works, free_port
from test_tokens import memory_of
from waiting import eventually, throughout

# It notes each run with the names of its variables, and prints what stands in a file.
V1 = "client.authentication.k8s.io/v1"

SCRIPT = """\
#!/bin/sh
env | cut -d= -f1 | sort | paste -sd, >>"$(dirname "$0")/runs"
echo "$KUBERNETES_EXEC_INFO" >"$(dirname "$0")/info"
echo "$@" >>"$(dirname "$0")/arguments"
cat "$CREDENTIAL"
"""


def credential(token: str, seconds: float | None = None, version: str = V1, **more) -> str:
    status = {"token": token, **more}
    if seconds is not None:
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        status["expirationTimestamp"] = end.strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status})


class Plugin:
    """The plugin of a daemon's watcher; the other workers have a token file."""

    def __init__(self, daemon, lab, script: str = SCRIPT, version: str = V1):
        self.daemon, self.lab = daemon, lab
        self.runs = daemon.folder / "runs"
        self.answer = daemon.folder / "answer"
        self.command = daemon.folder / "give-token"
        self.command.write_text(script)
        self.command.chmod(self.command.stat().st_mode | stat.S_IXUSR)
        path = daemon.kubeconfig("watcher")
        path.write_text(re.sub(r"      tokenFile: .*\n", f"""\
      exec:
        apiVersion: {version}
        command: ./give-token
        args: [for, the watcher]
        interactiveMode: Never
        provideClusterInfo: true
        env:
          - name: CREDENTIAL
            value: {self.answer}
""", path.read_text()))
        daemon.hand_over()

    def print(self, text: str) -> None:
        """From now on."""
        self.answer.write_text(text)
        self.daemon.hand_over()

    def token(self) -> str:
        return self.lab.token(ACCOUNTS, "tlsrouted-watcher")

    def times(self) -> int:
        return len(self.runs.read_text().splitlines()) if self.runs.exists() else 0


@pytest.fixture
def new_plugin(new_daemon, lab):
    def make(script: str = SCRIPT, version: str = V1, **options) -> Plugin:
        return Plugin(new_daemon(**options), lab, script, version)

    return make


def test_runs_once_without_expiry(cluster, new_plugin):
    plugin = new_plugin()
    plugin.print(credential(plugin.token()))
    daemon = plugin.daemon.start().wait_until_healthy()
    assert_works(cluster, "p")
    throughout(plugin.times, 1, "runs of the plugin", 12)
    variables = set(plugin.runs.read_text().strip().split(","))
    assert {"CREDENTIAL", "HOME", "KUBERNETES_EXEC_INFO", "PATH"} <= variables
    assert variables <= {"CREDENTIAL", "HOME", "KUBERNETES_EXEC_INFO", "PATH", "PWD", "OLDPWD",
                         "SHLVL", "_"}
    assert (plugin.daemon.folder / "arguments").read_text() == "for the watcher\n"
    assert daemon.problems() == []
    assert not daemon.said("eyJ")


@pytest.mark.parametrize("version", [V1, f"{V1}beta1"])
def test_version(lab, cluster, new_plugin, version):
    """The plugin is told in the one that its kubeconfig names, and has to answer in it."""
    plugin = new_plugin(version=version)
    plugin.print(credential(plugin.token(), version="client.authentication.k8s.io/v1alpha1"))
    daemon = plugin.daemon.start()
    line = eventually(lambda: daemon.said("an exec plugin fails"))[0]
    assert "not of the apiVersion that the kubeconfig asks for" in line["reason"]
    plugin.print(credential(plugin.token(), version=version))
    daemon.wait_until_healthy()
    assert_works(cluster, "p")
    info = json.loads((daemon.folder / "info").read_text())
    assert (info["apiVersion"], info["spec"]["cluster"]["server"]) == (version, lab.server)


def test_expiry(cluster, new_plugin):
    """At 80 % of its life; the worker goes on with the new one and its streams stay open."""
    plugin = new_plugin()
    plugin.print(credential(plugin.token(), 5))
    daemon = plugin.daemon.start().wait_until_healthy()
    pids = daemon.worker_pids()
    plugin.print(credential(plugin.token(), 3600))
    eventually(lambda: daemon.said("an exec plugin returned a new credential"),
               lambda lines: len(lines) == 2)
    assert_works(cluster, "p")
    throughout(plugin.times, 2, "runs of the plugin", 3)
    assert daemon.worker_pids() == pids
    assert daemon.problems() == []


def test_refused(lab, cluster, new_plugin):
    """After a 401 it is run again."""
    with Proxy(lab) as proxy:
        plugin = new_plugin(server=proxy.url)
        plugin.print(credential("nonsense"))
        daemon = plugin.daemon.start()
        eventually(lambda: daemon.said("refuses the credential (401)", role="watcher"))
        plugin.print(credential(plugin.token()))
        daemon.wait_until_healthy()
        assert_works(cluster, "p")
        assert plugin.times() <= 3
        assert len(daemon.said("refuses the credential (401)")) == 1
        assert set(daemon.restarts().values()) == {0}


@pytest.mark.parametrize("script, reason", [
    ("#!/bin/sh\necho secret-of-mine\n", "its output is not JSON"),
    ("#!/bin/sh\necho 'please log in' >&2\nexit 3\n", "it ended with status 3: please log in"),
    ("#!/bin/sh\nhead -c 300000 /dev/zero\n", "it printed more than 262144 bytes"),
    ("#!/bin/sh\nkill -9 $$\n", "it was killed by signal 9"),
    ("#!/no/such/interpreter\n", "it ended with status 127: No such file or directory"),
    ("#!/bin/sh\ncat <<END\n" + credential("old", -5) + "\nEND\n",
     "its credential has already expired"),
], ids=["no-JSON", "failure", "too-much", "signal", "no-program", "expired"])
def test_failures(cluster, new_plugin, script, reason):
    """Said once; the worker is started when it is mended, and the others need not wait for that."""
    plugin = new_plugin(script)
    daemon = plugin.daemon.start()
    line = eventually(lambda: daemon.said("an exec plugin fails"))[0]
    assert (line["worker"], line["reason"]) == ("watcher", reason)
    assert daemon.workers()["watcher"]["summary"].endswith("waits for its credential")
    eventually(lambda: {role: worker["state"] for role, worker in daemon.workers().items()},
               {"watcher": "down", "reconciler": "ready", "certpatcher": "ready"})
    plugin.print(credential(plugin.token()))
    plugin.command.write_text(SCRIPT)
    daemon.wait_until_healthy()
    assert_works(cluster, "p")
    assert len(daemon.problems()) == 1
    assert not daemon.said("secret-of-mine")


def test_one_that_comes_later(cluster, new_daemon, lab):
    """A confined supervisor runs no plugin: it says so, and goes on with the token it has."""
    daemon = new_daemon(sandbox="enforce").start().wait_until_healthy()
    assert "seccomp" in daemon.said("tlsrouted starts")[0]["sandbox"]
    pids = daemon.worker_pids()
    plugin = Plugin(daemon, lab)
    plugin.print(credential(plugin.token()))
    daemon.reload()
    line = eventually(lambda: daemon.said("the new configuration cannot be used"))[0]
    assert "after a restart of tlsrouted" in line["reason"]
    eventually(lambda: daemon.said("cannot read the credentials again"), what="the reread")
    assert_works(cluster, "p")
    assert (plugin.times(), daemon.worker_pids()) == (0, pids)
    daemon.stop()
    daemon.start().wait_until_healthy()
    assert plugin.times() == 1
    assert daemon.said("tlsrouted starts")[-1]["sandbox"] == "none: it runs exec plugins"


def test_hanging_plugin_goes_with_the_daemon(new_plugin):
    plugin = new_plugin("#!/bin/sh\necho $$ >$(dirname $0)/pid\nexec sleep 1000\n")
    daemon = plugin.daemon.start()
    file = daemon.folder / "pid"
    pid = int(eventually(lambda: file.exists() and file.read_text().strip()))
    eventually(lambda: Path(f"/proc/{pid}/comm").read_text(), "sleep\n")
    daemon.stop()
    eventually(lambda: is_running(pid), False)


def test_old_credentials_are_wiped(new_plugin):
    """From the memory of all that had them; the newest one is there once. (No request goes out: what
    libraries keep of those is theirs.)"""
    plugin = new_plugin(server=f"https://127.0.0.1:{free_port('127.0.0.1')}")
    plugin.print(credential("first-token-of-the-watcher", 2))
    daemon = plugin.daemon.start()
    eventually(plugin.times, 1)
    plugin.print(credential("second-token-of-the-watcher", 2))
    eventually(plugin.times, lambda times: times >= 2)
    plugin.print(credential("third-token-of-the-watcher", 3600))
    eventually(lambda: [line for line in daemon.said("an exec plugin returned a new credential")
                        if int(line["seconds"]) > 3000])
    watcher = eventually(lambda: daemon.worker_pids().get("watcher"))
    for pid in (daemon.pid, watcher):
        eventually(lambda: [memory_of(pid).count(b"%b-token-of-the-watcher" % word)
                            for word in (b"first", b"second", b"third")], [0, 0, 1])


def test_nothing_is_left(cluster, new_plugin):
    plugin = new_plugin()
    plugin.print(credential(plugin.token(), 3))
    daemon = plugin.daemon.start().wait_until_healthy()
    plugin.print(credential(plugin.token(), 3600))
    eventually(plugin.times, 2)
    eventually(lambda: sorted(children(daemon.pid)), sorted(daemon.worker_pids().values()))
    cluster.pool("p")
    eventually(lambda: cluster.route_spec("p"), expected_spec("p"))
    assert set(daemon.worker_pids()) == set(ROLES)
