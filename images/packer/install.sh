#!/bin/bash
# Installs the agent, its units and the packages of the role on the machine that a THPC node image is captured from.
# thpc-node.pkr.hcl runs it; it can also be run manually, as root.
#
# THPC_FILES           directory of thpc-node-agent and the units (default /tmp/thpc-image)
# THPC_NODE_ROLE       COMPUTE (default) or LOGIN
# THPC_SCHEDULER_TYPE  SLURM (default)      THPC_ACCOUNT_TYPE  NIS (default)
# THPC_EXTRA_PACKAGES  additional packages, by this distribution's names, separated by spaces
# THPC_TURBO           true: nodes mount CFS Turbo, so a Lustre client must already be installed
set -euo pipefail

files=${THPC_FILES:-/tmp/thpc-image}
agent=/usr/local/bin/thpc-node-agent
# Not /etc/thpc/node-agent.toml, because an image has no cluster. /run is not part of the image. seal.sh reads this file too.
config=/run/thpc-image.toml

# During the first boot cloud-init writes package repositories and holds the package lock.
if command -v cloud-init >/dev/null; then
    timeout 300 cloud-init status --wait >/dev/null || true
fi

install -m 755 "$files/thpc-node-agent" "$agent"
"$agent" --version
cp -r "$files/systemd/." /etc/systemd/system/
# Without a configuration thpc-node-agent.service does nothing, and Slurm's daemons start as usual.
systemctl enable thpc-node-agent-guard.service thpc-node-agent.service

read -ra extra <<<"${THPC_EXTRA_PACKAGES:-}"
# Every node mounts /opt over NFS, so every image needs the NFS client. The address is a placeholder.
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
