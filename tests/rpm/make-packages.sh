#!/bin/bash
# Builds toy packages with the names that the agent asks for, and repositories of them. Runs inside the root; build-root.sh calls it.
# usage: make-packages.sh OUT     makes OUT/{base,epel,crb,ohpc,suse} with repodata, OUT/system, and OUT/apt with Packages
set -euo pipefail
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# toy REPO NAME VERSION-RELEASE FILE [HEADER...]     scriptlets from $pre and $post, architecture from $arch, size of FILE from $kib
# AutoReqProv is off: rpm would find Debian's libraries, which no rpm here provides.
toy() {
    local repo=$1 name=$2 version=${3%-*} release=${3#*-} file=$4
    shift 4
    mkdir -p "$out/$repo"
    {
        printf '%s\n' "Name: $name" "Version: $version" "Release: $release" "Summary: toy $name" "License: MIT" "AutoReqProv: no"
        # No BuildArch for the machine's own architecture: rpmbuild takes it by default.
        [ "${arch:-}" != noarch ] || echo "BuildArch: noarch"
        printf '%s\n' "$@"
        printf '%s\n' "%description" "A toy." "%install" "mkdir -p %{buildroot}${file%/*}"
        printf '%s\n' "printf '#!/bin/sh\necho $name\n' > %{buildroot}$file" "chmod 755 %{buildroot}$file"
        [ -z "${kib:-}" ] || echo "head -c ${kib}K /dev/urandom >> %{buildroot}$file"
        printf '%s\n' "%files" "$file"
        [ -z "${pre:-}" ] || printf '%s\n' "%pre" "$pre"
        [ -z "${post:-}" ] || printf '%s\n' "%post" "$post"
    } >"$work/$name.spec"
    # Gzip, the oldest payload: rpm 4.11 reads it too. The build uses a temporary database.
    rpmbuild -bb --quiet --define "_topdir $work/top" --define "_dbpath $work/db" --define "_binary_payload w6.gzdio" \
        --define "_rpmdir $work/rpms" "$work/$name.spec" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    find "$work/rpms" -name '*.rpm' -exec mv -t "$out/$repo" {} +
}

# deb NAME VERSION [FIELD...]     postinst from $post
deb() {
    local name=$1 version=$2
    shift 2
    rm -rf "$work/deb"
    mkdir -p "$work/deb/DEBIAN" "$work/deb/usr/share/toy" "$out/apt"
    echo "$name" >"$work/deb/usr/share/toy/$name"
    printf '%s\n' "Package: $name" "Version: $version" "Architecture: all" "Maintainer: toy <toy@localhost>" "Description: toy" "$@" \
        >"$work/deb/DEBIAN/control"
    # shellcheck disable=SC2016 # dpkg passes its arguments
    printf '#!/bin/sh\n[ "$1" = configure ] || exit 0\n%s\n' "${post:-:}" >"$work/deb/DEBIAN/postinst"
    chmod 755 "$work/deb/DEBIAN/postinst"
    dpkg-deb --root-owner-group --build "$work/deb" "$out/apt/${name}_$version.deb" >"$work/log" || { cat "$work/log"; exit 1; }
    {
        cat "$work/deb/DEBIAN/control"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${name}_$version.deb" "$(stat -c %s "$out/apt/${name}_$version.deb")" \
            "$(sha256sum <"$out/apt/${name}_$version.deb" | cut -d' ' -f1)"
    } >>"$out/apt/Packages"
}

# Packages of the base system. rpm adds "Requires: /bin/sh" to every package with a scriptlet, and $releasever needs a
# system-release.
for release in 8.10 9.4 3.1 15.5; do
    arch=noarch toy system toy-release "$release-1" /etc/toy-release "Provides: /bin/sh" "Provides: bash" \
        "Provides: system-release = $release" "Provides: system-release(releasever) = ${release%%.*}"
done

# The Red Hat family: base system, EPEL, and CRB, off by default on Rocky.
toy base nfs-utils 2.3.3-59.el8 /usr/sbin/mount.nfs "Epoch: 1"
toy base ypbind 2.6.1-4.el8 /usr/sbin/ypbind
toy base yp-tools 4.2.3-2.el8 /usr/bin/ypcat
toy base nss_nis 3.0-8.el8 /usr/lib64/libnss_nis.so.2
post='echo munge %post: key made; : > /etc/munge.key' toy base munge 0.5.13-2.el8 /usr/sbin/munged
toy crb hwloc-libs 1.11.9-3.el8 /usr/lib64/libhwloc.so.5 "Provides: libhwloc.so.5()(64bit)"
toy epel slurm 22.05.9-1.el8 /usr/bin/srun "Requires: munge"
post='mkdir -p /etc/systemd/system/multi-user.target.wants
ln -sf /usr/lib/systemd/system/slurmd.service /etc/systemd/system/multi-user.target.wants/' \
    toy epel slurm-slurmd 22.05.9-1.el8 /usr/sbin/slurmd "Requires: slurm = 22.05.9-1.el8"
toy epel slurm-slurmctld 22.05.9-1.el8 /usr/sbin/slurmctld "Requires: slurm = 22.05.9-1.el8"
# EL 9: no NIS at all.
toy base9 nfs-utils 2.5.4-26.el9 /usr/sbin/mount.nfs "Epoch: 1"
toy base9 munge 0.5.13-13.el9 /usr/sbin/munged
# OpenHPC's name for the same.
toy ohpc slurm-slurmd-ohpc 22.05.2-310.ohpc.2.6 /usr/sbin/slurmd "Requires: munge"

# openSUSE: other names, and munge's plugin apart.
toy suse nfs-client 2.1.1-150500.22 /usr/sbin/mount.nfs
toy suse ypbind 2.7.2-1.1 /usr/sbin/ypbind
toy suse yp-tools 4.2.3-1.3 /usr/bin/ypcat
toy suse libnss_nis2 3.1-1.3 /usr/lib64/libnss_nis.so.2
post='echo munge %post: key made; : > /etc/munge.key' toy suse munge 0.5.14-4.9 /usr/sbin/munged
toy suse slurm 22.05.11-1 /usr/sbin/slurmctld "Recommends: slurm-munge"
toy suse slurm-munge 22.05.11-1 /usr/lib64/slurm/auth_munge.so
toy suse slurm-node 22.05.11-1 /usr/sbin/slurmd

# Packages for [packages] extra, the same for both families; most of them cause an error.
for repo in epel suse; do
    post='echo about to fail; exit 3' toy $repo toy-badpost 1-1 /usr/bin/toy-badpost
    pre='echo no; exit 4' toy $repo toy-badpre 1-1 /usr/bin/toy-badpre
    toy $repo toy-unmet 1-1 /usr/bin/toy-unmet "Requires: libhwloc.so.5()(64bit)"
    toy $repo toy-clash 1-1 /usr/sbin/munged # munge's own file, with other content
    toy $repo toy-enemy 1-1 /usr/bin/toy-enemy "Conflicts: munge"
    # It reads its time before it shows that it runs: a scenario changes the file then, for the next run.
    # shellcheck disable=SC2016 # the node's shell expands it
    post='time=$(cat /toy-sleep 2> /dev/null || echo 6); touch /toy-slow.runs; sleep $time; echo done >> /toy-slow.done' \
        toy $repo toy-slow 1-1 /usr/bin/toy-slow
    toy $repo toy-excluded 1-1 /usr/bin/toy-excluded
    kib=3000 toy $repo toy-big 1-1 /opt/small/big
    toy $repo toy-reboot 1-1 /usr/bin/toy-reboot "Provides: installhint(reboot-needed)"
    arch=noarch toy $repo toy-noarch 1-1 /usr/bin/toy-noarch
    toy $repo toy-renamed 2-1 /usr/bin/toy-renamed "Provides: toy-old = 2" "Obsoletes: toy-old < 2"
    toy $repo toy-with.dot 1-1 /usr/bin/toy-with.dot
done
for repo in base base9 epel crb ohpc suse; do
    createrepo_c -q "$out/$repo"
done

# Debian, with its versions: libnsl2 breaks older ones of NIS.
deb nfs-common 1:2.6.2-4
deb ypbind-mt 2.7.2-2
deb yp-tools 4.2.3-4
deb libnss-nis 3.1-5
post='echo key >/etc/munge.key; sleep 0.05' deb munge 0.5.15-2
post='sleep 0.05; echo done >>/slurmd.done' deb slurmd 22.05.8-4 "Depends: munge"
post='echo about to fail; exit 3' deb toy-badpost 1-1
# shellcheck disable=SC2016 # the node's shell expands it
post='time=$(cat /toy-sleep 2>/dev/null || echo 6); touch /toy-slow.runs; sleep $time || :' deb toy-slow 1-1
deb toy-unmet 1-1 "Depends: toy-nowhere (>= 2)"
