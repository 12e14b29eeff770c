#!/bin/bash
# Prepares an image that is not running, on any machine that has the agent, as root:
#
#   images/offline.sh IMAGE|DIRECTORY [ARGUMENTS of `image prep`]
#   images/offline.sh node.raw --operations defaults,machine-id,ssh-host-keys
#
# IMAGE is a raw disk, with a partition table or without; the partition that holds /etc/os-release is mounted. DIRECTORY is an
# unpacked one. Exit codes are the agent's: 5 where `image check` still finds something of a cluster.
# THPC_AGENT names the agent's executable; THPC_NODE_ROLE and the like are handed on to it.
set -euo pipefail

die() {
    echo "offline.sh: $*" >&2
    exit 2
}

[ $# -ge 1 ] || die "usage: offline.sh IMAGE|DIRECTORY [ARGUMENTS of image prep]"
[ "$(id -u)" = 0 ] || { echo "offline.sh: needs root" >&2; exit 3; }
agent=$(command -v "${THPC_AGENT:-thpc-node-agent}") ||
    die "${THPC_AGENT:-thpc-node-agent} is not there; THPC_AGENT names the agent's executable"
[ -e "$1" ] || die "$1: there is no such image or directory"
target=$(realpath -- "$1")
shift

# What was asked to be cleaned is what must be clean.
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
    [ "$target" != / ] || die "/ is this machine; run thpc-node-agent image prep for that"
    prepare "$target" "$@"
    exit
fi

# In a mount namespace of its own: whatever becomes of this script, mount and loop device go with it.
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
    # It may be a link to /usr/lib/os-release, and that of a usr of its own.
    if [ -e "$root/etc/os-release" ] || [ -L "$root/etc/os-release" ]; then
        return 0
    fi
    umount "$root"
    return 1
}

# Offsets instead of /dev/loop0p1: those nodes need udev, and these need nothing.
found=
while read -r start sectors; do
    if mount_system "loop,offset=$((start * 512)),sizelimit=$((sectors * 512))"; then
        found=1
        break
    fi
done < <(partx --raw --noheadings --output START,SECTORS "$target" 2>/dev/null || true)
[ -n "$found" ] || mount_system loop ||
    die "$target: no partition of it can be mounted and has /etc/os-release; of LVM, encryption or qcow2 unpack it first" \
        "(qemu-img convert -O raw), mount it and give the directory"

prepare "$root" "$@"
# Here and not in the trap: what cannot be written to the image any more must be an error.
umount "$root"
