# shellcheck shell=bash source-path=SCRIPTDIR
# Storage is taken from a live node, if nobody uses it.
. ./lib.sh

echo held >/added/held
stand_in /added
standing=$user
hold /added/held
holding=$user
refused() {
    agent 1 storage remove /added &&
        says MOUNT_BUSY "pid $standing (root, sleep: /added)" "pid $holding (nobody, tail: /added/held)"
}
check "storage remove refuses while somebody uses it, and names each by pid, user, program and file" refused
left() { mounted /added 127.0.0.1:/added/deep 4.0 && line /added 127.0.0.1:/added/deep && unit_matches_fstab added.mount; }
check "it is still mounted then, and in fstab" left
end_user "$standing" "$holding"
removed() { agent 0 storage remove /added && not_mounted /added && no_line /added && test ! -e /added; }
check "once they have ended it is unmounted, out of fstab, and its directory gone" removed
unit_gone() { same not-found "$(systemctl show --value --property=LoadState added.mount)"; }
check "systemd has forgotten it too" unit_gone

mkdir -p /shadow
echo mine >/shadow/kept
hides() {
    agent 0 storage add --local-path /shadow --remote-path 127.0.0.1:/shadow --protocol 'NFS 4.0' &&
        says 'hides files in that directory: kept' && test ! -e /shadow/kept
}
check "storage add warns of what a mount hides" hides
gives_back() { agent 0 storage remove /shadow && same mine "$(cat /shadow/kept)" && no_line /shadow; }
check "storage remove gives that back and leaves the directory" gives_back
rm -r /shadow

unknown() { agent 1 storage remove /nowhere && says STORAGE_NOT_FOUND ResourceNotFound /nowhere; }
check "storage remove of a place that the node does not have says so" unknown

umount /piped /by-hand
cp /var/lib/boot-test.fstab /etc/fstab
systemctl daemon-reload
rmdir /piped /by-hand
