#!/usr/bin/env bash
# The agent's figures as one table: what it costs to start, a whole bootstrap against the same job in bash
# (tests/bench/bootstrap.sh), the reports of 10,000 nodes, and eight slow mounts against one. What is compared is measured in turns in one run.
#
#   bench.sh [--no-vm]     --no-vm leaves the mounts out: they need the boot test's virtual machine
#   bench.sh --settings    instead: what each setting of the build costs, by a publish for each (ten minutes)
#
# Needs ./publish.sh first, and hyperfine, jq, time, python3, curl, openssl. Measures; fails only if it cannot.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

agent=$PWD/artifacts/linux-x64/thpc-node-agent
rounds=10 # of each pair, 5 runs a side in each
what=${1:-}

for tool in hyperfine jq /usr/bin/time python3 curl openssl flock; do
    command -v "$tool" >/dev/null || { echo "bench: $tool is missing" >&2; exit 1; }
done
[[ -x $agent ]] || { echo "bench: $agent is missing: run ./publish.sh first" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# hyperfine without its warnings about a machine that is never quiet
measure() {
    hyperfine -N --style none "$@" >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }
}

# milliseconds NAME FILES: the median over all runs of that name
milliseconds() { jq -s "[.[].results[] | select(.command == \"$1\") | .times[]] | sort | .[length / 2 | floor] * 1000" "$work"/"$2"*.json; }

# peak_memory COMMAND…: MiB, the most of five runs
peak_memory() {
    for _ in 1 2 3 4 5; do
        [[ -z ${prepare:-} ]] || $prepare
        /usr/bin/time -f %M -o "$work/kb" "$@" >"$work/out" 2>&1
        cat "$work/kb"
    done | sort -n | awk 'END { printf "%.1f", $1 / 1024 }'
}

table=()
row() { # WHAT VALUE UNIT [LIMIT]
    local verdict=
    [[ -z ${4:-} ]] || verdict=$(awk "BEGIN { print ($2 <= $4) ? \"reached\" : \"missed\" }")
    table+=("$(printf '%-46s %9.2f %-4s %8s  %s' "$1" "$2" "$3" "${4:+≤ $4}" "$verdict")")
}

ratio() { awk "BEGIN { print $1 / $2 }"; }

# The agent as it is against the agent with one setting changed: size, start-up in turns, memory.
settings() {
    local name variant copy=$work/copy turn i=0
    local -A changed=(
        ["as it is"]=-p:Configuration=Release
        ["for speed instead of size"]=-p:OptimizationPreference=Speed
        ["event sources"]=-p:EventSourceSupport=true
        ["concurrent collector"]=-p:ConcurrentGarbageCollection=true
        ["server collector"]=-p:ServerGarbageCollection=true
        ["no stack traces"]=-p:StackTraceSupport=false
        ["glibc and OpenSSL of this machine"]=--host-glibc
    )
    git clone --quiet . "$copy"
    sed -i 's/^most=.*/most=67108864/' "$copy/src/portable/check.sh" # a variant may be larger than what is published
    for name in "${!changed[@]}"; do
        echo "publishing: $name" >&2
        "$copy/publish.sh" "${changed[$name]}" >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }
        install -m 755 "$copy/artifacts/linux-x64/thpc-node-agent" "$work/variant-$i"
        variant[i]=$name
        i=$((i + 1))
    done
    for ((turn = 0; turn < 20; turn++)); do
        for ((i = 0; i < ${#variant[@]}; i++)); do
            measure --warmup 3 --runs 15 --export-json "$work/settings$i-$turn.json" --command-name agent "$work/variant-$i --version"
        done
    done
    echo '| setting | MiB | --version, median | peak memory |'
    echo '|---|---:|---:|---:|'
    for ((i = 0; i < ${#variant[@]}; i++)); do
        printf '| %s | %.1f | %.1f ms | %s MiB |\n' "${variant[i]}" "$(awk "BEGIN { print $(stat -c %s "$work/variant-$i") / 1048576 }")" \
            "$(milliseconds agent "settings$i-")" "$(peak_memory "$work/variant-$i" --version)"
    done | sort -t'|' -k4n
}

# start_standin OPTION…: starts the stand-in for COS, at $url until {standin} is closed
start_standin() {
    rm -f "$work/url"
    exec {standin}> >(exec tests/cos-standin/cos_standin.py --root "$work/bucket" --ready-file "$work/url" --end-with-stdin "$@" >/dev/null)
    timeout 10 bash -c "until [[ -e '$work/url' ]]; do sleep 0.05; done"
    url=$(cat "$work/url")
}

# A script fetched by HTTPS from the stand-in: what it takes to make a TLS connection and to check the certificate.
https() {
    local certificates=$work/certificates
    tests/cos-standin/make-certs.sh "$certificates"
    start_standin --tls-cert "$certificates/good.pem" --tls-key "$certificates/good.key"
    "$work/fresh"
    sed -i "s|^credentials = .*|credentials = \"anonymous\"|; s|^endpoint = \"http:.*|endpoint = \"$url\"|" "$work/node/etc/thpc/node-agent.toml"
    cat "$certificates/ca.pem" /etc/ssl/certs/ca-certificates.crt >"$work/authorities" 2>/dev/null || true
    echo "agent script check by HTTPS" >&2
    export SSL_CERT_FILE=$work/authorities
    measure --warmup 3 --runs 50 --export-json "$work/https.json" --command-name agent "$agent script check --root $work/node"
    row "script check by HTTPS, median" "$(milliseconds agent https)" ms
    row "script check by HTTPS, peak memory" "$(peak_memory "$agent" script check --root "$work/node")" MiB 32
    unset SSL_CERT_FILE
    exec {standin}>&-
}

version() {
    echo "agent --version" >&2
    measure --warmup 20 --runs 300 --export-json "$work/version.json" --command-name agent "$agent --version"
    row "agent --version, median" "$(milliseconds agent version)" ms 10
    row "agent --version, peak memory" "$(peak_memory "$agent" --version)" MiB 14
}

# A root with marker, configuration of both and fstab; each run starts on a fresh copy.
prepare_root() { # URL
    local root=$work/template
    mkdir -p "$root"/{etc/thpc,root,run,tmp,var/lib,var/log}
    touch "$root/root/thpc_preinstalled.json"
    printf 'UUID=1234 / ext4 defaults 0 1\n172.16.0.9:/ /opt nfs4 _netdev,x-thpc.cluster=hpc-8hje8h12 0 0\n' >"$root/etc/fstab"
    cat >"$root/etc/thpc/node-agent.toml" <<END
[cluster]
id = "hpc-8hje8h12"
node_role = "COMPUTE"
scheduler_type = "SLURM"
account_type = "NIS"

[[init_script]]
script_path = "cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/test/echo.sh"
timeout = 30

[cos]
credentials = "env"
endpoint = "$1"

[metadata]
endpoint = ""
END
    cat >"$root/etc/thpc/bootstrap.conf" <<END
THPC_CLUSTER_ID=hpc-8hje8h12
THPC_NODE_ROLE=COMPUTE
THPC_SCHEDULER_TYPE=SLURM
THPC_ACCOUNT_TYPE=NIS
script_path=cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/test/echo.sh
script_timeout=30
endpoint=$1
END
    printf '#!/bin/sh\nrm -rf %s/node && cp -a %s/template %s/node\n' "$work" "$work" "$work" >"$work/fresh"
    chmod +x "$work/fresh"
}

# The job was really done: the script's output with its variables is in the log.
proves() { # COMMAND…
    "$work/fresh"
    "$@" >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }
    grep -rq '^COMPUTE hpc-8hje8h12 SLURM NIS$' "$work/node/var/log" || { echo "bench: no trace of the script after: $*" >&2; exit 1; }
}

bootstrap() {
    local agent_job=("$agent" bootstrap --root "$work/node" --force) bash_job=(tests/bench/bootstrap.sh "$work/node") round prepare=$work/fresh
    export TENCENTCLOUD_SECRET_ID=bench-id TENCENTCLOUD_SECRET_KEY=bench-key
    mkdir -p "$work/bucket/test"
    # shellcheck disable=SC2016 # for the script to expand
    printf '#!/bin/sh\necho "$THPC_NODE_ROLE $THPC_CLUSTER_ID $THPC_SCHEDULER_TYPE $THPC_ACCOUNT_TYPE"\n' >"$work/bucket/test/echo.sh"
    start_standin --secret-id "$TENCENTCLOUD_SECRET_ID" --secret-key "$TENCENTCLOUD_SECRET_KEY"
    prepare_root "$url"
    proves "${agent_job[@]}"
    proves "${bash_job[@]}"

    echo "bootstrap, agent and bash in turns" >&2
    for ((round = 0; round < rounds; round++)); do
        measure --warmup 1 --runs 5 --prepare "$work/fresh" --export-json "$work/bootstrap$round.json" \
            --command-name agent "${agent_job[*]}" --command-name bash "${bash_job[*]}"
    done
    local agent_time bash_time
    agent_time=$(milliseconds agent bootstrap)
    bash_time=$(milliseconds bash bootstrap)
    row "bootstrap by the agent, median" "$agent_time" ms
    row "bootstrap by bash, median" "$bash_time" ms
    row "agent / bash" "$(ratio "$agent_time" "$bash_time")" "" 0.6
    row "bootstrap by the agent, peak memory" "$(peak_memory "${agent_job[@]}")" MiB 32
    exec {standin}>&-
}

# What every boot pays for the guard: ten lines of this machine's own, none of which goes.
guard() {
    local root=$work/guarded i
    echo "agent guard" >&2
    mkdir -p "$root"/{etc,sys/class/dmi/id,run,var/lib}
    echo 6c1d2d5e-3f63-4c5b-9a41-0b2b8d2e7f10 >"$root/sys/class/dmi/id/product_uuid"
    for i in {0..9}; do echo "10.0.0.1:/$i /data/$i nfs4 vers=4.0,nofail,x-thpc.cluster=hpc-8hje8h12 0 0"; done >"$root/etc/fstab"
    measure --warmup 20 --runs 300 --export-json "$work/guard.json" --command-name agent "$agent guard --root $root"
    row "agent guard, nothing to take out, median" "$(milliseconds agent guard)" ms 30
}

# The last runs of a large cluster. It exits 5, for some of them failed.
fleet() {
    echo "agent fleet over 10,000 reports" >&2
    tests/bench/fleet-reports.py "$work/fleet" 10000
    measure --ignore-failure --warmup 1 --runs 10 --export-json "$work/fleet.json" --command-name agent "$agent fleet $work/fleet"
    row "agent fleet over 10,000 reports, median" "$(milliseconds agent fleet)" ms 2000
    measure --ignore-failure --warmup 1 --runs 10 --export-json "$work/page.json" --command-name agent "$agent fleet $work/fleet --html $work/fleet.html"
    row "the same with --html, median" "$(milliseconds agent page)" ms 2000
}

# In the virtual machine: tests/bench/mounts/run.sh says what happens there.
mounts() {
    local -A ms
    local name value
    echo "mounts, in the virtual machine (some minutes)" >&2
    cp -r tests/bench/mounts "$work/payload"
    cp "$agent" "$work/payload/"
    tests/boot/run-vm.sh "$work/payload" | tee "$work/mounts" >&2
    while read -r _ name value; do ms[$name]=$value; done < <(grep '^RESULT ' "$work/mounts")
    row "one mount, each answer 500 ms late" "${ms[one]}" ms
    row "eight mounts of that server" "${ms[eight]}" ms
    row "eight / one" "$(ratio "${ms[eight]}" "${ms[one]}")" "" 1.3
    row "eight mounts of eight servers" "${ms[servers]}" ms
    row "the same / eight mount commands at once" "$(ratio "${ms[servers]}" "${ms[bare]}")" ""
}

machine() {
    echo "$(lscpu | sed -n 's/^Model name: *//p'), $(nproc) cores, $(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)," \
        "Linux $(uname -r), $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), load $(cut -d' ' -f1 /proc/loadavg)"
}

if [[ $what == --settings ]]; then
    settings
    machine
    exit
fi
version
guard
fleet
bootstrap
https
[[ $what == --no-vm ]] || mounts
machine
printf '%s\n' "${table[@]}"
