"""What users are promised: configuration, fstab, mounts, scripts and report of a node after each operation.

It is written from docs/ and not from the agent's source, so that it is an oracle of its own."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field

CLUSTER = "hpc-8hje8h12"
STORAGE = {  # name: mount point, source, protocol
    "A": ("/scratch", "127.0.98.4:/scratch", "NFS 4.0"),
    "B": ("/scratch2", "127.0.98.3:/scratch2", "NFS 3.0"),
    "C": ("/data", "127.0.98.4:/", "NFS 4.0"),
    "D": ("/data", "127.0.98.4:/moved", "NFS 4.0"),  # C's place, another source
}
PLACES = {place: name for name, (place, _, _) in reversed(STORAGE.items())}
SERVERS = ["127.0.98.3", "127.0.98.4"]
FIRST = ["C"]  # what user data configures
SCRIPTS = {"once": "once", "boot": "every-boot"}
FSTAB = "# the node's own\nproc /proc proc defaults 0 0\n\ntmpfs\t/tmp\ttmpfs nosuid 0  0\n127.0.98.3:/home /home nfs noauto 0 0"
FOREIGN = {"tmpfs": "foreign", "nfs": "127.0.98.3:/foreign"}
LINE = {
    "NFS 3.0": "nfs nfsvers=3,nolock,proto=tcp,hard,timeo=600,retrans=2,_netdev,noresvport",
    "NFS 4.0": "nfs4 vers=4,minorversion=0,hard,timeo=600,retrans=2,_netdev,noresvport",
}
TAGS = f",nofail,x-systemd.mount-timeout=30,x-systemd.before=thpc-node-agent.service,x-thpc.cluster={CLUSTER},x-thpc.machine="


def configuration(storage):
    text = f'[cluster]\nid = "{CLUSTER}"\nnode_role = "COMPUTE"\n\n[metadata]\nendpoint = ""\n'
    for name, run in SCRIPTS.items():
        text += f'\n[[init_script]]\nscript_path = "file:///srv/{name}.sh"\nrun = "{run}"\n'
    for place, source, protocol in map(STORAGE.get, storage):
        text += f'\n[[cfs]]\nlocal_path = "{place}"\nremote_path = "{source}"\nprotocol = "{protocol}"\n'
    return text


def line(name):
    """The agent's line of fstab, without the machine's mark."""
    place, source, protocol = STORAGE[name]
    return f"{source} {place} {LINE[protocol]}{TAGS}"


def split(text):
    """fstab as others' lines in their order, and the agent's by place: (line without the mark, mark)."""
    strangers, ours = [], {}
    for one in text.split("\n"):
        if found := re.fullmatch(r"(\S+ (\S+) \S+ \S*x-thpc\.machine=)([0-9a-f]{12}) 0 0", one):
            if found[2] in ours:
                strangers.append(f"second line of the agent: {one}")
            ours[found[2]] = (found[1], found[3])
        else:
            strangers.append(one)
    # The agent may end the last line.
    return strangers[:-1] if strangers[-1] == "" else strangers, ours


def edited(text, change):
    """fstab after another program's change."""
    lines = text.splitlines(keepends=True)
    ours = [i for i, one in enumerate(lines) if "x-thpc." in one][:1]
    match change:
        case ["append"]:
            end = "" if text.endswith("\n") or not text else "\n"
            return f"{text}{end}# line {len(lines)}\ntmpfs /mnt/{len(lines)} tmpfs\tnoauto 0 0"
        case ["insert"]:
            return f"# line {len(lines)}  \r\n" + text
        case ["change"]:
            return text.replace("# line", "# edited line").replace("# the node's own", "# the node's very own")
        case ["delete"]:
            return "".join(lines[1:])
        case ["reverse"]:
            return "".join(one.rstrip("\n") + "\n" for one in reversed(lines))
        case ["drop"]:
            return "".join(one for i, one in enumerate(lines) if i not in ours)
        case ["option"]:
            return "".join(one.replace(",nofail,", ",noatime,nofail,") if i in ours else one for i, one in enumerate(lines))
    raise ValueError(change)


@dataclass
class Node:
    configured: list | None = field(default_factory=lambda: list(FIRST))
    strangers: list = field(default_factory=lambda: split(FSTAB)[0])
    lines: dict = field(default_factory=dict)  # place: line without the machine's mark
    inherited: dict = field(default_factory=dict)  # lines of the machine that this one is a copy of
    mounts: dict = field(default_factory=dict)  # place: [source, mode] of each mount there, the last one on top
    done: dict = field(default_factory=lambda: dict.fromkeys(SCRIPTS, False))  # None: the run was killed; it may be or not
    ran: dict = field(default_factory=dict)  # script: how often, on this instance and, for every-boot, in this boot
    begun: dict = field(default_factory=dict)  # script: boots in a row that were killed with it
    ready: bool = False
    report: tuple | None = None  # outcome and error codes
    denying: set = field(default_factory=set)  # servers that refuse this node
    failing: bool = False  # the first script exits with 1

    def top(self, place):
        stack = self.mounts.get(place)
        return stack[-1] if stack else None

    def names(self):
        """What should be mounted: configured storage, and what fstab has of the agent."""
        known = {STORAGE[name][0] for name in self.configured}
        extra = [name for name in STORAGE if STORAGE[name][0] in self.lines and STORAGE[name][0] not in known
                 and self.lines[STORAGE[name][0]].startswith(STORAGE[name][1] + " ")]
        return self.configured + extra

    def unmount(self, place):
        self.mounts[place] = self.mounts[place][:-1]

    def mount(self, name):
        """Mounts storage at a free place, and writes its line; or returns an error code."""
        place, source, _ = STORAGE[name]
        if source.split(":")[0] in self.denying:
            return "MOUNT_DENIED"
        self.mounts[place] = [*self.mounts.get(place, []), [source, "rw"]]
        self.lines[place] = line(name)
        return None


def remove_inherited(node, wanted):
    """Lines of another machine go, and their mounts, unless the same is wanted; what is configured and in place is for bootstrap."""
    for place, source in [(place, one.split()[0]) for place, one in node.inherited.items()]:
        top = node.top(place)
        here, configured = ([STORAGE[name][1] for name in names if STORAGE[name][0] == place] for names in (wanted, node.configured))
        if here or not (top and top[0] in configured):
            if top and top[0] == source and source not in here:
                node.unmount(place)
            del node.inherited[place]


def make_right(node, name, repair):
    """Storage as bootstrap, storage add or repair leaves it; returns an error code or None."""
    place, source, _ = STORAGE[name]
    top = node.top(place)
    ours = place in node.lines and top and node.lines[place].startswith(f"{top[0]} ")
    if top is None:
        return node.mount(name)
    if top[0] != source and not (repair and ours):
        return "MOUNT_CONFLICT"
    if top[0] != source or (repair and top[1] == "ro"):
        node.unmount(place)
        return node.mount(name)
    node.lines[place] = line(name)
    return None


def bootstrap(node):
    """Each possible end: where a killed run left open whether a script is done, there are two."""
    ends = [(node, set())]
    for script in SCRIPTS:
        ends = [end for one in ends for end in run_script(*one, script)]
    return [finish(*end) for end in ends]


def run_script(node, codes, script):
    if codes or node.done[script]:
        return [(node, codes)]
    ends, boots = [], node.begun.get(script, 0)
    if node.done[script] is None:
        skipped = copy.deepcopy(node)
        skipped.done[script] = True
        ends.append((skipped, codes))
    if boots >= 2:
        ends.append((copy.deepcopy(node), {"SCRIPT_REBOOT_LOOP"}))
    node.ran[script] = node.ran.get(script, 0) + 1
    node.begun[script] = 0
    node.done[script] = not (node.failing and script == "once")
    return [*ends, (node, codes if node.done[script] else {"SCRIPT_FAILED"})]


def finish(node, codes):
    if not codes:
        remove_inherited(node, node.configured)
        codes = {code for name in node.configured if (code := make_right(node, name, repair=False))}
    node.ready |= not codes
    node.report = ("failed" if codes else "succeeded", codes)
    return node, (1 if codes else 0, codes)


def storage_add(node, name):
    if any(one != name and STORAGE[one][0] == STORAGE[name][0] for one in node.configured):
        return node, (1, {"MOUNT_CONFLICT"})
    top = node.top(STORAGE[name][0])
    inherited = node.inherited.get(STORAGE[name][0], "").split()[:1]
    if top and top[0] not in (STORAGE[name][1], *inherited):
        return node, (1, {"MOUNT_CONFLICT"})
    remove_inherited(node, [name])
    if code := make_right(node, name, repair=False):
        return node, (1, {code})
    if name not in node.configured:
        node.configured.append(name)
    return node, (0, set())


def storage_remove(node, name):
    place = STORAGE[name][0]
    sources = {STORAGE[one][1] for one in node.configured if STORAGE[one][0] == place}
    sources |= {lines[place].split()[0] for lines in (node.lines, node.inherited) if place in lines}
    if not sources:
        return node, (1, {"STORAGE_NOT_FOUND"})
    if node.top(place) and node.top(place)[0] not in sources:
        return node, (1, {"MOUNT_CONFLICT"})
    if node.top(place):
        node.unmount(place)
    node.lines.pop(place, None)
    node.inherited.pop(place, None)
    node.configured = [one for one in node.configured if STORAGE[one][0] != place]
    return node, (0, set())


def repair(node):
    before = dict(node.lines)
    remove_inherited(node, node.names())
    codes = {code for name in node.names() if (code := make_right(node, name, repair=True))}
    # What is not configured is as its line has it.
    configured = {STORAGE[name][0] for name in node.configured}
    node.lines.update({place: one for place, one in before.items() if place not in configured})
    # verify names the problem that is left, not why the repair failed.
    return node, (5 if codes else 0, {"MOUNT_MISSING" if code == "MOUNT_DENIED" else code for code in codes})


def prep(node):
    node.strangers = [one for one in node.strangers if " nfs " not in one]
    node.configured, node.lines, node.inherited, node.report, node.ready = None, {}, {}, None, False
    return node, (0, set())


def start_boot(node):
    node.mounts, node.ready, node.done["boot"] = {}, False, False
    node.ran.pop("boot", None)
    for place, text in {**node.inherited, **node.lines}.items():
        if (source := text.split()[0]).split(":")[0] not in node.denying:
            node.mounts[place] = [[source, "rw"]]


def start_instance(node, guarded=True):
    """User data configures the new instance; the guard, if it runs, removes lines of another machine."""
    node.inherited = {} if guarded else {**node.inherited, **node.lines}
    node.lines, node.configured, node.ran, node.begun = {}, list(FIRST), {}, {}
    node.done = dict.fromkeys(SCRIPTS, False)
    start_boot(node)


def apply(before, words, text=None, old=()):
    """Each possible end of an operation that is not killed: (node, (exit code, error codes) or None if the agent did not run).

    text is fstab after a change by another program, old the marks of other machines in it."""
    node = copy.deepcopy(before)
    match words:
        case ["bootstrap"]:
            return bootstrap(node)
        case ["add", name]:
            return [storage_add(node, name)]
        case ["remove", name]:
            return [storage_remove(node, name)]
        case ["repair"]:
            return [repair(node)]
        case ["prep"]:
            return [prep(node)]
        case ["boot-clone"] | ["copy"]:
            start_instance(node)
        case ["copy", "unguarded"]:
            start_instance(node, guarded=False)
        case ["reboot"]:
            node.inherited = {}
            start_boot(node)
        case ["edit", storage]:
            node.configured = storage.split(",") if storage != "-" else []
        case ["umount", name]:
            if node.top(STORAGE[name][0]):
                node.unmount(STORAGE[name][0])
        case ["cover", name, kind]:
            node.mounts[STORAGE[name][0]] = [*node.mounts.get(STORAGE[name][0], []), [FOREIGN[kind], "rw"]]
        case ["protect", name]:
            top = node.top(STORAGE[name][0])
            if top and top[0] not in FOREIGN.values():
                top[1] = "ro"
        case ["deny", server]:
            node.denying.add(server)
        case ["allow", server]:
            node.denying.discard(server)
        case ["script", how]:
            node.failing = how == "fails"
        case ["fstab", _]:
            node.strangers, ours = split(text)
            node.lines, node.inherited = ({place: one for place, (one, mark) in ours.items() if (mark in old) == inherited}
                                          for inherited in (False, True))
        case _:
            raise ValueError(f"no such operation: {' '.join(words)}")
    return [(node, None)]


def differences(node, seen):
    """What differs between the model and the real node, a sentence each."""
    found = []
    for name in ("configured", "strangers", "lines", "inherited", "ready", "report"):
        if getattr(node, name) != seen[name]:
            found.append(f"{name}: {seen[name]!r} instead of {getattr(node, name)!r}")
    mounts = {place: stack for place, stack in node.mounts.items() if stack}
    if mounts != seen["mounts"]:
        found.append(f"mounts: {seen['mounts']} instead of {mounts}")
    ran = {script: count for script, count in node.ran.items() if count}
    if ran != seen["ran"]:
        found.append(f"scripts ran: {seen['ran']} instead of {ran}")
    return found


def after_kill(before, words, seen):
    """Takes each part of the real node that is as before the killed operation or as after it; all else is a problem."""
    node, problems = copy.deepcopy(before), []
    ends = [end for end, _ in apply(before, words)]

    def take(what, now, legal):
        if now not in legal:
            problems.append(f"killed: {what} is {now!r}, which is none of {legal!r}")
        return now

    for name in ("configured", "strangers", "ready"):
        setattr(node, name, take(name, seen[name], [getattr(one, name) for one in (before, *ends)]))
    reports = [one.report for one in (before, *ends)] + ([("running", set())] if words == ["bootstrap"] else [])
    node.report = take("report", seen["report"], reports)
    for place in PLACES:
        # A mount is replaced in two steps.
        stacks = [one.mounts.get(place, []) for one in (before, *ends)]
        now = take(f"the mounts at {place}", seen["mounts"].get(place, []), [*stacks, before.mounts.get(place, [])[:-1]])
        node.mounts[place] = now
        old, fresh = before.lines.get(place), seen["lines"].get(place)
        take(f"the line of {place}", fresh, [old, *(one.lines.get(place) for one in ends)])
        if fresh and not old and not now:
            problems.append(f"killed: {place} has a line in fstab and no mount")
        if place in seen["inherited"]:
            take(f"the inherited line of {place}", seen["inherited"][place], [before.inherited.get(place)])
        else:
            node.inherited.pop(place, None)
        node.lines = {**{at: one for at, one in node.lines.items() if at != place}, **({place: fresh} if fresh else {})}
    for script in SCRIPTS:
        count, old = seen["ran"].get(script, 0), before.ran.get(script, 0)
        take(f"how often {script} ran", count, [old, *(one.ran.get(script, 0) for one in ends)])
        if count > old:
            node.done[script] = None
        if words == ["bootstrap"] and not before.done[script]:
            node.begun[script] = before.begun.get(script, 0) + 1
        node.ran[script] = count
    return node, problems
