# shellcheck shell=bash
# What the checks share: one line of result for each, and the ways to look at the node.

# shellcheck disable=SC2034 # the checks use it
cluster=hpc-8hje8h12
report=/var/lib/thpc-node-agent/report.json

# check SENTENCE COMMAND...   the command decides; what it printed explains a failure
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

reported() { # JQ-CONDITION [FILE]   it holds for the report
    jq -e "$1" "${2:-$report}" >/dev/null || { echo "does not hold: $1"; jq -c . "${2:-$report}"; return 1; }
}

stage() { # NAME OUTCOME
    reported ".stages[] | select(.name == \"$1\") | .outcome == \"$2\""
}

mounted() { # LOCAL_PATH SOURCE VERSION   by the kernel's own table, and it answers
    local found
    found=$(findmnt --kernel --noheadings --raw --output SOURCE,OPTIONS --mountpoint "$1") || { echo "nothing is mounted at $1"; return 1; }
    echo "$found"
    [[ $found == "$2 "* && ,${found#* }, == *",vers=$3,"* ]] || return
    timeout 60 stat --file-system "$1"
}

unit_matches_fstab() { # UNIT
    local state
    state=$(systemctl show --property=ActiveState,FragmentPath,NeedDaemonReload "$1" | sort | paste -sd' ')
    same "ActiveState=active FragmentPath=/run/systemd/generator/$1 NeedDaemonReload=no" "$state"
}

agent_log() { journalctl --boot --no-pager --output=cat --unit=thpc-node-agent.service; }

no_mount_helper_is_left() { ! pgrep --list-full '^(mount|mount.nfs4?)$'; }
