# SPDX-License-Identifier: Apache-2.0
"""tlsrouted as its package installs it, on a Debian machine that has systemd: test_systemd.py boots
one and runs this file there. The last tests take the package away again."""

import contextlib
import grp
import json
import os
import pwd
import random
import re
import shutil
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from cluster import Cluster, expected_spec
from daemon import ACCOUNTS, ROLES, children, is_running
from lab import PORTS, build
from waiting import eventually

ETC = Path("/etc/tlsrouted")
CREDENTIALS = Path("/etc/credstore")
DROP_INS = Path("/run/systemd/system/tlsrouted.service.d")
EXAMPLES = Path("/usr/share/doc/tlsrouted/examples")
PACKAGES = [next(Path("/packages").glob(f"{name}_*.deb"), None) for name in ("tlsrouted", "tlsroutectl")]
TOP = Path(__file__).resolve().parents[2]
EXPOSURE_MAX = 15  # tenths
ERROR, WARNING, INFO = "3", "4", "6"


def run(*command, check: bool = True, **options) -> str:
    """What it prints, on both outputs."""
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, **options)
    assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}"
    return done.stdout


def succeeds(*command) -> bool:
    return subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=120).returncode == 0


class Unit:
    """A unit with the configuration and the credentials that it reads from /etc/tlsrouted."""

    def __init__(self, lab, tokens, namespace: str, name: str = "tlsrouted"):
        self.lab, self.tokens, self.namespace = lab, tokens, namespace
        self.name = name
        instance = name.partition("@")[2]
        self.config = ETC / f"{instance or 'tlsrouted'}.yaml"
        self.runtime = Path("/run") / name.replace("@", "-")
        self.socket = self.runtime / "control.sock"
        self.metrics = f"127.0.0.1:{random.choice(PORTS)}"
        self.configure()

    def token_file(self, role: str) -> Path:
        return ETC / f"{self.config.stem}-{role}.token"

    def configure(self, more: str = "", folder: Path = ETC) -> None:
        """The kubeconfigs are taken from a folder, each with its token in a file."""
        text = (f"namespaces: [{self.namespace}]\nheartbeat: {{interval: 1, timeout: 3}}\n"
                f"metrics: {{listen: '{self.metrics}'}}\n"
                f"control: {{socket: {self.socket}, group: tlsrouted}}\n{more}credentials:\n")
        for role in ROLES:
            kubeconfig = ETC / f"{self.config.stem}-{role}.kubeconfig"
            self.token_file(role).write_text(self.tokens[role])
            self.token_file(role).chmod(0o600)
            self.lab.kubeconfig(kubeconfig, token_file=self.token_file(role))
            name = kubeconfig.name if folder == ETC else f"tlsrouted.{role}.kubeconfig"
            text += f"  {role}: {{kubeconfig: {folder / name}}}\n"
        self.config.write_text(text)

    def systemctl(self, verb: str, *options: str) -> str:
        return run("systemctl", verb, *options, self.name)

    def show(self, name: str) -> str:
        return run("systemctl", "show", "--value", "--property", name, self.name).strip()

    @property
    def pid(self) -> int:
        return int(self.show("MainPID"))

    def ctl(self, *arguments, user: tuple[int, int] | None = None) -> subprocess.CompletedProcess:
        become = [] if user is None else ["setpriv", f"--reuid={user[0]}", f"--regid={user[1]}",
                                          "--clear-groups"]
        return subprocess.run([*become, "tlsroutectl", "--socket", str(self.socket), *arguments],
                              text=True, capture_output=True, timeout=20)

    def workers(self) -> dict[str, dict]:
        return {each["name"]: each
                for each in json.loads(self.ctl("workers", "-o", "json").stdout or "[]")}

    def wait_until_healthy(self) -> None:
        eventually(lambda: self.ctl("status").returncode, 0, f"{self.name} is healthy")

    def levels(self) -> dict[str, str]:
        status = json.loads(self.ctl("status", "-o", "json").stdout)
        return {"supervisor": status["sandbox"], **{role: worker["sandbox"] for role, worker
                                                    in self.workers().items() if worker["pid"]}}

    def journal(self) -> list[dict[str, str]]:
        """What its processes have logged since it was started last."""
        own = f"_SYSTEMD_INVOCATION_ID={self.show('InvocationID')}"
        lines = run("journalctl", "--output", "json", own).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@contextlib.contextmanager
def drop_in(unit: Unit, text: str):
    """Adds it to the unit for a while, which is started anew with and without it."""
    DROP_INS.mkdir(parents=True)
    (DROP_INS / "test.conf").write_text(text)
    try:
        run("systemctl", "daemon-reload")
        unit.systemctl("restart")
        yield
    finally:
        shutil.rmtree(DROP_INS)
        run("systemctl", "daemon-reload")
        unit.systemctl("restart")


@pytest.fixture(scope="module")
def world(session_lab):
    """A namespace of the cluster."""
    made = Cluster(session_lab.lab, "machine")
    made.request("POST", "/api/v1/namespaces", {"metadata": {"name": "machine"}})
    made.gateway()
    return made


@pytest.fixture(scope="module")
def unit(session_lab, world):
    """Started, and in sync when this returns, as systemd has waited for that."""
    unit = Unit(session_lab.lab, session_lab.tokens, "machine")
    unit.systemctl("start")
    assert unit.ctl("status").returncode == 0
    return unit


def works(world, name: str) -> None:
    world.pool(name)
    eventually(lambda: world.route_specs().get(name), expected_spec(name), f"the route of {name}")


# As it was installed

def test_nothing_runs_without_a_configuration():
    assert None not in PACKAGES and not (ETC / "tlsrouted.yaml").exists()
    run(TOP / "packaging" / "debian" / "tests" / "host")


def test_packages_own_test(session_lab):
    """Of debian/tests: from an administrator's kubeconfig to a TLSRoute."""
    lab = session_lab.lab
    environment = {**os.environ, "TLSROUTED_TEST_KUBECONFIG": str(lab.admin_kubeconfig),
                   "TLSROUTED_TEST_KUBECTL": str(build() / "bin" / "kubectl")}
    run(TOP / "packaging" / "debian" / "tests" / "cluster", env=environment)
    assert list(ETC.iterdir()) == []


# At work

def test_converges(unit, world):
    works(world, "first")


def test_type_of_the_unit(unit):
    version = int(re.match(r"systemd (\d+)", run("systemctl", "--version"))[1])
    assert unit.show("Type") == ("notify-reload" if version >= 254 else "notify")
    eventually(lambda: "1 Pools" in unit.show("StatusText"), what="the status of the unit")


def test_exposure(unit):
    run("systemd-analyze", "--no-pager", "security", f"--threshold={EXPOSURE_MAX}",
        "tlsrouted.service")


def test_what_confines_it(unit):
    """One user, and nothing that a process of it could gain."""
    levels = unit.levels()
    assert set(levels) == {"supervisor", "exporter", *ROLES}
    for level in levels.values():
        assert {"seccomp", "no-capabilities", "limits"} <= set(level.split())
        assert "no-landlock" not in level and "landlock-" in level
    for pid in (unit.pid, *children(unit.pid)):
        status = Path(f"/proc/{pid}/status").read_text()
        assert re.findall(r"Cap(?:Prm|Eff|Bnd|Amb):\t(\w+)", status) == ["0" * 16] * 4
    assert [line for line in unit.journal() if line["PRIORITY"] <= WARNING] == []


def test_usage_of_workers_is_seen(unit):
    """Though other processes are hidden from it."""
    with urllib.request.urlopen(f"http://{unit.metrics}/metrics", timeout=20) as answer:
        found = dict(re.findall(r'^tlsrouted_process_resident_memory_bytes\{role="(\w+)"\} (\d+)',
                                answer.read().decode(), re.MULTILINE))
    assert all(int(found[role]) > 0 for role in ("supervisor", *ROLES))


def test_members_of_the_group_may_query(unit):
    nobody, group = pwd.getpwnam("nobody").pw_uid, grp.getgrnam("tlsrouted").gr_gid
    assert unit.ctl("status", user=(nobody, group)).returncode == 0
    assert unit.ctl("resync", user=(nobody, group)).returncode != 0
    assert unit.ctl("status", user=(nobody, nobody)).returncode != 0


def test_killed_worker(unit, world):
    before = unit.workers()["reconciler"]
    os.kill(before["pid"], signal.SIGKILL)
    eventually(lambda: unit.workers()["reconciler"]["restarts"], before["restarts"] + 1)
    unit.wait_until_healthy()
    works(world, "after-a-kill")


def test_journal(unit):
    """The lines of before: each with its priority in place of a prefix, and with fields to find it."""
    lines = [line for line in unit.journal() if line["MESSAGE"].startswith("time=")]
    assert {line["SYSLOG_IDENTIFIER"] for line in lines} == {"tlsrouted"}
    assert {line["_SYSTEMD_UNIT"] for line in lines} == {"tlsrouted.service"}
    fields = [dict(re.findall(r"(\w+)=(\S+)", line["MESSAGE"])) for line in lines]
    assert {each["role"] for each in fields} >= {"supervisor", "watcher"}
    numbers = {"error": ERROR, "warning": WARNING, "info": INFO}
    assert [line["PRIORITY"] for line in lines] == [numbers[each["level"]] for each in fields]
    assert ERROR in {line["PRIORITY"] for line in lines}  # that a worker was killed


def test_reload_with_another_credential(unit, session_lab, world):
    """What was wrong is said to whoever reloads; what is right is used."""
    good = unit.config.read_text()
    pid = unit.pid
    unit.config.write_text(f"{good}unknown: key\n")
    assert not succeeds("systemctl", "reload", "tlsrouted")
    assert unit.pid == pid and unit.show("ActiveState") == "active"
    unit.config.write_text(good.replace("interval: 1", "interval: 2"))
    unit.token_file("reconciler").write_text(session_lab.lab.token(ACCOUNTS, "tlsrouted-reconciler"))
    unit.systemctl("reload")
    eventually(lambda: [line for line in unit.journal() if "credentials read again" in line["MESSAGE"]])
    eventually(lambda: [line for line in unit.journal() if "a credential changed" in line["MESSAGE"]])
    works(world, "after-a-reload")
    assert unit.pid == pid
    unit.config.write_text(good)
    unit.systemctl("reload")


def test_watchdog(unit, world):
    """A supervisor that stands still is ended, and comes back."""
    with drop_in(unit, "[Service]\nWatchdogSec=4s\n"):
        family = [unit.pid, *children(unit.pid)]
        os.kill(family[0], signal.SIGSTOP)
        eventually(lambda: unit.show("NRestarts"), "1", "it was started again")
        eventually(lambda: unit.show("ActiveState"), "active")
        assert [pid for pid in family if is_running(pid)] == []
        unit.wait_until_healthy()
    works(world, "after-the-watchdog")


def test_users_of_their_own(unit, world):
    with drop_in(unit, (EXAMPLES / "own-uids.conf").read_text()):
        levels = unit.levels()
        for number, role in enumerate(ROLES):
            assert f"uid-{61000 + number}" in levels[role] and "empty-root" in levels[role].split()
        assert "few-capabilities" in levels["supervisor"]
        works(world, "with-users")
        os.kill(unit.workers()["watcher"]["pid"], signal.SIGSTOP)
        eventually(lambda: unit.workers()["watcher"]["restarts"], 1, "the supervisor has ended it")


def test_credentials_of_systemd(unit, world):
    CREDENTIALS.mkdir(exist_ok=True)
    for role in ROLES:
        shutil.copy(ETC / f"tlsrouted-{role}.kubeconfig",
                    CREDENTIALS / f"tlsrouted.{role}.kubeconfig")
    unit.configure(folder=Path("/run/credentials/tlsrouted.service"))
    unit.systemctl("restart")
    works(world, "with-credentials")
    unit.configure()
    shutil.rmtree(CREDENTIALS)


def test_another_cluster(unit, session_lab, world):
    """From the same host: a second unit, which the first one knows nothing of."""
    other = Cluster(session_lab.lab, "west")
    other.request("POST", "/api/v1/namespaces", {"metadata": {"name": "west"}})
    other.gateway()
    west = Unit(session_lab.lab, session_lab.tokens, "west", "tlsrouted@west")
    west.systemctl("start")
    works(other, "western")
    assert west.pid != unit.pid and unit.ctl("status").returncode == 0
    west.systemctl("stop")
    assert not west.runtime.exists() and unit.socket.exists()
    works(world, "eastern")


# Its end

def test_upgrade_while_it_runs(unit, world):
    pid = unit.pid
    run("dpkg", "--install", *PACKAGES)
    assert unit.show("ActiveState") == "active" and unit.pid != pid
    works(world, "after-an-upgrade")


def test_stop_leaves_nothing(unit):
    family = [unit.pid, *children(unit.pid)]
    unit.systemctl("stop")
    assert unit.show("Result") == "success"
    assert [pid for pid in family if is_running(pid)] == []
    assert not unit.runtime.exists()
    tests = Path(os.environ["TMPDIR"])
    eventually(lambda: [path for folder in ("/run", "/tmp", "/var/tmp", "/dev/shm")
                        for path in Path(folder).glob("*tlsrouted*") if tests not in path.parents],
               [], "what systemd removes some moments later is gone")


def test_purge_leaves_nothing(unit):
    unit.systemctl("start")
    run("dpkg", "--purge", "tlsrouted")
    assert not ETC.exists() and not unit.runtime.exists()
    assert run("systemctl", "list-units", "--all", "--no-legend", "tlsrouted*") == ""
    assert run("systemctl", "list-unit-files", "--no-legend", "tlsrouted*", check=False) == ""


def test_command_line_alone(session_lab, tmp_path):
    """On a machine without tlsrouted it does all that it does, also with an exec plugin."""
    lab = session_lab.lab
    lab.service_account("machine", "reader")
    plugin, kubeconfig = tmp_path / "plugin", lab.kubeconfig(tmp_path / "kubeconfig")
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                  "status": {"token": lab.token("machine", "reader")}}
    plugin.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(credential)}\nEND\n")
    plugin.chmod(0o755)
    user = {"exec": {"apiVersion": credential["apiVersion"], "command": str(plugin),
                     "interactiveMode": "Never"}}
    kubeconfig.write_text(kubeconfig.read_text().replace("user: {}", f"user: {json.dumps(user)}"))
    said = run("tlsroutectl", "setup", "--kubeconfig", kubeconfig, "--folder", tmp_path, check=False)
    assert "this user may not write" in said  # it was the plugin's user, who may not
    run("dpkg", "--purge", "tlsroutectl")
    assert not Path("/usr/libexec/tlsrouted").exists()
