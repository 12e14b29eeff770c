# shellcheck shell=bash source-path=SCRIPTDIR
# Adds storage to a running node: by flags, by an answer of the API, by the configuration.
. ./lib.sh
umount /eight/* /late 2>/dev/null # mounted before, with other configurations
cp /var/lib/boot-test.fstab /etc/fstab
systemctl daemon-reload
cp "$config" "$results/config.before"

add_by_flags() { agent 0 storage add --local-path /added --remote-path 127.0.0.1:/added/deep --protocol 'NFS 4.0'; }
by_flags() { add_by_flags && mounted /added 127.0.0.1:/added/deep 4.0 && test -d /srv/cfs/added/deep; }
check "storage add by flags creates a missing remote directory and mounts the share" by_flags
check "fstab has its line, with the tags of cluster and machine" line /added 127.0.0.1:/added/deep
check "systemd's unit matches fstab" unit_matches_fstab added.mount
again() { cp /etc/fstab "$results/fstab.added" && add_by_flags && cmp /etc/fstab "$results/fstab.added"; }
check "the same storage add again changes nothing" again
unconfigured() { cmp "$config" "$results/config.before"; }
check "without --persist the configuration stays as it is" unconfigured

cat >"$results/answer.json" <<'JSON'
{"Response": {"ClusterId": "hpc-8hje8h12", "StorageOption": {
    "CFSOptions": [
        {"LocalPath": "/data", "RemotePath": "127.0.0.1:/", "Protocol": "NFS 4.0", "StorageType": "SD", "MountOption": null},
        {"LocalPath": "/from-api", "RemotePath": "127.0.0.1:/from-api", "Protocol": "NFS 4.0", "StorageType": "SD", "MountOption": null}],
    "GooseFSOptions": [], "GooseFSxOptions": [],
    "CosOptions": [{"LocalPath": "/bucket", "Bucket": "demo-1250000000"}]},
    "RequestId": "9a5b4c3d-0000-4000-8000-000000000000"}}
JSON
by_answer() { agent 0 storage add --json "$results/answer.json" --persist && mounted /from-api 127.0.0.1:/from-api 4.0; }
check "storage add takes a complete answer of the API and mounts its new shares" by_answer
check "it warns of an unknown kind of storage and names its path" printed CosOptions /bucket
appended() {
    head --bytes="$(stat --format=%s "$results/config.before")" "$config" | cmp - "$results/config.before" &&
        contains "$config" '"/from-api"' &&
        agent 0 config check
}
check "--persist appends it to the configuration and changes no other byte" appended
taken_back() { agent 0 storage remove /from-api --persist && not_mounted /from-api && no_line /from-api && unconfigured; }
check "storage remove --persist restores the configuration byte for byte" taken_back
by_input() {
    agent 0 storage add --json - <<<'{"LocalPath": "/piped", "RemotePath": "127.0.0.1:/piped", "Protocol": "NFS 4.0"}' &&
        mounted /piped 127.0.0.1:/piped 4.0
}
check "storage add takes one option alone from standard input" by_input

# A share that cannot be mounted, together with one that can.
mkdir -p /occupied
mount -t tmpfs -o size=1m occupied /occupied
cp /etc/fstab "$results/fstab.before-conflict"
conflicts() { # LOCAL_PATH
    agent 1 storage add --json - <<JSON || return
{"CFSOptions": [{"LocalPath": "/fine", "RemotePath": "127.0.0.1:/fine", "Protocol": "NFS 4.0"},
                {"LocalPath": "$1", "RemotePath": "127.0.0.1:/elsewhere", "Protocol": "NFS 4.0"}]}
JSON
    printed MOUNT_CONFLICT "$1" && not_mounted /fine && test ! -e /fine && cmp /etc/fstab "$results/fstab.before-conflict"
}
check "neither of two shares is mounted if another source is mounted at the path of one" conflicts /added
check "nor if something else is mounted there" conflicts /occupied
both_left() { mounted /added 127.0.0.1:/added/deep 4.0 && same tmpfs "$(findmnt --noheadings --output FSTYPE --mountpoint /occupied)"; }
check "the previous mounts at those paths are still there" both_left
umount /occupied
rmdir /occupied

printf '\n[[cfs]]\nlocal_path = "/by-hand"\nremote_path = "127.0.0.1:/by-hand"\nprotocol = "NFS 4.0"\n' >>"$config"
by_configuration() {
    agent 0 storage add && printed 'in place already: /opt, /data' && mounted /by-hand 127.0.0.1:/by-hand 4.0 &&
        line /by-hand 127.0.0.1:/by-hand
}
check "storage add without flags mounts only the shares added to the configuration" by_configuration
cp "$results/config.before" "$config"
