#!/usr/bin/env bash
# Installs the Debian packages that this project's work needs and says which.
# usage: scripts/setup.sh build|test|boot|bench ...     (each includes build)
set -euo pipefail

build=(clang binutils libc6-dev zlib1g-dev)
tests=(shellcheck python3 openssl curl util-linux attr e2fsprogs procps iproute2 nfs-common fuse3 bindfs packer)
boot=(qemu-system-x86 qemu-utils mmdebstrap busybox-static cpio kmod e2fsprogs python3)
bench=(hyperfine curl openssl time python3 jq)

wanted=("${build[@]}")
for purpose in "$@"; do
  case $purpose in
    build) ;;
    test)
      wanted+=("${tests[@]}")
      # The vendor's JavaScript SDK is an oracle of the tests.
      command -v npm >/dev/null || wanted+=(nodejs npm)
      ;;
    boot) wanted+=("${boot[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    *) echo "setup.sh: unknown purpose $purpose; use build, test, boot, bench" >&2; exit 2 ;;
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
if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: nothing to install"
  exit 0
fi

echo "setup: installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}"; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "setup.sh: apt-get failed" >&2
  exit 1
fi
