#!/bin/bash
# The power-cut test inside the machine: looks at what the cut left and what the agent's unit made of it at this boot; then makes the node
# fresh again, starts a bootstrap and says so. The power goes while that runs.
# shellcheck source-path=SCRIPTDIR/../checks
set -uo pipefail
timeout 300 systemctl is-system-running --wait >/dev/null
. ./lib.sh

whole_fstab() { grep -v x-thpc "$1" | cmp - /etc/fstab.before && findmnt --verify --tab-file "$1"; }
if [ -e /var/lib/cuts-begun ]; then
    check "fstab is whole, with every other line as it was" whole_fstab /run/cuts/fstab
    told() { cat /run/cuts/status; [[ $(cat /run/cuts/status.exit) = [01] ]]; }
    check "status says what there was of the run" told
    markers() { local file; for file in /run/cuts/state/scripts/*.done; do [ ! -e "$file" ] || jq -e .finished_at "$file"; done; }
    check "a marker of a script is whole or not there" markers
fi
bootstrapped() { systemctl is-active thpc-node-agent.service && timeout 60 thpc-node-agent status && reported '.outcome == "succeeded"'; }
check "the node comes up by itself" bootstrapped
check "fstab is whole at the end" whole_fstab /etc/fstab
check "/opt and /data are in fstab" eval "line /opt 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt && line /data 127.0.0.1:/"
once() { same "/data /opt" "$(findmnt --kernel --types nfs,nfs4 --noheadings --raw --output TARGET | sort | paste -sd' ')"; }
check "they are mounted, once each" once
effects() { same "20 what $cluster needs" "$(cat /root/init-script.data-* | sort | uniq -c | sed 's/^ *//')"; }
check "what the script wrote is there" effects
rubbish() { same "" "$(find / -xdev -name '*.thpc-*.tmp*')"; }
check "no temporary file is left" rubbish

make_fresh() {
    systemctl stop thpc-node-agent.service
    umount /data /opt
    cp /etc/fstab.before /etc/fstab
    rm -rf /var/lib/thpc-node-agent /run/thpc-node-agent /var/log/thpc-node-agent /root/init-script.*
    systemctl daemon-reload
    sync
}

# At boot a bootstrap waits for its server too; how long it is without that tells where the cuts are to be.
if [ ! -e /var/lib/cuts-begun ]; then
    make_fresh
    systemctl start thpc-node-agent.service
    echo "LENGTH $(jq .duration_ms "$report")"
    touch /var/lib/cuts-begun
fi
echo READY
make_fresh
echo NOW
systemctl start thpc-node-agent.service
sleep infinity
