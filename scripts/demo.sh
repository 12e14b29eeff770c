#!/bin/bash
# Shows the agent's main job, on a fresh Debian 12 with the .NET 10 SDK, as root: publishes it, boots a temporary virtual
# machine whose user data makes it a node, and shows the agent's output, mounts and report.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ "$(id -u)" = 0 ] || { echo "demo.sh: run it as root: it installs packages and builds a machine's disk" >&2; exit 1; }
say() { printf '\n== %s\n' "$*"; }

say "Installing what the build and the virtual machine need"
./scripts/setup.sh boot

say "Publishing the agent as one native file"
./publish.sh

say "Booting a fresh Debian with NFS server, COS stand-in and cloud-init, emulated in software"
echo "The machine's disk is built once, in about a minute; the boot takes another."
overlay=$(mktemp -d)
trap 'rm -rf "$overlay"' EXIT
./tests/boot/node.sh "$overlay"
./tests/boot/run-vm.sh --overlay "$overlay" tests/boot/demo
