#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs all benches one after the other, and writes what they have found into docs/performance.md and
the README."""

import argparse
import subprocess
import sys
from pathlib import Path

from performance import DOCUMENTS, Figures, with_sections
from report import progress

TOP = Path(__file__).resolve().parent.parent.parent
PLAN = [("routes", 1000), ("routes", 5000), ("certs", 1000), ("rest", 2000), ("restart", 5000),
        ("restart", 20000), ("control", 10000), ("scale", 100000)]
LEAST = 100  # of any bench


def main() -> int:
    options = arguments()
    results = []
    for bench, whole in PLAN:
        if bench in options.skip:
            continue
        count = max(LEAST, whole // options.divide)
        result = options.folder / f"{bench}-{count}.json"
        if result in results or (options.resume and result.exists()):
            results += [result] if result not in results else []
            continue
        progress(f"bench {bench} {count}")
        if run(bench, count, options) != 0:
            return 1
        results.append(result)
    write(Figures.read(results), options.output)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench all", description=__doc__)
    parser.add_argument("--divide", type=int, default=1, metavar="D",
                        help=f"each bench has the Dth part of its objects, but {LEAST} at least: to "
                        "try it out; needs --output")
    parser.add_argument("--output", type=Path, default=TOP, metavar="FOLDER",
                        help="write the documents there, as copies (default: into this tree)")
    parser.add_argument("--folder", type=Path, default=TOP / "build" / "bench",
                        help="where the labs, the logs and the results go (default: build/bench)")
    parser.add_argument("--pairs", type=int, metavar="PAIRS",
                        help="how often tlsrouted and the baseline take turns")
    parser.add_argument("--skip", action="append", default=[], metavar="BENCH",
                        choices=sorted({bench for bench, _ in PLAN}),
                        help="leave it out; what it has found before stays in the documents")
    parser.add_argument("--resume", action="store_true",
                        help="leave out the benches that have a result in that folder")
    options = parser.parse_args()
    if options.divide > 1 and options.output == TOP:
        parser.error("figures of small runs do not belong into the documents: give --output")
    return options


def run(bench: str, count: int, options: argparse.Namespace) -> int:
    command = [sys.executable, "-B", str(Path(__file__).parent / f"{bench}.py"), str(count),
               "--folder", str(options.folder)]
    if options.pairs is not None:
        command += ["--pairs", str(options.pairs)]
    return subprocess.run(command, check=False).returncode


def write(figures: Figures, folder: Path) -> None:
    for name, sections in DOCUMENTS.items():
        text = (TOP / name).read_text(encoding="utf-8")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(with_sections(text, sections, figures), encoding="utf-8")
        print(f"written: {path}")


if __name__ == "__main__":
    sys.exit(main())
