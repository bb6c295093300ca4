# SPDX-License-Identifier: Apache-2.0
"""What tlsroutectl prints, compared with files. `./dev golden` rewrites them: read the difference
before you commit it."""

import json
import os
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "golden"
IS_UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))
WIDTH = 80

# The commands that use the daemon, each with its formats; those that change something are last.
ROWS = ("table", "json", "yaml", "name")
DOCUMENT = ("table", "json", "yaml")
ONE = (None,)
COMMANDS = {
    "pools": ROWS, "routes": ROWS, "certs": ROWS, "tree": ROWS, "diff": ROWS,
    "explain POOL": DOCUMENT,
    "graph --dot": ONE, "graph --mermaid": ONE, "graph --svg": ONE,
    "status": DOCUMENT, "workers": ROWS,
    "health": ONE, "health --live": ONE, "health --ready": ONE,
    "adopt --dry-run": DOCUMENT, "loglevel": ONE, "resync": ONE, "reload": ONE,
}
# One does not end by itself, the others do not use the daemon.
OTHERS = {"watch", "verify", "setup"}
FOR_FILES = {"graph", "diff"}  # whose lines may be wider than a terminal
WITH_PROCESS_IDS = {"status", "workers"}  # which change the widths of columns

# What differs from one run to the next, and what replaces it, with the padding around it.
_TEXT = [
    (r"^tlsrouted \S+, pid \d+, up \S+ \S+,", "tlsrouted VERSION, pid PID, up UPTIME,"),
    (r"sandbox: .*(\n +(?! |token|last).*)*", "sandbox: LEVEL"),
    (r"token expires: \S+", "token expires: TIME"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
    (r"^(watcher|reconciler|certpatcher) +(\w+) +\d+ +", r"\1 \2 PID "),
    # A stream that does not get through waits between its attempts.
    (r"^((?:Pool|Server|Certificate|Service|TLSRoute|Gateway|GatewayClass) +\S+) +"
     r"(?:listing|waiting|watching) +no ", r"\1  TRYING  no "),
    (r'("?state"?: "?)(?:listing|waiting|watching)("?,?\s+"?inSync"?: false)', r"\1TRYING\2"),
    (r"^((?:Pool|Server|Certificate|Service|TLSRoute|Gateway|GatewayClass) +\S+ +\w+ +\w+) +\S+ +\d+ +\d+ +",
     r"\1 AGE LISTS RETRIES "),
    (r"^((?:pools|certificates) +\d+ +\d+ +\d+) +\d+$", r"\1 FAILURES"),
    (r"not ready for \d+ s", "not ready for N s"),
    (r"next try in \d+ s", "next try in N s"),
    (r"\d+ failures in a row", "N failures in a row"),
    (r"(\d+) requests", "N requests"),
    # A requested injection may be out of date when the certpatcher checks it.
    (r"\d+(\s+)refused", r"N\1refused"),
]
_FIELDS = {"uptimeSeconds", "version", "sandbox", "tokenExpires", "lastEventSeconds", "ageSeconds",
           "lists", "retries", "failures", "nextTrySeconds", "uid", "resourceVersion"}
_UNLESS_NULL = {"pid", "unreadySeconds"}


def normal(text: str) -> str:
    """TEXT with what differs between two runs replaced."""
    for pattern, replacement in _TEXT:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    # Releases of json-c differ in how they print what is empty.
    text = re.sub(r"\[\s*\]", "[]", text)
    text = re.sub(r"\{\s*\}", "{}", text)
    for field in _FIELDS | _UNLESS_NULL:
        kept = "(?!null)" if field in _UNLESS_NULL else ""
        text = re.sub(rf'^(\s*"{field}": ){kept}[^\n]*?(,?)$', rf'\1"{field.upper()}"\2', text,
                      flags=re.MULTILINE)
        text = re.sub(rf"^(\s*(?:- )?{field}: ){kept}[^\n]*$", rf"\1{field.upper()}", text,
                      flags=re.MULTILINE)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID", text)
    return text


def squeezed(text: str) -> str:
    """The same without the widths of columns, which depend on what was replaced."""
    return re.sub(r"(?<=\S) {2,}", "  ", text)


def check(name: str, text: str, squeeze: bool = False) -> str | None:
    """How TEXT differs from the file NAME; None if it does not."""
    path = FOLDER / name
    found = normal(text)
    if squeeze:
        found = squeezed(found)
    if IS_UPDATE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(found)
        return None
    expected = path.read_text() if path.exists() else "(there is no such file)\n"
    if found == expected:
        return None
    return f"{name} differs\n--- expected\n{expected}--- found\n{found}"


def too_wide(text: str) -> list[str]:
    return [line for line in text.splitlines() if len(line) > WIDTH]


def file_name(scenario: str, arguments: tuple[str, ...]) -> str:
    words = "-".join(argument.strip("-").replace("/", ".") for argument in arguments)
    return f"{scenario}-{words}.txt"


class Goldens:
    """Runs commands and collects the differences."""

    def __init__(self, daemon, scenario: str):
        self.daemon = daemon
        self.scenario = scenario
        self.problems: list[str] = []
        self.names: set[str] = set()

    def every(self, pool: str, not_ok: set[str]) -> None:
        """All commands in all formats; those for one Pool get POOL. NOT_OK: those that exit with 1."""
        for command, formats in COMMANDS.items():
            for form in formats:
                options = () if form is None else ("-o", form)
                self.command(*command.replace("POOL", pool).split(), *options,
                             status=1 if command in not_ok else 0)

    def command(self, *arguments: str, status: int = 0) -> None:
        done = self.daemon.ctl(*arguments)
        name = file_name(self.scenario, arguments)
        self.names.add(name)
        if done.returncode != status:
            self.problems.append(f"{name}: exit status {done.returncode}, not {status}: {done.stderr}")
        if "json" in arguments and done.stdout:
            json.loads(done.stdout)
        if arguments[0] not in FOR_FILES and not {"json", "yaml"} & set(arguments):
            self.problems += [f"{name}: too wide: {line}" for line in too_wide(done.stdout)]
        problem = check(name, done.stdout + done.stderr, arguments[0] in WITH_PROCESS_IDS)
        if problem:
            self.problems.append(problem)

    def conclude(self) -> None:
        for name in sorted({path.name for path in FOLDER.glob(f"{self.scenario}-*")} - self.names):
            if IS_UPDATE:
                (FOLDER / name).unlink()
            else:
                self.problems.append(f"{name} is not compared with anything")
        assert self.problems == [], "\n".join(self.problems)
