"""A node becomes an image, prepared or not, and another machine boots it for another cluster."""

import json
import tarfile

from cluster import (CLUSTER, CONFIG, READY, REPORT, REPOSITORY, UNIT, compute, controller_boot, manager, submit, with_agent,
                     with_cloud_init,
                     with_cos, with_goosefs, with_storage, with_user_data)
from run import expect, scenario
from scenarios.goosefs import ADD, UNIT_OF_MOUNT, expect_run

OTHER, INSTANCE = "hpc-bbbbbbbb", "ins-nodetest"
KEYS = ["/root/.ssh/authorized_keys", "/etc/munge/munge.key", "/etc/defaultdomain", "/etc/slurm/slurm.conf", CONFIG]
# Lines that a program which rewrites fstab would lose.
FSTAB = "# kept\n\n  tmpfs /mnt/scratch tmpfs size=1m,nofail  0   0  \n#172.30.3.90:/ /data nfs defaults 0 0\n"
FOUND = [("fstab", "/etc/fstab"), ("fstab", f"/etc/systemd/system/{UNIT_OF_MOUNT}"),
         ("fstab", "/usr/local/goosefs/conf/goosefs-site.properties"),
         ("ssh", "/root/.ssh/authorized_keys"), ("agent-state", REPORT), ("cluster-config", CONFIG),
         ("cluster-config", "/etc/thpc/cos-credentials.toml"), ("scheduler-keys", "/etc/munge/munge.key"),
         ("scheduler-keys", "/etc/defaultdomain"), ("scheduler-keys", "/etc/yp.conf"), ("scheduler-keys", "/etc/slurm/slurm.conf"),
         ("machine-id", "/etc/machine-id"), ("cloud-init", "/var/lib/cloud/instances"),
         ("agent-state", "/var/log/thpc-node-agent/init-script-1.log")]


def member(machines):
    """node1 of the first cluster: its user data, an init script that leaves keys, storage of three kinds, and files of its builder."""
    node = with_goosefs(with_user_data(with_cloud_init(with_cos(with_storage(machines.add(compute(machines.network, config="")))))))
    node.copy(REPOSITORY / "tests/boot/node/srv/cos/test/echo.sh", "/srv/cos/test/echo.sh")
    node.write("/etc/thpc/image-prep.d/10-notes", "#!/bin/sh\nexec rm -f /var/lib/notes\n", 0o755)
    node.write("/var/lib/notes", CLUSTER)
    node.write("/etc/fstab", FSTAB)
    node.remove("/root/thpc_preinstalled.json")
    node.disable("slurmd.service")  # without a controller it takes 20 s to stop
    node.boot()
    expect(node.wait(f"test -e {READY}", 60), f"the node is not ready: {node.log()}")
    expect_run(node, 0, ADD)
    return node


def as_another(machines, node):
    """Another machine with that disk: a new instance, of another cluster."""
    node.run("sync; systemctl --no-block poweroff")
    expect(node.wait_down(60), "the machine does not go down")
    clone = with_user_data(machines.add(node.clone()), "ins-clone", OTHER, "127.0.98.4:/other-cluster")
    clone.remove("/srv/nfs/calls")
    clone.boot()
    expect(clone.wait(f"test -e {READY}", 60), f"the clone is not ready: {clone.log()}")
    report = json.loads(clone.read(REPORT))
    found = [report[key] for key in ("outcome", "cluster_id", "instance_id")]
    expect(found == ["succeeded", OTHER, "ins-clone"], f"the clone's report has {found}")
    return clone, report


def expect_own_storage(clone):
    for path, source in (("/opt", f"127.0.98.3:/j25ey5tz/{OTHER}/opt"), ("/data", "127.0.98.4:/other-cluster")):
        expect(clone.output(f"findmnt --noheadings --output SOURCE --mountpoint {path}") == source, f"{path} is not its own cluster's")
        expect(clone.succeeds(f"grep -q '^{source} {path} .*x-thpc.cluster={OTHER}' /etc/fstab"), f"fstab has no line for {path}")
    expect(clone.output("grep -c x-thpc /etc/fstab") == "2", f"fstab has other lines of the agent's: {clone.read('/etc/fstab')}")
    calls = clone.read("/srv/nfs/calls")
    expect(CLUSTER not in calls and "127.0.98.4:/\n" not in calls, f"storage of the first cluster was mounted: {calls}")


@scenario
def image_check_names_all_traces_of_the_cluster_and_changes_nothing(machines):
    node = member(machines)
    node.write("/etc/systemd/system/site.mount", "[Mount]\nWhat=127.0.98.4:/site\nWhere=/site\nType=nfs4\n")
    node.write("/etc/systemd/system/disk.mount", "[Mount]\nWhat=/dev/vdb\nWhere=/disk\nType=xfs\n")
    before = {name: node.read(name) for name in ("/etc/fstab", *KEYS)}
    done = node.run("thpc-node-agent image check --json")
    expect(done.returncode == 5, f"image check: exit {done.returncode}: {done.stderr}")
    found = {(item["operation"], item["path"]) for item in json.loads(done.stdout)}
    expect(not set(FOUND) - found, f"not found: {set(FOUND) - found}")
    check = node.run("thpc-node-agent image check")
    words = "note: network-mounts: /etc/systemd/system/site.mount (mounts nfs4 127.0.98.4:/site on /site)"
    expect(words in check.stdout, f"the mount unit is not named: {check.stdout}{check.stderr}")
    expect("disk.mount" not in check.stdout + check.stderr, "a disk's mount unit is named")
    expect_run(node, 2, "thpc-node-agent image prep --operations all", "--yes")
    expect_run(node, 0, "thpc-node-agent image prep --operations all --dry-run", *KEYS)
    expect({name: node.read(name) for name in before} == before, "a file has changed")


@scenario
def a_machine_of_a_prepared_image_joins_only_its_own_cluster(machines):
    node = member(machines)
    machine_id = node.read("/etc/machine-id")
    node.run("thpc-node-agent image prep --operations all --backup /srv/before.tar.gz --yes", check=True)
    expect(not node.read("/var/lib/notes"), "the builder's own cleaner did not run")
    with tarfile.open(node.path("/srv/before.tar.gz")) as archive:
        kept = {f"/{name.removeprefix('./')}" for name in archive.getnames()}
    expect({"/etc/munge/munge.key", "/etc/thpc/node-agent.toml", "/etc/fstab"} <= kept, f"the backup has {kept}")
    left = {name: node.read(name) for name in KEYS if node.path(name).is_file()}
    expect(list(left) == [CONFIG], f"left are {list(left)}")
    expect(CLUSTER not in left[CONFIG] and "127.0.98" not in left[CONFIG], f"the configuration keeps more than the role: {left[CONFIG]}")
    expect(node.read("/etc/fstab") == FSTAB, f"fstab is not as it was: {node.read('/etc/fstab')}")
    marker = json.loads(node.read("/root/thpc_preinstalled.json"))
    packages = {package["name"] for package in marker["packages"]}
    expect({"nfs-common", "munge", "slurmd", "ypbind-mt", "yp-tools", "libnss-nis"} <= packages and marker["missing"] == [],
           f"the marker: {marker}")
    expect(marker["os_id"] == "debian" and marker["kernel_release"] == node.output("uname -r"),
           f"the marker is of another machine: {marker}")
    # The running machine keeps writing logs and temporary files.
    expect_run(node, 0, "thpc-node-agent image check --operations=-logs,-tmp")
    expect(node.path("/etc/machine-id").is_file() and not node.read("/etc/machine-id"), "the machine id is not empty")

    clone, report = as_another(machines, node)
    stages = {stage["name"]: stage for stage in report["stages"]}
    expect(stages["packages"]["outcome"] == "skipped" and "thpc_preinstalled.json" in stages["packages"]["reason"],
           f"packages: {stages['packages']}")
    expect_own_storage(clone)
    expect(not node.succeeds("mountpoint -q /goosefs"), "GooseFS of the first cluster is mounted")
    expect(not [text for text in report["warnings"] if not text.startswith("ypbind.service ")], f"the report warns: {report['warnings']}")
    expect(not clone.read("/var/lib/thpc-node-agent/removed-storage"), "the guard removed something")
    expect(clone.read("/root/init-script.runs") == "ran\nran\n", "the init script did not run for this node")
    expect(OTHER in clone.read("/etc/munge/munge.key") and clone.read("/etc/defaultdomain") == f"{OTHER}\n",
           "its keys are not its cluster's")
    expect(clone.read("/etc/slurm/slurm.conf") == f"ClusterName={OTHER}\n", f"slurm.conf is {clone.read('/etc/slurm/slurm.conf')}")
    expect(len(clone.read("/root/.ssh/authorized_keys").splitlines()) == 1, "there is more than one key of ssh")
    found = clone.read("/etc/machine-id")
    expect(found and found != machine_id, f"the machine id is {found!r}")
    # Search the whole disk except the files of the servers, which share it only in this test.
    find = "find / -xdev -path /srv -prune -o"
    traces = clone.output(f"{find} -name '*{CLUSTER}*' -print; LC_ALL=C {find} -type f -exec grep -lF -e {CLUSTER} -e {INSTANCE} {{}} +")
    expect(not traces, f"the first cluster is in: {traces}")


@scenario
def the_guard_removes_the_first_clusters_storage_from_an_unprepared_disk_before_it_is_mounted(machines):
    clone, report = as_another(machines, member(machines))
    guard = clone.output("systemctl show -p Result,ExecMainExitTimestampMonotonic --value thpc-node-agent-guard.service").splitlines()
    network = clone.output("systemctl show -p ActiveEnterTimestampMonotonic --value remote-fs-pre.target")
    expect("success" in guard and 0 < int(min(guard)) <= int(network),
           f"the guard has {guard}, remote-fs-pre.target was reached at {network}")
    expect_own_storage(clone)
    expect("".join(line for line in clone.read("/etc/fstab").splitlines(True) if "x-thpc" not in line) == FSTAB,
           "fstab's other lines have changed")
    expect(not clone.succeeds(f"mountpoint -q /goosefs || test -e /etc/systemd/system/{UNIT_OF_MOUNT} || pgrep -x bindfs"),
           "GooseFS is there")
    log = clone.output(f"journalctl --boot --no-pager --output=cat | grep -E 'Start(ing|ed) {UNIT_OF_MOUNT}'")
    expect(not log, f"GooseFS was mounted: {log}")
    failed = clone.output("systemctl list-units --failed --plain --no-legend '*.mount' '*.target' 'thpc-*'")
    expect(not failed, f"units failed because the guard removed their storage: {failed}")
    kept = clone.read("/var/lib/thpc-node-agent/removed-storage")
    for text in (f"127.0.98.3:/j25ey5tz/{CLUSTER}/opt /opt nfs ", "127.0.98.4:/ /data nfs4 ", f"/etc/systemd/system/{UNIT_OF_MOUNT}",
                 "Masters=127.0.98.5:9200"):
        expect(text in kept, f"{text!r} is not kept: {kept}")
    warned = [text for text in report["warnings"] if all(word in text for word in (CLUSTER, "/opt", "/goosefs"))]
    expect(len(warned) == 1, f"the report warns: {report['warnings']}")
    expect(clone.read("/root/init-script.runs") == "ran\nran\n", "the init script did not run once more")
    expect_run(clone, 0, "thpc-node-agent bootstrap")
    again = [text for text in json.loads(clone.read(REPORT))["warnings"] if not text.startswith("ypbind.service ")]
    expect(not again, f"the next run warns: {again}")
    expect(clone.output(f"systemctl is-enabled {UNIT}") == "enabled", "the agent's unit is off")


@scenario
def a_manager_is_recognized_by_its_daemons_files_and_a_node_that_ran_jobs_is_not_one(machines):
    controller = controller_boot(machines.add(with_agent(manager(machines.network))))
    node = machines.add(compute(machines.network))
    submit(controller)
    node.boot()
    expect(node.wait("test -s /root/jobs", 40), "the job did not run")
    expect_run(node, 0, "thpc-node-agent image prep --dry-run")
    state = "/var/lib/slurm/slurmctld/job_state is state of slurmctld"
    expect_run(controller, 1, "thpc-node-agent image prep --yes", "IMAGE_REFUSED", state)
    expect_run(controller, 5, "thpc-node-agent image check", state)
    controller.run("systemctl stop slurmctld && rm -r /var/lib/slurm/slurmctld", check=True)
    expect_run(controller, 0, "thpc-node-agent image prep --dry-run")
    controller.run("domainname hpc.nis && printf '\\ny\\ny\\n' | /usr/lib/yp/ypinit -m", check=True)
    expect_run(controller, 1, "thpc-node-agent image prep --yes", "/var/yp/hpc.nis/passwd.byname is maps of ypserv")
