"""A real node in namespaces: the operations of a history, done with the real executable, and what can be seen afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, f"{REPOSITORY}/tests/kill")

import machine  # noqa: E402  these three are the kill test's
import scenarios  # noqa: E402
import tree  # noqa: E402
from scenarios import write  # noqa: E402

import model  # noqa: E402

LIMIT = 300
STATE = "/var/lib/thpc-node-agent"
CONFIG = "/etc/thpc/node-agent.toml"
MARKER = "/root/thpc_preinstalled.json"
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LD_PRELOAD": "/kit/mounts.so"}
FOREIGN = model.FOREIGN.values()
PREP = ["image", "prep", "--yes", "--operations", "defaults,machine-id"]

# The mount appears although its agent is dead, as that of a real mount.nfs.
MOUNT_NFS = """\
#!/bin/sh
[ ! -e "/srv/denies/${1%%:*}" ] || { echo "mount.nfs: Operation not permitted" >&2; exit 32; }
exec mount -i -n -t tmpfs -o size=64k,mode=755 "$1" "$2"
"""
SCRIPT = """\
#!/bin/sh
read -r uuid </sys/class/dmi/id/product_uuid
read -r boot </proc/sys/kernel/random/boot_id
echo "$0 ${{uuid##*-}} ${{boot##*-}} {name}" >>/var/ran
[ ! -e /srv/{name}-fails ]
"""


def read(path):
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None


def remove(path):
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


def make_kit(work, agent):
    """The programs that a node uses: the agent and the stand-ins."""
    scenarios.make_kit(work, REPOSITORY, agent)
    write(f"{work}/kit/mount.nfs", MOUNT_NFS, 0o755)


def make_template(work):
    """The files of a node before its first boot."""
    root = f"{work}/template"
    for directory in ["dev", "proc", "usr", "kit", "tmp", "var/lib", "var/log", "run", "root", "srv/denies"]:
        os.makedirs(f"{root}/{directory}")
    for name in ["bin", "sbin", "lib", "lib64"]:
        os.symlink(f"usr/{name}", f"{root}/{name}")
    write(f"{root}/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")
    write(f"{root}/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
    write(f"{root}/etc/fstab", model.FSTAB)
    write(f"{root}/root/thpc_preinstalled.json", "")
    write(f"{root}/var/lib/dpkg/status", "".join(f"Package: {name}\nStatus: install ok installed\nVersion: 1\n\n"
                                                 for name in ["nfs-common", "munge", "slurmd"]))
    for name in model.SCRIPTS:
        write(f"{root}/srv/{name}.sh", SCRIPT.format(name=name))
    os.mkdir(f"{work}/root")


def start_servers():
    """File servers that accept connections; what a node mounts is a tmpfs."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in model.SERVERS:
        machine.listen(address, 2049)


class Node:
    """One node of one history; the process that makes it needs mounts, processes and network of its own."""

    def __init__(self, work):
        self.work = work
        self.outside = os.open("/", os.O_DIRECTORY)
        root = f"{work}/root"
        machine.mount("node", root, "tmpfs")
        subprocess.run(["cp", "-a", f"{work}/template/.", root], check=True)
        for source, target in [("/usr", "usr"), (f"{work}/kit", "kit"), (f"{work}/kit/mount.nfs", "usr/sbin/mount.nfs")]:
            machine.bind_read_only(source, f"{root}/{target}")
        machine.mount("/dev", f"{root}/dev", flags=machine.BIND | machine.RECURSIVE)
        machine.mount("proc", f"{root}/proc", "proc")
        os.chroot(root)
        os.chdir("/")
        self.instance = self.boot = 0
        self.old_marks = set()
        self.start_instance()
        self.result = None

    def close(self):
        self.settle()
        os.fchdir(self.outside)
        os.chroot(".")
        os.close(self.outside)
        machine.call("umount2", f"{self.work}/root", 2)

    # What a boot does.

    def start_boot(self):
        self.boot += 1
        write("/srv/boot-id", f"00000000-0000-4000-8000-{self.boot:012d}\n")
        if self.boot == 1:
            machine.mount("/srv/boot-id", "/proc/sys/kernel/random/boot_id", flags=machine.BIND)
        subprocess.run(["find", "/run", "-mindepth", "1", "-delete"], check=True)
        self.cover("/foreign")

    def start_instance(self):
        self.instance += 1
        write("/sys/class/dmi/id/product_uuid", f"5c0ffee0-0000-4000-8000-{self.instance:012d}\n")
        write("/etc/machine-id", f"{self.instance:032d}\n")
        self.configure(model.FIRST)
        self.start_boot()

    @staticmethod
    def cover(place, source="foreign"):
        os.makedirs(place, exist_ok=True)
        machine.mount(source, place, "tmpfs", data="size=64k")

    def configure(self, storage):
        write(CONFIG, model.configuration(storage))

    def unmount_all(self):
        for place, *_ in reversed(self.storage_mounts()):
            machine.call("umount2", place, 0)

    def mount_fstab(self, guarded=True):
        """The guard, then what systemd mounts."""
        if guarded:
            self.agent("guard")
        subprocess.run(["mount", "-a", "-t", "nfs,nfs4"], env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, check=False)

    # Operations of a history.

    def agent(self, *words, strike=None):
        command = ["/kit/agent", *words] if strike is None else ["/kit/strike", str(strike), "/tmp/strike", "/kit/agent", *words]
        done = subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=LIMIT, check=False)
        self.settle()
        if strike is not None:
            killed = not read("/tmp/strike").split()[1].startswith("-")
            os.remove("/tmp/strike")
            return None if killed else done
        return done

    @staticmethod
    def settle():
        """Waits for scripts and mounts that a killed run left; they end by themselves."""
        end = time.monotonic() + LIMIT
        while machine.others() and time.monotonic() < end:
            time.sleep(0.001)

    def do(self, words):
        """Does one operation; returns the exit code and error code of the agent, or None if it was killed or did not run."""
        strike = int(words[-1]) if words[0] == "kill" else None
        done = None
        match words[1:-1] if strike is not None else words:
            case ["bootstrap"]:
                done = self.agent("bootstrap", strike=strike)
            case ["add", name]:
                place, source, protocol = model.STORAGE[name]
                done = self.agent("storage", "add", "--local-path", place, "--remote-path", source, "--protocol", protocol, "--persist",
                                  strike=strike)
            case ["remove", name]:
                done = self.agent("storage", "remove", model.STORAGE[name][0], "--persist", strike=strike)
            case ["repair"]:
                done = self.agent("storage", "verify", "--repair", strike=strike)
            case ["prep"]:
                done = self.agent(*PREP, strike=strike)
            case ["boot-clone"]:
                self.unmount_all()
                self.start_instance()
            case ["copy", *unguarded]:
                self.old_marks |= {mark for _, mark in model.split(read("/etc/fstab"))[1].values()}
                self.unmount_all()
                self.start_instance()
                self.mount_fstab(guarded=not unguarded)
            case ["reboot"]:
                self.unmount_all()
                self.start_boot()
                self.mount_fstab()
            case ["edit", storage]:
                self.configure(storage.split(",") if storage != "-" else [])
            case ["umount", name]:
                place = model.STORAGE[name][0]
                if any(at == place for at, *_ in self.storage_mounts()):
                    machine.call("umount2", place, 0)
            case ["cover", name, kind]:
                self.cover(model.STORAGE[name][0], model.FOREIGN[kind])
            case ["protect", name]:
                place = model.STORAGE[name][0]
                if (there := [source for at, _, source, _ in self.storage_mounts() if at == place]) and there[-1] not in FOREIGN:
                    machine.mount(None, place, flags=machine.REMOUNT | machine.READ_ONLY)
            case ["deny", address]:
                write(f"/srv/denies/{address}", "")
            case ["allow", address]:
                remove(f"/srv/denies/{address}")
            case ["script", "fails"]:
                write("/srv/once-fails", "")
            case ["script", "works"]:
                remove("/srv/once-fails")
            case ["fstab", *change]:
                write("/etc/fstab", model.edited(read("/etc/fstab"), change))
            case _:
                raise ValueError(f"no such operation: {' '.join(words)}")
        self.result = done
        return done and (done.returncode, self.codes(words, done))

    @staticmethod
    def codes(words, done):
        """The error codes of the result."""
        text = done.stdout if "repair" in words else done.stdout + done.stderr
        code = r"\b(?:[A-Z]+_[A-Z_]+|BUSY|INTERRUPTED|INTERNAL)\b(?= /|:)"
        return set(re.findall(code, text)) if done.returncode else set()

    # What can be seen.

    @staticmethod
    def storage_mounts():
        """Mounts of network storage and foreign ones, in the order in which they were made: place, id, source, ro or rw."""
        found = []
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            for line in file:
                left, right = line.split(" - ")
                (number, _, _, _, place, mode), source = left.split()[:6], right.split()[1]
                if source == "foreign" or source.startswith("127.0.98."):
                    found.append((place, number, source, mode.split(",")[0]))
        return found

    def foreign(self):
        """Mounts that are not the agent's, by their ids in the kernel."""
        return {(place, number) for place, number, source, _ in self.storage_mounts() if source in FOREIGN}

    def look(self):
        """The node as model.Node has it."""
        strangers, ours = model.split(read("/etc/fstab"))
        mounts = {}
        for place, _, source, mode in self.storage_mounts():
            if place in model.PLACES:
                mounts.setdefault(place, []).append([source, mode])
        report = self.report()
        return {
            "configured": self.configured(), "strangers": strangers, "mounts": mounts, "ran": self.ran(),
            "lines": {place: line for place, (line, mark) in ours.items() if mark not in self.old_marks},
            "inherited": {place: line for place, (line, mark) in ours.items() if mark in self.old_marks},
            "marks": {mark for _, mark in ours.values()} - self.old_marks,
            "ready": os.path.exists("/run/thpc-node-agent/ready"),
            "report": report and (report["outcome"], {error["code"] for error in self.errors(report)}),
        }

    @staticmethod
    def report():
        return json.loads(text) if (text := read(f"{STATE}/report.json")) else None

    @staticmethod
    def errors(report):
        stages = report["stages"]
        places = [report, *stages, *(step for stage in stages for step in stage["steps"])]
        return [place["error"] for place in places if place["error"]]

    @staticmethod
    def configured():
        config = tomllib.loads(read(CONFIG) or "")
        if not config.get("cluster", {}).get("id"):
            return None
        known = {(place, source): name for name, (place, source, _) in model.STORAGE.items()}
        return [known[storage["local_path"], storage["remote_path"]] for storage in config.get("cfs", [])]

    def ran(self):
        """How often each script ran: on this instance, and in this boot if it is to run at every one."""
        counts = {}
        for line in (read("/var/ran") or "").splitlines():
            _, instance, boot, name = line.split()
            if int(instance) == self.instance and (int(boot) == self.boot or model.SCRIPTS[name] == "once"):
                counts[name] = counts.get(name, 0) + 1
        return counts

    def unclean(self):
        """What `image prep` should not leave: files of the agent, half-written ones, and what `image check` finds."""
        folders = [STATE, "/var/log/thpc-node-agent", "/etc", "/etc/thpc", "/root"]
        files = [f"{top}/{name}" for folder in folders for top, _, names in os.walk(folder) for name in names]
        left = [path for path in files if path.startswith((STATE, "/var/log")) or tree.TEMPORARY.search(path)]
        checked = self.agent("image", "check", *PREP[3:])
        return [f"left behind: {path}" for path in left] + ([f"image check: {checked.stdout}"] if checked.returncode else [])
