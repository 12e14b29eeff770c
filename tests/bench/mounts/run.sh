#!/usr/bin/env bash
# Runs in the virtual machine, beside thpc-node-agent. Every answer of an NFS server comes 500 ms late; in turns:
#   one       a bootstrap with one mount
#   eight     with eight mounts, of eight directories of one server
#   servers   with eight mounts, of a server each
#   bare      the same eight as servers, by eight mount commands at once
# Prints the medians as RESULT lines, in milliseconds.
#
# The first two mount with nosharecache. Without it the kernel keeps one superblock a server, and holds its lock for two
# round trips of every mount; likewise it makes the acquaintance of one NFS 4 server at a time. That is why "servers" is
# compared with "bare": no program can be quicker.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
rounds=3

mkdir -p /srv/bench/{1..8}
echo '/srv/bench 127.0.0.1(rw,no_root_squash,no_subtree_check,insecure,fsid=0)' >/etc/exports
mkdir -p /etc/nfs.conf.d
# On one address only, which leaves 2049 on the others to the proxy. Without the short times a first mount waits for 90 s.
printf '[nfsd]\nhost=127.0.0.1\ngrace-time=10\nlease-time=10\n' >/etc/nfs.conf.d/bench.conf
systemctl restart nfs-server.service
python3 slow_proxy.py 0.5 127.0.3.{1..8} >proxy.ready &
until grep -qs ready proxy.ready; do sleep 0.1; done

touch /root/thpc_preinstalled.json
cp /etc/fstab fstab.before

configuration() { # COUNT SERVERS
    printf '[cluster]\nid = "hpc-8hje8h12"\nnode_role = "COMPUTE"\nscheduler_type = "SLURM"\naccount_type = "NIS"\n\n[metadata]\nendpoint = ""\n'
    for ((i = 1; i <= $1; i++)); do
        printf '\n[[cfs]]\nlocal_path = "/bench/%d"\nremote_path = "127.0.3.%d:/%d"\nprotocol = "NFS 4.0"\n' "$i" "$(($2 == 1 ? 1 : i))" "$i"
        printf 'mount_option = "vers=4.0,noresvport,nosharecache"\n'
    done
}

mount_all() {
    local mounts=()
    for i in {1..8}; do
        mkdir -p "/bench/$i"
        mount -t nfs -o vers=4.0,noresvport "127.0.3.$i:/$i" "/bench/$i" &
        mounts+=($!)
    done
    wait "${mounts[@]}" # whether all are there is looked at afterwards
}

timed() { # NAME MOUNTS COMMAND…
    local began=$EPOCHREALTIME ended
    "${@:3}" >"$1.out" 2>&1 || { cat "$1.out"; exit 1; }
    ended=$EPOCHREALTIME
    [[ $(grep -c ' /bench/.* - nfs4 ' /proc/self/mountinfo) == "$2" ]] || { echo "$2 mounts were expected:"; cat /proc/self/mountinfo; exit 1; }
    echo $(((${ended/./} - ${began/./}) / 1000)) >>"$1.ms"

    umount --all --types nfs4
    cp fstab.before /etc/fstab
    systemctl daemon-reload
    sleep 2 # the kernel forgets the servers
}

bootstrap() { timed "$1" "$2" ./thpc-node-agent bootstrap --config "$1.toml"; }

configuration 1 1 >one.toml
configuration 8 1 >eight.toml
configuration 8 8 >servers.toml
bootstrap one 1 # loads the kernel's modules
rm one.ms
for ((round = 1; round <= rounds; round++)); do
    bootstrap one 1
    bootstrap eight 8
    bootstrap servers 8
    timed bare 8 mount_all
    echo "round $round:$(for name in one eight servers bare; do printf ' %s %s ms' "$name" "$(tail -n 1 "$name.ms")"; done)"
done
for name in one eight servers bare; do
    echo "RESULT $name $(sort -n "$name.ms" | sed -n "$((rounds / 2 + 1))p")"
done
