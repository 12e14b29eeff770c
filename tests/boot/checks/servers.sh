# shellcheck shell=bash source-path=SCRIPTDIR
# Servers that do not answer. Each has a loopback address of its own, because the kernel keeps one client per address.
. ./lib.sh

# fails_with NAME LOCAL_PATH CODE...   that mount failed with one of the codes, and the run with exit code 1
fails_with() {
    local base=$results/$1 path=$2 found
    shift 2
    found=$(jq -r --arg path "$path" \
        '[.stages[].steps[]? | select(.error and (.summary | contains($path))) | .error.code] | join(" ")' "$base.json")
    [[ $(cat "$base.exit") == 1 && -n $found && " $* " == *" $found "* ]] ||
        { echo "exit code $(cat "$base.exit"), codes for $path: ${found:-none}; wanted: $*"; tail -c 2000 "$base.out"; return 1; }
}

took() { # NAME at_least|at_most SECONDS
    local seconds
    seconds=$(cat "$results/$1.seconds")
    echo "$seconds s"
    if [ "$2" = at_least ]; then [ "$seconds" -ge "$3" ]; else [ "$seconds" -le "$3" ]; fi
}

fstab_unchanged() { cmp /etc/fstab /var/lib/boot-test.fstab; }
mounts_unchanged() { mounted /opt 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt 3 && mounted /data 127.0.0.1:/ 4.0; }

# .1 drops packets; .2 accepts connections and sends nothing; .3 refuses connections; .4 answers four times and then stops, in the
# middle of a mount.
iptables -A OUTPUT -p tcp -d 127.0.2.1 -j DROP
iptables -A OUTPUT -p tcp -d 127.0.2.3 --dport 2049 -j REJECT --reject-with tcp-reset
python3 -c 'import socket, signal; s = socket.create_server(("127.0.2.2", 2049)); signal.pause()' &
python3 ./freezing-proxy.py 127.0.2.4 4 "$results/frozen" &
until ss -Hltn 'src 127.0.2.2:2049' | grep -q . && ss -Hltn 'src 127.0.2.4:2049' | grep -q .; do sleep 0.1; done

bootstrap_with silent <<'TOML' &

[mount]
timeout = 20
attempt_timeout = 5

[[cfs]]
local_path = "/blackhole"
remote_path = "127.0.2.1:/"
protocol = "NFS 4.0"

[[cfs]]
local_path = "/mute"
remote_path = "127.0.2.2:/"
protocol = "NFS 4.0"

[[cfs]]
local_path = "/refusing"
remote_path = "127.0.2.3:/"
protocol = "NFS 4.0"

[[cfs]]
local_path = "/freezing"
remote_path = "127.0.2.4:/"
protocol = "NFS 4.0"
TOML
silent=$!

# That run holds the lock for its 20 s: a good moment for a second one.
while kill -0 "$silent" && [ "$(jq -r .outcome "$report")" != running ]; do sleep 0.1; done
holder=$(pgrep -fx 'thpc-node-agent bootstrap .*')
timeout 60 thpc-node-agent bootstrap >"$results/second.out" 2>&1
second=$?
refused_as_busy() { same 4 "$second" && contains "$results/second.out" "$holder"; }
check "a second bootstrap ends at once with exit code 4 and names the process that holds the lock" refused_as_busy
status_shows_it() {
    timeout 60 thpc-node-agent status >"$results/status.out" 2>&1
    same 4 $? && contains "$results/status.out" running
}
check "status shows the running bootstrap, with exit code 4" status_shows_it
/usr/local/lib/tat-command >"$results/tat.out" 2>&1 # starts during that run, and waits for it
tat=$?
wait "$silent"

tat_reports() { cat "$results/tat.out" && same 1 "$tat" && contains "$results/tat.out" MOUNT_; }
check "the TAT command waits for a running bootstrap and ends with its result" tat_reports
check "the mount fails as unreachable if the server drops packets" fails_with silent /blackhole MOUNT_UNREACHABLE MOUNT_TIMEOUT
check "the mount times out if the server accepts connections and sends nothing" fails_with silent /mute MOUNT_TIMEOUT MOUNT_UNREACHABLE
check "the mount fails as unreachable if the server refuses connections" fails_with silent /refusing MOUNT_UNREACHABLE
check "the mount times out if the server freezes in the middle of it" fails_with silent /freezing MOUNT_TIMEOUT
frozen() { contains "$results/frozen" 'answer 4' 'kept back'; }
check "it had begun to answer" frozen
check "all ended within the mount's time limit" took silent at_most 90
check "no mount helper is left behind" no_mount_helper_is_left
check "fstab has no line for what could not be mounted" fstab_unchanged
check "the other mounts are untouched" mounts_unchanged

# Refusals, with the default limit of 120 s: waiting would not help, so the agent does not wait.
bootstrap_with refused <<'TOML'

[[cfs]]
local_path = "/denied3"
remote_path = "127.0.0.1:/denied"
protocol = "NFS 3.0"

[[cfs]]
local_path = "/nosuch3"
remote_path = "127.0.0.1:/nosuch"
protocol = "NFS 3.0"
TOML
check "an export for other clients fails as denied" fails_with refused /denied3 MOUNT_DENIED
check "a missing export fails as not found or denied" fails_with refused /nosuch3 MOUNT_NOT_FOUND MOUNT_DENIED
check "neither is retried until the limit" took refused at_most 100

# A server that starts late: refuses connections, and serves after half a minute.
iptables -A OUTPUT -p tcp -d 127.0.3.1 --dport 2049 -j REJECT --reject-with tcp-reset
(sleep 30; iptables -D OUTPUT -p tcp -d 127.0.3.1 --dport 2049 -j REJECT --reject-with tcp-reset) &
bootstrap_with late <<'TOML'

[[cfs]]
local_path = "/late"
remote_path = "127.0.3.1:/"
protocol = "NFS 4.0"
TOML
check "the agent waits for a server that comes back after half a minute" mounted /late 127.0.3.1:/ 4.0
check "the bootstrap succeeds then" same 0 "$(cat "$results/late.exit")"
check "it took half a minute, not the whole limit" took late at_least 25

# That server falls silent under its mount, and comes back.
health() { timeout 60 thpc-node-agent health --config "$results/late.toml" >"$results/health.out" 2>&1; }
alive() { health && contains "$results/health.out" "ok: /data, /late, /opt"; }
check "health finds every mount alive" alive
iptables -A OUTPUT -p tcp -d 127.0.3.1 -j DROP
start=$SECONDS
health
health_exit=$?
seconds=$((SECONDS - start))
dead() { same 5 "$health_exit" && contains "$results/health.out" "MOUNT_TIMEOUT /late" && ! grep -q /data "$results/health.out"; }
check "health names the mount whose server fell silent" dead
in_time() { echo "$seconds s"; [ "$seconds" -le 6 ]; } # a second on a real machine
check "health answers in time although a server is silent" in_time
listed() {
    timeout 60 thpc-node-agent storage list --json --config "$results/late.toml" >"$results/list.json" || return
    jq -e 'map({(.local_path): .}) | add | (."/late".problem | test("no answer"))
        and ."/data".size_bytes > 0 and ."/data".mounted == "nfs4 127.0.0.1:/"
        and ."/data".fstab == "nfs4 127.0.0.1:/" and ."/data".configured == "nfs4 127.0.0.1:/"' "$results/list.json"
}
check "storage list shows live and silent mounts, and does not hang" listed
examined() {
    local start=$SECONDS
    timeout 60 thpc-node-agent doctor --config "$results/late.toml" >"$results/doctor.out" 2>&1
    same 5 $? &&
        contains "$results/doctor.out" "127.0.3.1 did not answer on TCP 2049" "MOUNT_TIMEOUT /late" "127.0.0.1:2049 accepts" ||
        return
    echo "$((SECONDS - start)) s"
    [ $((SECONDS - start)) -le 15 ] # five on a real machine
}
check "doctor names the silent server, and does not wait for it" examined
mkdir -p /srv/stuck/etc/thpc /srv/stuck/root
cat >/srv/stuck/etc/thpc/node-agent.toml <<'TOML'
[cluster]
id = "hpc-8hje8h12"
node_role = "COMPUTE"
[metadata]
endpoint = ""
[[init_script]]
script_path = "file:///root/stuck.sh"
timeout = 30
TOML
printf '#!/bin/bash\necho about to read\ncat /late/missing-file\n' >/srv/stuck/root/stuck.sh
named_as_blocked() {
    timeout 120 thpc-node-agent script run --root /srv/stuck >"$results/stuck.out" 2>&1
    same 124 $? && contains "$results/stuck.out" "it was blocked in nfs on /late (pid" "cat /late/missing-file" "about to read"
}
check "the error of a script that timed out names the share that blocked it" named_as_blocked
# With more time than by default: an emulated machine is slow.
bundled() {
    local start=$SECONDS
    timeout 90 thpc-node-agent bundle --timeout 24 --config "$results/late.toml" --output - | tar -xzO --wildcards '*/doctor.json' |
        contains /dev/stdin "127.0.3.1 did not answer" "127.0.0.1:2049 accepts" || return
    echo "$((SECONDS - start)) s"
    [ $((SECONDS - start)) -le 50 ]
}
check "a bundle is made despite a dead mount, and names that mount" bundled
iptables -D OUTPUT -p tcp -d 127.0.3.1 -j DROP
comes_back() { for _ in {1..60}; do alive && return; sleep 1; done; cat "$results/health.out"; return 1; }
check "health finds the mount alive when its server is back" comes_back

# Eight shares at once, each a directory that the server does not have yet.
for i in {1..8}; do
    printf '\n[[cfs]]\nlocal_path = "/eight/%s"\nremote_path = "127.0.0.1:/eight/%s"\nprotocol = "NFS 4.0"\n' "$i" "$i"
done |
    bootstrap_with eight
eight_mounted() { for i in {1..8}; do mounted "/eight/$i" "127.0.0.1:/eight/$i" 4.0 || { cat "$results/eight.out"; return 1; }; done; }
check "eight shares whose directories are missing on the server are made and mounted" eight_mounted
check "findmnt --verify finds no fault in fstab with all of them" findmnt --verify --tab-file /etc/fstab

# A share that has moved on the server. systemd still has a unit made of the old line of fstab.
umount /late
bootstrap_with moved <<'TOML'

[[cfs]]
local_path = "/late"
remote_path = "127.0.0.1:/moved"
protocol = "NFS 4.0"
TOML
stays_mounted() { systemctl daemon-reload && mounted /late 127.0.0.1:/moved 4.0 && unit_matches_fstab late.mount; }
check "a share that has moved is mounted from its new place, and systemd leaves it there" stays_mounted
one_line() { same "127.0.0.1:/moved" "$(findmnt --fstab --noheadings --raw --output SOURCE --target /late)"; }
check "fstab has its new line and no old one" one_line

tat() {
    local output
    output=$(/usr/local/lib/tat-command 2>&1) || { echo "$output"; return 1; }
    [ ${#output} -lt 24000 ]
}
check "the TAT command succeeds on a complete node and prints less than TAT keeps" tat
