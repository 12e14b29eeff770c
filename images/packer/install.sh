#!/bin/bash
# Makes this machine one that an image of THPC nodes can be captured from: the agent, its units and the packages of the role.
# thpc-node.pkr.hcl runs it; by hand it does the same, as root.
#
# THPC_FILES           where thpc-node-agent and the units are (default /tmp/thpc-image)
# THPC_NODE_ROLE       COMPUTE (default) or LOGIN
# THPC_SCHEDULER_TYPE  SLURM (default)      THPC_ACCOUNT_TYPE  NIS (default)
# THPC_EXTRA_PACKAGES  more packages, by the names of this distribution, with spaces between
# THPC_TURBO           true: nodes mount CFS Turbo, so a Lustre client must be here already
set -euo pipefail

files=${THPC_FILES:-/tmp/thpc-image}
agent=/usr/local/bin/thpc-node-agent
# Not /etc/thpc/node-agent.toml: an image has no cluster. This file goes with the machine's memory, and seal.sh reads it too.
config=/run/thpc-image.toml

# On its first boot a machine is not its own yet: cloud-init writes repositories and holds the package lock.
if command -v cloud-init >/dev/null; then
    timeout 300 cloud-init status --wait >/dev/null || true
fi

install -m 755 "$files/thpc-node-agent" "$agent"
"$agent" --version
cp -r "$files/systemd/." /etc/systemd/system/
# Without a configuration the node's own unit does nothing, and no daemon of Slurm is held back.
systemctl enable thpc-node-agent-guard.service thpc-node-agent.service

read -ra extra <<<"${THPC_EXTRA_PACKAGES:-}"
# Every node mounts /opt over NFS, wherever that will be: the client belongs into every image.
cat >"$config" <<END
[cluster]
id = "hpc-00000000"
node_role = "${THPC_NODE_ROLE:-COMPUTE}"
scheduler_type = "${THPC_SCHEDULER_TYPE:-SLURM}"
account_type = "${THPC_ACCOUNT_TYPE:-NIS}"

[packages]
extra = [$([ ${#extra[@]} -eq 0 ] || printf '"%s", ' "${extra[@]}")]

[[cfs]]
local_path = "/opt"
remote_path = "127.0.0.1:/"
END
if [ "${THPC_TURBO:-false}" = true ]; then
    printf '\n[[cfs]]\nlocal_path = "/turbo"\nremote_path = "127.0.0.1@tcp0:/00000000/cfs"\nprotocol = "TURBO"\n' >>"$config"
fi

"$agent" packages install --config "$config"
"$agent" packages check --config "$config"
