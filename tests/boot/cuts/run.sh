#!/bin/bash
# The power-cut test inside the machine: checks the files that the cut left and the result of this boot's bootstrap; then makes the
# node fresh again, prints NOW and starts a bootstrap. The power is cut during that.
# shellcheck source-path=SCRIPTDIR/../checks
set -uo pipefail
timeout 300 systemctl is-system-running --wait >/dev/null
. ./lib.sh

whole_fstab() { grep -v x-thpc "$1" | cmp - /etc/fstab.before && findmnt --verify --tab-file "$1"; }
if [ -e /var/lib/cuts-begun ]; then
    check "fstab is complete and keeps all other lines" whole_fstab /run/cuts/fstab
    shown() { cat /run/cuts/status; [[ $(cat /run/cuts/status.exit) = [01] ]]; }
    check "status shows the interrupted run" shown
    markers() { local file; for file in /run/cuts/state/scripts/*.done; do [ ! -e "$file" ] || jq -e .finished_at "$file"; done; }
    check "every marker of a script is complete" markers
fi
check "the node comes up by itself" bootstrapped
check "fstab is complete at the end" whole_fstab /etc/fstab
check "/opt and /data are in fstab" eval "line /opt 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt && line /data 127.0.0.1:/"
once() { same "/data /opt" "$(findmnt --kernel --types nfs,nfs4 --noheadings --raw --output TARGET | sort | paste -sd' ')"; }
check "they are mounted, once each" once
effects() { same "20 what $cluster needs" "$(cat /root/init-script.data-* | sort | uniq -c | sed 's/^ *//')"; }
check "the files that the script wrote are there" effects
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

# A bootstrap at boot also waits for its server. Measure one without that: the cuts are spread over its length.
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
