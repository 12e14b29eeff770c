#!/usr/bin/env python3
"""Builds the agent with one mutant of mutants.toml, in a private copy of the repository.

    tests/mutation/build.py NAME --into FOLDER [--work FOLDER]

NAME is a mutant's name or a part of it that only one has. FOLDER gets the framework-dependent executable, thpc-node-agent, with its
libraries. The working tree stays as it is. --work keeps the private copy, so that the next build takes seconds. Needs the .NET SDK.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass, field

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AGENT = "src/Thpc.NodeAgent"
UNIT, SYSTEM = "tests/Thpc.NodeAgent.Tests", "tests/Thpc.NodeAgent.SystemTests"
CONTROL = "nothing"
OUTPUT = "bin/Release/net10.0"
LIMIT = 1200

# No analyzers: a mutant only has to run. The compiler's warnings are no errors: a mutant may leave a variable unused.
PROPERTIES = ["-c", "Release", "--nologo", "-v", "quiet", "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false",
              "-p:TreatWarningsAsErrors=false", "-p:NuGetAudit=false", "-nodeReuse:false"]


@dataclass(frozen=True)
class Room:
    """A part of the source that loses data or blocks a node when it is wrong, with the test classes that should see that."""
    name: str
    unit: list[str] = field(hash=False)
    system: list[str] = field(hash=False)


@dataclass(frozen=True)
class Mutant:
    """One fault. `old` occurs once in the file, or is the `nth` occurrence (1 is the first); `new` replaces it."""
    name: str
    room: Room
    file: str
    old: str
    new: str
    nth: int
    reason: str
    unit: list[str] = field(hash=False)
    system: list[str] = field(hash=False)

    @property
    def path(self):
        return f"{AGENT}/{self.file}"

    def problem(self):
        """Why the mutant cannot be applied to the working tree; empty if it can."""
        if self.name == CONTROL:
            return "" if not self.file else f"{CONTROL} must not change a file"
        try:
            count = read(f"{REPOSITORY}/{self.path}").count(self.old)
        except FileNotFoundError:
            return f"{self.file} does not exist"
        if self.old == self.new:
            return "it changes nothing"
        if count == 0 or self.nth > count:
            return f"its text occurs {count} times in {self.file}"
        return "" if count == 1 or self.nth else f"its text occurs {count} times in {self.file}: give nth"

    def find(self, text):
        at = -1
        for _ in range(max(1, self.nth)):
            at = text.index(self.old, at + 1)
        return at

    def apply(self, text):
        at = self.find(text)
        return text[:at] + self.new + text[at + len(self.old):]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def load():
    """The mutants of mutants.toml in their order; the first is the control, which changes nothing."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "mutants.toml"), "rb") as file:
        data = tomllib.load(file)
    rooms = {name: Room(name, room["unit"], room["system"]) for name, room in data["room"].items()}
    return [make(entry, rooms) for entry in data["mutant"]]


def make(entry, rooms):
    known = {"name", "room", "file", "old", "new", "nth", "reason", "unit", "system"}
    if unknown := set(entry) - known:
        raise SystemExit(f"mutants.toml: {entry.get('name')}: unknown keys {', '.join(sorted(unknown))}")
    room = rooms[entry["room"]] if "room" in entry else Room("", [], [])
    return Mutant(
        entry["name"], room, entry.get("file", ""), entry.get("old", ""), entry.get("new", ""), entry.get("nth", 0),
        entry.get("reason", ""), entry.get("unit", room.unit), entry.get("system", room.system))


def find(name, mutants):
    """The mutant of this name, or the only one whose name contains it."""
    found = [mutant for mutant in mutants if mutant.name == name] or [mutant for mutant in mutants if name in mutant.name]
    if len(found) != 1:
        raise SystemExit(f"{len(found)} mutants match {name!r}")
    return found[0]


class PrivateCopy:
    """The repository's files in another folder: what git tracks, and new files that it does not ignore."""

    def __init__(self, folder):
        self.folder = folder

    @property
    def output(self):
        """The folder of the executable that was built last."""
        return f"{self.folder}/{AGENT}/{OUTPUT}"

    def update(self, texts=None):
        """Copies what differs, with other texts for some files. Builds in the copy then compile only what changed."""
        texts = texts or {}
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY, capture_output=True, check=True,
            timeout=LIMIT).stdout.decode().split("\0")
        files = {name for name in listed if name and os.path.lexists(f"{REPOSITORY}/{name}")}
        for name in sorted(files - set(texts)):
            copy(f"{REPOSITORY}/{name}", f"{self.folder}/{name}")
        for name, text in texts.items():
            write(f"{self.folder}/{name}", text)
        for folder in (AGENT, "tests"):
            for top, folders, names in os.walk(f"{self.folder}/{folder}"):
                folders[:] = [name for name in folders if name not in ("bin", "obj")]
                for name in names:
                    if os.path.relpath(f"{top}/{name}", self.folder) not in files | set(texts):
                        os.remove(f"{top}/{name}")

    def build(self, mutant):
        """Builds the agent with this mutant and returns the folder of the executable. The copy's source is then as before."""
        path = f"{self.folder}/{mutant.path}"
        text = read(path) if mutant.file else ""
        if mutant.file:
            write(path, mutant.apply(text))
        try:
            self.dotnet("build", AGENT)
        finally:
            if mutant.file:
                write(path, text)
        return self.output

    def dotnet(self, *arguments):
        run = subprocess.run(
            ["dotnet", *arguments, *PROPERTIES], cwd=self.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL,
            timeout=LIMIT, check=False)
        if run.returncode != 0:
            raise BuildFailure("\n".join(line for line in run.stdout.splitlines() if "error" in line) or run.stdout + run.stderr)


class BuildFailure(Exception):
    """The compiler refused the source."""


def copy(source, target):
    if os.path.islink(source):
        if not os.path.lexists(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.symlink(os.readlink(source), target)
        return
    with open(source, "rb") as file:
        if replace(target, file.read()):
            shutil.copymode(source, target)


def write(path, text):
    replace(path, text.encode())


def replace(path, content):
    """Writes a file unless it has that content; returns whether it was written."""
    try:
        with open(path, "rb") as file:
            if file.read() == content:
                return False
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return True


def main():
    parser = argparse.ArgumentParser(description="Builds the agent with one mutant.")
    parser.add_argument("name")
    parser.add_argument("--into", required=True)
    parser.add_argument("--work")
    given = parser.parse_args()
    mutant = find(given.name, load())
    if problem := mutant.problem():
        raise SystemExit(f"{mutant.name}: {problem}")
    with tempfile.TemporaryDirectory(prefix="thpc-mutation-") as temporary:
        private = PrivateCopy(os.path.abspath(given.work) if given.work else temporary)
        private.update()
        try:
            shutil.copytree(private.build(mutant), given.into, dirs_exist_ok=True)
        except BuildFailure as failure:
            raise SystemExit(f"{mutant.name}: {failure}") from failure
    print(f"{os.path.abspath(given.into)}/thpc-node-agent: {mutant.name}")


if __name__ == "__main__":
    sys.exit(main())
