#!/usr/bin/env bash
# Builds the native executable artifacts/linux-<arch>/thpc-node-agent (stripped), its SHA-256, its SBOM and a separate file of
# debug symbols. It is linked against an old sysroot, so it starts on every image with glibc 2.17 or newer
# (docs/development/portable-build.md).
# usage: publish.sh [--arch x64|arm64] [--host-glibc] [--deb] [--rpm] [-p:NAME=VALUE]…
#   --host-glibc   for this machine only: links its own glibc and OpenSSL; needs no sysroot
#   -p:NAME=VALUE  a property for MSBuild, to try a setting
#   --deb --rpm    also makes packages, in the same directory (scripts/package.sh)
set -euo pipefail
cd "$(dirname "$0")"

usage() {
  echo "publish.sh: $1; usage: publish.sh [--arch x64|arm64] [--host-glibc] [--deb] [--rpm] [-p:NAME=VALUE]…" >&2
  exit 2
}

arch=x64
packages=()
given=()
portable=true
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=${2:?--arch needs x64 or arm64}; shift 2 ;;
    --host-glibc) portable=false; shift ;;
    -p:*) given+=("$1"); shift ;;
    --deb | --rpm) packages+=("${1#--}"); shift ;;
    *) usage "unknown argument $1" ;;
  esac
done
case $arch in
  x64) debian=amd64 triple=x86_64-linux-gnu ;;
  arm64) debian=arm64 triple=aarch64-linux-gnu ;;
  *) usage "unknown architecture $arch" ;;
esac

for tool in clang readelf git python3 $($portable && echo ld.lld cmake make llvm-objcopy llvm-objdump); do
  command -v "$tool" >/dev/null || { echo "publish.sh: $tool is missing: run scripts/setup.sh build" >&2; exit 1; }
done

out=artifacts/linux-$arch
native=src/Thpc.NodeAgent/bin/Release/net10.0/linux-$arch/native
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The commit that `thpc-node-agent --version` prints; -dirty marks uncommitted changes.
commit=$(git rev-parse HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain 2>/dev/null)" ] || commit+=-dirty
properties=("-p:AgentCommit=$commit")

if $portable; then
  sysroot=$(src/portable/sysroot.sh $debian)
  openssl=$(sed -nE 's/.*OPENSSL_FULL_VERSION_STR *"(.*)".*/\1/p' "$sysroot/usr/include/openssl/opensslv.h")
  properties+=("-p:SysRoot=$sysroot" "-p:AgentOpenSsl=$openssl (linked in)" "-p:AgentGlibc=2.17 or newer")
  export CMAKE_TOOLCHAIN_FILE=$PWD/src/portable/toolchain.cmake PORTABLE_SYSROOT=$sysroot PORTABLE_TRIPLE=$triple
  export PKG_CONFIG_LIBDIR=/nonexistent # or CMake would find this machine's OpenSSL
  unset CFLAGS LDFLAGS
else
  properties+=("-p:AgentOpenSsl=the machine's" "-p:AgentGlibc=$(getconf GNU_LIBC_VERSION | cut -d' ' -f2) or newer")
fi
# CMake caches what it found, and MSBuild does not link again if only the linker's arguments changed.
rm -rf "src/Thpc.NodeAgent/obj/Release/net10.0/linux-$arch"/{libs,native} "$native"

# Warnings of the compiler, the trimmer and the AOT compiler are errors. The analyzers, which take a minute, run in `dotnet build`.
dotnet publish src/Thpc.NodeAgent -c Release -r "linux-$arch" -o "$work" --nologo -v quiet -warnaserror -p:RunAnalyzers=false \
  "${properties[@]}" "${given[@]}"

if $portable; then
  # If a feature test fails, CMake builds without the feature.
  features=$(find "src/Thpc.NodeAgent/obj/Release/net10.0/linux-$arch/libs" -name pal_crypto_config.h)
  for feature in HAVE_OPENSSL_ALPN HAVE_OPENSSL_CHACHA20POLY1305 HAVE_OPENSSL_SHA3; do
    grep -qx "#define $feature 1" "$features" || { echo "publish.sh: OpenSSL was built in without $feature" >&2; exit 1; }
  done
  src/portable/check.sh "$work/thpc-node-agent"

  # unused.xml has no effect if .NET renames the method.
  if grep -q 'Http2Connection__SetupAsync' "$native/thpc-node-agent.map"; then
    echo "publish.sh: HTTP/2 was built in: see src/portable/unused.xml" >&2
    exit 1
  fi

  # If .NET renames a function that compat.c replaces, the link succeeds without the replacement, and HTTPS becomes slow.
  symbols=$(readelf --wide --symbols "$native/thpc-node-agent.dbg" 2>/dev/null) # readelf warns that this file has no interpreter
  for function in CryptoNative_GetX509RootStoreFile CryptoNative_GetX509RootStorePath; do
    grep -q " __wrap_$function$" <<<"$symbols" || { echo "publish.sh: nothing calls $function any more: see compat.c" >&2; exit 1; }
  done
fi

mkdir -p "$out"
install -m 0755 "$work/thpc-node-agent" "$out/thpc-node-agent"
cp "$native/thpc-node-agent.dbg" "$out/"
(cd "$out" && sha256sum thpc-node-agent >thpc-node-agent.sha256)
version=$(sed -nE 's|.*<Version>(.*)</Version>.*|\1|p' Directory.Build.props)
scripts/sbom.py "$arch" "$out/thpc-node-agent" "$version" "$($portable && echo portable || echo host)" >"$out/thpc-node-agent.cdx.json"
ls -l "$out/thpc-node-agent"
[ ${#packages[@]} -eq 0 ] || scripts/package.sh "$arch" "${packages[@]}"
