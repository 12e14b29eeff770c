"""rpm's database, the image's manifest, and the marker."""

import json
import subprocess

from node import ENVIRONMENT
from run import RPM, expect, scenario
from scenarios.text import error

MARKER = "/root/thpc_preinstalled.json"


def damage(node):
    node.shell(f"for file in {node.kind.database}/rpmdb.sqlite*; do head -c 8192 /dev/urandom >$file; done")


@scenario(*RPM)
def image(node):
    node.config()
    node.install()
    node.agent("image", "prep", "--yes")
    manifest = json.loads(node.read(MARKER))
    names = [package["name"] for package in manifest["packages"]]
    node.config()  # image prep removed the cluster from the configuration
    listed = [line.split()[1] for line in node.check().output.splitlines() if line.startswith("✓")]
    expect(names and names == listed and not manifest["missing"], "the manifest has all that is needed", (names, listed))
    if not node.zypper:
        versions = {package["name"]: package["version"] for package in manifest["packages"]}
        expect(versions["nfs-utils"] == "1:2.3.3-59.el8", "versions have their epoch, as dpkg's have", versions)
        expect(versions["munge"] == "0.5.13-2.el8", "only if the package has one", versions)
    node.must("rpm", "-e", "--nodeps", "munge")
    out = node.agent("bootstrap", "--dry-run")
    expect("PACKAGES_MISSING" in out.output and "munge" in out.output, "a node of the image sees that munge is gone", out)


@scenario(*RPM)
def damaged(node):
    node.config()
    node.install()
    damage(node)
    check = node.check()
    expect(check.code == 1 and "PACKAGES_DATABASE" in check.output and "missing" not in check.output,
           "damaged is not the same as nothing installed", check)
    out = node.install()
    expect(out.code == 1 and "PACKAGES_DATABASE" in error(out.output), "nothing is installed with a damaged database", out)
    out = node.agent("image", "prep", "--yes")
    expect(out.code != 0 and not node.at(MARKER).exists(), "no image is sealed with a damaged database", out)


@scenario(*RPM)
def empty(node):
    """A missing database: rpm silently makes an empty one."""
    node.config()
    node.install()
    node.shell(f"rm -f {node.kind.database}/rpmdb.sqlite*")
    check = node.check()
    expect(check.code == 1 and "PACKAGES_DATABASE" in check.output and "missing" not in check.output,
           "damaged is not the same as nothing installed", check)
    out = node.agent("image", "prep", "--yes")
    expect(out.code != 0 and not node.at(MARKER).exists(), "no image is sealed with a damaged database", out)


@scenario("debian12")
def damaged_dpkg(node):
    node.config()
    for text in ("", "\0" * 4096, "nonsense\n"):
        node.put("/var/lib/dpkg/status", text)
        check = node.check()
        expect(check.code == 1 and "PACKAGES_DATABASE" in check.output and "missing" not in check.output,
               f"damaged is not the same as nothing installed: {text[:5]!r}", check)


@scenario(*RPM)
def root_option(node):
    """The tree of an image that does not run: without /proc and /dev."""
    node.config()
    node.install()
    agent = node.directory / "thpc-node-agent"
    subprocess.run(["cp", node.at("/usr/local/bin/thpc-node-agent"), agent], check=True)
    node.stop()
    # The tree of an image is not trusted: its rpm is a trap that prints if it is executed, and its database must not change.
    script = """
        set -e
        mount --make-rprivate /
        root=$2/root
        mount -t overlay o -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$root"
        "$3" --root "$root" packages check
        rm "$root/usr/bin/rpm"
        printf '#!/bin/sh\\necho executed\\n' >"$root/usr/bin/rpm"
        chmod 755 "$root/usr/bin/rpm"
        database() { ls -lR --time-style=full-iso "$root/var/lib/rpm/" "$root/usr/lib/sysimage/rpm/" 2>&1 || :; }
        before=$(database)
        "$3" --root "$root" image prep --yes
        [ "$(database)" = "$before" ] || { echo written; database; }
        cat "$root/root/thpc_preinstalled.json"
        """
    out = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", node.base, str(node.directory), agent], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT, check=False)
    node._start()
    expect(out.returncode == 0 and '"name": "munge"' in out.stdout, "--root reads the tree's database", out.stdout)
    expect("executed" not in out.stdout and "written" not in out.stdout,
           "no program of the image is executed, and its database is not changed", out.stdout)


@scenario("rocky8")
def a_manifest_of_another_role(node):
    node.config(role="LOGIN")
    node.install()
    node.agent("image", "prep", "--yes")
    node.config(role="LOGIN")
    out = node.agent("bootstrap", "--dry-run")
    expect("made for" not in out.output, "no warning for the same role", out)
    node.config(role="COMPUTE", scheduler="NONE")
    out = node.agent("bootstrap", "--dry-run")
    expect("warning: " in out.output and "LOGIN" in out.output and "COMPUTE" in out.output, "a warning names both roles", out)


@scenario("rocky8")
def markers_of_every_kind(node):
    node.config()
    node.put(MARKER, '{"schema": 1, "packages": [')
    out = node.agent("bootstrap", "--dry-run")
    expect("warning: " in out.output and "damaged" in out.output and MARKER in out.output, "a warning names a damaged manifest", out)
    expect("skip" in out.output or "has the packages" in out.output, "a damaged manifest still counts as a marker", out)
    for make in ("mkfifo", "mkdir"):
        node.shell(f"rm -rf {MARKER}; {make} {MARKER}")
        for command in ("bootstrap --dry-run", "packages check", "image check", "image prep --dry-run", "doctor"):
            out = node.run("timeout", "-s", "KILL", "20", "thpc-node-agent", *command.split())
            expect(out.code not in (137, 124), f"{make}: {command} does not hang", out)
        out = node.agent("bootstrap", "--dry-run")
        expect(f"warning: {MARKER} is a" in out.output, f"{make}: a warning names it", out)
        out = node.agent("image", "prep", "--yes")
        left = node.shell(f"test -e {MARKER} -o -L {MARKER} && test ! -f {MARKER} && test ! -e /nowhere")
        expect("IMAGE_REFUSED" in out.output and left.code == 0, f"{make}: it is not replaced", out)
