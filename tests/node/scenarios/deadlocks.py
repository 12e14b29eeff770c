"""Scripts that wait, through systemctl, for a unit that waits for the agent's unit: each is found within seconds, ended and named."""

import json

from cluster import REPORT, compute, configuration, run_ended, with_cloud_init, with_cos, with_storage, with_user_data
from run import expect, scenario
from scenarios.gate import expect_settled

LIMIT = 12  # seconds of the whole run: 5 to find it, a start and an end on a busy machine
SLURMD = "slurmd.service is ordered After=thpc-node-agent.service"
# Name of the scenario: the script, and words of its error.
FOUND = {
    "systemctl restart": ("systemctl restart slurmd", ["waits for slurmd.service", SLURMD]),
    "systemctl start": ("systemctl start slurmd", ["waits for slurmd.service", SLURMD]),
    "exec systemctl": ("exec systemctl restart slurmd", [SLURMD]),
    "service": ("service slurmd start", [SLURMD]),
    "init d": ("/etc/init.d/slurmd start", [SLURMD]),
    "invoke rc d": ("invoke-rc.d slurmd start", [SLURMD]),
    "enable now": ("systemctl enable --now slurmd", [SLURMD]),
    "the target of the boot": ("systemctl start multi-user.target", ["multi-user.target is ordered After=thpc-node-agent.service"]),
    "the graphical target": ("systemctl start graphical.target", ["graphical.target is ordered After=multi-user.target"]),
    "the end of the boot": ("systemctl is-system-running --wait", ["the end of the boot"]),
    "behind tee": ("exec > >(tee -a /var/log/site.log) 2>&1\necho step one\nsystemctl restart slurmd", [SLURMD, "step one"]),
    "in the background and waited for": ("systemctl restart slurmd &\nwait", [SLURMD]),
    "the agents own unit": ("systemctl start thpc-node-agent", ["thpc-node-agent.service"]),
    "a unit that waits for slurmd": ("systemctl start later", ["later.service is ordered After=slurmd.service", SLURMD]),
}
NO_DEADLOCK = {
    "without waiting": "systemctl --no-block restart slurmd\nsleep 3",
    "of munge": "systemctl restart munge",
    "of the units files": "systemctl daemon-reload\nsystemctl enable slurmd\nsystemctl stop slurmd",
    "in the background for a while": "systemctl restart slurmd &\nsleep 5\nkill $!",
    "with a limit": "timeout 4 systemctl restart slurmd || true",
}
LATER = "[Unit]\nWants=slurmd.service\nAfter=slurmd.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n"


def boot(machines, script):
    node = machines.add(compute(machines.network, script=f"#!/bin/bash\n{script}\n", config=configuration(timeout=60)))
    node.write("/etc/systemd/system/later.service", LATER)
    node.boot()
    run_ended(node, 90)
    return node, json.loads(node.read(REPORT))


def expect_error(report, words):
    error = next((step["error"] for stage in report["stages"] for step in stage["steps"] if step.get("error")), {})
    expect(error.get("code") == "SCRIPT_DEADLOCK", f"the error is {error}")
    missing = [word for word in words if word not in error["message"]]
    expect(not missing, f"the message lacks {missing}: {error['message']}")
    expect(report["duration_ms"] <= LIMIT * 1000, f"the run took {report['duration_ms']} ms")
    return error


def expect_deadlock(machines, script, words):
    node, report = boot(machines, script)
    error = expect_error(report, words)
    expect("--no-block" in error["hint"] and "--no-block" in error["hint_zh"], f"the hint lacks --no-block: {error}")
    expect_settled(node)
    expect(not node.succeeds("systemctl is-active slurmd"), "slurmd runs")
    # The unit has no processes left; commands of this test run in no unit.
    left = node.output("cat /sys/fs/cgroup/system.slice/thpc-node-agent.service/cgroup.procs 2>/dev/null")
    expect(not left, f"processes are left: {left}")


def expect_success(machines, script):
    _, report = boot(machines, script)
    expect(report["outcome"] == "succeeded", f"the run has {report['outcome']}: {report}")


def add(name, check, *arguments):
    def run(machines):
        check(machines, *arguments)
    run.__name__ = name.replace(" ", "_")
    globals()[run.__name__] = scenario(run)


@scenario
def a_deadlock_is_found_with_cloud_inits_end(machines):
    """On a first boot by user data cloud-init ends after the agent's unit."""
    node = with_cos(with_user_data(with_cloud_init(with_storage(machines.add(compute(machines.network, config=""))))))
    node.write("/srv/cos/test/echo.sh", "#!/bin/sh\ncloud-init status --wait\n")
    node.boot()
    run_ended(node, 90)
    expect_error(json.loads(node.read(REPORT)), ["cloud-init"])


for title, (script_text, expected) in FOUND.items():
    add(f"a deadlock is found {title}", expect_deadlock, script_text, expected)
for title, script_text in NO_DEADLOCK.items():
    add(f"a restart is no deadlock {title}", expect_success, script_text)
