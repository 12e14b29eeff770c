#!/bin/bash
# counted.sh COMMAND...: prints what the command prints, and counts its checks; a command that fails is one failure more.
# Last line: N passed, N failed
set -euo pipefail
results=$(mktemp)
trap 'rm -f "$results"' EXIT
status=0
"$@" | tee "$results" || status=$?
passed=$(grep -c '^ok - ' "$results" || true)
failed=$(grep -c '^not ok - ' "$results" || true)
[ "$status" = 0 ] || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
