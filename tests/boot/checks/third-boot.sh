# shellcheck shell=bash source-path=SCRIPTDIR
# A boot with a dead server in fstab.
. ./lib.sh

check "a server that is dead at boot does not keep the node from booting" systemctl is-active multi-user.target
check "/opt is there all the same" mounted /opt 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt 3
check "/data is there all the same" mounted /data 127.0.0.1:/ 4.0
named() {
    agent_log
    reported '.outcome == "failed" and ([.stages[].steps[]? | select(.error) | .error.code] |
        . == ["MOUNT_UNREACHABLE"] or . == ["MOUNT_TIMEOUT"])' &&
        reported '.stages[] | select(.name == "mount") | .reason | test("/opt, /data")'
}
check "the agent ran after systemd had given the dead one up, and names it" named
check "a node that is not whole is not ready" test ! -e /run/thpc-node-agent/ready
in_time() { # monotonic microseconds since boot, of a machine that software emulates
    local ended
    ended=$(systemctl show --value --property=InactiveEnterTimestampMonotonic thpc-node-agent.service)
    echo "$((ended / 1000000)) s after the start of the machine"
    [ "$ended" -gt 0 ] && [ "$ended" -lt 240000000 ]
}
check "all of that has a limit" in_time
check "fstab keeps the line of a share that may come back" cmp /etc/fstab /var/lib/boot-test.fstab
all_by_systemd() { # the whole journal, for what systemd says before journald runs is filed under no unit
    journalctl --boot --no-pager --output=cat >"$results/journal" &&
        contains "$results/journal" 'Mounted opt.mount' 'Mounted data.mount' 'Mounting dead.mount'
}
check "systemd brings all of it back at a boot of the same machine" all_by_systemd
check "the guard again left everything as it was" guard_is_content
guard_took
