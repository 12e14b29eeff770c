# shellcheck shell=bash source-path=SCRIPTDIR
# `doctor` on a complete node with a real NFS server.
. ./lib.sh

exports() { printed "exports /srv/cfs 127.0.0.0/8"; }
well() {
    agent 0 doctor && exports &&
        printed "127.0.0.1:2049 accepts" "and serves NFS 3" "and serves NFS 4" "configuration, mount table and fstab agree" \
        "echo.sh: $(stat -c %s /srv/cos/test/echo.sh) bytes" "run by /bin/bash" "thpc-node-agent.service is enabled and active" &&
        ! grep -E '^(warn|fail)' "$agent_output"
}
check "doctor finds no fault in a complete node" until_true well # soon after a boot it may exceed its limits
check "doctor names the server's exports, since its rpcbind answers" exports
