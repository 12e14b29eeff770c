"""A node with a real package manager: an overlay over the root of build-root.sh, in its own mount and PID namespace.

    with Node(base, agent, "rocky8") as node:
        node.config(extra=["toy-slow"])
        print(node.agent("packages", "install").output)

It has no systemd and no network. Its disk survives a power cut; /run and /tmp do not.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
from typing import NamedTuple

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8"}  # without HOME Debian's rpm uses another path for its database


class Kind(NamedTuple):
    os_release: str
    database: str
    manager: str
    release: str
    repositories: tuple[str, ...]


KINDS = {
    "rocky8": Kind('NAME="Rocky Linux"\nVERSION_ID="8.10"\nID="rocky"\nID_LIKE="rhel centos fedora"\n', "/var/lib/rpm", "dnf", "8.10",
                   ("base", "epel")),
    "rocky9": Kind('NAME="Rocky Linux"\nVERSION_ID="9.4"\nID="rocky"\nID_LIKE="rhel centos fedora"\n', "/var/lib/rpm", "dnf", "9.4",
                   ("base9", "epel")),
    "tencentos3": Kind('NAME="TencentOS Server"\nVERSION_ID="3.1"\nID="tencentos"\nID_LIKE="rhel fedora centos"\n', "/var/lib/rpm", "dnf",
                       "3.1", ("base", "epel")),
    # yum is dnf under another name, not yum 3.4: it tests the agent's choice of program, not CentOS 7.
    "yumname": Kind('NAME="CentOS Linux"\nVERSION_ID="7"\nID="centos"\nID_LIKE="rhel fedora"\n', "/var/lib/rpm", "yum", "3.1",
                    ("base", "epel")),
    "leap15": Kind('NAME="openSUSE Leap"\nVERSION_ID="15.5"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\n', "/usr/lib/sysimage/rpm",
                   "zypper", "15.5", ("suse",)),
    "debian12": Kind('NAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n', "", "apt-get", "", ()),
}
OTHERS = {"dnf": ("zypper", "apt-get", "apt-cache", "dpkg"), "zypper": ("dnf", "apt-get", "apt-cache", "dpkg"),
          "apt-get": ("dnf", "zypper")}

# Rocky's default. Debian's has best=False and skip_if_unavailable=True, which changes the results.
DNF_CONF = "[main]\ngpgcheck=0\ninstallonly_limit=3\nclean_requirements_on_remove=True\nbest=True\nskip_if_unavailable=False\n"

# Debian's rpm prints advice to use alien, also into the output of zypper, which calls rpm; --force-debian stops that.
RPM = '#!/bin/sh\ncase " $* " in *" -U "* | *" -i "* | *" -e "*) set -- --force-debian "$@" ;; esac\nexec /usr/bin/rpm "$@"\n'

# Process 1 of the node: it ends when its standard input is closed; by SIGCHLD=IGNORE the kernel reaps its children.
START = r"""
set -e
mount --make-rprivate /
mount -t overlay o -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
cd "$2/root"
mount -t proc p proc
mount --rbind /dev dev
mount -t sysfs s sys
mount -t tmpfs t run
mount -t tmpfs t tmp
exec chroot . perl -e '$| = 1; $SIG{CHLD} = "IGNORE"; print "up\n"; <STDIN>'
"""


class Result(NamedTuple):
    code: int
    output: str
    seconds: float

    def __str__(self):
        return f"exit {self.code} after {self.seconds:.1f} s:\n{self.output}"


class Node:
    def __init__(self, base, agent, kind, repositories=None, dnf_conf=DNF_CONF):
        self.kind = KINDS[kind]
        self.base = base
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="thpc-rpm-node."))
        for name in ("upper", "work", "root"):
            (self.directory / name).mkdir()
        self._start()
        try:
            self._furnish(agent, repositories or self.kind.repositories, dnf_conf)
        except BaseException:
            self.close()
            raise

    @property
    def zypper(self):
        return self.kind.manager == "zypper"

    def _furnish(self, agent, repositories, dnf_conf):
        """Makes the bare root a node of its distribution."""
        self.remove("/etc/os-release")  # a link
        self.put("/etc/os-release", self.kind.os_release)
        shutil.copy2(agent, self.at("/usr/local/bin/thpc-node-agent"))
        # Keep only this kind's manager: for an unknown distribution the agent takes a manager that is installed.
        for program in OTHERS.get(self.kind.manager, OTHERS["dnf"]):
            self.remove(f"/usr/bin/{program}")
        if self.kind.manager == "apt-get":
            self.put("/etc/apt/sources.list", "deb [trusted=yes] file:/repo/apt ./\n")
            self.put("/etc/dpkg/dpkg.cfg.d/fast", "force-unsafe-io\n")
            self.must("apt-get", "update")
            return
        self.put("/etc/rpm/macros", f"%_dbpath {self.kind.database}\n")
        if self.kind.manager == "yum":
            self.at("/usr/bin/dnf").rename(self.at("/usr/bin/yum"))
        self.put("/etc/dnf/dnf.conf", dnf_conf)
        self.repositories(repositories)
        self.must("mkdir", "-p", self.kind.database, "/opt/small")
        if self.zypper:
            # libzypp prefers an existing /var/lib/rpm to the macro; on Leap that is a link.
            self.must("rm", "-rf", "/var/lib/rpm")
            self.must("ln", "-s", self.kind.database, "/var/lib/rpm")
        self.put("/usr/local/bin/rpm", RPM)
        self.at("/usr/local/bin/rpm").chmod(0o755)
        self.must("rpm", "--initdb")
        self.must("rpm", "-i", f"/repo/system/toy-release-{self.kind.release}-1.noarch.rpm")

    def repositories(self, enabled, **options):
        """Writes repository files: the enabled ones, and one that the distribution ships disabled."""
        folder = "/etc/zypp/repos.d" if self.zypper else "/etc/yum.repos.d"
        self.must("rm", "-rf", folder)
        settings = {"gpgcheck": 0, "autorefresh": 1, "type": "rpm-md", **options}
        for name in dict.fromkeys([*enabled, "suse" if self.zypper else "crb"]):
            lines = [f"[{name}]", f"name=toy {name}", f"baseurl=file:///repo/{name}", f"enabled={int(name in enabled)}"]
            self.put(f"{folder}/{name}.repo", "\n".join([*lines, *(f"{key}={value}" for key, value in settings.items())]) + "\n")

    # Start and stop

    def _start(self):
        with open(self.directory / "errors", "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", START, "sh", self.base, str(self.directory)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=ENVIRONMENT)
        if self.process.stdout.readline() != b"up\n":
            raise RuntimeError(f"the node does not start: {(self.directory / 'errors').read_text(encoding='utf-8')}")
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        self.init = int(children.split()[0])

    def stop(self):
        os.kill(self.init, signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def power_cut(self):
        """Kills all its processes at once and starts it again; the disk keeps what was written."""
        self.stop()
        self._start()

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Commands

    def popen(self, *arguments):
        # Without --wd nsenter stays in the caller's directory, outside of the new root.
        root = f"/proc/{self.init}/root"
        command = ["nsenter", f"--target={self.init}", "--mount", "--pid", f"--root={root}", f"--wd={root}", "--", *map(str, arguments)]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                errors="replace", env=ENVIRONMENT)

    def run(self, *arguments, timeout=120):
        start = time.monotonic()
        process = self.popen(*arguments)
        output, _ = process.communicate(timeout=timeout)
        return Result(process.returncode, output, time.monotonic() - start)

    def shell(self, script):
        return self.run("sh", "-c", script)

    def must(self, *arguments):
        result = self.run(*arguments)
        if result.code != 0:
            raise RuntimeError(f"{arguments}: {result}")
        return result

    def agent(self, *arguments):
        return self.run("thpc-node-agent", *arguments)

    def install(self, *arguments):
        return self.agent("packages", "install", *arguments)

    def install_behind_a_lock(self):
        """Installs while another manager sleeps in toy-slow's %post; ends that sleep when the agent waits for the package lock."""
        start = time.monotonic()
        process = self.popen("thpc-node-agent", "packages", "install")
        output = ""
        for line in process.stdout:
            output += line
            if "waiting for the package lock" in line:
                self.run("pkill", "-x", "sleep")
        return Result(process.wait(), output, time.monotonic() - start)

    def check(self):
        return self.agent("packages", "check")

    def agent_in_background(self, *arguments):
        """Starts the agent in its own session; /run/agent.pid has its pid."""
        return self.popen("setsid", "sh", "-c", 'echo $$ >/run/agent.pid; exec thpc-node-agent "$@"', "sh", *arguments)

    def manager(self, *names):
        """Starts the package manager as the agent does, to block the agent."""
        start = {"zypper": ["zypper", "--non-interactive", "install"], "apt-get": ["apt-get", "-y", "install"]}
        return self.popen("env", "LC_ALL=C", *start.get(self.kind.manager, [self.kind.manager, "-y", "install"]), *names)

    def wait_for(self, script, seconds=60):
        """Waits until a shell command succeeds in the node."""
        end = time.monotonic() + seconds
        while (last := self.shell(script)).code != 0:
            if time.monotonic() > end:
                raise TimeoutError(f"{script}: {last}")
            time.sleep(0.1)

    def wait_for_post(self):
        """Waits until toy-slow's %post runs: then the transaction is half done."""
        self.wait_for("test -e /toy-slow.runs")

    # Files

    def at(self, path):
        """The path of the node's file on this machine: by /proc, since only the node's namespace has the overlay."""
        return pathlib.Path(f"/proc/{self.init}/root{path}")

    def put(self, path, text):
        file = self.at(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def read(self, path):
        file = self.at(path)
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def remove(self, path):
        self.at(path).unlink(missing_ok=True)

    def config(self, extra=(), role="COMPUTE", account="NIS", scheduler="SLURM", storage=True, timeout=60, lock_timeout=30):
        names = ", ".join(f'"{name}"' for name in extra)
        cfs = '[[cfs]]\nlocal_path = "/data"\nremote_path = "172.30.3.90:/"\nprotocol = "NFS 4.0"\n' if storage else ""
        self.put("/etc/thpc/node-agent.toml", f'[cluster]\nid = "hpc-8hje8h12"\nnode_role = "{role}"\naccount_type = "{account}"\n'
                 f'scheduler_type = "{scheduler}"\n{cfs}[packages]\nextra = [{names}]\ntimeout = {timeout}\nlock_timeout = {lock_timeout}\n'
                 '[metadata]\nendpoint = ""\n')

    def only(self, *names, **options):
        """Configures a node that needs only these packages."""
        self.config(extra=names, account="NONE", scheduler="NONE", storage=False, **options)

    def installed(self):
        """Names of all installed packages except toy-release."""
        names = self.run("rpm", "-qa", "--qf", "%{NAME}\n").output.split()
        return sorted(name for name in names if name != "toy-release")
