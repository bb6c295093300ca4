# SPDX-License-Identifier: Apache-2.0
"""What a service manager such as systemd is told."""

import contextlib
import os
import re
import signal
import socket
import threading
import time

import pytest

from daemon import children
from packets import SUPERVISOR_LINK, message, send, take_socket
from waiting import eventually, throughout


class Manager:
    """The manager's end: all that a daemon has told it, one datagram after the other."""

    def __init__(self, path):
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        path.chmod(0o777)
        self.told: list[dict[str, str]] = []

    def listen(self) -> list[dict[str, str]]:
        while True:
            try:
                text = self._socket.recv(4096).decode()
            except BlockingIOError:
                return self.told
            self.told.append(dict(line.split("=", 1) for line in text.splitlines()))

    def forget(self) -> None:
        self.listen()
        self.told = []

    def heard(self, **assignment: str) -> bool:
        return any(assignment.items() <= each.items() for each in self.listen())

    def fill(self) -> None:
        """The queue, as others do while the manager is busy."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    other.sendto(b"X_OTHER=1", str(self.path))

    def end(self) -> None:
        self._socket.close()
        self.path.unlink()

    def status(self) -> str:
        return next((each["STATUS"] for each in reversed(self.listen()) if "STATUS" in each), "")


@pytest.fixture
def manager(folder):
    folder.chmod(0o755)
    return Manager(folder / "notify")


def managed(new_daemon, manager, **options):
    launcher = ("env", f"NOTIFY_SOCKET={manager.path}", "WATCHDOG_USEC=1000000")
    return new_daemon(launcher=launcher, **options)


def test_life(cluster, new_daemon, manager):
    daemon = managed(new_daemon, manager).start()
    eventually(lambda: manager.heard(READY="1"), what="it is ready")
    eventually(manager.status, lambda text: text.startswith("In sync with the API server: "))
    assert daemon.healthy()
    cluster.pool("p")
    eventually(manager.status, lambda text: "1 Pools" in text)

    manager.forget()
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    daemon.reload()
    eventually(lambda: manager.heard(READY="1"), what="it has read its configuration again")
    started = next(each for each in manager.told if each.get("RELOADING") == "1")
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert before <= int(started["MONOTONIC_USEC"]) <= after
    assert manager.told.index(started) < manager.told.index({"READY": "1"})

    daemon.config.write_text("nonsense: true\n")
    manager.forget()
    daemon.reload()
    eventually(lambda: manager.heard(READY="1"), what="the end of a reload that changes nothing")

    manager.forget()
    daemon.stop()
    stopping = [each for each in manager.listen() if each.get("STOPPING") == "1"]
    assert [each["STATUS"] for each in stopping] == ["Stopping: Terminated"]


def test_no_assignment_from_a_worker(cluster, new_daemon, manager):
    """A summary with line breaks ends its worker, and not a word of it gets out."""
    daemon = managed(new_daemon, manager).start().wait_until_healthy()
    pid = daemon.worker_pids()["reconciler"]
    with take_socket(pid, SUPERVISOR_LINK) as link:
        send(link, message("REPORT", False, "x\nMAINPID=1\nWATCHDOG=trigger", False, 0, 1, 0))
    eventually(lambda: daemon.worker_pids()["reconciler"], lambda now: now not in (None, pid))
    daemon.wait_until_healthy()
    cluster.pool("p")
    eventually(manager.status, lambda text: "1 Pools" in text)
    told = {name for each in manager.told for name in each}
    assert told <= {"READY", "STATUS", "WATCHDOG", "EXTEND_TIMEOUT_USEC"}
    assert not [each for each in manager.told if each.get("WATCHDOG", "1") != "1"]


def test_ready_only_after_the_first_sync(cluster, new_daemon, manager, lab):
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))  # and nobody listens there
    daemon = managed(new_daemon, manager,
                     server=f"https://127.0.0.1:{closed.getsockname()[1]}").start()
    eventually(manager.status, lambda text: text.startswith("Not in sync with the API server"))
    eventually(lambda: manager.heard(WATCHDOG="1"), what="it lives all the same")
    throughout(lambda: manager.heard(READY="1"), False, "ready without an API server", seconds=2)
    closed.close()
    for role in ("watcher", "reconciler", "certpatcher"):
        lab.kubeconfig(daemon.kubeconfig(role), token_file=daemon.token_file(role))
    daemon.reload()
    eventually(lambda: manager.heard(READY="1"), what="it is ready")


def test_busy_manager(cluster, new_daemon, manager):
    """It does not read for a while: what it has to know it hears then."""
    manager.fill()
    daemon = managed(new_daemon, manager).start().wait_until_healthy()
    assert not manager.heard(READY="1"), "its queue was full"
    eventually(lambda: manager.heard(READY="1"), what="it is ready")
    eventually(manager.status, lambda text: text.startswith("In sync with the API server: "))

    manager.forget()
    manager.fill()
    daemon.reload()
    eventually(lambda: daemon.said("configuration and credentials read again"))
    eventually(lambda: manager.heard(READY="1"), what="it has read its configuration again")
    told = [each for each in manager.told if "READY" in each or "RELOADING" in each]
    assert [each.get("RELOADING", "over") for each in told] == ["1", "over"]
    assert daemon.problems() == []


def test_manager_that_is_started_anew(cluster, new_daemon, manager):
    """In the sandbox, where no socket can be made; the new manager hears all that holds."""
    daemon = managed(new_daemon, manager, sandbox="enforce").start()
    eventually(lambda: manager.heard(READY="1"), what="it is ready")
    manager.end()
    eventually(lambda: daemon.said("the service manager does not take notifications"))
    again = Manager(manager.path)
    eventually(lambda: again.heard(READY="1"), what="it is ready, for the new manager")
    eventually(again.status, lambda text: text.startswith("In sync with the API server: "))
    eventually(lambda: daemon.said("the service manager takes notifications again"))
    cluster.pool("p")
    eventually(again.status, lambda text: "1 Pools" in text)
    again.forget()
    daemon.stop()
    assert again.heard(STOPPING="1")
    assert len(daemon.problems()) == 1


def test_manager_that_comes_late(new_daemon, manager):
    manager.end()
    daemon = managed(new_daemon, manager).start().wait_until_healthy()
    late = Manager(manager.path)
    eventually(lambda: late.heard(READY="1"), what="it is ready")
    assert len(daemon.said("the service manager does not take notifications")) == 1


class Stopper(threading.Thread):
    """Stops each new process of a daemon as soon as it is there, mostly before it gets ready."""

    def __init__(self, daemon):
        super().__init__()
        self._daemon = daemon
        self._known = set(children(daemon.pid))
        self._over = threading.Event()
        self._stopped = set()

    def run(self) -> None:
        while not self._over.is_set():
            for pid in set(children(self._daemon.pid)) - self._known - self._stopped:
                self._signal(pid, signal.SIGSTOP)
                self._stopped.add(pid)

    def stop(self) -> None:
        self._over.set()
        self.join()
        for pid in self._stopped & set(children(self._daemon.pid)):
            self._signal(pid, signal.SIGCONT)

    @staticmethod
    def _signal(pid: int, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def test_watchdog_only_while_live(new_daemon, manager):
    daemon = managed(new_daemon, manager, heartbeat={"interval": 1, "timeout": 2}).start()
    daemon.wait_until_healthy()
    eventually(lambda: manager.heard(WATCHDOG="1"), what="a sign of life")
    pid = daemon.worker_pids()["watcher"]
    stopper = Stopper(daemon)
    stopper.start()
    os.kill(pid, signal.SIGSTOP)
    try:
        def quiet() -> bool:
            manager.forget()
            began = time.monotonic()
            eventually(lambda: manager.heard(WATCHDOG="1") or time.monotonic() - began > 1.5)
            return not manager.heard(WATCHDOG="1")

        eventually(quiet, what="no signs of life")
    finally:
        stopper.stop()
    daemon.wait_until_healthy()
    manager.forget()
    eventually(lambda: manager.heard(WATCHDOG="1"), what="signs of life again")


def test_priorities_for_the_journal(new_daemon, folder):
    """The log file stands for the journal's socket: the variable names its device and inode."""
    daemon = new_daemon(level="debug")
    daemon.log.touch()
    found = daemon.log.stat()
    daemon.launcher = ("env", f"JOURNAL_STREAM={found.st_dev}:{found.st_ino}")
    daemon.start()
    eventually(daemon.healthy, what="tlsrouted is healthy")
    numbers = {"error": "3", "warning": "4", "info": "6", "debug": "7"}
    lines = daemon.log.read_text().splitlines()
    roles = set()
    for line in lines:
        match = re.match(r"<(\d)>time=\S+ level=(\w+) role=(\w+) ", line)
        assert match and match[1] == numbers[match[2]], line
        roles.add(match[3])
    assert {"supervisor", "watcher"} <= roles
    daemon.stop()
    daemon.log.write_text("")
