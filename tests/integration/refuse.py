#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Becomes a command on a machine that refuses something, as containers, units and old kernels do:

    refuse.py EPERM landlock_create_ruleset prctl:23 -- COMMAND ...   system calls answer with an error
    refuse.py one-uid [setgroups] -- COMMAND ...                      a user namespace with one user

A call with a colon is refused only with that first argument; one with an equals sign after that,
seccomp:1=8, only if the second argument has that bit."""

import ctypes
import errno
import os
import sys
from pathlib import Path

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_EQUAL, _MASKED_EQUAL = 4, 7
_NEW_USER = 0x10000000


class _Condition(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("a", ctypes.c_uint64),
                ("b", ctypes.c_uint64)]


def _conditions(text: str) -> list[_Condition]:
    first, _, bit = text.partition("=")
    found = [_Condition(0, _EQUAL, int(first), 0)] if first else []
    if bit:
        found.append(_Condition(1, _MASKED_EQUAL, int(bit), int(bit)))
    return found


def refuse(error: int, calls: list[str]) -> None:
    """From now on, in this process and all that it starts."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    filter_ = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_ALLOW)))
    for call in calls:
        name, _, text = call.partition(":")
        conditions = _conditions(text)
        array = (_Condition * max(len(conditions), 1))(*conditions)
        result = library.seccomp_rule_add_array(
            filter_, ctypes.c_uint32(_ERRNO | error),
            library.seccomp_syscall_resolve_name(name.encode()), ctypes.c_uint(len(conditions)), array)
        if result != 0:
            raise OSError(-result, f"a rule for {call}")
    if library.seccomp_load(filter_) != 0:
        raise OSError("the filter was refused")


def one_user(may_set_groups: bool) -> None:
    """This process gets a user namespace in which only its own user and group exist."""
    uid, gid = os.geteuid(), os.getegid()
    parent = os.getpid()
    to_child, from_child = os.pipe(), os.pipe()
    if os.fork() == 0:  # it stays outside, where it has the right to write the maps
        os.read(to_child[0], 1)
        folder = Path(f"/proc/{parent}")
        if not may_set_groups:
            (folder / "setgroups").write_text("deny")
        (folder / "uid_map").write_text(f"0 {uid} 1")
        (folder / "gid_map").write_text(f"0 {gid} 1")
        os.write(from_child[1], b".")
        os._exit(0)
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_USER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    os.write(to_child[1], b".")
    os.read(from_child[0], 1)
    os.wait()


def main() -> None:
    end = sys.argv.index("--")
    what, *rest = sys.argv[1:end]
    if what == "one-uid":
        one_user("setgroups" in rest)
    else:
        refuse(getattr(errno, what), rest)
    os.execv(sys.argv[end + 1], sys.argv[end + 1:])


if __name__ == "__main__":
    main()
