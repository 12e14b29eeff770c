# shellcheck shell=bash
# Functions of scripts/bench.sh. All files are in $work, which is removed at the end; hyperfine's results are $work/NAME-ROUND.json.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# hyperfine without its warnings about a machine that is never quiet
measure() {
    hyperfine -N --style none "$@" >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }
}

# in_turns NAME ROUNDS RUNS OPTION… -- COMMAND…: in each of ROUNDS rounds, runs every command (a, b, ...) RUNS times.
in_turns() {
    local name=$1 rounds=$2 runs=$3 options=() commands=() letter round
    shift 3
    while [[ $1 != -- ]]; do options+=("$1"); shift; done
    shift
    for letter in {a..z}; do
        [[ $# != 0 ]] || break
        commands+=(--command-name "$letter" "$1")
        shift
    done
    for ((round = 0; round < rounds; round++)); do
        measure "${options[@]}" --runs "$runs" --export-json "$work/$name-$round.json" "${commands[@]}"
    done
}

# milliseconds NAME [LETTER]: the median over all runs of that command
milliseconds() {
    jq -s "[.[].results[] | select(.command == \"${2:-a}\") | .times[]] | sort | .[length / 2 | floor] * 1000" "$work/$1"-*.json
}

# peak_memory COMMAND…: the maximum of five runs in MiB, each after $prepare if that is set
peak_memory() {
    for _ in 1 2 3 4 5; do
        [[ -z ${prepare:-} ]] || $prepare
        /usr/bin/time -f %M -o "$work/kb" "$@" >"$work/out" 2>&1
        cat "$work/kb"
    done | sort -n | awk 'END { printf "%.1f", $1 / 1024 }'
}

ratio() { awk "BEGIN { print $1 / $2 }"; }

table=('| measured | agent | peer | peer measured | ratio | goal | met |' '|---|---:|---|---:|---:|---:|---|')
# row WHAT VALUE UNIT [--peer NAME VALUE] [--goal MAX] [--ratio MAX]: a row of the table, with a goal for the value or for the ratio
row() {
    local what=$1 value=$2 unit=$3 peer='' other='' quotient='' goal='' met=''
    shift 3
    while [[ $# != 0 ]]; do
        case $1 in
            --peer) peer=$2 other="$(number "$3") $unit" quotient=$(ratio "$value" "$3"); shift 3 ;;
            --goal) goal="≤ $2 $unit" met=$(is_met "$value" "$2"); shift 2 ;;
            --ratio) goal="ratio ≤ $2" met=$(is_met "$quotient" "$2"); shift 2 ;;
        esac
    done
    table+=("$(printf '| %s | %s %s | %s | %s | %s | %s | %s |' \
        "$what" "$(number "$value")" "$unit" "$peer" "$other" "${quotient:+$(number "$quotient")}" "$goal" "$met")")
}

number() { LC_ALL=C printf '%.2f' "$1"; }

is_met() { awk "BEGIN { print ($1 <= $2) ? \"yes\" : \"no\" }"; }

# pair NAME WHAT PEER OPTION…: a row for two commands that were measured in turns
pair() {
    row "$2" "$(milliseconds "$1" a)" ms --peer "$3" "$(milliseconds "$1" b)" "${@:4}"
}

# start_standin OPTION…: starts the stand-in for COS, at $url until {standin} is closed
# shellcheck disable=SC2034 # for the callers
start_standin() {
    rm -f "$work/url"
    exec {standin}> >(exec tests/cos-standin/cos_standin.py --root "$work/bucket" --ready-file "$work/url" --end-with-stdin "$@" >/dev/null)
    timeout 10 bash -c "until [[ -e '$work/url' ]]; do sleep 0.05; done"
    url=$(cat "$work/url")
}

# bare_root DIR: makes the root of a node that has only os-release and the UUID of its firmware.
bare_root() {
    mkdir -p "$1"/{etc,root,run,sys/class/dmi/id,tmp,var/lib,var/tmp}
    cp /etc/os-release "$1/etc/os-release"
    echo 6c1d2d5e-3f63-4c5b-9a41-0b2b8d2e7f10 >"$1/sys/class/dmi/id/product_uuid"
}

# The root of a node whose fstab has ten lines of this machine, of which guard removes none.
guarded_root() {
    local i
    bare_root "$1"
    for i in {0..9}; do echo "10.0.0.1:/$i /data/$i nfs4 vers=4.0,nofail,x-thpc.cluster=hpc-8hje8h12 0 0"; done >"$1/etc/fstab"
}

# Makes a root with the marker, both configurations and fstab; $work/fresh makes $work/node a copy of it.
configured_root() { # URL SCRIPT
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
script_path = "$2"
timeout = 30

[cos]
credentials = "${credentials:-anonymous}"
endpoint = "$1"

[metadata]
endpoint = ""
END
    cat >"$root/etc/thpc/bootstrap.conf" <<END
THPC_CLUSTER_ID=hpc-8hje8h12
THPC_NODE_ROLE=COMPUTE
THPC_SCHEDULER_TYPE=SLURM
THPC_ACCOUNT_TYPE=NIS
script_path=$2
script_timeout=30
endpoint=$1
END
    printf '#!/bin/sh\nrm -rf %s/node && cp -a %s/template %s/node\n' "$work" "$work" "$work" >"$work/fresh"
    chmod +x "$work/fresh"
}

machine() {
    echo "$(lscpu | sed -n 's/^Model name: *//p'), $(nproc) cores, $(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)," \
        "Linux $(uname -r), $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), load $(cut -d' ' -f1 /proc/loadavg)"
}
