"""Missing packages, and faults of repositories. The error has the reason; permanent faults are not retried."""

import re

from run import RPM, expect, scenario
from scenarios.text import error, hint


def failed_at_once(out):
    """No attempt was repeated. Seconds prove nothing: a manager is slow on a busy machine."""
    expect(out.code == 1 and "again in" not in out.output, "it fails without a retry", out)


@scenario("rocky8", "leap15", "debian12")
def absent(node):
    names = [f"toy-nosuch{number}" for number in range(9)]
    node.only(*names, "toy-slow")
    out = node.install()
    failed_at_once(out)
    expect(all(name in error(out.output).partition(": ")[2].partition(": ")[2] for name in names),
           "the manager's words have all missing names", out)
    expect("repository" in hint(out.output), "the hint asks for a repository", out)


@scenario(*RPM)
def unmet(node):
    node.only("toy-unmet")
    out = node.install()
    failed_at_once(out)
    expect("nothing provides libhwloc.so.5" in error(out.output) and "toy-unmet" in error(out.output),
           "the missing dependency and its package are named", out)
    expect(("PackageHub" if node.zypper else "crb") in hint(out.output), "the hint names the disabled repository", out)
    node.repositories(["suse", "crb"] if node.zypper else ["base", "epel", "crb"])
    out = node.install()
    expect(out.code == 0, "with that repository enabled it is installed", out)


@scenario("debian12")
def unmet_for_apt(node):
    node.only("toy-unmet")
    out = node.install()
    failed_at_once(out)
    expect("toy-unmet : Depends: toy-nowhere (>= 2)" in error(out.output), "the dependency is named", out)


@scenario(*RPM)
def conflicting(node):
    node.config(extra=["toy-enemy"])
    out = node.install()
    failed_at_once(out)
    expect("conflicts with" in error(out.output) and "munge" in error(out.output), "both packages of the conflict are named", out)


@scenario(*RPM)
def file_conflict(node):
    node.config(extra=["toy-clash"])
    out = node.install()
    failed_at_once(out)
    expect("/usr/sbin/munged" in error(out.output) and "toy-clash" in error(out.output), "the file and the package are named", out)


@scenario("rocky8")
def excluded(node):
    node.put("/etc/dnf/dnf.conf", node.read("/etc/dnf/dnf.conf") + "excludepkgs=toy-excluded\n")
    node.only("toy-excluded")
    out = node.install()
    failed_at_once(out)
    expect("filtered out by exclude" in error(out.output), "the reason is named", out)
    expect("exclude" in hint(out.output), "the hint fits", out)


@scenario("leap15")
def locked_by_zypper(node):
    node.must("zypper", "--non-interactive", "addlock", "toy-excluded")
    node.only("toy-excluded")
    out = node.install()
    failed_at_once(out)
    expect("lock" in error(out.output) and "toy-excluded" in error(out.output), "the reason is named", out)
    expect("removelock" in hint(out.output), "the hint fits", out)


@scenario(*RPM)
def all_repositories_gone(node):
    node.config(timeout=12, lock_timeout=5)
    node.must("mv", "/repo", "/repo.gone")
    out = node.install()
    expect(out.code == 1 and "not reached" in error(out.output), "it fails as not reached", out)
    expect("/repo/" in error(out.output), "the manager's reason is named (path or URL)", out)


@scenario("leap15")
def a_dead_repository_that_is_not_needed(node):
    node.repositories(["suse", "dead"])
    node.config()
    out = node.install()
    expect(out.code == 0 and "again in" not in out.output, "it is installed at the first attempt", out)
    expect("warning: " in out.output and "dead" in out.output, "with a warning that names it", out)


@scenario(*RPM)
def unsigned(node):
    node.config()
    node.repositories(node.kind.repositories, gpgcheck=1)
    out = node.install()
    failed_at_once(out)
    expect(re.search("not signed|unsigned|[Ss]ignature", error(out.output)), "the unsigned package or repository is named", out)
    expect("sign" in hint(out.output) and "network" not in hint(out.output), "the hint fits", out)


@scenario(*RPM)
def incorrect_checksum(node):
    repository = "suse" if node.zypper else "base"
    node.shell(f"for file in /repo/{repository}/munge-*.rpm; do head -c 300 /dev/urandom | dd of=$file bs=1 seek=2000 conv=notrunc; done")
    node.config(timeout=12, lock_timeout=5)
    out = node.install()
    expect(out.code == 1 and re.search("checksum|digest|corrupted|integrity", error(out.output)), "the checksum is the reason", out)
    expect("munge" in error(out.output), "and the package is named", out)


@scenario(*RPM)
def no_space(node):
    node.must("mount", "-t", "tmpfs", "-o", "size=1m", "small", "/opt/small")
    node.only("toy-big")
    out = node.install()
    failed_at_once(out)
    expect("NO_SPACE" in out.output and "/opt/small" in error(out.output), "the file system is named", out)
