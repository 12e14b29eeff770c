"""Runs on a node: takes the connections that the agent makes to a server of storage before it mounts, and says nothing."""

import select
import socket

servers = [socket.create_server((f"127.0.98.{number}", 2049), backlog=64) for number in (3, 4)]
with open("/run/servers", "w", encoding="ascii"):
    pass  # they listen
while True:
    for server in select.select(servers, [], [])[0]:
        server.accept()[0].close()
