#!/usr/bin/env python3
"""Runs histories, sequences of operations, on a real node and in a model of what users are promised, and compares after each step.

    tests/histories/run.py --all N [--after HISTORY]  all sequences of N operations; --part K/M, --group NAME
    tests/histories/run.py --random SECONDS           random ones; --length N, --seed S, --group NAME
    tests/histories/run.py --short                    part of scripts/test.sh: known counterexamples, all pairs, random ones
    tests/histories/run.py --replay 'add A; reboot'   one history
    tests/histories/run.py --control [NAME...]        the agent with each fault of mutants.toml, which must be found
    tests/histories/run.py --list                     the operations

After each history the node bootstraps once more. `kill COMMAND N` kills the agent before the N-th of its system calls that others can
see (tests/kill/strike.c), or after N milliseconds (`90ms`); without N the seed decides. `leave COMMAND N` kills it while the N-th
program that it started still runs. A failing history is shortened for as long as it still fails, and printed so that
--replay takes it. Known ones are in tests/histories/known.txt. The last line is `N passed, N failed`, counting histories.

Needs root, ./publish.sh and scripts/setup.sh test.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
import time

import control
import history
import node
import operations
import template

import machine  # node has put its folder into the path

AGENT = os.environ.get("THPC_AGENT", f"{node.REPOSITORY}/artifacts/linux-x64/thpc-node-agent")
NEW_NETWORK = 0x40000000
KNOWN = f"{node.HERE}/known.txt"
ENOUGH = 3  # failures of a worker
FEW = 40  # random histories of the short form
SEARCH = 300  # seconds for a fault of the control


def known():
    with open(KNOWN, encoding="utf-8") as file:
        return [history.parse(line) for line in file if line.strip() and not line.startswith("#")]


def every(count, first, seed, group="main", last=()):
    """All sequences of that many operations that do not equal another one."""
    for sequence in itertools.product(operations.DRIFT if last else operations.GROUPS[group][0], repeat=count):
        if not history.redundant([*first, *sequence]):
            yield [*first, *operations.with_moments(sequence, history.chance_of(sequence, seed)), *last]


def endless(length, seed, worker, groups):
    """Random histories, of one group after the other."""
    chance = history.chance_of(worker, seed)
    for group in itertools.cycle(groups):
        yield history.random_history(length, chance, group)


def work_off(folder, histories, end, enough=ENOUGH):
    """A worker: runs histories until there are no more, the time is over, or enough of all workers' have failed."""
    machine.call("unshare", NEW_NETWORK)
    machine.mount(None, "/", flags=machine.RECURSIVE | machine.PRIVATE)
    node.start_servers()
    count, steps, failures = 0, 0, []
    for one in histories:
        if time.monotonic() > end or len(failures) >= enough or (enough == 1 and os.path.exists(f"{folder}/../found")):
            break
        problems, more = history.run(folder, one)
        count, steps = count + 1, steps + more
        if problems:
            node.write(f"{folder}/../found", "")
            shortest = history.shrink(folder, one)
            failures.append({"history": shortest, "problems": history.run(folder, shortest)[0] or problems})
            if enough > 1:
                show(failures[-1])
    return {"count": count, "steps": steps, "failures": failures}


def run_all(folder, jobs):
    """Runs a worker for each job; returns the sum of their results."""
    pipes = [machine.start(lambda job=job, number=number: work_off(f"{folder}/{number}", *job)) for number, job in enumerate(jobs)]
    total = {"count": 0, "steps": 0, "failures": []}
    for pipe in pipes:
        with os.fdopen(pipe, encoding="utf-8") as file:
            result = json.load(file)
        if "problems" in result:
            sys.exit("\n".join(result["problems"]))
        total = {name: total[name] + result[name] for name in total}
    return total


def share(histories, workers, end, *more):
    """The histories in as many parts, each of every n-th."""
    histories = list(histories)
    return [(histories[number::workers], end, *more) for number in range(workers)]


def prepare(folder, agent, workers):
    for number in range(workers):
        os.mkdir(f"{folder}/{number}")
        template.make_template(f"{folder}/{number}", node.REPOSITORY)
        if number:
            os.symlink("../0/kit", f"{folder}/{number}/kit")
        else:
            template.make_kit(f"{folder}/0", node.REPOSITORY, agent)


def short(arguments):
    """Known histories, all pairs, what others do between a bootstrap and a repair, and some random ones."""
    few = itertools.islice(endless(arguments.length, arguments.seed, 0, operations.GROUPS), FEW)
    return [*known(), *every(2, [], arguments.seed), *every(2, ["bootstrap"], arguments.seed, last=["repair"]), *few]


def jobs(arguments):
    """What the workers run."""
    workers, end = arguments.workers, time.monotonic() + (arguments.random or 10 ** 6)
    if arguments.replay is not None:
        one = history.parse(arguments.replay)
        return share([operations.with_moments(one, history.chance_of(one, arguments.seed))], 1, end)
    if arguments.all:
        part, parts = map(int, arguments.part.split("/"))
        histories = every(arguments.all, history.parse(arguments.after), arguments.seed, arguments.group or "main")
        histories = itertools.islice(histories, part - 1, None, parts)
        return share(histories, workers, end)
    if arguments.short:
        return share(short(arguments), workers, end)
    groups = [arguments.group] if arguments.group else list(operations.GROUPS)
    return [(endless(arguments.length, arguments.seed, number, groups), end) for number in range(workers)]


def search(arguments, agent, changed):
    """Runs known histories and the short form's others in another order, until one fails; the unchanged agent gets some of them."""
    first, others = known(), short(arguments)
    history.chance_of("order", arguments.seed).shuffle(others)
    histories = [*first, *others]
    with tempfile.TemporaryDirectory(prefix="thpc-histories-") as folder:
        prepare(folder, agent, arguments.workers)
        return run_all(folder, share(histories if changed else histories[:50], arguments.workers, time.monotonic() + SEARCH, 1))


def show(failure):
    lines = [f"not ok - {'; '.join(failure['history'])}", *(f"#   {problem}" for problem in failure["problems"])]
    print("\n".join(lines), flush=True)


def main():
    parser = argparse.ArgumentParser(description="Compares the agent with a model over sequences of operations.")
    parser.add_argument("--all", type=int, metavar="N", help="all sequences of N operations")
    parser.add_argument("--after", default="", metavar="HISTORY", help="operations before each of them")
    parser.add_argument("--part", default="1/1", metavar="K/M", help="only the K-th of M parts of --all")
    parser.add_argument("--group", choices=operations.GROUPS, help="of operations (--all: main; --random: each in turn)")
    parser.add_argument("--random", type=float, metavar="SECONDS", help="random sequences")
    parser.add_argument("--length", type=int, default=12, metavar="N", help="of a random sequence (12)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="(1)")
    parser.add_argument("--short", action="store_true", help="known ones, all pairs, some random ones")
    parser.add_argument("--replay", metavar="HISTORY", help="operations, separated by semicolons")
    parser.add_argument("--control", nargs="*", metavar="NAME", help="builds the agent with each fault, or those of these names")
    parser.add_argument("--work", metavar="FOLDER", help="keeps what --control builds, for the next time")
    parser.add_argument("--list", action="store_true", help="print the operations")
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1), metavar="N", help="(twice the processors)")
    arguments = parser.parse_args()
    if arguments.list:
        for group, (often, rarely) in operations.GROUPS.items():
            print(f"# {group}", *often, *rarely, sep="\n")
        return 0
    if arguments.control is not None:
        return control.run(arguments.control, lambda agent, changed: search(arguments, agent, changed), arguments.work)
    if not (arguments.all or arguments.random or arguments.short or arguments.replay is not None):
        parser.error("one of --all, --random, --short, --replay, --control, --list")

    with tempfile.TemporaryDirectory(prefix="thpc-histories-") as folder:
        prepare(folder, AGENT, arguments.workers)
        start = time.monotonic()
        total = run_all(folder, jobs(arguments))
    seconds = time.monotonic() - start
    print(f"{total['count']} histories, {total['steps']} steps, {seconds:.0f} s, {total['count'] / seconds:.1f} histories/s")
    print(f"{total['count'] - len(total['failures'])} passed, {len(total['failures'])} failed")
    return bool(total["failures"])


if __name__ == "__main__":
    sys.exit(main())
