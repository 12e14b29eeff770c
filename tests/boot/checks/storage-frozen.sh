# shellcheck shell=bash source-path=SCRIPTDIR
# A server falls silent under shares that were added: nothing that looks at them hangs, and they can be taken away.
. ./lib.sh

# What the kernel knows of a directory it forgets after a second, so that whoever looks at one has to ask the server.
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
check "two shares of a server of their own are added" two_added

# Opened before the server falls silent, and read from after.
mkfifo "$results/go"
sh -c 'read -r _ <"$1"; exec cat' sh "$results/go" </frozen/file >/dev/null &
blocked=$!
iptables -A OUTPUT -p tcp -d 127.0.3.2 -j DROP
echo >"$results/go"
is_blocked() { [[ $(cat "/proc/$blocked/comm") == cat && $(sed 's/.*) //' "/proc/$blocked/stat") == D* ]]; }
check "a process waits for the silent server" until_true is_blocked

health_names() { # within a second on a real machine
    local start=$SECONDS
    agent 5 health && [ $((SECONDS - start)) -le 6 ] && says 'MOUNT_TIMEOUT /frozen:' 'MOUNT_TIMEOUT /idle:' &&
        ! grep -E '/data|/opt' "$said"
}
check "health names both in time" until_true health_names
list_says() {
    timeout 60 thpc-node-agent storage list --json >"$results/list.json" &&
        reported 'map({(.local_path): .code}) | add | ."/frozen" == "MOUNT_TIMEOUT" and ."/idle" == "MOUNT_TIMEOUT" and ."/data" == null' \
            "$results/list.json"
}
check "storage list says that they do not answer, and does not hang" list_says
verify_says() { agent 5 storage verify && says 'MOUNT_TIMEOUT /frozen:' 'MOUNT_TIMEOUT /idle:' && ! grep -E '/data|/opt' "$said"; }
check "storage verify says so too, and does not hang" verify_says

still_there() { findmnt --kernel --mountpoint "$1" --source "$2" && line "$1" "$2"; }
refused() {
    agent 1 storage remove /frozen && says MOUNT_BUSY "pid $blocked (root, cat: /frozen/file)" &&
        still_there /frozen 127.0.3.2:/frozen
}
check "storage remove names the process that waits, and leaves the share" refused
idle() { agent 1 storage remove /idle && says MOUNT_TIMEOUT /idle --lazy && still_there /idle 127.0.3.2:/j25ey5tz/idle; }
check "storage remove of a share that nobody uses ends too, with an error, and leaves the share" idle
start=$SECONDS
first_detached() {
    agent 0 storage remove --lazy /frozen && says 'in use by' "pid $blocked" && not_mounted /frozen && no_line /frozen
}
check "storage remove --lazy takes one away, and warns of the process that still waits" first_detached
seconds=$((SECONDS - start))
not_held_up() { echo "$seconds s" && [ "$seconds" -le 60 ] && says 'systemctl daemon-reload'; } # systemd would wait 90 s for the other one
check "systemd is not sent to look at the other one meanwhile" not_held_up
second_detached() {
    agent 0 storage remove --lazy /idle && not_mounted /idle && no_line /idle && ! says 'systemctl daemon-reload' >/dev/null
}
check "storage remove --lazy takes the other one away too" second_detached
units_gone() { same $'not-found\n\nnot-found' "$(systemctl show --value --property=LoadState frozen.mount idle.mount)"; }
check "systemd has forgotten both then" units_gone
end_user "$blocked"
check "the process that waited can be ended" test ! -e "/proc/$blocked"
healthy() { agent 0 health && ! grep -E '/frozen|/idle' "$said"; }
check "health is content with the rest" until_true healthy
iptables -D OUTPUT -p tcp -d 127.0.3.2 -j DROP
check "no mount helper is left behind" until_true no_mount_helper_is_left
