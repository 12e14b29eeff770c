#!/usr/bin/env bash
# Runs in the virtual machine, with thpc-node-agent, fleet-reports.py and slow_proxy.py. Counts the calls that reach the kernel's NFS
# server, and TCP connections:
#   mount-V     a bootstrap with one mount by NFS V
#   publish-V   the same, with its report in a directory of that mount
#   fleet-V     `fleet` over 1,000 reports, each answer of the server 20 ms late
# The counts of NFS 3 must be those of the simulation (NodeRequests); times depend on the machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
connections=8 mount_calls=9 report_calls=8

mkdir -p /srv/share/fleet /mnt/share /etc/nfs.conf.d
./fleet-reports.py /srv/share/fleet 1000
echo '/srv/share 127.0.0.1(rw,no_root_squash,no_subtree_check,insecure,fsid=0)' >/etc/exports
printf '[nfsd]\nhost=127.0.0.1\ngrace-time=10\nlease-time=10\n' >/etc/nfs.conf.d/scale.conf
systemctl restart nfs-server.service
echo 0 >/proc/sys/fs/leases-enable # no delegations, which a server need not give
python3 slow_proxy.py 0.02 127.0.5.1 >slow.ready 2>/dev/null &
until grep -qs ready slow.ready; do sleep 0.1; done
touch /root/thpc_preinstalled.json
cp /etc/fstab fstab.before

configuration() { # VERSION PATH [FLEET]
    printf '[cluster]\nid = "hpc-8hje8h12"\nnode_role = "COMPUTE"\n[metadata]\nendpoint = ""\n'
    printf '[[cfs]]\nlocal_path = "/data"\nremote_path = "127.0.0.1:%s"\nprotocol = "NFS %s"\n' "$2" "$1"
    [ -z "${3:-}" ] || printf '[fleet]\ndirectory = "%s"\n' "$3"
}

counted() { # NAME COMMAND...
    local began=$EPOCHREALTIME ended
    ./rpc.py >/dev/null
    "${@:2}" >"$1.out" 2>&1 || [ $? = 5 ] || { cat "$1.out"; exit 1; }
    ended=$EPOCHREALTIME
    ./rpc.py >"$1.counts"
    echo "$1: $(((${ended/./} - ${began/./}) / 1000)) ms; $(cat "$1.counts")"
}

bootstrap() { # NAME
    counted "$1" ./thpc-node-agent bootstrap --config node.toml --force
    umount /data
    cp fstab.before /etc/fstab
    systemctl daemon-reload
}

for version in 3.0 4.0; do
    path=$([ "$version" = 4.0 ] && echo / || echo /srv/share)
    configuration "$version" "$path" >node.toml
    bootstrap "first-$version" # loads the kernel's modules
    bootstrap "mount-$version"
    configuration "$version" "$path" /data/fleet >node.toml
    bootstrap "publish-$version"
    rm -f "/srv/share/fleet/$(hostname).json"
done

mount -t nfs -o vers=3,nolock,proto=tcp,noresvport 127.0.5.1:/srv/share /mnt/share
counted fleet-3.0 ./thpc-node-agent fleet --timeout 300 /mnt/share/fleet
umount /mnt/share
mount -t nfs -o vers=4.0,noresvport 127.0.5.1:/ /mnt/share
counted fleet-4.0 ./thpc-node-agent fleet --timeout 300 /mnt/share/fleet
# As a user who cannot set groups: the opens are sent one after the other.
counted fleet-4.0-one-owner setpriv --bounding-set=-setgid ./thpc-node-agent fleet --timeout 300 /mnt/share/fleet
umount /mnt/share

calls() { tr ' ' '\n' <"$1.counts" | awk -F= '/^v3/ { sum += $2 } END { print sum + 0 }'; }
echo "NFS 3: a mount takes $(calls mount-3.0) calls, a report $(($(calls publish-3.0) - $(calls mount-3.0)))"
grep -qw "connections=$connections" mount-3.0.counts && [ "$(calls mount-3.0)" = "$mount_calls" ] &&
    [ "$(($(calls publish-3.0) - $(calls mount-3.0)))" = "$report_calls" ]
