"""A machine for one moment: its own mounts, processes and root, which end with it."""

from __future__ import annotations

import ctypes
import json
import os
import select
import socket
import subprocess
import threading
import traceback

NEW_MOUNTS, NEW_PROCESSES = 0x00020000, 0x20000000
READ_ONLY, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 32, 4096, 16384, 1 << 18
LIBC = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(LIBC, name)(*(a.encode() if isinstance(a, str) else a for a in arguments)) != 0:
        raise OSError(ctypes.get_errno(), f"{name} {arguments}: {os.strerror(ctypes.get_errno())}")


def mount(source, target, kind=None, flags=0, data=None):
    call("mount", source, target, kind, ctypes.c_ulong(flags), data)


def bind_read_only(source, target):
    mount(source, target, flags=BIND | RECURSIVE)
    mount(None, target, flags=BIND | REMOUNT | READ_ONLY)


def start(job):
    """Runs job() in a new process in new namespaces and returns the descriptor of a pipe that gets its result as JSON."""
    here, there = os.pipe()
    if os.fork() == 0:
        try:
            os.close(here)
            call("unshare", NEW_MOUNTS | NEW_PROCESSES)
            if (first := os.fork()) == 0:
                become_init(lambda: deliver(job, there))
            os.close(there)
            os.waitpid(first, 0)
        finally:
            os._exit(0)
    os.close(there)
    return here


def become_init(job):
    """Process 1: reaps children, and ends when the job is done; the kernel then ends all others."""
    worker = os.fork()
    if worker == 0:
        job()
        os._exit(0)
    while os.wait()[0] != worker:
        pass
    os._exit(0)


def deliver(job, pipe):
    try:
        result = job()
    except BaseException:
        result = {"problems": [traceback.format_exc()]}
    with os.fdopen(pipe, "w") as out:
        json.dump(result, out)


def run_all(jobs, workers):
    """Starts each (key, job), at most that many at a time; yields (key, result) as they come."""
    jobs, running = iter(jobs), {}
    while True:
        while len(running) < workers and (job := next(jobs, None)):
            running[start(job[1])] = (job[0], [])
        if not running:
            return
        for pipe in select.select(list(running), [], [])[0]:
            if data := os.read(pipe, 65536):
                running[pipe][1].append(data)
                continue
            os.close(pipe)
            key, text = running.pop(pipe)
            yield key, json.loads(b"".join(text) or b'{"problems": ["the job ended without a result"]}')


def listen(address, port):
    """A server that accepts connections and closes them."""
    server = socket.create_server((address, port), backlog=128)

    def serve():
        while True:
            server.accept()[0].close()
    threading.Thread(target=serve, daemon=True).start()


def enter(work, template):
    """Makes a copy of the template the root of this process, with this machine's programs and the kit."""
    root = f"{work}/root"
    mount(None, "/", flags=RECURSIVE | PRIVATE)
    mount("node", root, "tmpfs")
    subprocess.run(["cp", "-a", f"{template}/.", root], check=True)
    bind_read_only("/usr", f"{root}/usr")
    bind_read_only(f"{work}/kit", f"{root}/kit")
    bind_read_only(f"{work}/kit/mount.nfs", f"{root}/usr/sbin/mount.nfs")
    mount("/dev", f"{root}/dev", flags=BIND | RECURSIVE)
    mount("proc", f"{root}/proc", "proc")
    os.chroot(root)
    os.chdir("/")


def others():
    """Command lines of all processes here except this one, process 1 and the daemons of file systems."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in (1, os.getpid()):
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    line = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
            except OSError:
                continue
            if line and not line.startswith("bindfs "):
                found.append(line)
    return found


def mounted(servers="127.0.98."):
    """The node's storage of these servers in the kernel's mount table: [path, type, source] of every mount."""
    table = []
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            left, right = line.split(" - ")
            place, (kind, source) = left.split()[4], right.split()[:2]
            if kind.startswith("fuse.goosefs") or source.startswith(servers):
                table.append([place, kind, source])
    return sorted(table)
