"""What a disk may hold when the power fails, by the log of its writes.

Everything before a flush is on the disk. Any part of what was written since may be there, in any order, and the last write may be cut
off: a window. Its writes are tried one after the other; in the long form also each alone, each left out, each torn, all subsets where
the writes are few, and subsets by chance where they are many.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import shutil
import subprocess

from recorder import SECTOR, Write

FEW = 3


class Window:
    """The writes between two flushes, the marks among them, and the last mark before its end: when the power fails."""

    def __init__(self, number, writes, mark, marks):
        self.number, self.writes, self.mark, self.marks = number, writes, mark, marks


class State:
    """One content of the disk, in a file of its own. `ended` is whether the command had succeeded before the power failed."""

    def __init__(self, window, part, ended, image):
        self.window, self.part, self.ended, self.image = window, part, ended, image
        self.key = (window.number, part)
        self.name = f"window {window.number}, {part}, after {' '.join(window.mark).strip()}"


def windows(log):
    number, writes, mark, marks = 0, [], ("0", "", ""), []
    for entry in itertools.chain(log, ["flush"]):
        if isinstance(entry, Write):
            writes.append(entry)
        elif entry != "flush":
            mark = entry
            marks.append(entry)
            if entry[0] == "end":
                break
        else:
            yield Window(number, writes, mark, marks)
            number, writes, marks = number + 1, [], []
    yield Window(number, writes, mark, marks)


def subsets(writes, chances, seed):
    """Pairs of a name and the writes that reached the disk; without chances only the order in which they were written."""
    count = len(writes)
    for n in range(count + 1):
        yield f"the first {n} of {count}", writes[:n]
    if not chances:
        return
    for n, write in enumerate(writes):
        if half := write.half():
            yield f"the first {n} of {count} and half of the next", [*writes[:n], half]
    if count <= FEW:
        for mask in range(1 << count):
            yield f"subset {mask:0{count}b} of {count}", [write for n, write in enumerate(writes) if mask >> n & 1]
        return
    for n in range(count):
        yield f"all but {n + 1} of {count}", writes[:n] + writes[n + 1:]
        yield f"{n + 1} of {count} alone", [writes[n]]
    chance = random.Random(seed)
    for n in range(chances):
        yield f"part {n} of {count} by chance", [write for write in writes if chance.random() < 0.5]


class Recording:
    """A disk before the command, and the log of the command's run."""

    def __init__(self, work, base, log, chances):
        self._work, self._base, self._chances = work, base, chances
        start = next(n for n, entry in enumerate(log) if isinstance(entry, tuple) and entry[0] == "start")
        # What was written earlier is the node that the command found.
        with Disk(base) as disk:
            disk.apply([entry for entry in log[:start] if isinstance(entry, Write)])
        self.windows = list(windows(log[start:]))
        self.tried = 0

    def states(self, wanted=None):
        """Makes each state of the disk that differs from all earlier ones; only those with the wanted keys if there are any."""
        running, seen, ended, number = f"{self._work}/running", set(), False, 0
        shutil.copy(self._base, running)
        self.tried = 0
        with Disk(running) as disk:
            for window in self.windows:
                ended = ended or any(mark[:2] == ("exit", "0") for mark in window.marks)
                for part, writes in subsets(window.writes, self._chances, window.number):
                    self.tried += 1
                    key = (disk.number_with(writes), ended)
                    if key in seen or (wanted is not None and (window.number, part) not in wanted):
                        continue
                    seen.add(key)
                    number += 1
                    yield State(window, part, ended, self._image(running, number, writes))
                disk.apply(window.writes)

    def _image(self, running, number, writes):
        image = f"{self._work}/state-{number}"
        subprocess.run(["cp", "--sparse=always", running, image], check=True)
        with open(image, "r+b") as file:
            for write in writes:
                file.seek(write.at)
                file.write(write.data)
        return image


class Disk:
    """An image up to a flush. A number stands for its content, in which order it was written does not matter."""

    def __init__(self, path):
        self._file, self._sectors, self._sum = open(path, "r+b", buffering=0), {}, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def number_with(self, writes):
        changed = {}
        for write in writes:
            for n in range(0, len(write.data), SECTOR):
                changed[(write.at + n) // SECTOR] = write.data[n:n + SECTOR]
        total = self._sum
        for sector, data in changed.items():
            total ^= self._sectors.get(sector) or self._first(sector)
            total ^= digest(sector, data)
        return total

    def apply(self, writes):
        self._sum = self.number_with(writes)
        for write in writes:
            for n in range(0, len(write.data), SECTOR):
                sector = (write.at + n) // SECTOR
                self._sectors[sector] = digest(sector, write.data[n:n + SECTOR])
            self._file.seek(write.at)
            self._file.write(write.data)

    def _first(self, sector):
        self._file.seek(sector * SECTOR)
        return digest(sector, self._file.read(SECTOR))


def digest(sector, data):
    return int.from_bytes(hashlib.blake2b(data, digest_size=8, key=sector.to_bytes(8, "little")).digest(), "little")
