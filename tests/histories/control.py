"""Builds the agent with the faults of mutants.toml and uses one at a time; the histories must find each."""

from __future__ import annotations

import sys
import tempfile
import time
import tomllib

import node

sys.path.insert(0, f"{node.REPOSITORY}/tests/mutation")

import build  # this and the next are the mutation test's
import combine


def load():
    with open(f"{node.HERE}/mutants.toml", "rb") as file:
        mutants = [build.make(entry, {}) for entry in tomllib.load(file)["mutant"]]
    if problems := [f"{mutant.name}: {problem}" for mutant in mutants if (problem := mutant.problem())]:
        sys.exit("\n".join(problems))
    return mutants


def run(names, search, work):
    """Searches a counterexample for each mutant; search(executable, is_mutant) returns the total of the workers."""
    passed, failed, mutants = 0, 0, load()
    with tempfile.TemporaryDirectory(prefix="thpc-histories-") as folder:
        private = build.PrivateCopy(work or folder)
        private.update(combine.combine(mutants))
        private.dotnet("publish", build.AGENT, "-r", "linux-x64", "-o", f"{private.folder}/native")
        for number, mutant in enumerate(mutants):
            if names and not any(name in mutant.name for name in names):
                continue
            start = time.monotonic()
            node.ENVIRONMENT["THPC_MUTANT"] = str(number)
            total = search(f"{private.folder}/native/thpc-node-agent", bool(mutant.file))
            good = bool(total["failures"]) == bool(mutant.file)
            passed, failed = passed + good, failed + (not good)
            print(f"{'ok' if good else 'not ok'} - {mutant.name}: {total['count']} histories, {total['steps']} steps, "
                  f"{time.monotonic() - start:.0f} s", flush=True)
            for failure in sorted(total["failures"], key=lambda one: len(one["history"]))[:1]:
                print(f"#   {'; '.join(failure['history']) or 'bootstrap alone'}\n#   {failure['problems'][0][:300]}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return failed > 0
