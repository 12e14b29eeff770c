#!/usr/bin/env bash
# Measures the agent and prints one table; docs/development/performance.md explains it. Programs that are compared run
# alternately in one run.
#
#   bench.sh [PART]...          start guard fleet bootstrap https download fstab files mountinfo mounts; default: all
#                               mounts needs the boot test's virtual machine: scripts/setup.sh boot
#   bench.sh --settings [DIR]   instead: the cost of each setting of the build, by a publish for each (ten minutes);
#                               executables are kept in DIR and not published again
#
# Needs ./publish.sh first, and scripts/setup.sh bench. It fails only if it cannot measure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
agent=$PWD/artifacts/linux-x64/thpc-node-agent

for tool in hyperfine jq /usr/bin/time python3 curl openssl flock; do
    command -v "$tool" >/dev/null || { echo "bench: $tool is missing: run scripts/setup.sh bench" >&2; exit 1; }
done
[[ -x $agent ]] || { echo "bench: $agent is missing: run ./publish.sh first" >&2; exit 1; }

# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
# shellcheck source=tests/bench/files.sh
. tests/bench/files.sh
# shellcheck source=tests/bench/settings.sh
. tests/bench/settings.sh

start() {
    echo "agent --version and /bin/true in turns" >&2
    in_turns version 10 30 --warmup 3 -- "$agent --version" /bin/true
    row "agent --version, median" "$(milliseconds version)" ms 10
    row "/bin/true" "$(milliseconds version b)" ms
    row "agent --version, peak memory" "$(peak_memory "$agent" --version)" MiB 14
}

# The guard's cost at every boot: fstab has ten lines of this machine, and the guard removes none.
guard() {
    local root=$work/guarded i
    echo "agent guard" >&2
    bare_root "$root"
    for i in {0..9}; do echo "10.0.0.1:/$i /data/$i nfs4 vers=4.0,nofail,x-thpc.cluster=hpc-8hje8h12 0 0"; done >"$root/etc/fstab"
    in_turns guard 10 30 --warmup 3 -- "$agent guard --root $root"
    row "agent guard, nothing to take out, median" "$(milliseconds guard)" ms 30
}

# Reports of a large cluster. fleet exits 5, since some runs failed.
fleet() {
    echo "agent fleet over 10,000 reports" >&2
    tests/bench/fleet-reports.py "$work/fleet" 10000
    in_turns fleet 5 2 --ignore-failure --warmup 1 -- "$agent fleet $work/fleet" "$agent fleet $work/fleet --html $work/fleet.html"
    row "agent fleet over 10,000 reports, median" "$(milliseconds fleet)" ms 2000
    row "  with --html" "$(milliseconds fleet b)" ms 2000
}

# Checks that the job was done: the log has the script's output with its variables.
proves() { # COMMAND…
    "$work/fresh"
    "$@" >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }
    grep -rq '^COMPUTE hpc-8hje8h12 SLURM NIS$' "$work/node/var/log" || { echo "bench: no trace of the script after: $*" >&2; exit 1; }
}

# A complete bootstrap by HTTPS with a usual bundle of CA certificates, and by HTTP, each against the same job in bash.
bootstrap() {
    local agent_job=("$agent" bootstrap --root "$work/node" --force) bash_job=(tests/bench/bootstrap.sh "$work/node") scheme
    export TENCENTCLOUD_SECRET_ID=bench-id TENCENTCLOUD_SECRET_KEY=bench-key
    for scheme in https http; do
        if [[ $scheme == https ]]; then trust_standin; else tls=(); unset SSL_CERT_FILE CURL_CA_BUNDLE; fi
        start_standin "${tls[@]}" --secret-id "$TENCENTCLOUD_SECRET_ID" --secret-key "$TENCENTCLOUD_SECRET_KEY"
        credentials="env" configured_root "$url" "$small_script"
        proves "${agent_job[@]}"
        proves "${bash_job[@]}"
        echo "bootstrap by ${scheme^^}, agent and bash in turns" >&2
        in_turns "bootstrap-$scheme" 10 5 --warmup 1 --prepare "$work/fresh" -- "${agent_job[*]}" "${bash_job[*]}"
        pair "bootstrap-$scheme" "bootstrap by ${scheme^^}, by the agent, median" "  by bash" "$([[ $scheme == http ]] || echo 0.55)"
        [[ $scheme == http ]] || row "  by the agent, peak memory" "$(prepare=$work/fresh peak_memory "${agent_job[@]}")" MiB 32
        exec {standin}>&-
    done
    unset TENCENTCLOUD_SECRET_ID TENCENTCLOUD_SECRET_KEY
}

# script check by HTTPS against a download by curl: the time to start, connect and check the certificate.
https() {
    trust_standin
    start_standin "${tls[@]}"
    configured_root "$url" "$small_script"
    "$work/fresh"
    echo "agent script check by HTTPS, and curl, in turns" >&2
    in_turns https 5 10 --warmup 1 -- "$agent script check --root $work/node" \
        "curl --fail --silent --show-error --output $work/fetched --header 'Host: $bucket' $url/test/echo.sh"
    pair https "script check by HTTPS, median" "  curl" 0.6
    row "  script check, peak memory" "$(peak_memory "$agent" script check --root "$work/node")" MiB 32
    unset SSL_CERT_FILE CURL_CA_BUNDLE
    exec {standin}>&-
}

# Certificates for the stand-in, in $tls, and SSL_CERT_FILE: this machine's bundle and their CA certificate.
trust_standin() {
    [[ -e $work/certificates/good.pem ]] || tests/cos-standin/make-certs.sh "$work/certificates"
    cat "$work/certificates/ca.pem" /etc/ssl/certs/ca-certificates.crt >"$work/authorities"
    export SSL_CERT_FILE=$work/authorities CURL_CA_BUNDLE=$work/authorities
    tls=(--tls-cert "$work/certificates/good.pem" --tls-key "$work/certificates/good.key")
}

# A mount table of a thousand entries, as on a node of Kubernetes.
mountinfo() {
    # shellcheck disable=SC2016 # for the other shell to expand
    local many='for i in $(seq 1000); do mkdir -p "$1/many/$i" && mount -i -t tmpfs none "$1/many/$i"; done; shift; exec "$@"'
    configured_root "" "$small_script"
    "$work/fresh"
    echo "health and storage list with 1,000 mounts in the table" >&2
    for command in health "storage list"; do
        unshare --mount --propagation private bash -c "$many" bash "$work" \
            hyperfine --shell none --warmup 1 --runs 20 --ignore-failure --export-json "$work/table.json" \
            "$agent $command --root $work/node" >&2
        row "$command, 1,000 mounts in the table, median" "$(jq '.results[0].median * 1000 | round' "$work/table.json")" ms 100
    done
}

# Runs tests/bench/mounts/run.sh in the virtual machine.
mounts() {
    local -A ms
    local name value count
    echo "mounts, in the virtual machine (a quarter of an hour)" >&2
    cp -r tests/bench/mounts "$work/payload"
    cp "$agent" tests/cos-standin/cos_standin.py "$work/payload/"
    THPC_VM_BOOT_LIMIT=3000 tests/boot/run-vm.sh "$work/payload" | tee "$work/mounts" >&2
    while read -r _ name value; do ms[$name]=$value; done < <(grep '^RESULT ' "$work/mounts")
    for count in 1 2 4 8 16; do row "mounts of one server, each answer 500 ms late: $count" "${ms[slow-$count]}" ms; done
    row "  eight / one" "$(ratio "${ms[slow-8]}" "${ms[slow-1]}")" "" 1.3
    row "mounts of a server each: 8" "${ms[servers]}" ms
    row "  against eight mount commands at once" "$(ratio "${ms[servers]}" "${ms[bare]}")" ""
    for count in 1 8 16; do
        row "mounts, 50 ms late, and a script, by the agent: $count" "${ms[agent-$count]}" ms
        row "  cloud-init" "${ms[cloud-$count]}" ms
        row "  ratio" "$(ratio "${ms[agent-$count]}" "${ms[cloud-$count]}")" ""
    done
}

if [[ ${1:-} == --settings ]]; then
    settings "${@:2}"
    machine
    exit
fi
bucket=demo-1250000000.cos.ap-guangzhou.myqcloud.com
small_script=cos://$bucket/test/echo.sh
mkdir -p "$work/bucket/test"
# shellcheck disable=SC2016 # for the script to expand
printf '#!/bin/sh\necho "$THPC_NODE_ROLE $THPC_CLUSTER_ID $THPC_SCHEDULER_TYPE $THPC_ACCOUNT_TYPE"\n' >"$work/bucket/test/echo.sh"
[[ $# != 0 ]] || set -- start guard fleet bootstrap https download fstab files mountinfo mounts
for part; do
    case $part in
        start | guard | fleet | bootstrap | https | download | fstab | files | mountinfo | mounts) "$part" ;;
        *) echo "bench: $part is not known" >&2; exit 2 ;;
    esac
done
machine
printf '%s\n' "${table[@]}"
