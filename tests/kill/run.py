#!/usr/bin/env python3
"""Kills the agent at moments spread over whole runs, and looks at what is left each time.

    tests/kill/run.py [--moments N] [--seed S] [--workers N] [--signal NAME] [--quiet] [SCENARIO...]

Each scenario is first measured without a kill. Half of the N moments (default 300) are numbers of a system call, spread evenly
over the calls of that run; the other half are times, spread evenly over its length. At each moment only the agent gets SIGKILL;
its children are left as the kernel leaves them. With --signal TERM (or INT) it is asked to end, and no temporary file may be left
either. Then follow the checks, the same command at once without a kill, and the checks of its result against the run without a
kill. One line shows each moment and its problems; the last line is `N passed, N failed`, counting moments. The same seed gives the
same moments.

Needs root, ./publish.sh and scripts/setup.sh test.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter

import machine
import moment
import scenarios

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AGENT = os.environ.get("THPC_AGENT", f"{REPOSITORY}/artifacts/linux-x64/thpc-node-agent")
HEADER = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"  # elsewhere calls have numbers, not names
CALIBRATIONS = 4


def start_cos(work):
    os.makedirs(f"{work}/bucket")
    scenarios.write(f"{work}/bucket/one.sh", scenarios.SCRIPT.format(name="one", seconds=0.1))
    standin = subprocess.Popen(
        [f"{REPOSITORY}/tests/cos-standin/cos_standin.py", "--root", f"{work}/bucket", "--secret-id", "kill-test-id", "--secret-key",
         "kill-test-key", "--end-with-stdin"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return re.search(r"http://\S+", standin.stdout.readline()).group()


def names_of_calls():
    if not os.path.exists(HEADER):
        return {}
    with open(HEADER, encoding="ascii") as file:
        return {int(number): name for name, number in re.findall(r"#define __NR_(\w+) (\d+)", file.read())}


def moments(count, seed, calls, length):
    """As many as asked for, one in each of as many equal parts of the run, in turns by system call and by time."""
    chance = random.Random(seed)
    for i in range(count):
        at = (i + chance.random()) / count
        yield ("call", 1 + int(at * calls)) if i % 2 == 0 else ("time", at * length)


def test(scenario, work, arguments):
    template = f"{work}/{scenario.on}"
    plain = [("plain", lambda way=way: moment.measure(work, template, scenario, way)) for way in ["call", "time"] * (CALIBRATIONS // 2)]
    measured = [result for _, result in machine.run_all(plain, arguments.workers)]
    for problem in [problem for result in measured for problem in result["problems"]]:
        sys.exit(f"{scenario.name}: a run that is not killed: {problem}")
    reference = measured[0]
    calls = int(statistics.median(result["calls"] for result in measured if result["calls"]))
    length = statistics.median(result["seconds"] for result in measured if not result["calls"])
    print(f"== {scenario.name}: {arguments.moments} moments over {calls} system calls and {length * 1000:.0f} ms, "
          f"seed {arguments.seed}", flush=True)

    names, states, passed = names_of_calls(), Counter(), 0
    blow = signal.Signals[f"SIG{arguments.signal}"]
    jobs = [((number, strike), lambda strike=strike: moment.run(work, template, scenario, reference, strike, blow))
            for number, strike in enumerate(moments(arguments.moments, arguments.seed, calls, length), 1)]
    for (number, (way, at)), result in machine.run_all(jobs, arguments.workers):
        where = f"call {at}/{calls}" if way == "call" else f"{at * 1000:.1f}/{length * 1000:.0f} ms"
        doing = ""
        if result.get("call", -1) >= 0:
            doing = f"before {names.get(result.get('call'), result.get('call'))} {result.get('path', '')}".strip()
        good = not result["problems"]
        passed += good
        states[result.get("state", "?")] += 1
        if not (arguments.quiet and good):
            found = "; ".join(filter(None, [doing, result.get("log"), result.get("state")]))
            print(f"{'ok' if good else 'not ok'} - {scenario.name} {number}, {where}: {found}", flush=True)
        for problem in result["problems"]:
            print(f"#   {problem}", flush=True)
    print(f"   {passed} of {arguments.moments} well; killed while: "
          + ", ".join(f"{state} {count}" for state, count in states.most_common()), flush=True)
    return passed


def main():
    parser = argparse.ArgumentParser(description="Kills the agent at moments spread over whole runs.")
    parser.add_argument("--moments", type=int, default=300, metavar="N", help="of each scenario (300)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="(1)")
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1), metavar="N",
                        help="moments at a time; most of a moment is waiting (twice the processors)")
    parser.add_argument("--signal", default="KILL", choices=["KILL", "TERM", "INT"], help="(KILL)")
    parser.add_argument("--quiet", action="store_true", help="lines for the moments that went wrong alone")
    parser.add_argument("scenario", nargs="*", help="the beginning of a name: " + ", ".join(s.name for s in scenarios.ALL))
    arguments = parser.parse_args()
    if not os.environ.get("THPC_KILL_NETWORK"):
        # A network namespace of its own, so that no other addresses and ports are in the way.
        os.execvpe("unshare", ["unshare", "--net", sys.executable, *sys.argv], {**os.environ, "THPC_KILL_NETWORK": "own"})
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

    with tempfile.TemporaryDirectory(prefix="thpc-kill-") as work:
        os.mkdir(f"{work}/root")
        scenarios.make_kit(work, REPOSITORY, AGENT)
        scenarios.make_fresh(work, REPOSITORY, start_cos(work))
        for address, port in [("127.0.98.3", 2049), ("127.0.98.4", 2049), ("127.0.98.7", 9200)]:
            machine.listen(address, port)
        for _, result in machine.run_all([("", lambda: moment.grow(work, f"{work}/fresh", ["bootstrap"], f"{work}/bootstrapped"))], 1):
            if result["problems"]:
                sys.exit(f"the first bootstrap: {result['problems']}")

        start, passed, failed = time.monotonic(), 0, 0
        for scenario in scenarios.ALL:
            if not arguments.scenario or any(scenario.name.startswith(wanted) for wanted in arguments.scenario):
                good = test(scenario, work, arguments)
                passed, failed = passed + good, failed + arguments.moments - good
        print(f"took {time.monotonic() - start:.0f} s")
        print(f"{passed} passed, {failed} failed")
        return failed > 0


if __name__ == "__main__":
    sys.exit(main())
