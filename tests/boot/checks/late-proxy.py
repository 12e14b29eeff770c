#!/usr/bin/env python3
"""late-proxy.py ADDRESS SECONDS FILE: forwards ADDRESS:2049 to 127.0.0.1:2049, and delays the answers while FILE exists."""

import asyncio
import os
import sys


async def main(address: str, seconds: float, file: str) -> None:
    loop = asyncio.get_running_loop()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, from_server: bool) -> None:
        while data := await reader.read(65536):
            loop.call_later(seconds if from_server and os.path.exists(file) else 0, writer.write, data)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", 2049)
        await asyncio.gather(forward(reader, server_writer, False), forward(server_reader, writer, True), return_exceptions=True)

    await asyncio.start_server(accept, address, 2049)
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], float(sys.argv[2]), sys.argv[3]))
