#!/bin/bash
# capture.sh DISK: what an image builder and a cloud do with the disk of a node that was shut down: images/offline.sh with its default
# operations, and then the user data of another machine of another cluster. Prints a line for each check.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
disk=${1:?which disk?}
other=hpc-other417

if said=$(THPC_AGENT=$root/artifacts/linux-x64/thpc-node-agent "$root/images/offline.sh" "$disk" 2>&1) && [[ $said == *"
ok: nothing is left of "* ]]; then
    echo "ok - the disk is prepared offline with default operations, and the check is content"
else
    echo "not ok - the disk is prepared offline with default operations, and the check is content"
fi
while IFS= read -r line; do echo "#   $line"; done <<<"$said"

# shellcheck disable=SC2016 # expanded inside
exec unshare --mount --propagation private bash -euc '
    seed=$2/var/lib/cloud/seed/nocloud
    mount -o loop "$1" "$2"
    printf "instance-id: ins-captured\nlocal-hostname: captured\n" >"$seed/meta-data"
    sed -i "s/hpc-8hje8h12/$3/g" "$seed/user-data"
    # Its cloud gives it a role; here it is a file.
    printf "secret_id = \"boot-test-id\"\nsecret_key = \"boot-test-key\"\n" >"$2/etc/thpc/cos-credentials.toml"
    chmod 600 "$2/etc/thpc/cos-credentials.toml"
    mkdir -p "$2/j25ey5tz/$3"
    umount "$2"' bash "$disk" /mnt "$other"
