"""slurmd starts only where this boot's bootstrap succeeded, or where there is no configuration."""

from cluster import (CONFIG, READY, UNIT, compute, configuration, controller_boot, error_code, jobs_run, manager, node_state, run_ended,
                     submit)
from run import expect, scenario

FAILS = "#!/bin/sh\n[ ! -e /srv/mended ] && sleep 1 && exit 7\nexit 0\n"


def cluster(machines, **settings):
    """A controller that runs with a job in its queue, and node1, which is off."""
    controller = controller_boot(machines.add(manager(machines.network)))
    node = machines.add(compute(machines.network, **settings))
    return controller, node, submit(controller)


def expect_job_only_when_whole(node, limit=20):
    expect(node.wait("test -s /root/jobs", limit), "the job did not run")
    expect(all(job[2] == "whole" for job in jobs_run(node)), f"a job ran on a node that was not whole: {jobs_run(node)}")


def expect_settled(node):
    """systemd's queue of jobs is empty: every unit that was to start has started."""
    expect(node.wait("systemctl is-system-running --wait >/dev/null; test -z \"$(systemctl list-jobs --no-legend)\"", 40),
           "systemd's jobs did not end")


def expect_held_back(controller, node, code):
    expect(run_ended(node) == "failed", "the bootstrap did not fail")
    expect(error_code(node) == code, f"the report's code is {error_code(node)}, not {code}")
    expect_settled(node)
    expect(not node.succeeds("systemctl is-active slurmd"), "slurmd runs on a node that is not whole")
    expect(not jobs_run(node), f"a job ran: {jobs_run(node)}")
    expect("idle" not in node_state(controller).replace("idle*", ""), f"the node is {node_state(controller)}")


def expect_start_after(node, command):
    """The command succeeds, slurmd starts by itself, and the job runs."""
    node.run(command, check=True)
    expect(node.wait("systemctl is-active slurmd", 10), "slurmd did not start by itself")
    expect_job_only_when_whole(node)


@scenario
def a_job_runs_only_after_the_node_is_ready(machines):
    _, node, _ = cluster(machines, script="#!/bin/sh\nsleep 2\n")
    node.boot()
    expect_job_only_when_whole(node)


@scenario
def a_failed_script_holds_slurmd_back_until_a_restart_of_the_unit_succeeds(machines):
    controller, node, _ = cluster(machines, script=FAILS)
    node.boot()
    expect_held_back(controller, node, "SCRIPT_FAILED")
    expect_start_after(node, "touch /srv/mended; systemctl restart " + UNIT)


@scenario
def a_successful_bootstrap_by_hand_starts_slurmd(machines):
    controller, node, _ = cluster(machines, script=FAILS)
    node.boot()
    expect_held_back(controller, node, "SCRIPT_FAILED")
    expect_start_after(node, "touch /srv/mended; thpc-node-agent bootstrap")


@scenario
def slurmd_starts_without_a_configuration(machines):
    _, node, job = cluster(machines, config="")
    node.boot()
    expect(node.wait("systemctl is-active slurmd", 20), "slurmd did not start")
    expect(node.wait("test -s /root/jobs", 20), f"job {job} did not run")


@scenario
def an_invalid_configuration_holds_slurmd_back(machines):
    _, node, _ = cluster(machines, config=configuration("no_such_key = 1\n"))
    node.boot()
    expect(run_ended(node) == "failed", "the bootstrap did not fail")
    expect_settled(node)
    expect(not node.succeeds("systemctl is-active slurmd"), "slurmd runs")
    errors = node.output(f"journalctl -u {UNIT} -p err -o cat --no-pager")
    expect("CONFIG_INVALID" in errors, f"the journal has no line at error priority: {errors!r}")
    expect(len([line for line in errors.splitlines() if "CONFIG_INVALID" in line]) == 1, f"more than one line at error priority: {errors}")
    node.write(CONFIG, configuration())
    expect_start_after(node, "systemctl restart " + UNIT)


@scenario
def a_failed_second_boot_holds_slurmd_back(machines):
    controller, node, _ = cluster(machines)
    node.boot()
    expect_job_only_when_whole(node)
    ran = len(jobs_run(node))
    node.write(CONFIG, configuration("nonsense ="))
    node.run("systemctl stop slurmd", check=True)  # so that the job waits for the next boot
    submit(controller)
    node.restart()
    expect(run_ended(node) == "failed", "the bootstrap did not fail")
    expect_settled(node)
    expect(not node.succeeds("systemctl is-active slurmd"), "slurmd runs")
    expect(len(jobs_run(node)) == ran, "a job ran")


@scenario
def a_later_run_does_not_start_slurmd_that_was_stopped_by_hand(machines):
    _, node, _ = cluster(machines)
    node.boot()
    expect(node.wait("systemctl is-active slurmd", 20), "slurmd did not start")
    node.run("systemctl stop slurmd && systemctl restart " + UNIT, check=True)
    expect(run_ended(node) == "active", "the bootstrap failed")
    expect(not node.wait("systemctl is-active slurmd", 2), "slurmd was started")
    node.run("thpc-node-agent bootstrap", check=True)
    expect(not node.wait("systemctl is-active slurmd", 2), "slurmd was started")


@scenario
def slurmd_installed_by_the_script_waits_for_the_scripts_end(machines):
    script = ("#!/bin/sh\nset -e\ncp /srv/slurmd.service /etc/systemd/system/\nsystemctl daemon-reload\nsystemctl enable slurmd\n"
              "systemctl start --no-block slurmd\nsleep 2\n[ -e /srv/mended ]\n")
    controller, node, _ = cluster(machines, script=script)
    node.disable("slurmd.service")
    node.change("mv /lib/systemd/system/slurmd.service /srv/")
    node.boot()
    expect_held_back(controller, node, "SCRIPT_FAILED")
    expect_start_after(node, "touch /srv/mended; systemctl restart " + UNIT)


@scenario
def slurmd_installed_by_the_packages_stage_waits_for_the_end(machines):
    controller, node, _ = cluster(machines, script=FAILS)
    node.remove("/root/thpc_preinstalled.json")
    # dpkg --remove without --purge would keep the unit disabled.
    node.change("cp -a /etc/slurm /srv/ && dpkg --purge slurmd && rm -f /etc/systemd/system/multi-user.target.wants/slurmd.service && "
                "mkdir -p /etc/slurm /var/lib/slurm/slurmd && cp -a /srv/slurm/. /etc/slurm/ && apt-get -qq update")
    node.boot()
    expect_held_back(controller, node, "SCRIPT_FAILED")
    expect_start_after(node, "touch /srv/mended; systemctl restart " + UNIT)


@scenario
def health_reports_that_the_node_is_not_ready_and_why(machines):
    controller, node, _ = cluster(machines, script=FAILS)
    node.boot()
    expect_held_back(controller, node, "SCRIPT_FAILED")
    health = node.run("timeout 1 thpc-node-agent health")
    expect(health.returncode == 5, f"health exited with {health.returncode}: {health.stdout}{health.stderr}")
    expect("NODE_NOT_READY" in health.stdout and "SCRIPT_FAILED" in health.stdout, f"health prints {health.stdout!r}")
    expect(not node.succeeds(f"test -e {READY}"), "the ready file exists")
