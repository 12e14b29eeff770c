#!/bin/bash
# Builds the virtual machine of the boot test: Debian with its own kernel, systemd, cloud-init and an NFS server.
# A directory in it is apt's only repository and has what a node of Slurm still lacks. Prints the directory with root.ext4, vmlinuz
# and initrd; builds only when these scripts have changed since.
#
# DEBIAN          the release (default bookworm, Debian 12)
# NFS_SERVER      kernel (the default) or ganesha: what the machine serves NFS with
# SELINUX         enforcing: the machine has Debian's policy, and every file its label (default: the kernel's security module is off)
# THPC_VM_CACHE   where images are kept (default /var/cache/thpc-node-agent-vm)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${THPC_VM_CACHE:-/var/cache/thpc-node-agent-vm}
release=${DEBIAN:-bookworm}

die() {
    echo "boot image: $*" >&2
    exit 1
}

packages=systemd-sysv,udev,dbus,kmod,iproute2,procps,netbase # a machine
packages+=,cloud-init,nfs-common                             # a node
packages+=,rpcbind,iptables,python3                          # what the node talks to
packages+=,jq,curl                                           # what looks at it
case ${NFS_SERVER:-kernel} in
    kernel) packages+=,nfs-kernel-server ;;
    ganesha) packages+=,nfs-ganesha,nfs-ganesha-vfs ;;
    *) die "NFS_SERVER=$NFS_SERVER is neither kernel nor ganesha" ;;
esac
[ -z "${SELINUX:-}" ] || packages+=,selinux-policy-default,policycoreutils,selinux-utils,auditd

# What the node installs itself, from a directory in place of the network.
later=(munge slurmd ypbind-mt yp-tools libnss-nis)
repository=/usr/local/share/packages

# Started at every boot by Debian and of no use to a machine that lives for minutes.
useless=(apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service
    fstrim.timer getty@tty1.service serial-getty@ttyS0.service nfs-blkmap.service rpc-statd-notify.service
    systemd-binfmt.service systemd-update-utmp.service systemd-update-utmp-runlevel.service
    systemd-random-seed.service systemd-journal-flush.service systemd-logind.service systemd-user-sessions.service
    systemd-sysusers.service systemd-modules-load.service systemd-pstore.service
    modprobe@configfs.service modprobe@dm_mod.service modprobe@fuse.service modprobe@drm.service modprobe@loop.service
    dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount
    sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount)

[ "$(id -u)" = 0 ] || die "only root can build and boot it"
for tool in qemu-system-x86_64 qemu-img mmdebstrap busybox cpio modprobe mke2fs; do
    command -v "$tool" >/dev/null || die "$tool is missing: run scripts/setup.sh boot"
done

say() { echo "boot image: $*" >&2; }

# Unpacks Debian's kernel, which make_root has fetched; it is never installed here.
unpack_kernel() {
    local package
    package=$(echo "$work"/linux-image-*.deb)
    dpkg -x "$package" "$work/kernel"
    [ -d "$work/kernel/lib" ] || ln -s usr/lib "$work/kernel/lib" # since Debian 13
    version=$(dpkg-deb --field "$package" Package)
    version=${version#linux-image-}
    depmod -b "$work/kernel" "$version"
    cp "$work/kernel/boot/vmlinuz-$version" "$work/image/vmlinuz"
}

make_root() {
    local root=$work/root unit deb fetch="apt-get -qq --yes --no-install-recommends --download-only install"
    # shellcheck disable=SC2016 # expanded by mmdebstrap's shell
    local kernel='$(apt-cache depends linux-image-cloud-amd64 | awk "/Depends: linux-image-/ { print \$2; exit }")'
    say "installing Debian into it (about a minute)"
    # shellcheck disable=SC2016 # mmdebstrap's shell sets them
    mmdebstrap --quiet --variant=minbase --mode=root --include="$packages" \
        --customize-hook='APT_CONFIG=$MMDEBSTRAP_APT_CONFIG '"$fetch ${later[*]}" \
        --customize-hook="cd '$work'"' && export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG && apt-get -qq download '"$kernel" \
        --customize-hook='mkdir -p "$1"'"$repository"' && mv "$1"/var/cache/apt/archives/*.deb "$1"'"$repository"/ \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' "$release" "$root" - < <("$here/../debian-sources.sh" "$release")
    unpack_kernel
    cp -a "$work/kernel/lib/modules" "$root/usr/lib/"
    for deb in "$root$repository"/*.deb; do
        dpkg-deb --field "$deb"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${deb##*/}" "$(stat -c %s "$deb")" "$(sha256sum <"$deb" | cut -d' ' -f1)"
    done >"$root$repository/Packages"
    echo "deb [trusted=yes] file:$repository ./" >"$root/etc/apt/sources.list"

    echo node >"$root/etc/hostname"
    echo '127.0.0.1 localhost node' >"$root/etc/hosts"
    echo '/dev/vda / ext4 rw,noatime 0 0' >"$root/etc/fstab"
    echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id" # else every boot of a fresh disk is a "first boot"
    for unit in "${useless[@]}"; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
    rm -f "$root/etc/systemd/system/multi-user.target.wants/"nfs-{server,ganesha}.service # a payload that needs it asks for it
    install -D -m 644 /dev/stdin "$root/etc/systemd/journald.conf.d/vm.conf" <<<$'[Journal]\nStorage=volatile'
    install -m 755 "$here/image/vm-payload" "$root/usr/local/sbin/"
    install -m 644 "$here"/image/vm-payload.{service,target} "$root/etc/systemd/system/"
    ln -s vm-payload.target "$root/etc/systemd/system/default.target"

    [ -z "${SELINUX:-}" ] || label_root "$root"

    truncate -s 3G "$work/image/root.ext4"
    mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1 -d "$root" "$work/image/root.ext4"
}

label_root() { # DIRECTORY
    echo "$SELINUX" >"$work/image/selinux"
    printf 'SELINUX=%s\nSELINUXTYPE=default\n' "$SELINUX" >"$1/etc/selinux/config"
    # setfiles opens every file by /proc.
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare --mount --propagation private sh -ec \
        'mount -t proc proc "$1/proc"; exec chroot "$1" setfiles -F -e /proc /etc/selinux/default/contexts/files/file_contexts /' sh "$1"
}

# Debian's kernel has its disk driver in modules: a first stage of busybox and those.
make_initrd() {
    local tree=$work/initrd number=10 module modules
    mkdir -p "$tree"/{bin,dev,modules,proc,root}
    install -m 755 "$(command -v busybox)" "$tree/bin/busybox"
    install -m 755 "$here/image/init" "$tree/init"
    modules=$(for module in virtio_pci virtio_blk ext4; do
        modprobe -d "$work/kernel" -S "$version" --show-depends "$module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }')
    for module in $modules; do
        cp "$module" "$tree/modules/$((number++))-$(basename "$module")" # in the order of their dependencies
    done
    find "$tree/modules" -name '*.xz' -exec xz -d {} + # since Debian 13
    (cd "$tree" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0) >"$work/image/initrd"
}

key=$(cat "$here/build-image.sh" "$here"/image/* - <<<"$release ${SELINUX:-} ${NFS_SERVER:-kernel}" | sha256sum | cut -c1-16)
image=$cache/$key
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9 # another build of the same image is waited for
if [ ! -d "$image" ]; then
    rm -rf --one-file-system "$cache"/building.* # what a build that did not come to its end left
    work=$(mktemp -d "$cache/building.XXXXXX")
    mkdir "$work/image"
    make_root
    make_initrd
    mv -T "$work/image" "$image"
    rm -rf --one-file-system "$work"
    say "built in $SECONDS s"
fi
echo "$image"
