# shellcheck shell=bash source-path=SCRIPTDIR
# A boot with a dead server in fstab.
. ./lib.sh

check "a dead server does not keep the node from booting" systemctl is-active multi-user.target
check "/opt is mounted all the same" mounted /opt 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt 3
check "/data is mounted all the same" mounted /data 127.0.0.1:/ 4.0
named() {
    agent_log
    reported '.outcome == "failed" and ([.stages[].steps[]? | select(.error) | .error.code] |
        . == ["MOUNT_UNREACHABLE"] or . == ["MOUNT_TIMEOUT"])' &&
        reported '.stages[] | select(.name == "mount") | .reason | test("/opt, /data")'
}
check "the agent ran after systemd gave up on the dead share, and names it" named
check "a node with a missing mount is not ready" test ! -e /run/thpc-node-agent/ready
in_time() { # monotonic microseconds since boot, of a machine that software emulates
    local ended
    ended=$(systemctl show --value --property=InactiveEnterTimestampMonotonic thpc-node-agent.service)
    echo "$((ended / 1000000)) s after the start of the machine"
    [ "$ended" -gt 0 ] && [ "$ended" -lt 240000000 ]
}
check "the agent ended within its limit" in_time
check "fstab keeps the line of a share that may come back" cmp /etc/fstab /var/lib/boot-test.fstab
all_by_systemd() { # the whole journal, for messages of systemd before journald runs belong to no unit
    journalctl --boot --no-pager --output=cat >"$results/journal" &&
        contains "$results/journal" 'Mounted opt.mount' 'Mounted data.mount' 'Mounting dead.mount'
}
check "systemd tries all mounts again at a boot of the same machine" all_by_systemd
check "the guard changed nothing again" guard_is_content
guard_took
