#!/usr/bin/env bash
# Runs in the virtual machine, beside thpc-node-agent: a bootstrap with one mount and one with eight, in turns, each from
# a server of its own address whose answers come 500 ms late. An address of its own, because the kernel keeps one
# connection an address. Prints the medians as RESULT lines, in milliseconds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
rounds=5

mkdir -p /srv/bench
echo '/srv/bench 127.0.0.1(rw,no_root_squash,no_subtree_check,insecure,fsid=0)' >/etc/exports
mkdir -p /etc/nfs.conf.d
# On one address only, which leaves 2049 on the others to the proxy. Without the short times a first mount waits for 90 s.
printf '[nfsd]\nhost=127.0.0.1\ngrace-time=10\nlease-time=10\n' >/etc/nfs.conf.d/bench.conf
systemctl restart nfs-server.service
python3 slow_proxy.py 0.5 127.0.3.{1..8} >proxy.ready &
until grep -qs ready proxy.ready; do sleep 0.1; done

touch /root/thpc_preinstalled.json
cp /etc/fstab fstab.before

configuration() { # COUNT
    printf '[cluster]\nid = "hpc-8hje8h12"\nnode_role = "COMPUTE"\nscheduler_type = "SLURM"\naccount_type = "NIS"\n\n[metadata]\nendpoint = ""\n'
    for ((i = 1; i <= $1; i++)); do
        printf '\n[[cfs]]\nlocal_path = "/bench/%d"\nremote_path = "127.0.3.%d:/"\nprotocol = "NFS 4.0"\n' "$i" "$i"
    done
}

bootstrap() { # NAME COUNT
    local began=$EPOCHREALTIME ended
    ./thpc-node-agent bootstrap --config "$1.toml" >"$1.out" 2>&1 || { cat "$1.out"; exit 1; }
    ended=$EPOCHREALTIME
    [[ $(grep -c ' /bench/.* - nfs4 ' /proc/self/mountinfo) == "$2" ]] || { echo "$2 mounts were expected:"; cat /proc/self/mountinfo; exit 1; }
    echo $(((${ended/./} - ${began/./}) / 1000)) >>"$1.ms"

    umount /bench/*
    cp fstab.before /etc/fstab
    systemctl daemon-reload
}

configuration 1 >one.toml
configuration 8 >eight.toml
bootstrap one 1 # loads the kernel's modules
rm one.ms
for ((round = 1; round <= rounds; round++)); do
    bootstrap one 1
    bootstrap eight 8
    echo "round $round: one mount $(tail -n 1 one.ms) ms, eight $(tail -n 1 eight.ms) ms"
done
for name in one eight; do
    echo "RESULT $name $(sort -n "$name.ms" | sed -n "$((rounds / 2 + 1))p")"
done
