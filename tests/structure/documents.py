#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the parts of documents that follow from tables: of docs/ from the tables in the code, of each
local.mk from the table of rooms; and the files of the charts that follow from others. With --check it
changes nothing and fails where something differs."""

import argparse
import difflib
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import chart
from rooms import Room, read_rooms
from sources import program_of

TOP = Path(__file__).resolve().parents[2]
COLUMNS = 100
UNITS = {"LINE": "line", "LINES": "lines", "TEXT": "text", "TEXTS": "texts", "NUMBER": "number", "FLAG": "flag"}
ENDINGS = {"counter": "_total", "info": "_info"}


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table(head: list[str], rows: list[str]) -> str:
    return "\n".join([row(*head), "|" + "---|" * len(head), *rows])


def code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def messages(tables: dict) -> str:
    texts = comments_of_messages()
    rows = [row(f"`{message['name']}`", who(message["from"]), who(message["to"]),
                when(message), texts.get(message["name"], ""), fields(message))
            for message in tables["messages"]]
    return table(["message", "from", "to", "when", "meaning", "fields"], rows)


def when(message: dict) -> str:
    """At which time in the life of a worker, if one is concerned."""
    times = {"FIRST": "first of all", "SETUP": "before START", "START": "between START and READY",
             "BEGUN": "from START on", "ALIVE": "from HELLO on", "WORK": "from READY on"}
    workers = {"watcher", "reconciler", "certpatcher", "minter", "exporter"}
    sides = [set(message["from"]), set(message["to"])]
    is_of_worker = any("supervisor" in one and workers & other
                       for one, other in (sides, reversed(sides)))
    return times[message["when"]] if is_of_worker else ""


def who(roles: list[str]) -> str:
    workers = ["watcher", "reconciler", "certpatcher", "minter", "exporter"]
    for name, group in (("workers", workers), ("API workers", workers[:-1])):
        if set(group) <= set(roles):
            return ", ".join([name, *(role for role in roles if role not in group)])
    return ", ".join(roles)


def fields(message: dict) -> str:
    """Each with its bound: bytes of texts, the largest number."""
    found = ["a descriptor"] * message["descriptors"]
    for field in message["fields"]:
        bound = "" if field["kind"] == "FLAG" or field["max"] >= 1 << 32 else f" ≤ {field['max']}"
        found.append(f"`{field['name']}` {UNITS[field['kind']]}{bound}")
    return ", ".join(found)


def comments_of_messages() -> dict[str, str]:
    """What stands above the fields of each message in messages.h."""
    text = (TOP / "common" / "message" / "messages.h").read_text(encoding="utf-8")
    found = re.findall(r"/\*((?:(?!\*/).)*)\*/\n#define (\w+)_FIELDS", text, re.DOTALL)
    return {name: " ".join(line.strip().removeprefix("* ").strip() for line in comment.splitlines())
            .strip() for comment, name in found}


def metrics(tables: dict) -> str:
    rows = [row(f"`{metric['name']}{ENDINGS.get(metric['type'], '')}`", metric["type"],
                code([label["name"] for label in metric["labels"]]),
                who(metric["from"]) or "tlsrouted", metric["help"]) for metric in tables["metrics"]]
    return table(["metric", "type", "labels", "counted by", "meaning"], rows)


def labels(tables: dict) -> str:
    found = {label["name"]: label["values"] for metric in reversed(tables["metrics"])
             for label in metric["labels"]}
    states: dict[str, list[str]] = {}
    for metric in tables["metrics"]:
        for label in metric["labels"]:
            if label["values"] != found[label["name"]]:
                states[f"`{label['name']}` of `{metric['name']}`"] = label["values"]
    values = {f"`{name}`": found[name] for name in found} | states
    return table(["label", "values"], [row(name, code([value for value in values[name] if value])
                                           or "known at run time") for name in sorted(values)])


def findings(tables: dict) -> str:
    return table(["reason", "Event", "meaning", "what to do"],
                 [row(f"`{finding['name']}`", event_of(finding), finding["meaning"],
                      marked(finding["remedy"], tables)) for finding in tables["findings"]])


def event_of(finding: dict) -> str:
    if finding["on_certificate"]:
        return "on the Pool and the Certificate"
    return "on the Pool" if finding["on_pool"] else "none"


# The keys of tlsrouted.yaml

RELOADS = {"applies": "reload", "renews-credentials": "reload",
           "restarts-workers": "reload, which restarts the workers",
           "restarts-minter": "reload, which restarts the minter", "stays": "restart of tlsrouted"}
# The headings of the manual page, by the part of a key that comes first under each.
HEADINGS = {"log": "Log", "namespaces": "Pools", "certificates": "Certificates",
            "lease": "Several replicas", "sandbox": "Processes", "metrics": "Metrics",
            "control": "The control socket", "cluster": "The API server",
            "credentials": "Credentials"}
PAGE_COLUMNS = 78


def marked(text: str, tables: dict) -> str:
    """With the keys, paths and addresses in it as code."""
    names = sorted((key["key"] for key in tables["keys"] if "." in key["key"]), key=len, reverse=True)
    pattern = "|".join([*map(re.escape, names), r"https?://\S+?(?=[,;.]? |[,;.]?$)",
                      r"(?<![\w:/])/[a-z]+\b", r"packaging/[\w/]+", r"services: auto",
                      r"[A-Z]+_[A-Z_]+", r"spec\.[\w.]+", r"status\.[\w.]+\w", r"openvox\.[\w.]+/\w+"])
    return re.sub(pattern, r"`\g<0>`", text)


def keys(tables: dict) -> str:
    return table(["key", "values", "default", "meaning", "a change takes"],
                 [row(f"`{key['key']}`", values_of(key), default_of(key), meaning_of(key, tables),
                      RELOADS[key["reload"]]) for key in tables["keys"]])


def values_of(key: dict) -> str:
    if "values" in key:
        return code([value["name"] for value in key["values"]])
    return bounds_of(key) or {"list": "list of texts"}.get(key["type"], key["type"])


def bounds_of(key: dict) -> str:
    """"0 to 604800 seconds"; "" for a key without bounds of a number."""
    if key["type"] != "number":
        return ""
    return f"{key['min']} to {key['max']}{' ' + key['unit'] if 'unit' in key else ''}"


def default_of(key: dict) -> str:
    return "" if key["default"] is None else f"`{key['default']}`"


def meaning_of(key: dict, tables: dict) -> str:
    values = [f"`{value['name']}`: {marked(value['text'], tables)}"
              for value in key.get("values", [])]
    return "<br>".join([marked(key["text"], tables), *values])


def manual_keys(tables: dict) -> str:
    """The keys in mdoc(7), under headings."""
    lines: list[str] = []
    heading = None
    for key in tables["keys"]:
        own = HEADINGS.get(key["key"].split(".")[0], heading)
        if own != heading:
            lines += [".El"] if heading is not None else []
            lines += [f".Ss {own}", ".Bl -tag -width Ds"]
            heading = own
        lines += manual_key(key)
    return "\n".join([*lines, ".El"])


def manual_key(key: dict) -> list[str]:
    lines = [f".It Cm {key['key']}", *manual_text(key["text"])]
    if "values" in key:
        lines.append(".Bl -tag -width Ds -compact")
        for value in key["values"]:
            lines += [f".It Cm {value['name']}", *manual_text(value["text"])]
        lines.append(".El")
    if bounds_of(key):
        lines += manual_text(f"A number: {bounds_of(key)}.")
    if key["default"] is not None:
        lines += ["The default is", f".Cm {key['default']} ."]
    return [*lines, *manual_text(key["reloadText"])]


def manual_text(text: str) -> list[str]:
    """A sentence begins a line, and no line with what troff would take for a request."""
    lines = []
    for sentence in re.split(r"(?<=\.) (?=[A-Z])", text.replace("\\", "\\e")):
        lines += textwrap.wrap(sentence, PAGE_COLUMNS, break_on_hyphens=False, break_long_words=False)
    return [rf"\&{line}" if line[0] in ".'" else line for line in lines]


def chart_values(tables: dict) -> str:
    return chart.table(tables["values"])


GENERATED: dict[tuple[str, str], Callable[[dict], str]] = {
    ("docs/behaviour.md", "findings"): findings,
    ("docs/configuration.md", "keys"): keys,
    ("docs/man/tlsrouted.yaml.5", "keys"): manual_keys,
    ("docs/messages.md", "messages"): messages,
    ("docs/metrics.md", "metrics"): metrics,
    ("docs/metrics.md", "labels"): labels,
    (f"{chart.CHART}/README.md", "values"): chart_values,
}


def between(path: str, name: str) -> re.Pattern:
    begin, end = f"generated by ./dev docs: {name}", f"end of {name}"
    if path.endswith(".md"):
        begin, end = f"<!-- {begin} -->", f"<!-- {end} -->"
    else:
        begin, end = rf'\.\\" {begin}', rf'\.\\" {end}'
    return re.compile(rf"({begin}\n).*?({end})", re.DOTALL)


def with_generated(path: str, tables: dict) -> str:
    """The document with its generated parts as they have to be."""
    text = (TOP / path).read_text(encoding="utf-8")
    for (document, name), generate in GENERATED.items():
        if document == path:
            text, count = between(path, name).subn(lambda match, part=generate(tables):
                                             f"{match[1]}{part}\n{match[2]}", text)
            assert count == 1, f"{path}: no place for {name}"
    return text


def with_purposes(path: Path, rooms: list[Room]) -> str:
    """The local.mk with the purposes of its rooms as its opening comment."""
    spdx, _, rest = path.read_text(encoding="utf-8").partition("\n")
    while rest.startswith("#"):
        rest = rest.partition("\n")[2]
    lines = []
    for room in rooms:
        if program_of(room.name) == path.parent.name:
            lines += textwrap.wrap(f"{room.name}: {room.purpose}", COLUMNS, initial_indent="# ",
                                   subsequent_indent="#     ", break_on_hyphens=False)
    return "\n".join([spdx, *lines, rest])


def output_of(program: str, *arguments: str) -> str:
    return subprocess.run([TOP / "build" / "gcc" / program, *arguments], capture_output=True,
                          text=True, check=True).stdout


def wanted() -> dict[Path, str]:
    """All generated files, as they have to be."""
    tables = json.loads(output_of("tests/tables/print_tables"))
    tables["keys"] = list(map(json.loads, output_of("tlsrouted", "--help-config=json").splitlines()))
    tables["values"] = chart.values_of((TOP / chart.CHART / "values.yaml").read_text(encoding="utf-8"))
    rooms = read_rooms(TOP / "docs" / "architecture.md")
    found = chart.chart_files(TOP, tables["keys"])
    found |= {TOP / path: with_generated(path, tables) for path in {path for path, _ in GENERATED}}
    for program in sorted({program_of(room.name) for room in rooms}):
        path = TOP / program / "local.mk"
        found[path] = with_purposes(path, rooms)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="documents.py", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, show what differs")
    options = parser.parse_args()
    status = 0
    for path, text in wanted().items():
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if before == text:
            continue
        name = path.relative_to(TOP).as_posix()
        if options.check:
            status = 1
            sys.stdout.writelines(difflib.unified_diff(
                before.splitlines(keepends=True), text.splitlines(keepends=True), name,
                f"{name}, as ./dev docs writes it"))
        else:
            path.write_text(text, encoding="utf-8")
            print(f"written: {name}")
    return status


if __name__ == "__main__":
    sys.exit(main())
