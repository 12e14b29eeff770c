# shellcheck shell=bash
# Functions of the checks: print one line of result each, and inspect the node.

# shellcheck disable=SC2034 # the checks use them
cluster=hpc-8hje8h12
# shellcheck disable=SC2034
config=/etc/thpc/node-agent.toml
report=/var/lib/thpc-node-agent/report.json
machine=$(printf 'thpc-node-agent %s' "$(tr '[:upper:]' '[:lower:]' </sys/class/dmi/id/product_uuid)" | sha256sum | cut -c1-12)
results=/run/boot-test
agent_output=$results/agent.out
mkdir -p "$results"

# check SENTENCE COMMAND...   passes if the command succeeds; its output explains a failure
check() {
    local sentence=$1 output status
    shift
    output=$("$@" 2>&1)
    status=$?
    if [ "$status" = 0 ]; then
        echo "ok - $sentence"
    else
        echo "not ok - $sentence"
        printf '%s\n' "exit code $status of: $*" "$output" | sed 's/^/#   /'
    fi
}

same() { # EXPECTED ACTUAL
    [ "$1" = "$2" ] || { printf 'expected: %s\nfound:    %s\n' "$1" "$2"; return 1; }
}

contains() { # FILE TEXT...   every text is somewhere in the file
    local content text
    content=$(<"$1")
    for text in "${@:2}"; do
        [[ $content == *"$text"* ]] || { printf 'not in %s: %s\nit has:\n%s\n' "$1" "$text" "${content:0:2000}"; return 1; }
    done
}

reported() { # JQ-CONDITION [FILE]   the report fulfils it
    jq -e "$1" "${2:-$report}" >/dev/null || { echo "does not hold: $1"; jq -c . "${2:-$report}"; return 1; }
}

stage() { # NAME OUTCOME
    reported ".stages[] | select(.name == \"$1\") | .outcome == \"$2\""
}

mounted() { # LOCAL_PATH SOURCE VERSION   is in the kernel's mount table, and answers
    local found
    found=$(findmnt --kernel --noheadings --raw --output SOURCE,OPTIONS --mountpoint "$1") || { echo "nothing is mounted at $1"; return 1; }
    echo "$found"
    [[ $found == "$2 "* && ,${found#* }, == *",vers=$3,"* ]] || return
    timeout 60 stat --file-system "$1"
}

not_mounted() { # LOCAL_PATH
    ! findmnt --kernel --noheadings --mountpoint "$1"
}

line() { # LOCAL_PATH SOURCE [CLUSTER]   fstab has this machine's line of that cluster
    local found option
    found=$(findmnt --fstab --noheadings --raw --output SOURCE,OPTIONS --target "$1")
    echo "$found"
    same "$2" "${found%% *}" || return
    for option in nofail _netdev noresvport "x-thpc.cluster=${3:-$cluster}" "x-thpc.machine=$machine"; do
        [[ ,${found#* }, == *",$option,"* ]] || { echo "without $option"; return 1; }
    done
}

no_line() { # LOCAL_PATH
    ! awk -v path="$1" '$2 == path { print; found = 1 } END { exit !found }' /etc/fstab
}

# systemd asks for a reload whenever fstab is newer than the unit, also where the unit is the one that a reload would make.
unit_matches_fstab() { # UNIT
    local unit=/run/systemd/generator/$1 state line
    state=$(systemctl show --property=ActiveState,FragmentPath "$1" | sort | paste -sd' ')
    same "ActiveState=active FragmentPath=$unit" "$state" || return
    line=$(findmnt --fstab --noheadings --raw --output SOURCE,FSTYPE,OPTIONS --target "$(sed -n 's/^Where=//p' "$unit")")
    same "$line" "$(for key in What Type Options; do sed -n "s/^$key=//p" "$unit"; done | paste -sd' ')"
}

# agent EXIT-CODE ARGUMENT...   expects that exit code, within two minutes; keeps the output in the file $agent_output
agent() {
    local wanted=$1 found
    shift
    timeout --kill-after=10 120 thpc-node-agent "$@" >"$agent_output" 2>&1
    found=$?
    cat "$agent_output"
    same "$wanted" "$found"
}

printed() { # TEXT...   the last run of agent printed every text
    contains "$agent_output" "$@"
}

# bootstrap_with NAME [FLAG...]   bootstraps with the node's configuration and the TOML of standard input; leaves in $results
# NAME.json (the report), NAME.out (everything printed), NAME.exit and NAME.seconds. Ends within five minutes.
bootstrap_with() {
    local base=$results/$1 start=$SECONDS
    shift
    cat "$config" - >"$base.toml"
    timeout --kill-after=10 300 thpc-node-agent bootstrap --config "$base.toml" "$@" >"$base.out" 2>&1
    echo $? >"$base.exit"
    echo $((SECONDS - start)) >"$base.seconds"
    cp "$report" "$base.json"
}

until_true() { # COMMAND...   repeats it until it succeeds, for at most a minute
    local end=$((SECONDS + 60))
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || { echo "a minute was not enough"; "$@"; return 1; }
        sleep 0.1
    done
}

# Each starts a process that uses a path, waits until it does, and leaves its pid in $user.
stand_in() { # DIRECTORY   as root
    sh -c 'cd -- "$1" && exec sleep infinity' sh "$1" &
    user=$!
    until_true user_has cwd "$1"
}
hold() { # FILE   as user nobody
    setpriv --reuid=nobody --regid=nogroup --clear-groups tail -f -- "$1" >/dev/null &
    user=$!
    until_true user_has 'fd/[3-9]' "$1"
}
user_has() { [[ " $(find "/proc/$user" -maxdepth 2 -path "/proc/$user/$1" -printf '%l ') " == *" $2 "* ]]; }
end_user() { # PID...
    kill -KILL "$@"
    wait "$@" 2>/dev/null
    return 0
}

agent_log() { journalctl --boot --no-pager --output=cat --unit=thpc-node-agent.service; }

# The agent's unit has bootstrapped the node in this boot.
bootstrapped() {
    agent_log
    systemctl is-active thpc-node-agent.service && timeout 60 thpc-node-agent status && reported '.outcome == "succeeded"'
}

no_mount_helper_is_left() { ! pgrep --list-full '^(mount|mount.nfs4?)$'; }

# The guard of this boot. Times are microseconds after the start of the machine.
guard_at() { systemctl show --value --property="ExecMain$1TimestampMonotonic" thpc-node-agent-guard.service; } # Start|Exit
guard_took() { echo "# the guard of this boot took $((($(guard_at Exit) - $(guard_at Start)) / 1000)) ms"; }
ready_after() { # when the node was ready in this boot, and how long the agent took
    local ready
    ready=$(systemctl show --value --property=ActiveEnterTimestampMonotonic thpc-node-agent.service)
    jq -r --argjson ready "$((ready / 1000))" '([.stages[] | "\(.name) \(.duration_ms)"] | join(", ")) as $stages |
        "# ready \($ready) ms after the start of the machine; the agent took \(.duration_ms) ms (\($stages))"' "$report"
}
guard_ran_once() { # a second run would be later; the journal may lack messages of systemd before journald ran
    local start network
    start=$(guard_at Start) network=$(systemctl show --value --property=ActiveEnterTimestampMonotonic remote-fs-pre.target)
    echo "started at $start, remote-fs-pre.target was reached at $network"
    [ "$start" -gt 0 ] && [ "$start" -lt "$network" ]
}
# This machine has no NIS server, so ypbind does not run, and every run warns of that.
unwarned='[.warnings[] | select(startswith("ypbind.service ") | not)] == []'

guard_is_content() { # it succeeded and removed nothing
    journalctl --boot --no-pager --output=cat --unit=thpc-node-agent-guard.service
    same success "$(systemctl show --value --property=Result thpc-node-agent-guard.service)" && [ "$(guard_at Exit)" -gt 0 ] &&
        test ! -e /var/lib/thpc-node-agent/removed-storage && reported "$unwarned"
}
