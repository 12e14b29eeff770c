"""Installations that succeed."""

from run import RPM, expect, scenario
from scenarios.text import error

LOG = "/var/log/thpc-node-agent/packages.log"


@scenario("rocky8", "tencentos3", "yumname", "leap15", "debian12")
def clean(node):
    node.config()
    first = node.check()
    expect(first.code == 5, "all is missing at first: exit 5", first)
    dry = node.install("--dry-run")
    expect(dry.code == 0 and node.check().code == 5, "a dry run installs nothing", dry)
    done = node.install()
    expect(done.code == 0 and "warning" not in done.output, "installed, without a warning", done)
    check = node.check()
    expect(check.code == 0, "check sees it: exit 0", check)
    again = node.install()
    expect(again.code == 0 and "skipped" in again.output, "again: skipped", again)


@scenario("rocky9")
def without_NIS_the_other_packages_are_installed(node):
    node.config()
    out = node.install()
    expect(out.code == 1 and "rocky 9.4 has no ypbind, yp-tools, nss_nis" in error(out.output), "packages that EL 9 lacks are named", out)
    for name in ("nfs-utils", "munge", "slurm-slurmd"):
        expect(name in node.installed(), f"{name} is installed all the same", out)
    again = node.install()
    expect(again.code == 1 and again.seconds < 10, "the second run ends the same way, soon", again)


@scenario("rocky8", repositories=["base", "ohpc"])
def the_name_in_the_repositories_is_installed(node):
    node.config()
    done = node.install()
    expect(done.code == 0 and "slurm-slurmd-ohpc" in node.installed(), "OpenHPC's package", done)


@scenario("rocky8", repositories=["base"])
def the_name_is_found_although_the_plan_had_no_lists(node):
    node.config()
    node.repositories(["base", "ohpc"])
    node.shell("rm -rf /var/cache/dnf")
    done = node.install()
    expect(done.code == 0 and "slurm-slurmd-ohpc" in node.installed(), "OpenHPC's package", done)


@scenario(*RPM)
def a_package_that_provides_the_name_counts(node):
    node.only("toy-old", "toy-with.dot", "toy-noarch")
    done = node.install()
    expect(done.code == 0 and node.check().code == 0, "provided names, dots and noarch", done)


@scenario("rocky8", "leap15", "debian12")
def all_output_is_in_the_log(node):
    node.config()
    out = node.install()
    log = node.read(LOG)
    expect(out.code == 0 and node.kind.manager in log and "install" in log, "the command is in the log", log)
    expect("munge" in log and len(log.splitlines()) > 10, "and the output of the package manager", log)


@scenario("rocky8")
def three_generations_of_the_log_are_kept(node):
    for name in ("toy-noarch", "toy-with.dot", "toy-reboot", "toy-old"):
        node.only(name)
        expect(node.install().code == 0, f"{name} installed")
    for number, name in enumerate(("toy-old", "toy-reboot", "toy-with.dot")):
        expect(f"install {name}" in node.read(f"{LOG}.{number}" if number else LOG), f"the log of the run {number} before the last")
    left = node.shell(f"ls {LOG}*").output
    expect(len(left.split()) == 3, "no older log is kept", left)
    modes = node.shell(f"stat -c %a {LOG}*").output
    expect(set(modes.split()) == {"600"}, "only root may read them", modes)


@scenario("rocky8")
def keys_of_repositories_stay_out_of_the_log(node):
    node.config()
    node.shell("sed -i s,^baseurl=file:,baseurl=http://robot:hush-hush@127.0.0.1:9, /etc/yum.repos.d/base.repo")
    node.config(timeout=10, lock_timeout=5)
    out = node.install()
    everything = out.output + node.read(LOG) + node.read("/var/lib/thpc-node-agent/report.json")
    expect(out.code == 1 and "127.0.0.1" in everything and "hush-hush" not in everything, "no output or log has the password", everything)
