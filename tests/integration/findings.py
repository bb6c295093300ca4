# SPDX-License-Identifier: Apache-2.0
"""What is told about a Pool: a warning is a line in the log and an Event, once each, until it is
resolved."""

import re

from waiting import eventually


def lines_about(cluster, daemon, pool: str, reason: str, **fields: str) -> list[dict[str, str]]:
    return daemon.said(namespace=cluster.namespace, name=pool, reason=reason, **fields)


def warned(cluster, daemon, pool: str, reason: str, *words: str, seconds: float = 30) -> str:
    """Waits for the warning that has all these words in it; its text, which stands in exactly one
    line and exactly one Event."""
    def told(text: str) -> int:
        """How often, since it was last resolved."""
        return (len(lines_about(cluster, daemon, pool, reason, level="warning", msg=text))
                - len(lines_about(cluster, daemon, pool, reason, msg="resolved", was=text)))

    def lines() -> list[str]:
        return [line["msg"]
                for line in lines_about(cluster, daemon, pool, reason, level="warning")
                if all(word in line["msg"] for word in words) and told(line["msg"]) > 0]

    text = eventually(lines, what=f"{reason} on {pool}: {words}", seconds=seconds)[-1]
    events = eventually(lambda: [event for event in cluster.events(pool, reason)
                                 if event["note"].startswith(note_of(cluster, text))],
                        what=f"the Event {reason} on {pool}", seconds=seconds)
    assert len(events) == 1 and events[0]["type"] == "Warning"
    assert events[0]["regarding"]["uid"] == cluster.get("Pool", pool)["metadata"]["uid"]
    assert told(text) == 1, f"told {told(text)} times: {text}"
    return text


def note_of(cluster, text: str) -> str:
    """How the Event for that text begins: one about another namespace names nothing of it."""
    named = re.match("the (Pool|Gateway) ([^/ ]+)/", text)
    if named is None or named[2] == cluster.namespace:
        return text
    return f"a {named[1]} of another namespace"


def resolved(cluster, daemon, pool: str, reason: str, text: str, seconds: float = 30) -> None:
    """Waits until the log says that the warning with this text does not hold any more."""
    eventually(lambda: lines_about(cluster, daemon, pool, reason, msg="resolved", was=text),
               what=f"{reason} on {pool} is resolved", seconds=seconds)


def standing(cluster, daemon) -> set[tuple[str, str]]:
    """The warnings that hold, as Pool and reason; those on a Pool end with it."""
    told: dict[tuple[str, str, str], int] = {}
    for line in daemon.said(namespace=cluster.namespace):
        if "reason" not in line or " " in line["reason"]:
            continue  # the reason of a write that failed is a sentence of the API server
        if line["msg"] == "resolved":
            key = (line["name"], line["reason"], line["was"])
            told[key] = told.get(key, 0) - 1  # what was no warning too
        elif line["level"] == "warning":
            key = (line["name"], line["reason"], line["msg"])
            told[key] = told.get(key, 0) + 1
    pools = cluster.all("Pool")
    return {(pool, reason) for (pool, reason, _), count in told.items()
            if count > 0 and pool in pools}
