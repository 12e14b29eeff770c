#!/usr/bin/env python3
"""Runs the tests against the agent with one fault at a time: a test must fail.

    tests/mutation/run.py [NAME...] [--room ROOM] [--unit-only] [--list] [--work FOLDER]
    tests/mutation/run.py --check                    only: every mutant still applies to the source

mutants.toml lists the faults, each with the test classes that should see it. The control comes first: the source without a fault,
with every class that is used; if one of its tests fails, nothing else runs. Then for each mutant: the unit tests run with its
assembly, and if none fails, the system tests with its executable. A class that does not end within its limit kills the mutant too
and is marked. NAME is a part of a mutant's name. --work keeps the private copy of the repository for the next run.

Prints a line for each mutant, a table by room and the survivors. A survivor fails unless mutants.toml has a reason for it. The last
line is `N passed, N failed`. Tests run in namespaces of their own, because a mutant may unmount or kill anything. Needs root, the
.NET SDK and scripts/setup.sh test.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass

import build
import combine

CLASS_LIMIT = 120
CONTROL_LIMIT = 600
MIN_MUTANTS = 100
UNIT_KILL, SYSTEM_KILL, SURVIVED = "unit tests", "system tests", "survived"

# Processes, mounts and temporary files that end with the test run. A mutant that kills every process it sees only kills these.
# Nothing else listens on the fixed addresses of the tests there.
NAMESPACE = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", "--net",
             "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


@dataclass(frozen=True)
class Outcome:
    mutant: build.Mutant
    by: str
    test: str = ""


def check(mutants):
    """Every mutant applies to the source as it is, and its test classes exist."""
    problems = [f"{mutant.name}: {problem}" for mutant in mutants if (problem := mutant.problem())]
    problems += [f"{name}: {count} mutants have this name" for name, count in Counter(m.name for m in mutants).items() if count > 1]
    if mutants[0].name != build.CONTROL:
        problems.append(f"the first mutant must be the control, {build.CONTROL}")
    if len(mutants) <= MIN_MUTANTS:
        problems.append(f"there are {len(mutants) - 1} mutants; at least {MIN_MUTANTS} are promised")
    for project, classes in ((build.UNIT, lambda m: m.unit), (build.SYSTEM, lambda m: m.system)):
        names = find_classes(f"{build.REPOSITORY}/{project}")
        for name in sorted({name for mutant in mutants for name in classes(mutant)} - names):
            problems.append(f"{project} has no class {name}")
    if not problems:
        combine.combine(mutants)  # ends with a traceback if the layout of a member is one that it cannot copy
    return problems


def find_classes(project):
    found = set()
    for top, folders, names in os.walk(project):
        folders[:] = [name for name in folders if name not in ("bin", "obj")]
        for name in names:
            if name.endswith(".cs"):
                found.update(re.findall(r"\bclass (\w+)", build.read(f"{top}/{name}")))
    return found


class TestPrograms:
    """The agent with all mutants, and both test projects with it."""

    def __init__(self, folder, mutants):
        self.private = build.PrivateCopy(folder)
        self.mutants = mutants

    def build(self, with_system):
        self.private.update(combine.combine(self.mutants))
        self.private.dotnet("build", build.UNIT)
        if with_system:
            self.private.dotnet("build", build.SYSTEM)
            self.private.dotnet("publish", build.AGENT, "-r", "linux-x64", "-o", f"{self.private.folder}/native")

    def agent(self, number):
        """The executable with this mutant in use."""
        path = f"{self.private.folder}/agents/mutant-{number}/thpc-node-agent"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path):
            os.remove(path)
        os.link(f"{self.private.folder}/native/thpc-node-agent", path)
        return path

    def run(self, mutant, project, classes, limit, stop=True):
        """Runs test classes of a project; returns the failed test, or another word for a failure; empty if all pass."""
        number = self.mutants.index(mutant)
        environment = dict(os.environ, THPC_MUTANT=str(number))
        if project == build.SYSTEM:
            environment["THPC_AGENT"] = self.agent(number)
        program = f"{self.private.folder}/{project}/{build.OUTPUT}/{os.path.basename(project)}"
        command = [*NAMESPACE, program, "-noColor", "-noLogo", *(["-stopOnFail"] if stop else [])]
        for name in classes:
            command += ["-class", f"*.{name}"]
        with tempfile.TemporaryDirectory(prefix="thpc-m-", ignore_cleanup_errors=True) as environment["TMPDIR"]:
            os.chmod(environment["TMPDIR"], 0o1777)  # as /tmp: some tests run programs of another user there
            process = subprocess.Popen(
                command, cwd=self.private.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace")
            try:
                output = process.communicate(timeout=limit)[0]
            except subprocess.TimeoutExpired:
                process.kill()  # --kill-child: all processes of the namespace end with it
                process.communicate()
                return f"no end within {limit} s"
        return failure(output, process.returncode)


def failure(output, exit_code):
    failed = re.findall(r"^ *(\S.*) \[FAIL\]$", output, re.MULTILINE)
    if failed:
        return ", ".join(dict.fromkeys(re.sub(r"^Thpc\.NodeAgent\.(System)?Tests\.|\(.*", "", name) for name in failed))
    if exit_code != 0 or not re.search(r"Total: [1-9]", output):
        return f"exit code {exit_code}: {output.strip().splitlines()[-1] if output.strip() else 'no output'}"
    return ""


def judge(programs, mutant, unit_only):
    if mutant.unit and (test := programs.run(mutant, build.UNIT, mutant.unit, CLASS_LIMIT)):
        return Outcome(mutant, UNIT_KILL, test)
    for name in [] if unit_only else mutant.system:
        if test := programs.run(mutant, build.SYSTEM, [name], CLASS_LIMIT):
            return Outcome(mutant, SYSTEM_KILL, test)
    return Outcome(mutant, SURVIVED)


def run_control(programs, mutants, unit_only):
    """Without a fault every class that is used must pass; returns what fails."""
    for project, classes in ((build.UNIT, lambda m: m.unit), (build.SYSTEM, lambda m: [] if unit_only else m.system)):
        names = sorted({name for mutant in mutants for name in classes(mutant)})
        if names and (test := programs.run(programs.mutants[0], project, names, CONTROL_LIMIT, stop=False)):
            return test
    return ""


def print_table(outcomes):
    rooms = list(dict.fromkeys(outcome.mutant.room.name for outcome in outcomes))
    print(f"\n{'room':<34} mutants  unit tests  system tests  survived")
    for room in [*rooms, "all"]:
        inside = [outcome for outcome in outcomes if room in (outcome.mutant.room.name, "all")]
        counts = Counter(outcome.by for outcome in inside)
        print(f"{room:<34} {len(inside):7}  {counts[UNIT_KILL]:10}  {counts[SYSTEM_KILL]:12}  {counts[SURVIVED]:8}")
    for outcome in outcomes:
        if outcome.by == SURVIVED:
            print(f"survived: {outcome.mutant.room.name}: {outcome.mutant.name}: {outcome.mutant.reason or 'NO REASON'}")


def main():
    parser = argparse.ArgumentParser(description="Runs the tests against the agent with one fault at a time.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--room")
    parser.add_argument("--unit-only", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--work")
    given = parser.parse_args()
    mutants = build.load()
    if problems := check(mutants):
        print("\n".join(problems))
        return 1
    if given.check:
        print(f"{len(mutants) - 1} mutants apply")
        return 0
    chosen = [mutant for mutant in mutants[1:] if given.room in (None, mutant.room.name)
              and (not given.names or any(name in mutant.name for name in given.names))]
    if given.list:
        print("\n".join(f"{mutant.room.name}: {mutant.name}" for mutant in chosen))
        return 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="thpc-mutation-") as temporary:
        programs = TestPrograms(os.path.abspath(given.work) if given.work else temporary, mutants)
        programs.build(not given.unit_only)
        print(f"{time.monotonic() - started:.0f} s: built", flush=True)
        if test := run_control(programs, chosen, given.unit_only):
            print(f"the control failed: {test}\n0 passed, 1 failed")
            return 1
        print(f"{time.monotonic() - started:.0f} s: the control survived", flush=True)
        outcomes = []
        for mutant in chosen:
            outcomes.append(outcome := judge(programs, mutant, given.unit_only))
            print(f"{time.monotonic() - started:.0f} s: {mutant.name}: {outcome.by}: {outcome.test}", flush=True)
    print_table(outcomes)
    bad = [outcome for outcome in outcomes if outcome.by == SURVIVED and not outcome.mutant.reason]
    print(f"took {time.monotonic() - started:.0f} s\n{len(outcomes) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
