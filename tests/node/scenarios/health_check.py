"""Slurm's own slurmd runs images/slurm/thpc-health-check, which drains and resumes the node."""

from cluster import DATA, compute, configuration, controller_boot, manager, node_state, slurm_conf, with_storage
from run import expect, scenario

EACH_SECOND = "HealthCheckProgram=/srv/check\nHealthCheckInterval=1\n"


def cluster(machines, gate=True, **settings):
    """A controller whose nodes run the health check every second, and a node with one share."""
    server = manager(machines.network)
    server.write("/etc/slurm/slurm.conf", slurm_conf(more=EACH_SECOND))
    controller = controller_boot(machines.add(server))
    node = machines.add(with_storage(compute(machines.network, gate=gate, slurm={"more": EACH_SECOND}, **settings)))
    node.write("/srv/check", "#!/bin/sh\n/usr/local/sbin/thpc-health-check\necho ended >>/srv/checks\n", 0o755)
    node.boot()
    return controller, node


def expect_reason(controller, reason):
    found = controller.wait(f"scontrol show node node1 | grep -F 'Reason={reason} ['", 30)
    expect(found, f"the reason is not {reason!r}: {controller.output('scontrol show node node1')}")
    expect("drain" in node_state(controller), f"the node is {node_state(controller)}")


def expect_idle(controller):
    expect(controller.wait("sinfo -h -o %T | grep -qx idle", 40), f"the node is {node_state(controller)}")


def expect_checks(node, count):
    """`count` more health checks have ended."""
    before = node.read("/srv/checks").count("ended")
    expect(node.wait(f"test $(wc -l </srv/checks) -ge {before + count}", 60), "the health check is not run")


@scenario
def an_unmounted_share_drains_the_node_and_a_remount_resumes_it(machines):
    controller, node = cluster(machines, config=configuration(DATA))
    expect_idle(controller)
    node.run("umount /data", check=True)
    expect_reason(controller, "thpc: MOUNT_MISSING /data")
    node.run("thpc-node-agent bootstrap", check=True)
    expect_idle(controller)


@scenario
def the_drain_of_an_operator_is_left_alone(machines):
    controller, node = cluster(machines, config=configuration(DATA))
    expect_idle(controller)
    controller.run("scontrol update nodename=node1 state=drain reason='ticket 5'", check=True)
    node.run("umount /data", check=True)
    expect(node.wait("! thpc-node-agent health", 10), "the node is healthy without its share")
    expect_checks(node, 3)
    node.run("thpc-node-agent bootstrap", check=True)
    expect_checks(node, 4)
    expect_reason(controller, "ticket 5")
    expect(not node.succeeds("test -e /var/lib/thpc-node-agent/health-drain"), "the check treated the operator's drain as its own")


@scenario
def a_node_without_the_gate_is_drained_with_the_code_of_its_run(machines):
    controller, node = cluster(machines, gate=False, script="#!/bin/sh\n[ -e /srv/mended ]\n")
    expect_reason(controller, "thpc: NODE_NOT_READY SCRIPT_FAILED")
    node.run("touch /srv/mended; systemctl restart thpc-node-agent", check=True)
    expect_idle(controller)
