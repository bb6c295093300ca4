# SPDX-License-Identifier: Apache-2.0
"""Workers that hang: noticed, reported, replaced."""

import contextlib
import os
import signal
import time

import pytest

from cluster import expected_spec
from daemon import ROLES
from waiting import eventually

HEARTBEAT = {"interval": 1, "timeout": 2}


@pytest.mark.parametrize("role", ROLES)
def test_a_worker_that_hangs_is_replaced(cluster, new_daemon, role):
    daemon = new_daemon(heartbeat=HEARTBEAT).start().wait_until_healthy()
    cluster.pool("before")
    eventually(cluster.route_specs, {"before": expected_spec("before")})
    pids = daemon.worker_pids()
    os.kill(pids[role], signal.SIGSTOP)
    cluster.pool("after")
    cluster.certificate("c", ["puppet"])
    cluster.pool("named", inject=True)
    cluster.server("s", "c", ["named"])

    eventually(lambda: daemon.said("a worker answers again", worker=role),
               what="it is replaced by one that answers")
    daemon.wait_until_healthy()
    names = ("before", "after", "named")
    eventually(cluster.route_specs, {name: expected_spec(name) for name in names})
    eventually(lambda: "named.example.com" in cluster.names("c"), what="the name is injected")

    lost = daemon.said("a worker no longer answers", level="error")
    assert [(line["worker"], line["pid"]) for line in lost] == [(role, str(pids[role]))]
    assert len(daemon.said("a worker answers again")) == 1
    ended = daemon.said("a worker ended")
    assert [(line["worker"], line["reason"]) for line in ended] == [
        (role, "it did not answer for 2 s")]
    assert daemon.restarts() == {each: int(each == role) for each in ROLES}


def test_a_supervisor_that_was_stopped_blames_nobody(cluster, new_daemon):
    daemon = new_daemon(heartbeat=HEARTBEAT).start().wait_until_healthy()
    pids = daemon.worker_pids()
    for _ in range(2):
        os.kill(daemon.pid, signal.SIGSTOP)
        stopped = time.monotonic()
        eventually(lambda: time.monotonic() - stopped > HEARTBEAT["timeout"] + 1,
                   what="longer than an answer may take")
        os.kill(daemon.pid, signal.SIGCONT)
        daemon.wait_until_healthy()
    cluster.pool("last")
    eventually(lambda: "last" in cluster.route_specs())
    assert daemon.worker_pids() == pids
    assert daemon.said("does not answer") == []


def test_not_live_while_a_worker_never_answers(new_daemon):
    """One that hangs once is replaced, and that is all; here whatever replaces it hangs too."""
    daemon = new_daemon(heartbeat=HEARTBEAT).start().wait_until_healthy()
    assert daemon.ctl("health", "--live").stdout == "live\n"

    def stop_again():
        pid = daemon.worker_pids()["reconciler"]
        with contextlib.suppress(ProcessLookupError):  # it has been killed meanwhile
            if pid:
                os.kill(pid, signal.SIGSTOP)
        return daemon.ctl("health", "--live")
    answer = eventually(stop_again, lambda answer: answer.returncode == 1)
    assert answer.stdout == "not live\n"
    eventually(lambda: daemon.ctl("health", "--live").returncode, 0)
    daemon.wait_until_healthy()
