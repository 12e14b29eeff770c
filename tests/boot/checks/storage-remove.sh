# shellcheck shell=bash source-path=SCRIPTDIR
# Removes storage from a running node, if it is not in use.
. ./lib.sh

echo held >/added/held
stand_in /added
standing=$user
hold /added/held
holding=$user
refused() {
    agent 1 storage remove /added &&
        printed MOUNT_BUSY "pid $standing (root, sleep: /added)" "pid $holding (nobody, tail: /added/held)"
}
check "storage remove refuses while it is in use, and names the processes by pid, user, program and file" refused
left() { mounted /added 127.0.0.1:/added/deep 4.0 && line /added 127.0.0.1:/added/deep && unit_matches_fstab added.mount; }
check "it is still mounted and in fstab" left
end_user "$standing" "$holding"
removed() { agent 0 storage remove /added && not_mounted /added && no_line /added && test ! -e /added; }
check "when they have ended, mount, line of fstab and directory are removed" removed
unit_gone() { same not-found "$(systemctl show --value --property=LoadState added.mount)"; }
check "systemd has no unit of it any more" unit_gone

mkdir -p /shadow
echo mine >/shadow/kept
hides() {
    agent 0 storage add --local-path /shadow --remote-path 127.0.0.1:/shadow --protocol 'NFS 4.0' &&
        printed 'hides files in that directory: kept' && test ! -e /shadow/kept
}
check "storage add warns of files that a mount hides" hides
gives_back() { agent 0 storage remove /shadow && same mine "$(cat /shadow/kept)" && no_line /shadow; }
check "storage remove uncovers them and leaves the directory" gives_back
rm -r /shadow

unknown() { agent 1 storage remove /nowhere && printed STORAGE_NOT_FOUND ResourceNotFound /nowhere; }
check "storage remove of an unknown path is an error" unknown

umount /piped /by-hand
cp /var/lib/boot-test.fstab /etc/fstab
systemctl daemon-reload
rmdir /piped /by-hand
