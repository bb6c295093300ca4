# SPDX-License-Identifier: Apache-2.0
"""Writes the figures of the benches into docs/performance.md, and those that the README quotes into
the README, each between two marks. Everything else there is written by people."""

import json
import re
from pathlib import Path
from statistics import median

from others import sentence, verdict
from pairs import slope

DOCUMENTS = {"docs/performance.md": ("short", "machine", "ratios", "shares", "costs", "rest",
                                     "restart", "scale", "control"),
             "README.md": ("short",)}
RATES = (("never", "TLSRoutes of {} Pools"), ("auto", "TLSRoutes and Services of {} Pools"))
LATENCIES = (
    ("patch", "Pool changed until TLSRoute changed, of a bare PATCH"),
    ("chain", "Pool changed as soon as the last TLSRoute has followed, of a bare PATCH"),
    ("post", "Pool created until TLSRoute created, of a bare POST"))
PROCESSES = ("tlsrouted", "watcher", "reconciler", "certpatcher")


class Figures:
    """The results of a run of all benches."""

    def __init__(self, results: list[dict]):
        self.all = sorted(results, key=lambda result: (result["bench"], result["count"]))

    @classmethod
    def read(cls, files: list[Path]) -> "Figures":
        return cls([json.loads(file.read_text(encoding="utf-8")) for file in files])

    def of(self, bench: str) -> list[dict]:
        """From the smallest to the largest."""
        return [result for result in self.all if result["bench"] == bench]


def number(count: int) -> str:
    return f"{count:,}"


def ratio(found: dict) -> str:
    """With the spread of the pairs."""
    low, high = found["spread"]
    return f"{found['ratio']:.2f} ({low:.2f} to {high:.2f})"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def megabytes(pss_kb: dict[str, int]) -> float:
    return sum(pss_kb.values()) / 1024


# The sections, each from all figures

def short(figures: Figures) -> str:
    routes, certs, rest = figures.of("routes")[0], figures.of("certs")[0], figures.of("rest")[0]
    restart = figures.of("restart")[-1]
    change = routes["latency"]["patch"]["p50"]
    return "\n".join([
        f"- It creates the TLSRoutes of {number(routes['count'])} Pools at {ratio(routes['never'])} "
        "of the highest rate of plain POSTs, and their Services as well at "
        f"{ratio(routes['auto'])}.",
        f"- It adds names to Certificates, each checked, at {ratio(certs['certs'])} of the highest "
        "rate of plain PATCHes.",
        f"- A TLSRoute follows a change of its Pool after {change['ms']:.1f} ms, "
        f"{change['ratio']:.2f} times as long as a bare PATCH takes.",
        f"- It needs {megabytes(rest['empty']['pss_kb']):.1f} MB without Pools, and "
        f"{sum(rest['per_pool_bytes'].values()) / 1024:.1f} KB for each Pool with its TLSRoute and "
        "Service.",
        f"- Killed and started again with {number(restart['count'])} Pools, it has put three "
        f"differences right after {restart['seconds']:.1f} s."])


def machine(figures: Figures) -> str:
    last = figures.all[-1]
    found = last["machine"]
    return (f"Measured on {last['date'][:10]} at {commits(figures)}: "
            f"{last['versions']['tlsrouted']}, Kubernetes {last['versions']['kubernetes']} on the "
            f"same machine, with {found['cores']} cores of {found['cpu']}, "
            f"{number(found['memory_mb'])} MB of memory, {found['system']}, kernel "
            f"{found['kernel']}. {load(figures)}")


def load(figures: Figures) -> str:
    """What else was going on; a bench that was not alone is named."""
    quiet = [result["others"] for result in figures.all if result["others"]["idle"]]
    sentences = [f"The machine was {sentence(verdict(quiet))}."] if quiet else []
    sentences += [f"During `./dev bench {result['bench']} {result['count']}` it was "
                  f"{sentence(result['others'])}."
                  for result in figures.all if not result["others"]["idle"]]
    return " ".join(sentences)


def commits(figures: Figures) -> str:
    found = sorted({result["commit"] for result in figures.all})
    return f"commit{'s' if len(found) > 1 else ''} {' and '.join(found)}"


def ratios(figures: Figures) -> str:
    rows = [row for result in figures.of("routes") for row in route_rows(result)]
    rows += [compared(f"names into {number(result['count'])} Certificates, from the first read to "
                      "the last patch", result["certs"]) for result in figures.of("certs")]
    return table(["work", "tlsrouted", "the limit", "ratio (pairs)",
                  "a bare client, and tlsrouted beside it"], rows)


def route_rows(result: dict) -> list[list[str]]:
    """Of what was measured: it may have been the rates alone."""
    count = number(result["count"])
    rows = [compared(title.format(count), result[key]) for key, title in (
        *RATES, ("policy", "plain POSTs under the admission policies, of those without; {}"))
        if key in result]
    for key, title in LATENCIES if "latency" in result else ():
        for share, label in (("p50", "median"), ("p99", "99 %")):
            found = result["latency"][key][share]
            rows.append([f"{title}, with {count} Pools: {label}", f"{found['ms']:.1f} ms",
                         f"{found['bare_ms']:.1f} ms", ratio(found), ""])
    return rows


def compared(title: str, found: dict) -> list[str]:
    """Of interleave()."""
    return [title, f"{found['rate']:.0f} /s", f"{found['limit']:.0f} /s, {found['streams']} streams",
            ratio(found), floor(found)]


def floor(found: dict) -> str:
    """Of interleave()."""
    if "floor" not in found:
        return ""
    return f"{found['floor']['rate']:.0f} /s, {found['floor']['own_ratio']:.2f}"


def comparisons(figures: Figures) -> list[tuple[str, dict]]:
    """What each is of, and what interleave() returned."""
    found = [(title.format(number(result["count"])), result[key])
             for key, title in RATES for result in figures.of("routes") if key in result]
    return found + [(f"names into {number(result['count'])} Certificates", result["certs"])
                    for result in figures.of("certs")]


def shares(figures: Figures) -> str:
    rows = [[title, *(f"{100 * share(runs):.1f} %" for runs in (
        found["own"], found["floor"]["runs"], found["limit_runs"]))]
            for title, found in comparisons(figures)]
    return table(["CPU by that of the API server, medians", "tlsrouted", "a bare client",
                  "plain requests"], rows)


def share(runs: list[dict]) -> float:
    """Of the processor, beside what the API server used in the same run."""
    return median(run["cpu_seconds"] / run["server_cpu_seconds"]["kube-apiserver"] for run in runs)


def costs(figures: Figures) -> str:
    rows = [cost_row(title, found["own"]) for title, found in comparisons(figures)]
    return table(["work, medians", "CPU", *(f"{process}" for process in PROCESSES), "API server",
                  "context switches", "sent", "received", "pages touched first"], rows)


def cost_row(title: str, own: list[dict]) -> list[str]:
    def of(value) -> float:
        return median(value(run) for run in own)
    wire = {way: of(lambda run, way=way: sum(each[way] for each in run["wire"].values()))
            for way in ("sent", "received")}
    return [title, f"{of(lambda run: run['cpu_seconds']):.2f} s",
            *(f"{of(lambda run, name=name: run['cpu_seconds_by_process'].get(name, 0)):.2f} s"
              for name in PROCESSES),
            f"{of(lambda run: run['server_cpu_seconds']['kube-apiserver']):.2f} s",
            number(round(of(lambda run: run["switches"]))),
            *(f"{size / 1024:.0f} KB" for size in wire.values()),
            number(round(of(lambda run: run["faults"])))]


def rest(figures: Figures) -> str:
    rows = []
    for result in figures.of("rest"):
        count = number(result["count"])
        rows += [["memory of all processes (PSS), no Pools",
                  f"{megabytes(result['empty']['pss_kb']):.1f} MB"],
                 [f"the same, {count} Pools with TLSRoutes and Services",
                  f"{megabytes(result['full']['pss_kb']):.1f} MB"],
                 [f"for each Pool, between {number(result['small']['count'])} and {count}",
                  f"{sum(result['per_pool_bytes'].values()) / 1024:.2f} KB"]]
        rows += [[f"wake-ups a second at rest, {label}",
                  f"{result[key]['wakeups'] / result[key]['seconds']:.2f}"]
                 for key, label in (("empty", "no Pools"), ("rest", f"{count} Pools"))]
        rows.append(["requests in that time", str(sum(result["rest"]["requests"].values()))])
        for key, title in (("churn", "40 a second"), ("burst", "as fast as they can be made")):
            found = result[key]
            rows += [["CPU of all processes for a change of a status, label or annotation, "
                      f"{title}", f"{found['cpu_ms_each']:.3f} ms"],
                     ["the same of a bare client with the same watches",
                      f"{found['floor_ms_each']:.3f} ms"],
                     [f"requests for {number(found['changes'])} such changes",
                      str(sum(found["requests"].values()))]]
    return table(["", ""], rows)


def restart(figures: Figures) -> str:
    rows = []
    for result in figures.of("restart"):
        low, high = result["spread"]
        rows.append([number(result["count"]), f"{result['seconds']:.2f} s ({low:.2f} to "
                     f"{high:.2f})", f"{result['floor_seconds']:.2f} s",
                     f"{result['cpu_seconds']:.2f} s",
                     ", ".join(f"{count} {what}" for what, count
                               in result["own"][-1]["requests"].items())])
    return table(["Pools", "killed, until three differences are right",
                  "a list of each kind and three writes", "CPU", "requests"], rows)


def scale(figures: Figures) -> str:
    return "\n\n".join(text for result in figures.of("scale")
                       for text in (scale_table(result), streams(result)))


def scale_table(result: dict) -> str:
    columns = [(mode, key) for mode in ("all", "listed") for key in ("small", "full")]
    names = {"all": f"all of {result['namespaces']} namespaces",
             "listed": f"{result['listed']} namespaces by name"}
    head = [""]
    for mode in names:
        head += [f"{number(size)} Pools, {names[mode]}" for size in result["sizes"]]
        head.append("one Pool more")
    rows = []
    for title, unit, value in SCALE_ROWS:
        cells = {column: value(result[column[1]][column[0]]) for column in columns}
        row = [title]
        for mode in names:
            both = [cells[mode, key] for key in ("small", "full")]
            more = slope(*zip(result["sizes"], both))
            row += [f"{each:.1f} {unit}" for each in both]
            row.append(f"{more * PER_POOL[unit][0]:.1f} {PER_POOL[unit][1]}")
        rows.append(row)
    return table(head, rows)


PER_POOL = {"s": (1e6, "µs"), "MB": (1 << 20, "bytes"), "ms": (1e6, "ns"), "": (1, "")}
SCALE_ROWS = [
    ("started until in sync", "s", lambda found: found["start"]["seconds"]),
    ("memory of all processes (PSS)", "MB", lambda found: megabytes(found["start"]["pss_kb"])),
    ("Pool changed until TLSRoute changed, median", "ms",
     lambda found: found["change"]["p50"]["ms"]),
    ("the same for a bare PATCH", "ms", lambda found: found["change"]["p50"]["bare_ms"]),
    ("Gateway change that concerns half of the Pools, until all is quiet", "s",
     lambda found: found["gateway"]["seconds"]),
    ("a Pool changed meanwhile, 99 %", "ms", lambda found: found["gateway"]["beside_ms"]["p99"]),
    ("killed, until three differences are right", "s", lambda found: found["restart"]["seconds"]),
    ("the same for lists and writes alone", "s", lambda found: found["floor"]["seconds"]),
    ("resync, until all is quiet", "s", lambda found: found["resync"]["seconds"]),
    ("watches", "", lambda found: found["start"]["watches"]),
]


def streams(result: dict) -> str:
    listed, few = result["full"]["listed"], result["streams"]

    def connections(start: dict) -> int:
        return sum(each["connections"] for each in start["wire"].values())
    return (f"With {result['listed']} namespaces listed, {number(listed['start']['watches'])} "
            f"watches are on {connections(listed['start'])} connections, each of which the API "
            f"server allows {listed['floor']['streams_max']} streams. With an API server that "
            f"allows {few['streams_max']} and has just started, {number(few['start']['watches'])} are "
            f"opened on {connections(few['start'])} connections, some of them again; it is in sync "
            "after "
            f"{few['start']['seconds']:.1f} s, and a TLSRoute follows a change of its Pool after "
            f"{few['change']['p50']['ms']:.1f} ms.")


def control(figures: Figures) -> str:
    rows = []
    for result in figures.of("control"):
        rows += [[f"`tlsroutectl {command}` with {number(result['count'])} Pools",
                  f"{result[command]['p50']:.1f} ms", f"{result[command]['p99']:.1f} ms"]
                 for command in ("status", "explain", "pools")]
        rows += [[f"Pool changed until TLSRoute changed, {label}",
                  f"{result['change'][key]['p50']:.1f} ms", f"{result['change'][key]['p99']:.1f} ms"]
                 for key, label in (("alone", "without clients"),
                                    ("crowd", "while a thousand clients ask, half of them hostile"),
                                    ("crowd_elsewhere", "while they ask another tlsrouted"))]
    return table(["", "median", "99 %"], rows)


# And the benches whose figures are in each.
SECTIONS = {"short": (short, "routes certs rest restart"), "machine": (machine, "routes"),
            "ratios": (ratios, "routes certs"), "shares": (shares, "routes certs"),
            "costs": (costs, "routes certs"), "rest": (rest, "rest"),
            "restart": (restart, "restart"), "scale": (scale, "scale"),
            "control": (control, "control")}


# Documents

def between(name: str) -> re.Pattern:
    return re.compile(rf"(<!-- generated by \./dev bench all: {name} -->\n)(.*?)"
                      rf"(<!-- end of {name} -->)", re.DOTALL)


def section_of(text: str, name: str) -> str:
    """What a document has there."""
    found = between(name).findall(text)
    if len(found) != 1:
        raise ValueError(f"{len(found)} places for {name} instead of one")
    return found[0][1]


def with_sections(text: str, names: tuple[str, ...], figures: Figures) -> str:
    """The document with these sections as the figures have them; what was not measured stays."""
    for name in names:
        section_of(text, name)
        write, benches = SECTIONS[name]
        if not all(figures.of(bench) for bench in benches.split()):
            continue
        text = between(name).sub(lambda match, new=write(figures): f"{match[1]}{new}\n{match[3]}", text)
    return text
