#!/bin/bash
# A node with SELinux enforcing, and Debian's policy: the agent is denied nothing, and what it writes has the labels of the policy.
# usage: selinux.sh    Needs ./publish.sh and ./scripts/setup.sh boot. Last line: N passed, N failed
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/overlay" "$work/payload"
"$here/node.sh" "$work/overlay"
# Debian 12 denies cloud-init's generator the directory below /run with which it enables cloud-init.
ln -s /lib/systemd/system/cloud-init.target "$work/overlay/etc/systemd/system/multi-user.target.wants/"
# What this machine's NFS server exports.
install -D -m 644 /dev/stdin "$work/overlay/etc/selinux/default/contexts/files/file_contexts.local" \
    <<<'/(j25ey5tz|srv/cfs|denied)(/.*)? system_u:object_r:nfsd_rw_t:s0'
cp "$here/selinux/run.sh" "$here/checks/lib.sh" "$work/payload"

SELINUX=enforcing "$here/counted.sh" "$here/run-vm.sh" --overlay "$work/overlay" "$work/payload"
