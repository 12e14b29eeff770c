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

# The network loses every fifth packet to and from one server. TCP sends them again, so no request of NFS is.
check "another share is added" agent 0 storage add --local-path /lossy --remote-path 127.0.3.2:/ --protocol 'NFS 4.0'
rm /run/thpc-node-agent/mountstats
keeps_reading() { # only one that is two minutes old is compared with: its time is made the start of the machine
    agent 0 health && sed -i 's/^reading .*/reading 0/' /run/thpc-node-agent/mountstats && grep -c '^tcp: ' /run/thpc-node-agent/mountstats
}
check "the counters of TCP are kept" keeps_reading
loses_packets() {
    tc qdisc add dev lo root handle 1: prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 && # all in the first band
        tc qdisc add dev lo parent 1:2 netem loss 20% &&
        tc filter add dev lo parent 1: protocol ip u32 match ip dst 127.0.3.2/32 flowid 1:2 &&
        tc filter add dev lo parent 1: protocol ip u32 match ip src 127.0.3.2/32 flowid 1:2
}
check "the network loses packets" loses_packets
asked_lossy() {
    local one all=()
    for one in {1..8}; do (for _ in {1..40}; do timeout 60 stat --file-system /lossy || exit; done) & all+=($!); done
    for one in "${all[@]}"; do wait "$one" || return; done
}
check "every request is answered all the same" asked_lossy
until [ "$(cut -d. -f1 /proc/uptime)" -ge 125 ]; do sleep 1; done # the kept reading is two minutes old
health_warns_of_loss() {
    timeout 60 thpc-node-agent health --verbose >"$agent_output" 2>&1
    cat "$agent_output"
    grep -E 'warning: packets are lost: in the last [0-9]+ s this node sent [0-9]+ TCP segments again, of [0-9]+$' "$agent_output"
}
check "health --verbose warns of lost packets" health_warns_of_loss
doctor_warns_of_loss() { agent 0 doctor && grep -E '^warn  nfs +packets are lost: ' "$agent_output"; }
tc qdisc del dev lo root
check "doctor warns of lost packets, and does not fail" doctor_warns_of_loss
lossy_removed() { agent 0 storage remove /lossy && not_mounted /lossy; }
check "the share is removed again" lossy_removed
rm /run/thpc-node-agent/mountstats
