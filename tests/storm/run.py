#!/usr/bin/env python3
"""Hundreds of agents at once against a COS that serves a limited number of requests a second and refuses the others.

    tests/storm/run.py [--agents N --allow N]

Each agent is a complete bootstrap on its own root with one script from the stand-in for COS, which answers 503 SlowDown and 429
above its limit: 500 agents and 100 requests a second; then 250 agents and ten, since a few processors cannot start 500 agents
within two seconds. (StormTests simulates that.) Checks: every bootstrap succeeds and runs its script once, and the requests per
agent. Prints how evenly the requests came. The last line is `N passed, N failed`. Needs root and ./publish.sh.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AGENT = os.environ.get("THPC_AGENT", f"{REPOSITORY}/artifacts/linux-x64/thpc-node-agent")
LIMIT = 300
SCRIPT = "#!/bin/sh\necho ran >>{root}/ran\n"
CONFIG = """\
[cluster]
id = "hpc-8hje8h12"
node_role = "COMPUTE"

[metadata]
endpoint = ""

[cos]
credentials = "file"
endpoint = "{url}"

[[init_script]]
script_path = "cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/node-{number}.sh"
timeout = 300
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)


def make_node(work, number, url):
    root = f"{work}/node-{number}"
    write(f"{work}/bucket/node-{number}.sh", SCRIPT.format(root=root))
    write(f"{root}/root/thpc_preinstalled.json", "{}\n")
    write(f"{root}/etc/fstab", "proc /proc proc defaults 0 0\n")
    write(f"{root}/etc/thpc/node-agent.toml", CONFIG.format(url=url, number=number))
    write(f"{root}/etc/thpc/cos-credentials.toml", 'secret_id = "storm-id"\nsecret_key = "storm-key"\n')
    return root


def start_cos(work, allow):
    os.makedirs(f"{work}/bucket")
    standin = subprocess.Popen(
        [f"{REPOSITORY}/tests/cos-standin/cos_standin.py", "--root", f"{work}/bucket", "--secret-id", "storm-id", "--secret-key",
         "storm-key",
         "--allow", str(allow), "--log", f"{work}/requests", "--end-with-stdin"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    url = re.search(r"http://\S+", standin.stdout.readline()).group()
    return url, lambda: (standin.stdin.close(), standin.wait(10))


def bootstrap_all(roots):
    """Exit statuses, one for each root."""
    # Each with processes of its own, as on a node: an agent looks through all that there are for what its script leaves.
    alone = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    running = [subprocess.Popen([*alone, AGENT, "bootstrap", "--root", root], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL) for root in roots]
    end = time.monotonic() + LIMIT
    statuses = []
    for agent in running:
        try:
            statuses.append(agent.wait(max(0, end - time.monotonic())))
        except subprocess.TimeoutExpired:
            agent.kill()
            statuses.append("still running")
    return statuses


def succeeded(root):
    with open(f"{root}/var/lib/thpc-node-agent/report.json", encoding="utf-8") as file:
        outcome = json.load(file)["outcome"]
    with open(f"{root}/ran", encoding="utf-8") as file:
        return outcome == "succeeded" and file.read() == "ran\n"


def storm(agents, allow):
    """Pairs of a sentence and whether it is as it should be."""
    with tempfile.TemporaryDirectory(prefix="thpc-storm-", dir="/dev/shm") as work:
        url, stop = start_cos(work, allow)
        roots = [make_node(work, number, url) for number in range(agents)]
        started = time.monotonic()
        statuses = bootstrap_all(roots)
        took = time.monotonic() - started
        stop()
        with open(f"{work}/requests", encoding="utf-8") as file:
            requests = [json.loads(line) for line in file]
        good = sum(status == 0 and succeeded(root) for status, root in zip(statuses, roots))

    first = requests[0]["time"]
    seconds = Counter(int(request["time"] - first) for request in requests)
    later = [seconds[second] for second in range(1, max(seconds) + 1)]
    # The last few, who were refused again and again, are no wave: the mean is that of the time in which most came.
    most = [seconds[second] for second in range(1, max(2, int(requests[int(len(requests) * 0.95)]["time"] - first) + 1))]
    peak, each = max(most) / (sum(most) / len(most)), len(requests) / agents
    answers = Counter(request["status"] for request in requests)
    print(f"== {agents} agents at once, {allow} requests a second allowed: done in {took:.1f} s", flush=True)
    print("   requests by second: " + " ".join(f"{count}" for count in [seconds[0], *later]))
    print("   answers: " + ", ".join(f"{status} {count}" for status, count in sorted(answers.items())), flush=True)
    yield f"{good} of {agents} bootstrapped, each script ran once; exit statuses {dict(Counter(statuses))}", good == agents
    yield f"requests per agent: {each:.2f}, at most 3", each <= 3
    print(f"   peak to mean after the first second: {peak:.2f}")
    if allow == 10:
        yield f"some were refused: {answers[429] + answers[503]}", answers[429] + answers[503] > 0


def main():
    parser = argparse.ArgumentParser(description="Hundreds of agents at once against a COS that refuses most of them.")
    parser.add_argument("--agents", type=int, metavar="N")
    parser.add_argument("--allow", type=int, default=100, metavar="N", help="requests a second")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    passed, failed = 0, 0
    for agents, allow in [(arguments.agents, arguments.allow)] if arguments.agents else [(500, 100), (250, 10)]:
        for text, well in storm(agents, allow):
            passed, failed = passed + well, failed + (not well)
            print(f"{'ok' if well else 'not ok'} - {text}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
