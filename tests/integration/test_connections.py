# SPDX-License-Identifier: Apache-2.0
"""Connections come from the supervisor: to the API server, by whichever address it answers at, or
through a proxy, and not more often than makes sense."""

import os
import re
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cluster import expected_spec
from daemon import USER, children
from packets import SUPERVISOR_LINK, message, send, take_socket
from tunnel import Tunnel
from waiting import eventually, throughout


as_root = pytest.mark.skipif(os.geteuid() != 0 or USER is not None,
                             reason="needs root for files of its own in /etc")


def place(lab) -> tuple[str, int]:
    """Of the API server."""
    found = urlsplit(lab.server)
    return found.hostname, found.port


def assert_works(cluster, name: str) -> None:
    cluster.certificate(f"c-{name}", ["puppet"])
    cluster.server(f"s-{name}", f"c-{name}", [name])
    cluster.pool(name, inject=True)
    eventually(lambda: (cluster.route_spec(name), cluster.names(f"c-{name}")),
               (expected_spec(name), ["puppet", f"{name}.example.com"]))


def free_port(*addresses: str) -> int:
    """One that is free at all of them."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        try:
            for address in addresses:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                with socket.socket(family) as probe:
                    probe.bind((address, port))
        except OSError:
            continue
        return port


@as_root
@pytest.mark.parametrize("address", ["127.0.0.8", "127.0.0.1", "::1"])
def test_name_with_several_addresses(lab, cluster, new_daemon, folder, address):
    """Only one of which answers."""
    every, name = ("127.0.0.8", "::1", "127.0.0.1"), "kubernetes.default.svc"
    launcher = with_files(folder, {"hosts": "".join(f"{each} {name}\n" for each in every)})
    with Tunnel(place(lab), address, free_port(*every)) as tunnel:
        daemon = new_daemon(server=f"https://{name}:{tunnel.port}", launcher=launcher)
        daemon.start().wait_until_healthy()
        assert_works(cluster, "p")
        assert daemon.problems() == []
        assert 3 <= tunnel.connections <= 6


def with_files(folder, files: dict[str, str]) -> tuple:
    """A launcher of a daemon that finds these in /etc."""
    script = ""
    for name, text in files.items():
        (folder / name).write_text(text)
        script += f"mount --bind {folder / name} /etc/{name} && "
    return ("unshare", "--mount", "sh", "-c", script + 'exec "$@"', "sh")


class NameServer:
    """With `with`. Knows one address of every name, and keeps it to itself until told to answer."""

    HERE, ADDRESS = ("127.0.0.77", 53), "127.0.0.1"

    def __init__(self):
        self.may_answer = threading.Event()
        self.asked = threading.Event()
        self._ended = threading.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(self.HERE)
        self._socket.settimeout(0.2)
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "NameServer":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.may_answer.set()
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                query, client = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            self.asked.set()
            self.may_answer.wait()
            self._socket.sendto(self._answer(query), client)

    def _answer(self, query: bytes) -> bytes:
        """RFC 1035, 4.1: the question again, and an A record where one is asked for."""
        question = query[12:query.index(0, 12) + 5]
        is_a = question[-4:-2] == b"\0\1"
        record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(self.ADDRESS)
        header = query[:2] + b"\x81\x80\0\1" + (b"\0\1" if is_a else b"\0\0") + b"\0\0\0\0"
        return header + question + (record if is_a else b"")


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@as_root
def test_resolver_is_confined(lab, cluster, new_daemon, folder):
    """It is the one that reads what a name server says."""
    launcher = with_files(folder, {"hosts": "", "nsswitch.conf": "hosts: files dns\n",
                                   "resolv.conf": f"nameserver {NameServer.HERE[0]}\n"})
    with NameServer() as names:
        daemon = new_daemon(server=f"https://kubernetes.default.svc:{place(lab)[1]}",
                            launcher=launcher, sandbox="enforce").start()
        assert names.asked.wait(20)
        resolvers = [facts for facts in map(status, children(daemon.pid))
                     if facts["Name"] == "resolver"]
        assert resolvers
        for facts in resolvers:
            assert facts["Uid"].split() == facts["Gid"].split() == ["61005"] * 4
            assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2")
            for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                assert int(facts[kind], 16) == 0, kind
        names.may_answer.set()
        daemon.wait_until_healthy()
        assert_works(cluster, "p")


def test_ipv6_address(lab, cluster, new_daemon):
    with Tunnel(place(lab), "::1") as tunnel:
        daemon = new_daemon(server=f"https://[::1]:{tunnel.port}").start().wait_until_healthy()
        assert_works(cluster, "p")
        assert daemon.problems() == []


def test_no_helper_stays(cluster, new_daemon, lab):
    """The one that looks names up ends when it has answered."""
    port = place(lab)[1]
    daemon = new_daemon(server=f"https://localhost:{port}").start().wait_until_healthy()
    assert_works(cluster, "p")
    assert sorted(worker["pid"] for worker in daemon.workers().values()) == sorted(
        int(pid) for pid in eventually(lambda: _children(daemon.pid), lambda pids: len(pids) == 3))


def _children(pid: int) -> list[str]:
    return open(f"/proc/{pid}/task/{pid}/children").read().split()


def test_unknown_name(new_daemon):
    """Only the watcher has something to ask for as long as nothing has been read."""
    daemon = new_daemon(server="https://no-such-host.invalid:6443").start()
    line = eventually(lambda: daemon.said("cannot reach the API server", role="watcher"))[0]
    assert line["reason"].startswith("cannot look up no-such-host.invalid: ")
    throughout(lambda: len(daemon.said("cannot reach the API server")), 1, "lines about it", 3)
    assert daemon.restarts() == {"watcher": 0, "reconciler": 0, "certpatcher": 0}


def test_what_is_said_of_an_outage(lab, cluster, new_daemon):
    """Of each worker one line, with the address and the system's reason; and one when it is over."""
    port = free_port("127.0.0.1")
    daemon = new_daemon(server=f"https://127.0.0.1:{port}").start()
    roles = eventually(daemon.restarts, lambda found: len(found) == 3)
    eventually(lambda: daemon.said("cannot reach the API server", role="watcher"))
    with Tunnel(place(lab), port=port):
        daemon.wait_until_healthy(60)
        assert_works(cluster, "p")
        for role in roles:
            for line in daemon.said("cannot reach the API server", role=role):
                assert line["reason"] == f"127.0.0.1 port {port}: Connection refused"
            assert len(daemon.said("cannot reach the API server", role=role)) <= 1
        assert len(daemon.said("the API server answers again", role="watcher")) == 1


def test_connections_break(lab, cluster, new_daemon):
    """Again and again: each worker gets new ones, and nobody is started anew."""
    with Tunnel(place(lab)) as tunnel:
        daemon = new_daemon(server=f"https://127.0.0.1:{tunnel.port}").start().wait_until_healthy()
        for number in range(5):
            tunnel.break_all()
            assert_works(cluster, f"p{number}")
        daemon.wait_until_healthy()
        assert set(daemon.restarts().values()) == {0}


@pytest.mark.parametrize("where", ["configuration", "kubeconfig"])
def test_proxy(lab, cluster, new_daemon, where):
    with Tunnel() as tunnel:
        daemon = new_daemon()
        use_proxy(daemon, f"http://localhost:{tunnel.port}", where)
        daemon.start().wait_until_healthy()
        assert_works(cluster, "p")
        assert set(tunnel.asked) == {"CONNECT {}:{} HTTP/1.1".format(*place(lab))}
        assert tunnel.connections == len(tunnel.asked) >= 3
        assert daemon.problems() == []
        # Not past it, when it refuses.
        tunnel.refuse = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        tunnel.break_all()
        eventually(lambda: daemon.said("cannot reach the API server", role="watcher"))
        daemon.stop()  # whoever had a request under way has told how that ended
        daemon.start()
        eventually(lambda: any("403" in line["reason"] for line in
                               daemon.said("cannot reach the API server", role="watcher")))
        tunnel.refuse = None
        daemon.wait_until_healthy(60)
        assert_works(cluster, "after")
        assert set(daemon.restarts().values()) == {0}


def use_proxy(daemon, proxy: str, where: str) -> None:
    if where == "configuration":
        daemon.write_config(f"cluster:\n  proxy: {proxy}\n")
        return
    for role in ("watcher", "reconciler", "certpatcher"):
        path = daemon.kubeconfig(role)
        path.write_text(re.sub(r"( +)(server: .*)", rf"\1\2\n\1proxy-url: {proxy}",
                               path.read_text()))


def test_change_of_proxy(cluster, new_daemon):
    """With SIGHUP the workers are started anew, as for another server."""
    with Tunnel() as tunnel:
        daemon = new_daemon().start().wait_until_healthy()
        use_proxy(daemon, f"http://127.0.0.1:{tunnel.port}", "configuration")
        daemon.reload()
        eventually(lambda: tunnel.connections)
        daemon.wait_until_healthy()
        assert_works(cluster, "p")
        assert tunnel.connections >= 3


def test_worker_that_asks_too_often(lab, cluster, new_daemon):
    """As if it had been taken over: its requests wait or are refused, and the others go on."""
    with Tunnel(place(lab)) as tunnel:
        daemon = new_daemon(server=f"https://127.0.0.1:{tunnel.port}").start().wait_until_healthy()
        before = tunnel.connections
        pids = daemon.worker_pids()
        with take_socket(pids["certpatcher"], SUPERVISOR_LINK) as link:
            link.setblocking(True)
            for _ in range(2000):
                send(link, message("CONNECT_REQUEST"))
        eventually(lambda: daemon.said(worker="certpatcher", level="warning"))
        assert_works(cluster, "p")
        # 64 at once, then one every 100 ms; those that nobody waits for are closed.
        assert tunnel.connections - before < 200
        lines = daemon.said(worker="certpatcher", level="warning")
        assert len(lines) == 1
        assert "a worker asks for" in lines[0]["msg"]
        assert daemon.worker_pids() == pids
        throughout(lambda: len(os.listdir(f"/proc/{pids['certpatcher']}/fd")) < 40, True,
                   "descriptors of the certpatcher", 1)
        assert len(os.listdir(f"/proc/{daemon.pid}/fd")) < 60


@pytest.mark.parametrize("packet", [message("CONNECT_REQUEST") + b"\xa9localhost",
                                    message("CONNECTION"), message("RESOLVE_REQUEST", "localhost", 0, 61005),
                                    message("RESOLVE_RESULT", 0, "")],
                         ids=["to-another-place", "supervisor's", "resolver's", "answer"])
def test_worker_that_asks_for_more(cluster, daemon, packet):
    pids = daemon.worker_pids()
    with take_socket(pids["watcher"], SUPERVISOR_LINK) as link:
        send(link, packet)
    eventually(lambda: daemon.restarts()["watcher"], 1)
    daemon.wait_until_healthy()
    assert_works(cluster, "p")
    after = daemon.worker_pids()
    assert {role for role in after if after[role] != pids[role]} == {"watcher"}
