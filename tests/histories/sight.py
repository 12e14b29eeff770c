"""What can be seen of a real node: the node as model.Node has it."""

from __future__ import annotations

import errno
import glob
import json
import os
import re
import tomllib

import tree  # the kill test's; node has put its folder into the path

import texts
from model import Mount, ordered

STATE = "/var/lib/thpc-node-agent"
CONFIG = "/etc/thpc/node-agent.toml"
UNITS = "/etc/systemd/system"
FOREIGN = texts.FOREIGN.values()
PREP = ["image", "prep", "--yes", "--operations", "defaults,machine-id"]


def read(path):
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None


class Sight:
    """What can be seen; instance, boot, old_marks and holders are the node's."""

    @staticmethod
    def storage_mounts():
        """Mounts of network storage and foreign ones, each after the one below it: place, id, source, ro or rw, id below."""
        found, parents = [], {}
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            for line in file:
                left, right = line.split(" - ")
                (number, under, _, _, place, mode), (kind, source) = left.split()[:6], right.split()[:2]
                parents[number] = under
                source = "goosefs-fuse" if kind == "fuse.goosefs-fuse" else source
                if source in ("foreign", "goosefs-fuse") or source.startswith("127.0.98."):
                    found.append((place, number, source, mode.split(",")[0], under))

        def depth(number):
            return 1 + depth(parents[number]) if parents.get(number, number) != number else 0
        return sorted(found, key=lambda one: depth(one[1]))

    def mounts(self):
        """The storage's mounts as model.Mount, and their ids."""
        found, ids = {}, {}
        for place, number, source, mode, under in self.storage_mounts():
            if place in texts.PLACES:
                outer, here = ids.get(texts.OUTER.get(place), []), ids.get(place, [])
                # It covers a mount of the same place, or is the first on what carries it.
                carried = (found[place][here.index(under)].under if under in here else
                           outer.index(under) + 1 if under in outer else 0)
                mode = "dead" if source == "goosefs-fuse" and self.is_dead(place) else mode
                found.setdefault(place, []).append(Mount(source, mode, carried, number in self.holders))
                ids.setdefault(place, []).append(number)
        return found, ids

    def top(self, place):
        """The visible mount there and its id, or None."""
        found, ids = self.mounts()
        under = len(found.get(texts.OUTER.get(place), []))
        visible = [pair for pair in zip(found.get(place, []), ids.get(place, [])) if pair[0].under == under]
        return visible[-1] if visible else None

    @staticmethod
    def is_dead(place):
        """Whether the daemon of a FUSE mount has ended; what covers such a mount answers for it."""
        try:
            os.statvfs(place)
        except OSError as error:
            return error.errno == errno.ENOTCONN
        return False

    def foreign(self):
        """Mounts that are not the agent's, by their ids in the kernel."""
        return {(place, number) for place, number, source, *_ in self.storage_mounts() if source in FOREIGN}

    def look(self):
        """The node as model.Node has it."""
        strangers, ours = texts.split(read("/etc/fstab"))
        ours |= self.units()
        report = self.report()
        return {
            "configured": self.configured(), "strangers": strangers, "mounts": self.mounts()[0], "ran": self.ran(),
            "lines": {place: line for place, (line, mark) in ours.items() if mark not in self.old_marks},
            "inherited": {place: line for place, (line, mark) in ours.items() if mark in self.old_marks},
            "marks": {mark for _, mark in ours.values()} - self.old_marks,
            "ready": os.path.exists("/run/thpc-node-agent/ready"),
            "report": report and (report["outcome"], {error["code"] for error in self.errors(report)}),
        }

    @staticmethod
    def units():
        """What the agent's units have, as texts.split has the lines of fstab."""
        found = {}
        for path in glob.glob(f"{UNITS}/thpc-goosefs-*.service"):
            values = dict(re.findall(r"^(\w+)=(.*)$", read(path), re.MULTILINE))
            _, _, place, remote = values["ExecStart"].split()
            enabled = os.path.exists(f"{UNITS}/multi-user.target.wants/{os.path.basename(path)}")
            found[place] = texts.unit(place, remote, values["Masters"], values["Cluster"], enabled), values["Machine"]
        return found

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
        known = {(place, source): name for name, (place, source, _) in texts.STORAGE.items()}
        cfs = [known[storage["local_path"], storage["remote_path"]] for storage in config.get("cfs", [])]
        return ordered([*cfs, *(texts.PLACES[storage["local_path"]] for storage in config.get("goosefs", []))])

    def ran(self):
        """How often each script ran: on this instance, and in this boot if it is to run at every one."""
        counts = {}
        for line in (read("/var/ran") or "").splitlines():
            _, instance, boot, name = line.split()
            if int(instance) == self.instance and (int(boot) == self.boot or texts.SCRIPTS[name] == "once"):
                counts[name] = counts.get(name, 0) + 1
        return counts

    def unclean(self):
        """What `image prep` should not leave: files of the agent, half-written ones, and what `image check` finds."""
        folders = [STATE, "/var/log/thpc-node-agent", "/etc", "/srv/goosefs/conf", "/root"]
        files = [f"{top}/{name}" for folder in folders for top, _, names in os.walk(folder) for name in names]
        left = [path for path in files if path.startswith((STATE, "/var/log")) or tree.TEMPORARY.search(path)]
        checked = self.agent("image", "check", *PREP[3:])
        return [f"left behind: {path}" for path in left] + ([f"image check: {checked.stdout}"] if checked.returncode else [])
