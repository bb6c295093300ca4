# SPDX-License-Identifier: Apache-2.0
"""tlsrouted as a test runs it: installed, in a folder of its own, with three ServiceAccounts."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from lab import Lab
from logline import PARSERS
from waiting import eventually

TOP = Path(__file__).resolve().parent.parent.parent
PREFIX = Path(os.environ.get("TLSROUTED_PREFIX") or TOP / "build" / "install")
TLSROUTED = PREFIX / "sbin" / "tlsrouted"
TLSROUTECTL = PREFIX / "bin" / "tlsroutectl"

# The whole suite passes with each of these: as another user (a number; only root can), and with
# another `sandbox`.
USER = int(os.environ["TLSROUTED_USER"]) if os.environ.get("TLSROUTED_USER") else None
SANDBOX = os.environ.get("TLSROUTED_SANDBOX")
WORKER_ENVIRONMENT = b"GNUTLS_NO_IMPLICIT_INIT=1\0"  # all of it
# "unit": as a unit of systemd, on a machine that test_systemd.py has booted.
UNDER_UNIT = os.environ.get("TLSROUTED_RUN_UNDER") == "unit"

ROLES = ("watcher", "reconciler", "certpatcher")
KUSTOMIZE = TOP / "packaging" / "kustomize"
ACCOUNTS = "tlsrouted"  # the namespace of the ServiceAccounts in packaging/kustomize
STOP_SECONDS = 5


def grant(lab: Lab) -> dict[str, str]:
    """Installs packaging/kustomize as it is, with its policies in force; the tokens by role."""
    lab.kubectl("apply", "-k", str(KUSTOMIZE / "cluster"))
    tokens = {role: lab.token(ACCOUNTS, f"tlsrouted-{role}") for role in ROLES}
    wait_for_policies(lab, tokens)
    return tokens


def wait_for_policies(lab: Lab, tokens: dict[str, str]) -> None:
    """The API server learns of a policy some moments after it has stored it: until each refuses
    what it is there to refuse. Nothing is written but a Certificate, for that time."""
    dry = "namespaces/default/{}?dryRun=All"
    certificates = "/apis/openvox.voxpupuli.org/v1alpha1/namespaces/default/certificates"
    probe = {"apiVersion": "openvox.voxpupuli.org/v1alpha1", "kind": "Certificate",
             "metadata": {"name": "policy-probe"}, "spec": {}}
    label = {"metadata": {"labels": {"probe": "yes"}}}
    attempts = [
        ("reconciler", "POST", f"/api/v1/{dry.format('services')}",
         {"metadata": {"name": "policy-probe"}, "spec": {"ports": [{"port": 1}]}}, "application/json"),
        ("reconciler", "POST", f"/apis/events.k8s.io/v1/{dry.format('events')}",
         {"metadata": {"name": "policy-probe"}, "eventTime": "2026-01-01T00:00:00.000000Z",
          "reason": "X", "type": "Normal", "action": "X", "reportingController": "x",
          "reportingInstance": "x", "regarding": {"namespace": "default"}}, "application/json"),
        ("reconciler", "POST",
         f"/apis/coordination.k8s.io/v1/namespaces/{ACCOUNTS}/leases?dryRun=All",
         {"metadata": {"name": "policy-probe"}}, "application/json"),
        ("certpatcher", "PATCH", f"{certificates}/policy-probe?dryRun=All", label,
         "application/merge-patch+json"),
    ]
    lab.request("POST", certificates, probe)
    for role, method, path, body, content_type in attempts:
        eventually(lambda: lab.request(method, path, body, content_type, token=tokens[role]),
                   lambda answer: "ValidatingAdmissionPolicy 'tlsrouted-" in str(answer[1]),
                   "the policies are in force")
    lab.request("DELETE", f"{certificates}/policy-probe")


def user(role: str) -> str:
    """The name that the API server knows a role's ServiceAccount by."""
    return f"system:serviceaccount:{ACCOUNTS}:tlsrouted-{role}"


def parent_and_state(pid: int) -> tuple[int, str] | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[1]), fields[0]


def children(pid: int) -> list[int]:
    every = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    return [each for each in every if (parent_and_state(each) or (0, ""))[0] == pid]


def is_running(pid: int) -> bool:
    """Not ended, reaped or not."""
    found = parent_and_state(pid)
    return found is not None and found[1] not in "ZX"


def is_stopped(pid: int) -> bool:
    """By SIGSTOP."""
    found = parent_and_state(pid)
    return found is not None and found[1] == "T"


def is_problem(line: dict[str, str]) -> bool:
    """Not what is so in every test: the `sandbox` that the whole suite runs with, and that no
    controller answers for the Gateways, of which a test that takes a minute hears."""
    return (line["level"] in ("warning", "error")
            and not (SANDBOX and line["msg"].startswith("the sandbox "))
            and not line["msg"].endswith("check its GatewayClass none, which does not exist"))


class Daemon:
    """One tlsrouted with its configuration; started by start()."""

    def __init__(self, folder: Path, lab: Lab, tokens: dict[str, str], namespaces: list[str],
                 server: str | None = None, arguments: tuple[str, ...] = (),
                 launcher: tuple = (), **settings: str):
        """Settings: level and format of the log, and keys of the configuration. Kubeconfigs take
        their token from a file each, which a test may replace, as it may change every other file
        in the folder. A launcher is a command that becomes the one that follows it."""
        self.folder = folder
        self.config = folder / "tlsrouted.yaml"
        self.socket = folder / "control.sock"
        self.log = folder / "log"
        self.namespaces = namespaces
        self.arguments = arguments
        self.launcher = launcher
        self.settings = {"level": "info", "format": "logfmt", **settings}
        if SANDBOX:
            self.settings.setdefault("sandbox", SANDBOX)
        self.user, groups = self.settings.pop("user", USER), self.settings.pop("groups", [])
        self.as_user = {} if self.user is None else {"user": self.user, "group": self.user,
                                                     "extra_groups": groups}
        self.process: subprocess.Popen | None = None
        self.tries_forbidden_calls = False
        for role in ROLES:
            self.token_file(role).write_text(tokens[role])
            self.token_file(role).chmod(0o600)
            lab.kubeconfig(self.kubeconfig(role), token_file=self.token_file(role), server=server)
        self.write_config()
        self.hand_over()

    def hand_over(self) -> None:
        """All files in the folder, to the user that it runs as."""
        if self.as_user:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, self.user, self.user)

    def token_file(self, role: str) -> Path:
        return self.folder / f"{role}.token"

    def kubeconfig(self, role: str) -> Path:
        return self.folder / f"{role}.kubeconfig"

    def write_config(self, more: str = "") -> None:
        credentials = "".join(f"  {role}:\n    kubeconfig: {self.kubeconfig(role).name}\n"
                              for role in ROLES)
        keys = "".join(f"{key}: {json.dumps(value)}\n" for key, value in self.settings.items()
                       if key not in ("level", "format"))
        self.config.write_text(
            f"log:\n  level: {self.settings['level']}\n  format: {self.settings['format']}\n"
            f"{keys}namespaces: {json.dumps(self.namespaces)}\ncontrol:\n  socket: {self.socket}\n"
            f"credentials:\n{credentials}{more}")

    # Life

    def start(self) -> "Daemon":
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.launcher, TLSROUTED, "--config", self.config, *self.arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, **self.as_user)
        return self

    def run(self, seconds: float = 60) -> subprocess.CompletedProcess:
        """With arguments that make it end by itself: waits for that."""
        with self.log.open("ab") as log:
            return subprocess.run(
                [TLSROUTED, "--config", self.config, *self.arguments], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log, text=True, timeout=seconds, **self.as_user)

    @property
    def pid(self) -> int:
        return self.process.pid

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def reload(self) -> None:
        os.kill(self.pid, signal.SIGHUP)

    def stop(self) -> None:
        """Asserts that it ends in time, with status 0, and leaves no process and no socket."""
        family = [self.pid, *children(self.pid)]
        started = time.monotonic()
        self.process.terminate()
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"tlsrouted did not end within {STOP_SECONDS} s") from None
        assert status == 0, f"tlsrouted ended with {status}"
        # What is killed at the end is gone some moments later.
        eventually(lambda: [pid for pid in family if is_running(pid)], [], "processes left",
                   started + STOP_SECONDS - time.monotonic())
        assert not self.socket.exists(), "the control socket is left"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    # What it says

    def ctl(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([TLSROUTECTL, "--socket", self.socket, *arguments], text=True,
                              capture_output=True, timeout=10)

    def healthy(self) -> bool:
        return self.ctl("status").returncode == 0

    def wait_until_healthy(self, seconds: float = 30) -> "Daemon":
        eventually(lambda: self.running() and self.ctl("status"),
                   lambda done: done and done.returncode == 0, "tlsrouted is healthy", seconds)
        return self

    def status(self) -> dict:
        """What `tlsroutectl status` says; empty if there is no answer."""
        return json.loads(self.ctl("status", "-o", "json").stdout or "{}")

    def workers(self) -> dict[str, dict]:
        """What `tlsroutectl workers` says, by role."""
        found = json.loads(self.ctl("workers", "-o", "json").stdout or "[]")
        return {worker["name"]: {**worker, "role": worker["name"]} for worker in found}

    def worker_pids(self) -> dict[str, int]:
        return {role: worker["pid"] for role, worker in self.workers().items()}

    def restarts(self) -> dict[str, int]:
        return {role: worker["restarts"] for role, worker in self.workers().items()}

    def lines(self) -> list[dict[str, str]]:
        """The whole log so far, each line parsed."""
        if not self.log.exists():
            return []
        parse = PARSERS[self.settings["format"]]
        whole = self.log.read_text(encoding="utf-8").rpartition("\n")[0]
        return [parse(line) for line in whole.split("\n") if line]

    def said(self, text: str = "", **fields: str) -> list[dict[str, str]]:
        """The lines with these fields in which this text occurs, in whatever field."""
        return [line for line in self.lines()
                if all(line.get(name) == value for name, value in fields.items())
                and any(text in value for value in line.values())]

    def problems(self) -> list[dict[str, str]]:
        return [line for line in self.lines() if is_problem(line)]


class UnitDaemon(Daemon):
    """The same as an instance of tlsrouted@.service: what the unit sets is in force, but for the
    place of its files and for starting it again."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        if self.launcher or self.as_user:
            pytest.skip("a unit starts it in one way only")
        self.name = f"tlsrouted@{self.folder.name.removeprefix('tlsrouted-')}.service"
        self._drop_in = Path(f"/run/systemd/system/{self.name}.d/test.conf")

    def start(self) -> "UnitDaemon":
        self._drop_in.parent.mkdir(parents=True, exist_ok=True)
        command = " ".join(str(word) for word in (TLSROUTED, "--config", self.config, *self.arguments))
        self._drop_in.write_text(
            f"[Unit]\nConditionPathExists=\n[Service]\nRestart=no\nExecStartPre=\nExecStart=\n"
            f"ExecStart={command}\nReadWritePaths={self.folder}\nStandardError=append:{self.log}\n")
        self._systemctl("daemon-reload")
        self._systemctl("start", "--no-block", self.name)
        return self

    @property
    def pid(self) -> int:
        return int(self._property("MainPID"))

    def running(self) -> bool:
        return self._property("ActiveState") in ("activating", "active", "reloading")

    def stop(self) -> None:
        family = [self.pid, *children(self.pid)]
        self._systemctl("stop", self.name)
        assert self._property("Result") == "success"
        assert [pid for pid in family if is_running(pid)] == []
        assert not self.socket.exists(), "the control socket is left"

    def kill(self) -> None:
        self._systemctl("kill", "--signal=KILL", self.name)
        eventually(self.running, False, "it has ended")

    def _property(self, name: str) -> str:
        return subprocess.run(["systemctl", "show", "--value", "--property", name, self.name],
                              text=True, capture_output=True, check=True).stdout.strip()

    @staticmethod
    def _systemctl(*arguments: str) -> None:
        subprocess.run(["systemctl", *arguments], check=True, timeout=60)
