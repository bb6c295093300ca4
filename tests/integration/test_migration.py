# SPDX-License-Identifier: Apache-2.0
"""Moving from the operator's built-in routes: docs/migration.md, run word for word while agents talk
through a Gateway that cuts them when their route changes."""

import contextlib
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from certificates import LEDGER, ledger, state
from cluster import expected_spec
from daemon import TLSROUTECTL, TLSROUTED, TOP
from gateways import answer
from openvox_operator import MANAGER, Operator
from passthrough import Agents, Passthrough, echoing
from tlspeer import Authority
from waiting import eventually

NAMESPACE = "puppet"  # as in the document
HOSTS = {"production": "production.puppet.example.com", "staging": "staging.puppet.example.com"}
OLD = "old.puppet.example.com"  # of a Pool that is gone
DOCUMENT = TOP / "docs" / "migration.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 120


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("pki") / "ca")


def populate(cluster, operator: Operator) -> None:
    """A cluster that the operator has managed for a while."""
    for pool, host in HOSTS.items():
        cluster.certificate(pool, ["puppet", OLD] if pool == "production" else [])
        cluster.server(pool, pool, [pool])
        cluster.pool(pool, host, section="tls", inject=True)
    operator.reconcile()
    answer(cluster)


@contextlib.contextmanager
def serving(cluster, authority):
    """The Gateway, with a server of its own behind each Service."""
    with contextlib.ExitStack() as stack:
        ports = {(pool, 8140): stack.enter_context(echoing(authority.issue(pool, host)))
                 for pool, host in HOSTS.items()}
        yield stack.enter_context(Passthrough(cluster, ports))


def own_writes(cluster, *resources: str) -> list:
    return cluster.writes(*resources or ("tlsroutes", "services", "certificates"))


# As they are


def test_taken_over_as_they_are(cluster, new_daemon):
    """Nothing is written where nothing differs; what changes from then on is tlsrouted's to write."""
    populate(cluster, Operator(cluster))
    before = {kind: cluster.all(kind) for kind in ("TLSRoute", "Service", "Certificate")}
    for route in before["TLSRoute"].values():
        managers = {entry["manager"] for entry in route["metadata"]["managedFields"]}
        assert MANAGER in managers and "tlsrouted" not in managers
    daemon = new_daemon().start().wait_until_healthy()
    cluster.pool("witness")
    eventually(lambda: cluster.get("TLSRoute", "witness"))
    for kind, objects in before.items():
        assert {**cluster.all(kind), **objects} == cluster.all(kind)
    assert [verb for verb, *_ in own_writes(cluster)] == ["create"] * 2  # for the witness
    assert daemon.problems() == []
    cluster.change_route("staging", hostname="other.puppet.example.com")
    eventually(lambda: cluster.route_spec("staging"),
               expected_spec("staging", "other.puppet.example.com", section="tls"))
    cluster.change_route("production", enabled=False)
    eventually(lambda: cluster.get("TLSRoute", "production"), None)


def test_one_that_differs(cluster, new_daemon, authority):
    """One request replaces the spec: the route is never gone."""
    populate(cluster, Operator(cluster))
    cluster.merge("TLSRoute", "staging", {"spec": {"parentRefs": [{"name": "gateway"}]}})
    uid = cluster.get("TLSRoute", "staging")["metadata"]["uid"]
    with serving(cluster, authority) as gateway, \
            Agents(gateway.port, authority.file, list(HOSTS.values())) as agents:
        new_daemon().start().wait_until_healthy()
        eventually(lambda: cluster.route_spec("staging"),
                   expected_spec("staging", HOSTS["staging"], section="tls"))
        eventually(lambda: gateway.changes, [("MODIFIED", "staging")])
    assert cluster.get("TLSRoute", "staging")["metadata"]["uid"] == uid
    assert (agents.problems, gateway.cut, gateway.refused) == ([], [], [])
    assert [verb for verb, *_ in own_writes(cluster, "tlsroutes")] == ["patch"]


def test_the_gateway_cuts(cluster, authority):
    """What the others would notice: agents whose route goes are cut, and new ones turned away."""
    operator = Operator(cluster)
    populate(cluster, operator)
    with serving(cluster, authority) as gateway, \
            Agents(gateway.port, authority.file, list(HOSTS.values())) as agents:
        eventually(lambda: min(agents.exchanges.values()) > 0)
        cluster.delete("TLSRoute", "staging")
        eventually(lambda: len(agents.problems), 2)
    assert all(problem.startswith(HOSTS["staging"]) for problem in agents.problems)
    assert HOSTS["staging"] in gateway.cut + gateway.refused


# The document

STAND_INS = {
    # The operator's chart: the setting is in force when the operator has taken it over.
    "helm": """\
case " $* " in
    *" --set gatewayAPI.enabled=false "*) echo false >"$RIG/wanted" ;;
    *" --set gatewayAPI.enabled=true "*) echo true >"$RIG/wanted" ;;
    *) exit 1 ;;
esac
until cmp --silent "$RIG/wanted" "$RIG/in-force"; do sleep 0.05; done
""",
    "systemctl": """\
case "$*" in
    "start tlsrouted") setsid tlsrouted </dev/null >/dev/null 2>&1 & echo $! >"$RIG/pid" ;;
    "stop tlsrouted") kill "$(cat "$RIG/pid")" && tail --pid="$(cat "$RIG/pid")" -f /dev/null ;;
    *) exit 1 ;;
esac
""",
    "tlsrouted": 'exec "$TLSROUTED" --config "$CONFIG" "$@" 2>>"$LOG"\n',
    "tlsroutectl": 'exec "$TLSROUTECTL" --socket "$SOCKET" "$@"\n',
}


class Reader:
    """Someone who follows the document. Where the lab has no such thing as a chart or a service manager,
    and no files in their usual places, stand-ins make the commands mean what they say."""

    def __init__(self, folder: Path, lab, daemon, operator: Operator):
        self.folder, self.daemon, self.operator = folder, daemon, operator
        for name, script in {**STAND_INS, "kubectl": self._kubectl(lab)}.items():
            (folder / name).write_text(f"#!/bin/bash\n{script}")
            (folder / name).chmod(0o755)
        self.environment = {
            **os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "RIG": str(folder),
            "VERSION": "0.9.0", "CONFIG": str(daemon.config), "SOCKET": str(daemon.socket),
            "LOG": str(daemon.log), "TLSROUTED": str(TLSROUTED), "TLSROUTECTL": str(TLSROUTECTL)}
        self.done: list[str] = []

    @staticmethod
    def _kubectl(lab) -> str:
        return f"exec {' '.join(lab._kubectl_command())} \"$@\"\n"

    def follow(self, block: str) -> str:
        """What the commands print; each has to succeed."""
        with subprocess.Popen(["bash", "-m", "-euo", "pipefail", "-c", block], cwd=TOP, text=True,
                              env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, start_new_session=True) as process:
            try:
                process.stdin.write("y\n")
                process.stdin.close()
                self._follow_the_chart(process)
                output = process.stdout.read()
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        assert process.returncode == 0, f"{block}\n{output}"
        self.done.append(block)
        return output

    def _follow_the_chart(self, process: subprocess.Popen) -> None:
        """The operator takes over what its chart says, for as long as the commands run."""
        def wanted() -> str:
            path = self.folder / "wanted"
            return path.read_text() if path.exists() else ""

        def is_over() -> bool:
            if wanted():
                self.operator.configure(wanted().strip() == "true")
                (self.folder / "in-force").write_text(wanted())
            return process.poll() is not None

        eventually(is_over, what=f"the commands end:\n{process.args[-1]}", seconds=SECONDS)

    def end(self) -> None:
        """What a failed test leaves running."""
        if (self.folder / "pid").exists():
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int((self.folder / "pid").read_text()), signal.SIGTERM)


@pytest.fixture
def moving(folder, lab, new_daemon, authority):
    """The operator at work in a namespace, and agents at its Gateway; and somebody who reads the
    document."""
    with contextlib.ExitStack() as stack:
        def begin(cluster):
            operator = Operator(cluster)
            daemon = new_daemon(namespaces=[cluster.namespace], certificates={"grace": 1})
            populate(cluster, operator)
            reader = Reader(folder, lab, daemon, operator)
            stack.callback(reader.end)
            stack.enter_context(operator)
            gateway = stack.enter_context(serving(cluster, authority))
            agents = Agents(gateway.port, authority.file, list(HOSTS.values()))
            return gateway, stack.enter_context(agents), reader

        yield begin


def blocks() -> list[str]:
    return BLOCK.findall(DOCUMENT.read_text(encoding="utf-8"))


def test_the_document(named_cluster, moving):
    """Each of its blocks, in order, to the way back and all."""
    cluster = named_cluster(NAMESPACE)
    gateway, agents, reader = moving(cluster)
    look, ask, off, start, adopt, remove, stop, forget = blocks()
    routes = cluster.all("TLSRoute")
    eventually(lambda: min(agents.exchanges.values()) > 10)

    reader.follow(look)
    assert [line for line in reader.daemon.lines() if line["msg"].startswith("would")] == []
    reader.follow(ask)
    assert own_writes(cluster) == []
    reader.follow(off)
    assert not reader.operator.gateway_api
    assert HOSTS["staging"].split(".")[0] in reader.follow(start)
    assert own_writes(cluster) == []
    names = {name: cluster.names(name) for name in HOSTS}
    assert names["production"] == ["puppet", OLD, HOSTS["production"]]
    printed = reader.follow(adopt)
    assert "puppet/production: 1 name taken into the ledger" in printed
    assert {name: cluster.names(name) for name in HOSTS} == names
    assert {name: ledger(cluster, name) for name in HOSTS} == {
        name: {host: [name]} for name, host in HOSTS.items()}
    reader.follow(remove)
    assert cluster.names("production") == ["puppet", HOSTS["production"]]
    assert {resource for _, resource, _ in own_writes(cluster)} == {"certificates"}
    assert len(own_writes(cluster)) == 2  # one for each ledger

    reader.follow(stop)
    assert reader.operator.gateway_api
    reader.follow(forget)
    assert LEDGER not in cluster.get("Certificate", "production")["metadata"].get("annotations", {})

    before = dict(agents.exchanges)
    eventually(lambda: all(agents.exchanges[host] > before[host] + 10 for host in before))
    assert (agents.problems, gateway.cut, gateway.refused) == ([], [], [])
    assert min(agents.visits.values()) > 10
    now = cluster.all("TLSRoute")
    assert {name: (route["metadata"]["uid"], route["metadata"]["generation"], route["spec"])
            for name, route in now.items()} == {
        name: (route["metadata"]["uid"], route["metadata"]["generation"], route["spec"])
        for name, route in routes.items()}
    assert reader.daemon.problems() == []


def test_what_the_ledger_is_for(cluster, moving):
    """After the document has been followed, a Pool that goes takes its name with it."""
    gateway, agents, reader = moving(cluster)
    for block in blocks()[2:5]:
        reader.follow(block)
    cluster.delete("Pool", "staging")
    eventually(lambda: state(cluster, "staging"), ([], {}))
    eventually(lambda: cluster.get("TLSRoute", "staging"), None)
    eventually(lambda: HOSTS["staging"] in gateway.cut)
    assert cluster.names("production") == ["puppet", OLD, HOSTS["production"]]
    assert [problem for problem in agents.problems if HOSTS["production"] in problem] == []
