#!/bin/bash
# The boot test: a fresh machine becomes a node by its user data, reboots, mounts from servers that do not answer, has storage added,
# broken, repaired and removed, and boots while a server is dead. Then its disk is captured and boots as a node of another cluster.
# Tests that need no kernel of their own are in tests/node.
# Prints a line for each check; the last line is `N passed, N failed`. Needs ./publish.sh and ./scripts/setup.sh boot.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/overlay"
"$here/node.sh" "$work/overlay"

status=0
"$here/run-vm.sh" --overlay "$work/overlay" --capture 4 "$here/capture.sh" "$here/checks" | tee "$work/results" || status=$?
if [ "$status" = 0 ]; then
    echo "ok - the machine ran every check to the end"
else
    echo "not ok - the machine ran every check to the end"
    echo "#   exit code $status"
fi | tee -a "$work/results"

passed=$(grep -c '^ok - ' "$work/results" || true)
failed=$(grep -c '^not ok - ' "$work/results" || true)
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
