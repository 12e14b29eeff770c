#!/usr/bin/env bash
# Installs the Debian packages needed to work on this project, and prints their names.
# usage: scripts/setup.sh build|package|test|node|rpm|boot|bench|fuzz ...     (each includes build)
set -euo pipefail

build=(clang lld llvm cmake make binutils libc6-dev zlib1g-dev xz-utils git python3)
package=(rpm)
tests=(
  "${package[@]}" acl gdb strace jq mmdebstrap qemu-user-static mandoc shellcheck openssl curl util-linux attr e2fsprogs
  procps iproute2 openssh-client nfs-common nfs-ganesha nfs-ganesha-mem fuse3 bindfs zsh fish packer chromium python3-jsonschema
)
boot=(qemu-system-x86 qemu-utils mmdebstrap busybox-static cpio kmod e2fsprogs python3)
node=(mmdebstrap util-linux iproute2 python3)
rpm=(mmdebstrap util-linux python3)
bench=(hyperfine curl openssl time python3 jq)
fuzz=(libclang-rt-14-dev)

wanted=("${build[@]}")
promtool=false
for purpose in "$@"; do
  case $purpose in
    build) ;;
    package) wanted+=("${package[@]}") ;;
    test)
      wanted+=("${tests[@]}")
      # The vendor's JavaScript SDK is an oracle of the tests.
      command -v npm >/dev/null || wanted+=(nodejs npm)
      # So is Prometheus' own checker of metrics.
      command -v promtool >/dev/null || promtool=true
      ;;
    node) wanted+=("${node[@]}") ;;
    rpm) wanted+=("${rpm[@]}") ;;
    boot) wanted+=("${boot[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    fuzz) wanted+=("${fuzz[@]}") ;;
    *) echo "setup.sh: unknown purpose $purpose; use build, package, test, node, rpm, boot, bench, fuzz" >&2; exit 2 ;;
  esac
done

if ! dotnet --version >/dev/null 2>&1; then
  echo "setup.sh: the .NET 10 SDK is not here; install it first (https://dot.net)" >&2
  exit 1
fi

missing=()
for package in $(printf '%s\n' "${wanted[@]}" | sort -u); do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ] && ! $promtool; then
  echo "setup: nothing to install"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

install_packages() {
  # The tests start this server themselves, in namespaces; the machine should not.
  [ -e /etc/systemd/system/nfs-ganesha.service ] || ln -s /dev/null /etc/systemd/system/nfs-ganesha.service
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}"
}

# One file of the package prometheus: the package would start a server and install a dozen others.
install_promtool() {
  (cd "$work" && apt-get download prometheus) &&
    dpkg-deb --fsys-tarfile "$work"/prometheus_*.deb | tar -x -C "$work" ./usr/bin/promtool &&
    install -m 755 "$work/usr/bin/promtool" /usr/local/bin/promtool
}

echo "setup: installing" "${missing[@]}" "$($promtool && echo "/usr/local/bin/promtool, from the package prometheus")"
install_all() {
  apt-get update && { [ ${#missing[@]} -eq 0 ] || install_packages; } && { ! $promtool || install_promtool; }
}

if ! install_all >"$work/log" 2>&1; then
  tail -20 "$work/log" >&2
  echo "setup.sh: apt-get failed" >&2
  exit 1
fi
