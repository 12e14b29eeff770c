"""A Debian machine in namespaces with a real systemd as process 1: it boots in about a second, and can reboot.

    with Network() as network, Node("node1", network) as node:
        node.write("/etc/thpc/node-agent.toml", "…")
        node.boot()
        node.wait("systemctl is-active slurmd")
        print(node.run("thpc-node-agent status").stdout)

It has no kernel of its own: no kernel NFS, no cgroup controllers, no udev. Its disk is an overlay over the root that build-root.sh
makes; the disk survives a reboot, /run does not.
"""

from __future__ import annotations

import itertools
import os
import pathlib
import shutil
import signal
import subprocess
import time
import uuid

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NUMBER = itertools.count(1)

# Units that need hardware or a kernel of their own, or that are useless on a machine that runs for seconds.
MASKED = ["systemd-udevd.service", "systemd-udev-trigger.service", "systemd-udevd-control.socket", "systemd-udevd-kernel.socket",
          "systemd-sysctl.service", "systemd-modules-load.service", "console-getty.service", "getty@tty1.service", "run-rpc_pipefs.mount",
          "rpc-gssd.service", "nfs-blkmap.service", "rpc-statd-notify.service", "e2scrub_reap.service", "apt-daily.timer",
          "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer", "systemd-networkd-wait-online.service"]
ON_REQUEST = ["slurmd", "slurmctld", "munge", "ypbind", "ypserv", "yppasswdd", "ypxfrd", "rpcbind", "autofs", "cloud-init",
              "cloud-init-local",
              "cloud-config", "cloud-final"]

# Runs in new mount, process, host name, ipc and network namespaces, and waits for the parent to connect the network.
START = r"""
set -e
mkdir -p "$CGROUP"
echo $$ >"$CGROUP/cgroup.procs"
read -r connected
exec unshare --cgroup sh -c '
set -e
mount --make-rprivate /
hostname "$NAME"
echo "(none)" >/proc/sys/kernel/domainname # NIS domain, not the one of the machine that runs the test
ip link set lo up
ip address add "$ADDRESS/24" dev eth0
ip link set eth0 up
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$UPPER,workdir=$WORK" "$MERGED"
cd "$MERGED"
mount -t proc proc proc
mount -t sysfs sys sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -o remount,bind,ro sys
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t tmpfs dev dev
for device in null zero full random urandom tty fuse autofs; do
    [ ! -e /dev/$device ] || { : >dev/$device; mount --bind /dev/$device dev/$device; }
done
# The kernel does not boot, so its boot id would stay the same: give each boot a new one.
cat proc/sys/kernel/random/uuid >dev/boot-id
mount --bind dev/boot-id proc/sys/kernel/random/boot_id
# Give the machine its own UUID of the firmware: a copy of /sys/class, a directory of links, with another product_uuid.
mkdir dev/class
cp -a sys/class/. dev/class/ 2>/dev/null || : # write-only files cannot be copied
rm -rf dev/class/dmi
mkdir -p dev/class/dmi/id
echo "$MACHINE" >dev/class/dmi/id/product_uuid
mount --bind dev/class sys/class
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd; ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
: >dev/console
mount --bind "$CONSOLE" dev/console
mount -t tmpfs -o mode=755 run run
mkdir -p .old
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd systemd.show_status=0
'
"""

# Runs a command in the running node. Its shell is outside of the node's PID namespace, so the node's systemd, which stops all
# processes at shutdown, cannot stop it.
INSIDE = 'sh -c "$1"; exit $?'
# Runs a command in the node before its first boot.
CHANGE = r"""
set -e
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$UPPER,workdir=$WORK" "$MERGED"
mount -t proc proc "$MERGED/proc"
mount --bind /dev/null "$MERGED/dev/null"
exec chroot "$MERGED" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive sh -c "$COMMAND"
"""


def unique():
    """A name that is unique over all parallel scenarios. Process ids are not: every scenario has its own PID namespace."""
    return f"{os.environ.get('THPC_NODE_NUMBER', 0)}-{next(NUMBER)}"


def cgroup_mount():
    """The mount point of version 2 of cgroups on this machine, or None."""
    with open("/proc/self/mounts", encoding="utf-8") as file:
        return next((fields[1] for fields in map(str.split, file) if fields[2] == "cgroup2"), None)


class Network:
    """A bridge in the runner's own network namespace; every node on it has an address in 10.9.0.0/24."""

    def __enter__(self):
        self.name = f"br{unique()}"
        subprocess.run(["ip", "link", "add", self.name, "type", "bridge"], check=True)
        subprocess.run(["ip", "link", "set", self.name, "up"], check=True)
        return self

    def connect(self, pid):
        """Adds an eth0 on this bridge to the network namespace of that process."""
        port = f"v{unique()}"
        subprocess.run(["ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", str(pid)], check=True)
        subprocess.run(["ip", "link", "set", port, "master", self.name, "up"], check=True)

    def __exit__(self, *_):
        subprocess.run(["ip", "link", "delete", self.name], check=False)


class Node:
    def __init__(self, name, network, address="10.9.0.1", root=None, work=None):
        self.name, self.network, self.address = name, network, address
        self.root = root or os.environ["THPC_NODE_ROOT"]
        self.directory = pathlib.Path(work or os.environ["THPC_NODE_WORK"]) / f"{name}-{unique()}"
        self.upper, self.merged, self.overlay_work = (self.directory / part for part in ("upper", "merged", "work"))
        for part in (self.upper, self.merged, self.overlay_work):
            part.mkdir(parents=True)
        self.console = self.directory / "console"
        self.console.touch()
        self.cgroup = pathlib.Path(os.environ["THPC_NODE_CGROUP"]) / self.directory.name
        self.process = None
        self.boots = 0
        self.machine = str(uuid.uuid4())
        self.write("/etc/fstab", "# kept\n")
        self.write("/etc/hosts", f"127.0.0.1 localhost\n{address} {name}\n")
        self.write("/etc/hostname", f"{name}\n")
        self.write("/etc/machine-id", f"{uuid.uuid4().hex}\n")  # if it is empty, systemd takes this as a first boot and enables every unit
        for unit in MASKED:
            self.link(f"/etc/systemd/system/{unit}", "/dev/null")
        # Debian's packages enable these; a scenario enables only those that its node runs.
        for unit in ON_REQUEST:
            self.remove(f"/etc/systemd/system/multi-user.target.wants/{unit}.service")
        for unit in ("cloud-init", "cloud-init-local", "cloud-config", "cloud-final"):
            self.remove(f"/etc/systemd/system/cloud-init.target.wants/{unit}.service")
        self.remove("/etc/systemd/system/sockets.target.wants/rpcbind.socket")
        self.link("/etc/systemd/system/default.target", "/lib/systemd/system/multi-user.target")

    # Files, before the first boot or while the node is down. While it runs, write() uses run().

    def path(self, name):
        return self.upper / name.lstrip("/")

    def write(self, name, content, mode=0o644):
        if self.alive():  # the upper directory of a mounted overlay must not be changed
            self.run(f"mkdir -p '{os.path.dirname(name)}' && cat >'{name}' && chmod {mode:o} '{name}'", check=True,
                     input=content if isinstance(content, bytes) else content.encode())
            return
        file = self.path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        file.chmod(mode)

    def copy(self, source, name, mode=None):
        source = pathlib.Path(source)
        self.write(name, source.read_bytes(), mode or source.stat().st_mode & 0o777)

    def copy_tree(self, source, name):
        for file in sorted(pathlib.Path(source).rglob("*")):
            if file.is_file():
                self.copy(file, f"{name}/{file.relative_to(source)}")

    def link(self, name, target):
        file = self.path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.symlink_to(target)

    def remove(self, name):
        """Removes a file of the root: the whiteout of an overlay is a character device 0:0."""
        file = self.path(name)
        if os.path.lexists(f"{self.root}/{name.lstrip('/')}"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            os.mknod(file, 0o020000, os.makedev(0, 0))
        else:
            file.unlink(missing_ok=True)

    def read(self, name):
        """The text of a file on the disk, "" if there is none. For /run and mounts use run("cat …")."""
        for file in (self.path(name), pathlib.Path(self.root) / name.lstrip("/")):
            if file.is_file():
                return file.read_text(errors="replace")
        return ""

    def enable(self, *units, target="multi-user.target"):
        for unit in units:
            own = os.path.lexists(self.path(f"/etc/systemd/system/{unit}"))
            self.link(f"/etc/systemd/system/{target}.wants/{unit}", f"{'/etc' if own else '/lib'}/systemd/system/{unit}")

    def disable(self, *units, target="multi-user.target"):
        for unit in units:
            self.remove(f"/etc/systemd/system/{target}.wants/{unit}")

    def change(self, command):
        """Runs a command in the node before its first boot, like dpkg --root."""
        done = subprocess.run(["unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child", "sh", "-c", CHANGE],
                              env={**self._environment(), "COMMAND": command}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: {command}: exit {done.returncode}: {done.stdout}")

    def clone(self):
        """Another machine with a copy of this disk, as machines of an image have. This machine must be down."""
        other = Node(self.name, self.network, self.address, self.root, self.directory.parent)
        shutil.rmtree(other.upper)
        subprocess.run(["cp", "-a", self.upper, other.upper], check=True)
        return other

    # Boot, commands, shutdown

    def _environment(self):
        names = {"CGROUP": self.cgroup, "LOWER": self.root, "UPPER": self.upper, "MERGED": self.merged, "WORK": self.overlay_work,
                 "CONSOLE": self.console, "NAME": self.name, "ADDRESS": self.address, "MACHINE": self.machine, "PATH": PATH}
        return {name: str(value) for name, value in names.items()}

    def boot(self):
        self.boots += 1
        with open(self.directory / "out", "a", encoding="utf-8") as out:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--uts", "--ipc", "--net", "--fork", "--kill-child", "sh", "-c", START],
                env=self._environment(), stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT)
        end = time.monotonic() + 20
        while self.init() is None and self.alive() and time.monotonic() < end:
            time.sleep(0.005)
        self.network.connect(self.init())
        self.process.stdin.write(b"connected\n")
        self.process.stdin.close()
        self.wait("systemctl is-system-running | grep -qv offline", 30, every=0.05)
        return self

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def init(self):
        """The pid of the node's process 1 in this namespace."""
        try:
            children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii").split()
        except OSError:
            return None
        return int(children[0]) if children else None

    def run(self, command, timeout=60, check=False, input=None):
        """Runs a command on the node. Returns 255, as ssh does, if the node is down or shuts down meanwhile."""
        pid = self.init() if self.alive() else None
        if pid is None:
            return subprocess.CompletedProcess(command, 255, "", f"{self.name} is down")
        try:
            done = subprocess.run(
                ["nsenter", "--no-fork", "-t", str(pid), "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w",
                 "env", "-i", f"PATH={PATH}", "HOME=/root", "LANG=C.UTF-8", "sh", "-c", INSIDE, "sh", command],
                **({"stdin": subprocess.DEVNULL} if input is None else {"input": input}), capture_output=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as late:
            return subprocess.CompletedProcess(command, 124, (late.stdout or b"").decode(errors="replace"), f"no end within {timeout} s")
        done.stdout, done.stderr = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        if check and done.returncode != 0:
            raise RuntimeError(f"{self.name}: {command}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def output(self, command):
        return self.run(command).stdout.strip()

    def succeeds(self, command, timeout=60):
        return self.run(command, timeout).returncode == 0

    def wait(self, command, limit=60, every=0.1):
        """True once the command succeeds on the node; False after the limit, or if the node shuts down."""
        end = time.monotonic() + limit
        while self.alive():
            if self.succeeds(command):
                return True
            if time.monotonic() > end:
                return False
            time.sleep(every)
        return False

    def wait_down(self, limit=60):
        """True once the node shuts down by itself: `reboot` and `poweroff` end its process 1. The next boot() boots it again."""
        try:
            self.process.wait(limit)
            return True
        except subprocess.TimeoutExpired:
            return False

    def power_off(self):
        """Kills the node without a shutdown."""
        if self.alive():
            if pid := self.init():
                os.kill(pid, signal.SIGKILL)
            self.process.wait(180)  # a process in sync(2) waits for all disks of the machine

    def restart(self):
        """Reboots the node as an operator does."""
        self.run("systemctl --no-block reboot")
        if not self.wait_down(60):
            self.power_off()
        return self.boot()

    def log(self, unit=None, lines=60):
        return self.output(f"journalctl --no-pager --no-hostname -o short-precise -n {lines} {f'-u {unit}' if unit else ''}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.power_off()
        remove_cgroup(self.cgroup)
        shutil.rmtree(self.directory, ignore_errors=True)


def remove_cgroup(directory):
    """Kills the processes of a cgroup and removes it with those below it."""
    directory = pathlib.Path(directory)
    if not directory.exists():
        return
    kill = directory / "cgroup.kill"
    if kill.exists():
        kill.write_text("1", encoding="ascii")
    for _ in range(50):
        for folder in sorted([directory, *directory.rglob("*")], key=lambda path: -len(path.parts)):
            try:
                folder.rmdir()
            except OSError:
                pass
        if not directory.exists():
            return
        time.sleep(0.1)
