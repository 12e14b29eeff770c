#!/usr/bin/env bash
# Installs the Debian packages needed to work on this project, and prints their names.
# usage: scripts/setup.sh build|package|test|node|rpm|boot|bench|fuzz ...     (each includes build)
set -euo pipefail

build=(clang lld llvm cmake make binutils libc6-dev zlib1g-dev xz-utils git python3)
package=(rpm)
tests=(
  "${package[@]}" acl gdb strace jq mmdebstrap qemu-user-static mandoc shellcheck openssl curl util-linux attr e2fsprogs
  procps iproute2 openssh-client nfs-common nfs-ganesha nfs-ganesha-mem fuse3 bindfs zsh fish packer chromium python3-jsonschema
  qemu-system-common xfsprogs libnfs-utils
)
boot=(qemu-system-x86 qemu-utils mmdebstrap busybox-static cpio kmod e2fsprogs python3)
node=(mmdebstrap util-linux iproute2 python3)
rpm=(mmdebstrap util-linux python3)
bench=(hyperfine curl openssl time python3 jq)
fuzz=(libclang-rt-14-dev)

wanted=("${build[@]}")
prometheus=false
for purpose in "$@"; do
  case $purpose in
    build) ;;
    package) wanted+=("${package[@]}") ;;
    test)
      wanted+=("${tests[@]}")
      # The vendor's JavaScript SDK is an oracle of the tests.
      command -v npm >/dev/null || wanted+=(nodejs npm)
      # So is Prometheus, over its node_exporter.
      command -v promtool prometheus prometheus-node-exporter | wc -l | grep -qx 3 || prometheus=true
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
if [ ${#missing[@]} -eq 0 ] && ! $prometheus; then
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

# Only the programs: the packages would start servers and install a dozen others.
install_prometheus() {
  (cd "$work" && apt-get download prometheus prometheus-node-exporter) || return
  local package
  for package in "$work"/prometheus*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work" ./usr/bin || return
  done
  install -m 755 "$work"/usr/bin/{promtool,prometheus,prometheus-node-exporter} /usr/local/bin
}

echo "setup: installing" "${missing[@]}" "$($prometheus && echo "Prometheus and node_exporter in /usr/local/bin")"
install_all() {
  apt-get update && { [ ${#missing[@]} -eq 0 ] || install_packages; } && { ! $prometheus || install_prometheus; }
}

if ! install_all >"$work/log" 2>&1; then
  tail -20 "$work/log" >&2
  echo "setup.sh: apt-get failed" >&2
  exit 1
fi
