# shellcheck shell=bash source-path=SCRIPTDIR
# A server whose answers come late, but come: health and doctor warn before a request times out.
. ./lib.sh

python3 ./late-proxy.py 127.0.6.1 2 "$results/late" &
proxy=$!
until ss -Hltn 'src 127.0.6.1:2049' | grep -q .; do sleep 0.1; done
added() {
    agent 0 storage add --local-path /slow --remote-path 127.0.6.1:/ --protocol 'NFS 4.0' && mounted /slow 127.0.6.1:/ 4.0
}
check "a share behind a proxy is added" added
quiet() {
    agent 0 health --verbose && printed 'debug NFS /slow: ' 'debug NFS /data: ' 'debug NFS /opt: ' &&
        ! grep -F 'warning: /' "$agent_output"
}
check "health --verbose counts the requests of each share, and warns of none" until_true quiet

asked() { # every answer takes two seconds
    local one all=()
    for one in {1..12}; do timeout 60 stat --file-system /slow & all+=($!); done
    for one in "${all[@]}"; do wait "$one" || return; done
}
: >"$results/late"
check "the server answers, late" asked
rm "$results/late"
health_warns() { # a probe may take too long here
    timeout 60 thpc-node-agent health --verbose >"$agent_output" 2>&1
    cat "$agent_output"
    grep -E 'warning: /slow \(127\.0\.6\.1:/\): in the last [0-9]+ s STATFS took [0-9]{4} ms' "$agent_output" &&
        ! grep -E 'warning: /(data|opt)' "$agent_output"
}
check "health --verbose warns of that share alone" health_warns
silent() { agent 0 health && ! grep -F warning "$agent_output"; }
check "health prints and exits as before" until_true silent
doctor_warns() {
    agent 0 doctor && grep -E '^warn  nfs .*/slow \(127\.0\.6\.1:/\): in the last [0-9]+ s STATFS' "$agent_output" &&
        ! grep -E '^warn  nfs .*/(data|opt) ' "$agent_output"
}
check "doctor warns of that share alone, and does not fail" until_true doctor_warns
check "the counters are kept for root alone" same "600 root" "$(stat --format='%a %U' /run/thpc-node-agent/mountstats)"
removed() { agent 0 storage remove /slow && not_mounted /slow; }
check "the share is removed" removed
end_user "$proxy"
