"""All mutants in one build: a member that has mutants becomes one copy for each, and a switch that calls the copy of the mutant in use.

The agent is then compiled once, natively too. The mutant in use is the number in the variable THPC_MUTANT, which the test programs
get, or else in the name of the executable's folder, `mutant-7`: system tests start the agent with an empty environment. It relies on
the layout that `dotnet format` enforces: a member begins at the indentation of its type's members and ends there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

import build

SWITCH = "Thpc.NodeAgent.MutantInUse.Number"
SWITCH_FILE = f"{build.AGENT}/MutantInUse.cs"
SWITCH_TEXT = """\
namespace Thpc.NodeAgent;

internal static class MutantInUse
{
    public static readonly int Number = Read(Environment.GetEnvironmentVariable("THPC_MUTANT")
        ?? Path.GetFileName(Path.GetDirectoryName(Environment.ProcessPath))?.Replace("mutant-", ""));

    private static int Read(string? text) => int.TryParse(text, out var number) ? number : 0;
}
"""
KEPT_MODIFIERS = ("static", "async", "unsafe", "readonly")
MODIFIERS = ("public", "private", "internal", "protected", "override", "virtual", "sealed", *KEPT_MODIFIERS)


@dataclass(frozen=True)
class Member:
    """A method or property: its text is indent + modifiers + type + name + parameters + body."""
    indent: str
    modifiers: list[str]
    type: str
    name: str
    parameters: str | None  # with parentheses; None for a property
    body: str  # from `=>` or the brace on

    def copy(self, number):
        """The member under another name, which only the switch calls."""
        modifiers = " ".join(["private", *(word for word in self.modifiers if word in KEPT_MODIFIERS)])
        parameters = (self.parameters or "").replace("(this ", "(", 1)
        return f"{self.indent}{modifiers} {self.type} {self.name}__{number}{parameters}{self.body}"

    def switch(self, numbers):
        """The member under its own name, which calls the copy of the mutant in use."""
        modifiers = " ".join(word for word in self.modifiers if word != "async")
        head = f"{self.indent}{modifiers} {self.type} {self.name}{self.parameters or ''}"
        arguments = "" if self.parameters is None else f"({', '.join(argument(one) for one in split(self.parameters[1:-1]))})"
        if self.type == "void":
            cases = "".join(f"case {number}: {self.name}__{number}{arguments}; break; " for number in numbers)
            return f"{head} {{ switch ({SWITCH}) {{ {cases}default: {self.name}__0{arguments}; break; }} }}\n"
        arms = "".join(f"{number} => {self.name}__{number}{arguments}, " for number in numbers)
        return f"{head} => {SWITCH} switch {{ {arms}_ => {self.name}__0{arguments} }};\n"


def split(parameters):
    """The parameters of a list, which may have commas inside brackets."""
    parts, depth = [""], 0
    for letter in parameters:
        depth += (letter in "([<{") - (letter in ")]>}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def argument(parameter):
    words = re.sub(r"\s=\s.*", "", parameter, flags=re.DOTALL).split()
    return f"{words[0]} {words[-1]}" if words[0] in ("out", "ref", "in") else words[-1]


def bounds(text, start):
    """Where the member around an index begins and ends, without the comments and attributes before it."""
    lines = text.splitlines(keepends=True)
    at, line = 0, 0
    while at + len(lines[line]) <= start:
        at += len(lines[line])
        line += 1
    indent = " " * 4
    first = find_head(lines, line, indent)
    if re.search(r"\b(class|record|struct)\b", lines[first]):
        indent = " " * 8
        first = find_head(lines, line, indent)
    begin, last = sum(map(len, lines[:first])), first
    is_block = not text.startswith("=>", find_body(text, begin, indent))
    while not (lines[last].rstrip("\n") == indent + "}" if is_block else lines[last].endswith(";\n") and is_end(lines, last + 1, indent)):
        last += 1
    return begin, begin + sum(map(len, lines[first:last + 1])), indent


def find_head(lines, line, indent):
    while not (lines[line].startswith(indent) and lines[line][len(indent)] not in " {}[/\n"):
        line -= 1
    return line


def is_end(lines, line, indent):
    return not lines[line].strip() or lines[line].rstrip("\n") == indent[4:] + "}"


def find_body(text, at, indent):
    depth = 0
    while not (depth == 0 and (text.startswith("=>", at) or text.startswith(f"\n{indent}{{", at))):
        depth += (text[at] in "([") - (text[at] in ")]")
        at += 1
    return at


def parse(text, indent):
    """A member of the source."""
    at = find_body(text, 0, indent)
    head, body = text[:at].strip(), " " + text[at:].lstrip(" ") if text.startswith("=>", at) else text[at:]
    parameters = None
    if head.endswith(")"):
        depth, begin = 0, len(head)
        while depth > 0 or begin == len(head):
            begin -= 1
            depth += (head[begin] == ")") - (head[begin] == "(")
        head, parameters = head[:begin], head[begin:]
    words = head.split()
    modifiers = []
    while words[0] in MODIFIERS:
        modifiers.append(words.pop(0))
    if len(words) < 2:
        raise ValueError(f"not a method or property: {head}")
    return Member(indent, modifiers, " ".join(words[:-1]), words[-1], parameters, body)


def combine_file(text, mutants):
    """The text of a file with all its mutants: (number, mutant) each."""
    members = defaultdict(list)
    for number, mutant in mutants:
        at = mutant.find(text)
        begin, end, indent = bounds(text, at + len(mutant.old) - len(mutant.old.lstrip()))
        if at + len(mutant.old) > end:
            raise ValueError(f"{mutant.name}: its text is not inside one member")
        mutated = text[begin:at] + mutant.new + text[at + len(mutant.old):end]
        members[begin, end, indent].append((number, parse(mutated, indent)))
    for (begin, end, indent), copies in sorted(members.items(), reverse=True):
        member = parse(text[begin:end], indent)
        parts = [member.switch([number for number, _ in copies]), member.copy(0), *(copy.copy(number) for number, copy in copies)]
        text = text[:begin] + "\n".join(parts) + text[end:]
    return text


def combine(mutants):
    """The files with all their mutants, whose numbers are their places in the list: the control, which changes nothing, is 0."""
    files = defaultdict(list)
    for number, mutant in enumerate(mutants):
        if mutant.file:
            files[mutant.path].append((number, mutant))
    texts = {path: combine_file(build.read(f"{build.REPOSITORY}/{path}"), inside) for path, inside in files.items()}
    return {SWITCH_FILE: SWITCH_TEXT, **texts}
