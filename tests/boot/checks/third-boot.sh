# shellcheck shell=bash source-path=SCRIPTDIR
# A boot with a dead server in fstab.
. ./lib.sh

check "a server that is dead at boot does not keep the node from booting" systemctl is-active multi-user.target
check "/opt is there all the same" mounted /opt 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt 3
check "/data is there all the same" mounted /data 127.0.0.1:/ 4.0
by_its_unit() {
    local since started
    findmnt --kernel --mountpoint /goosefs --types fuse.goosefs-fuse && same from-the-masters "$(timeout 60 cat /goosefs/proof)" || return
    since=$(systemctl show --value --property=ActiveEnterTimestampMonotonic thpc-goosefs-goosefs.service)
    started=$(systemctl show --value --property=ExecMainStartTimestampMonotonic thpc-node-agent.service)
    echo "there since $since, the agent started at $started"
    [ "$since" -gt 0 ] && [ "$since" -le "$started" ]
}
check "GooseFS came back by its unit, before the agent ran" by_its_unit
named() {
    agent_log
    reported '.outcome == "failed" and ([.stages[].steps[]? | select(.error) | .error.code] | . == ["MOUNT_UNREACHABLE"] or . == ["MOUNT_TIMEOUT"])' &&
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
all_by_systemd() { by_systemd >"$results/by-systemd" && contains "$results/by-systemd" 'Mounted opt.mount' 'Mounted data.mount' 'Mounting dead.mount' 'Started thpc-goosefs-goosefs.service'; }
check "systemd brings all of it back at a boot of the same machine" all_by_systemd
check "the guard again left everything as it was" guard_is_content
guard_took
