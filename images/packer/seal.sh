#!/bin/bash
# The last step before an image is captured from this machine: whatever belongs to this one machine goes, the marker with its
# manifest is written, and the result is audited. thpc-node.pkr.hcl runs it after install.sh; by hand it does the same, as root.
# Afterwards no key lets anybody in any more.
#
# THPC_OPERATIONS  what `thpc-node-agent image prep` does (default: its defaults, and what is this machine's alone)
# THPC_FILES       as for install.sh
set -euo pipefail

files=${THPC_FILES:-/tmp/thpc-image}
agent=/usr/local/bin/thpc-node-agent
config=/run/thpc-image.toml
operations=defaults,users-ssh,ssh-host-keys,machine-id,cloud-init,logs,history,tmp,dhcp,network-config,package-cache,scheduler-keys
operations=${THPC_OPERATIONS:-$operations}

# Nodes of an image with a marker install nothing: what is missing now is missing for good.
"$agent" packages check --config "$config"

rm -rf -- "$files"
"$agent" image prep --config "$config" --yes --operations="$operations"
"$agent" image check --config "$config" --operations="$operations"
rm -f -- "$config" "$0"
sync
