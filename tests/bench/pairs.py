# SPDX-License-Identifier: Apache-2.0
"""How two things are compared whose machine has its moods: in turn, at least five times, by medians,
and with the spread of the pairs."""

from statistics import median
from typing import Callable

from others import Others
from report import progress

STREAMS = (8, 32, 100)
PAIRS = 5


def interleave(name: str, raw: Callable[[int], dict], ours: Callable[[], dict],
               pairs: int = PAIRS, streams: tuple[int, ...] = STREAMS, other: str = "raw",
               floor: Callable[[], dict] | None = None) -> dict:
    """All return figures of one run, with its "rate". Raw, which is called OTHER in the output, is
    measured before, between and after, with so many streams each time; the floor, what can be reached
    with the same libraries, after each of ours."""
    others = Others()
    rounds = [_raw_round(f"{name}, {other}", raw, streams, others)]
    own, floors = [], []
    for number in range(1, pairs + 1):
        own.append(_alone(ours, others))
        progress(f"{name}, {number} of {pairs}: {own[-1]['rate']:.1f} a second")
        if floor is not None:
            floors.append(_alone(floor, others))
            progress(f"{name}, bare client: {floors[-1]['rate']:.1f} a second")
        rounds.append(_raw_round(f"{name}, {other}", raw, streams, others))
    found = compare(rounds, own)
    return {**found, **compare_floors(found, floors)}


def _raw_round(name: str, raw: Callable[[int], dict], streams: tuple[int, ...],
               others: Others) -> dict[int, dict]:
    found = {count: _alone(lambda: raw(count), others) for count in streams}
    progress(f"{name}: " + ", ".join(f"{figures['rate']:.1f} a second with {count} streams"
                                     for count, figures in found.items()))
    return found


def _alone(run: Callable[[], dict], others: Others) -> dict:
    others.share()
    return {**run(), "machine": others.share()}


def compare(rounds: list[dict[int, dict]], own: list[dict]) -> dict:
    """Rounds: one more than there are runs of ours. The limit is the best median; a pair is one run
    of ours and the mean of the raw rates before and after it, with as many streams as the limit."""
    medians = {streams: median(found[streams]["rate"] for found in rounds) for streams in rounds[0]}
    best = max(medians, key=medians.get)
    raw = [found[best]["rate"] for found in rounds]
    pairs = [2 * run["rate"] / (before + after) for run, before, after in zip(own, raw, raw[1:])]
    rate = median(run["rate"] for run in own)
    return {"rate": round(rate, 1), "ratio": round(rate / medians[best], 3),
            "spread": [round(min(pairs), 3), round(max(pairs), 3)],
            "limit": round(medians[best], 1), "streams": best,
            "raw": {str(streams): {"median": round(value, 1),
                                   "rates": [round(found[streams]["rate"], 1) for found in rounds]}
                    for streams, value in medians.items()},
            "own": own, "limit_runs": [found[best] for found in rounds]}


def compare_floors(found: dict, floors: list[dict]) -> dict:
    """What the floors are of the limit, and what ours is of them. Found: of compare()."""
    if not floors:
        return {}
    rate = median(run["rate"] for run in floors)
    return {"floor": {"rate": round(rate, 1), "ratio": round(rate / found["limit"], 3),
                      "own_ratio": round(found["rate"] / rate, 3), "runs": floors}}


def compare_times(own: list[list[float]], bare: list[list[float]]) -> dict:
    """The same for times in seconds, of pairs of blocks: of each block a median and a 99th
    percentile, and of those the medians."""
    result = {}
    for key, share in (("p50", 0.5), ("p99", 0.99)):
        ours, raw = ([percentile(block, share) for block in blocks] for blocks in (own, bare))
        pairs = [mine / theirs for mine, theirs in zip(ours, raw)]
        result[key] = {"ms": round(1000 * median(ours), 2), "bare_ms": round(1000 * median(raw), 2),
                       "ratio": round(median(ours) / median(raw), 2),
                       "spread": [round(min(pairs), 2), round(max(pairs), 2)]}
    return result


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def slope(small: tuple[int, float], large: tuple[int, float]) -> float:
    """How much one more costs: of two sizes and what each took."""
    return (large[1] - small[1]) / (large[0] - small[0])


def shares_of(figures) -> list[dict]:
    """What was noted of the machine, anywhere in figures."""
    if isinstance(figures, list):
        return [share for each in figures for share in shares_of(each)]
    if not isinstance(figures, dict):
        return []
    own = [figures["machine"]] if "others" in (figures.get("machine") or {}) else []
    return own + [share for key, each in figures.items() if key != "machine"
                  for share in shares_of(each)]
