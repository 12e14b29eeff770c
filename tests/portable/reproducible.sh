#!/usr/bin/env bash
# Publishes the same sources again in another folder, and compares the result with artifacts/. Needs ./publish.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy=$work/another/folder
git clone --quiet . "$copy"
# Uncommitted changes are copied too, deleted files included.
git ls-files -z --cached --others --exclude-standard | (cd "$copy" && xargs -0 rm -f)
git ls-files -z --cached --others --exclude-standard | tar --ignore-failed-read --warning=no-failed-read --null -cf - -T - |
    tar -C "$copy" -xf -

"$copy/publish.sh" >"$work/log" || { cat "$work/log"; exit 1; }
for file in thpc-node-agent thpc-node-agent.sha256 thpc-node-agent.cdx.json; do
    cmp "artifacts/linux-x64/$file" "$copy/artifacts/linux-x64/$file"
done
echo "the same: $(cat artifacts/linux-x64/thpc-node-agent.sha256)"
