# shellcheck shell=bash source-path=SCRIPTDIR
# What `image check` says of a node that nobody has cleaned.
. ./lib.sh

audited() { # OPERATION:PATH...   all of it is found
    local item
    thpc-node-agent image check --json >"$results/check.json"
    same 5 $? || return
    for item; do
        jq -e --arg operation "${item%%:*}" --arg path "${item#*:}" 'any(.[]; .operation == $operation and .path == $path)' "$results/check.json" >/dev/null || { echo "not found: $item"; return 1; }
    done
}
check "image check finds everything by which the cluster of this node is in it" audited \
    fstab:/etc/fstab fstab:/etc/systemd/system/thpc-goosefs-goosefs.service fstab:/usr/local/goosefs/conf/goosefs-site.properties \
    ssh:/root/.ssh/authorized_keys agent-state:/var/lib/thpc-node-agent/report.json cluster-config:/etc/thpc/node-agent.toml cluster-config:/etc/thpc/cos-credentials.toml \
    scheduler-keys:/etc/munge/munge.key scheduler-keys:/etc/defaultdomain scheduler-keys:/etc/yp.conf scheduler-keys:/etc/slurm/slurm.conf \
    machine-id:/etc/machine-id cloud-init:/var/lib/cloud/instances agent-state:/var/log/thpc-node-agent/init-script-1.log
changed_nothing() { cmp /etc/fstab /var/lib/boot-test.fstab && test -s /etc/munge/munge.key && test -s /root/.ssh/authorized_keys; }
check "it changes nothing" changed_nothing
