"""The scenarios: a command to kill, the node it runs on, and further conditions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

CLUSTER = "hpc-8hje8h12"
FSTAB = "# the node's own\nproc /proc proc defaults 0 0\ntmpfs /tmp tmpfs nosuid 0 0\n"
CONFIG = f"""\
[cluster]
id = "{CLUSTER}"
node_role = "COMPUTE"

[metadata]
endpoint = ""

[cos]
credentials = "file"
endpoint = "@COS@"

[[init_script]]
script_path = "cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/one.sh"

[[init_script]]
script_path = "file:///srv/two.sh"

[[cfs]]
local_path = "/opt"
remote_path = "127.0.98.3:/id/opt"

[[cfs]]
local_path = "/data"
remote_path = "127.0.98.4:/"
protocol = "NFS 4.0"

[[goosefs]]
local_path = "/goosefs"
masters = ["127.0.98.7:9200"]

[storage]
goosefs_home = "/srv/goosefs"
"""
MORE = {"StorageOption": {
    "CFSOptions": [{"LocalPath": "/more", "RemotePath": "127.0.98.4:/more", "Protocol": "NFS 4.0"}],
    "GooseFSOptions": [{"LocalPath": "/deep/goose", "RemotePath": "/sub", "Masters": ["127.0.98.7:9200"]}],
}}
SCRIPT = """\
#!/bin/bash
echo "begin {name} $$" >>/var/ran
sleep {seconds}
# Without its agent it runs longer, so that the next run finds it running.
[ "$(ps -o ppid= $$)" -gt 1 ] || sleep 2
echo "end {name} $$" >>/var/ran
echo "{name} was here"
"""
MOUNT_NFS = """\
#!/bin/sh
# mount.nfs SOURCE TARGET -o OPTIONS: mounts a tmpfs of that source after the delay of a server; if its agent is dead, a second
# later, so that the mount appears after the next run has checked.
sleep 0.05
read -r _ _ _ parent _ </proc/$PPID/stat
[ "$parent" -gt 1 ] || sleep 1
exec mount -i -n -t tmpfs -o size=64k,mode=755 "$1" "$2"
"""


class Scenario:
    def __init__(self, name, command, on="bootstrapped", setup=None, again=None, ends=(), may_stay=()):
        self.name, self.command, self.on, self.setup = name, command, on, setup
        self.again = again or (lambda: command)
        self.ends = ends  # commands that must succeed once all is done

        # Without a record of the storage, its empty mount point looks like any other directory, and stays.
        self.may_stay = may_stay


ADD_WHAT_IS_CONFIGURED = ["storage", "add"]
ADD_ANOTHER = ["storage", "add", "--local-path", "/more/data", "--remote-path", "127.0.98.4:/more", "--protocol", "NFS 4.0"]
CLEANED = ["--operations", "defaults,ssh-host-keys,machine-id,history,tmp"]
PREP = ["image", "prep", "--yes", *CLEANED]
BACKUPS = ["/srv/kept-1.tar.gz", "/srv/kept-2.tar.gz"]


def prep():
    """A backup that an earlier run finished is in the way of another one of that name, and rightly so."""
    return [*PREP, "--backup", next(file for file in BACKUPS if not os.path.exists(file))]


ALL = [
    Scenario("bootstrap", ["bootstrap"], on="fresh", ends=[["storage", "verify"]]),
    Scenario("script check", ["script", "check"], on="fresh"),
    Scenario("storage add", ["storage", "add", "--json", "/srv/more.json", "--persist"], setup=ADD_WHAT_IS_CONFIGURED,
             ends=[["storage", "verify"]]),
    Scenario("storage remove (CFS)", ["storage", "remove", "/data", "--persist"], setup=ADD_WHAT_IS_CONFIGURED,
             ends=[["storage", "verify"]]),
    Scenario("storage remove (not configured)", ["storage", "remove", "/more/data"], setup=ADD_ANOTHER, may_stay=["/more/data"]),
    Scenario("storage remove (GooseFS)", ["storage", "remove", "/goosefs", "--persist"], setup=ADD_WHAT_IS_CONFIGURED,
             ends=[["storage", "verify"]]),
    Scenario("image prep", [*PREP, "--backup", BACKUPS[0]], again=prep, ends=[["image", "check", *CLEANED]]),
]


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def make_kit(work, repository, agent):
    here = os.path.dirname(os.path.abspath(__file__))
    kit = f"{work}/kit"
    os.makedirs(kit)
    shutil.copy(agent, f"{kit}/agent")
    write(f"{kit}/mount.nfs", MOUNT_NFS, 0o755)
    subprocess.run(["clang", "-O1", "-Wall", "-Wextra", "-Werror", "-o", f"{kit}/strike", f"{here}/strike.c"], check=True)
    subprocess.run(["clang", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", f"{kit}/mounts.so", f"{here}/mounts.c"],
                   check=True)


def make_fresh(work, repository, cos):
    """A node that has its configuration and has run nothing."""
    root = f"{work}/fresh"
    for directory in ["dev", "proc", "usr", "kit", "out", "tmp", "var/lib", "var/log", "run", "root", "opt", "srv/goosefs/backing/sub"]:
        os.makedirs(f"{root}/{directory}")
    for name in ["bin", "sbin", "lib", "lib64"]:
        os.symlink(f"usr/{name}", f"{root}/{name}")
    write(f"{root}/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")
    write(f"{root}/sys/class/dmi/id/product_uuid", "5c0ffee0-0000-4000-8000-000000000001\n")
    write(f"{root}/etc/machine-id", "0123456789abcdef0123456789abcdef\n")
    write(f"{root}/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
    write(f"{root}/etc/fstab", FSTAB)
    write(f"{root}/etc/thpc/node-agent.toml", CONFIG.replace("@COS@", cos))
    write(f"{root}/etc/thpc/cos-credentials.toml", 'secret_id = "kill-test-id"\nsecret_key = "kill-test-key"\n', 0o600)
    write(f"{root}/root/thpc_preinstalled.json", "")
    write(f"{root}/var/lib/dpkg/status", "".join(f"Package: {name}\nStatus: install ok installed\nVersion: 1\n\n"
                                                 for name in ["nfs-common", "munge", "slurmd", "ypbind-mt", "libnss-nis"]))
    write(f"{root}/srv/two.sh", SCRIPT.format(name="two", seconds=0.02))
    write(f"{root}/srv/more.json", json.dumps(MORE))
    write(f"{root}/srv/goosefs/conf/goosefs-site.properties", "# the image's own\n")
    write(f"{root}/srv/goosefs/backing/file", "from the masters\n")
    client = f"{root}/srv/goosefs/integration/fuse/bin/goosefs-fuse"
    os.makedirs(os.path.dirname(client))
    shutil.copy(f"{repository}/tests/goosefs-standin/goosefs-fuse", client)
    # What an image must not have.
    write(f"{root}/root/.ssh/authorized_keys", "ssh-ed25519 AAAA somebody\n", 0o600)
    write(f"{root}/root/.ssh/id_ed25519", "a key\n", 0o600)
    write(f"{root}/root/.bash_history", "ls\n", 0o600)
    write(f"{root}/etc/ssh/ssh_host_ed25519_key", "a key\n", 0o600)
    write(f"{root}/tmp/rubbish/deep/file", "x\n")
    return root
