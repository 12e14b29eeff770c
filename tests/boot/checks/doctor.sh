# shellcheck shell=bash source-path=SCRIPTDIR
# `doctor` on a node that is whole, beside a real NFS server.
. ./lib.sh

well() {
    agent 0 doctor && says "127.0.0.1:2049 accepts" "and serves NFS 3" "and serves NFS 4" "configuration, mount table and fstab agree" \
        "echo.sh: $(stat -c %s /srv/cos/test/echo.sh) bytes" "run by /bin/bash" "thpc-node-agent.service is enabled and active" &&
        ! grep -E '^(warn|fail)' "$said"
}
check "doctor finds nothing wrong with a whole node" well
exports() { says "exports /srv/cfs 127.0.0.0/8"; }
check "doctor names what the server exports, for its rpcbind answers" exports

bundled() {
    agent 0 bundle --timeout 60 --output /srv/bundle.tar.gz && tar -xzf /srv/bundle.tar.gz -C "$results" --one-top-level=bundle || return
    contains "$results/bundle/journal.txt" 'bootstrap succeeded' && contains "$results/bundle/units.txt" 'ExecStart=/usr/local/bin/thpc-node-agent bootstrap' &&
        contains "$results/bundle/mountinfo" '/j25ey5tz/hpc-8hje8h12/opt' && contains "$results/bundle/dmesg.txt" 'Linux version' && contains "$results/bundle/doctor.json" 'and serves NFS 4' '"verdict": "ok"'
}
check "a bundle has the journal, the units, the mounts and the kernel's log" bundled
no_keys() { ! grep -r boot-test-key "$results/bundle"; }
check "and no key" no_keys
