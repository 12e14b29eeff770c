"""Runs on a node: takes the connections that the agent makes to a server of storage before it mounts, and says nothing."""

import select
import socket

NFS, LUSTRE, GOOSEFS_MASTER = 2049, 988, 9200
servers = [socket.create_server(address, backlog=64) for address in (
    ("127.0.98.3", NFS), ("127.0.98.4", NFS), ("127.0.98.5", GOOSEFS_MASTER), ("127.0.98.8", LUSTRE))]
with open("/run/servers", "w", encoding="ascii"):
    pass  # they listen
while True:
    for server in select.select(servers, [], [])[0]:
        server.accept()[0].close()
