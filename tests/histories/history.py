"""One history: its operations on the real node and in the model, and what differs after each."""

from __future__ import annotations

import random
import traceback

import model
import node as real

OFTEN = [
    "bootstrap", "add A", "add B", "remove A", "repair", "clone", "copy", "reboot",
    "kill bootstrap", "kill add A", "kill remove A",
    "edit C,A", "edit -", "edit D", "umount C", "protect C", "cover C tmpfs", "cover A nfs", "deny 127.0.98.4", "script fails",
    "fstab append", "fstab drop", "fstab reverse", "fstab option",
]
RARELY = [
    "copy unguarded", "remove B", "remove C", "add C", "kill repair", "kill clone", "edit C", "edit A,B", "edit C,B,A",
    "umount A", "umount B", "protect A",
    "cover A tmpfs", "cover C nfs", "cover B tmpfs", "deny 127.0.98.3", "allow 127.0.98.4", "allow 127.0.98.3", "script works",
    "fstab insert", "fstab change", "fstab delete",
]
# System calls of a run that a kill can precede, at most.
CALLS = {"bootstrap": 340, "add": 140, "remove": 140, "repair": 190, "clone": 130}


def with_moments(history, chance):
    """Gives each kill the number of a system call."""
    return [f"{operation} {chance.randint(1, CALLS[operation.split()[1]])}" if operation.startswith("kill") and
            not operation.split()[-1].isdigit() else operation for operation in history]


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
        node, killed = self.node, words[0] == "kill"
        foreign, report = node.foreign(), node.report()
        answer = node.do(words)
        seen = node.look()
        problems = []
        plain = words[1:-1] if killed else words
        if killed and answer is None:
            self.model, problems = model.after_kill(self.model, plain, seen)
        else:
            problems = self.compare(plain, answer, seen)
            if answer and not problems:
                problems += node.unclean() if plain == ["prep"] else []
                problems += self.interrupted(plain, report, node.report())
        if killed or answer:
            problems += [f"foreign mounts are {sorted(node.foreign())} and were {sorted(foreign)}"] if node.foreign() != foreign else []
        if seen["marks"] and self.marks.setdefault(node.instance, seen["marks"]) != seen["marks"]:
            problems += [f"the mark of this machine is {seen['marks']} and was {self.marks[node.instance]}"]
        return problems

    def compare(self, words, answer, seen):
        ends = model.apply(self.model, words, real.read("/etc/fstab"), self.node.old_marks)
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
KIND = {"edit": 0, "fstab": 1, "umount": 2, "cover": 2, "protect": 2, "deny": 3, "allow": 3, "script": 4}


def redundant(history):
    """Whether a history equals another one: a step has no effect, or two neighbours of different kinds could change places."""
    state, last = model.Node(), None
    for operation in history:
        kind = KIND.get(operation.split()[0])
        if kind is not None and last is not None and kind < last:
            return True
        last = kind
        for words in steps(operation):
            if words[0] == "kill":
                words = words[1:-1] if words[-1].isdigit() else words[1:]
            elif kind is not None and changes_nothing(state, operation):
                return True
            state = model.apply(state, words, "")[0][0] if words[0] != "fstab" else state
    return False


def random_history(length, chance):
    return with_moments([chance.choice(OFTEN * 2 + RARELY) for _ in range(length)], chance)


def chance_of(text, seed):
    return random.Random(f"{seed} {text}")
