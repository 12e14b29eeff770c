"""One history: its operations on the real node and in the model, and what differs after each."""

from __future__ import annotations

import random
import traceback

import killed
import model
import node as real
from operations import GROUPS, with_moments

def parse(text):
    return [" ".join(operation.split()) for operation in text.split(";") if operation.strip()]


def steps(operation):
    """The words of each step; a clone is prepared, and then started elsewhere."""
    match operation.split():
        case ["clone"]:
            return [["prep"], ["boot-clone"]]
        case ["kill", "clone", moment]:
            return [["kill", "prep", moment], ["prep"], ["boot-clone"]]
        case words:
            return [words]


class Run:
    """A history on a new node."""

    def __init__(self, work):
        self.node, self.model = real.Node(work), model.Node()
        self.steps, self.marks = 0, {}

    def all(self, history):
        """Runs the operations and a last bootstrap; returns the problems of the first step that has any, after its number."""
        try:
            for number, operation in enumerate([*history, "bootstrap"], 1):
                for words in steps(operation):
                    self.steps += 1
                    if problems := self.one(words):
                        return [f"step {number}, {' '.join(words)}: {problem}" for problem in problems]
            return []
        except Exception:  # such as a step that did not end
            return [f"step {number}, {operation}: {traceback.format_exc()}"]
        finally:
            self.node.close()

    def one(self, words):
        node, struck = self.node, words[0] in ("kill", "leave")
        plain = words[1:-1] if struck else words
        if node.waiting and words[0] not in real.ENDS_ALL and (struck or not node.command(words)):
            if problems := self.let_go():
                return problems
        foreign, report, waiting = node.foreign(), node.report(), node.waiting and node.waiting[1]
        if waiting and words[0] in real.ENDS_ALL:
            waiting = None
        answer = node.do(words)
        if waiting:
            node.let_go()
        seen = node.look()
        if struck and answer is None:
            self.model, problems = killed.take_over(self.model, plain, seen, node.waiting and node.waiting[1])
        else:
            problems = self.compare(plain, answer, seen, waiting)
            if answer and not problems:
                problems += node.unclean() if plain == ["prep"] else []
                problems += self.interrupted(plain, report, node.report())
        problems += [f"{script} ran beside itself" for script in (real.read("/var/beside") or "").split()]
        if struck or answer:
            problems += [f"foreign mounts are {sorted(node.foreign())} and were {sorted(foreign)}"] if node.foreign() != foreign else []
        if seen["marks"] and self.marks.setdefault(node.instance, seen["marks"]) != seen["marks"]:
            problems += [f"the mark of this machine is {seen['marks']} and was {self.marks[node.instance]}"]
        return problems

    def let_go(self):
        """What a killed run left comes to its end before the next operation."""
        waiting = self.node.waiting[1]
        self.node.let_go()
        self.model = killed.continued(self.model, waiting)
        return [f"after {' '.join(waiting)} came to its end: {problem}"
                for problem in model.differences(self.model, self.node.look())]

    def compare(self, words, answer, seen, waiting):
        ends = (killed.ends_beside(self.model, words, waiting) if waiting else
                model.apply(self.model, words, real.read("/etc/fstab"), self.node.old_marks))
        found = []
        for end, expected in ends:
            differences = model.differences(end, seen)
            if answer != expected:
                differences.append(f"exit code and errors are {answer} instead of {expected}")
            if not differences:
                self.model = end
                return []
            found.append(differences)
        return min(found, key=len) + self.output()

    def output(self):
        done = self.node.result
        return [f"output: {line}" for line in (done.stdout + done.stderr).splitlines()[:6]] if done else []

    @staticmethod
    def interrupted(words, before, after):
        """The run after one that was killed names it."""
        if words != ["bootstrap"] or not before:
            return []
        named = any(before["run_id"] in warning for warning in after["warnings"])
        expected = before["outcome"] == "running"
        return [f"the interrupted run is {'' if named else 'not '}named"] if named != expected else []


def run(work, history):
    one = Run(work)
    return one.all(history), one.steps


def shrink(work, history, tries=60):
    """Removes operations for as long as the rest still fails."""
    at = 0
    while at < len(history) and tries > 0:
        shorter = history[:at] + history[at + 1:]
        tries -= 1
        if run(work, shorter)[0]:
            history = shorter
        else:
            at += 1
    return history


def changes_nothing(before, operation):
    """Whether an operation that is not the agent's has no effect on the node, so that the history equals a shorter one."""
    words = operation.split()
    if words[0] == "fstab":
        return words[1] in ("drop", "option") and not before.lines
    after, answer = model.apply(before, words)[0]
    return answer is None and words[0] not in ("reboot", "boot-clone", "copy") and after == before


# Operations that are not the agent's; two of different numbers may change places.
KIND = {"edit": 0, "fstab": 1, "umount": 2, "cover": 2, "protect": 2, "hold": 2, "release": 2, "die": 2, "deny": 3, "allow": 3, "script": 4}


def redundant(history):
    """Whether a history equals another one: a step has no effect, or two neighbours of different kinds could change places."""
    state, last = model.Node(), None
    for operation in history:
        kind = KIND.get(operation.split()[0])
        if kind is not None and last is not None and kind < last:
            return True
        last = kind
        for words in steps(operation):
            if words[0] in ("kill", "leave"):
                words = words[1:-1] if words[-1].isdigit() else words[1:]
            elif kind is not None and changes_nothing(state, operation):
                return True
            state = model.apply(state, words, "")[0][0] if words[0] != "fstab" else state
    return False


def random_history(length, chance, group):
    often, rarely = GROUPS[group]
    return with_moments([chance.choice(often * 2 + rarely) for _ in range(length)], chance, times=True)


def chance_of(text, seed):
    return random.Random(f"{seed} {text}")
