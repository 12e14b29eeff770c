#!/usr/bin/env bash
# Runs in the virtual machine, with thpc-node-agent and cos_standin.py; all in turns, three rounds. Prints the medians as RESULT
# lines, in milliseconds.
#
# Every answer of the NFS server is delayed by 500 ms:
#   slow-N    a bootstrap with N mounts of N directories of one server, for N of 1, 2, 4, 8, 16
#   servers   a bootstrap with eight mounts, each of another server
#   bare      the same, by eight mount commands at once
# Delayed by 50 ms, one server for each mount, and a script of one line, which the agent fetches from the stand-in for COS:
#   agent-N   a bootstrap, for N of 1, 8, 16
#   cloud-N   cloud-init's modules mounts and scripts-user
#
# slow-N mount with nosharecache. Without it the kernel keeps one superblock per server, and holds its lock for two
# round trips of every mount; it also contacts only one new NFS 4 server at a time. Therefore "servers" is compared with
# "bare": no program can be faster.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
rounds=3

mkdir -p /srv/bench/{1..16}
echo '/srv/bench 127.0.0.1(rw,no_root_squash,no_subtree_check,insecure,fsid=0)' >/etc/exports
mkdir -p /etc/nfs.conf.d
# On one address only, which leaves 2049 on the others to the proxies. Without the short times a first mount waits for 90 s.
printf '[nfsd]\nhost=127.0.0.1\ngrace-time=10\nlease-time=10\n' >/etc/nfs.conf.d/bench.conf
systemctl restart nfs-server.service
python3 slow_proxy.py 0.5 127.0.3.{1..8} >slow.ready 2>/dev/null &
python3 slow_proxy.py 0.05 127.0.4.{1..16} >late.ready 2>/dev/null &
mkdir -p bucket/test
printf '#!/bin/sh\necho ran >>/root/script.runs\n' >bucket/test/script.sh
python3 cos_standin.py --root "$PWD/bucket" --port 9000 --ready-file "$PWD/cos.ready" >/dev/null &
until grep -qs ready slow.ready && grep -qs ready late.ready && [[ -e cos.ready ]]; do sleep 0.1; done

touch /root/thpc_preinstalled.json
cp /etc/fstab fstab.before
mkdir -p /var/lib/cloud/seed/nocloud /etc/cloud/cloud.cfg.d
printf 'instance-id: bench\n' >/var/lib/cloud/seed/nocloud/meta-data
printf '#cloud-config\n' >/var/lib/cloud/seed/nocloud/user-data
printf 'datasource_list: [NoCloud]\nnetwork: {config: disabled}\ncloud_init_modules: []\n' >/etc/cloud/cloud.cfg.d/99_bench.cfg
cloud-init init --local >cloud-init.out 2>&1 || { cat cloud-init.out; exit 1; }
install -D -m 755 bucket/test/script.sh /var/lib/cloud/instance/scripts/script.sh

configuration() { # COUNT SERVERS NETWORK OPTION…
    local i
    printf '[cluster]\nid = "hpc-8hje8h12"\nnode_role = "COMPUTE"\n[metadata]\nendpoint = ""\n'
    printf '[cos]\ncredentials = "anonymous"\nendpoint = "http://127.0.0.1:9000"\n[mount]\nparallelism = 16\n'
    for ((i = 1; i <= $1; i++)); do
        printf '[[cfs]]\nlocal_path = "/bench/%d"\nremote_path = "%s.%d:/%d"\n' "$i" "$3" "$(($2 == 1 ? 1 : i))" "$i"
        printf 'protocol = "NFS 4.0"\nmount_option = "vers=4.0,noresvport%s"\n' "${4:-}"
    done
}
script() { printf '[[init_script]]\nscript_path = "cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/test/script.sh"\n'; }

cloud_config() { # COUNT
    local i
    echo mounts:
    for ((i = 1; i <= $1; i++)); do echo "- ['127.0.4.$i:/$i', /bench/$i, nfs4, 'vers=4.0,noresvport,_netdev,nofail', '0', '0']"; done
}

cloud_init() { # COUNT
    cloud-init --file "cloud-$1.yaml" single --name mounts --frequency always &&
        cloud-init --file "cloud-$1.yaml" single --name scripts-user --frequency always
}

mount_all() {
    local mounts=() i
    for i in {1..8}; do
        mkdir -p "/bench/$i"
        mount -t nfs -o vers=4.0,noresvport "127.0.3.$i:/$i" "/bench/$i" &
        mounts+=($!)
    done
    wait "${mounts[@]}" # whether all are there is looked at afterwards
}

timed() { # NAME MOUNTS SCRIPTS COMMAND…
    local began ended
    : >/root/script.runs
    began=$EPOCHREALTIME
    "${@:4}" >"$1.out" 2>&1 || { cat "$1.out"; exit 1; }
    ended=$EPOCHREALTIME
    [[ $(grep -c ' /bench/.* - nfs4 ' /proc/self/mountinfo) == "$2" ]] ||
        { echo "$1: $2 mounts were expected:"; cat "$1.out" /proc/self/mountinfo; exit 1; }
    [[ $(grep -c . /root/script.runs) == "$3" ]] || { echo "$1: $3 scripts were expected:"; cat "$1.out"; exit 1; }
    echo $(((${ended/./} - ${began/./}) / 1000)) >>"$1.ms"

    umount --all --types nfs4
    cp fstab.before /etc/fstab
    systemctl daemon-reload
    sleep 2 # the kernel forgets the servers
}

bootstrap() { timed "$1" "$2" "$3" ./thpc-node-agent bootstrap --config "$1.toml" --force; }

names=(slow-{1,2,4,8,16} servers bare agent-{1,8,16} cloud-{1,8,16})
for count in 1 2 4 8 16; do configuration "$count" 1 127.0.3 ,nosharecache >"slow-$count.toml"; done
configuration 8 8 127.0.3 >servers.toml
for count in 1 8 16; do
    { configuration "$count" "$count" 127.0.4 && script; } >"agent-$count.toml"
    cloud_config "$count" >"cloud-$count.yaml"
done
bootstrap agent-1 1 1 # loads the kernel's modules
rm agent-1.ms
for ((round = 1; round <= rounds; round++)); do
    for count in 1 2 4 8 16; do bootstrap "slow-$count" "$count" 0; done
    bootstrap servers 8 0
    timed bare 8 0 mount_all
    for count in 1 8 16; do
        bootstrap "agent-$count" "$count" 1
        timed "cloud-$count" "$count" 1 cloud_init "$count"
    done
    echo "round $round:$(for name in "${names[@]}"; do printf ' %s %s ms' "$name" "$(tail -n 1 "$name.ms")"; done)"
done
for name in "${names[@]}"; do
    echo "RESULT $name $(sort -n "$name.ms" | sed -n "$((rounds / 2 + 1))p")"
done
