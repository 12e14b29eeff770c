"""A controller waits only for /opt: one dead share must not stop the cluster, an empty /opt must not lose its jobs."""

from cluster import CONFIG, DATA, MANAGER, OPT, UNIT, configuration, error_code, run_ended, with_agent, with_slurm, with_storage
from node import Node
from run import expect, scenario
from scenarios.gate import expect_settled

# These need a database or do not exist in Debian's Slurm: the test checks only when their units start.
OTHERS = ("slurmdbd", "slurmrestd", "sackd")
STAND_IN = "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"


def controller(machines, storage, script="#!/bin/sh\n"):
    node = with_storage(with_agent(with_slurm(Node("manager", machines.network, MANAGER))))
    node.write(CONFIG, configuration(storage, role="MANAGER"))
    node.write("/srv/init.sh", script, 0o755)
    for name in OTHERS:
        node.write(f"/etc/systemd/system/{name}.service", STAND_IN)
        node.enable(f"{name}.service")
    node.enable("slurmctld.service")
    return machines.add(node)


def expect_started(node, started):
    expect_settled(node)
    for name in ("slurmctld", *OTHERS):
        running = node.succeeds(f"systemctl is-active {name}")
        text = node.output(f"systemctl status {name} | head -n 12")
        expect(running == started, f"{name} {'runs' if running else 'does not run'}: {text}")


@scenario
def a_controller_starts_after_a_run_that_succeeds(machines):
    script = "#!/bin/sh\nsleep 1\nsystemctl is-active slurmctld >/root/meanwhile\nexit 0\n"
    node = controller(machines, OPT + DATA, script=script)
    node.boot()
    expect(run_ended(node) == "active", f"the bootstrap failed: {error_code(node)}")
    expect_started(node, True)
    expect("inactive" in node.read("/root/meanwhile"), f"slurmctld was {node.read('/root/meanwhile')!r} while the script ran")
    expect(node.succeeds("scontrol ping | grep -q 'is UP'"), "slurmctld does not answer")


@scenario
def a_dead_data_share_does_not_hold_the_controller_back(machines):
    node = controller(machines, OPT + DATA)
    node.write("/srv/nfs/data-fails", "refused")
    node.boot()
    expect(run_ended(node) == "failed", "the bootstrap did not fail")
    expect(node.succeeds("mountpoint -q /opt"), "/opt is not mounted")
    expect_started(node, True)


@scenario
def an_unmounted_opt_holds_the_controller_back_until_it_is_mounted(machines):
    node = controller(machines, OPT + DATA)
    node.write("/srv/nfs/opt-fails", "denied")
    node.boot()
    expect(run_ended(node) == "failed", "the bootstrap did not fail")
    expect_started(node, False)
    node.run(f"rm /srv/nfs/opt-fails; systemctl restart {UNIT}", check=True)
    expect_started(node, True)


@scenario
def a_controller_of_a_cluster_without_opt_starts_although_the_script_fails(machines):
    node = controller(machines, DATA, script="#!/bin/sh\nexit 7\n")
    node.boot()
    expect(run_ended(node) == "failed", "the bootstrap did not fail")
    expect_started(node, True)


@scenario
def an_invalid_configuration_with_opt_holds_the_controller_back(machines):
    node = controller(machines, OPT + "no_such_key = 1\n")
    node.boot()
    expect(run_ended(node) == "failed", "the bootstrap did not fail")
    expect_started(node, False)


@scenario
def the_controller_starts_without_a_configuration(machines):
    node = controller(machines, OPT)
    node.path(CONFIG).unlink()
    node.boot()
    expect_started(node, True)
