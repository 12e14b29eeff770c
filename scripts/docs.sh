#!/usr/bin/env bash
# Writes what of the documentation comes out of the executable: docs/errors.md. Needs ./publish.sh first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

agent=artifacts/linux-x64/thpc-node-agent
[[ -x $agent ]] || { echo "docs: $agent is missing: run ./publish.sh first" >&2; exit 1; }

mkdir -p docs
# As a whole or not at all: a page that ends in the middle would be found by nobody.
page=$(mktemp docs/.errors.XXXXXX)
trap 'rm -f "$page"' EXIT
"$agent" errors --markdown >"$page"
chmod 644 "$page"
mv "$page" docs/errors.md
echo "docs/errors.md: $(wc -l <docs/errors.md) lines"
