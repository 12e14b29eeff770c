#!/usr/bin/env python3
"""Prints the size of each part of the executable, as a table, from the linker's map. Needs ./publish.sh first.

usage: sizes.py [x64|arm64]
"""
import collections
import pathlib
import re
import sys

arch = (sys.argv[1:] or ["x64"])[0]
root = pathlib.Path(__file__).resolve().parent.parent
native = root / f"src/Thpc.NodeAgent/bin/Release/net10.0/linux-{arch}/native"
line = re.compile(r" *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +\d+ ( *)(.*)")

# The prefix of a compiled method's name shows where it comes from; the first match counts.
managed = [
    ("the agent itself", "thpc_node_agent_"),
    ("System.CommandLine", "System_CommandLine_"),
    ("Tomlyn", "Tomlyn_"),
    ("Microsoft.Extensions.*", "Microsoft_Extensions_"),
    (".NET: HTTP, TLS, sockets, certificates",
     "System_Net_|System_Security_|System_Formats_Asn1_|System_Runtime_Numerics_|System_Private_Uri_|S_P_Uri_"),
    (".NET: JSON", "System_Text_Json_"),
    (".NET: LINQ and collections", "System_Linq_|System_Collections_"),
    (".NET: core library", "S_P_|System_Private_CoreLib|String_|Char_|Array_"),
    (".NET: the rest", "System_"),
]
archives = [
    ("OpenSSL: libcrypto", "libcrypto.a"),
    ("OpenSSL: libssl", "libssl.a"),
    ("zlib", "libz.a"),
    (".NET: runtime and collector, in C++", "lib.*|.*crt.*|compat.o"),
]


def part_of(names, name):
    return next((part for part, pattern in names if re.match(f"(?:{pattern})", name)), None)


tables = "tables of managed code: types, names for stack traces, unwinding"
unclaimed = "managed code of generics and stubs"  # code that belongs to no method
sizes = collections.Counter()
section = None
from_managed = False
for row in (native / "thpc-node-agent.map").read_text(errors="replace").splitlines():
    match = line.match(row)
    if not match:
        continue
    address, size, indent, name = int(match[1], 16), int(match[2], 16), len(match[3]), match[4]
    if indent == 0:
        section = name if address and name not in (".bss", ".hydrated", ".tbss") else None
    elif section is None:
        continue
    elif indent == 8:
        file = re.sub(r"\(.*", "", name.split(":(")[0]).rsplit("/", 1)[-1]
        from_managed = file == "thpc-node-agent.o"
        if from_managed:
            sizes[unclaimed if section == "__managedcode" else tables] += size
        else:
            sizes[part_of(archives, file) or "the linker's own: relocations, unwinding index, strings"] += size
    elif from_managed and section == "__managedcode":
        part = part_of(managed, name)
        if part:
            sizes[part] += size
            sizes[unclaimed] -= size

total = (native / "thpc-node-agent").stat().st_size
sizes["headers and padding"] = total - sum(sizes.values())
print(f"| part of {total / 1048576:.2f} MiB ({arch}) | KiB | |\n|---|---:|---:|")
for part, size in sizes.most_common():
    print(f"| {part} | {size / 1024:.0f} | {100 * size / total:.1f} % |")
