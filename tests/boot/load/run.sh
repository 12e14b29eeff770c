#!/bin/bash
# Inside the machine: loads both shares, and asks every two minutes whether a server is slow or packets get lost.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR/../checks
. ./lib.sh
timeout 600 systemctl is-system-running --wait >/dev/null
check "the node is ready" test -e /run/thpc-node-agent/ready
write_and_read() { # DIRECTORY   a megabyte is written, flushed and read back past the cache
    while sleep 0.5; do
        dd if=/dev/zero of="$1/load" bs=64k count=16 conv=fsync status=none && dd if="$1/load" of=/dev/null bs=64k iflag=direct status=none
    done
}
make_and_remove() { # DIRECTORY   names and attributes
    while sleep 0.5; do
        mkdir -p "$1/names" && touch "$1"/names/{1..20} && ls -l "$1/names" >/dev/null && rm -r "$1/names"
    done
}
for share in /opt /data; do
    write_and_read "$share" &
    make_and_remove "$share" &
done
quiet() {
    timeout 60 thpc-node-agent health --verbose >"$agent_output" 2>&1
    cat "$agent_output"
    printed 'debug NFS /opt: ' 'debug NFS /data: ' && ! grep -F 'warning: ' "$agent_output"
}
doctor_quiet() { # other checks have limits of seconds, which this machine may exceed
    timeout 60 thpc-node-agent doctor >"$agent_output" 2>&1
    grep -E '^ok +nfs ' "$agent_output"
}
end=$((SECONDS + 60 * $(<minutes)))
while [ "$SECONDS" -lt "$end" ]; do
    check "health --verbose warns of nothing after $((SECONDS / 60)) minutes" quiet
    grep -E 'debug (NFS|TCP)' "$agent_output" | sed 's/^/#   /'
    sleep 120
done
check "doctor finds both servers well" doctor_quiet
