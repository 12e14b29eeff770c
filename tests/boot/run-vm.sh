#!/bin/bash
# Boots a fresh copy of the boot test's virtual machine and runs a payload in it, as root, after multi-user.target.
#
#   run-vm.sh [--overlay DIR] [--capture BOOT COMMAND] PAYLOAD
#
#   PAYLOAD         a directory; the machine has it as /run/payload and runs its run.sh there. What run.sh prints is
#                   printed here; its exit code is ours, except 194: the machine boots again, and run.sh runs again.
#                   125: the machine stopped before run.sh ended.
#   --overlay DIR   a tree that is copied over the root file system before systemd starts, on the machine's first boot
#   --capture BOOT COMMAND
#                   before that boot, counted from 1, the disk is captured: COMMAND gets it, raw, and another machine boots from it
#
# THPC_VM_LOG          file that gets the machine's console (default: console.log in the cache)
# THPC_VM_BOOT_LIMIT   seconds one boot may take, its payload included (default 1800)
# THPC_VM_CACHE        where the machine's image is kept, see build-image.sh
#
# The machine has two processors in software, 1 GB of memory and no network but its own loopback.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

overlay='' capture_at='' capture=''
while [[ ${1:-} == --* ]]; do
    case $1 in
        --overlay) overlay=${2:?--overlay needs a directory} ;;
        --capture) capture_at=${2:?--capture needs a number} capture=${3:?--capture needs a command}; shift ;;
        *) echo "run-vm: $1 is not known" >&2; exit 2 ;;
    esac
    shift 2
done
payload=${1:?which payload?}

image=$("$here/build-image.sh")
log=${THPC_VM_LOG:-$(dirname "$image")/console.log}
: >"$log"

work=$(mktemp -d)
qemu=
trap '[ -z "$qemu" ] || kill "$qemu" 2>/dev/null || true; rm -rf "$work"' EXIT

tar -C "$payload" -cf "$work/payload.tar" .
truncate -s %1M "$work/payload.tar"
qemu-img create -q -f qcow2 -b "$image/root.ext4" -F raw "$work/disk.qcow2"

first_initrd=$image/initrd
if [ -n "$overlay" ]; then
    mkdir "$work/tree"
    cp -a "$overlay" "$work/tree/overlay"
    first_initrd=$work/initrd
    (cd "$work/tree" && find . -mindepth 1 | cpio -o -H newc --quiet -R 0:0) | cat "$image/initrd" - >"$first_initrd"
fi

security=
[ ! -e "$image/selinux" ] || security="security=selinux selinux=1 enforcing=1"
disk=$work/disk.qcow2 format=qcow2 uuid=5c0ffee0-0000-4000-8000-000000000001
boot() { # INITRD
    # -no-reboot and a new process for each boot: after a reset inside qemu its translated code is three times slower.
    timeout --kill-after=10 "${THPC_VM_BOOT_LIMIT:-1800}" qemu-system-x86_64 \
        -accel tcg,thread=multi -cpu max -smp 2 -m 1024 -uuid "$uuid" -nodefaults -no-user-config -display none -no-reboot -nic none \
        -kernel "$image/vmlinuz" -initrd "$1" \
        -append "console=ttyS0 quiet panic=-1 cryptomgr.notests mitigations=off systemd.show_status=0 $security" \
        -drive "file=$disk,if=virtio,format=$format,cache=unsafe" \
        -drive "file=$work/payload.tar,if=virtio,format=raw,read-only=on" \
        -serial "file:$work/console" -serial stdio </dev/null &
    qemu=$!
    wait "$qemu" || echo "run-vm: qemu ended with $?" >&2 # 124: the limit
    qemu=
    tr -d '\r' <"$work/console" | tee -a "$log" >"$work/lines"
}

boots=1
boot "$first_initrd"
while grep -q '^VM-REBOOT$' "$work/lines"; do
    boots=$((boots + 1))
    if [ "$boots" = "$capture_at" ]; then
        qemu-img convert -O raw "$disk" "$work/disk.raw"
        disk=$work/disk.raw format=raw uuid=5c0ffee0-0000-4000-8000-000000000002
        "$capture" "$disk"
    fi
    boot "$image/initrd"
done
status=$(sed -n 's/^VM-EXIT //p' "$work/lines")
[ -n "$status" ] || { echo "run-vm: the machine stopped before its payload ended; its console: $log" >&2; tail -n 20 "$log" >&2; }
exit "${status:-125}"
