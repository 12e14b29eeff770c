"""The processes of a node."""

from __future__ import annotations

import os
import time

LIMIT = 300


def processes():
    """The processes here except this one and process 1: their ids, parents and command lines."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in (1, os.getpid()):
            try:
                with open(f"/proc/{name}/cmdline", "rb") as line, open(f"/proc/{name}/stat", encoding="utf-8") as stat:
                    words = line.read().replace(b"\0", b" ").decode(errors="replace").strip()
                    found |= {int(name): (int(stat.read().rpartition(")")[2].split()[1]), words)} if words else {}
            except OSError:
                continue
    return found


def family(pid, all_processes):
    """The process, those that started it, and those that it has started."""
    found, up = {pid}, pid
    while up in all_processes:
        found.add(up)
        up = all_processes[up][0]
    return found | {one for one, (parent, _) in all_processes.items() if parent == pid}


def await_end(is_over):
    end = time.monotonic() + LIMIT
    while not is_over():
        if time.monotonic() > end:
            raise TimeoutError(str(processes()))
        time.sleep(0.001)
