#!/bin/bash
# Inside the machine: what SELinux denied the agent, and which labels its files have.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR/../checks
. ./lib.sh
timeout 600 systemctl is-system-running --wait >/dev/null

check "SELinux is enforcing" same Enforcing "$(getenforce)"
check "the first boot bootstraps the node from its user data alone" bootstrapped
check "the ready file exists" test -e /run/thpc-node-agent/ready
check "/opt is the scheduler's share over NFS 3" mounted /opt 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt 3
check "/data is a share over NFS 4.0" mounted /data 127.0.0.1:/ 4.0
check "the guard changed nothing" guard_is_content
check "slurmd starts when the node is ready and /opt is mounted" contains /run/slurmd-found /run/thpc-node-agent/ready

label() { # LABEL PATH...   the type of each
    local path
    for path in "${@:2}"; do
        [[ $(stat --format=%C "$path") == *:object_r:"$1":* ]] || { ls -dZ "$path"; return 1; }
    done
}
mkdir -p /srv/cfs/more
add() {
    agent 0 storage add --persist --local-path /more --remote-path 127.0.0.1:/more --protocol "NFS 4.0" && mounted /more 127.0.0.1:/more 4.0
}
check "storage add mounts a share, and writes fstab and the configuration" add
check "storage verify finds nothing" agent 0 storage verify
check "fstab has its label still" label etc_t /etc/fstab
# cloud-init wrote it, and the policy has another type for what a service makes in /etc.
check "the configuration has its label still" label etc_runtime_t "$config"
state=(/var/lib/thpc-node-agent "$report" /var/lib/thpc-node-agent/scripts/*)
check "the agent's state has the label of its directory" label var_lib_t "${state[@]}"
check "the ready file and the lock have the label of a service's files" label initrc_runtime_t /run/thpc-node-agent /run/thpc-node-agent/*
check "the logs have the label of a service's logs" label initrc_var_log_t /var/log/thpc-node-agent /var/log/thpc-node-agent/*
remove() { agent 0 storage remove --persist /more && not_mounted /more && no_line /more; }
check "storage remove removes the share" remove
check "fstab has its label after that, too" label etc_t /etc/fstab
check "health finds every mount alive" agent 0 health
check "doctor finds nothing wrong" agent 0 doctor

# Denied to Debian's own services and generators before the agent starts.
others='scontext=[^ ]*:(systemd_generator_t|systemd_tmpfiles_t|udev_t|rpcd_t|nfsd_t):'
denied() { journalctl --boot --no-pager --output=short | grep -E 'AVC avc: +denied'; }
allowed() { ! { denied | grep -vE "$others"; }; }
check "SELinux denied nothing to the agent and to what it starts" allowed
echo "# denied to others: $(denied | grep -cE "$others")"
