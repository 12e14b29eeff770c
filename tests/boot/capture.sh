#!/bin/bash
# capture.sh DISK: does what an image builder and a cloud do with the disk of a node after its shutdown: images/offline.sh with its
# default operations, then the user data of a machine of another cluster. Prints a line for each check.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
disk=${1:?which disk?}
other=hpc-other417

if output=$(THPC_AGENT=$root/artifacts/linux-x64/thpc-node-agent "$root/images/offline.sh" "$disk" 2>&1) && [[ $output == *"
ok: nothing is left of "* ]]; then
    echo "ok - the disk is prepared offline with default operations, and the check passes"
else
    echo "not ok - the disk is prepared offline with default operations, and the check passes"
fi
while IFS= read -r line; do echo "#   $line"; done <<<"$output"

# shellcheck disable=SC2016 # expanded inside
exec unshare --mount --propagation private bash -euc '
    seed=$2/var/lib/cloud/seed/nocloud
    mount -o loop "$1" "$2"
    printf "instance-id: ins-captured\nlocal-hostname: captured\n" >"$seed/meta-data"
    sed -i "s/hpc-8hje8h12/$3/g" "$seed/user-data"
    # In the cloud a role gives credentials; here a file does.
    printf "secret_id = \"boot-test-id\"\nsecret_key = \"boot-test-key\"\n" >"$2/etc/thpc/cos-credentials.toml"
    chmod 600 "$2/etc/thpc/cos-credentials.toml"
    mkdir -p "$2/j25ey5tz/$3"
    umount "$2"' bash "$disk" /mnt "$other"
