"""apt and dpkg: interrupted installations are repaired."""

import time

from run import expect, scenario
from scenarios.text import error

MOMENTS = 20


def whole(node):
    audit = node.must("dpkg", "--audit")
    expect(audit.output == "", "dpkg has nothing half done", audit)


def killed(node, moments):
    """Cuts the node's power at moments of a run; the next run repairs it."""
    node.config(timeout=60)
    node.shell("cp -a /var/lib/dpkg /dpkg.before")
    whole_run = node.install()
    expect(whole_run.code == 0, "a run that is not interrupted", whole_run)
    for moment in moments:
        node.must("sh", "-c", "rm -rf /var/lib/dpkg /usr/share/toy; cp -a /dpkg.before /var/lib/dpkg")
        run = node.agent_in_background("packages", "install")
        time.sleep(whole_run.seconds * (moment + 0.5) / MOMENTS)
        node.power_cut()
        run.communicate()
        out = node.install()
        expect(out.code == 0 and node.check().code == 0, f"repaired after moment {moment} of {MOMENTS}", out)
        whole(node)


@scenario("debian12")
def killed_at_ten_moments(node):
    killed(node, range(0, MOMENTS, 2))


@scenario("debian12")
def killed_at_ten_other_moments(node):
    killed(node, range(1, MOMENTS, 2))


@scenario("debian12")
def a_broken_dependency_is_fixed(node):
    """As after `dpkg -i` of a package without its dependencies: apt refuses all other work until that is repaired."""
    node.shell("dpkg --unpack /repo/apt/slurmd_*.deb")
    node.config()
    out = node.install()
    expect(out.code == 0 and node.check().code == 0, "installed", out)
    whole(node)


@scenario("debian12")
def an_unfixable_dependency_is_named(node):
    node.shell("dpkg --unpack /repo/apt/toy-unmet_*.deb")
    node.config()
    out = node.install()
    # apt may remove the package, since it was not requested.
    expect(out.code == 0 or "toy-unmet : Depends: toy-nowhere" in error(out.output), "installed, or the reason is named", out)


@scenario("debian12")
def half_installed_is_installed_again(node):
    node.config()
    expect(node.install().code == 0, "installed")
    # The status that a dpkg killed while unpacking leaves.
    node.must("sed", "-i", "/^Package: munge$/,/^$/s/^Status: .*/Status: install reinstreq half-installed/", "/var/lib/dpkg/status")
    out = node.install()
    expect(out.code == 0 and node.check().code == 0, "installed again", out)
    whole(node)


@scenario("debian12")
def half_installed_without_an_archive(node):
    node.config()
    expect(node.install().code == 0, "installed")
    node.must("sed", "-i", "/^Package: munge$/,/^$/s/^Status: .*/Status: install reinstreq half-installed/", "/var/lib/dpkg/status")
    node.must("sh", "-c", "rm /repo/apt/munge_*; sed -i '/^Package: munge$/,/^$/d' /repo/apt/Packages; apt-get update")
    out = node.install()
    expect(out.code == 1 and "munge" in error(out.output) and "reinstalled" in error(out.output), "the reason is named", out)
