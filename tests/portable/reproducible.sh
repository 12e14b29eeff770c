#!/usr/bin/env bash
# Publishes the same sources once more in another folder, and compares with what artifacts/ has. Needs ./publish.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy=$work/another/folder
git clone --quiet . "$copy"
# What is not committed comes along, and what is deleted goes.
git ls-files -z --cached --others --exclude-standard | (cd "$copy" && xargs -0 rm -f)
git ls-files -z --cached --others --exclude-standard | tar --ignore-failed-read --warning=no-failed-read --null -cf - -T - |
    tar -C "$copy" -xf -

"$copy/publish.sh" >"$work/said" || { cat "$work/said"; exit 1; }
for file in thpc-node-agent thpc-node-agent.sha256 thpc-node-agent.cdx.json; do
    cmp "artifacts/linux-x64/$file" "$copy/artifacts/linux-x64/$file"
done
echo "the same: $(cat artifacts/linux-x64/thpc-node-agent.sha256)"
