"""One case: the run under its weather, the checks after it, the next run in fine weather, and the checks of the end."""

from __future__ import annotations

import json
import os

import machine
import moment
import node as nodes
import tree

MARGIN = 40  # seconds, for a busy machine
EXITS = {None: 0, "SCRIPT_TIMEOUT": 124}
READY = "/run/thpc-node-agent/ready"
TAG = "x-thpc.cluster="


def fine(case, number, work, template):
    """The node after a run in fine weather."""
    node = nodes.Node(case, number, work, template)
    done, seconds = node.agent("bootstrap")
    problems = [] if done.returncode == 0 else [done.stdout + done.stderr]
    return {"problems": problems, "seconds": seconds, **node.look()}


def run(case, number, work, template, reference):
    node = nodes.Node(case, number, work, template)
    node.worsen()
    done, seconds = node.agent("bootstrap")
    report = moment.report() or {}
    found = first_error(report)
    problems = [] if node.was_harmed else ["the weather did not come"]
    problems += ending(case, done, seconds, report, found) + consistency(case, node, done, report)

    node.calm()
    again, _ = node.agent("bootstrap")
    if again.returncode != 0:
        problems += [f"in fine weather: exit code {again.returncode}", *again.stdout.splitlines(), *again.stderr.splitlines()]
    problems += [f"in fine weather: {problem}" for problem in consistency(case, node, again, moment.report())]
    now = json.loads(json.dumps(node.look()))
    problems += tree.differences(now["tree"], reference["tree"])
    problems += [f"mounted: {now['mounts']}"] if now["mounts"] != reference["mounts"] else []
    ran = (moment.read("/var/ran") or b"").count(b"ran")
    problems += [f"the script ran {ran} times"] if ran != case.has_script else []
    return {"problems": problems, "code": found.get("code"), "exit": done.returncode, "seconds": seconds,
            "output": [*done.stdout.splitlines(), *done.stderr.splitlines()]}


def first_error(report):
    steps = [step for stage in report.get("stages", []) for step in stage.get("steps", [])]
    return next((part["error"] for part in [*steps, *report.get("stages", []), report] if part.get("error")), {})


def ending(case, done, seconds, report, found):
    """Code, exit code and time are the case's, and the first lines name code and remedy."""
    problems = []
    expected = EXITS.get(case.code, 1)
    if done.returncode != expected:
        problems.append(f"exit code {done.returncode} in place of {expected}")
    if found.get("code") != case.code:
        problems.append(f"{found.get('code')} in place of {case.code}: {found.get('message')}")
    if seconds > case.within + MARGIN:
        problems.append(f"it took {seconds:.1f} s, more than {case.within} s and a margin of {MARGIN} s")
    first = (done.stdout.splitlines() or [""])[0]
    if found.get("code") and (found["code"] not in first or not found.get("message") or not found.get("hint")):
        problems.append(f"the first line lacks the code, or the error its cause or hint: {first}")
    if case.code is None and report.get("instance_id") != "ins-weather":
        problems.append(f"the report's instance is {report.get('instance_id')}")
    if case.host_names and report.get("host_name") != case.host_names[-1]:
        problems.append(f"the report's host name is {report.get('host_name')}")
    return problems


def consistency(case, node, done, report):
    """The report is complete, and fstab, mounts, ready file and health check agree with it. Nothing temporary and no process is left."""
    succeeded, problems = done.returncode == 0, []
    if not report or report.get("outcome") != ("succeeded" if succeeded else "failed") or not report.get("finished_at"):
        problems.append(f"the report of a run that exits {done.returncode} has the outcome {(report or {}).get('outcome')}")
    lines = [line.split() for line in (moment.read("/etc/fstab") or b"").decode().splitlines() if TAG in line]
    mounted = [[place, source] for place, _, source in machine.mounted(nodes.MOUNTED_FROM)]
    if sorted([place, source] for source, place, *_ in lines) != sorted(mounted):
        problems.append(f"fstab has {lines}, mounted are {mounted}")
    if os.path.exists(READY) != succeeded:
        problems.append(f"the ready file is {'absent' if succeeded else 'there'} after exit code {done.returncode}")
    health, _ = node.agent("health")
    if health.returncode != (0 if succeeded else 5):
        problems.append(f"health exits {health.returncode}: {health.stdout}{health.stderr}")
    problems += [f"left behind: {path}" for path in tree.look() if tree.TEMPORARY.search(path)]
    return problems + [f"still running: {line}" for line in machine.others()]
