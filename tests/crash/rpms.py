"""A node that lacks a package: the real dnf and rpm install it, on the recorded disk, from a directory of the node.

The programs are those of the root that tests/rpm/build-root.sh makes."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess

import machine
import scenarios

import packages

SCENARIO = scenarios.Scenario("rpm packages", ["bootstrap"], on="lacking-rpm")
SPEC = """\
Name: tool
Version: 1
Release: 1
Summary: test
License: MIT
BuildArch: noarch
AutoReqProv: no
%description
A test.
%install
mkdir -p %{buildroot}/srv/tool
cp /srv/data %{buildroot}/srv/tool/data
%files
/srv/tool
%post
test -s /srv/tool/data
"""
OS_RELEASE = 'NAME="Rocky Linux"\nVERSION_ID="8.10"\nID="rocky"\nID_LIKE="rhel centos fedora"\n'
DNF = "[main]\ngpgcheck=0\nbest=True\n"
REPOSITORY = "[tool]\nname=tool\nbaseurl=file:///srv/repo\nenabled=1\ngpgcheck=0\n"
BUILD = """\
set -e
rpm --initdb
rpm --force-debian -i /repo/system/toy-release-8.10-1.noarch.rpm
rpmbuild -bb --quiet --define '_topdir /tmp/top' --define '_dbpath /tmp/db' --define '_rpmdir /srv/repo' /srv/tool.spec
createrepo_c -q /srv/repo
rm -rf /tmp/* /srv/data /srv/tool.spec
"""
# What dnf and rpm write.
OF_THE_MANAGER = ["/var/lib/rpm", "/var/lib/dnf", "/var/log/dnf.log", "/var/log/dnf.rpm.log", "/var/log/dnf.librepo.log",
                  "/var/log/hawkey.log"]


def make_lacking(work, repository):
    """A node without the marker of an image, whose dnf has one repository; its programs are in SCENARIO.programs."""
    base = subprocess.run([f"{repository}/tests/rpm/build-root.sh"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    SCENARIO.programs = f"{base}/usr"
    root = f"{work}/lacking-rpm"
    shutil.copytree(f"{work}/fresh", root, symlinks=True)
    for name in ("alternatives", "dnf", "rpm", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "debian_version", "python3", "python3.11"):
        if os.path.exists(f"{base}/etc/{name}"):
            subprocess.run(["cp", "-a", f"{base}/etc/{name}", f"{root}/etc/"], check=True)
    os.remove(f"{root}/root/thpc_preinstalled.json")
    shutil.rmtree(f"{root}/var/lib/dpkg")
    scenarios.write(f"{root}/etc/thpc/node-agent.toml", packages.CONFIG)
    scenarios.write(f"{root}/etc/group", "root:x:0:\n")
    scenarios.write(f"{root}/etc/os-release", OS_RELEASE)
    scenarios.write(f"{root}/etc/dnf/dnf.conf", DNF)
    scenarios.write(f"{root}/etc/yum.repos.d/tool.repo", REPOSITORY)
    scenarios.write(f"{root}/etc/rpm/macros", "%_dbpath /var/lib/rpm\n")
    scenarios.write(f"{root}/srv/tool.spec", SPEC)
    scenarios.write(f"{root}/srv/data", packages.DATA)
    os.makedirs(f"{root}/repo")
    [(_, result)] = machine.run_all([("", lambda: _build(root, base))], 1)
    if result:
        raise RuntimeError(result)
    os.rmdir(f"{root}/repo")


def _build(root, base):
    machine.mount(None, "/", flags=machine.RECURSIVE | machine.PRIVATE)
    for name in ("usr", "repo"):
        machine.bind_read_only(f"{base}/{name}", f"{root}/{name}")
    machine.mount("/dev", f"{root}/dev", flags=machine.BIND | machine.RECURSIVE)
    machine.mount("proc", f"{root}/proc", "proc")
    os.chroot(root)
    os.chdir("/")
    done = subprocess.run(["sh", "-c", BUILD], env={"PATH": "/usr/sbin:/usr/bin", "HOME": "/root"}, capture_output=True, text=True)
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def boot():
    """What systemd-tmpfiles does at boot: dnf's locks name processes of the boot before."""
    with open("/usr/lib/tmpfiles.d/dnf.conf", encoding="utf-8") as lines:
        for _, pattern in (line.split() for line in lines if line.startswith("r ")):
            for path in glob.glob(pattern):
                os.remove(path)


def state():
    """All that rpm has on the disk of this process's root, as one text."""
    return packages.hashes("/var/lib/rpm", "/srv/tool")


def problems():
    """What is wrong with the installed package, on the node whose root is the root of this process."""
    asked = subprocess.run(["rpm", "-q", "tool"], capture_output=True, text=True)
    verified = subprocess.run(["rpm", "-V", "tool"], capture_output=True, text=True)
    return ([] if asked.stdout == "tool-1-1.noarch\n" else [f"rpm has the package as {asked.stdout!r} {asked.stderr}"]) + (
        [] if verified.returncode == 0 else [f"rpm --verify: {verified.stdout}{verified.stderr}"])
