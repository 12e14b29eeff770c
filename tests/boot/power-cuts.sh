#!/bin/bash
# power-cuts.sh [COUNT]: a node loses its power COUNT times (20), at moments spread evenly over a bootstrap, and boots again each time.
# Prints a line for each check; the last line is `N passed, N failed`. Needs ./publish.sh and ./scripts/setup.sh boot.
#
# A cut is a KILL of qemu. The machine loses its memory, including its page cache and unwritten journal. Its writes to the disk
# survive in the host's page cache, flushed or not (cache=unsafe only omits the host's own fsync). So this disk has no volatile
# cache; what such a cache could lose or reorder is not tested. The root is ext4 with a journal, as on a node; the image of the
# boot test has no journal.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
count=${1:-20}
limit=${THPC_VM_BOOT_LIMIT:-600} # seconds a boot may take until it asks for the cut

image=$("$here/build-image.sh")
work=$(mktemp -d)
qemu=
trap '[ -z "$qemu" ] || kill -KILL "$qemu" 2>/dev/null || true; rm -rf "$work"' EXIT

# The node's unit runs bootstrap at every boot. cloud-init is off: it would take most of the time.
overlay=$work/tree/overlay
mkdir -p "$overlay" "$work/payload"
"$here/node.sh" "$overlay"
cp -a "$here/cuts/node/." "$overlay/"
ln -s ../thpc-node-agent.service ../cuts-look.service "$overlay/etc/systemd/system/multi-user.target.wants/"
(cd "$work/tree" && find . -mindepth 1 | cpio -o -H newc --quiet -R 0:0) | cat "$image/initrd" - >"$work/initrd"
cp "$here/cuts/run.sh" "$here/checks/lib.sh" "$work/payload/"
tar -C "$work/payload" -cf "$work/payload.tar" .
truncate -s %1M "$work/payload.tar"
cp --sparse=always "$image/root.ext4" "$work/root.ext4"
tune2fs -O has_journal "$work/root.ext4" >/dev/null

boot() { # INITRD
    qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 -uuid 5c0ffee0-0000-4000-8000-000000000001 \
        -nodefaults -no-user-config -display none -no-reboot -nic none -kernel "$image/vmlinuz" -initrd "$1" \
        -append "console=ttyS0 quiet panic=-1 cryptomgr.notests mitigations=off systemd.show_status=0" \
        -drive "file=$work/root.ext4,if=virtio,format=raw,cache=unsafe" -drive "file=$work/payload.tar,if=virtio,format=raw,read-only=on" \
        -serial "file:$work/console" -serial "file:$work/serial" </dev/null &
    qemu=$!
}

cut() {
    kill -KILL "$qemu"
    wait "$qemu" 2>/dev/null || true
    qemu=
}

# Waits for a line of the payload, and prints it.
await() { # PATTERN
    local end=$((SECONDS + limit))
    until grep -m 1 -E "$1" "$work/serial" 2>/dev/null; do
        if [ $SECONDS -ge $end ] || ! kill -0 "$qemu" 2>/dev/null; then
            echo "not ok - the machine comes up after a cut"
            tail -n 20 "$work/console" | sed 's/^/#   /'
            return 1
        fi
        sleep 0.05
    done
}

{
    length=
    initrd=$work/initrd
    for number in $(seq 0 "$count"); do
        : >"$work/serial"
        boot "$initrd"
        initrd=$image/initrd
        ready=$(await '^READY|^not ok - the machine') || { echo "$ready"; break; }
        grep -E '^(ok|not ok|#)' "$work/serial" | sed -E "s/^(ok|not ok) - /\\1 - after cut $number: /" || true
        [ "$number" -lt "$count" ] || break
        length=${length:-$(sed -n 's/^LENGTH //p' "$work/serial")}
        at=$(awk -v length_ms="$length" -v number="$number" -v count="$count" \
            'BEGIN { printf "%.3f", length_ms * (number + 0.5) / count / 1000 }')
        await '^NOW' >/dev/null || break
        sleep "$at"
        echo "   cut $((number + 1)) of $count: $at s into a bootstrap of $length ms"
        cut
    done
    [ -z "$qemu" ] || cut
} | tee "$work/results"

passed=$(grep -c '^ok - ' "$work/results" || true)
failed=$(grep -c '^not ok - ' "$work/results" || true)
cuts=$(grep -c '^   cut ' "$work/results" || true)
[ "$cuts" = "$count" ] || { echo "not ok - there were $count cuts: $cuts"; failed=$((failed + 1)); }
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
