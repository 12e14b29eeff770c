"""A disk that records every write: an image behind qemu's blklogwrites, exported as a file by FUSE and mounted through a loop device.

It needs no kernel module except FUSE and loop. The log has the format of Linux's dm-log-writes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import subprocess
import time

SECTOR, MAGIC, FLUSH, FUA, DISCARD = 512, 0x6A736677736872, 1, 2, 4
MARK = b"THPC-MARK "
LIMIT = 20


@contextlib.contextmanager
def recorded(work, image):
    """Yields the file whose writes are recorded in WORK/log; its last sector is for marks, which are recorded like other writes."""
    log, file, pid_file = f"{work}/log", f"{work}/exported", f"{work}/recorder.pid"
    with open(log, "wb") as empty:
        empty.truncate(1 << 30)
    open(file, "wb").close()
    subprocess.run(
        ["qemu-storage-daemon", "--daemonize", "--pidfile", pid_file,
         "--blockdev", f"driver=file,node-name=disk,filename={image}", "--blockdev", f"driver=file,node-name=log,filename={log}",
         "--blockdev", "driver=blklogwrites,node-name=recorded,file=disk,log=log",
         "--export", f"type=fuse,id=export,node-name=recorded,mountpoint={file},writable=on"], check=True)
    try:
        yield file
        with open(file, "r+b") as flushed:
            os.fsync(flushed.fileno())  # a flush writes the number of entries into the log's head
    finally:
        with open(pid_file, encoding="ascii") as number:
            os.kill(int(number.read()), signal.SIGTERM)
        end = time.monotonic() + LIMIT
        while (os.path.ismount(file) or os.path.exists(pid_file)) and time.monotonic() < end:
            time.sleep(0.01)


class Write:
    def __init__(self, at, data):
        self.at, self.data = at, data

    def half(self):
        """The part that is on the disk if the power fails in the middle; None if the write has only one sector."""
        count = len(self.data) // SECTOR // 2
        return Write(self.at, self.data[:count * SECTOR]) if count else None


def put(marks, text, size):
    """Writes a mark to the last sector of the recorded file."""
    os.pwrite(marks, (MARK + text.encode()).ljust(SECTOR, b"\0"), size - SECTOR)


def read(path, marks_at):
    """The log in its order: Write, "flush", or a mark as (number, call, path)."""
    with open(path, "rb") as log:
        magic, _, count, size = struct.unpack("<QQQI", log.read(28))
        if magic != MAGIC:
            raise ValueError(f"{path} is no log of writes")
        log.seek(size)
        for _ in range(count):
            sector, sectors, flags, _ = struct.unpack("<QQQQ", log.read(size)[:32])
            data = b"" if flags & DISCARD else log.read(sectors * size)
            if flags & FLUSH:
                yield "flush"
            if sector * size == marks_at:
                if data.startswith(MARK):
                    yield tuple((data[len(MARK):].rstrip(b"\0").decode(errors="replace") + "  ").split(" ", 2))
            elif flags & DISCARD:
                yield Write(sector * size, bytes(sectors * size))
            elif sectors:
                yield Write(sector * size, data)
            if flags & FUA:
                yield "flush"
