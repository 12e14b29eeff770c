# shellcheck shell=bash source-path=SCRIPTDIR
# fstab has storage of another cluster, one share of it is mounted, and the guard did not run: as when TAT makes a running
# machine a node.
. ./lib.sh

mkdir -p /former /former-idle /srv/cfs/former /srv/cfs/former-idle
foreign=nfs4,vers=4.0,_netdev,nofail,noresvport,x-thpc.cluster=hpc-cccccccc,x-thpc.machine=$machine
for path in /former /former-idle; do echo "127.0.0.1:$path $path ${foreign/,/ } 0 0"; done >>/etc/fstab
systemctl daemon-reload
mount /former
bootstrap_with foreign <<'TOML'

[[cfs]]
local_path = "/former"
remote_path = "127.0.0.1:/present"
protocol = "NFS 4.0"
TOML
replaced() {
    cat "$results/foreign.out" &&
        same 0 "$(cat "$results/foreign.exit")" && mounted /former 127.0.0.1:/present 4.0 &&
        line /former 127.0.0.1:/present && unit_matches_fstab former.mount
}
check "bootstrap unmounts a share of another cluster and mounts its own at that path" replaced
out() { ! grep hpc-cccccccc /etc/fstab && not_mounted /former-idle; }
check "no line of the other cluster is left" out
check "the removed lines are kept in a file" contains /var/lib/thpc-node-agent/removed-storage 127.0.0.1:/former 127.0.0.1:/former-idle
warned() {
    reported '.warnings | map(select(test("hpc-cccccccc") and test("/former ") and test("/former-idle"))) | length == 1' \
        "$results/foreign.json"
}
check "the report warns of it" warned
check "that share is removed again" agent 0 storage remove /former
rm -r /var/lib/thpc-node-agent/removed-storage /former-idle
