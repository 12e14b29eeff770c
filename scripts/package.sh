#!/usr/bin/env bash
# Makes Debian and RPM packages of the published executable: artifacts/linux-ARCH/thpc-node-agent_VERSION_amd64.deb and
# thpc-node-agent-VERSION-1.x86_64.rpm. Both have the same files, including docs/, and the same bytes for the same commit and
# executable. Needs dpkg-deb and rpmbuild (scripts/setup.sh package), and no root.
#
# usage: package.sh [--output DIR] x64|arm64 deb|rpm ...
#
# SOURCE_DATE_EPOCH   time of all files, in seconds since 1970 (default: the last commit's)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
umask 022
export LC_ALL=C TZ=UTC

die() {
    echo "package.sh: $*" >&2
    exit 1
}
usage() {
    echo "package.sh: $*; usage: package.sh [--output DIR] x64|arm64 deb|rpm ..." >&2
    exit 2
}

output=
if [ "${1:-}" = --output ]; then
    output=${2:?--output needs a directory}
    [[ $output == /* ]] || output=$OLDPWD/$output # relative to the caller's directory
    shift 2
fi
arch=${1:-}
case $arch in
    x64) deb_arch=amd64 rpm_arch=x86_64 ;;
    arm64) deb_arch=arm64 rpm_arch=aarch64 ;;
    *) usage "unknown architecture '$arch'" ;;
esac
shift
[ $# -gt 0 ] || usage "which package?"
output=${output:-artifacts/linux-$arch}
agent=artifacts/linux-$arch/thpc-node-agent
[ -x "$agent" ] || die "$agent is missing: run ./publish.sh first"

# 1.0.0-beta.1 is older than 1.0.0: both formats need a tilde for that.
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' Directory.Build.props)
version=${version//-/\~}
[ -n "$version" ] || die "Directory.Build.props has no version"
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)} || die "this is no git repository: set SOURCE_DATE_EPOCH"
export SOURCE_DATE_EPOCH=$epoch

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
doc=/usr/share/doc/thpc-node-agent
page=/usr/share/man/man8/thpc-node-agent.8.gz

put() { # MODE FILE PATH   installs the file at that path of the node
    install -D -m "$1" "$2" "$tree$3"
}

# Files of both packages, which differ only in the paths of units and of zsh's functions.
stage() { # DIRECTORY-OF-UNITS DIRECTORY-OF-ZSH
    local unit drop_in file
    rm -rf "$tree"
    put 755 "$agent" /usr/bin/thpc-node-agent
    for unit in thpc-node-agent.service thpc-node-agent-guard.service; do
        # In an installation by hand it is in /usr/local.
        sed 's|^ExecStart=/usr/local/bin/|ExecStart=/usr/bin/|' "images/systemd/$unit" >"$work/$unit"
        grep -q '^ExecStart=/usr/bin/thpc-node-agent ' "$work/$unit" || die "$unit starts something else"
        put 644 "$work/$unit" "$1/$unit"
    done
    for drop_in in images/systemd/*.d/*.conf; do
        put 644 "$drop_in" "$1/${drop_in#images/systemd/}"
    done
    put 644 images/package/completion.bash /usr/share/bash-completion/completions/thpc-node-agent
    put 644 images/package/completion.fish /usr/share/fish/vendor_completions.d/thpc-node-agent.fish
    put 644 images/package/completion.zsh "/usr/share/zsh/$2/_thpc-node-agent"
    gzip -9nc images/package/thpc-node-agent.8 >"$work/page"
    put 644 "$work/page" "$page"
    # Only an example: with a configuration in /etc/thpc the gate would hold slurmd back on a machine outside of a cluster.
    put 644 images/package/node-agent.toml "$doc/node-agent.toml"
    put 755 images/slurm/thpc-health-check "$doc/thpc-health-check"
    put 644 images/package/copyright "$doc/copyright"
    # At the same paths as in the repository, so that links between pages work.
    while IFS= read -r file; do
        put 644 "$file" "$doc/$file"
    done < <(find -- *.md docs -type f \( -name '*.md' -o -name '*.svg' -o -name '*.json' \))
    put 644 "$agent.cdx.json" "$doc/thpc-node-agent.cdx.json"
}

same_time() { find "$work" -exec touch --no-dereference --date="@$epoch" {} +; }

# The newest version of glibc that the executable needs.
glibc() { readelf --version-info --wide "$agent" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1 | cut -d_ -f2; }

make_deb() {
    command -v dpkg-deb >/dev/null || die "dpkg-deb is missing"
    stage /lib/systemd/system vendor-completions
    printf 'thpc-node-agent (%s) unstable; urgency=medium\n\n  * Version %s.\n\n -- %s  %s\n' \
        "$version" "$version" "$maintainer" "$(date --rfc-email --date="@$epoch")" | gzip -9nc >"$work/changelog"
    put 644 "$work/changelog" "$doc/changelog.gz"

    local control=$tree/DEBIAN size
    # In KiB; a directory counts as one on every file system, as in Debian's dpkg-gencontrol.
    size=$(find "$tree" -printf '%y %s\n' | awk '{ sum += $1 == "f" ? int(($2 + 1023) / 1024) : 1 } END { print sum }')
    mkdir "$work/control"
    (cd "$tree" && find . -type f -printf '%P\n' | sort | xargs md5sum) >"$work/control/md5sums"
    cat >"$work/control/control" <<END
Package: thpc-node-agent
Version: $version
Architecture: $deb_arch
Maintainer: $maintainer
Installed-Size: $size
Depends: libc6 (>= $(glibc))
Recommends: nfs-common
Section: admin
Priority: optional
Description: makes a machine a node of a Tencent Cloud HPC cluster
 Installs what is missing, runs the cluster's init scripts from COS, mounts /opt
 and the cluster's storage, writes fstab and reports the result. One native
 executable, started at boot by a systemd unit, cloud-init or TAT.
END
    mkdir "$control"
    install -m 644 "$work"/control/* "$control"
    install -m 755 images/package/debian/* "$control"
    same_time
    # dpkg reads xz since 1.15.6; with several threads the blocks would depend on the machine.
    DPKG_DEB_THREADS_MAX=1 dpkg-deb --root-owner-group -Zxz --build "$tree" "$output/thpc-node-agent_${version}_$deb_arch.deb" >/dev/null
    echo "$output/thpc-node-agent_${version}_$deb_arch.deb"
}

make_rpm() {
    command -v rpmbuild >/dev/null || die "rpmbuild is missing: run scripts/setup.sh package"
    stage /usr/lib/systemd/system site-functions
    {
        # Directories of shells that may not be installed are shared with them.
        find "$tree" -type d \( -name '*.service.d' -o -path '*/share/zsh*' -o -path '*/share/fish*' -o -path '*/share/bash-*' \) \
            -printf '%%dir %%attr(0755, root, root) /%P\n'
        find "$tree$doc" -type d -printf "%%dir %%attr(0755, root, root) $doc/%P\n" | sed 's|/$||'
        find "$tree" -type f -printf '%#m /%P\n' | sort -k 2 | while read -r mode path; do
            printf '%%attr(%s, root, root) %s\n' "$mode" "$path"
        done
    } >"$work/files"
    same_time
    # rpm 4.11 of CentOS 7 reads xz. Disabled: rpmbuild's changes of files (strip, compress, byte-compile, links to build ids), and
    # its records of machine and time.
    HOME=$work rpmbuild -bb --quiet --target "$rpm_arch" \
        --define "_topdir $work/rpm" --define "_tmppath $work" --define "_dbpath $work/db" \
        --define "_rpmdir $work/out" --define '_rpmfilename out.rpm' \
        --define "agent_version $version" --define "tree $tree" --define "file_list $work/files" \
        --define '_binary_payload w6.xzdio' --define '__os_install_post %{nil}' --define 'debug_package %{nil}' \
        --define '_build_id_links none' --define '_buildhost localhost' \
        --define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' \
        images/package/thpc-node-agent.spec >"$work/log" 2>&1 || { cat "$work/log" >&2; die "rpmbuild failed"; }
    mv "$work/out/out.rpm" "$output/thpc-node-agent-$version-1.$rpm_arch.rpm"
    echo "$output/thpc-node-agent-$version-1.$rpm_arch.rpm"
}

maintainer='thpc-node-agent maintainers <maintainers@thpc-node-agent.invalid>'
mkdir -p "$output"
for format; do
    case $format in
        deb) make_deb ;;
        rpm) make_rpm ;;
        *) usage "unknown package '$format'" ;;
    esac
done
