# shellcheck shell=bash source-path=SCRIPTDIR
# A server stops answering for added shares: no command that reads them hangs, and they can be removed.
. ./lib.sh

# With actimeo=1 the kernel's cache of a directory expires after a second, so that every access asks the server.
mkdir -p /srv/cfs/frozen /j25ey5tz/idle
head --bytes=1M /dev/zero >/srv/cfs/frozen/file
two_added() {
    agent 0 storage add --json - <<'JSON' && mounted /frozen 127.0.3.2:/frozen 4.0 && mounted /idle 127.0.3.2:/j25ey5tz/idle 3
{"CFSOptions": [{"LocalPath": "/frozen", "RemotePath": "127.0.3.2:/frozen", "Protocol": "NFS 4.0",
                 "MountOption": "vers=4.0,noresvport,actimeo=1"},
                {"LocalPath": "/idle", "RemotePath": "127.0.3.2:/j25ey5tz/idle", "Protocol": "NFS 3.0",
                 "MountOption": "vers=3,nolock,proto=tcp,noresvport,actimeo=1"}]}
JSON
}
check "two shares of their own server are added" two_added

# Opened before the server stops answering, and read afterwards.
mkfifo "$results/go"
sh -c 'read -r _ <"$1"; exec cat' sh "$results/go" </frozen/file >/dev/null &
blocked=$!
iptables -A OUTPUT -p tcp -d 127.0.3.2 -j DROP
echo >"$results/go"
is_blocked() { [[ $(cat "/proc/$blocked/comm") == cat && $(sed 's/.*) //' "/proc/$blocked/stat") == D* ]]; }
check "a process waits for the silent server" until_true is_blocked

health_names() { # within a second on a real machine
    local start=$SECONDS
    agent 5 health && [ $((SECONDS - start)) -le 6 ] && printed 'MOUNT_TIMEOUT /frozen:' 'MOUNT_TIMEOUT /idle:' &&
        ! grep -E '/data|/opt' "$agent_output"
}
check "health names both in time" until_true health_names
list_names() {
    timeout 60 thpc-node-agent storage list --json >"$results/list.json" &&
        reported 'map({(.local_path): .code}) | add | ."/frozen" == "MOUNT_TIMEOUT" and ."/idle" == "MOUNT_TIMEOUT" and ."/data" == null' \
            "$results/list.json"
}
check "storage list names both as not answering, and does not hang" list_names
verify_names() {
    agent 5 storage verify && printed 'MOUNT_TIMEOUT /frozen:' 'MOUNT_TIMEOUT /idle:' && ! grep -E '/data|/opt' "$agent_output"
}
check "storage verify names both too, and does not hang" verify_names

still_there() { findmnt --kernel --mountpoint "$1" --source "$2" && line "$1" "$2"; }
refused() {
    agent 1 storage remove /frozen && printed MOUNT_BUSY "pid $blocked (root, cat: /frozen/file)" &&
        still_there /frozen 127.0.3.2:/frozen
}
check "storage remove names the blocked process, and leaves the share" refused
idle() { agent 1 storage remove /idle && printed MOUNT_TIMEOUT /idle --lazy && still_there /idle 127.0.3.2:/j25ey5tz/idle; }
check "storage remove of an unused share ends too, with an error, and leaves the share" idle
start=$SECONDS
first_detached() {
    agent 0 storage remove --lazy /frozen && printed 'in use by' "pid $blocked" && not_mounted /frozen && no_line /frozen
}
check "storage remove --lazy removes one, and warns of the blocked process" first_detached
seconds=$((SECONDS - start))
# systemd would wait 90 s for the other one.
not_held_up() { echo "$seconds s" && [ "$seconds" -le 60 ] && printed 'systemctl daemon-reload'; }
check "systemd does not check the other share meanwhile" not_held_up
second_detached() {
    agent 0 storage remove --lazy /idle && not_mounted /idle && no_line /idle && ! printed 'systemctl daemon-reload' >/dev/null
}
check "storage remove --lazy removes the other one too" second_detached
units_gone() { same $'not-found\n\nnot-found' "$(systemctl show --value --property=LoadState frozen.mount idle.mount)"; }
check "systemd has no unit of either then" units_gone
end_user "$blocked"
check "the blocked process can be ended" test ! -e "/proc/$blocked"
healthy() { agent 0 health && ! grep -E '/frozen|/idle' "$agent_output"; }
check "health finds no fault in the others" until_true healthy
iptables -D OUTPUT -p tcp -d 127.0.3.2 -j DROP
check "no mount helper is left behind" until_true no_mount_helper_is_left
