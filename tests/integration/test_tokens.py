# SPDX-License-Identifier: Apache-2.0
"""Who each worker is: tokens that the minter requests and replaces, and tokens in files."""

import json
import re
import threading
from collections import Counter
from pathlib import Path

import pytest

from cluster import expected_spec
from daemon import ACCOUNTS, ROLES, children
from packets import SUPERVISOR_LINK, message, send, take_socket
from proxy import Proxy
from test_connections import assert_works
from waiting import eventually

SECRET = "tlsrouted-tokens"
SECRETS = f"/api/v1/namespaces/{ACCOUNTS}/secrets"


@pytest.fixture
def minting_daemon(lab, new_daemon, cluster):
    """Makes daemons whose minter has the token of its account in a file, as in a Pod."""
    def make(server: str | None = None, secret: str = SECRET, extra: str = "", **options):
        daemon = new_daemon(**options)
        pod = daemon.folder / "pod"
        pod.mkdir()
        (pod / "ca.crt").write_bytes(lab.ca_file.read_bytes())
        (pod / "namespace").write_text(f"{ACCOUNTS}\n")
        (pod / "token").touch(mode=0o600)
        (pod / "token").write_text(lab.token(ACCOUNTS, "tlsrouted-minter"))
        if "sandbox" in daemon.settings:
            extra = f"{extra}sandbox: {daemon.settings['sandbox']}\n"
        daemon.config.write_text(
            f"log:\n  level: {daemon.settings['level']}\n"
            f"namespaces: {json.dumps(daemon.namespaces)}\n"
            f"control:\n  socket: {daemon.socket}\n"
            f"cluster:\n  server: {server or lab.server}\n  caFile: pod/ca.crt\n"
            f"credentials:\n  source: token-request\n  secret: {secret}\n"
            f"  minter: {{tokenFile: pod/token}}\n{extra}")
        daemon.hand_over()
        return daemon

    return make


@pytest.fixture
def secret(lab, tokens):
    """The one that tokens are bound to; back as it was at the end."""
    yield SECRET
    renew_secret(lab)


def renew_secret(lab) -> None:
    """With its deletion all tokens that are bound to it are revoked, within some 10 s."""
    lab.request("DELETE", f"{SECRETS}/{SECRET}")
    status, answer = lab.request("POST", SECRETS, {"metadata": {"name": SECRET}})
    assert status == 201, answer


def minted(daemon, role: str) -> int:
    return len(daemon.said("a worker has a new token", worker=role))


def test_minted_tokens(cluster, minting_daemon):
    daemon = minting_daemon().start().wait_until_healthy()
    assert_works(cluster, "p")
    assert {role: minted(daemon, role) for role in ROLES} == dict.fromkeys(ROLES, 1)
    assert daemon.problems() == []
    assert "3 of 3 tokens are valid" in daemon.ctl("status").stdout
    assert not daemon.said("eyJ")  # what every one of these tokens begins with


def test_who_they_are(lab, cluster, minting_daemon):
    """Each writes under its own name, and the Pod's account writes nothing but TokenRequests."""
    daemon = minting_daemon().start().wait_until_healthy()
    assert_works(cluster, "p")
    users = {(event["user"]["username"].rpartition(":")[2], event["objectRef"]["resource"])
             for event in lab.audit_events()
             if event["objectRef"].get("namespace") == cluster.namespace
             and ":tlsrouted-" in event["user"]["username"]}
    assert users >= {("tlsrouted-reconciler", "tlsroutes"),
                     ("tlsrouted-certpatcher", "certificates")}
    assert not any(user == "tlsrouted-minter" for user, _ in users)
    assert {event["objectRef"].get("subresource") for event in lab.audit_events()
            if event["user"]["username"].endswith(":tlsrouted-minter")} == {"token"}
    assert daemon.problems() == []


def test_once(cluster, minting_daemon):
    cluster.pool("p")
    daemon = minting_daemon(arguments=("--once",))
    assert daemon.run().returncode == 0
    assert cluster.route_spec("p") == expected_spec("p")


def memory_of(pid: int) -> bytes:
    """What it can write to: heap, stack, data."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            start, end, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if mode.startswith("rw"):
                try:
                    memory.seek(int(start, 16))
                    found.append(memory.read(int(end, 16) - int(start, 16)))
                except OSError:
                    pass  # what the kernel itself keeps there
    return b"".join(found)


def test_where_the_tokens_are(lab, cluster, minting_daemon):
    """In the memory of the one worker each, and in no environment or command line."""
    daemon = minting_daemon().start().wait_until_healthy()
    assert_works(cluster, "p")
    family = {pid: Path(f"/proc/{pid}/comm").read_text().strip()
              for pid in [daemon.pid, *children(daemon.pid)]}
    memories = {name: memory_of(pid) for pid, name in family.items()}
    pod = (daemon.folder / "pod" / "token").read_text().encode()
    assert {name for name, memory in memories.items() if pod in memory} <= {"tlsrouted", "minter"}
    assert pod in memories["minter"]
    tokens = {role: set(re.findall(rb"eyJ[\w-]+\.[\w-]+\.[\w-]{80,}", memories[role]))
              for role in ROLES}
    assert all(tokens.values())
    for role in ROLES:
        for other in ROLES:
            assert other == role or not tokens[role] & tokens[other]
    for pid in family:
        for name in ("environ", "cmdline"):
            text = Path(f"/proc/{pid}/{name}").read_bytes()
            assert b"eyJ" not in text


def test_no_secret_yet(lab, cluster, minting_daemon, secret):
    """Said once, and all is well as soon as it is there."""
    lab.request("DELETE", f"{SECRETS}/{SECRET}")
    daemon = minting_daemon().start()
    lines = eventually(lambda: daemon.said("cannot request a token; still trying"),
                       lambda found: len(found) == 3)
    assert all(SECRET in line["reason"] for line in lines)
    assert daemon.workers()["watcher"]["state"] == "down"
    assert daemon.workers()["watcher"]["summary"].endswith("waits for its credential")
    renew_secret(lab)
    daemon.wait_until_healthy(60)
    assert_works(cluster, "p")
    assert len(daemon.problems()) == 3


def test_minter_may_not(lab, minting_daemon, tokens):
    """Get tokens of any other account."""
    token = lab.token(ACCOUNTS, "tlsrouted-minter")
    for name in ("default", "tlsrouted-minter"):
        path = f"/api/v1/namespaces/{ACCOUNTS}/serviceaccounts/{name}/token"
        assert lab.request("POST", path, {}, token=token)[0] == 403
    for path in (SECRETS, "/api/v1/pods", "/apis/openvox.voxpupuli.org/v1alpha1/pools"):
        assert lab.request("GET", path, token=token)[0] == 403
    daemon = minting_daemon(extra="  watcher: {serviceAccount: default}\n").start()
    line = eventually(lambda: daemon.said("cannot request a token"))[0]
    assert line["account"] == "default"
    assert "default" in line["reason"]


@pytest.mark.parametrize("packet", [message("TOKEN", 0, "a b", 3600), message("TOKEN", 3, "t", 1),
                                    message("TOKEN", 0, "", 3600)],
                         ids=["two-words", "minter's-own", "empty"])
def test_minter_gives_nonsense(cluster, minting_daemon, packet):
    daemon = minting_daemon().start().wait_until_healthy()
    pids = daemon.worker_pids()
    with take_socket(pids["minter"], SUPERVISOR_LINK) as link:
        send(link, packet)
    eventually(lambda: daemon.said(worker="minter", level="error"))
    daemon.wait_until_healthy()
    assert {**daemon.worker_pids(), "minter": pids["minter"]} == pids
    assert_works(cluster, "p")


def test_worker_cannot_give_tokens(cluster, minting_daemon):
    daemon = minting_daemon().start().wait_until_healthy()
    with take_socket(daemon.worker_pids()["watcher"], SUPERVISOR_LINK) as link:
        send(link, message("TOKEN", 1, "stolen", 3600))
    eventually(lambda: daemon.restarts()["watcher"], 1)
    daemon.wait_until_healthy()
    assert_works(cluster, "p")


def test_pods_own_token_is_replaced(lab, cluster, minting_daemon, secret):
    """As the kubelet does: the minter goes on with the new one."""
    daemon = minting_daemon().start().wait_until_healthy()
    (daemon.folder / "pod" / "token").write_text(lab.token(ACCOUNTS, "tlsrouted-minter"))
    eventually(lambda: daemon.said("a credential changed", worker="minter"))
    assert_works(cluster, "p")
    assert daemon.problems() == []


def test_rotation_under_load(lab, cluster, minting_daemon, secret):
    """Tokens are revoked again and again while Pools come and go: no event is lost, nobody is
    started anew, and each stream has one request refused for each token at most."""
    rounds = 3
    done = threading.Event()
    made = {}

    def load() -> None:
        number = 0
        while not done.wait(0.02):
            name = f"p{number}"
            cluster.pool(name)
            made[name] = f"{name}.example.com"
            if number % 3 == 0:
                made[name] = f"new-{name}.example.com"
                cluster.change_route(name, hostname=made[name])
            if number % 5 == 0:
                cluster.delete("Pool", name)
                del made[name]
            number += 1

    with Proxy(lab) as proxy:
        daemon = minting_daemon(server=proxy.url).start().wait_until_healthy()
        pids = daemon.worker_pids()
        thread = threading.Thread(target=load)
        thread.start()
        try:
            for number in range(rounds):
                before = {role: minted(daemon, role) for role in ("watcher", "reconciler")}
                renew_secret(lab)

                def replaced() -> bool:
                    proxy.break_streams()
                    return all(minted(daemon, role) > count for role, count in before.items())
                eventually(replaced, what="new tokens", seconds=60)
        finally:
            done.set()
            thread.join()
        daemon.wait_until_healthy()
        eventually(lambda: {name: spec["hostnames"][0]
                            for name, spec in cluster.route_specs().items()
                            if name in made}, made)
        assert_works(cluster, "last")
        refused = Counter(path.partition("?")[0] for method, path, status in proxy.statuses
                          if status == 401 and method == "GET" and "watch=" in path)
        replacements = minted(daemon, "watcher") - 1
        assert refused and max(refused.values()) <= replacements, (refused, replacements)
        assert replacements <= rounds + 1
        print(f"{len(made)} Pools, {replacements} replacements, refused streams: {refused}")
        assert daemon.worker_pids() == pids
        assert set(daemon.restarts().values()) == {0}


def test_token_in_a_file_changes(lab, cluster, new_daemon):
    """The streams go on with the old one, and what is new uses the new one."""
    with Proxy(lab) as proxy:
        daemon = new_daemon(server=proxy.url).start().wait_until_healthy()
        eventually(lambda: len(proxy.watched()), 8)
        watches = len([path for _, path in proxy.requests if "watch=1" in path])
        for role in ROLES:
            daemon.token_file(role).write_text(lab.token(ACCOUNTS, f"tlsrouted-{role}"))
        eventually(lambda: len(daemon.said("a credential changed")) == 3)
        assert_works(cluster, "p")
        assert len([path for _, path in proxy.requests if "watch=1" in path]) == watches
        assert daemon.problems() == []
        assert set(daemon.restarts().values()) == {0}


def test_refused_token_is_read_again_at_once(lab, cluster, new_daemon):
    """Not only after the 10 s in which changed files are noticed anyway."""
    with Proxy(lab) as proxy:
        daemon = new_daemon(server=proxy.url).start().wait_until_healthy()
        path = cluster.path("TLSRoute")
        daemon.token_file("reconciler").write_text(
            lab.token(ACCOUNTS, "tlsrouted-reconciler"))
        proxy.answer("POST", f"^{path}", 401, b"{}", times=1)
        cluster.pool("p")
        eventually(lambda: cluster.route_spec("p"), expected_spec("p"), "the route", 8)
        assert daemon.said("a credential changed", worker="reconciler")
