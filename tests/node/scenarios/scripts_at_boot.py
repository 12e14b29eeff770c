"""Init scripts that do what public scripts do, at boot, under systemd; and a first boot by cloud-init's user data."""

import pathlib

from cluster import (READY, REPORT, UNIT, compute, configuration, controller_boot, error_code, jobs_run, manager, run_ended, submit,
                     with_cloud_init, with_cos, with_storage, with_user_data)
from run import expect, scenario
from scenarios.gate import expect_settled

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent / "scripts"


def boot_with(machines, script, **settings):
    text = script if script.startswith("#!") else (SCRIPTS / script).read_bytes().decode()
    node = machines.add(compute(machines.network, script=text, **settings))
    return node.boot()


def expect_failure(node, code, limit=60):
    expect(run_ended(node, limit) == "failed", "the bootstrap did not fail")
    expect(error_code(node) == code, f"the code is {error_code(node)}, not {code}: {node.read(REPORT)[-1500:]}")
    expect_settled(node)
    expect(not node.succeeds("systemctl is-active slurmd"), "slurmd runs")


@scenario
def crlf_after_the_first_line_is_refused_before_it_runs(machines):
    node = boot_with(machines, "crlf-after-the-first-line.sh")
    expect_failure(node, "SCRIPT_BAD_FORMAT")
    expect(not any(path.name.startswith("data") for path in node.upper.iterdir()), "the script made a directory")
    expect(not list(node.path("/root").glob("runs*")), "the script ran")


@scenario
def a_syntax_error_is_reported_in_bashs_words(machines):
    node = boot_with(machines, "syntax-error.sh")
    expect_failure(node, "SCRIPT_FAILED")
    expect("syntax error: unexpected end of file" in node.read(REPORT), f"the report lacks bash's words: {node.read(REPORT)}")


@scenario
def the_last_output_behind_tee_is_in_the_report_and_the_log(machines):
    node = boot_with(machines, "tee-and-fail.sh")
    expect_failure(node, "SCRIPT_FAILED")
    words = "[ERROR] no driver for this kernel"
    expect(words in node.read(REPORT), f"the report lacks them: {node.read(REPORT)}")
    expect(words in node.read("/var/log/thpc-node-agent/init-script-1.log"), "the agent's log lacks them")
    expect(words in node.read("/var/log/site-setup.log"), "the script's own log lacks them")


@scenario
def a_script_that_restarts_slurmd_is_a_deadlock(machines):
    node = boot_with(machines, "restart-slurmd.sh", config=configuration(timeout=120))
    expect_failure(node, "SCRIPT_DEADLOCK")
    for word in ("slurmd.service", "--no-block"):
        expect(word in node.read(REPORT), f"{word} is not named: {node.read(REPORT)}")


@scenario
def restarting_slurmd_without_waiting_works(machines):
    controller = controller_boot(machines.add(manager(machines.network)))
    submit(controller)
    node = boot_with(machines, "#!/bin/bash\nsystemctl restart --no-block slurmd\nsleep 1\n")
    expect(run_ended(node) == "active", f"the bootstrap failed: {error_code(node)}")
    expect(node.wait("test -s /root/jobs", 20), "the job did not run")
    expect(all(job[2] == "whole" for job in jobs_run(node)), f"a job ran on a node that was not whole: {jobs_run(node)}")


@scenario
def restarting_munge_works(machines):
    node = boot_with(machines, "#!/bin/bash\nset -e\nsystemctl restart munge\n")
    expect(run_ended(node) == "active", f"the bootstrap failed: {error_code(node)}")
    expect(node.wait("systemctl is-active slurmd", 10), "slurmd did not start")


@scenario
def a_script_that_reboots_at_its_end_runs_once(machines):
    node = boot_with(machines, "reboots-at-its-end.sh")
    expect(node.wait_down(60), "the node did not reboot")
    node.boot()
    expect(run_ended(node) == "active", f"the bootstrap of the second boot failed: {error_code(node)}")
    expect(node.wait("systemctl is-active slurmd", 10), "slurmd did not start")
    expect(node.read("/root/runs").count("done") == 1, f"the script ran again: {node.read('/root/runs')!r}")


@scenario
def a_script_that_reboots_and_never_ends_starts_in_two_boots(machines):
    node = boot_with(machines, "reboots-and-waits.sh", config=configuration(timeout=60))
    expect(node.wait_down(60), "the first boot did not end")
    node.boot()
    expect(node.wait_down(60), "the second boot did not end")
    node.boot()
    expect_failure(node, "SCRIPT_REBOOT_LOOP")
    expect(node.read("/root/runs").count("once more") == 2, f"the script ran again: {node.read('/root/runs')}")


@scenario
def user_data_makes_a_first_boot_of_cloud_init_a_node(machines):
    controller = controller_boot(machines.add(manager(machines.network)))
    submit(controller)
    node = with_cos(with_user_data(with_cloud_init(with_storage(machines.add(compute(machines.network, config=""))))))
    node.boot()
    expect(node.wait("test -s /root/jobs", 60), f"the job did not run: {node.log('cloud-init')}")
    expect(all(job[2] == "whole" for job in jobs_run(node)), f"a job ran on a node that was not whole: {jobs_run(node)}")
    expect(node.read("/root/echo") == "ran\n", "the init script did not run once")
    expect(node.succeeds(f"systemctl is-enabled {UNIT} && mountpoint -q /opt && mountpoint -q /data"), "the node is not complete")
    submit(controller)
    node.restart()
    expect(node.wait(f"test -e {READY} && test $(wc -l </root/jobs) -ge 2", 60), "no job ran after the second boot")
    expect(all(job[2] == "whole" for job in jobs_run(node)), f"a job ran on a node that was not whole: {jobs_run(node)}")
