"""The nodes of a cluster: one with the agent, one with slurmctld, or one with both; their configuration and their jobs."""

from __future__ import annotations

import os
import pathlib
import re

from node import Node

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
AGENT = os.environ.get("THPC_AGENT", str(REPOSITORY / "artifacts/linux-x64/thpc-node-agent"))
CLUSTER = "hpc-8hje8h12"
CONFIG = "/etc/thpc/node-agent.toml"
READY = "/run/thpc-node-agent/ready"
REPORT = "/var/lib/thpc-node-agent/report.json"
UNIT = "thpc-node-agent.service"
COMPUTE, MANAGER = "10.9.0.1", "10.9.0.100"
HOSTS = f"127.0.0.1 localhost\n{COMPUTE} node1\n{MANAGER} manager\n"

SLURM_CONF = """\
ClusterName=hpc
SlurmctldHost={host}({address})
AuthType=auth/munge
SlurmUser={user}
StateSaveLocation=/var/lib/slurm/slurmctld
SlurmdSpoolDir=/var/lib/slurm/slurmd
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=/var/log/slurmctld.log
SlurmdLogFile=/var/log/slurmd.log
LogTimeFormat=iso8601_ms
SlurmctldDebug=debug
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
# The scheduler checks the queue at once, not in its next round.
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName=node1 NodeAddr=10.9.0.1 CPUs=1 RealMemory=500 State=UNKNOWN
PartitionName=compute Nodes=ALL Default=YES State=UP
{more}"""

# /proc/self/cgroup also lists the machine's version 1 hierarchies, so slurmd cannot detect the plugin; no test uses cgroups.
# Slurm 20.11 has no choice of plugins.
CGROUP_CONF = "ConstrainCores=no\n" if os.environ.get("DEBIAN") == "bullseye" else "CgroupPlugin=cgroup/v1\n"

# A job records when it ran, and whether the node was ready (whole) then.
JOB = f"echo $SLURM_JOB_ID $(date +%s.%N) $(test -e {READY} && echo whole || echo not-whole) >>/root/jobs"
UNIT_OF_SERVERS = """\
[Unit]
Description=stand-ins for the servers of storage
DefaultDependencies=no
Before=thpc-node-agent.service
[Service]
ExecStart=/usr/bin/python3 /usr/local/lib/servers.py
ExecStartPost=/bin/sh -c 'until [ -e /run/servers ]; do sleep 0.02; done'
[Install]
WantedBy=multi-user.target
"""
UNIT_OF_LUSTRE = """\
[Unit]
Description=the kernel's list of file systems has lustre
DefaultDependencies=no
Before=thpc-node-agent.service remote-fs-pre.target
[Service]
Type=oneshot
ExecStart=/usr/bin/mount --bind /srv/filesystems /proc/filesystems
[Install]
WantedBy=multi-user.target
"""
# mount.nfs SOURCE TARGET -o OPTIONS. Mounts a tmpfs of that source, since this kernel has no NFS; a file makes a server fail.
MOUNT_NFS = """\
#!/bin/sh
mkdir -p /srv/nfs
[ ! -e "/srv/nfs/slow" ] || sleep "$(cat /srv/nfs/slow)"
case $1 in
    127.0.98.3:*) state=/srv/nfs/opt-fails ;;
    *) state=/srv/nfs/data-fails ;;
esac
if [ -e "$state" ]; then
    case $(cat "$state") in
        denied) echo "mount.nfs: access denied by server while mounting $1" >&2; exit 32 ;;
        hangs) exec sleep 1000 ;;
        *) echo "mount.nfs: Connection refused" >&2; exit 32 ;;
    esac
fi
echo "$1" >>/srv/nfs/calls
[ ! -x /srv/nfs/hook ] || /srv/nfs/hook "$2"
exec mount -i -n -t tmpfs -o size=1m,mode=755 "$1" "$2"
"""
COS_KEYS = 'secret_id = "boot-test-id"\nsecret_key = "boot-test-key"\n'
GOOSEFS = "/usr/local/goosefs"
# mount.lustre SOURCE TARGET -o OPTIONS. Like Lustre's own (lustre/utils/mount_lustre.c, convert_hostnames), it rewrites every NID
# before the kernel shows it: names become addresses, a missing network is tcp, network number 0 is dropped.
MOUNT_LUSTRE = """\
#!/usr/bin/python3
import os, re, socket, sys
source, target = [argument for argument in sys.argv[1:] if not argument.startswith("-")][:2]
servers, path = source.split(":/", 1)
def nid(text):
    host, _, network = text.partition("@")
    return socket.gethostbyname(host) + "@" + re.sub("(?<![0-9])0$", "", network or "tcp")
shown = ":".join(",".join(nid(part) for part in node.split(",")) for node in servers.split(":")) + ":/" + path
os.execv("/usr/bin/mount", ["mount", "-i", "-n", "-t", "tmpfs", "-o", "size=1m,mode=755", shown, target])
"""
TURBO = '[[cfs]]\nlocal_path = "/turbo"\nremote_path = "{source}"\nprotocol = "TURBO"\n'
OPT = '[[cfs]]\nlocal_path = "/opt"\nremote_path = "127.0.98.3:/id/opt"\n'
DATA = '[[cfs]]\nlocal_path = "/data"\nremote_path = "127.0.98.4:/"\nprotocol = "NFS 4.0"\n'


def slurm_conf(host="manager", address=MANAGER, user="root", more=""):
    return SLURM_CONF.format(host=host, address=address, user=user, more=more)


def configuration(more="", role="COMPUTE", script="/srv/init.sh", timeout=10, cluster=""):
    text = f'[cluster]\nid = "{CLUSTER}"\nnode_role = "{role}"\nscheduler_type = "SLURM"\n{cluster}'
    text += '[metadata]\nendpoint = ""\n[mount]\ntimeout = 10\nattempt_timeout = 5\n'
    if script:
        text += f'[[init_script]]\nscript_path = "file://{script}"\ntimeout = {timeout}\n'
    return text + more


def with_slurm(node, host="manager", address=MANAGER, **settings):
    """Adds Slurm's configuration and munge; the scenario chooses which daemons run."""
    node.write("/etc/hosts", HOSTS if host == "manager" else f"127.0.0.1 localhost\n{node.address} {node.name}\n")
    node.write("/etc/slurm/slurm.conf", slurm_conf(host, address, **settings))
    node.write("/etc/slurm/cgroup.conf", CGROUP_CONF)
    for folder in ("slurmctld", "slurmd"):
        node.write(f"/var/lib/slurm/{folder}/.keep", "")
        node.write(f"/etc/systemd/system/{folder}.service.d/90-namespaces.conf", "[Service]\nDelegate=no\nUser=root\n")
    node.enable("munge.service")
    return node


def with_agent(node, gate=True):
    """Installs the agent by hand as docs/images.md describes."""
    node.copy(AGENT, "/usr/local/bin/thpc-node-agent", 0o755)
    node.copy_tree(REPOSITORY / "images/systemd", "/etc/systemd/system")
    node.copy(REPOSITORY / "images/slurm/thpc-health-check", "/usr/local/sbin/thpc-health-check", 0o755)
    node.write("/root/thpc_preinstalled.json", "")
    node.enable("thpc-node-agent.service")
    node.enable("thpc-node-agent-guard.service", target="sysinit.target")
    if not gate:
        remove_gate(node)
    return node


def remove_gate(node):
    """Removes the gate as a control of its test: then only the unit's order holds slurmd back."""
    for dropin in node.path("/etc/systemd/system").glob("*.service.d/*thpc-node-agent*.conf"):
        dropin.unlink()


def with_storage(node):
    """Adds a mount.nfs that mounts a tmpfs, servers that accept connections, and an agent that sees these mounts as nfs."""
    node.write("/usr/sbin/mount.nfs", MOUNT_NFS, 0o755)
    node.link("/usr/sbin/mount.nfs4", "mount.nfs")
    node.copy(os.environ["THPC_NODE_MOUNTS"], "/usr/local/lib/mounts.so", 0o755)
    # Preloaded only into the agent: systemd waits for changes of the kernel's own mount table.
    node.copy(AGENT, "/usr/local/lib/agent/thpc-node-agent", 0o755)
    command = 'LD_PRELOAD=/usr/local/lib/mounts.so exec /usr/local/lib/agent/thpc-node-agent "$@"'
    node.write("/usr/local/bin/thpc-node-agent", f"#!/bin/sh\n{command}\n", 0o755)
    node.copy(HERE / "servers.py", "/usr/local/lib/servers.py")
    node.write("/etc/systemd/system/storage-servers.service", UNIT_OF_SERVERS)
    node.enable("storage-servers.service")
    return node


def with_turbo(node):
    """Adds a mount.lustre that shows sources as Lustre does, and lists lustre in /proc/filesystems."""
    node.write("/usr/sbin/mount.lustre", MOUNT_LUSTRE, 0o755)
    node.write("/srv/filesystems", "nodev\tproc\n\tlustre\n")
    node.write("/etc/systemd/system/lustre-module.service", UNIT_OF_LUSTRE)
    node.enable("lustre-module.service")
    return with_storage(node)


def with_goosefs(node):
    """Adds a stand-in for the vendor's client, whose daemon is a real FUSE file system; the master only accepts connections."""
    node.copy(REPOSITORY / "tests/goosefs-standin/goosefs-fuse", f"{GOOSEFS}/integration/fuse/bin/goosefs-fuse")
    node.write(f"{GOOSEFS}/backing/proof", "from-the-masters\n")
    return node


def with_cloud_init(node):
    """Only the user data (with_user_data) starts the agent, at the first boot."""
    node.disable(UNIT)
    for unit in ("cloud-init-local", "cloud-init", "cloud-config", "cloud-final"):
        node.enable(f"{unit}.service", target="cloud-init.target")
    node.write("/etc/cloud/ds-identify.cfg", "policy: enabled\n")
    node.write("/etc/cloud/cloud.cfg.d/99_node.cfg", """\
datasource_list: [NoCloud, None]
network: {config: disabled}
cloud_init_modules: [bootcmd, write-files]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-user, final-message]
""")
    return node


def with_user_data(node, instance="ins-nodetest", cluster=CLUSTER, data="127.0.98.4:/"):
    """Adds what a cloud gives an instance: the project's own user data with this cluster's values, and keys for COS."""
    node.write("/var/lib/cloud/seed/nocloud/meta-data", f"instance-id: {instance}\nlocal-hostname: node1\n")
    text = (REPOSITORY / "images/cloud-init/user-data.yaml").read_text(encoding="utf-8")
    for old, new in (("@CLUSTER_ID@", cluster), ("@NODE_ROLE@", "COMPUTE"),
                     ("@INIT_SCRIPT@", "cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/test/echo.sh"),
                     ("@OPT_REMOTE@", f"127.0.98.3:/j25ey5tz/{cluster}/opt"), ("@DATA_REMOTE@", data)):
        text = text.replace(old, new)
    text = re.sub(r" +# .*", "", text)  # examples, with the name of a cluster
    lines = text.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if 'credentials = "role"' in line)
    lines[at] = '      credentials = "file"\n      endpoint = "http://127.0.0.1:9000"\n\n      [metadata]\n      endpoint = ""\n'
    node.write("/var/lib/cloud/seed/nocloud/user-data", "".join(lines))
    node.write("/etc/thpc/cos-credentials.toml", COS_KEYS, 0o600)
    return node


def with_cos(node):
    """Adds the stand-in for COS as a service of the node, with one script in its bucket."""
    node.copy(REPOSITORY / "tests/cos-standin/cos_standin.py", "/usr/local/lib/cos_standin.py", 0o755)
    node.copy(REPOSITORY / "tests/boot/node/etc/systemd/system/cos-standin.service", "/etc/systemd/system/cos-standin.service")
    node.write("/srv/cos/test/echo.sh", "#!/bin/sh\necho ran >>/root/echo\n")
    node.write("/etc/thpc/cos-credentials.toml", COS_KEYS, 0o600)
    node.enable("cos-standin.service")
    return node


def compute(network, script="#!/bin/sh\n", config=None, gate=True, slurm=None):
    """node1: the agent with an init script, and slurmd."""
    node = with_agent(with_slurm(Node("node1", network, COMPUTE), **(slurm or {})), gate)
    node.write("/srv/init.sh", script, 0o755)
    if config != "":
        node.write(CONFIG, config or configuration())
    node.enable("slurmd.service")
    return node


def manager(network):
    """Slurm's controller on a machine of its own, without the agent."""
    node = with_slurm(Node("manager", network, MANAGER))
    node.enable("slurmctld.service")
    return node


def controller_boot(node):
    node.boot()
    if not node.wait("scontrol ping | grep -q 'is UP'", 30):
        raise RuntimeError(f"slurmctld does not answer: {node.log('slurmctld')}\n{node.read('/var/log/slurmctld.log')}")
    return node


def submit(controller, command=JOB, more=""):
    """Submits a job and returns its number."""
    text = controller.run(f"sbatch -o /dev/null --requeue -t 5 {more} --wrap '{command}'", check=True).stdout
    return int(re.search(r"\d+", text).group())


def node_state(controller):
    return controller.output("sinfo -h -o %T")


def jobs_run(node):
    """[job, time, whether the node was ready (whole)] of every job that ran there."""
    return [line.split() for line in node.read("/root/jobs").splitlines()]


def run_ended(node, limit=60):
    """Waits until the agent's unit is active or failed, and returns that state."""
    node.wait(f"systemctl show -p ActiveState --value {UNIT} | grep -qE '^(active|failed)$'", limit)
    return node.output(f"systemctl show -p ActiveState --value {UNIT}")


def error_code(node):
    found = re.search(r'"code": *"(\w+)"', node.read(REPORT))
    return found.group(1) if found else ""
