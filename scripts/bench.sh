#!/usr/bin/env bash
# Measures the agent and prints one table: what was measured, the peer that does the same, their ratio, the goal and whether it
# is met. docs/development/performance.md explains it. Programs that are compared run alternately in one run.
#
#   bench.sh [PART]...          start guard fleet bootstrap boot https download fstab files mountinfo mounts; default: all
#                               mounts needs the boot test's virtual machine: scripts/setup.sh boot
#   bench.sh --against COMMIT [PART]...
#                               instead: compares this commit with COMMIT, and judges whether a difference is more than noise:
#                               start guard bootstrap boot https; default: all. Publishes both where that is not done yet
#                               (COMMIT in a worktree below ~/.cache/thpc-node-agent/bench, where its executable is kept), then
#                               runs both in turns; THPC_BENCH_PAIRS times (40). tests/bench/difference.py judges.
#   bench.sh --settings [DIR]   instead: the cost of each setting of the build, by a publish for each (ten minutes);
#                               executables are kept in DIR and not published again
#
# Needs ./publish.sh first (not for --against), and scripts/setup.sh bench. It fails only if it cannot measure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
agent=$PWD/artifacts/linux-x64/thpc-node-agent

for tool in hyperfine jq /usr/bin/time python3 curl openssl flock; do
    command -v "$tool" >/dev/null || { echo "bench: $tool is missing: run scripts/setup.sh bench" >&2; exit 1; }
done
[[ -x $agent || ${1:-} == --against ]] || { echo "bench: $agent is missing: run ./publish.sh first" >&2; exit 1; }

# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
# shellcheck source=tests/bench/files.sh
. tests/bench/files.sh
# shellcheck source=tests/bench/settings.sh
. tests/bench/settings.sh
# shellcheck source=tests/bench/against.sh
. tests/bench/against.sh

start() {
    echo "agent --version and /bin/true in turns" >&2
    in_turns version 10 30 --warmup 3 -- "$agent --version" /bin/true
    pair version "--version" /bin/true --goal 10
    row "the same, peak memory" "$(peak_memory "$agent" --version)" MiB --goal 14
}

# The guard's cost at every boot.
guard() {
    local root=$work/guarded
    echo "agent guard" >&2
    guarded_root "$root"
    in_turns guard 10 30 --warmup 3 -- "$agent guard --root $root"
    row "guard, nothing to remove" "$(milliseconds guard)" ms --goal 30
}

# Reports of a large cluster. fleet exits 5, since some runs failed.
fleet() {
    echo "agent fleet over 10,000 reports" >&2
    tests/bench/fleet-reports.py "$work/fleet" 10000
    in_turns fleet 5 2 --ignore-failure --warmup 1 -- "$agent fleet $work/fleet" "$agent fleet $work/fleet --html $work/fleet.html"
    row "fleet, 10,000 reports" "$(milliseconds fleet)" ms --goal 2000
    row "the same with --html" "$(milliseconds fleet b)" ms --goal 2000
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
        if [[ $scheme == http ]]; then
            pair bootstrap-http "bootstrap over HTTP" bash
        else
            pair bootstrap-https "bootstrap over HTTPS" bash --ratio 0.55
            row "the same, peak memory" "$(prepare=$work/fresh peak_memory "${agent_job[@]}")" MiB --goal 32
        fi
        exec {standin}>&-
    done
    unset TENCENTCLOUD_SECRET_ID TENCENTCLOUD_SECRET_KEY
}

# As at most boots: the script ran before, and nothing is to be mounted.
boot() {
    configured_root "" file:///root/echo.sh
    cp "$work/bucket/test/echo.sh" "$work/template/root/"
    "$work/fresh"
    "$agent" bootstrap --root "$work/node" >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }
    echo "bootstrap with nothing to do" >&2
    in_turns boot 10 10 --warmup 1 -- "$agent bootstrap --root $work/node"
    row "bootstrap, nothing to do" "$(milliseconds boot)" ms
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
    pair https "script check over HTTPS" curl --ratio 0.6
    row "the same, peak memory" "$(peak_memory "$agent" script check --root "$work/node")" MiB --goal 32
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
        row "$command, 1,000 mounts in the table" "$(jq '.results[0].median * 1000 | round' "$work/table.json")" ms --goal 100
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
    for count in 2 4 8 16; do
        local goal=()
        [[ $count != 8 ]] || goal=(--ratio 1.3)
        row "$count mounts of one server, each answer 500 ms late" "${ms[slow-$count]}" ms --peer "one mount" "${ms[slow-1]}" "${goal[@]}"
    done
    row "8 mounts of a server each" "${ms[servers]}" ms --peer "8 mount commands at once" "${ms[bare]}"
    for count in 1 8 16; do
        row "$count mounts, 50 ms late, and a script" "${ms[agent-$count]}" ms --peer cloud-init "${ms[cloud-$count]}"
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
if [[ ${1:-} == --against ]]; then
    against "${@:2}"
    exit
fi
[[ $# != 0 ]] || set -- start guard fleet bootstrap boot https download fstab files mountinfo mounts
for part; do
    case $part in
        start | guard | fleet | bootstrap | boot | https | download | fstab | files | mountinfo | mounts) "$part" ;;
        *) echo "bench: $part is not known" >&2; exit 2 ;;
    esac
done
machine
printf '%s\n' "${table[@]}"
