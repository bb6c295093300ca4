# SPDX-License-Identifier: Apache-2.0
"""Reads the daemon's log: logfmt and JSON, strictly."""

import json
import re

_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r'\\(?:x([0-9a-f]{2})|(.))')
_PAIR = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)=(?:"((?:[^"\\\n]|\\.)*)"|([^\s"=]+))(?: |$)')


def _unescape(match: re.Match) -> str:
    code, character = match.groups()
    return chr(int(code, 16)) if code else _ESCAPES[character]


def parse_logfmt(line: str) -> dict[str, str]:
    fields, position = {}, 0
    while position < len(line):
        match = _PAIR.match(line, position)
        if match is None:
            raise ValueError(f"not logfmt from column {position} on: {line!r}")
        name, quoted, plain = match.groups()
        if name in fields:
            raise ValueError(f"{name} is there twice: {line!r}")
        fields[name] = plain if quoted is None else _ESCAPE.sub(_unescape, quoted)
        position = match.end()
    return fields


def parse_json(line: str) -> dict[str, str]:
    return {name: str(value) for name, value in json.loads(line).items()}


PARSERS = {"logfmt": parse_logfmt, "json": parse_json}
