#!/usr/bin/env bash
# The old system that the executable is linked against, so that it starts on every newer one: Debian 11's glibc (2.31;
# compat.c replaces functions newer than 2.17) with Debian 12's static OpenSSL. Prints its directory.
#
#   sysroot.sh amd64|arm64   unpacks the packages of sysroot.lock, each checked against its hash, once, and keeps them in the cache
#   sysroot.sh --lock        writes a new sysroot.lock from the mirrors' current packages: for a new OpenSSL
#
# THPC_SYSROOT_CACHE   where packages and trees are kept (default ~/.cache/thpc-node-agent); a copy of it builds without a network
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lock=$here/sysroot.lock
cache=${THPC_SYSROOT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/thpc-node-agent}
helper=/usr/lib/apt/apt-helper # fetches as apt does, by the machine's own proxy and mirror

die() {
    echo "sysroot.sh: $*" >&2
    exit 1
}

for tool in "$helper" dpkg-deb flock sha256sum llvm-objcopy; do
    command -v "$tool" >/dev/null || die "$tool is missing: the sysroot is made of Debian's packages by Debian's tools"
done

# mirrors ARCHIVE: its mirrors, the machine's own first; the last one keeps old packages
mirrors() {
    local suite=bookworm day
    [ "$1" = debian ] || suite=bookworm-security
    # shellcheck disable=SC2016 # apt replaces $(REPO_URI), not the shell
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
        awk -v suite=$suite '$2 == suite { print $1; exit }'
    echo "https://deb.debian.org/$1/"
    day=$(sed -n 's/^# locked on //p' "$lock")
    [ -z "$day" ] || echo "https://snapshot.debian.org/archive/$1/${day//-/}T235959Z/"
}

# fetch ARCHIVE PATH FILE HASH: a file of the archive, from the first mirror that has it
fetch() {
    local mirror
    for mirror in $(mirrors "$1"); do
        echo "sysroot: fetching $mirror$2" >&2
        "$helper" -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 -o Acquire::Retries=2 \
            download-file "$mirror$2" "$3" "SHA256:$4" >"$3.log" 2>&1 && rm -f "$3.log" && return
        grep -h '^E:' "$3.log" >&2 || true
        rm -f "$3" "$3.FAILED" "$3.log"
    done
    return 1
}

# write_lock: asks the mirrors through apt, which verifies their signatures
write_lock() {
    local arch uri hash archive
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    printf 'deb %s %s main\n' "$(mirrors debian | sed -n 1p)" bullseye \
        "$(mirrors debian-security | sed -n 1p)" bookworm-security >"$work/sources.list"
    {
        echo "# The packages of the sysroot: architecture, archive, path, SHA-256. Written by sysroot.sh --lock."
        echo "# locked on $(date -u +%F)"
        for arch in amd64 arm64; do
            apt_of "$arch" -qq update >&2
            apt_of "$arch" download --print-uris {libc6,libc6-dev,libgcc-s1,libgcc-10-dev,linux-libc-dev}/bullseye \
                libssl-dev/bookworm-security |
                while read -r uri _ _ hash; do
                    archive=debian
                    [[ $uri != */debian-security/* ]] || archive=debian-security
                    echo "$arch $archive pool/$(sed "s|.*/pool/||; s|'$||" <<<"$uri") ${hash#SHA256:}"
                done
        done
    } >"$work/lock"
    [ "$(grep -cE '^(amd64|arm64) .* [0-9a-f]{64}$' "$work/lock")" = 12 ] || die "not every package was found"
    cp "$work/lock" "$lock"
    cat "$lock"
}

# apt_of ARCH ARGUMENT…: apt-get for that architecture and those two suites, away from the machine's own lists
apt_of() {
    local arch=$1
    shift
    apt-get -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" \
        -o "Dir::State::status=/dev/null" -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o APT::Sandbox::User=root "$@"
}

# unpack ARCH TREE: lays the locked packages out in TREE
unpack() {
    local archive path hash deb link
    mkdir -p "$cache/packages" "$2"
    while read -r _ archive path hash; do
        deb=$cache/packages/${path##*/}
        if ! sha256sum --status --check <<<"$hash  $deb" 2>/dev/null; then
            fetch "$archive" "$path" "$deb.new" "$hash" || die "${path##*/} is not to be had from any mirror, and not in $cache/packages.
  → Copy it there from a machine that built before, write a new lock (src/portable/sysroot.sh --lock),
    or build for this machine's glibc alone (publish.sh --host-glibc)."
            mv "$deb.new" "$deb"
        fi
        dpkg-deb -x "$deb" "$2"
    done < <(grep "^$1 " "$lock")

    # Remove shared libraries, so that the linker takes the archives. Absolute links would lead to this machine's files.
    rm -f "$2"/usr/lib/*/lib{ssl,crypto}.so*
    find "$2" -type l -lname '/*' | while read -r link; do
        ln -snf "$(realpath -ms --relative-to="$(dirname "$link")" "$2$(readlink "$link")")" "$link"
    done
    find "$2" -xtype l -delete

    # Remove tables for unwinding: no exception passes through OpenSSL, and they take half a megabyte.
    for archive in "$2"/usr/lib/*/lib{ssl,crypto}.a; do
        llvm-objcopy --remove-section .eh_frame --remove-section .rela.eh_frame "$archive" || die "$archive could not be trimmed"
    done
}

case ${1:-} in
    --lock) write_lock; exit ;;
    amd64 | arm64) arch=$1 ;;
    *) echo "usage: sysroot.sh amd64|arm64|--lock" >&2; exit 2 ;;
esac

tree=$cache/sysroot-$arch-$(cat "$lock" "${BASH_SOURCE[0]}" | sha256sum | cut -c1-16)
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9 # another build may be at it
if [ ! -d "$tree" ]; then
    rm -rf "$tree.new"
    unpack "$arch" "$tree.new"
    mv -T "$tree.new" "$tree"
fi
echo "$tree"
