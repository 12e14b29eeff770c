"""Every wait for a lock has a limit and names the holder."""

import re

from run import RPM, expect, scenario
from scenarios.text import error

HOLD = "import fcntl, sys, time\nf = open(sys.argv[1], 'a+')\nfcntl.lockf(f, fcntl.LOCK_EX)\nprint('held', flush=True)\ntime.sleep(600)\n"


@scenario("rocky8", "leap15", "debian12")
def the_run_waits_for_the_managers_lock(node):
    node.config(timeout=120, lock_timeout=60)
    node.put("/toy-sleep", "99\n")
    other = node.manager("toy-slow")
    node.wait_for_post()
    check = node.check()
    expect(check.seconds < 5 and "nfs-" in check.output, "check is not held up", check)
    out = node.install_behind_a_lock()
    other.communicate()
    expect(out.code == 0, "it waits, then installs", out)
    expect(re.search(r"waiting for the package lock held by pid \d+", out.output), "it names the holder", out)


def install_while_another_holds_the_lock(node, **limits):
    node.put("/toy-sleep", "99\n")
    node.config(**limits)
    other = node.manager("toy-slow")
    node.wait_for_post()
    out = node.install()
    other.kill()
    return out


@scenario("rocky8", "leap15", "debian12")
def too_long(node):
    out = install_while_another_holds_the_lock(node, timeout=60, lock_timeout=4)
    expect(out.code == 1 and re.search(r"the package lock held by pid \d+.*did not become free", error(out.output)),
           "the holder is named", out)
    expect(out.seconds < 20, "in about lock_timeout (4 s)", out)


@scenario("rocky8", "leap15", "debian12")
def longer_than_the_timeout(node):
    out = install_while_another_holds_the_lock(node, timeout=10, lock_timeout=300)
    expect(out.code == 1 and "package lock" in error(out.output), "the lock is the reason", out)
    expect(out.seconds < 25, "in about timeout (10 s)", out)


@scenario(*RPM)
def the_lock_of_rpm(node):
    node.config(timeout=10, lock_timeout=3)
    node.put("/root/hold.py", HOLD)
    holder = node.popen("python3", "/root/hold.py", f"{node.kind.database}/.rpm.lock")
    holder.stdout.readline()
    check = node.check()
    expect(check.seconds < 5 and "nfs-" in check.output, "check is not held up", check)
    out = node.install()
    expect(out.code == 1 and "package lock" in error(out.output), "it fails because of the lock", out)
    expect(out.seconds < 25, "within its limit", out)
    holder.kill()


@scenario("rocky8")
def a_lock_that_a_dead_dnf_left(node):
    """Another process has its pid by now, as after most boots."""
    node.only("toy-noarch")
    other = node.popen("sh", "-c", "echo $$ >/var/lib/dnf/rpmdb_lock.pid; echo written; exec sleep 600")
    other.stdout.readline()
    out = node.install()
    expect(out.code == 0 and "removed /var/lib/dnf/rpmdb_lock.pid" in out.output, "it is removed and named", out)
    other.kill()
