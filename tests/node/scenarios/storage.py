"""Storage in the kernel's mount table: identities, layers, links, automounts, and files below a mount.

Mounts are real; stand-ins replace NFS and Lustre.
"""

import json
import re

from cluster import (CONFIG, DATA, GOOSEFS, HERE, REPORT, TURBO, UNIT, compute, configuration, run_ended, with_goosefs, with_storage,
                     with_turbo)
from run import expect, scenario
from scenarios.goosefs import ADD, kill_daemon, expect_run

# findmnt would trigger the automount.
IDLE = "awk '$5 == \"/data\"' /proc/self/mountinfo | tail -n 1 | grep -q ' - autofs '"
MORE = '[[cfs]]\nlocal_path = "/more"\nremote_path = "127.0.98.4:/more"\nprotocol = "NFS 4.0"\n'
SUB = '[[cfs]]\nlocal_path = "/data/sub"\nremote_path = "127.0.98.4:/sub"\nprotocol = "NFS 4.0"\n'


def boot(node, outcome="active"):
    node.disable("slurmd.service")
    node.boot()
    expect(run_ended(node) == outcome, f"the bootstrap is not {outcome}: {node.read(REPORT)}")
    return node


def made(machines, config):
    return with_storage(machines.add(compute(machines.network, config=configuration(config))))


def source(node, place):
    """Source of the topmost mount there; "" if there is none."""
    return node.output(f"findmnt --kernel --noheadings --output SOURCE --mountpoint {place} | tail -n 1")


def expect_mounted(node, **places):
    for place, wanted in places.items():
        found = source(node, f"/{place.replace('_', '/')}")
        expect(found == wanted, f"/{place} has {found!r}, not {wanted}")


def step_error(node):
    report = json.loads(node.read(REPORT))
    return next((step["error"] for stage in report["stages"] for step in stage["steps"] if step.get("error")), {})


# Turbo: the kernel's spelling of a source differs from the typed one.

def turbo(name, typed, shown, hosts=""):
    def run(machines):
        node = with_turbo(machines.add(compute(machines.network, config=configuration(TURBO.format(source=typed)))))
        node.write("/etc/hosts", node.read("/etc/hosts") + hosts)
        boot(node)
        expect_mounted(node, turbo=shown)
        expect(f"{typed} /turbo lustre " in node.read("/etc/fstab"), f"fstab: {node.read('/etc/fstab')}")
        for command in ("health", "storage verify"):
            expect_run(node, 0, f"thpc-node-agent {command}")
        expect_run(node, 0, "thpc-node-agent bootstrap", "in place already: /turbo")
        node.restart()
        expect(run_ended(node) == "active", f"the second boot's bootstrap failed: {node.read(REPORT)}")
        expect_run(node, 0, "thpc-node-agent health")
        # Mounted by hand in the kernel's spelling: the same result.
        node.run(f"umount /turbo && sed -i '/turbo/d' /etc/fstab && echo '{shown} /turbo lustre defaults,_netdev,nofail 0 0' >>/etc/fstab "
                 "&& mount /turbo", check=True)
        expect_run(node, 0, "thpc-node-agent storage verify")
        expect_run(node, 0, "thpc-node-agent bootstrap", "in place already: /turbo")
        expect(node.output("grep -c turbo /etc/fstab") == "1", "there is a second line")
        node.run("sed -i '/turbo/d' /etc/fstab", check=True)
        expect_run(node, 0, "thpc-node-agent storage remove /turbo")
        expect_mounted(node, turbo="")
    run.__name__ = f"turbo_{name}"
    globals()[run.__name__] = scenario(run)


turbo("with_network_number_0", "127.0.98.8@tcp0:/4fe1839b/cfs", "127.0.98.8@tcp:/4fe1839b/cfs")
turbo("with_two_servers", "127.0.98.8@tcp0:127.0.98.9@tcp0:/4fe1839b/cfs", "127.0.98.8@tcp:127.0.98.9@tcp:/4fe1839b/cfs")
turbo("with_a_name", "mgs.example@tcp0:/4fe1839b/cfs", "127.0.98.8@tcp:/4fe1839b/cfs", "127.0.98.8 mgs.example\n")


@scenario
def a_bind_mount_of_a_directory_of_turbo_is_another_mount(machines):
    node = boot(with_turbo(machines.add(compute(machines.network,
                                                config=configuration(TURBO.format(source="127.0.98.8@tcp0:/4fe1839b/cfs"))))))
    node.run("umount /turbo && mkdir -p /mnt/whole && mount -t lustre 127.0.98.8@tcp0:/4fe1839b/cfs /mnt/whole && "
             "mkdir -p /mnt/whole/projects && "
             "mount --bind /mnt/whole/projects /turbo", check=True)
    expect_run(node, 5, "thpc-node-agent health", "MOUNT_CONFLICT /turbo")
    expect_run(node, 1, "thpc-node-agent storage remove /turbo", "MOUNT_CONFLICT")
    expect(source(node, "/turbo"), "the bind is gone")


# Reloads of systemd.

@scenario
def systemd_is_reloaded_once_and_not_where_its_units_match_fstab(machines):
    def reloads():
        return int(node.output("journalctl --sync; journalctl --boot --output cat _PID=1 | grep -c '^Reloading\\.*$'"))

    def expect_reloads(wanted, event):
        expect(reloads() - before == wanted, f"{event}: {reloads() - before} reloads, not {wanted}")

    before, node = 0, made(machines, DATA + MORE)
    boot(node)
    expect_reloads(1, "first boot with two mounts")
    expect_run(node, 0, "thpc-node-agent bootstrap")
    expect_reloads(1, "nothing to do")
    node.restart()
    expect(run_ended(node) == "active", f"the second boot's bootstrap failed: {node.read(REPORT)}")
    expect_reloads(0, "second boot")
    # As cloud-init does, which writes its lines of fstab after systemd has read it.
    node.run("umount /data && sed -i '/ .data /d' /etc/fstab", check=True)
    expect_run(node, 0, "thpc-node-agent bootstrap")
    expect("127.0.98.4:/ /data " in node.run("cat /etc/fstab").stdout, "fstab has no line")
    expect_reloads(0, "the same line again")
    node.run("umount /data", check=True)
    node.write(CONFIG, configuration(DATA.replace('98.4:/"', '98.4:/moved"') + MORE))
    expect_run(node, 0, "thpc-node-agent bootstrap")
    expect_reloads(1, "a share that has moved")
    node.run("systemctl daemon-reload", check=True)
    expect_mounted(node, data="127.0.98.4:/moved", more="127.0.98.4:/more")


# Mounts below and above.

@scenario
def a_mount_that_would_hide_a_foreign_one_is_refused_and_nothing_changes(machines):
    node = made(machines, DATA)
    node.write("/etc/fstab", "tmpfs /data/theirs tmpfs size=1m,x-mount.mkdir 0 0\n")
    boot(node, "failed")
    error = step_error(node)
    expect(error.get("code") == "MOUNT_CONFLICT" and "/data/theirs" in error["message"], f"the error is {error}")
    expect_mounted(node, data="", data_theirs="tmpfs")
    expect("127.0.98.4" not in node.read("/etc/fstab"), "fstab has a line")


@scenario
def own_mounts_below_are_mounted_again_above(machines):
    node = boot(made(machines, SUB))
    expect_mounted(node, data_sub="127.0.98.4:/sub")
    node.write(CONFIG, configuration(SUB + DATA))
    expect_run(node, 0, "thpc-node-agent bootstrap")
    expect_mounted(node, data="127.0.98.4:/", data_sub="127.0.98.4:/sub")
    expect(node.output("findmnt --kernel --noheadings --output TARGET | grep -c data") == "2", "a mount is left below")
    expect_run(node, 0, "thpc-node-agent storage verify")
    # A mount below whose line in fstab is missing is mounted again above, once.
    node.run("umount /data/sub /data && mkdir -p /data/sub && mount -t nfs4 127.0.98.4:/sub /data/sub && sed -i '/data/d' /etc/fstab",
             check=True)
    expect_run(node, 0, "thpc-node-agent bootstrap")
    expect(node.output("findmnt --kernel --noheadings --output TARGET | grep -c data") == "2", "there are more mounts than two, or fewer")
    expect(node.output("grep -c ' /data' /etc/fstab") == "2", f"fstab: {node.read('/etc/fstab')}")
    # A foreign share mounted below must not be hidden.
    node.run("umount /data/sub /data && mkdir -p /data/sub && mount -t nfs4 127.0.98.4:/theirs /data/sub", check=True)
    expect_run(node, 1, "thpc-node-agent bootstrap", "MOUNT_CONFLICT", "would hide other file systems mounted below it")
    expect_mounted(node, data="", data_sub="127.0.98.4:/theirs")
    node.run("umount /data/sub && thpc-node-agent bootstrap", check=True)
    # If it is in use, it stays, and nothing is mounted over it.
    node.run("umount /data/sub /data && mkdir -p /data/sub && mount -t nfs4 127.0.98.4:/sub /data/sub", check=True)
    node.run("cd /data/sub && exec setsid sh -c 'sleep infinity >/dev/null 2>&1 &'", check=True)
    expect_run(node, 1, "thpc-node-agent bootstrap", "MOUNT_BUSY", "/data/sub is in use by pid")
    expect_mounted(node, data="", data_sub="127.0.98.4:/sub")


@scenario
def success_is_reported_only_if_every_mount_is_visible_at_the_end(machines):
    node = made(machines, DATA + SUB.replace("/data/sub", "/second", 1))
    # Another program mounts over the first share, once that is in fstab, while the agent mounts the second.
    node.write("/srv/nfs/hook", "#!/bin/bash\n[ $1 = /second ] || exit 0\n"
               "for _ in {1..100}; do grep -q ' /data ' /etc/fstab && break; sleep 0.1; done\n"
               "mount -t tmpfs upon /data\n", 0o755)
    boot(node, "failed")
    error = step_error(node)
    expect(error.get("code") == "MOUNT_FAILED" and "hidden by a later mount: 127.0.98.4:/ at /data" in error["message"],
           f"the error is {error}")


@scenario
def a_link_is_ordered_and_compared_by_its_target(machines):
    link = SUB.replace("/data/sub", "/link", 1)
    node = made(machines, link + DATA)
    node.link("/link", "/data/sub")
    boot(node)
    expect_mounted(node, data="127.0.98.4:/", data_sub="127.0.98.4:/sub")
    expect_run(node, 0, "thpc-node-agent storage verify")
    expect_run(node, 0, "thpc-node-agent storage list", "leads to /data/sub")
    node.run("umount /data/sub", check=True)
    expect_run(node, 5, "thpc-node-agent health", "MOUNT_MISSING /link")
    expect_run(node, 0, "thpc-node-agent bootstrap")
    node.restart()
    expect(run_ended(node) == "active", f"the second boot's bootstrap failed: {node.read(REPORT)}")
    expect_mounted(node, data="127.0.98.4:/", data_sub="127.0.98.4:/sub")
    expect_run(node, 0, "thpc-node-agent storage remove /data/sub")
    expect_mounted(node, data_sub="")
    expect("/sub" not in node.read("/etc/fstab"), "fstab still has it")


@scenario
def two_names_of_one_directory_are_a_conflict(machines):
    node = made(machines, DATA + SUB.replace("/data/sub", "/link", 1))
    node.link("/link", "/data")
    boot(node, "failed")
    expect("/link leads to /data, as /data does" in step_error(node).get("message", ""), f"the error is {step_error(node)}")
    expect_mounted(node, data="127.0.98.4:/")


# Own and foreign mounts.

@scenario
def remove_and_repair_leave_foreign_mounts(machines):
    node = boot(made(machines, DATA))
    node.run("umount /data && mount -t nfs4 127.0.98.4:/theirs /data", check=True)
    expect_run(node, 5, "thpc-node-agent storage verify --repair", "MOUNT_CONFLICT")
    expect_run(node, 1, "thpc-node-agent storage remove /data", "MOUNT_CONFLICT", "Nothing was changed")
    expect_mounted(node, data="127.0.98.4:/theirs")
    # A foreign mount over ours: neither is touched.
    node.run("umount /data && mount /data && mount -t tmpfs upon /data", check=True)
    expect_run(node, 1, "thpc-node-agent storage remove /data", "MOUNT_CONFLICT")
    expect_run(node, 1, "thpc-node-agent storage remove /data --lazy", "MOUNT_CONFLICT")
    expect_mounted(node, data="upon")
    node.run("mkdir -p /shared && mount -t nfs4 127.0.98.4:/unconfigured /shared", check=True)
    expect_run(node, 1, "thpc-node-agent storage remove /shared", "STORAGE_NOT_FOUND")
    expect_mounted(node, shared="127.0.98.4:/unconfigured")


@scenario
def a_disk_below_a_dead_goosefs_stays(machines):
    node = with_goosefs(with_storage(machines.add(compute(machines.network))))
    boot(node)
    node.run("mkdir -p /goosefs && mount -t tmpfs disk /goosefs", check=True)
    expect_run(node, 1, ADD, "MOUNT_CONFLICT")
    node.run("umount /goosefs", check=True)
    expect_run(node, 0, ADD)
    # The unit unmounts the dead mount, not the disk.
    node.run("systemctl stop thpc-goosefs-goosefs.service; mount -t tmpfs disk /goosefs && "
             "systemctl start thpc-goosefs-goosefs.service", check=True)
    node.run("systemctl stop thpc-goosefs-goosefs.service", check=True)
    expect_mounted(node, goosefs="disk")
    node.run("systemctl start thpc-goosefs-goosefs.service", check=True)
    kill_daemon(node)
    expect(node.wait("findmnt --kernel --noheadings --output SOURCE --mountpoint /goosefs | tail -n 1 | grep -qx disk", 5),
           "the disk is not visible")
    # The agent does not unmount the disk either.
    node.run(f"systemctl stop thpc-goosefs-goosefs.service; {GOOSEFS}/integration/fuse/bin/goosefs-fuse mount /goosefs /", check=True)
    kill_daemon(node)
    expect_run(node, 5, "thpc-node-agent health", "MOUNT_DEAD /goosefs")
    expect_run(node, 5, "thpc-node-agent storage verify --repair", "MOUNT_CONFLICT")
    expect_mounted(node, goosefs="disk")
    expect_run(node, 1, "thpc-node-agent storage remove /goosefs", "MOUNT_CONFLICT")
    expect_mounted(node, goosefs="disk")


@scenario
def another_fuse_file_system_is_not_goosefs(machines):
    node = with_goosefs(with_storage(machines.add(compute(machines.network))))
    boot(node)
    expect_run(node, 0, ADD)
    expect_run(node, 0, "thpc-node-agent storage remove /goosefs")
    node.run("mkdir -p /goosefs /srv/other && bindfs /srv/other /goosefs", check=True)
    expect_run(node, 1, ADD, "MOUNT_CONFLICT")
    expect_run(node, 1, "thpc-node-agent storage remove /goosefs", "STORAGE_NOT_FOUND")
    expect(node.succeeds("mountpoint -q /goosefs"), "the other FUSE is gone")


# Mounts at boot.

@scenario
def every_line_for_a_mount_point_counts(machines):
    node = boot(made(machines, DATA))
    own = next(line for line in node.read("/etc/fstab").splitlines() if " /data " in line)
    expect_run(node, 0, "thpc-node-agent storage verify")

    def fstab(*lines):
        node.write("/etc/fstab", "".join(f"{line}\n" for line in lines))

    foreign = "127.0.98.4:/ /data {} {} 0 0"
    spelt_out = own.replace("vers=4,minorversion=0,hard,timeo=600,retrans=2,_netdev,noresvport", "vers=4.0,noresvport,_netdev")
    fstab(spelt_out)
    expect_run(node, 0, "thpc-node-agent storage verify")
    expect_run(node, 0, "thpc-node-agent bootstrap", "in place already: /data")
    expect(node.read("/etc/fstab") == f"{spelt_out}\n" != f"{own}\n", f"the line was rewritten: {node.read('/etc/fstab')}")
    fstab(own, foreign.format("nfs4", "vers=4.0"))
    expect_run(node, 5, "thpc-node-agent storage verify", "FSTAB_DUPLICATE /data", "/etc/fstab line 1 and /etc/fstab line 2")
    fstab(foreign.format("nfs", "vers=3"))
    expect_run(node, 5, "thpc-node-agent storage verify", "MOUNT_CONFLICT /data", "/etc/fstab line 1", "as nfs (vers=3)")
    fstab(foreign.format("nfs4", "noauto,vers=4.0"))
    expect_run(node, 5, "thpc-node-agent storage verify", "FSTAB_MISSING /data")
    expect_run(node, 0, "thpc-node-agent storage list", "not mounted at boot", "/etc/fstab line 1, not the agent's")
    expect_run(node, 0, "thpc-node-agent storage verify --repair")
    expect(own in node.read("/etc/fstab").splitlines(), f"the agent's line is missing: {node.read('/etc/fstab')}")
    fstab(foreign.replace("98.4:/", "98.4:/theirs").format("nfs4", "vers=4.0"))
    expect_run(node, 5, "thpc-node-agent storage verify", "MOUNT_CONFLICT /data")
    expect_run(node, 1, "thpc-node-agent bootstrap", "MOUNT_CONFLICT", "127.0.98.4:/theirs")
    expect_mounted(node, data="127.0.98.4:/")


@scenario
def a_unit_file_for_a_mount_point_counts(machines):
    unit = "[Mount]\nWhat={}\nWhere=/data\nType=nfs4\nOptions=vers=4.0\n[Install]\nWantedBy=multi-user.target\n"
    node = made(machines, DATA)
    node.write("/etc/systemd/system/data.mount", unit.format("127.0.98.4:/"))
    node.enable("data.mount")
    boot(node)
    expect_run(node, 0, "thpc-node-agent storage verify")
    expect_run(node, 0, "thpc-node-agent storage list", "unit data.mount, not the agent's")
    expect("/data" not in node.read("/etc/fstab"), "fstab has a second entry")
    expect_run(node, 1, "thpc-node-agent storage remove /data", "MOUNT_CONFLICT", "unit data.mount")
    node.write("/etc/systemd/system/data.mount", unit.format("127.0.98.4:/theirs"))
    expect_run(node, 5, "thpc-node-agent storage verify", "MOUNT_CONFLICT /data", "unit data.mount")


# Automounts of systemd and of autofs.

@scenario
def the_mount_behind_an_automount_is_found(machines):
    option = DATA + 'mount_option = "vers=4.0,noresvport,x-systemd.automount,x-systemd.idle-timeout=1"\n'
    node = boot(made(machines, option))
    expect_run(node, 0, "thpc-node-agent health")
    expect_run(node, 0, "thpc-node-agent storage verify")
    node.restart()
    expect(run_ended(node) == "active", f"the second boot's bootstrap failed: {node.read(REPORT)}")
    expect(node.wait(IDLE, 30), "the automount does not become idle")
    for command in ("health", "storage verify", "storage list", "bootstrap"):
        expect(node.wait(IDLE, 30), "it does not become idle again")
        expect_run(node, 0, f"thpc-node-agent {command}")
    expect_run(node, 0, "thpc-node-agent storage remove /data")
    node.run("ls /data", check=False)
    expect(not node.succeeds("grep ' /data ' /proc/self/mountinfo || grep /data /etc/fstab || systemctl is-active data.automount"),
           "something is left or comes back")


@scenario
def a_dead_server_behind_an_automount_blocks_no_command(machines):
    option = DATA + 'mount_option = "vers=4.0,noresvport,x-systemd.automount,x-systemd.idle-timeout=1,x-systemd.mount-timeout=8"\n'
    node = boot(made(machines, option))
    node.restart()
    expect(run_ended(node) == "active", "the second boot's bootstrap failed")
    expect(node.wait(IDLE, 30), "the automount does not become idle")
    node.run("mkdir -p /srv/nfs && echo hangs >/srv/nfs/data-fails", check=True)
    expect_run(node, 5, "timeout 3 thpc-node-agent health", "MOUNT_TIMEOUT /data")
    expect_run(node, 0, "timeout 10 thpc-node-agent storage list", "automounted on access (systemd-1)")
    expect_run(node, 5, "timeout 20 thpc-node-agent storage verify", "/data")


@scenario
def autofs_next_to_above_and_at_a_mount_point(machines):
    node = made(machines, DATA)
    node.write("/etc/auto.master", "/- /etc/auto.direct\n/auto /etc/auto.indirect\n")
    node.write("/etc/auto.direct", "/beside -fstype=tmpfs :theirs\n")
    node.write("/etc/auto.indirect", "dead -fstype=slow :dead\n")
    node.write("/usr/sbin/mount.slow", "#!/bin/sh\nexec sleep 1000\n", 0o755)
    boot(node)
    node.run("systemctl start autofs", check=True)
    expect(node.wait("findmnt --kernel --mountpoint /auto --types autofs && findmnt --kernel --mountpoint /beside --types autofs", 20),
           f"autofs does not run: {node.log('autofs')}")
    node.run("setsid sh -c 'ls /auto/dead >/dev/null 2>&1 &'", check=True)
    for command in ("health", "storage list", "storage verify"):
        expect_run(node, 0, f"timeout 5 thpc-node-agent {command}")
    # A mount point that autofs manages, and one below it.
    node.write(CONFIG, configuration(DATA + SUB.replace("/data/sub", "/beside", 1)))
    expect_run(node, 5, "timeout 5 thpc-node-agent health", "MOUNT_CONFLICT /beside")
    expect_run(node, 1, "thpc-node-agent storage remove /beside", "MOUNT_CONFLICT")
    node.write(CONFIG, configuration(DATA + SUB.replace("/data/sub", "/auto/dead/x", 1)))
    expect_run(node, 5, "timeout 5 thpc-node-agent health", "/auto/dead/x")


# Mounts that do not answer.

HUNG = "/usr/bin/python3 /usr/local/lib/hung_fuse.py"
BLOCKED = "ps -eo stat,args | grep '^D.*stat -f' | wc -l"
GOOSEFSX = "/goosefsx/x_c60_54oi5id3_proxy"


def hang(node, place):
    """Mounts a FUSE file system there that accepts requests and never answers."""
    node.copy(HERE / "hung_fuse.py", "/usr/local/lib/hung_fuse.py")
    node.run(f"mkdir -p {place} && systemd-run --quiet {HUNG} {place}", check=True)
    expect(node.wait(f"grep -q ' {place} ' /proc/self/mountinfo", 10), "the file system is not mounted")


@scenario
def a_blocked_check_is_not_started_again(machines):
    node = made(machines, f'[[goosefsx]]\nlocal_path = "{GOOSEFSX}"\nmasters = ["127.0.98.5:55533"]\n')
    node.disable(UNIT)
    node.disable("slurmd.service")
    node.boot()
    hang(node, GOOSEFSX)
    for _ in range(5):
        expect_run(node, 5, "timeout 3 thpc-node-agent health", f"MOUNT_TIMEOUT {GOOSEFSX}")
        node.run("sleep 1.2")  # until then a check that timed out may be slow, not blocked
    expect_run(node, 0, "timeout 5 thpc-node-agent storage list", "is still blocked")
    blocked = int(node.output(BLOCKED))
    expect(1 <= blocked <= 2, f"{blocked} processes are blocked")


@scenario
def a_slow_client_keeps_its_mount(machines):
    node = made(machines, f'[[goosefsx]]\nlocal_path = "{GOOSEFSX}"\nmasters = ["127.0.98.5:55533"]\n')
    node.disable(UNIT)
    node.disable("slurmd.service")
    node.boot()
    hang(node, GOOSEFSX)
    expect_run(node, 1, "timeout 40 thpc-node-agent bootstrap", "MOUNT_TIMEOUT", GOOSEFSX)
    expect(node.succeeds(f"grep -q ' {GOOSEFSX} ' /proc/self/mountinfo"), "GooseFSx's mount is gone")


@scenario
def mounts_of_pods_are_counted_and_not_listed(machines):
    node = boot(made(machines, DATA))
    node.run("for i in $(seq 400); do mkdir -p /var/lib/kubelet/pods/$i/volumes/data && "
             "mount -i -t tmpfs 127.0.98.4:/$i /var/lib/kubelet/pods/$i/volumes/data; done; "
             "for i in $(seq 30); do mkdir -p /others/$i && mount -i -t tmpfs 127.0.98.4:/other/$i /others/$i; done", check=True)
    text = expect_run(node, 0, "thpc-node-agent storage list", "not listed: 400 shared mounts of pods and containers",
                      "not listed: 10 shared mounts")
    expect(len(text) < 8000 and re.search("^mounted +/data ", text, re.MULTILINE), f"{len(text)} characters: {text}")
    expect(len(json.loads(node.output("thpc-node-agent storage list --json 2>/dev/null"))) == 21, "JSON lists something else")
