#!/usr/bin/env python3
"""Counts jobs that start on a node before it is ready, over faults and boots. There must be none.

    tests/node/faults.py [--parallel N] [--filter REGEX] [--short] [--without-gate none|some|all] [--write]

Each fault has its own node, and a controller whose queue is always full. The node boots twice, or more often if the fault is a reboot.
Jobs take milliseconds. Counted are those that, by slurmctld's log, completed while there was no ready file. As a control, the same
without the gate's drop-ins must find jobs: for every row (all), for every fifth (some), or for none.
The rows are compared with those of docs/development/reliability.md; --write updates them there. The last line is `N passed, N failed`.
Needs what run.py needs.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import signal
import sys
import time
import traceback

import supervise
from cluster import (DATA, READY, REPOSITORY, UNIT, compute, configuration, controller_boot, error_code, jobs_run, manager, run_ended,
                     submit, with_cos, with_storage)

BOOTS = 2
LIMIT = 180
PAGE = REPOSITORY / "docs/development/reliability.md"
SECTION = "## Jobs started before the node is ready"
HEAD = "| fault | code | jobs before the node was ready | without the gate |"
RULE = "|---|---|---|---|"
WAITS = "#!/bin/sh\ntouch /run/waits\nsleep 1000\n"
FAULTS = []


class Fault:
    """A node with a fault. `during` runs while the node boots; `code` is the error code of the last boot."""

    def __init__(self, name, code, prepare=None, during=None, boots=BOOTS, **settings):
        self.name, self.code, self.prepare, self.during, self.boots, self.settings = name, code, prepare, during, boots, settings
        FAULTS.append(self)


def script(name, code, text, timeout=10, **more):
    Fault(name, code, script=text, config=configuration(timeout=timeout), **more)


def cos(name, code, key="test/echo.sh", prepare=None, more="", endpoint="http://127.0.0.1:9000"):
    url = f"cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/{key}"
    text = f'[cos]\ncredentials = "file"\nendpoint = "{endpoint}"\n[[init_script]]\nscript_path = "{url}"\ntimeout = 10\n{more}'

    def both(node):
        with_cos(node)
        if prepare:
            prepare(node)
    Fault(name, code, both, config=configuration(text, script=None))


def configured(name, text):
    Fault(name, "CONFIG_INVALID", config=text)


def storage(name, code, prepare, more=DATA):
    def both(node):
        with_storage(node)
        prepare(node)
    Fault(name, code, both, config=configuration(more, script=None))


script("the script fails", "SCRIPT_FAILED", "#!/bin/sh\nexit 7\n")
script("the script is killed by a signal", "SCRIPT_FAILED", "#!/bin/sh\nkill -KILL $$\n")
script("the script hangs", "SCRIPT_TIMEOUT", WAITS)
script("the script restarts slurmd and waits for it", "SCRIPT_DEADLOCK", "#!/bin/bash\nsystemctl restart slurmd\n", timeout=30)
script("the script starts slurmd without waiting, and fails", "SCRIPT_FAILED",
       "#!/bin/sh\nsystemctl start --no-block slurmd\nsleep 1\nexit 7\n")
script("the script starts every unit of the boot, and fails", "SCRIPT_FAILED",
       "#!/bin/sh\nsystemctl start --no-block multi-user.target\nsystemctl daemon-reload\nexit 7\n")
script("the script has CRLF line ends", "SCRIPT_BAD_FORMAT", "#!/bin/sh\nexit 0\r\n")
script("the script's interpreter is missing", "SCRIPT_INTERPRETER_MISSING", "#!/usr/bin/no-such-shell\n")
script("the script has no first line with #!", "SCRIPT_NO_SHEBANG", "exit 0\n")
script("the script reboots the node and never ends", "SCRIPT_REBOOT_LOOP",
       "#!/bin/bash\nshutdown -r now\nsleep 1000\n",
       timeout=60, boots=3)
script("the script reboots the node and fails", "SCRIPT_FAILED", "#!/bin/sh\nreboot\nexit 7\n")
Fault("the script is not there", "COS_NOT_FOUND", lambda node: node.path("/srv/init.sh").unlink())
Fault("its pinned hash is another", "SCRIPT_HASH_MISMATCH", config=configuration(f'sha256 = "{"0" * 64}"\n'))

cos("COS refuses connections", "COS_UNREACHABLE", endpoint="http://127.0.0.1:9")
cos("COS has no such object", "COS_NOT_FOUND", key="test/none.sh")
cos("COS answers 403", "COS_FORBIDDEN", key="_fault/403/test/echo.sh")
cos("COS answers 503 for ever", "COS_SERVER_ERROR", key="_fault/503/test/echo.sh")
cos("COS sends half of it, for ever", "COS_UNREACHABLE", key="_fault/truncated/test/echo.sh")
cos("COS sends another CRC-64, for ever", "COS_CORRUPT", key="_fault/wrong-crc/test/echo.sh")
cos("COS takes the request and never answers", "SCRIPT_TIMEOUT", key="_fault/hang/test/echo.sh")
cos("there are no credentials", "COS_CREDENTIALS", prepare=lambda node: node.path("/etc/thpc/cos-credentials.toml").unlink())
cos("everybody may read the credentials", "COS_CREDENTIALS",
    prepare=lambda node: node.path("/etc/thpc/cos-credentials.toml").chmod(0o644))
cos("the secret key is wrong", "COS_FORBIDDEN",
    prepare=lambda node: node.write("/etc/thpc/cos-credentials.toml", 'secret_id = "boot-test-id"\nsecret_key = "another"\n', 0o600))

configured("the configuration has an unknown key", configuration("no_such_key = 1\n"))
configured("the configuration is no TOML", configuration("nonsense =\n"))
configured("the configuration has an unknown role", configuration(role="WORKER"))
configured("the configuration is empty", "\n")

storage("the server refuses the mount", "MOUNT_DENIED", lambda node: node.write("/srv/nfs/data-fails", "denied"))
storage("the mount fails", "MOUNT_UNREACHABLE", lambda node: node.write("/srv/nfs/data-fails", "refused"))
storage("the mount hangs", "MOUNT_TIMEOUT", lambda node: node.write("/srv/nfs/data-fails", "hangs"))
storage("nothing listens at the server", "MOUNT_UNREACHABLE", lambda node: node.disable("storage-servers.service"))
storage("the mount helper is missing", "MOUNT_HELPER_MISSING",
        lambda node: [node.remove(f"/usr/sbin/mount.{kind}") for kind in ("nfs", "nfs4")])
storage("something else is mounted there", "MOUNT_CONFLICT",
        lambda node: (node.write("/data/.keep", ""), node.write("/etc/fstab", "other /data tmpfs defaults 0 0\n")))
storage("fstab is a directory", "FSTAB_INVALID", lambda node: (node.path("/etc/fstab").unlink(), node.path("/etc/fstab").mkdir()))
storage("the GooseFS daemon dies", "MOUNT_FAILED",
        lambda node: node.write("/srv/goosefs/integration/fuse/bin/goosefs-fuse", "#!/bin/sh\nexit 1\n", 0o755),
        more='[storage]\ngoosefs_home = "/srv/goosefs"\n[[goosefs]]\nlocal_path = "/goosefs"\nmasters = ["127.0.98.3:2049"]\n')


def started(node):
    """True once the script runs; False if the run ended without it."""
    node.wait(f"test -e /run/waits || systemctl is-failed {UNIT}", 30, every=0.05)
    return node.succeeds("test -e /run/waits")


def without_room(node):
    node.write("/var/lib/thpc-node-agent/.keep", "")
    node.write("/etc/fstab", "small /var/lib/thpc-node-agent tmpfs size=4k,mode=700 0 0\n")


def without_packages(node):
    node.remove("/root/thpc_preinstalled.json")
    node.change("dpkg --remove --force-depends ypbind-mt yp-tools && apt-get -qq update")


Fault("the disk of the agent's state is full", "NO_SPACE", without_room)
Fault("packages are missing and cannot be installed", "PACKAGES_FAILED", without_packages,
      config=configuration(cluster='account_type = "NIS"\n'))
Fault("the agent crashes at once", "", lambda node: node.write("/usr/local/bin/thpc-node-agent", "#!/bin/sh\nkill -SEGV $$\n", 0o755))
Fault("the agent's program is missing", "", lambda node: node.path("/usr/local/bin/thpc-node-agent").unlink())
Fault("the agent's unit is disabled", "", lambda node: node.disable(UNIT),
      during=lambda node: node.wait("systemctl is-system-running | grep -qE 'running|degraded'", 30))
Fault("the agent is killed while the script runs", "", script=WAITS,
      during=lambda node: started(node) and node.run(f"systemctl kill --kill-who=main -s KILL {UNIT}"))
Fault("the agent's unit is stopped while the script runs", "INTERRUPTED", script=WAITS,
      during=lambda node: started(node) and node.run(f"systemctl stop {UNIT}"))
Fault("the agent and all it started are killed", "", script=WAITS,
      during=lambda node: started(node) and node.run(f"systemctl kill -s KILL {UNIT}"))
Fault("an operator reboots the node while the script runs", "SCRIPT_REBOOT_LOOP", script=WAITS, config=configuration(timeout=60), boots=3,
      during=lambda node: started(node) and node.run("systemctl --no-block reboot") and node.wait_down(40))
Fault("the power fails while the script runs", "SCRIPT_REBOOT_LOOP", script=WAITS, config=configuration(timeout=60), boots=3,
      during=lambda node: started(node) and node.power_off())
Fault("a drop-in of slurmd clears its conditions, and the script fails", "SCRIPT_FAILED", script="#!/bin/sh\nexit 7\n",
      prepare=lambda node: node.write("/etc/systemd/system/slurmd.service.d/override.conf", "[Unit]\nConditionPathExists=\n"))
Fault("slurmd starts again whenever it ends, and the script fails", "SCRIPT_FAILED", script="#!/bin/sh\nexit 7\n",
      prepare=lambda node: node.write("/etc/systemd/system/slurmd.service.d/restart.conf", "[Service]\nRestart=always\nRestartSec=1\n"))
Fault("the health check is content with everything, and the script fails", "SCRIPT_FAILED", script="#!/bin/sh\nexit 7\n",
      prepare=lambda node: node.write("/usr/local/sbin/thpc-health-check", "#!/bin/sh\nexit 0\n", 0o755))
Fault("every unit is started again by hand", "SCRIPT_FAILED", script="#!/bin/sh\nexit 7\n",
      during=lambda node: (run_ended(node, 20), node.run("systemctl start slurmd; systemctl restart slurmd"),
                           node.run("systemctl isolate multi-user.target")))


def fill_queue(controller):
    """Submits more jobs than the boots can run: an empty queue would prove nothing."""
    for _ in range(2):
        submit(controller, more="--array=1-900")


def observe(node, fault, boot):
    """Boots the node with the fault and waits until no more jobs start. Returns (began, ready or None, ended) of that boot."""
    began = time.time()
    node.boot()
    if fault.during:
        fault.during(node)
    else:
        run_ended(node, 60)
    # Services held back by the run start within two seconds after it.
    time_is_up = time.monotonic() + 2.5
    ready = None
    while time.monotonic() < time_is_up and node.alive():
        if found := node.output(f"stat -c %.Y {READY} 2>/dev/null"):
            ready = float(found)
        time.sleep(0.2)
    if boot < fault.boots and node.alive():
        node.run("systemctl --no-block reboot")
        if not node.wait_down(40):
            node.power_off()
    return began, ready, time.time()


def ended_jobs(controller):
    """The time at which each job completed, by slurmctld's log.

    The time of allocation would be wrong: slurmctld also allocates a node that just went down, and the job then waits for slurmd.
    """
    text = controller.read("/var/log/slurmctld.log")
    for moment in re.findall(r"^\[(\S+)\] _job_complete: JobId=\S+ WEXITSTATUS", text, re.MULTILINE):
        yield datetime.datetime.fromisoformat(moment).replace(tzinfo=datetime.timezone.utc).timestamp()


def out_of_time(*_):
    raise TimeoutError(f"no end within {LIMIT} s")


def examine(fault, gate):
    with supervise.Machines() as machines:
        signal.signal(signal.SIGALRM, out_of_time)
        signal.alarm(LIMIT)
        try:
            return count_jobs(machines, fault, gate)
        except Exception:  # an error of one row must not end the table
            print(traceback.format_exc())
            machines.describe()
            return {"bad": 0, "whole": 0, "problems": ["the test itself failed"]}
        finally:
            signal.alarm(0)


def count_jobs(machines, fault, gate):
    if True:
        controller = controller_boot(machines.add(manager(machines.network)))
        fill_queue(controller)
        node = machines.add(compute(machines.network, gate=gate, **fault.settings))
        if fault.prepare:
            fault.prepare(node)
        spans = []
        for boot in range(1, fault.boots + 1):
            spans.append(observe(node, fault, boot))
        # An invalid configuration or a full disk leaves no report.
        code = error_code(node) or "".join(re.findall(r"\b(CONFIG_INVALID|NO_SPACE)\b", node.log(UNIT))[:1])
        jobs = list(ended_jobs(controller))
        witness = sum(job[2] != "whole" for job in jobs_run(node))
        # A job belongs to the newest boot that had begun.
        whole = sum(any(ready and began <= at < ended and at >= ready for began, ready, ended in spans) for at in jobs)
        left = int(controller.output("squeue -h -t PD -r | wc -l") or 0)
        problems = []
        if left == 0:
            problems.append("the queue is empty")
        if gate and code != fault.code:
            problems.append(f"the code is {code or 'none'}, not {fault.code or 'none'}")
        if gate and (len(jobs) - whole or witness):
            problems.append(f"{len(jobs) - whole} jobs by slurmctld's log, {witness} by their own record, on a node that was not ready")
        if problems:
            print(f"#   {fault.name}, {'with' if gate else 'without'} the gate: {problems}")
            machines.describe()
        return {"bad": max(len(jobs) - whole, witness), "whole": whole, "problems": problems}


def rows_of_page():
    text = PAGE.read_text(encoding="utf-8")
    part = text.split(f"{SECTION}\n", 1)[-1].split("\n## ", 1)[0] if SECTION in text else ""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines()
            if line.startswith("| ") and line != HEAD]


def row(fault, with_gate, without):
    code = f"`{fault.code}`" if fault.code else "nothing"
    return f"| {fault.name} | {code} | {with_gate['bad']} | {without['bad'] if without else '—'} |"


def compare_with_page():
    """Problems of the page: it must have exactly these rows, each with 0 jobs with the gate."""
    page, names = {cells[0]: cells for cells in rows_of_page()}, [fault.name for fault in FAULTS]
    problems = [f"docs/development/reliability.md has no row {name!r}" for name in names if name not in page]
    problems += [f"docs/development/reliability.md has a row {name!r} that is not tested" for name in page if name not in names]
    for fault in FAULTS:
        if fault.name in page and page[fault.name][1].strip("`") != (fault.code or "nothing"):
            problems.append(f"docs/development/reliability.md: {fault.name}: {page[fault.name][1]} is not {fault.code}")
        if fault.name in page and page[fault.name][2] != "0":
            problems.append(f"docs/development/reliability.md: {fault.name}: {page[fault.name][2]} jobs")
    return problems


def main():
    parser = argparse.ArgumentParser(description="Counts jobs that start on a node before it is ready.")
    parser.add_argument("--parallel", type=int, default=2, metavar="N", help="nodes at a time (2)")
    parser.add_argument("--filter", default="", metavar="REGEX", help="only faults whose name this matches")
    parser.add_argument("--without-gate", choices=["none", "some", "all"], default="some",
                        help="which are repeated without the gate (some: every fifth)")
    parser.add_argument("--short", action="store_true", help="only every third fault")
    parser.add_argument("--write", action="store_true", help="put the table into docs/development/reliability.md; needs --without-gate all")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    faults = [fault for fault in FAULTS if re.search(arguments.filter, fault.name)][::3 if arguments.short else 1]
    if arguments.one:
        fault, gate = next(fault for fault in FAULTS if fault.name == arguments.one[0]), arguments.one[1] == "gate"
        try:
            result = examine(fault, gate)
        except Exception:  # an error of one row must not end the table
            print(traceback.format_exc())
            result = {"bad": 0, "whole": 0, "problems": ["the test itself failed"]}
        print(json.dumps(result))
        return 0
    if not supervise.inside():
        return supervise.start([sys.executable, *sys.argv], packages=False)

    started = time.monotonic()
    step = {"none": 0, "some": 5, "all": 1}[arguments.without_gate]
    wanted = [(fault, True) for fault in faults] + [(fault, False) for fault in (faults[::step] if step else [])]
    commands = [((fault.name, gate), [sys.executable, os.path.abspath(__file__), "--one", fault.name, "gate" if gate else "none"])
                for fault, gate in wanted]
    results, failed = {}, 0
    for key, status, output, seconds in supervise.run_all(commands, arguments.parallel, LIMIT):
        lines = output.splitlines()
        results[key] = json.loads(lines[-1]) if status == 0 else {"bad": 0, "whole": 0, "problems": [f"no end within {LIMIT} s"]}
        good = not results[key]["problems"]
        failed += not good
        print(f"{'ok' if good else 'not ok'} - {key[0]}, {'with' if key[1] else 'without'} the gate: {results[key]['bad']} jobs before the "
              f"node was ready, {results[key]['whole']} afterwards ({seconds:.1f} s)", flush=True)
        if not good:
            print("\n".join([*[f"#   {problem}" for problem in results[key]["problems"]], *lines[:-1]]), flush=True)
    passed = len(results) - failed

    table = [row(fault, results[fault.name, True], results.get((fault.name, False))) for fault in faults]
    totals = {gate: sum(result["bad"] for (_, with_gate), result in results.items() if with_gate == gate) for gate in (True, False)}
    boots = sum(fault.boots for fault in faults)
    print("\n".join([HEAD, RULE, *table]))
    print(f"{len(faults)} faults, {boots} boots: {totals[True]} jobs with the gate, {totals[False]} without")
    if arguments.write and not totals[True]:
        write(table, len(faults), boots, totals)
    ends = [("the rows are those of docs/development/reliability.md", compare_with_page())]
    if step:
        ends.append(("without the gate jobs start", [] if totals[False] else ["none did, so the table proves nothing"]))
    for name, problems in ends:
        passed, failed = passed + (not problems), failed + bool(problems)
        print("\n".join([f"{'not ok' if problems else 'ok'} - {name}", *[f"#   {problem}" for problem in problems]]))
    print(f"took {time.monotonic() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


def write(table, faults, boots, totals):
    """Puts the table between its head and the next paragraph of the page."""
    text = PAGE.read_text(encoding="utf-8")
    start = text.index(f"{HEAD}\n{RULE}\n")
    end = text.index("\n\n", start)
    text = text[:start] + "\n".join([HEAD, RULE, *table]) + text[end:]
    figures = (f"{faults} faults, {boots} boots: **{totals[True]} jobs** started before the node was ready; "
               f"without the gate {totals[False]}.")
    PAGE.write_text(re.sub(r"\d+ faults, \d+ boots: \*\*\d+ jobs\*\* started .*", figures, text), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
