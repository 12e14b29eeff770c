#!/usr/bin/env python3
"""counting-proxy.py LOG ADDRESS…: forwards ADDRESS:2049 to 127.0.0.1:2049 and writes a line to LOG for each connection
("connection") and each call of a client ("call PROGRAM VERSION PROCEDURE"). NFS 4.0 clients renew their lease now and then; that is
"renewal"."""

import asyncio
import struct
import sys


COMPOUND = (100003, 4, 1)
RENEW = 30


def operations(call: bytes) -> "tuple[int, int]":
    """The number of operations of a COMPOUND (RFC 7530), and the first one."""
    at = 24
    for _ in ("credential", "verifier"):
        at += 8 + padded(struct.unpack_from(">I", call, at + 4)[0])
    at += 4 + padded(struct.unpack_from(">I", call, at)[0])  # the tag
    return struct.unpack_from(">4xII", call, at)  # after the minor version


def padded(length: int) -> int:
    return (length + 3) // 4 * 4


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, record) -> None:
    try:
        while True:
            # ONC RPC over TCP (RFC 5531): each fragment has its length before it, and the first bit marks a record's last.
            mark = await reader.readexactly(4)
            fragment = await reader.readexactly(struct.unpack(">I", mark)[0] & 0x7FFFFFFF)
            record(fragment)
            writer.write(mark + fragment)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(path: str, addresses: "list[str]") -> None:
    with open(path, "a", buffering=1, encoding="utf-8") as log:
        def call(fragment: bytes) -> None:
            called = struct.unpack_from(">III", fragment, 12)
            print(*(["renewal"] if called == COMPOUND and operations(fragment) == (1, RENEW) else ["call", *called]), file=log)

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            print("connection", file=log)
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", 2049)
            await asyncio.gather(forward(reader, server_writer, call),
                                 forward(server_reader, writer, lambda _: None))

        for address in addresses:
            await asyncio.start_server(accept, address, 2049)
        print("ready", flush=True)
        await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], sys.argv[2:]))
