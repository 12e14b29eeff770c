# shellcheck shell=bash source-path=SCRIPTDIR
# The disk becomes an image that nobody cleaned: fstab and units stay as they are. Its next boot is on another machine, with
# the user data of a node of another cluster.
cp /etc/fstab /var/lib/boot-test.fstab
mkdir -p /srv/cfs/other-cluster
seed=/var/lib/cloud/seed/nocloud
sed -i 's/ins-boottest/ins-clone/' "$seed/meta-data"
sed -i -e 's/id = "hpc-8hje8h12"/id = "hpc-bbbbbbbb"/' -e 's|remote_path = "127.0.0.1:/"|remote_path = "127.0.0.1:/other-cluster"|' \
    -e "/the scheduler's share/,/^\$/d" "$seed/user-data"
