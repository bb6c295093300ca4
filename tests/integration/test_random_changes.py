# SPDX-License-Identifier: Apache-2.0
"""2,000 random changes of Pools, Servers, Certificates and hand-written names, workers killed among
them; at the end every Certificate and TLSRoute is compared with a small model that shares nothing
with tlsrouted. TLSROUTED_SEED repeats a run; TLSROUTED_CHANGES makes it longer or shorter."""

import os
import random
import signal

from certificates import LEDGER, PAUSED, counts, ledger_of
from cluster import Refused, expected_spec
from daemon import ROLES
from waiting import eventually

CHANGES = int(os.environ.get("TLSROUTED_CHANGES", 2000))
KILLS = 12
POOLS = [f"p{number}" for number in range(8)]
SERVERS = [f"s{number}" for number in range(10)]
CERTIFICATES = [f"c{number}" for number in range(6)]
HOSTNAMES = [f"h{number}.example.com" for number in range(7)] + ["*.wild.example.com"]
BY_HAND = ["puppet", "puppet.internal", "H1.Example.COM", *HOSTNAMES[:4]]
REMOVALS = 2  # of names that tlsrouted injected, for each Certificate: with more it is a fight


class World:
    """Applies the changes and remembers only what the API server does not know: which names a
    person wrote."""

    def __init__(self, cluster, dice: random.Random):
        self.cluster = cluster
        self.dice = dice
        self.by_hand: dict[str, list[str]] = {}  # by Certificate, in order
        self.removals: dict[str, int] = {}

    def step(self) -> None:
        change = self.dice.choices(
            [self.pool, self.server, self.certificate, self.write_name, self.remove_name,
             self.rewrite, self.status], [34, 22, 4, 16, 12, 4, 8])[0]
        try:
            change()
        except Refused as refused:
            if refused.status not in (404, 409, 422):  # somebody was faster: nothing happened
                raise

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    # Pools and Servers

    def pool(self) -> None:
        name = self.dice.choice(POOLS)
        found = self.cluster.get("Pool", name)
        if found is None:
            self.cluster.pool(name, self.dice.choice(HOSTNAMES), inject=self.chance(0.8),
                              enabled=self.chance(0.8))
        elif self.chance(0.2):
            self.cluster.delete("Pool", name)
        elif self.chance(0.15):
            paused = PAUSED in found["metadata"].get("annotations", {})
            self.cluster.merge("Pool", name, {"metadata": {"annotations": {
                PAUSED: None if paused else "true"}}})
        elif self.chance(0.4):
            self.cluster.change_route(name, hostname=self.dice.choice(HOSTNAMES))
        elif self.chance(0.5):
            route = found["spec"]["route"]
            self.cluster.change_route(name, injectDNSAltName=not route["injectDNSAltName"])
        else:
            self.cluster.change_route(name, enabled=not found["spec"]["route"]["enabled"])

    def pools(self) -> list[str]:
        return self.dice.sample(POOLS, self.dice.randrange(4))

    def server(self) -> None:
        name = self.dice.choice(SERVERS)
        if self.cluster.get("Server", name) is None:
            self.cluster.server(name, self.dice.choice(CERTIFICATES), self.pools())
        elif self.chance(0.2):
            self.cluster.delete("Server", name)
        elif self.chance(0.4):
            self.cluster.merge("Server", name,
                               {"spec": {"certificateRef": self.dice.choice(CERTIFICATES)}})
        else:
            self.cluster.merge("Server", name, {"spec": {"poolRefs": self.pools()}})

    # Certificates and the names in them

    def certificate(self) -> None:
        name = self.dice.choice(CERTIFICATES)
        if name in self.by_hand:
            self.cluster.delete("Certificate", name)
            del self.by_hand[name]
        else:
            names = self.dice.sample(BY_HAND, self.dice.randrange(3))
            names = [each for number, each in enumerate(names)
                     if each.lower() not in [other.lower() for other in names[:number]]]
            self.cluster.certificate(name, names if names or self.chance(0.5) else None)
            self.by_hand[name], self.removals[name] = names, 0

    def edit(self, found: dict, names: list[str]) -> None:
        """As somebody who looks that nothing has changed since he read it."""
        spec = found["spec"]
        test = ({"op": "test", "path": "/spec/dnsAltNames", "value": spec["dnsAltNames"]}
                if "dnsAltNames" in spec else
                {"op": "test", "path": "/metadata/resourceVersion",
                 "value": found["metadata"]["resourceVersion"]})
        self.cluster.patch("Certificate", found["metadata"]["name"],
                           [test, {"op": "add", "path": "/spec/dnsAltNames", "value": names}])

    def any_certificate(self) -> tuple[str, dict, list[str]] | None:
        if not self.by_hand:
            return None
        name = self.dice.choice(sorted(self.by_hand))
        found = self.cluster.get("Certificate", name)
        return name, found, found["spec"].get("dnsAltNames") or []

    def write_name(self) -> None:
        if (chosen := self.any_certificate()) is None:
            return
        name, found, names = chosen
        new = self.dice.choice(BY_HAND)
        known = {each.lower() for each in (*names, *ledger_of(found))}
        if new.lower() not in known:
            place = self.dice.randrange(len(names) + 1)
            self.edit(found, [*names[:place], new, *names[place:]])
            before = [each for each in names[:place] if each in self.by_hand[name]]
            self.by_hand[name].insert(len(before), new)

    def remove_name(self) -> None:
        if (chosen := self.any_certificate()) is None or not chosen[2]:
            return
        name, found, names = chosen
        victim = self.dice.choice(names)
        if victim not in self.by_hand[name]:
            if self.removals[name] >= REMOVALS:
                return
            self.removals[name] += 1
        self.edit(found, [each for each in names if each != victim])
        if victim in self.by_hand[name]:
            self.by_hand[name].remove(victim)

    def rewrite(self) -> None:
        """Only what a person wrote is left, and no ledger."""
        if (chosen := self.any_certificate()) is None:
            return
        name, found, names = chosen
        if names == self.by_hand[name] or self.removals[name] >= REMOVALS:
            return
        self.removals[name] += 1
        found["spec"]["dnsAltNames"] = self.by_hand[name]
        found["metadata"].get("annotations", {}).pop(LEDGER, None)
        self.cluster.request("PUT", self.cluster.path("Certificate", name), found)

    def status(self) -> None:
        if (chosen := self.any_certificate()) is not None:
            self.cluster.request(
                "PATCH", self.cluster.path("Certificate", chosen[0]) + "/status",
                {"status": {"phase": self.dice.choice(["Pending", "Signed", "Renewing"])}},
                "application/merge-patch+json")

    def calm(self) -> None:
        """Paused Pools keep what they had, which only their past can tell: there are none in the
        end."""
        for name, pool in self.cluster.all("Pool").items():
            if PAUSED in pool["metadata"].get("annotations", {}):
                self.cluster.merge("Pool", name, {"metadata": {"annotations": {PAUSED: None}}})


def model(cluster, by_hand: dict[str, list[str]]) -> dict:
    """What has to be, from Pools, Servers and what people wrote."""
    pools, servers = cluster.all("Pool"), cluster.all("Server")
    routes = {name: expected_spec(name, pool["spec"]["route"]["hostname"])
              for name, pool in pools.items() if pool["spec"]["route"]["enabled"]}
    certificates = {}
    for name, written in by_hand.items():
        injected: dict[str, set[str]] = {}
        for server in servers.values():
            if server["spec"]["certificateRef"] != name:
                continue
            for pool in server["spec"]["poolRefs"]:
                route = pools.get(pool, {}).get("spec", {}).get("route", {})
                if route.get("enabled") and route.get("injectDNSAltName") and \
                        route["hostname"].lower() not in [each.lower() for each in written]:
                    injected.setdefault(route["hostname"], set()).add(pool)
        certificates[name] = {
            "by hand, in order": written, "injected": sorted(injected),
            "ledger": {hostname: sorted(names) for hostname, names in injected.items()}}
    return {"routes": routes, "certificates": certificates}


def actual(cluster, by_hand: dict[str, list[str]]) -> dict:
    certificates = {}
    for name, certificate in cluster.all("Certificate").items():
        names = certificate["spec"].get("dnsAltNames") or []
        written = by_hand.get(name, [])
        certificates[name] = {
            "by hand, in order": [each for each in names if each in written],
            "injected": sorted(each for each in names if each not in written),
            "ledger": ledger_of(certificate)}
    return {"routes": cluster.route_specs(), "certificates": certificates}


def differences(cluster, by_hand: dict[str, list[str]]) -> list:
    wanted, is_so = model(cluster, by_hand), actual(cluster, by_hand)
    return [(part, name, {"wanted": wanted[part].get(name), "is": is_so[part].get(name)})
            for part in wanted for name in sorted({*wanted[part], *is_so[part]})
            if wanted[part].get(name) != is_so[part].get(name)]


def test_random_changes(cluster, new_daemon):
    seed = int(os.environ.get("TLSROUTED_SEED", random.randrange(1 << 32)))
    print(f"TLSROUTED_SEED={seed}")
    dice = random.Random(seed)
    daemon = new_daemon(certificates={"grace": 1}, conflicts="warn").start().wait_until_healthy()
    world = World(cluster, dice)
    kills = set(dice.sample(range(CHANGES), KILLS))
    for number in range(CHANGES):
        world.step()
        if number in kills:
            pid = daemon.worker_pids().get(dice.choice(ROLES))
            if pid:
                os.kill(pid, signal.SIGKILL)
    world.calm()
    daemon.wait_until_healthy(seconds=60)
    eventually(lambda: differences(cluster, world.by_hand), [], f"seed {seed}", seconds=100)
    # It is at rest, too.
    eventually(lambda: counts(daemon)["waiting"], 0)
    written = cluster.writes()
    eventually(lambda: counts(daemon)["pending"], 0)
    assert differences(cluster, world.by_hand) == []
    assert cluster.writes() == written
    assert sum(daemon.restarts().values()) >= KILLS // 2
    print(f"{CHANGES} changes, {sum(daemon.restarts().values())} workers killed, "
          f"{counts(daemon)}")
