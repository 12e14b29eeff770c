#!/usr/bin/env python3
"""Measures how readable the project is, for one state of it or for two side by side.

    scripts/style.py [BEFORE [AFTER]]     a table; BEFORE and AFTER are commits, the default is the working tree
    scripts/style.py --long-lines         each line over 140 columns as FILE:LINE: COLUMNS; exit code 1 if there is one
    scripts/style.py --forms              each form of FORMS in a text as FILE:LINE: FORM: the line; exit code 1 if there is one

It reads all text files that git tracks, and new ones that git does not ignore, except those in EXEMPT. Names are the types and
other identifiers of C#. Texts are the strings, comments and test names of C#, and all words of any other file; a name_like_this is
read as a sentence. `Code` in backticks and code blocks of Markdown are left out. The name of the account with uid 65534 is
allowed: in quotes, after "user " or "uid=", and beside a process. Needs git.
"""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter

MAX_COLUMNS = 140
LONG = 120

# Files whose lines are not written by hand: a glob (* also matches /) and the reason.
EXEMPT = {
    "tests/fuzz/corpus/*": "inputs of the fuzzer, kept byte for byte",
    "*packages.lock.json": "written by NuGet",
    "*package-lock.json": "written by npm",
    "src/portable/sysroot.lock": "written by sysroot.sh: a package's path and its SHA-256",
    "*.sln": "written by dotnet: two GUIDs and a path",
    "*.svg": "a picture that the program draws",
}
# These files list the forbidden words themselves.
WORD_LISTS = {"scripts/style.py", "CONTRIBUTING.md", "tests/Thpc.NodeAgent.Tests/Cli/HelpTests.cs"}

# Type names that a reader cannot guess, each with the standard term for it.
INVENTED_TYPES = {
    "Survey": "StorageState", "Place": "MountPointState", "Remember": "Persist", "Forget": "Unpersist", "Stranger": "ForeignEntry",
    "Patience": "BlockingCall or Timeout", "MountBudget": "Deadline", "Shadow": "Overmount", "Findings": "StallAnalysis",
    "Autopsy": "TimeoutDiagnostics", "LeftProcess": "StaleProcess", "TakeLeave": "ReapZombies", "ProcessLook": "ProcessSnapshot",
    "FileUsers": "FileHolders", "Trust": "PathTrust", "SafeTree": "RootedFileTree", "GivenFile": "OutputFile",
    "MachineTag": "MachineFingerprint", "Words": "TerminalText", "CosPauses": "CosRetryPolicy", "Complaint": "ConfigDiagnostic",
    "Finder": "ImageScanner", "Leftover": "ImageChange", "Rubbish": "CacheAndLogOperations", "Patient": "DoctorContext",
    "Checkup": "CheckRunner", "Examination": "AllChecks", "Diagnosis": "CheckResult", "CommandDoor": "CommandErrorBoundary",
    "LeftReport": "FleetReportPublisher", "SharedReport": "FleetReportFile", "ShownText": "TerminalText",
    "Spread": "DurationDistribution", "Matching": "InstanceMatcher", "Expansion": "ScaleOutPlan",
}
# Standard terms that contain an invented name.
STANDARD_TERMS = ("PathTrust",)
# Parts of any identifier, each with what it should be.
INVENTED_PARTS = {"Most": "Max", "Least": "Min", "Demand": "Require", "Objection": "Validate", "Look": "Read, Inspect or Probe"}
# Forms of a sentence that read like a translation.
FORMS = {
    "whoever": r"\bwhoever\b", "whatever": r"\bwhatever\b",
    "nobody": r"(?<!user )(?<!uid=)\b(?!(?<=['\"])nobody['\":]|(?<=\()nobody,)nobody\b",
    "anew": r"\banew\b", "told": r"\btold\b", "goes": r"\bgoes\b", "says": r"\bsays\b",
    "Of ... at the head of a sentence": r"(?:^|[.!?:;] |[*/#] |> ?|\")Of (?!course\b)",
}

CODE = re.compile(r"""
      (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<text>\$*\"{3,}.*?\"{3,} | \$?@\$?"(?:[^"]|"")*" | \$?"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])')
    """, re.VERBOSE | re.DOTALL)
TYPE = re.compile(r"\b(?:class|record struct|record class|record|struct|interface|enum)\s+([A-Z]\w*)")
TEST = re.compile(r"\b[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+){2,}\b")
# A name of Python or shell that is a sentence: the name of a scenario or of a function.
SENTENCE = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+){2,}\b")


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], check=True, stdout=subprocess.PIPE).stdout


def is_exempt(path: str) -> bool:
    return any(fnmatch.fnmatchcase(path, glob) for glob in EXEMPT)


def read_texts(directory: str, names: list[str]) -> dict[str, str]:
    """The text of each file below the directory, except links and files with a NUL byte."""
    texts = {}
    for name in names:
        path = os.path.join(directory, name)
        if not os.path.isfile(path) or os.path.islink(path) or is_exempt(name):
            continue
        with open(path, "rb") as file:
            content = file.read()
        if b"\0" not in content:
            texts[name] = content.decode("utf-8", "replace")
    return texts


def read_state(commit: str | None) -> dict[str, str]:
    """All texts of a commit, or of the working tree."""
    if commit is None:
        names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").decode().split("\0")
        return read_texts(".", sorted(set(names) - {""}))
    with tempfile.TemporaryDirectory() as directory:
        with tempfile.TemporaryFile() as archive:
            subprocess.run(["git", "archive", commit], check=True, stdout=archive)
            archive.seek(0)
            with tarfile.open(fileobj=archive) as tar:
                tar.extractall(directory, filter="data")
        names = git("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit).decode().split("\0")
        return read_texts(directory, [name for name in names if name])


def columns(text: str) -> list[int]:
    return [len(line) for line in text.removesuffix("\n").split("\n")]


def parts(identifier: str) -> set[str]:
    """The words of an identifier, such as Max and Bytes for MaxBytes, and each run of them, so that LeftProcessTests has LeftProcess."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+", identifier)
    return {"".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}


def code_of(text: str) -> str:
    return CODE.sub(" ", text)


def blank(match: re.Match[str]) -> str:
    """The match with every character but line ends replaced, so that offsets stay the same."""
    return re.sub(r"[^\n]", "~", match.group())


def prose_of(name: str, text: str) -> list[tuple[int, str]]:
    """The parts of a file that are prose, each with its offset in the text."""
    if name.endswith(".md"):
        text = re.sub(r"^```.*?^```", blank, text, flags=re.MULTILINE | re.DOTALL)
    if not name.endswith(".cs"):
        text = re.sub(r"`[^`\n]*`", blank, text)
        return [(0, text), *((match.start(), match.group().replace("_", " ").capitalize()) for match in SENTENCE.finditer(text))]
    texts = [(match.start(), re.sub(r"`[^`\n]*`", blank, match.group())) for match in CODE.finditer(text)]
    code = CODE.sub(blank, text)
    return texts + [(match.start(), match.group().replace("_", " ")) for match in TEST.finditer(code)]


def find_forms(name: str, text: str) -> list[tuple[int, str]]:
    """Each form of a file: its line's number, from 1, and the form."""
    if name in WORD_LISTS:
        return []
    hits = []
    for offset, prose in prose_of(name, text):
        for form, pattern in FORMS.items():
            flags = re.MULTILINE if form.startswith("Of ") else re.MULTILINE | re.IGNORECASE
            hits += [(text.count("\n", 0, offset + match.start()) + 1, form) for match in re.finditer(pattern, prose, flags)]
    return sorted(hits)


def count_words(texts: dict[str, str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    identifiers: set[str] = set()
    for name, text in texts.items():
        if name in WORD_LISTS:
            continue
        if name.endswith(".cs"):
            code = code_of(text)
            for declared in set(TYPE.findall(code)):
                for term in STANDARD_TERMS:
                    declared = declared.replace(term, "")
                counts.update(f"type {word}" for word in parts(declared) & INVENTED_TYPES.keys())
            identifiers |= set(re.findall(r"[A-Za-z_]\w*", code))
        counts.update(f"text {form}" for _, form in find_forms(name, text))
    for identifier in identifiers:
        if identifier.count("_") < 2:
            counts.update(f"name {word}" for word in parts(identifier[:1].upper() + identifier[1:]) & INVENTED_PARTS.keys())
    return counts


def measure(texts: dict[str, str]) -> dict[str, dict[str, str]]:
    """The sections of the table, each with its rows: label and value."""
    lines = [length for text in texts.values() for length in columns(text)]
    longest, where = max((max(columns(text)), name) for name, text in texts.items())
    readme = texts.get("README.md", "")
    rooms = Counter(os.path.dirname(name) for name in texts if name.startswith("src/Thpc.NodeAgent/") and name.endswith(".cs"))
    counts = count_words(texts)
    sections = {
        "lines": {
            "longest": f"{longest} ({os.path.basename(where)})",
            f"over {MAX_COLUMNS} columns": f"{sum(length > MAX_COLUMNS for length in lines)} of {len(lines)}",
            f"over {LONG} columns": f"{100 * sum(length > LONG for length in lines) / len(lines):.1f} %",
            "README.md": f"{len(readme.splitlines())} lines, {len(readme.encode()) / 1024:.1f} KiB",
        },
        "files in a room of src/Thpc.NodeAgent": {
            room.removeprefix("src/Thpc.NodeAgent").lstrip("/") or "(root)": str(files) for room, files in sorted(rooms.items())
        },
    }
    for kind, title in (("type ", "invented names of types"), ("name ", "invented parts of names"), ("text ", "forms in texts")):
        words = {word.removeprefix(kind): count for word, count in sorted(counts.items()) if word.startswith(kind) and count}
        sections[title] = {"in all": str(sum(words.values()))} | {word: str(count) for word, count in words.items()}
    return sections


def print_table(names: list[str], states: list[dict[str, dict[str, str]]]) -> None:
    rows = [["", *names]]
    for title in states[0]:
        rows.append([title])
        # A row that only one of the states has is 0 in the other.
        for label in dict.fromkeys(label for state in states for label in state[title]):
            rows.append([f"  {label}", *(state[title].get(label, "0") for state in states)])
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def print_long_lines() -> int:
    found = 0
    for name, text in read_state(None).items():
        for number, length in enumerate(columns(text), 1):
            if length > MAX_COLUMNS:
                print(f"{name}:{number}: {length}")
                found += 1
    return 1 if found else 0


def print_forms() -> int:
    found = 0
    for name, text in read_state(None).items():
        lines = text.split("\n")
        for number, form in find_forms(name, text):
            print(f"{name}:{number}: {form}: {lines[number - 1].strip()}")
            found += 1
    return 1 if found else 0


def main(arguments: list[str]) -> int:
    os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if arguments == ["--long-lines"]:
        return print_long_lines()
    if arguments == ["--forms"]:
        return print_forms()
    if len(arguments) > 2 or any(argument.startswith("-") for argument in arguments):
        print(__doc__, file=sys.stderr)
        return 2
    commits: list[str | None] = [*arguments] or [None]
    print_table([commit or "working tree" for commit in commits], [measure(read_state(commit)) for commit in commits])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
