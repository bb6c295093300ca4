# SPDX-License-Identifier: Apache-2.0
"""Speaks as a worker to its neighbours: takes a copy of its end of a link and sends on it."""

import array
import ctypes
import os
import re
import socket
import struct
import weakref

from lab import TOP

PIDFD_OPEN, PIDFD_GETFD = 434, 438  # system calls that Python 3.11 has no functions for
SUPERVISOR_LINK = 3
BATCH_MARK, SIZE_BYTES = 0, 4

_received: weakref.WeakKeyDictionary[socket.socket, list[bytes]] = weakref.WeakKeyDictionary()

_libc = ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: int) -> int:
    result = _libc.syscall(number, *(ctypes.c_long(argument) for argument in arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def take_socket(pid: int, descriptor: int) -> socket.socket:
    """A copy of another process's descriptor."""
    process = _call(PIDFD_OPEN, pid, 0)
    try:
        return socket.socket(fileno=_call(PIDFD_GETFD, process, descriptor, 0))
    finally:
        os.close(process)


def links(pid: int) -> list[socket.socket]:
    """The links of a worker to other workers, as copies."""
    found = []
    for entry in sorted(os.listdir(f"/proc/{pid}/fd"), key=int):
        is_socket = os.readlink(f"/proc/{pid}/fd/{entry}").startswith("socket:")
        if not is_socket or int(entry) <= SUPERVISOR_LINK:
            continue
        copy = take_socket(pid, int(entry))
        if copy.family == socket.AF_UNIX and copy.type == socket.SOCK_SEQPACKET:
            found.append(copy)
        else:
            copy.close()
    return found


def link_between(one: int, other: int) -> socket.socket:
    """The first worker's end of the link to the second. The two ends of a pair are made at the same
    time, so their inodes are the closest ones."""
    ours, theirs = links(one), links(other)
    pairs = [(abs(os.fstat(a.fileno()).st_ino - os.fstat(b.fileno()).st_ino), a)
             for a in ours for b in theirs]
    found = min(pairs, key=lambda pair: pair[0])[1]
    for each in (*ours, *theirs):
        if each is not found:
            each.close()
    return found


def _numbers() -> dict[str, int]:
    """Of the message types, from their table."""
    rows = re.findall(r"^    X\((\w+),", (TOP / "common" / "message" / "messages.h").read_text(), re.MULTILINE)
    return {name: number for number, name in enumerate(rows, 1)}


def _encode(value) -> bytes:
    """In msgpack."""
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return bytes([value]) if value < 128 else b"\xcf" + struct.pack(">Q", value)
    if isinstance(value, list):
        return b"".join(map(_encode, (len(value), *value)))
    data = value if isinstance(value, bytes) else value.encode()
    return b"\xdb" + struct.pack(">I", len(data)) + data


def message(name: str, *fields) -> bytes:
    return b"".join(map(_encode, (_numbers()[name], *fields)))


def send(link: socket.socket, packet: bytes, descriptors: tuple[int, ...] = ()) -> None:
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
    link.sendmsg([packet], ancillary if descriptors else [])


def _decode_one(packet: bytes, at: int):
    first = packet[at]
    if first < 0x80:
        return first, at + 1
    if 0xa0 <= first <= 0xbf:
        start, size = at + 1, first & 0x1f
    elif first in (0xd9, 0xda, 0xdb):
        width = 1 << (first - 0xd9)
        start = at + 1 + width
        size = int.from_bytes(packet[at + 1:start], "big")
    elif first in (0xc2, 0xc3):
        return first == 0xc3, at + 1
    elif first in (0xcc, 0xcd, 0xce, 0xcf):
        width = 1 << (first - 0xcc)
        return int.from_bytes(packet[at + 1:at + 1 + width], "big"), at + 1 + width
    else:
        raise ValueError(f"{first:#x} in {packet!r}")
    return packet[start:start + size].decode(), start + size


def decode(packet: bytes) -> tuple[str, list]:
    """The name of a message and its fields, in their order."""
    values, at = [], 0
    while at < len(packet):
        value, at = _decode_one(packet, at)
        values.append(value)
    names = {number: name for name, number in _numbers().items()}
    return names[values[0]], values[1:]


def messages_of(packet: bytes) -> list[bytes]:
    """Those that share it, as common/message/batch.h says."""
    if packet[0] != BATCH_MARK:
        return [packet]
    found, at = [], 1
    while at < len(packet):
        begin = at + SIZE_BYTES
        at = begin + int.from_bytes(packet[at:begin], "big")
        found.append(packet[begin:at])
    return found


def receive(link: socket.socket, seconds: float = 30) -> tuple[str, list]:
    link.settimeout(seconds)
    if not _received.get(link):
        _received[link] = messages_of(link.recv(1 << 17))
    return decode(_received[link].pop(0))
