#!/usr/bin/env bash
# check.sh FILE: checks that this executable starts on every image. It must need nothing newer than GLIBC_2.17 and no library
# that an image may lack, and be at most 16 MiB. Prints its findings; fails and lists every violation.
set -euo pipefail
export LC_ALL=C
file=${1:?usage: check.sh FILE}
floor=2.17
most=$((16 * 1024 * 1024))
status=0

complain() {
    echo "check.sh: $file: $*" >&2
    status=1
}

# newer: prints those of the lines GLIBC_x.y that are above the floor
newer() { awk -F'[_.]' -v floor="$floor" 'BEGIN { split(floor, f, ".") } $2 > f[1] || ($2 == f[1] && $3 > f[2])'; }

# Check the section by which the loader refuses a file and the symbols themselves: only one of them could be right.
versions=$(readelf --wide --version-info "$file" | grep -oE 'GLIBC_[0-9.]+|GLIBC_PRIVATE' | sort -uV)
[ -n "$versions" ] || complain "it has no .gnu.version_r: is it an executable for glibc?"
for version in $(newer <<<"$versions"); do complain "its .gnu.version_r needs $version"; done
while read -r symbol version; do
    complain "$symbol is of $version"
done < <(llvm-objdump -T "$file" | sed -nE 's/.*\*UND\*.*\(?(GLIBC_[0-9.]+)\)?[[:space:]]+([^[:space:]]+)$/\1 \2/p' |
    while read -r version symbol; do [ -z "$(newer <<<"$version")" ] || echo "$symbol $version"; done)

mapfile -t libraries < <(readelf --wide --dynamic "$file" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p')
for library in "${libraries[@]}"; do
    case $library in
        libc.so.6 | libm.so.6 | libdl.so.2 | libpthread.so.0 | librt.so.1 | ld-linux-x86-64.so.2 | ld-linux-aarch64.so.1) ;; # glibc's own
        *) complain "it needs $library, which an image may lack" ;;
    esac
done

size=$(stat -c %s "$file")
[ "$size" -le "$most" ] || complain "$size bytes are more than 16 MiB"
[ "$status" = 0 ] || exit 1
echo "$file: $(awk "BEGIN { printf \"%.1f\", $size / 1048576 }") MiB, needs at most $(tail -n 1 <<<"$versions") of ${libraries[*]}"
