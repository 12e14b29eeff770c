"""The agent as a Debian package: the gate is the same, and neither an upgrade nor a removal stops what runs."""

import os

from cluster import CONFIG, COMPUTE, UNIT, configuration, controller_boot, jobs_run, manager, run_ended, submit, with_slurm
from node import Node
from run import expect, scenario
from scenarios.gate import FAILS, expect_held_back, expect_job_only_when_whole
from scenarios.lives_through import TICKS, expect_alive, identity

OLDER, NEWER = "/srv/deb/older.deb", "/srv/deb/newer.deb"


def packaged(machines, script="#!/bin/sh\n"):
    """node1 with the agent's package, and a controller."""
    controller = controller_boot(machines.add(manager(machines.network)))
    node = machines.add(with_slurm(Node("node1", machines.network, COMPUTE)))
    for name in (OLDER, NEWER):
        node.copy(f"{os.environ['THPC_NODE_PACKAGES']}/{os.path.basename(name)}", name)
    node.change(f"dpkg --force-confold --install {OLDER} && systemctl enable {UNIT}")
    node.write("/root/thpc_preinstalled.json", "")
    node.write("/srv/init.sh", script, 0o755)
    node.write(CONFIG, configuration())
    node.enable("slurmd.service")
    return controller, node


@scenario
def the_package_holds_slurmd_back_and_lets_it_start_once_mended(machines):
    controller, node = packaged(machines, FAILS)
    submit(controller)
    node.boot()
    expect_held_back(controller, node, "SCRIPT_FAILED")
    node.run("touch /srv/mended; systemctl restart " + UNIT, check=True)
    expect_job_only_when_whole(node)


@scenario
def a_job_lives_through_an_upgrade_a_removal_and_a_purge(machines):
    controller, node = packaged(machines)
    node.boot()
    job = submit(controller, TICKS)
    expect(node.wait("test -s /root/ticks", 30), "the job did not start")
    daemon = identity(node)
    for command in (f"dpkg --force-confold --install {NEWER}", f"systemctl restart {UNIT}", "dpkg --remove thpc-node-agent",
                    "dpkg --purge thpc-node-agent"):
        done = node.run(command, timeout=60)
        expect(done.returncode == 0, f"{command}: {done.stdout}{done.stderr}")
        expect_alive(controller, node, job, daemon)
    node.run("systemctl daemon-reload", check=True)
    expect_alive(controller, node, job, daemon)


@scenario
def an_upgrade_on_a_node_that_is_held_back_starts_nothing(machines):
    controller, node = packaged(machines, FAILS)
    submit(controller)
    node.boot()
    expect_held_back(controller, node, "SCRIPT_FAILED")
    node.run(f"dpkg --force-confold --install {NEWER}", check=True)
    expect_held_back(controller, node, "SCRIPT_FAILED")


@scenario
def after_a_removal_slurmd_starts_as_on_a_machine_without_the_agent(machines):
    controller, node = packaged(machines, FAILS)
    submit(controller)
    node.change("dpkg --remove thpc-node-agent")
    node.boot()
    expect(node.wait("test -s /root/jobs", 30), "the job did not run")
