#!/usr/bin/env python3
"""Writes COUNT reports into DIR, as nodes of one cluster would leave them: most succeed, some wait for a server and retry,
a few fail, and a few got another script. The same for the same COUNT.

usage: fleet-reports.py DIR COUNT
"""
import datetime
import hashlib
import json
import os
import random
import sys

SCRIPT = "cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/prod/init-compute.sh"
START = datetime.datetime(2026, 3, 4, 5, 6, 7, tzinfo=datetime.timezone.utc)
GOOD = hashlib.sha256(b"good").hexdigest()
OLD = hashlib.sha256(b"old").hexdigest()


def step(summary, started, duration, outcome="succeeded", error=None, notes=(), sha256=None):
    return {"summary": summary, "outcome": outcome, "started_ms": started, "duration_ms": duration, "error": error, "may_fail": False,
            "notes": [{"at_ms": at, "text": text} for at, text in notes], "sha256": sha256}


def stage(name, outcome, started, duration, steps=(), reason=None):
    return {"name": name, "outcome": outcome, "reason": reason, "started_ms": started, "duration_ms": duration, "steps": list(steps),
            "error": None}


def report(number, chance):
    fate = chance.random()
    at = 2
    stages = [stage("packages", "skipped", 0, 1, reason="/root/thpc_preinstalled.json is there")]
    fetch = int(chance.lognormvariate(4.2, 0.5))
    run = int(chance.lognormvariate(8.3, 0.25) * (6 if fate > 0.996 else 1))
    error = None
    if fate < 0.004:
        error = {"code": "SCRIPT_FAILED",
                 "message": f"{SCRIPT} exited with 1; last output: cp: cannot stat '/data/license.lic': No such file or directory",
                 "hint": "Read /var/log/thpc-node-agent/init-script-1.log on the node, then run the script again with "
                         "`thpc-node-agent script run`."}
    elif fate < 0.005:
        run = 30000
        error = {"code": "SCRIPT_TIMEOUT",
                 "message": f"{SCRIPT} was still running after 30 s, including the download, and was killed with all its processes; "
                            "it printed nothing",
                 "hint": "Raise the script's timeout (at most 1200 seconds, the download included) or make it faster; "
                         "its log shows how far it came."}
    stages.append(stage("script", "failed" if error else "succeeded", at, fetch + run, [
        step(f"fetch {SCRIPT}", at, fetch, notes=[(at + fetch, f"4831 bytes, sha256 {OLD if number % 997 == 5 else GOOD}")],
             sha256=OLD if number % 997 == 5 else GOOD),
        step("run init script 1 (init-compute.sh)", at + fetch, run, "failed" if error else "succeeded", error),
    ]))
    at += fetch + run
    if error:
        stages.append(stage("mount", "not_run", 0, 0, reason="script failed"))
    else:
        steps, end = [], at
        for place, source in (("/opt", "172.30.3.90:/j25ey5tz/hpc-8hje8h12/opt"), ("/data", "172.30.3.90:/"),
                              ("/scratch", "172.30.2.180@tcp0:/1f2e3d4c/cfs")):
            took = int(chance.lognormvariate(6.2, 0.6))
            notes = []
            if fate > 0.97 and place == "/data":
                for attempt in range(1, chance.randint(2, 5)):
                    took += chance.randint(3000, 8000)
                    notes.append((at + took,
                                  f"attempt {attempt}: 172.30.3.90 did not answer on TCP 2049 within 3 s; again in {attempt}.4 s"))
            failure = None
            if 0.005 <= fate < 0.012 and place == "/data":
                took = 120000 + chance.randint(0, 900)
                failure = error = {"code": "MOUNT_UNREACHABLE",
                                   "message": "mount /data: 172.30.3.90 did not answer on TCP 2049 within 3 s, 14 attempts in 120 s",
                                   "hint": "Check that the server runs and that the security group lets this node reach it on that port."}
            started = at if place == "/opt" else end if place == "/data" else steps[1]["started_ms"]
            steps.append(step(f"mount {source} on {place}", started, took, "failed" if failure else "succeeded", failure, notes))
            end = max(end, started + took) if place != "/opt" else started + took
        stages.append(stage("mount", "failed" if error else "succeeded", at, end - at, steps))
        at = end
    begun = START + datetime.timedelta(milliseconds=chance.randint(0, 90_000))
    return {
        "schema": 1, "agent_version": "1.0.0", "run_id": f"0195d0a0-{number:04x}-7000-8000-{number:012x}",
        "instance_id": f"ins-{number:08x}", "cluster_id": "hpc-8hje8h12",
        "node_role": "COMPUTE", "started_at": begun.isoformat(), "finished_at": (begun + datetime.timedelta(milliseconds=at)).isoformat(),
        "duration_ms": at,
        "outcome": "failed" if error else "succeeded", "current_stage": None, "warnings": [], "error": None, "stages": stages,
    }


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    directory, count = sys.argv[1], int(sys.argv[2])
    os.makedirs(directory, exist_ok=True)
    chance = random.Random(count)
    for number in range(count):
        with open(os.path.join(directory, f"ins-{number:08x}.json"), "w", encoding="utf-8") as file:
            json.dump(report(number, chance), file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
