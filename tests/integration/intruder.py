# SPDX-License-Identifier: Apache-2.0
"""Makes a running process call the kernel, as an attacker could who has taken it over."""

import ctypes
import os
import platform
import re
import signal
from pathlib import Path

import pytest

_ATTACH, _DETACH, _TO_SYSCALL, _GET_REGISTERS, _SET_REGISTERS = 16, 17, 24, 12, 13
_REGISTERS = ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags "
              "rsp ss fs_base gs_base ds es fs gs").split()
_SYSCALL_BYTES = 2  # of the instruction
_INTERRUPTED = -4  # EINTR

needs_intruder = pytest.mark.skipif(
    platform.machine() != "x86_64" or os.geteuid() != 0,
    reason="takes processes over, which only root can, on x86-64")


class _Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in _REGISTERS]


def _ptrace(request: int, pid: int, data=None) -> None:
    function = ctypes.CDLL(None, use_errno=True).ptrace
    function.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    function.restype = ctypes.c_long
    if function(request, pid, None, data) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace({request}, {pid})")


def _is_pending(pid: int, number: int) -> bool:
    pending = re.search(r"^SigPnd:\s*(\w+)", Path(f"/proc/{pid}/status").read_text(), re.M)
    return bool(int(pending[1], 16) >> (number - 1) & 1)


def call(pid: int, number: int) -> int | None:
    """Makes the process, which waits for events, make the call with that number and no arguments.
    What it returned, and the process goes on; None if it did not live to see that."""
    before, now = _Registers(), _Registers()
    _ptrace(_ATTACH, pid)
    os.waitpid(pid, 0)
    _ptrace(_GET_REGISTERS, pid, ctypes.addressof(before))
    ctypes.memmove(ctypes.addressof(now), ctypes.addressof(before), ctypes.sizeof(now))
    now.rip -= _SYSCALL_BYTES
    now.rax, now.orig_rax = number, 2**64 - 1
    now.rdi = now.rsi = now.rdx = now.r10 = now.r8 = now.r9 = 0
    _ptrace(_SET_REGISTERS, pid, ctypes.addressof(now))
    for _ in ("its entry", "its return"):
        _ptrace(_TO_SYSCALL, pid)
        os.waitpid(pid, 0)
    if _is_pending(pid, signal.SIGSYS):
        _ptrace(_DETACH, pid)
        return None
    _ptrace(_GET_REGISTERS, pid, ctypes.addressof(now))
    before.rax, before.orig_rax = 2**64 + _INTERRUPTED, 2**64 - 1
    _ptrace(_SET_REGISTERS, pid, ctypes.addressof(before))
    _ptrace(_DETACH, pid)
    return ctypes.c_int64(now.rax).value
