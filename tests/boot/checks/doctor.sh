# shellcheck shell=bash source-path=SCRIPTDIR
# `doctor` on a node that is whole, beside a real NFS server.
. ./lib.sh

exports() { says "exports /srv/cfs 127.0.0.0/8"; }
well() {
    agent 0 doctor && exports &&
        says "127.0.0.1:2049 accepts" "and serves NFS 3" "and serves NFS 4" "configuration, mount table and fstab agree" \
        "echo.sh: $(stat -c %s /srv/cos/test/echo.sh) bytes" "run by /bin/bash" "thpc-node-agent.service is enabled and active" &&
        ! grep -E '^(warn|fail)' "$said"
}
check "doctor finds nothing wrong with a whole node" until_true well # within its limits not at once after a boot
check "doctor names what the server exports, for its rpcbind answers" exports
