#!/bin/bash
# node.sh DIR: makes DIR the overlay of a fresh node and its cluster's servers, all in one machine: the published agent with
# its systemd unit and user data, the stand-in for COS with an init script, and the NFS server that NFS_SERVER names (build-image.sh).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
overlay=${1:?which directory?}
agent=$root/artifacts/linux-x64/thpc-node-agent
[ -x "$agent" ] || { echo "node.sh: $agent is missing: run ./publish.sh first" >&2; exit 1; }

cluster=hpc-8hje8h12

# The cloud's part. The user data is the project's own, with this cluster's values and a stand-in for the cloud.
seed=$overlay/var/lib/cloud/seed/nocloud
off_cloud='      endpoint = "http://127.0.0.1:9000"\n\n      [metadata]\n      endpoint = ""\n\n'
off_cloud+='      [fleet]\n      directory = "/opt/thpc/fleet"'
mkdir -p "$seed"
printf 'instance-id: ins-boottest\nlocal-hostname: node\n' >"$seed/meta-data"
sed -e "s|@CLUSTER_ID@|$cluster|" -e 's|@NODE_ROLE@|COMPUTE|' \
    -e 's|@INIT_SCRIPT@|cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/test/echo.sh|' \
    -e "s|@OPT_REMOTE@|127.0.0.1:/j25ey5tz/$cluster/opt|" -e "s|@DATA_REMOTE@|127.0.0.1:/|" \
    -e "s|credentials = \"role\".*|credentials = \"file\"\n$off_cloud|" \
    "$root/images/cloud-init/user-data.yaml" >"$seed/user-data"
install -D -m 600 /dev/stdin "$overlay/etc/thpc/cos-credentials.toml" <<<$'secret_id = "boot-test-id"\nsecret_key = "boot-test-key"'

cp -a "$root/tests/boot/node/." "$overlay/"
cp "$overlay/etc/fstab" "$overlay/etc/fstab.before"
mkdir -p "$overlay"/{denied,j25ey5tz/"$cluster",srv/cfs}

# The files of a node's image.
install -D -m 755 "$agent" "$overlay/usr/local/bin/thpc-node-agent"
mkdir -p "$overlay/etc/systemd/system"
cp -r "$root/images/systemd/." "$overlay/etc/systemd/system/"
mkdir -p "$overlay/etc/systemd/system/sysinit.target.wants"
ln -s ../thpc-node-agent-guard.service "$overlay/etc/systemd/system/sysinit.target.wants/" # as systemctl enable does
install -d -m 700 "$overlay/root"

# TAT's command and the servers.
install -D -m 755 "$root/images/tat/bootstrap.sh" "$overlay/usr/local/lib/tat-command"
install -D -m 755 "$root/tests/cos-standin/cos_standin.py" -t "$overlay/usr/local/lib"
wants=$overlay/etc/systemd/system/multi-user.target.wants
mkdir -p "$wants"
ln -s /etc/systemd/system/cos-standin.service "$wants/"
if [ "${NFS_SERVER:-kernel}" = ganesha ]; then
    cp -a "$root/tests/boot/ganesha/." "$overlay/"
    ln -s /lib/systemd/system/nfs-ganesha.service "$wants/"
else
    ln -s /lib/systemd/system/nfs-server.service "$wants/"
fi
