# shellcheck shell=bash source-path=SCRIPTDIR
# The agent finds faults of storage and repairs those of storage that is not in use.
. ./lib.sh

# One share for each fault. The read-only one has its own server, since read-only applies to a whole file system. fstab also
# loses the line of /data: that share is configured, so the agent knows that fstab should have it.
shares=(missing wrong readonly stale3 stale4)
declare -A source=([readonly]=127.0.3.2:/mend/readonly [stale3]=127.0.0.1:/j25ey5tz/mend/stale3)
for share in "${shares[@]}"; do source[$share]=${source[$share]:-127.0.0.1:/mend/$share}; done
mkdir -p /srv/cfs/mend/{missing,wrong,readonly,stale4,other} /j25ey5tz/mend/stale3
for share in "${shares[@]}"; do
    jq -n --arg share "$share" --arg source "${source[$share]}" \
        --arg protocol "$([ "$share" = stale3 ] && echo 'NFS 3.0' || echo 'NFS 4.0')" \
        '{LocalPath: "/mend/\($share)", RemotePath: $source, Protocol: $protocol}'
done | jq -s '{CFSOptions: .}' >"$results/mend.json"

whole() {
    for share in "${shares[@]}"; do
        mounted "/mend/$share" "${source[$share]}" "$([ "$share" = stale3 ] && echo 3 || echo 4.0)" &&
            line "/mend/$share" "${source[$share]}" || return
    done
    line /data 127.0.0.1:/
}
prepared() { agent 0 storage add --json "$results/mend.json" && whole; }
check "five shares are added" prepared
content() { agent 0 storage verify && printed ok; }
check "storage verify finds no fault in a complete node" content

stale() { # LOCAL_PATH
    echo 2 >/proc/sys/vm/drop_caches # else the server serves a removed directory from its cache for a while
    ! timeout 60 ls "$1" >/dev/null 2>&1 &&
        ! timeout 60 stat --file-system "$1" >"$results/stale" 2>&1 && contains "$results/stale" 'Stale file handle'
}
replace() { # DIRECTORY...   of the server, as a restore of the export from a backup does
    rm -rf "$@"
    mkdir "$@"
}
break_them() {
    umount /mend/missing /mend/wrong
    mount -t nfs -o vers=4.0,noresvport 127.0.0.1:/mend/other /mend/wrong
    mount -o remount,ro 127.0.3.2:/mend/readonly /mend/readonly
    sed -i '\| /data |d' /etc/fstab
    for share in readonly stale4; do
        stand_in "/mend/$share"
        users+=("$user")
    done
    replace /j25ey5tz/mend/stale3 /srv/cfs/mend/stale4
}
users=()
break_them
broken() {
    not_mounted /mend/missing && findmnt --kernel --mountpoint /mend/wrong --source 127.0.0.1:/mend/other &&
        findmnt --kernel --mountpoint /mend/readonly --options ro && until_true stale /mend/stale3 && until_true stale /mend/stale4
}
check "each share has its fault" broken

found() { agent 5 storage verify; }
check "storage verify finds problems" found
check "it names a share that is not mounted" printed 'MOUNT_MISSING /mend/missing:'
check "it names a share without a line in fstab" printed 'FSTAB_MISSING /data:'
check "it names a mount point with another source" printed 'MOUNT_CONFLICT /mend/wrong:' 127.0.0.1:/mend/other
check "it names a share that is read-only" printed 'MOUNT_READ_ONLY /mend/readonly:'
check "it names a stale share of NFS 3.0" printed 'MOUNT_STALE /mend/stale3:'
check "it names a stale share of NFS 4.0" printed 'MOUNT_STALE /mend/stale4:'
only_those() { same 6 "$(grep -c '^[A-Z_]* /' "$agent_output")"; }
check "it names nothing else" only_those
sick() { agent 5 health && printed 'MOUNT_STALE /mend/stale3:' 'MOUNT_STALE /mend/stale4:' 'MOUNT_MISSING /mend/missing:'; }
check "health names them too" until_true sick # a share that answers slowly may be named for that

repaired_in_part() {
    agent 5 storage verify --repair &&
        printed MOUNT_BUSY "pid ${users[0]} (root, sleep: /mend/readonly)" "pid ${users[1]} (root, sleep: /mend/stale4" \
            'MOUNT_CONFLICT /mend/wrong:'
}
check "storage verify --repair leaves shares in use, naming the processes, and foreign mounts" repaired_in_part
others_mended() {
    mounted /mend/missing 127.0.0.1:/mend/missing 4.0 && line /data 127.0.0.1:/ &&
        mounted /mend/stale3 127.0.0.1:/j25ey5tz/mend/stale3 3
}
check "it repaired the others" others_mended
used_left() {
    kill -0 "${users[@]}" && findmnt --kernel --mountpoint /mend/readonly --options ro &&
        findmnt --kernel --mountpoint /mend/wrong --source 127.0.0.1:/mend/other && stale /mend/stale4
}
check "it did not touch the shares in use" used_left
end_user "${users[@]}"
umount /mend/wrong
repaired() { agent 0 storage verify --repair && whole; }
check "when the processes have ended, it repairs everything" repaired
units_right() { unit_matches_fstab data.mount && for share in "${shares[@]}"; do unit_matches_fstab "mend-$share.mount" || return; done; }
check "systemd's units match fstab" units_right

replace /srv/cfs/mend/stale4
until_true stale /mend/stale4
bootstrap_with stale <<'TOML'

[[cfs]]
local_path = "/mend/stale4"
remote_path = "127.0.0.1:/mend/stale4"
protocol = "NFS 4.0"
TOML
by_bootstrap() { cat "$results/stale.out" && same 0 "$(cat "$results/stale.exit")" && whole; }
check "bootstrap mounts a stale share again" by_bootstrap

umount /mend/*
cp /var/lib/boot-test.fstab /etc/fstab
systemctl daemon-reload
rmdir /mend/* /mend
