"""The agent as a Debian package: the gate is the same, and neither an upgrade nor a removal stops running services."""

import os

from cluster import (COMPUTE, CONFIG, DATA, OPT, READY, REPORT, UNIT, compute, configuration, controller_boot, manager, run_ended, submit,
                     with_slurm, with_storage)
from node import Node
from run import expect, scenario
from scenarios.gate import FAILS, expect_held_back, expect_job_only_when_whole
from scenarios.lives_through import TICKS, expect_alive, identity

OLDER, NEWER = "/srv/deb/older.deb", "/srv/deb/newer.deb"
UNITS = "thpc-node-agent.service thpc-node-agent-guard.service"
KEYS = "/etc/thpc/cos-credentials.toml"
# The packaged agent has another path, and needs the preloaded library that shows its mounts as nfs.
TABLE = "[Service]\nEnvironment=LD_PRELOAD=/usr/local/lib/mounts.so\n"


def install(name):
    # Without --path-include the root gets no man pages. dpkg must not ask: there is no terminal.
    return f"dpkg --force-confold --path-include='/usr/share/man/man8/*' --install {name} </dev/null"


def with_packages(node):
    for name in (OLDER, NEWER):
        node.copy(f"{os.environ['THPC_NODE_PACKAGES']}/{os.path.basename(name)}", name)
    return node


def packaged(machines, script="#!/bin/sh\n", controlled=True):
    """A controller, and node1 with the agent's package."""
    controller = controller_boot(machines.add(manager(machines.network))) if controlled else None
    node = with_packages(machines.add(with_slurm(Node("node1", machines.network, COMPUTE))))
    node.change(install(OLDER))
    node.write("/root/thpc_preinstalled.json", "")
    node.write("/srv/init.sh", script, 0o755)
    node.write(CONFIG, configuration())
    node.enable("slurmd.service")
    return controller, node


def expect_storage(node):
    for place, source in (("/opt", "127.0.98.3:/id/opt"), ("/data", "127.0.98.4:/")):
        expect(node.succeeds(f"mountpoint -q {place}"), f"{place} is not mounted")
        expect(node.succeeds(f"grep -q '^{source} {place} ' /etc/fstab"), f"fstab has no line for {place}")


@scenario
def the_package_holds_slurmd_back_until_a_run_succeeds(machines):
    controller, node = packaged(machines, FAILS)
    submit(controller)
    node.boot()
    expect_held_back(controller, node, "SCRIPT_FAILED")
    node.run("touch /srv/mended; systemctl restart " + UNIT, check=True)
    expect_job_only_when_whole(node)


@scenario
def a_job_survives_an_upgrade_a_removal_and_a_purge(machines):
    controller, node = packaged(machines)
    node.boot()
    job = submit(controller, TICKS)
    expect(node.wait("test -s /root/ticks", 30), "the job did not start")
    daemon = identity(node)
    for command in (install(NEWER), f"systemctl restart {UNIT}", "dpkg --remove thpc-node-agent", "dpkg --purge thpc-node-agent"):
        done = node.run(command, timeout=60)
        expect(done.returncode == 0, f"{command}: {done.stdout}{done.stderr}")
        expect_alive(controller, node, job, daemon)
    node.run("systemctl daemon-reload", check=True)
    expect_alive(controller, node, job, daemon)


@scenario
def an_upgrade_on_a_node_that_is_not_ready_starts_nothing(machines):
    controller, node = packaged(machines, FAILS)
    submit(controller)
    node.boot()
    expect_held_back(controller, node, "SCRIPT_FAILED")
    node.run(install(NEWER), check=True)
    expect_held_back(controller, node, "SCRIPT_FAILED")


@scenario
def after_a_removal_slurmd_starts_as_on_a_machine_without_the_agent(machines):
    controller, node = packaged(machines, FAILS)
    submit(controller)
    node.change("dpkg --remove thpc-node-agent")
    node.boot()
    expect(node.wait("test -s /root/jobs", 30), "the job did not run")


@scenario
def the_package_replaces_an_installation_by_hand(machines):
    node = with_packages(with_storage(machines.add(compute(machines.network, config=configuration(OPT + DATA)))))
    node.write(f"/etc/systemd/system/{UNIT}.d/table.conf", TABLE)
    node.boot()
    expect(run_ended(node) == "active", f"the bootstrap failed: {node.read(REPORT)}")
    mine, table = node.read(CONFIG), node.read("/etc/fstab")
    files = " ".join(f"/etc/systemd/system/{unit}" for unit in UNITS.split())
    node.run(f"systemctl disable {UNITS} && rm /usr/local/bin/thpc-node-agent {files} "
             "/etc/systemd/system/*.service.d/zz-thpc-node-agent.conf && systemctl daemon-reload", check=True)
    expect(not node.succeeds("command -v thpc-node-agent"), "the installation by hand is still there")

    node.run(install(OLDER), check=True)
    expect(node.read(CONFIG) == mine, "the configuration has changed")
    expect(node.output(f"systemctl is-enabled {UNITS}") == "enabled\nenabled", "the units are not enabled")
    expect(node.output("command -v thpc-node-agent") == "/usr/bin/thpc-node-agent", "the program is somewhere else")
    expect(node.succeeds("zcat /usr/share/man/man8/thpc-node-agent.8.gz | grep '^\\.Sh EXIT STATUS'"), "the man page is missing")
    verified = node.run(f"systemd-analyze verify --man=no {UNITS} slurmd.service")
    expect(verified.returncode == 0 and "thpc" not in verified.stderr, f"systemd-analyze verify: {verified.stderr}")

    before = node.read(REPORT)
    node.run(f"systemctl restart {UNIT}", check=True)
    expect(node.read(REPORT) != before and '"outcome": "succeeded"' in node.read(REPORT), "the package's unit did not bootstrap the node")
    expect(node.succeeds(f"test -e {READY}"), "there is no ready file")
    expect("/lib/systemd/system/" in node.output(f"systemctl show -p FragmentPath {UNIT}"), "the unit is not the package's")
    expect(node.read("/etc/fstab") == table, "fstab has changed")
    expect_storage(node)

    node.run("dpkg --remove thpc-node-agent", check=True)
    left = node.output("find /etc/systemd /lib/systemd -name '*thpc-node-agent*' ! -name '*.d'; "
                       "systemctl list-unit-files --no-legend 'thpc-node-agent*'")
    expect(not left, f"its removal leaves {left}")
    expect(node.read(CONFIG) == mine, "its removal deleted the configuration")
    expect_storage(node)
    node.write(KEYS, "", 0o600)
    node.run("dpkg --purge thpc-node-agent", check=True)
    expect_storage(node)
    expect(node.succeeds(f"test -e {KEYS}"), "its purge deleted the keys for COS")
    expect(node.read(CONFIG) == mine, "its purge deleted the configuration")
    for name in ("/var/lib/thpc-node-agent", "/var/log/thpc-node-agent", "/run/thpc-node-agent"):
        expect(not node.succeeds(f"test -e {name}"), f"its purge leaves {name}")


@scenario
def an_upgrade_does_not_disturb_a_running_bootstrap(machines):
    _, node = packaged(machines, "#!/bin/sh\ntouch /run/waits\nuntil [ -e /run/go-on ]; do sleep 0.1; done\n", controlled=False)
    node.write(CONFIG, configuration(timeout=120))
    node.boot()
    expect(node.wait("test -e /run/waits", 30), "the script did not start")
    run = f"systemctl show -p InvocationID,MainPID,ActiveState --value {UNIT}"
    before, mine, table = node.output(run), node.read(CONFIG), node.read("/etc/fstab")
    expect("activating" in before, f"the run is {before}")
    node.run(install(NEWER), check=True)
    expect(node.output(run) == before, f"the run was {before} and is {node.output(run)}")
    node.run("touch /run/go-on", check=True)
    expect(run_ended(node) == "active", f"the bootstrap failed: {node.read(REPORT)}")
    expect(node.output(f"systemctl is-enabled {UNITS}") == "enabled\nenabled", "the choice of units has changed")
    expect(node.read(CONFIG) == mine and node.read("/etc/fstab") == table, "configuration or fstab has changed")
