"""The operations of histories, in groups: those of --all and --random, and those of --random alone."""

from __future__ import annotations

GROUPS = {
    "main": ([
        "bootstrap", "add A", "add B", "remove A", "repair", "clone", "copy", "reboot",
        "kill bootstrap", "kill add A", "kill remove A",
        "edit C,A", "edit -", "edit D", "umount C", "protect C", "cover C tmpfs", "cover A nfs", "deny 127.0.98.4", "script fails",
        "fstab append", "fstab drop", "fstab reverse", "fstab option",
    ], [
        "copy unguarded", "remove B", "remove C", "add C", "kill repair", "kill clone", "edit C", "edit A,B", "edit C,B,A",
        "umount A", "umount B", "protect A",
        "cover A tmpfs", "cover C nfs", "cover B tmpfs", "deny 127.0.98.3", "allow 127.0.98.4", "allow 127.0.98.3", "script works",
        "fstab insert", "fstab change", "fstab delete",
    ]),
    # Storage below other storage: E is below C.
    "nested": ([
        "bootstrap", "add C", "add E", "remove C", "remove E", "detach C", "repair", "reboot", "copy unguarded",
        "kill bootstrap", "kill add C", "edit C,E", "edit E", "edit -", "umount C", "umount E", "cover C tmpfs", "cover E tmpfs",
        "deny 127.0.98.4",
    ], [
        "copy", "clone", "kill add E", "kill repair", "kill remove E", "detach E", "edit D,E", "deny 127.0.98.3", "allow 127.0.98.4",
        "allow 127.0.98.3", "fstab drop", "fstab reverse", "fstab option", "hold E cwd", "hold C file", "release", "protect E",
    ]),
    # Mounts that processes use.
    "busy": ([
        "bootstrap", "add A", "remove A", "remove C", "detach A", "repair", "reboot", "copy unguarded", "edit -", "edit D",
        "hold A cwd", "hold C file", "release", "umount A", "umount C", "protect A", "protect C", "cover A tmpfs", "deny 127.0.98.4",
    ], [
        "hold A file", "hold C cwd", "detach C", "kill remove A", "kill repair", "add C", "edit C,A", "clone", "cover C nfs", "fstab drop",
    ]),
    # A killed agent leaves the n-th program that it started, which runs while the next command does.
    "left": ([
        "leave bootstrap 1", "leave bootstrap 2", "leave bootstrap 3", "leave add A 1", "leave repair 1",
        "bootstrap", "add A", "remove A", "remove C", "repair", "reboot", "edit C,A", "edit -", "umount C", "cover A tmpfs",
        "deny 127.0.98.4", "script fails",
    ], [
        "leave bootstrap 4", "leave add C 1", "kill bootstrap", "detach A", "copy", "copy unguarded", "clone", "allow 127.0.98.4",
        "script works", "umount A", "protect C", "fstab drop",
    ]),
    "goosefs": ([
        "bootstrap", "add G", "remove G", "repair", "reboot", "clone", "copy unguarded", "kill bootstrap", "kill add G", "kill remove G",
        "leave add G 1", "edit C,G", "edit -", "umount G", "die G", "cover G tmpfs", "hold G file",
    ], [
        "copy", "detach G", "kill repair", "leave repair 1", "protect G", "release", "edit G", "add A", "remove C", "fstab drop",
    ]),
}
# What others do between a bootstrap and a repair, two at a time.
DRIFT = ["edit -", "edit D", "edit C,A", "umount C", "protect C", "cover C tmpfs", "deny 127.0.98.4", "fstab drop", "fstab option"]

# System calls of a run that a kill can precede, at most; and how long a run takes, in milliseconds.
CALLS = {"bootstrap": 340, "add": 140, "remove": 140, "repair": 190, "clone": 130}
LENGTH = {"bootstrap": 500, "add": 250, "remove": 250, "repair": 300, "clone": 250}


def with_moments(history, chance, times=False):
    """Gives each kill the number of a system call, or a time after the start if there may be times."""
    def moment(command):
        if times and chance.random() < 0.4:
            return f"{chance.randint(1, LENGTH[command])}ms"
        return chance.randint(1, CALLS[command])
    return [f"{operation} {moment(operation.split()[1])}" if operation.startswith("kill") and
            not operation.split()[-1].removesuffix("ms").isdigit() else operation for operation in history]
