#!/usr/bin/env python3
"""Boots nodes with a real systemd and a real Slurm, and checks when services and jobs run there.

    tests/node/run.py [--parallel N] [--filter TEXT] [--keep] [--list]

Each scenario has machines of its own, in namespaces (node.py). Two run at a time. One line shows each result and its time; the last
line is `N passed, N failed`. --keep leaves the machines of a failed scenario until Ctrl-C, and prints how to enter them.

Needs root, ./publish.sh and scripts/setup.sh node. The kernel must have version 2 of cgroups mounted somewhere, overlayfs and FUSE.

THPC_AGENT        the executable (artifacts/linux-x64/thpc-node-agent)
THPC_NODE_CACHE   directory of the root file system (/var/cache/thpc-node-agent-node)
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
if __name__ == "__main__":
    sys.modules["run"] = sys.modules["__main__"]

import supervise  # noqa: E402

LIMIT = 150  # seconds of one scenario
MODULES = ["gate", "health_check", "lives_through", "scripts_at_boot", "deadlocks", "reboots", "manager_gate", "nis", "packages", "goosefs",
           "images", "bundle", "storage", "boot_chain"]


class Failed(Exception):
    """An expectation of a scenario is not fulfilled."""


def expect(condition, message):
    if not condition:
        raise Failed(message)


def scenarios():
    """Name and function of each scenario, in their order."""
    found = []
    for name in MODULES:
        module = importlib.import_module(f"scenarios.{name}")
        found += [(f"{name}: {function.__name__.replace('_', ' ')}", function)
                  for function in vars(module).values() if getattr(function, "is_scenario", False)]
    return found


def scenario(function):
    function.is_scenario = True
    return function


def run_one(name, keep):
    """Runs in a process and namespaces of its own. Exit status 0 if the scenario passes."""
    function = dict(scenarios())[name]
    machines = supervise.Machines()
    with machines:
        try:
            function(machines)
            return 0
        except Failed as problem:
            print(f"#   {problem}")
        except Exception:  # an exception of a broken scenario is its result
            print("".join(f"#   {line}\n" for line in traceback.format_exc().splitlines()))
        machines.describe()
        if keep:
            machines.keep()
        return 1


def main():
    parser = argparse.ArgumentParser(description="Boots nodes with a real systemd and a real Slurm.")
    parser.add_argument("--parallel", type=int, default=2, metavar="N", help="scenarios at a time (2)")
    parser.add_argument("--filter", default="", metavar="TEXT", help="only scenarios whose name has this text")
    parser.add_argument("--keep", action="store_true", help="leave the machines of a failed scenario until Ctrl-C")
    parser.add_argument("--list", action="store_true", help="print only the names of the scenarios")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    names = [name for name, _ in scenarios() if arguments.filter in name]
    if arguments.list:
        print("\n".join(names))
        return 0
    if arguments.one:
        return run_one(arguments.one, arguments.keep)
    if not supervise.inside():
        return supervise.start([sys.executable, *sys.argv], packages=any(name.startswith("packages:") for name in names))

    started, passed, failed = time.monotonic(), 0, 0
    commands = [(name, [sys.executable, f"{HERE}/run.py", "--one", name, *(["--keep"] if arguments.keep else [])]) for name in names]
    for name, status, output, seconds in supervise.run_all(commands, arguments.parallel, None if arguments.keep else LIMIT):
        good = status == 0
        passed, failed = passed + good, failed + (not good)
        print(f"{'ok' if good else 'not ok'} - {name} ({seconds:.1f} s)", flush=True)
        if not good:
            print(output if status is not None else f"{output}#   no end within {LIMIT} s", flush=True)
    print(f"took {time.monotonic() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0 or passed == 0)


if __name__ == "__main__":
    sys.exit(main())
