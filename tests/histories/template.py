"""The files of a node before its first boot, and the programs that it uses."""

from __future__ import annotations

import os

import scenarios  # the kill test's; node has put its folder into the path
from scenarios import write

import texts

# A program that the agent starts waits here, if it is the one that the agent is to leave running.
WAIT = """\
exec 8>>/srv/count
flock 8
echo >&8
if [ "$(wc -l </srv/count)" -eq "$(cat /srv/slow)" ]; then
    echo "$$ $waiting" >/srv/started
    exec 8>&-
    read -r _ </srv/go
    exec >/dev/null 2>&1 # the pipe has no reader
fi
exec 8>&-
"""
# The mount appears although its agent is dead, as that of a real mount.nfs.
MOUNT_NFS = """\
#!/bin/sh
waiting="$2 $1"
[ ! -e /srv/slow ] || . /kit/wait
[ ! -e "/srv/denies/${1%%:*}" ] || { echo "mount.nfs: Operation not permitted" >&2; exit 32; }
exec mount -i -n -t tmpfs -o size=64k,mode=755 "$1" "$2"
"""
GOOSEFS = """\
#!/bin/bash
waiting="${2-} goosefs-fuse"
[ ! -e /srv/slow ] || [ "$1" != mount ] || . /kit/wait
"""
SCRIPT = """\
#!/bin/sh
exec 9>>/srv/{name}-lock
flock -n 9 || echo {name} >>/var/beside
read -r uuid </sys/class/dmi/id/product_uuid
read -r boot </proc/sys/kernel/random/boot_id
echo "$0 ${{uuid##*-}} ${{boot##*-}} {name}" >>/var/ran
waiting="{name} -"
[ ! -e /srv/slow ] || . /kit/wait
[ ! -e /srv/{name}-fails ]
"""


def make_kit(work, repository, agent):
    """The programs that a node uses: the agent and the stand-ins."""
    scenarios.make_kit(work, repository, agent)
    write(f"{work}/kit/mount.nfs", MOUNT_NFS, 0o755)
    write(f"{work}/kit/wait", WAIT)


def make_template(work, repository):
    """The files of a node before its first boot."""
    root = f"{work}/template"
    for directory in ["dev", "proc", "usr", "kit", "tmp", "var/lib", "var/log", "run", "root", "srv/denies", "srv/goosefs/backing"]:
        os.makedirs(f"{root}/{directory}")
    for name in ["bin", "sbin", "lib", "lib64"]:
        os.symlink(f"usr/{name}", f"{root}/{name}")
    write(f"{root}/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")
    write(f"{root}/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
    write(f"{root}/etc/fstab", texts.FSTAB)
    write(f"{root}/root/thpc_preinstalled.json", "")
    write(f"{root}/var/lib/dpkg/status", "".join(f"Package: {name}\nStatus: install ok installed\nVersion: 1\n\n"
                                                 for name in ["nfs-common", "munge", "slurmd"]))
    for name in texts.SCRIPTS:
        write(f"{root}/srv/{name}.sh", SCRIPT.format(name=name))
    for name in ["started", "go"]:
        os.mkfifo(f"{root}/srv/{name}")
    write(f"{root}/srv/goosefs/conf/goosefs-site.properties", "")
    with open(f"{repository}/tests/goosefs-standin/goosefs-fuse", encoding="utf-8") as client:
        write(f"{root}/srv/goosefs/integration/fuse/bin/goosefs-fuse", GOOSEFS + client.read(), 0o755)
    os.mkdir(f"{work}/root")
