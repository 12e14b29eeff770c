#!/bin/bash
# Builds the root that the nodes of this test boot from: Debian with systemd, Slurm, munge, NIS and cloud-init.
# Prints its directory; builds only when this script has changed since. Nodes use it read-only, below an overlay.
#
# DEBIAN            the release (default bookworm, Debian 12)
# THPC_NODE_CACHE   where roots are kept (default /var/cache/thpc-node-agent-node)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${THPC_NODE_CACHE:-/var/cache/thpc-node-agent-node}
release=${DEBIAN:-bookworm}

packages=systemd-sysv,dbus,iproute2,procps,kmod,netbase,cloud-init,python3 # a machine
packages+=,slurmd,slurmctld,slurm-client,munge                      # a cluster of Slurm
packages+=,ypserv,ypbind-mt,yp-tools,libnss-nis,rpcbind             # its users
packages+=,nfs-common,fuse3,bindfs,autofs                                # its storage

# The agent's packages stage installs these again, from a directory in place of the network.
later=(slurmd munge)
repository=/usr/local/share/packages

die() {
    echo "node root: $*" >&2
    exit 1
}
[ "$(id -u)" = 0 ] || die "only root can build and boot it"
command -v mmdebstrap >/dev/null || die "mmdebstrap is missing: run scripts/setup.sh node"

make_root() {
    local root=$work/root deb hooks=()
    # What Debian's installer does; since Debian 12 the packages do.
    [ "$release" != bullseye ] || hooks=(--setup-hook=/usr/share/mmdebstrap/hooks/merged-usr/setup00.sh)
    # shellcheck disable=SC2016 # mmdebstrap's shell sets them
    mmdebstrap --quiet --variant=minbase --mode=root --include="$packages" "${hooks[@]}" \
        --customize-hook='mkdir -p "$1"'"$repository" \
        --customize-hook='cd "$1"'"$repository"' &&
            APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq -o APT::Sandbox::User=root download '"${later[*]}" \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' "$release" "$root" - < <("$here/../debian-sources.sh" "$release")
    for deb in "$root$repository"/*.deb; do
        dpkg-deb --field "$deb"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${deb##*/}" "$(stat -c %s "$deb")" "$(sha256sum <"$deb" | cut -d' ' -f1)"
    done >"$root$repository/Packages"
    echo "deb [trusted=yes] file:$repository ./" >"$root/etc/apt/sources.list"
    rm -f "$root/etc/machine-id" "$root/etc/hostname"
}

key=$(cat "$here/build-root.sh" - <<<"$release" | sha256sum | cut -c1-16)
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9 # another build of the same root is waited for
if [ ! -d "$cache/$key" ]; then
    rm -rf --one-file-system "$cache"/building.* # what a build that did not come to its end left
    work=$(mktemp -d "$cache/building.XXXXXX")
    echo "node root: installing Debian (about half a minute)" >&2
    make_root
    mv -T "$work/root" "$cache/$key"
    rm -rf --one-file-system "$work"
    echo "node root: built in $SECONDS s" >&2
fi
echo "$cache/$key"
