"""Scripts that reboot their node, and nodes that are rebooted while a script runs."""

from cluster import REPORT, UNIT, compute, configuration, error_code, run_ended
from run import expect, scenario

NOTES = "/var/lib/thpc-node-agent/scripts"


def node_with(machines, script, more=""):
    return machines.add(compute(machines.network, script=script, config=configuration(more, timeout=60)))


def runs(node):
    return len(node.read("/root/runs").splitlines())


def notes(node, suffix):
    return sorted(file.name for file in node.path(NOTES).glob(f"*.{suffix}"))


@scenario
def a_loop_of_reboots_is_refused_until_the_script_changes(machines):
    node = node_with(machines, "#!/bin/bash\necho once more >>/root/runs\nshutdown -r now\nsleep 30\n")
    for boot in (1, 2):
        node.boot()
        expect(node.wait_down(90), f"boot {boot} did not end")
        expect(runs(node) == boot and notes(node, "begun") and not notes(node, "done"), f"boot {boot}: {runs(node)} runs")
    for boot in (3, 4):
        node.boot()
        expect(run_ended(node) == "failed" and error_code(node) == "SCRIPT_REBOOT_LOOP", f"boot {boot}: the code is {error_code(node)}")
        done = node.run("thpc-node-agent bootstrap")
        expect(done.returncode == 1 and "SCRIPT_REBOOT_LOOP" in done.stdout and "--force" in done.stdout, f"bootstrap prints {done.stdout}")
        expect(runs(node) == 2, f"boot {boot}: {runs(node)} runs")
        node.power_off()
    node.write("/srv/init.sh", "#!/bin/bash\necho mended >>/root/runs\n", 0o755)
    node.boot()
    expect(run_ended(node) == "active" and runs(node) == 3, f"mended: {runs(node)} runs, {node.read(REPORT)}")


@scenario
def a_stop_of_the_unit_is_no_reboot(machines):
    node = node_with(machines, "#!/bin/bash\necho ran >>/root/runs\nsleep 50\n")
    for boot in (1, 2, 3):
        node.boot()
        expect(node.wait(f"test $(wc -l </root/runs) -eq {boot}", 30), f"boot {boot}: {runs(node)} runs")
        node.run(f"systemctl stop {UNIT}", check=True)
        expect(node.output(f"systemctl is-failed {UNIT}") == "inactive", "the stop counts as a failure of the unit")
        expect(not notes(node, "begun") and not notes(node, "done"), f"boot {boot}: {notes(node, '*')}")
        node.power_off()


@scenario
def a_reboot_from_outside_keeps_the_record_of_the_scripts_start(machines):
    node = node_with(machines, "#!/bin/bash\necho ran >>/root/runs\nsleep 50\n")
    node.boot()
    expect(node.wait("test -s /root/runs", 30), "the script did not run")
    node.run("systemctl --no-block reboot")
    expect(node.wait_down(60), "the node did not go down")
    expect(notes(node, "begun") and not notes(node, "done"), f"the notes are {notes(node, '*')}")


@scenario
def a_script_of_every_boot_may_reboot_in_steps(machines):
    script = """#!/bin/bash
set -e
echo ran >>/root/runs
state=/var/lib/site-setup.step
case $(cat "$state" 2>/dev/null) in
"") echo 1 >"$state"; reboot ;;
1) echo 2 >"$state"; reboot ;;
2) echo done >"$state" ;;
esac
"""
    node = node_with(machines, script, 'run = "every-boot"\n')
    for boot in (1, 2):
        node.boot()
        expect(node.wait_down(60), f"boot {boot} did not reboot")
        expect(runs(node) == boot, f"boot {boot}: {runs(node)} runs")
    node.boot()
    expect(run_ended(node) == "active" and runs(node) == 3, f"boot 3: {runs(node)} runs, {node.read(REPORT)}")
    node.run("thpc-node-agent bootstrap", check=True)
    expect(runs(node) == 3, "it ran twice in one boot")
    node.power_off()
    node.boot()
    expect(run_ended(node) == "active" and runs(node) == 4, f"boot 4: {runs(node)} runs")


@scenario
def a_script_that_calls_the_agent_gets_an_error_at_once(machines):
    script = """#!/bin/bash
for command in "bootstrap" "storage add" "status --wait"; do
    thpc-node-agent $command; echo "exit $?"
done
systemd-run sh -c 'thpc-node-agent status --wait; thpc-node-agent storage list >/root/after; echo "$?" >/root/after.exit'
"""
    node = node_with(machines, script)
    node.boot()
    expect(run_ended(node) == "active", f"the bootstrap failed: {error_code(node)}")
    log = node.read("/var/log/thpc-node-agent/init-script-1.log")
    expect(log.count("SCRIPT_NESTED") == 3 and log.count("exit 4\n") == 3, f"the script's log is {log}")
    expect(node.wait("test -s /root/after.exit", 30), "the command of systemd-run did not end")


@scenario
def a_script_cut_off_by_its_reboot_gets_the_grace_period_and_is_not_done(machines):
    node = node_with(machines, "#!/bin/bash\n(sleep 2; echo lives >>/root/lives) &\nsystemctl reboot\nsleep 30 & wait\n")
    node.boot()
    expect(node.wait_down(60), "the node did not go down")
    expect(node.read("/root/lives") == "lives\n", "the script's child was ended before the grace period was over")
    expect(not notes(node, "done"), "the script counts as done")


@scenario
def a_script_that_ends_during_its_reboot_is_done(machines):
    node = node_with(machines, "#!/bin/bash\necho ran >>/root/runs\nsystemctl reboot\nsleep 2\nexit 0\n")
    node.boot()
    expect(node.wait_down(60), "the node did not go down")
    node.boot()
    expect(run_ended(node) == "active", f"the bootstrap of the second boot failed: {error_code(node)}")
    expect(runs(node) == 1, f"the script ran {runs(node)} times")
