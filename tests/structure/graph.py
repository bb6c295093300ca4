# SPDX-License-Identifier: Apache-2.0
"""The graph of the files: an arrow goes from a file to each that it includes or uses a symbol of."""

from collections import deque
from dataclasses import dataclass, field

from sources import Sources


@dataclass
class Arrow:
    """What makes one file depend on another."""
    includes: set[str] = field(default_factory=set)
    symbols: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        parts = []
        if self.includes:
            parts.append("includes " + ", ".join(sorted(self.includes)))
        if self.symbols:
            names = sorted(self.symbols)
            more = f" and {len(names) - 6} more" if len(names) > 6 else ""
            parts.append("uses " + ", ".join(names[:6]) + more)
        return "; ".join(parts)


class Graph:
    """All arrows between the files of a tree; SYMBOLS as Symbols.uses() gives them."""

    def __init__(self, sources: Sources, uses: dict[tuple[str, str], set[str]]) -> None:
        self.arrows: dict[str, dict[str, Arrow]] = {node: {} for node in sources.nodes}
        for file in sources.files.values():
            for include in file.includes:
                if include in sources.files:
                    self.add(file.node, sources.files[include].node).includes.add(include)
        for (user, used), names in uses.items():
            self.add(user, used).symbols |= names
        for node, others in self.arrows.items():
            others.pop(node, None)

    def add(self, node: str, other: str) -> Arrow:
        return self.arrows[node].setdefault(other, Arrow())

    def knots(self) -> list[list[str]]:
        """The sets of files that all depend on each other (strongly connected components), the
        largest first."""
        found = []
        left = set(self.arrows)
        while left:
            start = min(left)
            knot = self.reached(start, left) & self.reached(start, left, back=True)
            found.append(sorted(knot))
            left -= knot
        return sorted((knot for knot in found if len(knot) > 1), key=lambda knot: (-len(knot), knot))

    def reached(self, start: str, among: set[str], back: bool = False) -> set[str]:
        seen, waiting = {start}, [start]
        while waiting:
            node = waiting.pop()
            others = ({other for other in among if node in self.arrows[other]} if back
                      else set(self.arrows[node]) & among)
            waiting.extend(others - seen)
            seen |= others
        return seen

    def cycle(self, knot: list[str]) -> list[str]:
        """A shortest way round within KNOT, from its first file back to it."""
        before: dict[str, str | None] = {knot[0]: None}
        waiting = deque([knot[0]])
        while waiting:
            node = waiting.popleft()
            for other in sorted(set(self.arrows[node]) & set(knot)):
                if other == knot[0]:
                    way = [other, node]
                    while (previous := before[way[-1]]) is not None:
                        way.append(previous)
                    return way[::-1]
                if other not in before:
                    before[other] = node
                    waiting.append(other)
        raise AssertionError("a knot without a cycle")
