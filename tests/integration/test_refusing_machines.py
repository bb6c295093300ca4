# SPDX-License-Identifier: Apache-2.0
"""Kernels, containers and units that refuse parts of the sandbox: a real seccomp filter or user
namespace around tlsrouted. It goes on and says what is missing, or ends once and says what to do."""

import errno
import os
import sys
from pathlib import Path

import pytest

from daemon import ROLES, USER, children
from test_connections import assert_works, place
from test_exec_plugin import Plugin, credential
from test_sandbox import NOBODY, levels, open_files

REFUSE = (sys.executable, "-B", str(Path(__file__).with_name("refuse.py")))
LANDLOCK = ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self")
UNCONFINED = 78
IS_ROOT = os.geteuid() == 0 and USER is None
as_root = pytest.mark.skipif(not IS_ROOT, reason="not started as root")

# Options of prctl(2) and operations of seccomp(2).
SET_DUMPABLE, SET_SECCOMP, CAPBSET_DROP, SET_NO_NEW_PRIVS = 4, 22, 24, 38
NEW_LISTENER = 8


def refusing(error: str, *calls: str) -> tuple[str, ...]:
    return (*REFUSE, error, *calls, "--")


# What a machine refuses: a word of the level of all workers, whether the supervisor has it too, and
# what the log says. Whoever is not root has less to give up.
GOES_ON = {
    "landlock": (refusing("EPERM", *LANDLOCK), "no-landlock", True,
                 ("Landlock", os.strerror(errno.EPERM), "SystemCallFilter=")),
    "landlock-half": (refusing("EACCES", "landlock_restrict_self"), "no-landlock", True,
                      ("Landlock", os.strerror(errno.EACCES), "landlock_restrict_self(2)")),
    "no-landlock": (refusing("ENOSYS", *LANDLOCK), "no-landlock", True, None),
    "limits": (refusing("EPERM", "prlimit64", "setrlimit"), "no-limits", True,
               ("resource limits", os.strerror(errno.EPERM), "prlimit(2)")),
    "one-uid": ((*REFUSE, "one-uid", "--"), "no-own-uid", False,
                ("a user of its own", os.strerror(errno.EPERM), "sandboxUids")),
}
GOES_ON_AS_ROOT = {
    "one-uid-and-groups": ((*REFUSE, "one-uid", "setgroups", "--"), "no-own-uid", False,
                           ("a user of its own", os.strerror(errno.EINVAL), "sandboxUids")),
    "setresuid": (refusing("EPERM", "setresuid"), "no-own-uid", False,
                  ("a user of its own", os.strerror(errno.EPERM), "setresuid(2)")),
    "chroot": (refusing("EPERM", "chroot"), "no-empty-root", False,
               ("the empty root folder", os.strerror(errno.EPERM), "chroot(2)")),
    "bounding-set": (refusing("EPERM", f"prctl:{CAPBSET_DROP}"), "no-bounding-set", True,
                     ("bounding set", os.strerror(errno.EPERM), "PR_CAPBSET_DROP")),
}
ENDS = {
    "seccomp": (refusing("EINVAL", "seccomp", f"prctl:{SET_SECCOMP}"),
                ("seccomp filter", "CONFIG_SECCOMP_FILTER", "sandbox: off")),
    "no-new-privileges": (refusing("EPERM", f"prctl:{SET_NO_NEW_PRIVS}"),
                          ("new privileges", "PR_SET_NO_NEW_PRIVS")),
}
ENDS_AS_ROOT = {
    "capset": (refusing("EPERM", "capset"), ("capabilities", "capset(2)")),
}
WORKERS_END_AS_ROOT = {  # one that becomes another user loses its capabilities with that
    "capset": (refusing("EPERM", "capset", "setgroups"), ("capabilities", "capset(2)")),
}


def cases(both: dict, root_only: dict) -> list:
    return [*(pytest.param(*value, id=name) for name, value in both.items()),
            *(pytest.param(*value, id=name, marks=as_root) for name, value in root_only.items())]


def refused_parts(daemon) -> list[str]:
    return [line["reason"] for line in daemon.said("refuses a part of the sandbox", level="warning")]


@pytest.mark.parametrize("launcher, word, of_all, words", cases(GOES_ON, GOES_ON_AS_ROOT))
def test_goes_on_without_it(lab, cluster, new_daemon, launcher, word, of_all, words):
    """The supervisor, the workers, and the process that looks up the server's name; said once."""
    daemon = new_daemon(sandbox="enforce", server=f"https://localhost:{place(lab)[1]}", launcher=launcher)
    daemon.start().wait_until_healthy()
    assert_works(cluster, "p")
    found = [level.split() for level in levels(daemon)]
    assert [word in level for level in found] == [of_all, *(True for _ in ROLES)]
    assert all(level[-1] == "seccomp" for level in found)
    assert set(daemon.restarts().values()) == {0}
    parts = refused_parts(daemon)
    assert len(parts) == len(daemon.problems()) == (0 if words is None else 1)
    assert words is None or all(each in parts[0] for each in words)


@pytest.mark.parametrize("error", ["EPERM", "ENOSYS"])
def test_filter_without_its_call(cluster, new_daemon, error):
    """A container that refuses seccomp(2): prctl(2) does it, too."""
    daemon = new_daemon(sandbox="enforce", launcher=refusing(error, "seccomp"))
    daemon.start().wait_until_healthy()
    assert_works(cluster, "p")
    assert all(level.endswith(" seccomp") for level in levels(daemon))
    assert set(daemon.restarts().values()) == {0} and daemon.problems() == []


@pytest.mark.parametrize("launcher, word, of_all, words", cases(GOES_ON, GOES_ON_AS_ROOT))
def test_goes_on_with_an_exec_plugin(lab, cluster, new_daemon, launcher, word, of_all, words):
    """For which the supervisor is not confined; the helper that runs it meets the same."""
    plugin = Plugin(new_daemon(sandbox="enforce", launcher=launcher), lab)
    plugin.print(credential(plugin.token()))
    daemon = plugin.daemon.start().wait_until_healthy()
    assert_works(cluster, "p")
    assert all(word in level.split() for level in levels(daemon)[1:])
    assert set(daemon.restarts().values()) == {0} and plugin.times() == 1
    assert len(refused_parts(daemon)) <= 1


def assert_ended_once(daemon, process: str | None, words: tuple[str, ...]) -> None:
    """With a line that says what and why; nothing was started again, and nothing is left."""
    pid = daemon.pid
    daemon.process.wait(20)
    assert daemon.process.returncode == UNCONFINED
    lines = daemon.said("cannot enter its sandbox; tlsrouted does not run without", level="error")
    assert len(lines) == 1
    assert process is None or lines[0]["process"] == process
    assert all(word in lines[0]["reason"] for word in words)
    assert not daemon.said("started again") and not daemon.said("killed")
    assert children(pid) == [] and not daemon.socket.exists()


@pytest.mark.parametrize("launcher, words", cases(ENDS, ENDS_AS_ROOT))
def test_ends_once(new_daemon, launcher, words):
    daemon = new_daemon(sandbox="enforce", launcher=launcher).start()
    assert_ended_once(daemon, "supervisor", words)
    assert not daemon.said("tlsrouted starts")


@pytest.mark.parametrize("launcher, words", cases(ENDS, WORKERS_END_AS_ROOT))
def test_ends_once_with_an_exec_plugin(lab, new_daemon, launcher, words):
    """The workers are the first that cannot be confined."""
    plugin = Plugin(new_daemon(sandbox="enforce", launcher=launcher), lab)
    plugin.print(credential(plugin.token()))
    daemon = plugin.daemon.start()
    assert_ended_once(daemon, None, words)
    assert len(daemon.said("stopping", reason="a process cannot enter its sandbox")) == 1


def test_workers_cannot_log_only(new_daemon):
    """A kernel that lets nobody listen to a filter: only the workers ask for that."""
    launcher = refusing("EBUSY", f"seccomp:1={NEW_LISTENER}")
    daemon = new_daemon(sandbox="log", launcher=launcher).start()
    assert_ended_once(daemon, None, ("seccomp filter", os.strerror(errno.EBUSY)))


def test_cannot_hide(new_daemon):
    """What others could read must not be read in the first place, by whatever process."""
    daemon = new_daemon(launcher=refusing("EPERM", f"prctl:{SET_DUMPABLE}")).start()
    assert daemon.process.wait(20) == UNCONFINED
    lines = daemon.log.read_text().splitlines()
    assert len(lines) == 1 and "PR_SET_DUMPABLE" in lines[0]


@pytest.mark.parametrize("launcher", [value[0] for value in (*ENDS.values(), *GOES_ON.values())],
                         ids=[*ENDS, *GOES_ON])
def test_off_asks_for_nothing(cluster, new_daemon, launcher):
    daemon = new_daemon(sandbox="off", launcher=launcher).start().wait_until_healthy()
    assert_works(cluster, "p")
    assert [line["msg"] for line in daemon.problems()] == [
        "the sandbox is off: no process is confined"]


@pytest.mark.skipif(os.geteuid() != 0, reason="may not look into other processes")
@pytest.mark.parametrize("error", ["ENOSYS", "EPERM"])
def test_nothing_is_inherited(cluster, new_daemon, error):
    """Also where descriptors have to be closed one by one."""
    with_files = ("sh", "-c", 'exec 7</etc/passwd 9</etc/passwd; exec "$@"', "sh")
    daemon = new_daemon(launcher=(*with_files, *refusing(error, "close_range")))
    daemon.start().wait_until_healthy()
    for pid in daemon.worker_pids().values():
        assert not {name for name in open_files(pid) if name.startswith("/")}


@as_root
def test_nothing_to_give_up(cluster, new_daemon):
    """Without capabilities, nobody has to be allowed to change them."""
    daemon = new_daemon(sandbox="enforce", user=NOBODY, launcher=refusing("EPERM", "capset"))
    daemon.start().wait_until_healthy()
    assert all("no-capabilities" in level for level in levels(daemon))
    assert daemon.problems() == []


@as_root
def test_socket_that_has_its_group(new_daemon):
    """A unit that starts it with control.group need not allow chown(2)."""
    daemon = new_daemon(launcher=refusing("EPERM", "chown", "fchownat"))
    daemon.config.write_text(daemon.config.read_text().replace(
        f"  socket: {daemon.socket}\n", f"  socket: {daemon.socket}\n  group: {os.getegid()}\n"))
    daemon.start().wait_until_healthy()
    assert daemon.socket.stat().st_mode & 0o777 == 0o660
