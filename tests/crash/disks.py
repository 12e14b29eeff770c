"""File systems of a node in an image, and a job that runs with such a disk as its root."""

from __future__ import annotations

import os
import subprocess
import tempfile

import machine

MIB = 1 << 20


class Kind:
    """A file system: its size, how it is mounted, and how it is checked without changing it."""

    def __init__(self, name, size, options, check):
        self.name, self.size, self.options, self.check = name, size, options, check


# XFS has no smaller size. All its states have one UUID.
KINDS = {
    "ext4": Kind("ext4", 64 * MIB, "loop,noatime", ["e2fsck", "-fn"]),
    "xfs": Kind("xfs", 320 * MIB, "loop,noatime,nouuid", ["xfs_repair", "-n", "-f"]),
}
# Behind the file system is room for the marks.
MARKS = 4096


def make(kind, template, image):
    with open(image, "wb") as file:
        file.truncate(kind.size + MARKS)
    if kind.name == "ext4":
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-d", template, image,
                        f"{kind.size >> 10}k"], check=True)
        return
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["mkfs.xfs", "-q", "-d", f"size={kind.size}", image], check=True)
        subprocess.run(["mount", "-o", "loop", image, place], check=True)
        try:
            subprocess.run(["cp", "-a", f"{template}/.", place], check=True)
        finally:
            subprocess.run(["umount", place], check=True)


def inside(work, kind, image, job, programs="/usr", lazy=False):
    """Runs the job with that disk as the root and an empty /run, as after a boot; unmounts lazily if daemons may still use it."""
    outside, root = os.open("/", os.O_DIRECTORY), f"{work}/root"
    machine.mount(None, "/", flags=machine.RECURSIVE | machine.PRIVATE)
    subprocess.run(["mount", "-i", "-t", kind.name, "-o", kind.options, image, root], check=True)
    machine.bind_read_only(programs, f"{root}/usr")
    machine.bind_read_only(f"{work}/kit", f"{root}/kit")
    if os.path.exists(f"{root}/usr/sbin/mount.nfs"):
        machine.bind_read_only(f"{work}/kit/mount.nfs", f"{root}/usr/sbin/mount.nfs")
    machine.mount("/dev", f"{root}/dev", flags=machine.BIND | machine.RECURSIVE)
    machine.mount("proc", f"{root}/proc", "proc")
    machine.mount("run", f"{root}/run", "tmpfs")
    os.chroot(root)
    os.chdir("/")
    try:
        return job()
    finally:
        os.fchdir(outside)
        os.chroot(".")
        subprocess.run(["umount", *(["--lazy"] if lazy else []), "--recursive", root], check=True)
