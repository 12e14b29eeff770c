"""What users are promised: configuration, fstab, mounts, scripts and report of a node after each operation.

It is written from docs/ and not from the agent's source, so that it is an oracle of its own."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace

from texts import FIRST, FOREIGN, FSTAB, OUTER, PLACES, SCRIPTS, STORAGE, line, split

GOOSEFS = STORAGE["G"][0]


@dataclass(frozen=True)
class Mount:
    source: str
    mode: str = "rw"  # or ro, or dead: its daemon has ended
    under: int = 0  # which mount of the place above it carries it, from 1; 0: none
    held: bool = False  # a process uses it


def ordered(storage):
    """As a configuration file shows it: GooseFS is in a list of its own."""
    return sorted(storage, key=lambda name: name == "G")


@dataclass
class Node:
    configured: list | None = field(default_factory=lambda: list(FIRST))
    strangers: list = field(default_factory=lambda: split(FSTAB)[0])
    lines: dict = field(default_factory=dict)  # place: line without the machine's mark, or what the unit of GooseFS has
    inherited: dict = field(default_factory=dict)  # lines of the machine that this one is a copy of
    mounts: dict = field(default_factory=dict)  # place: each mount there, the last one on top
    done: dict = field(default_factory=lambda: dict.fromkeys(SCRIPTS, False))  # None: the run was killed; it may be or not
    ran: dict = field(default_factory=dict)  # script: how often, on this instance and, for every-boot, in this boot
    begun: dict = field(default_factory=dict)  # script: boots in a row that were killed with it
    ready: bool = False
    report: tuple | None = None  # outcome and error codes
    denying: set = field(default_factory=set)  # servers that refuse this node
    failing: bool = False  # the first script exits with 1

    def under(self, place):
        return len(self.mounts.get(OUTER.get(place), []))

    def top(self, place):
        """The mount that a path leads to; those below another mount of the place above are hidden."""
        visible = [one for one in self.mounts.get(place, []) if one.under == self.under(place)]
        return visible[-1] if visible else None

    def below(self, place):
        """The places below with a mount that this place's uppermost mount carries."""
        return [inner for inner, outer in OUTER.items() if outer == place and self.top(inner)]

    def is_busy(self, place):
        return self.top(place).held or bool(self.below(place))

    def names(self):
        """What should be mounted: configured storage, and what fstab has of the agent; what is above comes first."""
        known = {STORAGE[name][0] for name in self.configured}
        extra = [name for name in STORAGE if STORAGE[name][0] in self.lines and STORAGE[name][0] not in known
                 and self.lines[STORAGE[name][0]].startswith(STORAGE[name][1] + " ")]
        return by_depth(self.configured + extra)

    def unmount(self, place):
        self.change(place)

    def change(self, place, *change):
        """Replaces the uppermost mount there."""
        at = max(i for i, one in enumerate(self.mounts[place]) if one.under == self.under(place))
        self.mounts[place] = [*self.mounts[place][:at], *change, *self.mounts[place][at + 1:]]

    def put(self, place, source):
        self.mounts[place] = [*self.mounts.get(place, []), Mount(source, under=self.under(place))]

    def mount(self, name):
        """Mounts storage at a free place, and writes its line; or returns an error code."""
        place, source, _ = STORAGE[name]
        if source.split(":")[0] in self.denying:
            return "MOUNT_DENIED"
        self.put(place, source)
        self.lines[place] = line(name)
        return None


def by_depth(names):
    return sorted(names, key=lambda name: STORAGE[name][0] in OUTER)


def remove_inherited(node, wanted):
    """Lines of another machine go, and their mounts, unless the same is wanted; what is configured and in place is for bootstrap.

    Returns the places whose mount is in use."""
    busy = set()
    for place in sorted(node.inherited, key=len, reverse=True):
        top, source = node.top(place), node.inherited[place].split()[0]
        here, configured = ([STORAGE[name][1] for name in names if STORAGE[name][0] == place] for names in (wanted, node.configured))
        if not here and top and top.source in configured:
            continue
        if top and top.source == source and source not in here:
            if node.is_busy(place):
                busy.add(place)
                if place == GOOSEFS:
                    continue  # a unit is removed after its mount
            else:
                node.unmount(place)
        del node.inherited[place]
    return busy


def movable(node, place):
    """Whether all storage below is the cluster's, so that it can be unmounted and mounted again above."""
    known = {STORAGE[name][0]: STORAGE[name][1] for name in node.names()}
    return all(node.top(inner).source == known.get(inner) for inner in node.below(place))


def make_right(node, name, repair, busy):
    """Storage as bootstrap, storage add or repair leaves it; returns error codes. busy: places whose mount cannot go."""
    place, source, _ = STORAGE[name]
    top = node.top(place)
    ours = place in node.lines and top and node.lines[place].startswith(f"{top.source} ")
    if top and top.source != source and not (repair and ours):
        return {"MOUNT_CONFLICT"}
    if top and top.source == source and top.mode != "dead" and not (repair and top.mode == "ro"):
        node.lines[place] = line(name)
        return set()
    if busy & set(node.below(place)):
        return {"MOUNT_BUSY"}
    if not movable(node, place):
        return {"MOUNT_CONFLICT"}
    if (top and top.held and top.mode != "dead") or any(node.top(inner).held for inner in node.below(place)):
        return {"MOUNT_BUSY"}
    moved = [next(one for one in node.names() if STORAGE[one][0] == inner) for inner in node.below(place)]
    for one in moved:
        node.unmount(STORAGE[one][0])
    if top:
        node.unmount(place)
        if top.source != source:
            del node.lines[place]  # with the mount of an earlier configuration
    codes = {node.mount(name)}
    return (codes if any(codes) else {node.mount(one) for one in moved}) - {None}


def make_all_right(node, names, repair):
    """What is below storage that failed is left as it is."""
    busy = remove_inherited(node, names)
    failed, codes = set(busy), {"MOUNT_BUSY"} if busy else set()
    for name in by_depth(names):
        place = STORAGE[name][0]
        if place not in failed and OUTER.get(place) not in failed and (found := make_right(node, name, repair, busy)):
            failed.add(place)
            codes |= found
    return codes


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
    codes = codes or make_all_right(node, list(node.configured), repair=False)
    node.ready |= not codes
    node.report = ("failed" if codes else "succeeded", codes)
    return node, (1 if codes else 0, codes)


def storage_add(node, name):
    place, source, _ = STORAGE[name]
    if any(one != name and STORAGE[one][0] == place for one in node.configured):
        return node, (1, {"MOUNT_CONFLICT"})
    top = node.top(place)
    inherited = node.inherited.get(place, "").split()[:1]
    if top and top.source not in (source, *inherited):
        return node, (1, {"MOUNT_CONFLICT"})
    cleaned = copy.deepcopy(node)
    if not remove_inherited(cleaned, [name]) and not top and not movable(cleaned, place):
        return node, (1, {"MOUNT_CONFLICT"})
    if codes := make_all_right(node, [name], repair=False):
        return node, (1, codes)
    if name not in node.configured:
        node.configured = ordered([*node.configured, name])
    return node, (0, set())


def storage_remove(node, name, lazy=False):
    place = STORAGE[name][0]
    sources = {STORAGE[one][1] for one in node.configured if STORAGE[one][0] == place}
    sources |= {lines[place].split()[0] for lines in (node.lines, node.inherited) if place in lines}
    if not sources:
        return node, (1, {"STORAGE_NOT_FOUND"})
    if top := node.top(place):
        if top.source not in sources:
            return node, (1, {"MOUNT_CONFLICT"})
        if node.below(place) or (top.held and not lazy):
            return node, (1, {"MOUNT_BUSY"})
        node.unmount(place)
    node.lines.pop(place, None)
    node.inherited.pop(place, None)
    node.configured = [one for one in node.configured if STORAGE[one][0] != place]
    return node, (0, set())


def repair(node):
    before = dict(node.lines)
    make_all_right(node, node.names(), repair=True)
    # What is not configured is as its line has it; a unit is enabled.
    configured = {STORAGE[name][0] for name in node.configured}
    node.lines.update({place: one for place, one in before.items() if place not in configured and place != GOOSEFS})
    codes = findings(node)
    return node, (5 if codes else 0, codes)


def findings(node):
    """What storage verify reports."""
    codes = {"FSTAB_OTHER_CLUSTER"} if node.inherited else set()
    for place, source, _ in map(STORAGE.get, node.names()):
        if not (top := node.top(place)):
            codes.add("MOUNT_MISSING")
        elif top.source != source:
            codes.add("MOUNT_CONFLICT")
        elif top.mode != "rw":
            codes.add({"ro": "MOUNT_READ_ONLY", "dead": "MOUNT_DEAD"}[top.mode])
        elif place not in node.lines:
            codes.add("FSTAB_MISSING")
    return codes


def prep(node):
    node.strangers = [one for one in node.strangers if " nfs " not in one]
    node.configured, node.lines, node.inherited, node.report, node.ready = None, {}, {}, None, False
    return node, (0, set())


def start_boot(node):
    node.mounts, node.ready, node.done["boot"] = {}, False, False
    node.ran.pop("boot", None)
    wanted = {place: one for place, one in {**node.inherited, **node.lines}.items() if not one.endswith(" not enabled")}
    for place in sorted(wanted):
        source = wanted[place].split()[0]
        # systemd does not mount what is below a mount that failed.
        if source.split(":")[0] not in node.denying and (OUTER.get(place) not in wanted or node.top(OUTER[place])):
            node.put(place, source)


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
        case ["detach", name]:
            return [storage_remove(node, name, lazy=True)]
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
            node.configured = ordered(storage.split(",")) if storage != "-" else []
        case ["script", how]:
            node.failing = how == "fails"
        case ["deny", server]:
            node.denying.add(server)
        case ["allow", server]:
            node.denying.discard(server)
        case ["release"]:
            node.mounts = {place: [replace(one, held=False) for one in stack] for place, stack in node.mounts.items()}
        case ["fstab", _]:
            node.strangers, ours = split(text)
            node.lines, node.inherited = (
                {place: one for place, one in lines.items() if place == GOOSEFS} |
                {place: one for place, (one, mark) in ours.items() if (mark in old) == inherited}
                for inherited, lines in ((False, node.lines), (True, node.inherited)))
        case [what, name, *how]:
            change_mount(node, what, STORAGE[name][0], how)
        case _:
            raise ValueError(f"no such operation: {' '.join(words)}")
    return [(node, None)]


def change_mount(node, what, place, how):
    """What others do to a mount, if there is one and the kernel permits it."""
    top = node.top(place)
    match what:
        case "cover":
            if not (top and top.mode == "dead"):
                node.put(place, FOREIGN[how[0]])
        case "umount":
            if top and not node.is_busy(place):
                node.unmount(place)
        case "protect":
            if top and top.mode == "rw" and top.source not in FOREIGN.values():
                node.change(place, replace(top, mode="ro"))
        case "hold":
            if top and top.mode != "dead":
                node.change(place, replace(top, held=True))
        case "die":
            if top and top.source == STORAGE["G"][1]:
                node.change(place, replace(top, mode="dead"))
        case _:
            raise ValueError(f"no such operation: {what}")


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
