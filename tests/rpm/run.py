#!/usr/bin/env python3
"""The packages stage with the real dnf, zypper, rpm, apt and dpkg, and toy packages.

    tests/rpm/run.py [--parallel N] [--filter TEXT] [--list]

Each scenario has a node of its own (node.py). One line shows each result and its time; the last line is `N passed, N failed`.
Needs root, ./publish.sh and scripts/setup.sh rpm. Nothing is installed on this machine.

THPC_AGENT       the executable (artifacts/linux-x64/thpc-node-agent)
THPC_RPM_CACHE   directory of the root file system (/var/cache/thpc-node-agent-rpm)
"""

from __future__ import annotations

import argparse
import concurrent.futures
import importlib
import os
import pathlib
import signal
import subprocess
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.modules["run"] = sys.modules["__main__"]

import node  # noqa: E402

MODULES = ["apt", "interrupted", "locks", "installs", "repositories", "scriptlets", "database"]  # the slowest first
RPM = ("rocky8", "leap15")


class Failed(Exception):
    """An expectation of a scenario is not fulfilled."""


def expect(condition, message, result=""):
    if not condition:
        raise Failed(f"{message}\n{result}".rstrip())


def scenario(*kinds, **options):
    """Marks a function as a scenario, which runs once for each of these kinds of node."""
    def mark(function):
        function.kinds, function.options = kinds, options
        return function
    return mark


def scenarios():
    """(name, function, kind) of each scenario, in their order."""
    found = []
    for name in MODULES:
        module = importlib.import_module(f"scenarios.{name}")
        functions = [function for function in vars(module).values() if getattr(function, "__module__", "") == module.__name__]
        found += [(f"{name}: {function.__name__.replace('_', ' ')}, {kind}", function, kind)
                  for function in functions for kind in getattr(function, "kinds", ())]
    return found


def run_one(base, agent, function, kind):
    """Runs a scenario; returns its problem, None if it passed, and its time in seconds."""
    start = time.monotonic()
    try:
        with node.Node(base, agent, kind, **function.options) as machine:
            try:
                function(machine)
            except Failed as failure:
                log = machine.read("/var/log/thpc-node-agent/packages.log")
                raise Failed(f"{failure}\npackages.log:\n{log[-4000:]}") from None
        problem = None
    except Failed as failure:
        problem = str(failure)
    except Exception:  # an exception of a broken scenario is its result
        problem = traceback.format_exc()
    return problem, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description="The packages stage with real package managers.")
    parser.add_argument("--parallel", type=int, default=4, metavar="N", help="scenarios at a time (4); most of each is waiting")
    parser.add_argument("--filter", default="", metavar="TEXT", help="only scenarios whose name has this text")
    parser.add_argument("--list", action="store_true", help="print only the names of the scenarios")
    arguments = parser.parse_args()
    chosen = [entry for entry in scenarios() if arguments.filter in entry[0]]
    if arguments.list:
        print("\n".join(name for name, *_ in chosen))
        return 0
    # Exit normally, so that every node's files are removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    base = subprocess.run([HERE / "build-root.sh"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    agent = os.environ.get("THPC_AGENT", str(HERE.parents[1] / "artifacts/linux-x64/thpc-node-agent"))
    started, failed = time.monotonic(), 0
    with concurrent.futures.ThreadPoolExecutor(arguments.parallel) as pool:
        running = {pool.submit(run_one, base, agent, function, kind): name for name, function, kind in chosen}
        for done in concurrent.futures.as_completed(running):
            problem, seconds = done.result()
            failed += problem is not None
            print(f"{'ok' if problem is None else 'not ok'} - {running[done]} ({seconds:.1f} s)", flush=True)
            if problem is not None:
                print("".join(f"#   {line}\n" for line in problem.splitlines()), end="", flush=True)
    print(f"took {time.monotonic() - started:.0f} s")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return int(failed > 0 or not chosen)


if __name__ == "__main__":
    sys.exit(main())
