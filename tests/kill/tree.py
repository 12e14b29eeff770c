"""The files of a node's own disk, in a form that allows to compare two nodes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import stat

# Paths of the machine, and files that the stand-ins and scripts write for the tests.
NOT_THE_NODES = ["/proc", "/dev", "/usr", "/kit", "/out", "/var/ran", "/srv/goosefs/calls", "/srv/goosefs/logs"]

# Records of the running steps, and of processes that run a script or a mount. A killed run may leave one; the next boot has none, since
# /run is in memory. Also reports and logs of earlier runs: a killed run leaves one more.
NOTES = re.compile(r"^(/run/thpc-node-agent/(script|steps|mountstats|(mount|probe)-[0-9a-f]{16})"
                   r"|/var/lib/thpc-node-agent/report\.[12]\.json|/var/log/thpc-node-agent/[^/]*\.log\.[12])$")

TEMPORARY = re.compile(r"\.thpc-[0-9a-f-]+\.tmp(\.list)?$")
TIMES = {"finished_at", "created_at"}


def look(skipped=()):
    """For each path its kind, its mode and the content of a file or link. Mounts are not entered."""
    disk, found = os.lstat("/").st_dev, {}
    left = ["/"]
    while left:
        directory = left.pop()
        # Processes that a killed run left may remove a path that was just listed.
        with gone(), opened(directory) as here:
            for name in sorted(os.listdir(here)) if os.fstat(here).st_dev == disk else []:
                path = os.path.join(directory, name)
                if path not in NOT_THE_NODES and path not in skipped and not NOTES.match(path):
                    with gone():
                        found[path] = describe(path, os.lstat(path))
                        if found[path].startswith("directory"):
                            left.append(path)
    return found


@contextlib.contextmanager
def gone():
    """Passes over what is not there any more, and over a mount whose FUSE daemon has ended."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTCONN):
            raise


@contextlib.contextmanager
def opened(directory):
    here = os.open(directory, os.O_DIRECTORY)
    try:
        yield here
    finally:
        os.close(here)


def describe(path, status):
    if stat.S_ISDIR(status.st_mode):
        return f"directory {status.st_mode & 0o7777:o}"
    return f"link to {os.readlink(path)}" if stat.S_ISLNK(status.st_mode) else f"file {status.st_mode & 0o7777:o} {digest(path)}"


def digest(path):
    with open(path, "rb") as file:
        content = file.read()
    if path.endswith((".done", "/thpc_preinstalled.json", "/thpc_preinstalled.json.next")) and content:
        # A half-written file fails here.
        content = json.dumps({key: value for key, value in json.loads(content).items() if key not in TIMES}).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def differences(one, other):
    return [f"{path}: {one.get(path)} instead of {other.get(path)}" for path in sorted(one.keys() | other.keys())
            if one.get(path) != other.get(path)]


def executable(state):
    return state.startswith("file ") and int(state.split()[1], 8) & 0o111 != 0
