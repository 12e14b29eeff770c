"""Interrupted transactions. rpm counts a package as installed before its %post, so its packages are installed again."""

from run import RPM, expect, scenario
from scenarios.text import error


def cut_short(node, end):
    """Ends a run while toy-slow's %post runs."""
    node.config(extra=["toy-slow"], timeout=60, lock_timeout=30)
    node.put("/toy-sleep", "99\n")
    run = node.agent_in_background("packages", "install")
    node.wait_for_post()
    node.put("/toy-sleep", "0\n")
    end(run)


def healed(node):
    out = node.install_behind_a_lock()
    expect(out.code == 0 and node.check().code == 0, "the next run installs the rest", out)
    expect("done" in node.read("/toy-slow.done"), "the interrupted script ran to its end", out)
    double = node.shell("rpm -qa --qf '%{NAME}\\n' | sort | uniq -d")
    expect(double.output == "", "no package is twice in the database", double)
    last = node.install()
    expect(last.code == 0 and "skipped" in last.output, "the run after that has nothing to do", last)
    return out


def signal_agent(node, name):
    return node.must("sh", "-c", f"kill -{name} $(cat /run/agent.pid)")


@scenario(*RPM)
def power_cut(node):
    cut_short(node, lambda run: (node.power_cut(), run.wait()))
    check = node.check()
    expect(check.code == 5 and "toy-slow: installed by an interrupted transaction" in check.output.replace(", ", " "),
           "check names the package", check)
    out = healed(node)
    expect("toy-slow" in out.output, "the package of the interrupted transaction is named", out)
    expect("interrupted transaction" not in node.check().output, "and not named again", out)


@scenario("rocky8", "leap15")
def a_package_that_cannot_be_installed_again_is_named(node):
    cut_short(node, lambda run: (node.power_cut(), run.wait()))
    repository = "suse" if node.zypper else "epel"
    node.must("sh", "-c", f"rm /repo/{repository}/toy-slow-*; createrepo_c -q /repo/{repository}; rm -rf /var/cache/dnf /var/cache/zypp")
    for attempt in ("first", "second"):
        out = node.install()
        warning = next((line for line in out.output.splitlines() if "warning: " in line and "interrupted transaction" in line), "")
        expect(out.code == 0 and "toy-slow" in warning, f"the {attempt} run names it, and installs the others", out)
        expect("nfs" not in warning, "and no complete package", out)


@scenario(*RPM)
def everything_killed(node):
    cut_short(node, lambda run: (node.shell("kill -KILL -1"), run.wait()))
    healed(node)


@scenario(*RPM)
def only_the_agent_killed(node):
    """dnf continues, and the next run waits for it; zypper ends when it prints to the closed pipe."""
    cut_short(node, lambda run: (signal_agent(node, "KILL"), run.wait()))
    out = healed(node)
    expect(node.zypper or "waiting for the package lock" in out.output, "the next run waits for the manager", out)


@scenario(*RPM)
def terminated(node):
    def end(run):
        signal_agent(node, "TERM")
        output, _ = run.communicate()
        expect(run.returncode == 143, f"143: {run.returncode}", output)
    cut_short(node, end)
    healed(node)


@scenario(*RPM)
def limit(node):
    node.config(extra=["toy-slow"], timeout=12, lock_timeout=10)
    node.put("/toy-sleep", "99\n")
    out = node.install()
    expect(out.code == 1 and "not done within 12 s" in error(out.output), "the limit is the reason", out)
    left = node.run("pgrep", "-afx", "sleep 99|.*(dnf|zypper|rpm) .*")
    expect(left.output == "", "no started process is left", left)
    node.put("/toy-sleep", "0\n")
    node.config(extra=["toy-slow"])
    out = node.install()
    expect(out.code == 0 and "done" in node.read("/toy-slow.done"), "the next run finishes it", out)


@scenario("rocky8", "leap15")
def the_manager_gets_TERM_before_KILL(node):
    """A manager that takes a second to end after TERM, and records that it ended by itself."""
    name = node.kind.manager
    node.put(f"/usr/local/sbin/{name}", f"#!/bin/bash\ncase \"$*\" in *' install '*) ;; *) exec /usr/bin/{name} \"$@\" ;; esac\n"
             "trap 'echo asked to end; sleep 1; echo ended by itself >/ended; exit 1' TERM\nsleep 98 & wait\n")
    node.at(f"/usr/local/sbin/{name}").chmod(0o755)
    node.only("toy-noarch", timeout=10, lock_timeout=3)
    out = node.install()
    expect(out.code == 1 and "not done within 10 s" in error(out.output), "the limit is the reason", out)
    expect("ended by itself" in node.read("/ended"), "it had time to end by itself", out)
