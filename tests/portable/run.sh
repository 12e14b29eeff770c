#!/usr/bin/env bash
# One file for every image: runs the published executable in a Debian 11 without OpenSSL, ICU, libstdc++ and CA certificates,
# with only the system calls of Linux 3.10, with CA certificates at the path of each family of distributions, and for Arm.
# Prints a line for each check; the last line is `N passed, N failed`. Needs root, ./publish.sh for both architectures and
# ./scripts/setup.sh test.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
artifacts=$repository/artifacts
master=127.0.97.1
host=demo-1250000000.cos.ap-guangzhou.myqcloud.com

work=$(mktemp -d)
standins=()
leave() {
    [ ${#standins[@]} -eq 0 ] || kill "${standins[@]}" 2>/dev/null
    mountpoint -q "$work/root" && umount --lazy "$work/root"
    rm -rf --one-file-system "$work"
}
trap leave EXIT

passed=0
failed=0
# check SENTENCE COMMAND…: passes if the command succeeds; its output explains a failure
check() {
    local sentence=$1 output status
    shift
    output=$("$@" 2>&1)
    status=$?
    if [ "$status" = 0 ]; then
        echo "ok - $sentence"
        passed=$((passed + 1))
    else
        echo "not ok - $sentence"
        printf '%s\n' "exit code $status of: $*" "$output" | head -n 60 | sed 's/^/#   /'
        failed=$((failed + 1))
    fi
}

# prints WORDS COMMAND…: the output has these words; the exit code does not matter
prints() {
    local words=$1 output
    shift
    output=$("$@" 2>&1)
    [[ $output == *"$words"* ]] || { printf 'not printed: %s\nbut:\n%s\n' "$words" "$output"; return 1; }
}

fails() { ! "$@"; }

# standin CERTIFICATE: starts the stand-in for COS with TLS, and sets url[CERTIFICATE]
standin() {
    local ready=$work/$1.ready
    "$repository/tests/cos-standin/cos_standin.py" --root "$work/bucket" --ready-file "$ready" \
        --tls-cert "$work/certs/$1.pem" --tls-key "$work/certs/$1.key" >"$work/$1.log" 2>&1 &
    standins+=($!)
    timeout 60 bash -c "until [ -e '$ready' ]; do sleep 0.05; done"
    url[$1]=$(<"$ready")
}

# configure ROOT ADDRESS [PREFIX]: makes a node whose only script is at ADDRESS. Its storage needs no client in the kernel: a tmpfs
# replaces GooseFSx. PREFIX precedes the paths of the node's own programs; in a chroot it is empty.
configure() {
    mkdir -p "$1"/{etc/thpc,root,goosefsx/x_proxy,usr/local/bin}
    touch "$1/root/thpc_preinstalled.json" "$1/etc/fstab"
    printf '#!/bin/sh\nexec mount -t tmpfs goosefsx %s/goosefsx/x_proxy\n' "${3:-}" >"$1/usr/local/bin/install-goosefsx"
    chmod +x "$1/usr/local/bin/install-goosefsx"
    cat >"$1/etc/thpc/node-agent.toml" <<END
[cluster]
id = "hpc-8hje8h12"
node_role = "COMPUTE"

[[init_script]]
script_path = "cos://$host/echo.sh"

[cos]
credentials = "anonymous"
endpoint = "$2"

[metadata]
endpoint = ""

[[goosefsx]]
local_path = "/goosefsx/x_proxy/"
masters = ["$master:55533"]

[storage]
goosefsx_installer = ["${3:-}/usr/local/bin/install-goosefsx"]

[mount]
attempt_timeout = 1
END
}

# old COMMAND…: runs it in the old root, in its own mount and PID namespace
old() {
    unshare --mount --pid --fork --kill-child --mount-proc="$work/root/proc" \
        env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin chroot "$work/root" "$@"
}

# arm COMMAND…: runs the executable for Arm with the sysroot's glibc for Arm
arm() {
    unshare --mount --pid --fork --kill-child --mount-proc qemu-aarch64-static -L "$arm_sysroot" \
        "$artifacts/linux-arm64/thpc-node-agent" "$@"
}

bootstrapped() { # ROOT COMMAND…: bootstrap succeeds, and the script's output is in its log
    local root=$1
    shift
    "$@" bootstrap --force || return
    grep -x 'COMPUTE hpc-8hje8h12 SLURM NIS' "$root/var/log/thpc-node-agent/init-script-1.log" &&
        jq -e '.outcome == "succeeded" and (.stages | map(.outcome) == ["skipped", "succeeded", "succeeded"])' \
            "$root/var/lib/thpc-node-agent/report.json"
}

# trusts PATH: TLS works with CA certificates only at this path
trusts() {
    rm -rf "$work/root"/{etc/ssl,etc/pki,var/lib/ca-certificates,usr/lib/ssl}
    install -D -m 644 "$work/certs/ca.pem" "$work/root$1"
    old thpc-node-agent script check
}

# only_glibc COMMAND…: by the loader's debug output, it opened only libraries of glibc
only_glibc() {
    local opened
    opened=$("$@" 2>&1 | sed -nE 's|.*calling init: .*/||p' | sort -u)
    grep -q '^libc\.so' <<<"$opened" &&
        ! grep -vE '^(ld-[a-z0-9-]+|libc|libdl|libm|libpthread|librt|libresolv|libnss_[a-z]+)(-[0-9.]+)?\.so' <<<"$opened"
}

# same_hash ARCH, bill ARCH: the files next to the executable belong to it
same_hash() { (cd "$artifacts/linux-$1" && sha256sum --check --quiet thpc-node-agent.sha256); }
bill() {
    local file=$artifacts/linux-$1/thpc-node-agent openssl
    openssl=$(grep -aoE 'OpenSSL [0-9]+\.[0-9]+\.[0-9]+ ' "$file" | sort -u | head -n 1)
    jq -e --arg hash "$(sha256sum <"$file" | cut -d' ' -f1)" --arg openssl "${openssl#OpenSSL }" '
        .bomFormat == "CycloneDX" and .metadata.component.hashes[0].content == $hash
        and any(.components[]; .name == "openssl" and .version + " " == $openssl)
        and all("System.CommandLine", "Tomlyn", "Microsoft.Extensions.Logging.Console"; . as $name |
            any($ARGS.named.bom.components[]; .name == $name))
        ' --argjson bom "$(cat "$file.cdx.json")" "$file.cdx.json" || return
    "$file" --version 2>/dev/null | grep -F "openssl  ${openssl#OpenSSL }" || [ "$1" = arm64 ]
}

stripped() {
    ! readelf --wide --sections "$1" | grep -E '\.symtab|\.debug_' && readelf --wide --sections "$1.dbg" | grep '\.debug_line'
}

# A debugger clears a method's argument, and the agent crashes: the trace names methods, and the separate symbols give the lines.
crash() {
    local agent=$artifacts/linux-x64/thpc-node-agent method=Thpc_NodeAgent_Cli_ConfigCommand__Check trace offset start line
    trace=$(gdb --quiet --batch --nx -ex 'set debuginfod enabled off' -ex 'handle SIGSEGV nostop noprint pass' \
        -ex "break thpc_node_agent_$method" \
        -ex "run config check --config '$work/root/etc/thpc/node-agent.toml'" -ex "set \$rdi = 0" -ex delete -ex continue "$agent" 2>&1)
    echo "$trace"
    grep -q 'INTERNAL' <<<"$trace" && grep -q 'exited with code 0106' <<<"$trace" || return # octal: 70
    grep -qF 'at Thpc.NodeAgent.Cli.CommandErrorBoundary.' <<<"$trace" || return
    offset=$(sed -nE 's/.*at Thpc\.NodeAgent\.Cli\.ConfigCommand\.Check\(GlobalOptions[^)]*\) \+ (0x[0-9a-f]+)$/\1/p' <<<"$trace")
    start=$(nm "$agent.dbg" | awk -v symbol="thpc_node_agent_$method" '$3 == symbol { print $1 }')
    line=$(grep -n 'globals.LoadConfig()' "$repository/src/Thpc.NodeAgent/Cli/Operator/ConfigCommand.cs" | head -n 1 | cut -d: -f1)
    addr2line -e "$agent.dbg" "$(printf '%x' $((16#$start + offset)))" | grep -x "/_/src/Thpc.NodeAgent/Cli/Operator/ConfigCommand.cs:$line"
}

declare -A url
old_root=$("$here/old-root.sh") && arm_sysroot=$("$repository/src/portable/sysroot.sh" arm64) || exit 1
"$repository/tests/cos-standin/make-certs.sh" "$work/certs"
mkdir -p "$work/bucket" "$work/root"
# shellcheck disable=SC2016 # for the script to expand
printf '#!/bin/sh\necho "$THPC_NODE_ROLE $THPC_CLUSTER_ID $THPC_SCHEDULER_TYPE $THPC_ACCOUNT_TYPE"\n' >"$work/bucket/echo.sh"
for certificate in good other-name expired self-signed; do standin "$certificate"; done

# A writable copy.
mount -t tmpfs tmpfs "$work/root"
cp -a "$old_root/." "$work/root/"
mkdir -p "$work/root"/{proc,dev,usr/local/bin}
install -m 755 "$artifacts/linux-x64/thpc-node-agent" "$work/root/usr/local/bin/"
clang -static -O1 -o "$work/root/usr/local/bin/linux310" "$here/linux310.c"
python3 -m http.server --bind "$master" 55533 >/dev/null 2>&1 &
standins+=($!)
configure "$work/root" "${url[good]}"

for arch in x64 arm64; do
    check "$arch: it needs nothing newer than GLIBC_2.17, no library but glibc's, and is at most 16 MiB" \
        "$repository/src/portable/check.sh" "$artifacts/linux-$arch/thpc-node-agent"
    check "$arch: the file of its SHA-256 matches" same_hash "$arch"
    check "$arch: its bill of materials has its hash, its packages and its OpenSSL" bill "$arch"
    check "$arch: it is stripped, and its debug symbols are in a separate file" stripped "$artifacts/linux-$arch/thpc-node-agent"
done
# With a proxy that does not exist, no mirror can be reached.
printf 'Acquire::%s::Proxy "http://127.0.0.1:9";\n' http https >"$work/apt.conf"
check "without the sysroot's packages the build stops and names the fault" prints "is not to be had from any mirror" \
    env APT_CONFIG="$work/apt.conf" THPC_SYSROOT_CACHE="$work/no-packages" "$repository/publish.sh"

valid() {
    npm ci --prefix "$here/bom" --ignore-scripts --omit=optional --no-audit --no-fund --silent &&
        node "$here/bom/validate.js" "$artifacts"/linux-{x64,arm64}/thpc-node-agent.cdx.json
}
check "both bills of materials are valid by CycloneDX's own schema" valid
check "check.sh refuses an executable that needs a newer glibc" fails "$repository/src/portable/check.sh" "$(command -v bash)"

check "the old root has neither OpenSSL nor ICU nor libstdc++" \
    fails sh -c "find '$work/root' ! -type d | grep -E 'libssl|libcrypto\.|libicu|libstdc'"
check "in it the executable prints its version" prints "glibc    2.17 or newer" old thpc-node-agent --version
check "in it the configuration is checked" old thpc-node-agent config check
check "without CA certificates no server is trusted" prints COS_TLS old thpc-node-agent script check
for place in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem \
    /etc/ssl/ca-bundle.pem \
    /var/lib/ca-certificates/ca-bundle.pem /etc/ssl/cert.pem; do
    check "CA certificates in $place are found" trusts "$place"
done
for certificate in other-name expired self-signed; do
    configure "$work/root" "${url[$certificate]}"
    check "a certificate that is $certificate is COS_TLS" prints COS_TLS old thpc-node-agent script check
done
configure "$work/root" "${url[good]}"
check "a complete bootstrap with its script by HTTPS succeeds" bootstrapped "$work/root" old thpc-node-agent
check "it opens no library but glibc's, not even for HTTPS" only_glibc old env LD_DEBUG=files thpc-node-agent script check
install -D -m 644 /dev/stdin "$work/root/usr/lib/ssl/openssl.cnf" \
    <<<$'openssl_conf = broken\n[broken]\nproviders = none\n[none]\nfips = fips\n[fips]\nactivate = 1\nmodule = /nowhere/fips.so'
check "the image's own openssl.cnf does not disturb it" old thpc-node-agent script check

check "a crash prints a stack trace, and the debug symbols give its line" crash

check "with the system calls of Linux 3.10 it prints its version" prints "glibc    2.17 or newer" \
    old linux310 /usr/local/bin/thpc-node-agent --version
check "with the system calls of Linux 3.10 a complete bootstrap succeeds" bootstrapped "$work/root" \
    old linux310 /usr/local/bin/thpc-node-agent
check "without /proc it prints its version" prints "glibc    2.17 or newer" chroot "$work/root" thpc-node-agent --version

configure "$work/arm" "${url[good]}" "$work/arm"
arm_on_node() { SSL_CERT_FILE=$work/certs/ca.pem arm "$@" --root "$work/arm"; }
check "arm64: it prints its version" prints "linux-arm64" arm --version
check "arm64: the configuration is checked" arm_on_node config check
check "arm64: a complete bootstrap with its script by HTTPS succeeds" bootstrapped "$work/arm" arm_on_node

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
