"""`status --boot` charges each delay of a boot to the link that it is in, and to no other.

Each delay writes its begin and its end by the node's clock. The picture must have its whole time, but for 0.2 s, in the expected link.
That does not depend on how busy the machine is.
"""

import datetime
import json
import re
import time

from cluster import (CONFIG, OPT, REPORT, UNIT, compute, configuration, controller_boot, manager, run_ended, submit, with_cloud_init,
                     with_storage)
from run import expect, scenario

SECONDS = 3
TOLERANCE = 0.2
DELAY = f"#!/bin/sh\necho $1 $(date +%s.%N) >>/srv/delays\nsleep {SECONDS}\necho $1 $(date +%s.%N) >>/srv/delays\n"
ONESHOT = "[Unit]\nDefaultDependencies=no\nAfter={after}\nBefore={before}\n"
ONESHOT += "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/srv/delay {link}\n"
START_DELAY = "[Service]\nExecStartPre=/srv/delay {link}\n"
SEED = "/var/lib/cloud/seed/nocloud"


def with_delays(node):
    node.write("/srv/delay", DELAY, 0o755)
    return node


def with_unit(node, name, text, target):
    node.write(f"/etc/systemd/system/{name}", text)
    node.enable(name, target=target)


def delays(node):
    """{link: (begin, end)} in seconds since 1970."""
    found = {}
    for line in node.output("cat /srv/delays").splitlines():
        link, at = line.split()
        found.setdefault(link, []).append(float(at))
    return {link: (times[0], times[-1]) for link, times in found.items()}


def boot_of(node):
    """[(link, unit, begin, end)] of `status --boot --json`, in seconds since 1970."""
    shown = node.run("thpc-node-agent status --boot --json")
    boot = json.loads(shown.stdout)
    start = datetime.datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", boot["started_at"])).timestamp()
    links = [(link["name"], link["unit"], start + link["from_ms"] / 1000, start + (link["from_ms"] + link["duration_ms"]) / 1000)
             for link in boot["links"]]
    for earlier, later in zip(links, links[1:]):
        expect(abs(earlier[3] - later[2]) < 0.01, f"there is a gap between {earlier} and {later}")
    return links


def expect_charged(links, link, begin, end):
    charged = {}
    for name, _, first, last in links:
        overlap = min(last, end) - max(first, begin)
        if overlap > 0:
            charged[name] = charged.get(name, 0) + overlap
    others = sum(seconds for name, seconds in charged.items() if name != link)
    expect(charged.get(link, 0) >= end - begin - TOLERANCE and others <= TOLERANCE,
           f"a delay of {end - begin:.2f} s in {link} is charged to {charged}; links: {links}")


@scenario
def each_delay_is_charged_to_its_link(machines):
    controller = controller_boot(machines.add(manager(machines.network)))
    node = machines.add(compute(machines.network, script="#!/bin/sh\n/srv/delay script\n", config=configuration(OPT, timeout=60),
                                slurm={"more": "SlurmdDebug=debug\nMessageTimeout=60\n"}))
    with_delays(with_storage(with_cloud_init(node)))
    node.enable(UNIT)
    with_unit(node, "slow.service", ONESHOT.format(after="", before="sysinit.target", link="units"), "sysinit.target")
    with_unit(node, "systemd-networkd-wait-online.service",
              ONESHOT.format(after="slow.service", before="network-online.target", link="network"),
              "network-online.target")
    node.write(f"{SEED}/meta-data", "instance-id: ins-delayed\nlocal-hostname: node1\n")
    node.write(f"{SEED}/user-data", "#cloud-config\nbootcmd:\n  - [/srv/delay, cloud-init]\n")
    node.remove("/root/thpc_preinstalled.json")
    node.change("dpkg --remove --force-depends munge && apt-get -qq update")
    node.write("/etc/apt/apt.conf.d/99delay", 'DPkg::Pre-Invoke {"/srv/delay packages";};\n')
    node.write("/srv/nfs/hook", "#!/bin/sh\n/srv/delay mount\n", 0o755)
    for unit, link in (("thpc-node-agent", "agent"), ("slurmd", "slurmd")):
        node.write(f"/etc/systemd/system/{unit}.service.d/delay.conf", START_DELAY.format(link=link))

    # A controller that is stopped answers late. The kernel accepts the connections meanwhile.
    controller.run("pkill -STOP -x slurmctld", check=True)
    node.boot()
    expect(node.wait("journalctl -b -u slurmd | grep -q 'Uptime='", 110),
           f"slurmd did not start: {node.read(REPORT)[-3000:]}{node.log(lines=80)}")
    asked = time.time()
    time.sleep(SECONDS)
    answered = time.time()
    controller.run("pkill -CONT -x slurmctld", check=True)
    expect(controller.wait("sinfo -h -o %T | grep -q idle", 30), "the node did not become idle")
    idle = time.time()
    time.sleep(SECONDS)
    submitted = time.time()
    submit(controller)
    expect(node.wait("test -s /root/jobs", 30), "the job did not run")

    found = {**delays(node), "registration": (asked, answered), "first-job": (idle, submitted)}
    links = boot_of(node)
    for link in ("units", "network", "cloud-init", "agent", "packages", "script", "mount", "slurmd", "registration", "first-job"):
        expect(link in found, f"the delay of {link} did not happen: {found}")
        expect_charged(links, link, *found[link])

    # The report has the links until the end of the run.
    boot = json.loads(node.read(REPORT))["boot"]
    until = {link: sum(part["duration_ms"] for part in boot["links"] if part["name"] == link) for link in found}
    late = [link for link in until if until[link] < 2800 and link not in ("slurmd", "registration", "first-job")]
    expect(not late, f"the report lacks the delays of {late}: {boot}")
    text = node.run("COLUMNS=120 LC_ALL=C.UTF-8 thpc-node-agent status --boot --timeline /root/boot.svg").stdout
    for words in ("from power-on to the first job", "slowest link: ", "network: systemd-networkd-wait-online ", "registration"):
        expect(words in text, f"the text lacks {words!r}: {text}")
    # cloud-init 24.3 renamed its unit.
    expect(re.search("cloud-init: cloud-init(-network)?<", node.output("cat /root/boot.svg")), "the picture lacks cloud-init")


@scenario
def a_boot_that_waits_names_the_unit_that_it_waits_for(machines):
    node = machines.add(compute(machines.network))
    with_unit(node, "systemd-networkd-wait-online.service",
              "[Unit]\nBefore=network-online.target\n[Service]\nType=oneshot\nExecStart=/usr/bin/sleep 1000\n", "network-online.target")
    node.boot()
    expect(node.wait("systemctl show -p ActiveState --value systemd-networkd-wait-online | grep -q activating", 60), "nothing waits")
    time.sleep(SECONDS)
    shown = node.run("thpc-node-agent status --boot")
    expect(shown.returncode == 1 and "last link below; the agent has not run\nslowest link: network: systemd-networkd-wait-online" in
           shown.stdout, f"it prints {shown.stdout}{shown.stderr}")


@scenario
def time_before_a_start_by_hand_is_a_wait(machines):
    node = machines.add(compute(machines.network))
    node.disable(UNIT)
    node.boot()
    expect(node.wait("systemctl is-active multi-user.target", 60), "the node did not boot")
    begin = time.time()
    time.sleep(SECONDS)
    end = time.time()
    node.run(f"systemctl start --no-block {UNIT}", check=True)
    expect(run_ended(node) == "active", "the bootstrap failed")
    expect_charged(boot_of(node), "wait", begin, end)
    expect(node.succeeds("thpc-node-agent status --boot"), "the exit code of a boot with a successful run is not 0")

    # The report of another boot tells nothing about this one.
    node.restart()
    expect(node.wait("systemctl is-active multi-user.target", 60), "the node did not boot again")
    shown = node.run("thpc-node-agent status --boot")
    expect(shown.returncode == 1 and "bootstrap" not in shown.stdout, f"after a reboot it prints {shown.stdout}{shown.stderr}")


@scenario
def a_stage_of_cloud_init_that_starts_the_agent_is_charged_until_then(machines):
    node = with_delays(with_cloud_init(machines.add(compute(machines.network))))
    node.write(f"{SEED}/meta-data", "instance-id: ins-delayed\nlocal-hostname: node1\n")
    node.write(f"{SEED}/user-data", "#cloud-config\nruncmd:\n  - [/srv/delay, cloud-init]\n"
               f"  - [systemctl, start, --no-block, {UNIT}]\n  - [sleep, '2']\n")
    node.boot()
    expect(node.wait(f"systemctl is-active {UNIT}", 90), f"the bootstrap did not run: {node.log(lines=60)}")
    expect_charged(boot_of(node), "cloud-init", *delays(node)["cloud-init"])


@scenario
def a_node_whose_agent_never_ran_shows_its_boot(machines):
    node = machines.add(compute(machines.network))
    node.disable(UNIT)
    node.remove(CONFIG)
    node.boot()
    expect(node.wait("systemctl is-active multi-user.target", 60), "the node did not boot")
    shown = node.run("thpc-node-agent status --boot")
    expect(shown.returncode == 1 and "from power-on until slurmd started" in shown.stdout, f"it prints {shown.stdout}{shown.stderr}")
    # systemd's own chain has the same units in the same order, and also units that took no time. With the agent's mounts it has mount
    # units that started after the unit that, in its chain, waited for them, so the comparison needs a boot without them.
    chain = re.findall(r"─([\w@.\\:-]+) @", node.output("systemd-analyze critical-chain --no-pager slurmd.service"))
    ours = [unit for _, unit, _, _ in reversed(boot_of(node)) if unit and unit != "slurmd.service"]
    both = [unit for unit in ours if unit in chain]
    expect(len(both) > 2 and [unit for unit in chain if unit in ours] == both, f"systemd's chain is {chain}, ours {ours}")
    # A unit whose condition was not met delayed others too, until its condition was tested.
    more = [unit for unit in ours if unit not in chain]
    expect(all(node.output(f"systemctl show -p ConditionResult --value {unit}") == "no" for unit in more), f"only ours has {more}")
