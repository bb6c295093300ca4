# SPDX-License-Identifier: Apache-2.0
"""Waiting for a state, by looking again and again; nothing here sleeps for a fixed time."""

import time

SECONDS = 30  # a limit, not a duration: what is waited for comes within a fraction of it


def eventually(look, wanted=bool, what: str = "", seconds: float = SECONDS):
    """Calls look() until what it returns is as wanted (a value, or a function that judges it) and
    returns that; AssertionError with the last state after the time limit. A state in which what is
    looked for does not exist yet is one that is not as wanted."""
    judge = wanted if callable(wanted) else lambda state: state == wanted
    deadline = time.monotonic() + seconds
    while True:
        try:
            state = look()
            if judge(state):
                return state
        except (LookupError, TypeError) as missing:
            state = missing
        if time.monotonic() > deadline:
            goal = "" if callable(wanted) else f"\nwanted: {wanted!r}"
            raise AssertionError(f"not within {seconds:g} s: {what}{goal}\nlast state: {state!r}")
        time.sleep(0.05)


def throughout(look, wanted, what: str, seconds: float) -> None:
    """A measured window: fails as soon as look() differs from what is wanted."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        state = look()
        assert state == wanted, f"{what}: {state!r}"
        time.sleep(0.25)
