#!/usr/bin/env python3
"""rpc.py: calls of the kernel's NFS server, by operation, and new TCP connections, since it ran last."""

import json
import os

STATE = "/run/rpc.json"
NFS3 = ("null getattr setattr lookup access readlink read write create mkdir symlink mknod remove rmdir rename link readdir "
        "readdirplus fsstat fsinfo pathconf commit").split()
NFS4 = {3: "access", 4: "close", 5: "commit", 8: "delegreturn", 9: "getattr", 10: "getfh", 15: "lookup", 18: "open", 20: "open_confirm",
        22: "putfh", 24: "putrootfh", 25: "read", 26: "readdir", 28: "remove", 29: "rename", 30: "renew", 32: "savefh", 34: "setattr",
        35: "setclientid", 36: "setclientid_confirm", 38: "write"}


def read():
    counts = {}
    with open("/proc/net/rpc/nfsd", encoding="ascii") as file:
        for line in file:
            name, *numbers = line.split()
            if name == "proc3":
                counts |= {f"v3.{NFS3[at]}": int(value) for at, value in enumerate(numbers[1:])}
            elif name == "proc4":
                counts |= {"v4.null": int(numbers[1]), "v4.compound": int(numbers[2])}
            elif name == "proc4ops":
                counts |= {f"op.{NFS4.get(at, at)}": int(value) for at, value in enumerate(numbers[1:])}
    with open("/proc/net/snmp", encoding="ascii") as file:
        names, values = [line.split()[1:] for line in file if line.startswith("Tcp:")]
        counts["connections"] = int(dict(zip(names, values))["ActiveOpens"])
    return counts


def main():
    now, before = read(), {}
    if os.path.exists(STATE):
        with open(STATE, encoding="ascii") as file:
            before = json.load(file)
    with open(STATE, "w", encoding="ascii") as file:
        json.dump(now, file)
    print(" ".join(f"{name}={value - before.get(name, 0)}" for name, value in now.items() if value > before.get(name, 0)))


if __name__ == "__main__":
    main()
