#!/bin/bash
# Prepares and checks an image offline, as root, on any machine that has the agent:
#
#   images/offline.sh IMAGE|DIRECTORY [ARGUMENTS of `image prep`]
#   images/offline.sh node.raw --operations defaults,machine-id,ssh-host-keys
#
# IMAGE is a raw disk image, with or without a partition table; the partition with /etc/os-release is mounted. DIRECTORY is an
# unpacked image. The exit code is the agent's: 5 if `image check` still finds traces of a cluster.
# THPC_AGENT is the agent's executable. THPC_NODE_ROLE and similar variables are passed to it.
set -euo pipefail

die() {
    echo "offline.sh: $*" >&2
    exit 2
}

[ $# -ge 1 ] || die "usage: offline.sh IMAGE|DIRECTORY [ARGUMENTS of image prep]"
[ "$(id -u)" = 0 ] || { echo "offline.sh: needs root" >&2; exit 3; }
agent=$(command -v "${THPC_AGENT:-thpc-node-agent}") ||
    die "${THPC_AGENT:-thpc-node-agent}: no such executable; set THPC_AGENT to the agent's path"
[ -e "$1" ] || die "$1: there is no such image or directory"
target=$(realpath -- "$1")
shift

# `image check` gets the same operations as `image prep`.
operations=defaults
take=
for argument in "$@"; do
    [ -z "$take" ] || operations=$argument
    take=
    case $argument in
    --operations) take=1 ;;
    --operations=*) operations=${argument#*=} ;;
    esac
done

prepare() { # DIRECTORY ARGUMENTS...
    local root=$1
    shift
    "$agent" image prep --root "$root" --yes "$@"
    "$agent" image check --root "$root" --operations="$operations"
}

if [ -d "$target" ]; then
    [ "$target" != / ] || die "/ is this machine; use \`thpc-node-agent image prep\` instead"
    prepare "$target" "$@"
    exit
fi

# In a separate mount namespace, so that the mount and the loop device disappear even if this script is killed.
if [ -z "${THPC_OFFLINE_PRIVATE:-}" ]; then
    THPC_OFFLINE_PRIVATE=1 exec unshare --mount --propagation private -- bash "${BASH_SOURCE[0]}" "$target" "$@"
fi

root=$(mktemp -d)
finish() {
    ! mountpoint -q "$root" || umount "$root"
    rmdir "$root"
}
trap finish EXIT

mount_system() { # OPTIONS
    mount -o "$1" "$target" "$root" 2>/dev/null || return 1
    # A dangling link counts too: /etc/os-release may link to /usr/lib, and /usr may be another partition.
    if [ -e "$root/etc/os-release" ] || [ -L "$root/etc/os-release" ]; then
        return 0
    fi
    umount "$root"
    return 1
}

# By offset, because devices such as /dev/loop0p1 need udev.
found=
while read -r start sectors; do
    if mount_system "loop,offset=$((start * 512)),sizelimit=$((sectors * 512))"; then
        found=1
        break
    fi
done < <(partx --raw --noheadings --output START,SECTORS "$target" 2>/dev/null || true)
[ -n "$found" ] || mount_system loop ||
    die "$target: no partition of it can be mounted and has /etc/os-release;" \
        "convert qcow2 to raw (qemu-img convert -O raw), or mount LVM or encrypted volumes and give the directory"

prepare "$root" "$@"
# Not in the trap, where a failure to write to the image would go unnoticed.
umount "$root"
