#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Passes connections on between two network namespaces: forward.py DESCRIPTOR PORT. The descriptor is a
listening socket of another namespace, the port is one on loopback in this one."""

import asyncio
import contextlib
import socket
import sys

BYTES = 65536


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(BYTES):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def serve(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.transport.abort()  # a reset, as if this port were the other
        return
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
    for each in (writer, far_writer):
        each.close()


async def main(descriptor: int, port: int) -> None:
    listening = socket.socket(fileno=descriptor)
    server = await asyncio.start_server(lambda *streams: serve(port, *streams), sock=listening)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
