# shellcheck shell=bash source-path=SCRIPTDIR
# The first boot: cloud-init has written the configuration and started the agent; nothing was done by hand.
. ./lib.sh

check "the first boot bootstraps the node from its user data alone" bootstrapped
check "cloud-init ends without an error" jq -e '.v1.errors == []' /run/cloud-init/result.json
check "the ready file exists" test -e /run/thpc-node-agent/ready
installed() {
    stage packages succeeded &&
        same 'ok ok ok ok ok ' "$(dpkg-query --show --showformat '${db:Status-Eflag} ' munge slurmd ypbind-mt yp-tools libnss-nis)"
}
check "packages that Slurm and NIS need and the image lacks are installed" installed
check "the daemon of the installed munge was started" systemctl is-active munge.service

one_run() { same ran "$(cat /root/init-script.runs)"; }
check "the init script from COS ran exactly once" one_run
check "it saw the four variables of its node" contains /root/init-script.env \
    THPC_NODE_ROLE=COMPUTE "THPC_CLUSTER_ID=$cluster" THPC_SCHEDULER_TYPE=SLURM THPC_ACCOUNT_TYPE=NIS
check "it ran with root's HOME, USER and SHELL" contains /root/init-script.env HOME=/root USER=root SHELL=/
places() { same "/dev/null /root" "$(paste -sd' ' /root/init-script.places)"; }
check "its standard input was null and it ran in /root" places
check "its output is in its log file" contains /var/log/thpc-node-agent/init-script-1.log "hello from COMPUTE node of $cluster"
left_alone() { kill -0 "$(cat /root/init-script.left)"; }
check "a process that it left in the background still runs" left_alone

check "/opt is the scheduler's share over NFS 3" mounted /opt 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt 3
check "/data is a share over NFS 4.0" mounted /data 127.0.0.1:/ 4.0
check "a missing remote directory was created on the server" test -d /j25ey5tz/hpc-8hje8h12/opt
written() { echo from-the-node >/data/proof && same from-the-node "$(cat /srv/cfs/proof)"; }
check "a file that the node writes there is on the server" written

left() { cmp "$report" /opt/thpc/fleet/ins-boottest.json && same ins-boottest.json "$(ls -A "/j25ey5tz/$cluster/opt/thpc/fleet")"; }
check "only its complete report is on the scheduler's share" left
fleet() { agent 0 fleet /opt/thpc/fleet && printed "1 node of $cluster" && grep -E '^ +succeeded +1 +100 %$' "$agent_output"; }
check "fleet shows one node, which succeeded" fleet

check "findmnt --verify finds no fault in fstab" findmnt --verify --tab-file /etc/fstab
others() { grep -v x-thpc /etc/fstab | cmp - /etc/fstab.before; }
check "all other lines of fstab are unchanged, byte for byte" others
check "fstab has a line for /opt, with the cluster's tag and nofail" line /opt 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt
check "fstab has a line for /data, with the cluster's tag and nofail" line /data 127.0.0.1:/
check "systemd's unit of /opt matches fstab" unit_matches_fstab opt.mount
check "systemd's unit of /data matches fstab" unit_matches_fstab data.mount

check "slurmd, installed during the boot, starts when the node is ready and /opt is mounted" contains /run/slurmd-found \
    /run/thpc-node-agent/ready 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt
check "systemd-analyze finds the unit valid" systemd-analyze verify thpc-node-agent.service
check "cloud-init finds the user data valid" cloud-init schema --config-file /var/lib/cloud/seed/nocloud/user-data
no_cycle() { ! journalctl --boot --no-pager | grep -i 'ordering cycle'; }
check "there is no ordering cycle of units" no_cycle
# This machine has an initrd of busybox: its start is only in the kernel's log. systemd prints the time before its own start.
links() {
    local before
    before=$(systemctl show --property=UserspaceTimestampMonotonic --value)
    agent 0 status --boot --json || return
    jq --exit-status --argjson before "$((before / 1000))" '
        def total(f): [.links[] | select(.name | f) | .duration_ms] | add // 0;
        (total(. == "kernel") > 100) and (total(. == "initrd") > 100) and (total(. == "cloud-init") > 100)
        and ((total(. == "kernel" or . == "initrd") - $before) | fabs < 5)
        and (.duration_ms == total(true)) and (total(. == "packages") > 1000)' "$agent_output"
}
check "status --boot shows kernel, initrd, cloud-init and the stages, and agrees with systemd" links
jq --raw-output '[.links | group_by(.name)[] | "\(.[0].name) \(map(.duration_ms) | add)"] | "# links of the boot in ms: \(join(", "))"' \
    "$agent_output"
check "the guard changed nothing" guard_is_content
guard_took
cp /etc/fstab /var/lib/boot-test.fstab
cp "$report" /var/lib/boot-test.report.json
ready_after
