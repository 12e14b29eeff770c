#!/usr/bin/env bash
# Measures what thousands of nodes cost; docs/development/performance.md has the figures.
#
#   run.sh fleet   reads 10,000 reports with the delays of an NFS server (delay.c); a minute
#   run.sh nfs     counts the calls of real NFS in the boot test's virtual machine (nfs/run.sh); a quarter of an hour
#
# Needs ./publish.sh first; nfs also scripts/setup.sh boot. It fails only if it cannot measure, or if a count of nfs changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
agent=${THPC_AGENT:-$PWD/artifacts/linux-x64/thpc-node-agent}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fleet() {
    local nfs delay began ended
    clang -O2 -shared -fPIC -o "$work/delay.so" tests/scale/delay.c
    tests/bench/fleet-reports.py "$work/fleet" 10000
    for nfs in 3 4.0; do
        for delay in 0 500 1000; do
            for _ in 1 2 3; do
                began=$EPOCHREALTIME
                NFS=$nfs ROUND_TRIP_US=$delay LD_PRELOAD=$work/delay.so "$agent" fleet --timeout 300 "$work/fleet" >/dev/null || [ $? = 5 ]
                ended=$EPOCHREALTIME
                echo $(((${ended/./} - ${began/./}) / 1000))
            done | sort -n | sed -n "2s/.*/fleet, 10,000 reports, NFS $nfs, $delay us a round trip: & ms/p"
        done
    done
}

nfs() {
    cp -r tests/scale/nfs "$work/payload"
    cp "$agent" tests/bench/fleet-reports.py tests/bench/mounts/slow_proxy.py "$work/payload/"
    THPC_VM_BOOT_LIMIT=3000 tests/boot/run-vm.sh "$work/payload"
}

case ${1:-} in
    fleet | nfs) "$1" ;;
    *) echo "usage: run.sh fleet | nfs" >&2; exit 2 ;;
esac
