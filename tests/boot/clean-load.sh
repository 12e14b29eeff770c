#!/bin/bash
# Four programs read and write NFS shares in the boot test's machine, and nothing is wrong: no warning may come.
# usage: clean-load.sh [MINUTES]    60 by default. Needs ./publish.sh and ./scripts/setup.sh boot. Last line: N passed, N failed
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
minutes=${1:-60}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/overlay" "$work/payload"
"$here/node.sh" "$work/overlay"
cp "$here/load/run.sh" "$here/checks/lib.sh" "$work/payload"
echo "$minutes" >"$work/payload/minutes"

THPC_VM_BOOT_LIMIT=$((minutes * 60 + 1800)) "$here/counted.sh" "$here/run-vm.sh" --overlay "$work/overlay" "$work/payload"
