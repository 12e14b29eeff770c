"""What users are promised of a node whose agent was killed, and of the command that runs beside what it left running."""

from __future__ import annotations

import copy

import model
from texts import PLACES, SCRIPTS, STORAGE


def take_over(before, words, seen, waiting=None):
    """Takes each part of the real node that is as before the killed operation or as after it; all else is a problem.

    waiting is the script, or the place and source of the mount, that the killed agent left running."""
    node, problems = copy.deepcopy(before), []
    ends = [end for end, _ in model.apply(before, words)]

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
        old, fresh, new = before.lines.get(place), seen["lines"].get(place), [one.lines.get(place) for one in ends]
        # A unit is enabled in a step of its own; the line of an earlier configuration is removed before the new one is written.
        disabled = [one.replace(" enabled", " not enabled") for one in (old, *new) if one and place == model.GOOSEFS]
        between = [None for one in new if old and one and one.split()[0] != old.split()[0]]
        take(f"the line of {place}", fresh, [old, *new, *disabled, *between])
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
        if count > old and not (waiting and script == waiting[0]):
            node.done[script] = None
        if words == ["bootstrap"] and not before.done[script]:
            node.begun[script] = before.begun.get(script, 0) + 1
        node.ran[script] = count
    return node, problems


def is_mounted_late(node, waiting):
    return waiting[0] in PLACES and waiting[1].split(":")[0] not in node.denying


def continued(node, waiting):
    """The node after what was left running has come to its end: a mount appears, unless denied; a script stays without its marker."""
    if is_mounted_late(node, waiting):
        node = copy.deepcopy(node)
        node.put(*waiting)
    return node


def ends_beside(before, words, waiting):
    """Each possible end of a command while a mount or script that a killed run left is still running.

    The command ends it before it starts the same again, or removes the storage; else it may also come to its end by itself."""
    ends = model.apply(before, words)
    if waiting and is_mounted_late(before, waiting):
        place, source = waiting
        late = [(copy.deepcopy(end), answer) for end, answer in ends if end.top(place) == before.top(place)
                and not (words[0] in ("remove", "detach") and STORAGE[words[1]][0] == place and answer[0] == 0)]
        for end, _ in late:
            end.put(place, source)
        ends += late
    return ends
