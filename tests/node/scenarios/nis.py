"""Users that exist only in NIS: a real ypserv on one node, a real ypbind on the other."""

from cluster import MANAGER, compute, configuration, controller_boot, error_code, jobs_run, manager, run_ended, slurm_conf, submit
from run import expect, scenario

DOMAIN = "hpc-8hje8h12"
WITH_NIS = configuration(cluster='account_type = "NIS"\n')
MAPS = (f"useradd -u 4001 -m alice && useradd -u 4002 -r slurmnis && sed -i 's/^MINUID=.*/MINUID=1000/' /var/yp/Makefile && "
        f"nisdomainname {DOMAIN} && mkdir -p /var/yp/{DOMAIN} && hostname manager && echo manager >/var/yp/ypservers && "
        f"make -C /var/yp/{DOMAIN} -f ../Makefile NOPUSH=true passwd group >/dev/null")


def serve(node):
    """Makes that machine the NIS server of the cluster, like a THPC manager."""
    node.change(MAPS)
    node.write("/etc/defaultdomain", f"{DOMAIN}\n")
    node.enable("rpcbind.service", "ypserv.service")
    return node


def bind(node, delay=0):
    """Makes that node a NIS client; its binding takes at least `delay` seconds."""
    node.write("/etc/defaultdomain", f"{DOMAIN}\n")
    node.write("/etc/yp.conf", f"domain {DOMAIN} server {MANAGER}\n")
    # For tables missing in nsswitch.conf the C library asks NIS first, and NIS does not answer before the binding.
    local = "".join(f"{table}: files\n" for table in ("hosts", "networks", "protocols", "services", "ethers", "rpc", "netgroup"))
    node.write("/etc/nsswitch.conf", f"passwd: files nis\ngroup: files nis\nshadow: files nis\n{local}")
    node.write("/etc/systemd/system/ypbind.service.d/slow.conf", f"[Service]\nExecStartPre=/bin/sleep {delay}\n")
    node.enable("rpcbind.service", "ypbind.service")
    return node


@scenario
def a_user_only_in_nis_is_known_before_the_first_job(machines):
    controller = controller_boot(serve(machines.add(manager(machines.network))))
    submit(controller, "getent passwd alice >>/root/user || echo missing >>/root/user")
    node = bind(machines.add(compute(machines.network, config=WITH_NIS)), delay=2)
    node.boot()
    expect(node.wait("getent passwd alice", 30), f"the node does not know alice: {node.log('ypbind')}")
    expect(node.wait("test -s /root/user", 40), f"the job did not run: {node.log('ypbind')}")
    expect(node.read("/root/user").startswith("alice:"), f"the job saw {node.read('/root/user')!r}")
    expect(not node.succeeds("grep alice /etc/passwd"), "alice is in /etc/passwd, and proves nothing")


@scenario
def slurmd_starts_after_the_binding_if_slurms_user_is_only_in_nis(machines):
    server = serve(machines.add(manager(machines.network)))
    server.write("/etc/slurm/slurm.conf", slurm_conf(user="slurmnis"))
    server.change("chown -R slurmnis /var/lib/slurm && touch /var/log/slurmctld.log && chown slurmnis /var/log/slurmctld.log")
    controller = controller_boot(server)
    submit(controller)
    node = bind(machines.add(compute(machines.network, config=WITH_NIS, slurm={"user": "slurmnis"})), delay=3)
    node.boot()
    expect(run_ended(node) == "active", f"the bootstrap failed: {error_code(node)}")
    expect(node.wait("test -s /root/jobs", 40), f"the job did not run: {node.log('slurmd')}")
    expect(node.output("systemctl show -p NRestarts --value slurmd") == "0", "slurmd was started more than once")


@scenario
def a_munge_key_from_the_script_is_used_before_slurmd_starts(machines):
    controller = controller_boot(machines.add(manager(machines.network)))
    submit(controller)
    script = "#!/bin/sh\nset -e\nsleep 1\ninstall -o munge -g munge -m 400 /srv/munge.key /etc/munge/munge.key\n"
    node = machines.add(compute(machines.network, script=script))
    node.change("mv /etc/munge/munge.key /srv/munge.key")
    node.boot()
    expect(run_ended(node) == "active", f"the bootstrap failed: {error_code(node)}")
    expect(node.wait("systemctl is-active munge", 10), "munge was not started again")
    expect(node.wait("test -s /root/jobs", 30), "the job did not run")
    expect(all(job[2] == "whole" for job in jobs_run(node)), f"a job ran on a node that was not whole: {jobs_run(node)}")


@scenario
def a_script_may_restart_munge_with_its_own_key(machines):
    controller = controller_boot(machines.add(manager(machines.network)))
    submit(controller)
    script = "#!/bin/sh\nset -e\ninstall -o munge -g munge -m 400 /srv/munge.key /etc/munge/munge.key\nsystemctl restart munge\n"
    node = machines.add(compute(machines.network, script=script))
    node.change("mv /etc/munge/munge.key /srv/munge.key")
    node.boot()
    expect(run_ended(node) == "active", f"the bootstrap failed: {error_code(node)}")
    expect(node.wait("test -s /root/jobs", 30), "the job did not run")
