"""No event of the agent stops a running slurmd or its jobs."""

from cluster import CONFIG, UNIT, compute, configuration, controller_boot, manager, run_ended, submit
from run import expect, scenario

TICKS = "while :; do echo tick >>/root/ticks; sleep 0.1; done"


def running_job(machines, **settings):
    """A controller, a node and a job that runs there until it is ended."""
    controller = controller_boot(machines.add(manager(machines.network)))
    node = machines.add(compute(machines.network, **settings))
    node.boot()
    job = submit(controller, TICKS)
    expect(node.wait("test -s /root/ticks", 30), "the job did not start")
    return controller, node, job


def expect_alive(controller, node, job, daemon):
    """The daemon is the same process, and the same run of the same job continues."""
    expect(identity(node) == daemon, f"slurmd was {daemon} and is {identity(node)}")
    ticks = node.read("/root/ticks").count("tick")
    expect(node.wait(f"test $(wc -l </root/ticks) -gt {ticks + 3}", 10), "the job does not continue")
    expect(controller.output(f"squeue -h -j {job} -o %T") == "RUNNING", "slurmctld does not call the job running")
    expect("Restarts=0" in controller.output(f"scontrol show job {job}"), "the job was started again")


def identity(node):
    return node.output("systemctl show -p MainPID,ActiveState --value slurmd | paste -sd' '")


def mend(node, mended):
    node.write("/srv/init.sh", "#!/bin/sh\n" + ("exit 0\n" if mended else "exit 7\n"), 0o755)


@scenario
def a_job_survives_successful_and_failed_restarts(machines):
    controller, node, job = running_job(machines)
    daemon = identity(node)
    for config, state in ((configuration(), "active"), (configuration("nonsense ="), "failed"), (configuration(), "active")):
        node.write(CONFIG, config)
        node.run(f"systemctl restart {UNIT}")
        expect(run_ended(node) == state, f"the unit is not {state}")
        expect_alive(controller, node, job, daemon)


@scenario
def a_job_survives_a_failed_bootstrap_by_hand(machines):
    controller, node, job = running_job(machines)
    daemon = identity(node)
    mend(node, False)
    expect(node.run("thpc-node-agent bootstrap --force").returncode == 1, "the bootstrap did not fail")
    expect_alive(controller, node, job, daemon)


@scenario
def a_job_survives_a_stop_a_kill_and_a_reload_of_the_agents_unit(machines):
    controller, node, job = running_job(machines)
    daemon = identity(node)
    for command in ("systemctl daemon-reload", f"systemctl stop {UNIT}", f"systemctl start {UNIT}", "systemctl daemon-reexec"):
        node.run(command, timeout=30)
        expect_alive(controller, node, job, daemon)
    node.write("/srv/init.sh", "#!/bin/sh\ntouch /run/waits\nsleep 20\n", 0o755)
    node.run("thpc-node-agent bootstrap --force >/dev/null 2>&1 & until [ -e /run/waits ]; do sleep 0.05; done; kill -KILL $!", timeout=30)
    expect_alive(controller, node, job, daemon)
    node.run(f"systemctl disable --now {UNIT}")
    expect_alive(controller, node, job, daemon)


@scenario
def an_administrator_can_restart_slurmd_after_a_success(machines):
    controller, node, job = running_job(machines)
    daemon = identity(node)
    node.run("systemctl restart slurmd", check=True)
    expect(node.wait("systemctl is-active slurmd", 10), "slurmd did not start")
    expect(identity(node) != daemon, "slurmd was not restarted")
    expect(controller.wait(f"squeue -h -j {job} -o %T | grep -q RUNNING", 10), "the job does not run")
