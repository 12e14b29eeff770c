"""What must be true of a node's disk after a power cut at any moment, and what must be true once the command had succeeded."""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid

import machine
import moment
import packages
import rpms
import scenarios
import tree

# The scenarios that install packages, and what knows their manager.
MANAGERS = {packages.SCENARIO: packages, rpms.SCENARIO: rpms}
# Each script writes this much without flushing it, before it ends.
DATA = "d" * 30000
SCRIPTS = ("one", "two")

# States that are as they should be although a file is not whole: the file and the reason.
KNOWN = [
    (re.compile(r"^/var/lib/thpc-node-agent/scripts/init-script-\d+(\.thpc-[0-9a-f-]+\.tmp)?$"),
     "a fetched script is not whole: it is for one run, and the next run fetches it again before it runs it"),
]
# A script's start record that is left beside its marker, after another run.
STALE_RECORD = re.compile(r"^(/var/lib/thpc-node-agent/scripts/[0-9a-f]+)\.begun: file 600 [0-9a-f]+ instead of None$")
STALE_RECORD_REASON = ("the start record of a script that is marked as done is left: it is removed after the marker is written, or "
                       "before the script runs again")
LOGS = re.compile(r"^/var/log/thpc-node-agent/")
NOTED = "/var/lib/thpc-node-agent/packages.json"  # the packages before a transaction of rpm
STARTED = re.compile(r"^/var/lib/thpc-node-agent/scripts/[0-9a-f]+\.begun$")

# What the loading of a module cannot do in the node: json asks for these when it reads broken text.
"".encode("utf-32-be"), "".encode("utf-16-be")


def prepare():
    """Adapts the scenarios and checks of tests/kill: scripts write data, the second runs at every boot, and only the disk remembers."""
    write = f"head -c {len(DATA)} /dev/zero | tr '\\0' d >/var/data-{{name}}\n"
    scenarios.SCRIPT = scenarios.SCRIPT.replace('echo "end', write + 'echo "end')
    tree.NOT_THE_NODES += ["/var/witness", *(f"/var/data-{name}" for name in SCRIPTS), "/lost+found", "/run",
                           *packages.OF_THE_MANAGER, *rpms.OF_THE_MANAGER]
    tree.NOTES = re.compile(tree.NOTES.pattern + r"|^/tmp/tmp[a-z0-9_]{8}$|^/var/tmp/rpm-tmp[.][A-Za-z0-9]+$")  # of dnf and rpm
    scenarios.CONFIG = scenarios.CONFIG.replace('/srv/two.sh"\n', '/srv/two.sh"\nrun = "every-boot"\n')
    tree.TIMES.add("boot_id")
    moment.scripts_begun = scripts_begun
    markers = moment.markers
    moment.markers = lambda: {name: marked for name, marked in markers().items() if name != "two"}


def scripts_begun():
    """What a script wrote without a flush may be cut off, or zero bytes, after a power cut."""
    text = (moment.read("/var/ran") or b"").replace(b"\0", b"").decode()
    return [words for line in text.splitlines() if len(words := line.split()) == 3]


class Node:
    """The node whose root is the root of this process, beside what it was before the command and after it."""

    def __init__(self, scenario, reference, ended):
        self.scenario, self.before, self.end, self.ended = scenario, reference["before"], reference["end"], ended
        self.problems, self.known = [], []
        self.fstab = (moment.read("/etc/fstab") or b"").decode(errors="replace")
        self.ran = (moment.read("/var/ran") or b"").decode(errors="replace")
        self.report = moment.read(moment.REPORT)
        self.outcome, self.done, self.files = None, [], {}

    def check(self):
        self._check_fstab()
        self._read_report()
        self._read_markers()
        if self.scenario.name == "bootstrap":
            self._check_scripts()
        try:
            self.files = tree.look(moment.OF_ITS_OWN)
        except ValueError as error:
            self.problems.append(f"a marker is broken: {error}")
        else:
            self._check_files()
        if self.scenario.name == "image prep":
            self.problems += moment.backup_problems(self.before["tree"])
        if self.ended:
            self._check_end()
        return {"problems": self.problems, "known": self.known, "key": self._key(), "stage": self._stage()}

    def _check_fstab(self):
        """The old text, the new one, or the old one with the first of the new lines."""
        old, new = self.before["fstab"], self.end["fstab"]
        added = new[len(old):].splitlines(keepends=True) if new.startswith(old) else []
        if self.fstab not in {old, new, *(old + "".join(added[:n]) for n in range(len(added)))}:
            self.problems.append(f"fstab is {self.fstab!r}")

    def _read_report(self):
        try:
            self.outcome = json.loads(self.report)["outcome"] if self.report is not None else None
        except (ValueError, KeyError) as error:
            self.outcome = "broken"
            self.problems.append(f"report.json is broken, {len(self.report)} bytes: {self.report[:60]} ({error})")

    def _read_markers(self):
        folder = f"{moment.STATE}/scripts"
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            if name.endswith(".done"):
                text = moment.read(f"{folder}/{name}")
                try:
                    self.done.append("one" if "one.sh" in json.loads(text)["script"] else "two")
                except (ValueError, KeyError) as error:
                    self.problems.append(f"marker {name} is broken: {text[:80]} ({error})")

    def _check_scripts(self):
        for name in self.done:
            if f"end {name}" not in self.ran:
                self.problems.append(f"script {name} is marked as done, and its last line is missing")
            if (moment.read(f"/var/data-{name}") or b"").decode(errors="replace") != DATA:
                self.problems.append(f"script {name} is marked as done, and its data is not whole")

    def _check_files(self):
        """Every file is the old one or the new one; no other file is executable."""
        before, end = self.before["tree"], self.end["tree"]
        whole = {*before.values(), *end.values()}
        for path, content in self.files.items():
            reason = next((reason for pattern, reason in KNOWN if pattern.match(path)), None)
            if path == "/etc/fstab" or LOGS.match(path) or content in (before.get(path), end.get(path)):
                continue
            if reason:
                self.known += [reason] if tree.executable(content) and content not in whole else []
            elif tree.TEMPORARY.search(path):
                self.problems += [f"half-written and yet executable: {path}"] if tree.executable(content) and content not in whole else []
            elif STARTED.match(path) and not self.ended:
                pass  # a script was started and did not end; the next run runs it again
            elif path == NOTED and not self.ended:
                self._check_note()
            elif path == f"{moment.MARKER}.next" and content == end.get(moment.MARKER):
                pass
            else:
                self.problems.append(f"{path} is {content}; it was {before.get(path)} and should become {end.get(path)}")

    def _check_note(self):
        text = moment.read(NOTED)
        try:
            json.loads(text)
        except ValueError as error:
            self.problems.append(f"{NOTED} is broken, {len(text)} bytes: {text[:60]} ({error})")

    def _check_end(self):
        end = {path: content for path, content in self.end["tree"].items() if self._is_promised(path)}
        files = {path: content for path, content in self.files.items() if self._is_promised(path)}
        found = [f"ended well, and {difference}" for difference in tree.differences(files, end)]
        found += [] if self.fstab == self.end["fstab"] else ["ended well, and fstab is not the new one"]
        if self.scenario.name == "bootstrap":
            found += [] if self.outcome == "succeeded" else [f"ended well, and the report's outcome is {self.outcome}"]
            found += [f"ended well, and script {name} is not marked" for name in SCRIPTS if name not in self.done]
        if manager := MANAGERS.get(self.scenario):
            found += [f"ended well, and {problem}" for problem in manager.problems()]
        self.problems += found

    @staticmethod
    def _is_promised(path):
        """A log, a temporary file and a script for this run only are not needed after the next boot."""
        return not LOGS.match(path) and not tree.TEMPORARY.search(path) and not any(pattern.match(path) for pattern, _ in KNOWN)

    def _key(self):
        sizes = [len(moment.read(f"/var/data-{name}") or b"") for name in SCRIPTS]
        more = MANAGERS[self.scenario].state() if self.scenario in MANAGERS else ""
        return hashlib.sha256(json.dumps([sorted(self.files.items()), self.outcome, self.ran, sizes, more]).encode()).hexdigest()

    def _stage(self):
        fstab = "new" if self.fstab == self.end["fstab"] else "old" if self.fstab == self.before["fstab"] else "between"
        return f"report {self.outcome}; {len(self.done)} marked; fstab {fstab}"


def run_again(scenario, reference):
    """The node boots: its storage is mounted as before, `status` answers, and the same command runs to its end."""
    with open("/run/boot-id", "w", encoding="ascii") as file:
        file.write(f"{uuid.uuid4()}\n")
    machine.mount("/run/boot-id", "/proc/sys/kernel/random/boot_id", flags=machine.BIND)
    if scenario.setup:
        moment.agent(*scenario.setup)
    if scenario is rpms.SCENARIO:
        rpms.boot()
    status = moment.agent("status")
    problems = [] if status.returncode in (0, 1) else [f"status exits {status.returncode}: {status.stderr}"]
    try:
        old = moment.report()
    except ValueError as error:
        return {"problems": [*problems, f"report.json is broken ({error}); status: {(status.stdout + status.stderr).strip()[:300]}"]}
    marked = {path for path in tree.look(moment.OF_ITS_OWN) if path.endswith(".done")}
    known = []
    for problem in moment.run_again(scenario, reference, old):
        if (stale := STALE_RECORD.match(problem)) and f"{stale[1]}.done" in marked:
            known.append(STALE_RECORD_REASON)
        else:
            problems.append(problem)
    if manager := MANAGERS.get(scenario):
        problems += manager.problems()
    return {"problems": problems, "known": known}
