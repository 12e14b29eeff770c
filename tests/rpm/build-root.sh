#!/bin/bash
# Builds the root of this test's nodes: Debian 12 with the real dnf, zypper, rpm and apt, and repositories of toy packages.
# Prints its directory; builds only when this script or make-packages.sh has changed since. Nodes use it read-only, below an overlay.
#
# THPC_RPM_CACHE   where roots are kept (default /var/cache/thpc-node-agent-rpm)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${THPC_RPM_CACHE:-/var/cache/thpc-node-agent-rpm}

die() {
    echo "rpm root: $*" >&2
    exit 1
}
[ "$(id -u)" = 0 ] || die "only root can build it"
command -v mmdebstrap >/dev/null || die "mmdebstrap is missing: run scripts/setup.sh rpm"

make_root() {
    local root=$work/root
    mmdebstrap --quiet --variant=apt --mode=root --include=dnf,zypper,rpm,createrepo-c,procps,util-linux,mount \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$root" - < <("$here/../debian-sources.sh")
    cp "$here/make-packages.sh" "$root/make-packages.sh"
    # rpmbuild needs /dev/null and /dev/urandom; the mount namespace leaves no mounts behind.
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare --mount sh -c 'mount --bind /dev "$1/dev" && mount -t proc proc "$1/proc" &&
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot "$1" bash /make-packages.sh /repo' sh "$root"
    # Debian's rpm keeps its database in the user's home; each node uses the path of its distribution.
    rm -rf "$root/make-packages.sh" "$root/root/.rpmdb" "$root"/var/lib/apt/lists/*
    mkdir -p "$root/var/lib/apt/lists/partial"
}

key=$(cat "$here/build-root.sh" "$here/make-packages.sh" | sha256sum | cut -c1-16)
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9 # wait for another build of the same root
if [ ! -d "$cache/$key" ]; then
    rm -rf --one-file-system "$cache"/building.* # left by an interrupted build
    work=$(mktemp -d "$cache/building.XXXXXX")
    echo "rpm root: installing Debian and building packages (about a minute)" >&2
    make_root
    mv -T "$work/root" "$cache/$key"
    rm -rf --one-file-system "$work"
    echo "rpm root: built in $SECONDS s" >&2
fi
echo "$cache/$key"
