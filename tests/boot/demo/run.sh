#!/bin/bash
# What scripts/demo.sh shows from inside the machine: a node that cloud-init has just bootstrapped.
set -euo pipefail
show() {
    printf '\n$ %s\n' "$*"
    "$@"
}
timeout 600 systemctl is-system-running --wait >/dev/null || true # a failed unit is shown below
show journalctl --no-pager --output=cat --unit=thpc-node-agent.service
show thpc-node-agent status
show findmnt --types nfs,nfs4 --output TARGET,SOURCE,FSTYPE
show cat /etc/fstab
show cat /var/log/thpc-node-agent/init-script-1.log
show thpc-node-agent bootstrap # a second run: nothing is left to do
