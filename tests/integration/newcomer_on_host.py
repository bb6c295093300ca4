# SPDX-License-Identifier: Apache-2.0
"""docs/install-host.md, followed word for word on a Debian machine that has never had tlsrouted, and
three days with it there: test_systemd.py boots one and runs this file first. The last test takes
everything away again."""

import itertools
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from certificates import ledger
from cluster import Cluster, expected_spec, gateway_manifest, listener
from documented import blocks_of
from gateways import answer
from lab import Lab, build
from labs import short_folder
from tlspeer import Authority, Peer, answering
from waiting import eventually

GUIDE = "docs/install-host.md"
DONE_HERE = "elsewhere a host with systemd"  # the mark of the blocks that are
PACKAGES = Path("/packages")
ETC = Path("/etc/tlsrouted")
COMMANDS_MAX = 4  # and `apt update`, which needs the network
HOSTNAME, LATER_HOSTNAME = "production.puppet.example.com", "production.example.org"


@pytest.fixture(scope="session", autouse=True)
def _installed():
    """In place of what other tests need: the guide installs it."""


class Newcomer:
    """Root on the host, in the folder with the packages and with the kubeconfigs of administrators."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.given: list[str] = []
        for name in ("tlsrouted", "tlsroutectl"):
            (package,) = PACKAGES.glob(f"{name}_*.deb")
            shutil.copy(package, folder)
        self._environment = {"PATH": f"{os.environ['PATH']}:{build() / 'bin'}", "HOME": "/root",
                             "KUBECONFIG": str(folder / "admin.kubeconfig"), "TERM": "dumb"}

    def run(self, command: str) -> subprocess.CompletedProcess:
        """With `yes` to what apt asks."""
        return subprocess.run(["bash", "-c", command], cwd=self.folder, env=self._environment, text=True,
                              input="y\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)

    def give(self, command: str) -> str:
        """What it prints."""
        done = self.run(command)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}"
        self.given.append(command)
        return done.stdout

    def is_healthy(self) -> bool:
        return self.run("tlsroutectl status").returncode == 0


def commands_under(heading: str) -> list[str]:
    found = [line for block in blocks_of(GUIDE)
             if block.headings[-1] == heading and block.mark == DONE_HERE
             for line in block.text.splitlines()]
    assert found, f"{GUIDE} has nothing to do under {heading}"
    return found


@pytest.fixture(scope="module")
def folder():
    with short_folder() as made:
        yield made


@pytest.fixture(scope="module")
def newcomer(folder):
    (folder / "home").mkdir()
    return Newcomer(folder / "home")


def new_lab(folder: Path, newcomer: Newcomer, name: str):
    """A cluster in which nothing of tlsrouted is, and its administrator's kubeconfig on the host."""
    lab = Lab(folder / name)
    try:
        lab.start()
        shutil.copy(lab.admin_kubeconfig, newcomer.folder / f"{name}.kubeconfig")
        yield lab
    finally:
        lab.remove()


@pytest.fixture(scope="module")
def lab(folder, newcomer):
    yield from new_lab(folder, newcomer, "admin")


@pytest.fixture(scope="module")
def other_lab(folder, newcomer):
    yield from new_lab(folder, newcomer, "other")


def namespace_with_pool(lab: Lab) -> Cluster:
    cluster = Cluster(lab, "openvox")
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": "openvox"}})
    cluster.create(gateway_manifest("puppet", listener("puppet")))
    cluster.certificate("production", ["puppet"])
    cluster.server("server-1", "production", ["production"])
    cluster.pool("production", HOSTNAME, gateway="puppet", inject=True)
    return cluster


def hostnames(cluster: Cluster) -> list[str]:
    return cluster.get("TLSRoute", "production")["spec"]["hostnames"]


@pytest.fixture(scope="module")
def cluster(lab):
    return namespace_with_pool(lab)


def test_to_a_converged_pool(newcomer, cluster, record_testsuite_property):
    commands = commands_under("Install")
    assert len(commands) <= COMMANDS_MAX
    began = time.monotonic()
    said = [newcomer.give(command) for command in commands]
    eventually(lambda: cluster.route_spec("production"),
               expected_spec("production", HOSTNAME, gateway="puppet"), "the Pool has its route")
    record_testsuite_property("commands", len(commands))
    record_testsuite_property("seconds", round(time.monotonic() - began, 1))
    assert "1. Have both made:  tlsroutectl setup" in "".join(said)  # the package says how to go on
    answer(cluster)
    eventually(lambda: newcomer.give("tlsroutectl pools"),
               lambda printed: re.search(r"^openvox +production +ok\b", printed, re.MULTILINE))


def test_what_the_guide_says_of_its_files():
    table = re.findall(r"^\| `([\w.]+)` \|", (Path(__file__).resolve().parents[2] / GUIDE).read_text(),
                       re.MULTILINE)
    assert sorted(path.name for path in ETC.iterdir()) == sorted(table)
    assert {path.stat().st_mode & 0o777 for path in ETC.iterdir()} == {0o600}


# The first day: another hostname for a Pool, until the certificate has it

def sign(cluster: Cluster) -> None:
    """As its operator does."""
    cluster.request("PATCH", f"{cluster.path('Certificate', 'production')}/status",
                    {"status": {"phase": "Signed"}}, "application/merge-patch+json")


def test_another_hostname(newcomer, cluster, tmp_path):
    authority = Authority(tmp_path / "pki")
    served = [Peer(authority.issue("production", "puppet", HOSTNAME))]
    verify = "tlsroutectl verify openvox/production"
    with answering(lambda connection: served[0](connection)) as port:
        cluster.merge("Gateway", "puppet", {"spec": {"listeners": [listener("puppet", port=port)]}})
        cluster.request("PATCH", f"{cluster.path('Gateway', 'puppet')}/status",
                        {"status": {"addresses": [{"type": "IPAddress", "value": "127.0.0.1"}]}},
                        "application/merge-patch+json")
        answer(cluster)
        sign(cluster)
        newcomer.give(verify)
        newcomer.give("kubectl --namespace openvox patch pools.openvox.voxpupuli.org production --type merge "
                      f"--patch '{{\"spec\":{{\"route\":{{\"hostname\":\"{LATER_HOSTNAME}\"}}}}}}'")
        eventually(lambda: hostnames(cluster), [LATER_HOSTNAME])
        eventually(lambda: ledger(cluster, "production").get(LATER_HOSTNAME), ["production"])
        answer(cluster)
        told = newcomer.run(verify)
        assert told.returncode == 1 and "HOSTNAME MISSING" in told.stdout
        (clean,) = re.findall(r"puppetserver ca clean --certname \S+", told.stdout)
        assert clean.endswith(" production")
        served[0] = Peer(authority.issue("production", "puppet", LATER_HOSTNAME))
        newcomer.give(verify)


# The second one: a credential that is refused at night

def warnings() -> list[str]:
    return subprocess.run(["journalctl", "--unit=tlsrouted", "--priority=warning", "--output=cat"],
                          text=True, stdout=subprocess.PIPE).stdout.splitlines()


def test_a_credential_that_is_refused(newcomer, cluster):
    delete, setup = commands_under("What is on the host")
    assert newcomer.is_healthy()
    before = len(warnings())
    cluster.pool("at-night", gateway="puppet")
    numbers = itertools.count()

    def is_healthy_with_work() -> bool:
        """The API server knows of a token that it has seen for some seconds more."""
        cluster.change_route("at-night", hostname=f"{next(numbers)}.example.org")
        return newcomer.is_healthy()

    newcomer.give(delete)
    eventually(is_healthy_with_work, False, "the status says it")
    eventually(lambda: warnings()[before:],
               lambda lines: any("run tlsroutectl setup again" in line for line in lines),
               "the journal says it, and what to do")
    newcomer.give(setup)
    eventually(newcomer.is_healthy, True, "it is over without a restart")
    cluster.change_route("at-night", hostname="morning.example.org")
    eventually(lambda: cluster.route_spec("at-night")["hostnames"], ["morning.example.org"])


def test_renewal_changes_nothing_before_its_time(newcomer):
    before = (ETC / "minter.token").read_text()
    for command in commands_under("Renewal"):
        newcomer.give(command)
    assert (ETC / "minter.token").read_text() == before


# The third one: another cluster

def test_a_second_cluster(newcomer, cluster, other_lab):
    other = namespace_with_pool(other_lab)
    for command in commands_under("A second cluster"):
        newcomer.give(command)
    eventually(lambda: other.route_spec("production"), bool, "the Pool of the other cluster has its route")
    assert newcomer.is_healthy()
    assert set(json.loads(newcomer.give("tlsroutectl status -o json"))) >= {"sandbox"}
    cluster.pool("beside-the-other", gateway="puppet")
    eventually(lambda: cluster.route_spec("beside-the-other"), bool)


# The end

def test_uninstalled(newcomer, lab, other_lab, cluster):
    for command in commands_under("Uninstall"):
        newcomer.give(command)
    assert not ETC.exists()
    assert newcomer.run("systemctl list-units --all --no-legend 'tlsrouted*'").stdout == ""
    assert list(Path("/etc/systemd/system").rglob("*tlsrouted*")) == []
    for each in (lab, other_lab):
        eventually(lambda: each.request("GET", "/api/v1/namespaces/tlsrouted")[0], 404)
    assert hostnames(cluster) == [LATER_HOSTNAME]  # agents keep their way


def test_every_block_was_given(newcomer):
    marked = [line for block in blocks_of(GUIDE) if block.mark == DONE_HERE
              for line in block.text.splitlines()]
    assert [command for command in marked if command not in newcomer.given] == []
