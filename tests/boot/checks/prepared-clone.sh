# shellcheck shell=bash source-path=SCRIPTDIR
# The first boot of a machine made from the prepared image, for another cluster.
. ./lib.sh
clone=hpc-bbbbbbbb

succeeded() { agent_log; reported ".outcome == \"succeeded\" and .cluster_id == \"$clone\" and .instance_id == \"ins-clone\" and $unwarned" && test -e /run/thpc-node-agent/ready; }
check "a machine made from the prepared image becomes a node of its own cluster" succeeded
check "cloud-init took it for a new instance" jq -e '.v1.errors == []' /run/cloud-init/result.json
own() {
    mounted /opt "127.0.0.1:/j25ey5tz/$clone/opt" 3 && line /opt "127.0.0.1:/j25ey5tz/$clone/opt" "$clone" &&
        mounted /data 127.0.0.1:/other-cluster 4.0 && line /data 127.0.0.1:/other-cluster "$clone"
}
check "it has its own cluster's storage, and lines of fstab for that" own
only_own() { same 2 "$(findmnt --kernel --noheadings --list --types nfs,nfs4,fuse.goosefs-fuse | wc -l)" && same 2 "$(grep -c x-thpc /etc/fstab)"; }
check "it has no other" only_own
check "the guard found nothing to take out" guard_is_content
second_run() { same $'ran\nran' "$(cat /root/init-script.runs)" && contains /root/init-script.env "THPC_CLUSTER_ID=$clone"; }
check "the init script ran for this node too" second_run
keys() { contains /etc/munge/munge.key "$clone" && same "$clone" "$(cat /etc/defaultdomain)" && same 1 "$(wc -l </root/.ssh/authorized_keys)" && same 1 "$(wc -l </etc/slurm/slurm.conf)"; }
check "its keys, its NIS domain and its Slurm configuration are its own cluster's alone" keys

# All of the disk but what belongs to the servers, which share it with the node only here.
traces() {
    ! find / -xdev \( -path /srv -o -path /j25ey5tz -o -path /var/lib/nfs \) -prune -o -name "*$cluster*" -print | grep . &&
        ! LC_ALL=C find / -xdev \( -path /srv -o -path /j25ey5tz -o -path /var/lib/nfs \) -prune -o -type f -exec grep -lF -e "$cluster" -e ins-boottest {} +
}
check "neither the other cluster's id nor the other instance's is in any file or name" traces
new_id() { test -s /etc/machine-id && ! cmp /etc/machine-id /srv/old-machine-id; }
check "it has a machine id of its own" new_id

believed() { stage packages skipped && reported '.stages[] | select(.name == "packages") | .reason | test("thpc_preinstalled.json")'; }
check "packages are skipped where the image has the marker" believed
cat /var/lib/boot-test.ready
ready_after "the prepared image" | tee "$results/ready"
sooner() { [ "$(sed -E 's/.* took ([0-9]+) ms.*/\1/' "$results/ready")" -lt "$(sed -E 's/.* took ([0-9]+) ms.*/\1/' /var/lib/boot-test.ready)" ]; }
check "the agent is sooner done than where packages were to be installed" sooner
