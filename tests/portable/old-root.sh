#!/usr/bin/env bash
# Prints the directory of a Debian 11, the oldest release on the mirrors: shell, tools and glibc, without OpenSSL, ICU, libstdc++
# and CA certificates. It is built once and kept; do not write into it.
#
# THPC_OLD_ROOT_CACHE   where it is kept (default /var/cache/thpc-node-agent-old-root)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${THPC_OLD_ROOT_CACHE:-/var/cache/thpc-node-agent-old-root}
root=$cache/$(sha256sum <"$here/old-root.sh" | cut -c1-16)

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9 # another process may be building it
if [ ! -d "$root" ]; then
    rm -rf --one-file-system "$root.new"
    # shellcheck disable=SC2016 # apt replaces $(REPO_URI), not the shell
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | awk '$2 == "bookworm" { print $1; exit }')
    mmdebstrap --quiet --variant=extract --include=dash,bash,coreutils,util-linux,mount,libc-bin,grep,sed,findutils,procps,base-files \
        bullseye "$root.new" "deb ${mirror:-https://deb.debian.org/debian} bullseye main" >&2
    find "$root.new" ! -type d \( -name 'libssl*' -o -name 'libcrypto.*' -o -name 'libicu*' -o -name 'libstdc++*' \) -delete
    rm -rf "$root.new/usr/share"/{doc,locale,man}
    echo root:x:0:0:root:/root:/bin/bash >"$root.new/etc/passwd"
    echo root:x:0: >"$root.new/etc/group"
    touch "$root.new/etc/fstab"
    rm -rf "$root.new"/{etc/ssl,usr/lib/ssl,etc/pki}
    mv -T "$root.new" "$root"
fi
echo "$root"
