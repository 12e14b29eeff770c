#!/usr/bin/env python3
"""Tries every state in which a power cut can leave a node's disk: recorded, rebuilt, mounted, checked.

    tests/crash/run.py [--short] [--disk ext4|xfs] [--chances N] [--boots N] [--workers N] [SCENARIO...]

The command of a scenario of tests/kill runs once on a disk whose every write is recorded. Before each of its system calls another
program flushes a file of its own, so that the file system commits its journal at every point where it could. Then each state that the
disk may have between two flushes is made, mounted (the journal is replayed) and checked, and the file system's own check runs. Some
of the different trees boot: the agent runs again and must reach the end of a run that was not cut.

The controls show that the method finds faults: the agent is answered that its flushes succeeded, and they are not made. A control
passes if a state is wrong.

--short: no other program flushes, and writes reach the disk only in their order; bootstrap, storage add, storage remove of CFS, image
prep, and the controls of files and directories. One line shows each problem; the last line is `N passed, N failed`, counting states,
boots and controls.

Needs root, x86-64, ./publish.sh and scripts/setup.sh test.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
sys.path.append(HERE)
sys.path.insert(0, f"{REPOSITORY}/tests/kill")
import machine  # noqa: E402
import moment  # noqa: E402
import run as kill  # noqa: E402
import scenarios  # noqa: E402

import checks  # noqa: E402
import disks  # noqa: E402
import packages  # noqa: E402
import recorder  # noqa: E402
import rpms  # noqa: E402
import states  # noqa: E402

SHORT = ["bootstrap", "storage add", "storage remove (CFS)", "storage remove (not configured)", "image prep"]
LONG = [*SHORT, "storage remove (GooseFS)", packages.SCENARIO.name]
NAMED = [*LONG, rpms.SCENARIO.name]  # the last only if it is named, since it needs scripts/setup.sh rpm
# The flushes that are not made, and whether only states after the command's end are tried: before it, the next flush of a file also
# writes the directories.
CONTROLS = [("files", False), ("directories", True), ("disks", False), ("all", False)]
LIMIT = 60  # seconds for the states that run when the program is asked to end
SHOWN = 12  # kinds of problems of one scenario


def stopped():
    """Whether the program outside has closed its end: no other state is begun, and those that run come to their end."""
    return bool(select.select([sys.stdin], [], [], 0)[0])


def run_jobs(jobs, workers):
    """As machine.run_all, until the program is asked to end."""
    yield from machine.run_all(itertools.takewhile(lambda _: not stopped(), jobs), workers)
    if stopped():
        sys.exit(143)


class Run:
    """One scenario on one file system, and what came of it."""

    def __init__(self, work, scenario, kind, arguments, fake=""):
        self.work, self.scenario, self.kind, self.arguments, self.fake = work, scenario, kind, arguments, fake
        self.commit = not arguments.short and not fake
        self.programs = getattr(scenario, "programs", "/usr")
        self.trees = {}  # of each different tree its first state
        self.problems, self.known, self.stages = Counter(), Counter(), Counter()

    def record(self):
        """The command's run on the recorded disk; returns its exit code, and the node before and after it."""
        base, image, size = f"{self.work}/base", f"{self.work}/disk", self.kind.size + disks.MARKS
        disks.make(self.kind, f"{self.work}/{self.scenario.on}", base)
        shutil.copy(base, image)
        open(f"{self.work}/kit/marks", "a").close()
        with recorder.recorded(self.work, image) as file:
            subprocess.run(["mount", "--bind", file, f"{self.work}/kit/marks"], check=True)
            try:
                job = lambda: disks.inside(self.work, self.kind, file, lambda: self._run_recorded(size), self.programs)  # noqa: E731
                [(_, self.reference)] = machine.run_all([("", job)], 1)
            finally:
                subprocess.run(["umount", f"{self.work}/kit/marks"], check=True)
        if problems := self.reference.get("problems"):
            sys.exit(f"{self.scenario.name}: the recorded run: {problems}")
        log = list(recorder.read(f"{self.work}/log", size - recorder.SECTOR))
        self.recording = states.Recording(self.work, base, log, 0 if self.arguments.short else self.arguments.chances)

    def _run_recorded(self, size):
        if self.scenario.setup and (done := moment.agent(*self.scenario.setup)).returncode != 0:
            raise RuntimeError(f"{self.scenario.setup}: {done.stdout}{done.stderr}")
        open("/var/witness", "w").close()
        subprocess.run(["sync", "-f", "/var"], check=True)
        before = moment.look()
        marks = os.open("/kit/marks", os.O_WRONLY)
        recorder.put(marks, "start", size)
        options = [*(["-w", "/var/witness"] if self.commit else []), *(["-s", self.fake] if self.fake else [])]
        words = ["/kit/step", "-m", "/kit/marks", *options, "/kit/agent", *self.scenario.command]
        done = subprocess.run(words, env=moment.ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
        moment.settle()
        subprocess.run(["sync", "-f", "/var"], check=True)
        recorder.put(marks, "end", size)
        os.close(marks)
        problems = [] if done.returncode == 0 else [f"exit code {done.returncode}: {(done.stdout + done.stderr)[-2000:]}"]
        result = {"before": before, "end": moment.look(), "problems": problems}
        for place, _, _ in machine.mounted():
            subprocess.run(["umount", place], check=True)
        return result

    def try_states(self):
        """Checks each state; returns how many were good and how many were wrong."""
        good = bad = 0
        jobs = ((state, lambda state=state: self._check(state)) for state in self.recording.states())
        for state, result in run_jobs(jobs, self.arguments.workers):
            good, bad = good + (not result["problems"]), bad + bool(result["problems"])
            self._show(state, result["problems"])
            self.known.update(set(result.get("known", ())))
            self.stages[result.get("stage", "not readable")] += 1
            self.trees.setdefault(result.get("key"), state)
        return good, bad

    def find_wrong(self, only_ended):
        """Checks states until one is wrong; returns how many were checked, and the first that is wrong with its problem."""
        found, count = [], 0

        def jobs():
            for state in self.recording.states():
                if found:
                    os.remove(state.image)
                    return
                if only_ended and not state.ended:
                    os.remove(state.image)
                else:
                    yield state, lambda state=state: self._check(state)
        for state, result in run_jobs(jobs(), self.arguments.workers):
            count += 1
            found += [f"{state.name}: {problem}" for problem in result["problems"]]
        return count, found[0] if found else None

    def _check(self, state):
        job = lambda: checks.Node(self.scenario, self.reference, state.ended).check()  # noqa: E731
        try:
            result = disks.inside(self.work, self.kind, state.image, job, self.programs)
        except subprocess.CalledProcessError as error:
            result = {"problems": [f"cannot be mounted: {error}"]}
        checked = subprocess.run([*self.kind.check, state.image], capture_output=True, text=True)
        if checked.returncode != 0:
            result["problems"].append(f"{self.kind.check[0]}: {(checked.stdout + checked.stderr)[-300:]}")
        os.remove(state.image)
        return result

    def boot_states(self):
        """Boots states with different trees, spread evenly; returns how many were good and how many were wrong."""
        chosen = [state.key for state in self.trees.values()]
        count = min(self.arguments.boots, len(chosen))
        wanted = {chosen[n * len(chosen) // count] for n in range(count)}
        good = bad = 0
        jobs = ((state, lambda state=state: self._boot(state)) for state in self.recording.states(wanted))
        for state, result in run_jobs(jobs, self.arguments.workers):
            good, bad = good + (not result["problems"]), bad + bool(result["problems"])
            self.known.update(set(result.get("known", ())))
            self._show(state, [f"booted: {problem}" for problem in result["problems"]])
        return good, bad

    def _boot(self, state):
        try:
            job = lambda: checks.run_again(self.scenario, self.reference)  # noqa: E731
            return disks.inside(self.work, self.kind, state.image, job, self.programs, lazy=True)
        finally:
            os.remove(state.image)

    def _show(self, state, problems):
        """Each kind of problem is shown once, with its first state."""
        for problem in problems:
            if "Traceback" in problem:
                problem = " | ".join(problem.strip().splitlines()[-5:])
            sort = re.sub(r"[0-9a-f]{16,}|\d+", "N", problem)[:200]
            self.problems[sort] += 1
            if self.problems[sort] == 1 and len(self.problems) <= SHOWN:
                print(f"not ok - {self.scenario.name}, {self.kind.name}: {state.name}: {problem}"[:900], flush=True)


def test(work, scenario, kind, arguments):
    run, start = Run(work, scenario, kind, arguments), time.monotonic()
    run.record()
    good, bad = run.try_states()
    boots, failed_boots = run.boot_states() if arguments.boots else (0, 0)
    log = run.recording
    print(f"== {scenario.name}, {kind.name}: {len(log.windows) - 1} flushes, {sum(len(window.writes) for window in log.windows)} writes; "
          f"{good + bad} different states, {len(run.trees)} different trees, {bad} wrong; "
          f"{boots + failed_boots} booted, {failed_boots} wrong; {time.monotonic() - start:.0f} s", flush=True)
    for stage, count in sorted(run.stages.items()):
        print(f"   {count} x {stage}")
    for reason, count in run.known.items():
        print(f"   {count} x {reason}")
    for problem, count in run.problems.most_common(SHOWN):
        print(f"#  {count} x {problem}")
    return good + boots, bad + failed_boots


def control(work, scenario, kind, arguments, fake, only_ended):
    """Whether a state is wrong when the agent's flushes are not made."""
    run, start = Run(work, scenario, kind, arguments, fake), time.monotonic()
    run.record()
    count, found = run.find_wrong(only_ended)
    result = f"{found} (of {count} states)"[:300] if found else f"nothing found in {count} states"
    print(f"{'ok' if found else 'not ok'} - control, {kind.name}, no flush of {fake}: {result}; "
          f"{time.monotonic() - start:.0f} s", flush=True)
    return bool(found)


def run_inside(work, arguments):
    """Everything, in namespaces of its own; the work directory is in memory."""
    machine.mount("work", work, "tmpfs")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    os.mkdir(f"{work}/root")
    checks.prepare()
    scenarios.make_kit(work, REPOSITORY, kill.AGENT)
    subprocess.run(["clang", "-O1", "-Wall", "-Wextra", "-Werror", "-o", f"{work}/kit/step", f"{HERE}/step.c"], check=True)
    scenarios.make_fresh(work, REPOSITORY, kill.start_cos(work))
    packages.make_lacking(work)
    named = {scenario.name: scenario for scenario in [*scenarios.ALL, packages.SCENARIO, rpms.SCENARIO]}
    wanted = [name for name in NAMED if any(name.startswith(beginning) for beginning in arguments.scenario)]
    wanted = wanted if arguments.scenario else SHORT if arguments.short else LONG
    if rpms.SCENARIO.name in wanted:
        rpms.make_lacking(work, REPOSITORY)
    for address, port in [("127.0.98.3", 2049), ("127.0.98.4", 2049), ("127.0.98.7", 9200)]:
        machine.listen(address, port)
    for _, result in machine.run_all([("", lambda: moment.grow(work, f"{work}/fresh", ["bootstrap"], f"{work}/bootstrapped"))], 1):
        if result["problems"]:
            sys.exit(f"the first bootstrap: {result['problems']}")

    passed, failed = 0, 0
    kinds = [kind for kind in disks.KINDS.values() if arguments.disk in (None, kind.name)]
    for kind in kinds:
        for name in wanted:
            good, bad = test(work, named[name], kind, arguments)
            passed, failed = passed + good, failed + bad
    for kind in kinds[:1] if arguments.short else kinds:
        for fake, only_ended in CONTROLS[:2] if arguments.short else CONTROLS:
            found = control(work, named["bootstrap"], kind, arguments, fake, only_ended)
            passed, failed = passed + found, failed + (not found)
    print(f"{passed} passed, {failed} failed", flush=True)
    return passed == 0 or failed > 0


def run_outside():
    """Starts this program in namespaces. They end with it, and with them every mount, loop device and process of the test."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="thpc-crash-") as work:
        inside = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
             sys.executable, *sys.argv], env={**os.environ, "THPC_CRASH_WORK": work}, stdin=subprocess.PIPE,
            start_new_session=True)
        try:
            return inside.wait()
        finally:
            # It ends by itself, since a kernel may keep the loop device of a mount whose program is killed.
            inside.stdin.close()
            try:
                inside.wait(LIMIT)
            except subprocess.TimeoutExpired:
                inside.kill()
                inside.wait()


def main():
    parser = argparse.ArgumentParser(description="Tries every state in which a power cut can leave a node's disk.")
    parser.add_argument("--short", action="store_true", help="a minute, part of scripts/test.sh")
    parser.add_argument("--disk", choices=sorted(disks.KINDS), help="one file system (both)")
    parser.add_argument("--chances", type=int, default=8, metavar="N", help="subsets by chance of many writes (8)")
    parser.add_argument("--boots", type=int, metavar="N", help="states of each scenario that boot (20; 2 with --short)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="states at a time (one a processor)")
    parser.add_argument("scenario", nargs="*", help="the beginning of a name: " + ", ".join(NAMED))
    arguments = parser.parse_args()
    if arguments.boots is None:
        arguments.boots = 2 if arguments.short else 20
    work = os.environ.get("THPC_CRASH_WORK")
    return run_inside(work, arguments) if work else run_outside()


if __name__ == "__main__":
    sys.exit(main())
