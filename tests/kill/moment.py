"""One run, killed or not, the checks after it, the next run, and the checks of the end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time

import machine
import scenarios
import tree

SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": SEARCH, "LD_PRELOAD": "/kit/mounts.so"}
STATE = "/var/lib/thpc-node-agent"
REPORT = f"{STATE}/report.json"
LOCK = "/run/thpc-node-agent/lock"
SCRIPT = "/run/thpc-node-agent/script"
MARKER = "/root/thpc_preinstalled.json"
CONFIG = "/etc/thpc/node-agent.toml"
LIMIT = 60

# Files that differ between any two runs; each has its own check.
OF_ITS_OWN = [REPORT, LOCK, *scenarios.BACKUPS]

# A log may be cut anywhere.
UNFINISHED = re.compile(r"^/var/log/thpc-node-agent/")


def agent(*words):
    return subprocess.run(["/kit/agent", *words], env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def report():
    return None if (text := read(REPORT)) is None else json.loads(text)


def settle():
    """Waits for scripts and helpers that a killed run left running."""
    end = time.monotonic() + LIMIT
    while machine.others() and time.monotonic() < end:
        time.sleep(0.002)


def started(work, template, scenario):
    """Prepares a node on which the scenario's command can run."""
    machine.enter(work, template)
    if scenario.setup and (done := agent(*scenario.setup)).returncode != 0:
        raise RuntimeError(f"{scenario.setup}: {done.stdout}{done.stderr}")


def look():
    return {"tree": tree.look(OF_ITS_OWN), "mounts": machine.mounted(), "fstab": read("/etc/fstab").decode()}


def take_signals():
    """Restores signals that nohup or a background shell ignores; the agent would rightly ignore them too."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def run_killed(command, strike, number=signal.SIGKILL):
    """Runs the command; a strike is ("call", number) or ("time", seconds); 0 is no strike."""
    way, at = strike
    environment = ENVIRONMENT if number == signal.SIGKILL or way == "time" else ENVIRONMENT | {"STRIKE_SIGNAL": str(int(number))}
    with open("/out/log", "w+", encoding="utf-8") as log:
        words = ["/kit/agent", *command]
        begun = time.monotonic()
        line = ["/kit/strike", str(at), "/out/strike", *words] if way == "call" else words
        process = subprocess.Popen(line, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=take_signals)
        try:
            process.wait(at if way == "time" and at else LIMIT)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
        try:
            code = process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        seconds = time.monotonic() - begun
        log.seek(0)
        lines = log.read().splitlines()
    result = {"code": code, "seconds": seconds, "log": re.sub(r"^[0-9:.]+ \w+ +", "", lines[-1]) if lines else "", "lines": lines}
    if way == "call":
        counted, number, *path = read("/out/strike").decode(errors="replace").split(" ", 2)
        result |= {"calls": int(counted), "call": int(number), "path": " ".join(path)}
    return result


def measure(work, template, scenario, way):
    """Measures a run without a kill: its length and the files it leaves."""
    started(work, template, scenario)
    before = look()
    result = run_killed(scenario.command, (way, 0))
    problems = [f"exit code {result['code']}: {result['lines']}"] if result["code"] != 0 else []
    settle()
    return {"problems": problems + ends(scenario), "seconds": result["seconds"], "calls": result.get("calls"), "before": before,
            "end": look()}


def grow(work, template, command, target):
    """Makes a template of a node after that command, without its mounts."""
    outside = os.open("/", os.O_DIRECTORY)
    machine.enter(work, template)
    done = agent(*command)
    for place, _, _ in machine.mounted():
        subprocess.run(["umount", place], check=True)
    os.remove("/var/ran")
    os.fchdir(outside)
    os.chroot(".")
    subprocess.run(["cp", "-a", "--one-file-system", f"{work}/root", target], check=True)
    return {"problems": [] if done.returncode == 0 else [done.stdout + done.stderr]}


def run(work, template, scenario, reference, strike, number):
    started(work, template, scenario)
    old = report()
    result = run_killed(scenario.command, strike, number)
    problems, state = after_kill(scenario, reference, result)
    if number != signal.SIGKILL:
        problems += end_problems(result["code"], number)
    problems += [f"again: {problem}" for problem in run_again(scenario, reference, old)]
    return {"problems": problems, "state": state, **{key: result[key] for key in ("call", "path", "log") if key in result}}


def after_kill(scenario, reference, result):
    before, end, problems = reference["before"], reference["end"], []
    now, found, table = report(), tree.look(OF_ITS_OWN), machine.mounted()
    changed, finished = (found, table) != (before["tree"], before["mounts"]), (found, table) == (end["tree"], end["mounts"])
    state = ("it had ended" if result["code"] == 0 else "all was done" if finished
             else "all was as before" if not changed else "something was done")
    if scenario.name == "bootstrap" and now and now["outcome"] == "running":
        seen = interrupted()
        problems += [] if seen == "interrupted" else [f"status shows {seen}"]

    problems += fstab_problems(scenario, reference)
    problems += [f"mounted twice: {place}" for place in twice()]
    whole = {content for known in (before, end) for content in known["tree"].values()}
    for path, content in tree.look(OF_ITS_OWN).items():
        if tree.TEMPORARY.search(path):
            problems += [f"half-written and yet executable: {path}"] if tree.executable(content) and content not in whole else []
        elif path == f"{MARKER}.next" and content == end["tree"][MARKER]:
            pass
        elif path.startswith(f"{STATE}/scripts/") and path.endswith(".begun"):
            pass  # a script was started and did not end; the next run of the same boot runs it again
        elif path != "/etc/fstab" and not UNFINISHED.match(path) and content not in (before["tree"].get(path), end["tree"].get(path)):
            problems.append(f"{path} is {content}; it was {before['tree'].get(path)} and should become {end['tree'].get(path)}")
    if scenario.name == "image prep":
        problems += backup_problems(before["tree"])
    return problems, state


def end_problems(code, number):
    """A run that was asked to end, not killed, must have cleaned up."""
    # Before it sets its handlers and after it removes them, the agent has no file to clean up.
    legal = (0, 128 + number, -number)
    left = [f"left behind: {path}" for path in tree.look() if tree.TEMPORARY.search(path)]
    return left + ([] if code in legal else [f"exit code {code}"])


def interrupted():
    # A child holds the lock between fork and exec.
    for _ in range(100):
        status = agent("status", "--json")
        seen = json.loads(status.stdout)["outcome"]
        if seen != "running":
            return seen if status.returncode == 1 else f"{seen} and exits {status.returncode}"
        time.sleep(0.01)
    return seen


def fstab_problems(scenario, reference):
    """The old text, the new one, or the old one with the first of the new lines."""
    old, new, now = reference["before"]["fstab"], reference["end"]["fstab"], read("/etc/fstab").decode()
    added = new[len(old):].splitlines(keepends=True) if new.startswith(old) else []
    legal = [old, new, *(old + "".join(added[:count]) for count in range(len(added)))]
    verified = subprocess.run(["findmnt", "--verify", "--tab-file", "/etc/fstab"], capture_output=True, text=True)
    return (([] if now in legal else [f"fstab is {now!r}"])
            + ([] if verified.returncode == 0 else [f"findmnt --verify: {verified.stdout}{verified.stderr}"]))


def twice():
    places = [place for place, _, _ in machine.mounted()]
    return sorted({place for place in places if places.count(place) > 1})


def backup_problems(before):
    """Removed files must be in an archive that tar can read."""
    kept, problems = set(), []
    for file in filter(os.path.exists, scenarios.BACKUPS):
        listed = subprocess.run(["tar", "--list", "--gzip", "--file", file], capture_output=True, text=True)
        problems += [f"{file}: {listed.stderr}"] if listed.returncode != 0 else []
        kept |= {name.removeprefix(".").rstrip("/") for name in listed.stdout.splitlines()}
    now = tree.look(OF_ITS_OWN)
    return problems + [f"{path} is gone or changed, and was not kept" for path, state in before.items()
                       if now.get(path) != state and path not in kept and path != MARKER]


def scripts_begun():
    return [line.split() for line in (read("/var/ran") or b"").decode().splitlines()]


def run_again(scenario, reference, old):
    killed, problems = report(), []
    done = {name for name, marker in markers().items() if marker}
    ran = Counts(scripts_begun())
    already = (not tree.differences(tree.look([*OF_ITS_OWN, *scenario.may_stay]), reference["end"]["tree"])
               and machine.mounted() == reference["end"]["mounts"])
    again = agent(*scenario.again())
    gone_before = "STORAGE_NOT_FOUND" in again.stderr and already
    if again.returncode != 0 and not gone_before:
        problems.append(f"exit code {again.returncode}: {again.stdout}{again.stderr}")
    settle()

    now = report()
    if scenario.name == "bootstrap":
        problems += [f"the report's outcome is {now['outcome']}"] if now["outcome"] != "succeeded" else []
        named = killed and any(killed["run_id"] in warning for warning in now["warnings"])
        expected = bool(killed and killed["outcome"] == "running")
        problems += [f"the interrupted run is {'' if named else 'not '}named"] if bool(named) != expected else []
        problems += [f"{SCRIPT} is still there"] if os.path.exists(SCRIPT) else []
        problems += script_problems(done, ran, Counts(scripts_begun()))
    elif scenario.name not in ("image prep", "packages", "rpm packages"):
        problems += ["the report of the bootstrap has changed"] if now != old else []

    problems += tree.differences(tree.look([*OF_ITS_OWN, *(scenario.may_stay if gone_before else [])]), reference["end"]["tree"])
    problems += [f"mounted twice: {place}" for place in twice()]
    problems += [f"mounted are {machine.mounted()}"] if not twice() and machine.mounted() != reference["end"]["mounts"] else []
    problems += fstab_problems(scenario, reference)
    if scenario.name == "image prep":
        problems += backup_problems(reference["before"]["tree"])
    return problems + ends(scenario)


def ends(scenario):
    return [f"{' '.join(command)} exits {done.returncode}: {done.stdout}{done.stderr}" for command in scenario.ends
            if (done := agent(*command)).returncode != 0]


def markers():
    """Whether each script is marked as done; incomplete JSON in a marker raises."""
    folder, found = f"{STATE}/scripts", {}
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        if name.endswith(".done"):
            found["one" if "one.sh" in json.loads(read(f"{folder}/{name}"))["script"] else "two"] = True
    return found


class Counts:
    """How often each script began and ended, and whether two of the same ever ran side by side."""

    def __init__(self, lines):
        self.begun, self.ended, self.beside, running = {}, {}, set(), {}
        for what, name, process in lines:
            counts = self.begun if what == "begin" else self.ended
            counts[name] = counts.get(name, 0) + 1
            if what == "end" and running.get(name) != process:
                self.beside.add(name)
            running[name] = process


def script_problems(done, ran, now):
    problems = [f"script {name} ran beside itself" for name in now.beside]
    for name in ("one", "two"):
        more = now.begun.get(name, 0) - ran.begun.get(name, 0)
        if more != (0 if name in done else 1):
            problems.append(f"script {name} began {more} times more, and was {'' if name in done else 'not '}marked as done")
        if name in done and not ran.ended.get(name):
            problems.append(f"script {name} was marked as done and had not ended")
    return problems
