"""Runs a test in its own namespaces: all its processes and mounts end with it, even if the test is killed.

The program that the user started waits outside. A copy of it works in new mount, PID and network namespaces; each scenario is one
level deeper. When process 1 of a namespace ends, the kernel ends all its other processes and their mounts.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import node

HERE = pathlib.Path(__file__).resolve().parent
PREFIX = "thpc-node-test-"
UNSHARE = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
# Process 1 of the namespace: it reaps the children of a killed nsenter. A node cannot end before all its processes are reaped.
INIT = ["sh", "-c", '"$@"; exit $?', "sh"]
PR_SET_PDEATHSIG = 1


def inside():
    return "THPC_NODE_WORK" in os.environ


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def start(command, packages):
    """Runs the command in namespaces, cleans up, and returns its exit status."""
    if os.geteuid() != 0:
        sys.exit("tests/node: only root can make namespaces with mounts")
    cgroups = node.cgroup_mount()
    if cgroups is None:
        sys.exit("tests/node: version 2 of cgroups is not mounted: systemd in a namespace needs it (mount -t cgroup2 none DIRECTORY)")
    filesystems = pathlib.Path("/proc/filesystems").read_text(encoding="ascii").split()
    for kind in ("overlay", "fuse"):
        if kind not in filesystems:
            sys.exit(f"tests/node: this kernel has no {kind} (modprobe {kind})")
    remove_leftovers(cgroups)
    root = subprocess.run([HERE / "build-root.sh"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    directory = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
    cgroup = f"{cgroups}/{PREFIX}{os.getpid()}"
    os.makedirs(cgroup, exist_ok=True)
    library = f"{directory}/mounts.so"
    subprocess.run(["clang", "-shared", "-fPIC", "-O1", "-o", library, HERE.parent / "kill/mounts.c"], check=True)
    os.mkdir(f"{directory}/packages")
    if packages:
        make_packages(f"{directory}/packages")
    environment = {**os.environ, "THPC_NODE_ROOT": root, "THPC_NODE_WORK": f"{directory}/work", "THPC_NODE_CGROUP": cgroup,
                   "THPC_NODE_MOUNTS": library, "THPC_NODE_PACKAGES": f"{directory}/packages"}
    os.mkdir(f"{directory}/work")

    worker = None

    def end(number, _):
        if worker:
            worker.kill()
        raise SystemExit(128 + number)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Signals that the shell ignores for background jobs stay ignored; so do those of nohup.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)
    try:
        # The disks of all nodes are in memory.
        mounted = ["sh", "-c", 'mount --make-rprivate / && mount -t tmpfs -o mode=755 nodes "$THPC_NODE_WORK" && "$@"; exit $?', "sh"]
        worker = subprocess.Popen([*UNSHARE, "--net", *mounted, *command], env=environment, stdin=subprocess.DEVNULL,
                                  preexec_fn=end_with_parent)
        return worker.wait()
    finally:
        if worker:
            worker.kill()
            worker.wait()
        node.remove_cgroup(cgroup)
        shutil.rmtree(directory, ignore_errors=True)


def make_packages(directory):
    """Makes older.deb, the package as it is, and newer.deb, the same with a higher version."""
    package = [HERE.parent.parent / "scripts/package.sh", "--output", directory, "x64", "deb"]
    subprocess.run(package, stdout=subprocess.DEVNULL, check=True)
    older = next(pathlib.Path(directory).glob("*.deb")).rename(f"{directory}/older.deb")
    subprocess.run(["dpkg-deb", "--raw-extract", older, f"{directory}/tree"], check=True)
    control = pathlib.Path(f"{directory}/tree/DEBIAN/control")
    lines = control.read_text(encoding="utf-8").splitlines(keepends=True)
    lines = [f"{line.rstrip()}+newer\n" if line.startswith("Version:") else line for line in lines]
    control.write_text("".join(lines), encoding="utf-8")
    package = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", f"{directory}/tree", f"{directory}/newer.deb"]
    subprocess.run(package, stdout=subprocess.DEVNULL, check=True)
    shutil.rmtree(f"{directory}/tree")


def remove_leftovers(cgroups):
    """Removes directories and cgroups of a test that was killed with SIGKILL."""
    for old in [*pathlib.Path(cgroups).glob(f"{PREFIX}*"), *pathlib.Path(tempfile.gettempdir()).glob(f"{PREFIX}*")]:
        pid = old.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            if str(old).startswith(cgroups):
                node.remove_cgroup(old)
            else:
                shutil.rmtree(old, ignore_errors=True)


def run_all(commands, parallel, limit):
    """Runs at most `parallel` commands at a time; yields (name, exit status or None at the limit, output, seconds) as they end."""
    waiting, running, number = list(commands), {}, 0
    while waiting or running:
        while waiting and len(running) < parallel:
            name, command = waiting.pop(0)
            output = tempfile.TemporaryFile()
            number += 1
            process = subprocess.Popen([*UNSHARE, *INIT, *command], env={**os.environ, "THPC_NODE_NUMBER": str(number)},
                                       stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT, preexec_fn=end_with_parent)
            running[name] = (process, output, time.monotonic())
        time.sleep(0.02)
        for name, (process, output, began) in list(running.items()):
            status, seconds = process.poll(), time.monotonic() - began
            if status is None and (limit is None or seconds < limit):
                continue
            process.kill()
            process.wait()
            del running[name]
            output.seek(0)
            yield name, status, output.read().decode(errors="replace"), seconds


class Machines:
    """The machines of one scenario: they end with it."""

    def __init__(self):
        self.nodes = []

    def __enter__(self):
        self.network = node.Network().__enter__()
        return self

    def add(self, machine):
        self.nodes.append(machine)
        return machine

    def describe(self):
        """Prints units, jobs and the end of the journal of every machine, to find the cause of a failure."""
        for machine in self.nodes:
            print(f"#   --- {machine.name}, boot {machine.boots}, {'up' if machine.alive() else 'down'}")
            if machine.alive():
                units = "systemctl --no-legend --plain list-units --all 'slurm*' 'thpc*' 'munge*' 'yp*'"
                text = machine.output(f"systemctl list-jobs --no-legend; {units}") + "\n" + machine.log(lines=120)
                print("".join(f"#   {line}\n" for line in text.splitlines()), end="")
            elif machine.boots:
                print((machine.directory / "out").read_text(errors="replace")[-2000:])

    def keep(self):
        for machine in self.nodes:
            pid = f"$(head -n 1 {machine.cgroup}/init.scope/cgroup.procs)"
            with open("/proc/1/fd/2", "w", encoding="utf-8") as terminal:  # standard output of this process is shown only at its end
                print(f"to enter {machine.name}: nsenter -t {pid} -m -p -u -i -n -C -r -w bash", file=terminal)
        signal.pause()

    def __exit__(self, *_):
        for machine in self.nodes:
            machine.__exit__()
        self.network.__exit__()
