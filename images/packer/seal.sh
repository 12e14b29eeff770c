#!/bin/bash
# The last step before an image is captured: removes everything that is specific to this machine, writes the marker with its
# manifest, and checks the result. thpc-node.pkr.hcl runs it after install.sh; it can also be run manually, as root.
# Afterwards no SSH key gives access.
#
# THPC_OPERATIONS  operations of `thpc-node-agent image prep` (default: its defaults, and those for this machine's own files)
# THPC_FILES       as in install.sh
set -euo pipefail

files=${THPC_FILES:-/tmp/thpc-image}
agent=/usr/local/bin/thpc-node-agent
config=/run/thpc-image.toml
operations=defaults,users-ssh,ssh-host-keys,machine-id,cloud-init,logs,history,tmp,dhcp,network-config,package-cache,scheduler-keys
operations=${THPC_OPERATIONS:-$operations}

# Nodes from an image with a marker install no packages, so all must be present now.
"$agent" packages check --config "$config"

rm -rf -- "$files"
"$agent" image prep --config "$config" --yes --operations="$operations"
"$agent" image check --config "$config" --operations="$operations"
rm -f -- "$config" "$0"
sync
