# shellcheck shell=bash source-path=SCRIPTDIR
# A later boot: everything is in place already, and the agent reports that.
. ./lib.sh

from_fstab() { # UNIT   mounted from fstab, not by the agent
    unit_matches_fstab "$1" && journalctl --boot --no-pager --output=cat --unit="$1" | grep '^Mounted '
}
check "/opt is mounted again over NFS 3" mounted /opt 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt 3
check "/data is mounted again over NFS 4.0" mounted /data 127.0.0.1:/ 4.0
check "/opt was mounted from fstab" from_fstab opt.mount
check "/data was mounted from fstab" from_fstab data.mount

ran_again() { # the ready file lives in memory only
    test -e /run/thpc-node-agent/ready && systemctl is-active --quiet thpc-node-agent.service &&
        reported ".outcome == \"succeeded\" and .run_id != $(jq .run_id /var/lib/boot-test.report.json)"
}
check "the agent ran again by itself" ran_again
check "packages had nothing to do" stage packages skipped
check "the init script had nothing to do" stage script skipped
check "the mounts had nothing to do" stage mount skipped
one_run() { same ran "$(cat /root/init-script.runs)"; }
check "the init script did not run a second time" one_run
check "fstab is unchanged since the first boot, byte for byte" cmp /etc/fstab /var/lib/boot-test.fstab
check "slurmd starts again when the node is ready and /opt is mounted" contains /run/slurmd-found \
    /run/thpc-node-agent/ready 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt
logged_as_skipped() { contains <(agent_log) 'packages: skipped' 'script: skipped' 'mount: skipped'; }
check "the agent logs that it skipped every stage" logged_as_skipped
check "the guard changed nothing" guard_is_content
guard_took
