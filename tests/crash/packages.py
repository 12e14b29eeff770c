"""A node that lacks a package: this machine's apt and dpkg install it, on the recorded disk, from a directory of the node."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess

import scenarios

DATA = "".join(f"line {number}\n" for number in range(4000))
CONFIG = f"""\
[cluster]
id = "{scenarios.CLUSTER}"
node_role = "COMPUTE"
scheduler_type = "NONE"
account_type = "NONE"

[metadata]
endpoint = ""

[packages]
extra = ["tool"]
"""
CONTROL = "Package: tool\nVersion: 1\nArchitecture: all\nMaintainer: test <test@localhost>\nDescription: test\n"
APT = 'APT::Sandbox::User "root";\nAPT::Architecture "amd64";\n'
SCENARIO = scenarios.Scenario("packages", ["bootstrap"], on="lacking")
# What apt and dpkg write: they keep their own state whole, and the package's files are checked by themselves.
OF_THE_MANAGER = ["/var/lib/dpkg", "/var/lib/apt", "/var/cache", "/var/log/apt", "/var/log/dpkg.log", "/srv/tool",
                  "/var/log/thpc-node-agent/packages.log"]


def make_lacking(work):
    """A node without the marker of an image, whose apt has one repository and has read it."""
    root = f"{work}/lacking"
    shutil.copytree(f"{work}/fresh", root, symlinks=True)
    os.remove(f"{root}/root/thpc_preinstalled.json")
    scenarios.write(f"{root}/etc/thpc/node-agent.toml", CONFIG)
    scenarios.write(f"{root}/etc/group", "root:x:0:\n")
    scenarios.write(f"{root}/etc/apt/apt.conf", APT)
    scenarios.write(f"{root}/etc/apt/sources.list", "deb [trusted=yes] file:/srv/repo ./\n")
    for directory in ["etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d", "etc/apt/trusted.gpg.d", "etc/dpkg",
                      "var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/log/apt", "srv/repo",
                      *(f"var/lib/dpkg/{name}" for name in ("info", "updates", "triggers", "parts", "alternatives"))]:
        os.makedirs(f"{root}/{directory}", exist_ok=True)
    scenarios.write(f"{root}/var/lib/dpkg/available", "")
    scenarios.write(f"{root}/var/lib/dpkg/status", CONTROL.replace("tool", "base\nStatus: install ok installed") + "\n")
    scenarios.write(f"{root}/var/lib/dpkg/info/base.list", "/.\n")
    scenarios.write(f"{root}/var/lib/dpkg/info/base.md5sums", "")

    tree = f"{work}/tool"
    scenarios.write(f"{tree}/DEBIAN/control", CONTROL)
    scenarios.write(f"{tree}/DEBIAN/postinst", "#!/bin/sh\ntest -s /srv/tool/data\n", 0o755)
    scenarios.write(f"{tree}/srv/tool/data", DATA)
    deb = f"{root}/srv/repo/tool.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, deb], stdout=subprocess.DEVNULL, check=True)
    with open(deb, "rb") as file:
        content = file.read()
    scenarios.write(f"{root}/srv/repo/Packages", f"{CONTROL}Filename: ./tool.deb\nSize: {len(content)}\n"
                                                 f"SHA256: {hashlib.sha256(content).hexdigest()}\n\n")
    shutil.rmtree(tree)


def state():
    """All that dpkg has on the disk of this process's root, as one text."""
    return hashes("/var/lib/dpkg", "/srv/tool")


def hashes(*directories):
    """A line for each file below these directories: its path and the hash of its content."""
    found = []
    for top in directories:
        for directory, _, names in sorted(os.walk(top)):
            for name in sorted(names):
                with open(f"{directory}/{name}", "rb") as file:
                    found.append(f"{directory}/{name} {hashlib.sha256(file.read()).hexdigest()}")
    return "\n".join(found)


def problems():
    """What is wrong with the installed package, on the node whose root is the root of this process."""
    found = []
    status = subprocess.run(["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev}", "tool"], capture_output=True, text=True)
    if status.stdout.strip() != "ii":
        found.append(f"dpkg has the package as {status.stdout!r} {status.stderr.strip()}")
    audit = subprocess.run(["dpkg", "--audit"], capture_output=True, text=True)
    if audit.stdout or audit.returncode != 0:
        found.append(f"dpkg --audit: {audit.stdout}{audit.stderr}")
    try:
        with open("/srv/tool/data", encoding="utf-8") as file:
            data = file.read()
    except OSError as error:
        data = str(error)
    if data != DATA:
        found.append(f"a file of the package is not whole: {data[:60]!r}, {len(data)} characters")
    return found
