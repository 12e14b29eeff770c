#!/usr/bin/env bash
# Builds the one native executable: artifacts/linux-<arch>/thpc-node-agent, stripped, its debug symbols beside it.
# usage: publish.sh [--arch x64|arm64] [--deb] [--rpm]   (arm64 needs an arm64 machine for now)
#   --deb --rpm   packages of it too, beside it (scripts/package.sh, scripts/setup.sh package)
set -euo pipefail
cd "$(dirname "$0")"

arch=x64
packages=()
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=${2:?--arch needs x64 or arm64}; shift 2 ;;
    --deb | --rpm) packages+=("${1#--}"); shift ;;
    *) echo "publish.sh: unknown argument $1; usage: publish.sh [--arch x64|arm64] [--deb] [--rpm]" >&2; exit 2 ;;
  esac
done
case $arch in x64 | arm64) ;; *) echo "publish.sh: unknown architecture $arch" >&2; exit 2 ;; esac

out=artifacts/linux-$arch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Warnings of the compiler, the analyzers, the trimmer and the AOT compiler are all errors.
dotnet publish src/Thpc.NodeAgent -c Release -r "linux-$arch" -o "$work" --nologo -v quiet -warnaserror
mkdir -p "$out"
install -m 0755 "$work/thpc-node-agent" "$out/thpc-node-agent"
cp "src/Thpc.NodeAgent/bin/Release/net10.0/linux-$arch/native/thpc-node-agent.dbg" "$out/"
ls -l "$out/thpc-node-agent"
[ ${#packages[@]} -eq 0 ] || scripts/package.sh "$arch" "${packages[@]}"
