#!/usr/bin/env python3
"""slow_proxy.py SECONDS ADDRESS…: forwards ADDRESS:2049 to 127.0.0.1:2049; delays every answer.

A network emulator would do, but not every kernel has one.
"""

import asyncio
import sys


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    loop = asyncio.get_running_loop()
    while data := await reader.read(65536):
        loop.call_later(delay, writer.write, data)
    loop.call_later(delay, writer.close)


async def main(delay: float, addresses: "list[str]") -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", 2049)
        await asyncio.gather(forward(reader, server_writer, 0), forward(server_reader, writer, delay), return_exceptions=True)

    for address in addresses:
        await asyncio.start_server(accept, address, 2049)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(float(sys.argv[1]), sys.argv[2:]))
