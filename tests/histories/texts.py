"""The node's storage, and what configuration and fstab have of it."""

from __future__ import annotations

import re

CLUSTER = "hpc-8hje8h12"
STORAGE = {  # name: mount point, source, protocol
    "A": ("/scratch", "127.0.98.4:/scratch", "NFS 4.0"),
    "B": ("/scratch2", "127.0.98.3:/scratch2", "NFS 3.0"),
    "C": ("/data", "127.0.98.4:/", "NFS 4.0"),
    "D": ("/data", "127.0.98.4:/moved", "NFS 4.0"),  # C's place, another source
    "E": ("/data/sub", "127.0.98.3:/sub", "NFS 3.0"),  # below C
    "G": ("/goosefs", "goosefs-fuse", "GooseFS"),  # with the source that the mount table has
}
OUTER = {"/data/sub": "/data"}  # storage below other storage
MASTERS = "127.0.98.7:9200"
PLACES = {place: name for name, (place, _, _) in reversed(STORAGE.items())}
SERVERS = ["127.0.98.3", "127.0.98.4"]
FIRST = ["C"]  # what user data configures
SCRIPTS = {"once": "once", "boot": "every-boot"}
FSTAB = "# the node's own\nproc /proc proc defaults 0 0\n\ntmpfs\t/tmp\ttmpfs nosuid 0  0\n127.0.98.3:/home /home nfs noauto 0 0"
FOREIGN = {"tmpfs": "foreign", "nfs": "127.0.98.3:/foreign"}
LINE = {
    "NFS 3.0": "nfs nfsvers=3,nolock,proto=tcp,hard,timeo=600,retrans=2,_netdev,noresvport",
    "NFS 4.0": "nfs4 vers=4,minorversion=0,hard,timeo=600,retrans=2,_netdev,noresvport",
}
TAGS = f",nofail,x-systemd.mount-timeout=30,x-systemd.before=thpc-node-agent.service,x-thpc.cluster={CLUSTER},x-thpc.machine="


def configuration(storage):
    text = f'[cluster]\nid = "{CLUSTER}"\nnode_role = "COMPUTE"\n\n[metadata]\nendpoint = ""\n'
    for name, run in SCRIPTS.items():
        text += f'\n[[init_script]]\nscript_path = "file:///srv/{name}.sh"\nrun = "{run}"\n'
    for place, source, protocol in map(STORAGE.get, storage):
        text += (f'\n[[goosefs]]\nlocal_path = "{place}"\nmasters = ["{MASTERS}"]\n' if protocol == "GooseFS" else
                 f'\n[[cfs]]\nlocal_path = "{place}"\nremote_path = "{source}"\nprotocol = "{protocol}"\n')
    return text + '\n[storage]\ngoosefs_home = "/srv/goosefs"\n'


def line(name):
    """The agent's line of fstab, without the machine's mark; for GooseFS what its unit has."""
    place, source, protocol = STORAGE[name]
    return unit(place, "/", MASTERS, CLUSTER, True) if protocol == "GooseFS" else f"{source} {place} {LINE[protocol]}{TAGS}"


def unit(place, path, masters, cluster, enabled):
    return f"goosefs-fuse {place} {path} {masters} {cluster} {'enabled' if enabled else 'not enabled'}"


def split(text):
    """fstab as others' lines in their order, and the agent's by place: (line without the mark, mark)."""
    strangers, ours = [], {}
    for one in text.split("\n"):
        if found := re.fullmatch(r"(\S+ (\S+) \S+ \S*x-thpc\.machine=)([0-9a-f]{12}) 0 0", one):
            if found[2] in ours:
                strangers.append(f"second line of the agent: {one}")
            ours[found[2]] = (found[1], found[3])
        else:
            strangers.append(one)
    # The agent may end the last line.
    return strangers[:-1] if strangers[-1] == "" else strangers, ours


def edited(text, change):
    """fstab after another program's change."""
    lines = text.splitlines(keepends=True)
    ours = [i for i, one in enumerate(lines) if "x-thpc." in one][:1]
    match change:
        case ["append"]:
            end = "" if text.endswith("\n") or not text else "\n"
            return f"{text}{end}# line {len(lines)}\ntmpfs /mnt/{len(lines)} tmpfs\tnoauto 0 0"
        case ["insert"]:
            return f"# line {len(lines)}  \r\n" + text
        case ["change"]:
            return text.replace("# line", "# edited line").replace("# the node's own", "# the node's very own")
        case ["delete"]:
            return "".join(lines[1:])
        case ["reverse"]:
            return "".join(one.rstrip("\n") + "\n" for one in reversed(lines))
        case ["drop"]:
            return "".join(one for i, one in enumerate(lines) if i not in ours)
        case ["option"]:
            return "".join(one.replace(",nofail,", ",noatime,nofail,") if i in ours else one for i, one in enumerate(lines))
    raise ValueError(change)
