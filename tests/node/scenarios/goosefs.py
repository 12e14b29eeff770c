"""GooseFS in a unit of its own. A stand-in replaces the vendor's client; its daemon is a real FUSE file system."""

from cluster import CONFIG, GOOSEFS, REPORT, UNIT, compute, configuration, run_ended, with_goosefs, with_storage
from run import expect, scenario

UNIT_OF_MOUNT = "thpc-goosefs-goosefs.service"
OPTION = '[[goosefs]]\nlocal_path = "/goosefs"\nremote_path = "/"\nmasters = ["127.0.98.5:9200"]\n'
ADD = "thpc-node-agent storage add --masters 127.0.98.5:9200 --local-path /goosefs --remote-path /"
DAEMON = "pgrep -fx 'bindfs -f .* /goosefs'"


def node_with_goosefs(machines, config=None):
    node = with_goosefs(with_storage(machines.add(compute(machines.network, config=config))))
    node.disable("slurmd.service")  # without a controller it takes 20 s to stop
    node.boot()
    expect(run_ended(node) == "active", f"the bootstrap failed: {node.read(REPORT)}")
    return node


def expect_run(node, status, command, *words):
    """Runs the command, expects that exit status and these words in its output, and returns its standard output."""
    done = node.run(command)
    expect(done.returncode == status, f"{command}: exit {done.returncode}: {done.stdout}{done.stderr}")
    for word in words:
        expect(word in done.stdout + done.stderr, f"{command} does not print {word!r}: {done.stdout}{done.stderr}")
    return done.stdout


def expect_in_unit(node):
    """GooseFS is mounted, and its daemon runs in the unit, not in the session of the command that added it."""
    expect(node.output("timeout 10 cat /goosefs/proof") == "from-the-masters", f"/goosefs does not answer: {node.log(UNIT_OF_MOUNT)}")
    expect(node.wait(f"systemctl is-active {UNIT_OF_MOUNT}", 5), "the unit is off")
    expect(node.succeeds(f"systemctl is-enabled {UNIT_OF_MOUNT}"), "the unit is not enabled")
    expect(node.succeeds(f"grep -q /{UNIT_OF_MOUNT} /proc/$({DAEMON})/cgroup"), "the daemon is not in the unit")


def kill_daemon(node):
    """Kills the daemon, waits for its end, and returns its pid."""
    old = node.output(DAEMON)
    node.run(f"kill -KILL {old}", check=True)
    expect(node.wait(f"test ! -e /proc/{old}", 10), "the daemon still runs")
    return old


def expect_new_daemon(node, old, limit=1):
    expect(node.wait(f"new=$({DAEMON}) && test $new != {old} && timeout 10 test -e /goosefs/proof", limit), "there is no new daemon")
    expect_in_unit(node)


@scenario
def storage_add_mounts_it_in_a_unit_that_systemd_restarts(machines):
    node = node_with_goosefs(machines)
    expect_run(node, 0, ADD)
    expect_in_unit(node)
    verified = node.run(f"systemd-analyze verify --man=no {UNIT_OF_MOUNT}")
    expect(verified.returncode == 0 and not verified.stderr, f"systemd-analyze verify: {verified.stderr}")
    properties = node.read(f"{GOOSEFS}/conf/goosefs-site.properties")
    for line in ("goosefs.master.hostname=127.0.98.5", "goosefs.master.rpc.port=9200"):
        expect(line in properties.splitlines(), f"the client does not know its master: {properties}")
    expect_run(node, 0, ADD, "in place already: /goosefs")
    expect_run(node, 0, "thpc-node-agent storage verify")
    expect_new_daemon(node, kill_daemon(node), 20)


@scenario
def bootstrap_and_repair_remount_after_the_daemon_died(machines):
    node = node_with_goosefs(machines)
    expect_run(node, 0, ADD)
    node.write(CONFIG, configuration(OPTION))
    old = kill_daemon(node)
    expect_run(node, 0, "thpc-node-agent bootstrap")
    expect_new_daemon(node, old)

    # Mounted by hand, without the unit: the mount stays when its daemon dies.
    node.run(f"systemctl stop {UNIT_OF_MOUNT} && {GOOSEFS}/integration/fuse/bin/goosefs-fuse mount /goosefs /", check=True)
    old = kill_daemon(node)
    expect_run(node, 5, "thpc-node-agent health", "MOUNT_DEAD /goosefs:")
    expect_run(node, 0, "thpc-node-agent storage verify --repair")
    expect_new_daemon(node, old)


@scenario
def storage_remove_refuses_while_it_is_in_use_and_then_removes_everything(machines):
    node = node_with_goosefs(machines)
    expect_run(node, 0, ADD)
    user = node.output("cd /goosefs && exec setsid sh -c 'sleep infinity >/dev/null 2>&1 & echo $!'")
    expect_run(node, 1, "thpc-node-agent storage remove /goosefs", "MOUNT_BUSY", f"pid {user} (root, sleep: /goosefs)")
    expect_in_unit(node)
    node.run(f"kill -KILL {user}", check=True)
    expect(node.wait(f"test ! -e /proc/{user}", 10), "the process still runs")
    expect_run(node, 0, "thpc-node-agent storage remove /goosefs")
    expect(not node.succeeds(f"mountpoint -q /goosefs || test -e /goosefs || test -e /etc/systemd/system/{UNIT_OF_MOUNT} || {DAEMON}"),
           "mount, directory, unit or daemon is left")
    expect(node.output(f"systemctl show -p LoadState --value {UNIT_OF_MOUNT}") == "not-found", "systemd still knows the unit")


@scenario
def its_unit_mounts_it_at_boot_before_the_agent_runs(machines):
    node = node_with_goosefs(machines, configuration(OPTION))
    expect_in_unit(node)
    node.restart()
    expect(run_ended(node) == "active", f"the bootstrap failed: {node.read(REPORT)}")
    expect_in_unit(node)
    since = int(node.output(f"systemctl show -p ActiveEnterTimestampMonotonic --value {UNIT_OF_MOUNT}"))
    began = int(node.output(f"systemctl show -p ExecMainStartTimestampMonotonic --value {UNIT}"))
    expect(0 < since <= began, f"it was mounted at {since}, the agent began at {began}")
    guard = int(node.output("systemctl show -p ExecMainStartTimestampMonotonic --value thpc-node-agent-guard.service"))
    network = int(node.output("systemctl show -p ActiveEnterTimestampMonotonic --value remote-fs-pre.target"))
    expect(0 < guard < network, f"the guard ran at {guard}, remote-fs-pre.target was reached at {network}")
