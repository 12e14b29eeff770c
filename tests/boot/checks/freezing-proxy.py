#!/usr/bin/env python3
"""freezing-proxy.py ADDRESS COUNT LOG: forwards ADDRESS:2049 to 127.0.0.1:2049, and stops after COUNT answers."""

import asyncio
import sys


async def main(address: str, count: int, log: str) -> None:
    answers = 0
    with open(log, "w", encoding="ascii", buffering=1) as file:

        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, from_server: bool) -> None:
            nonlocal answers
            while data := await reader.read(65536):
                answers += from_server
                if answers <= count:
                    writer.write(data)
                if from_server:
                    print(f"answer {answers}" if answers <= count else "kept back", file=file)

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", 2049)
            await asyncio.gather(forward(reader, server_writer, False), forward(server_reader, writer, True), return_exceptions=True)

        await asyncio.start_server(accept, address, 2049)
        await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
