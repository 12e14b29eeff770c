#!/usr/bin/env bash
# The bootstrap of a node as a good operator would write it in bash, for comparison with the agent.
# It does less: no checksum of the download, no escalation over processes that left the session, no bounded log.
#
#   bootstrap.sh ROOT      configuration in ROOT/etc/thpc/bootstrap.conf, a file of shell variables
set -euo pipefail

root=${1%/}
state=$root/var/lib/thpc-bootstrap
log=$root/var/log/thpc-bootstrap
mkdir -p "$state" "$log" "$root/run"

exec 9>"$root/run/thpc-bootstrap.lock"
flock --nonblock 9 || { echo "another run is in progress" >&2; exit 4; }

started=$EPOCHREALTIME
outcome=failed
report() {
    local lines
    lines=$(grep -c "x-thpc.cluster=${THPC_CLUSTER_ID:-none}" "$root/etc/fstab" || true)
    printf '{"cluster_id":"%s","node_role":"%s","outcome":"%s","duration_ms":%d,"fstab_lines":%d}\n' \
        "${THPC_CLUSTER_ID:-}" "${THPC_NODE_ROLE:-}" "$outcome" $(((${EPOCHREALTIME/./} - ${started/./}) / 1000)) "$lines" \
        >"$state/report.json.tmp"
    mv "$state/report.json.tmp" "$state/report.json"
}
trap report EXIT

mounts=()
set -a # the script gets the four THPC_ variables
# shellcheck source=/dev/null
. "$root/etc/thpc/bootstrap.conf"
set +a
: "${THPC_CLUSTER_ID:?}" "${THPC_NODE_ROLE:?}" "${THPC_SCHEDULER_TYPE:?}" "${THPC_ACCOUNT_TYPE:?}"
: "${script_path:?}" "${script_timeout:?}"

# packages
if [[ ! -e $root/root/thpc_preinstalled.json ]]; then
    apt-get install --yes nfs-common munge nis slurmd
fi

# The COS v5 signature of a GET; the host is the one header signed.
authorization() { # HOST PATH
    local key_time="$((EPOCHSECONDS - 60));$((EPOCHSECONDS + 600))" key digest signature
    read -r key _ < <(printf %s "$key_time" | openssl dgst -sha1 -hmac "$TENCENTCLOUD_SECRET_KEY" -r)
    read -r digest _ < <(printf 'get\n%s\n\nhost=%s\n' "$2" "$1" | openssl dgst -sha1 -r)
    read -r signature _ < <(printf 'sha1\n%s\n%s\n' "$key_time" "$digest" | openssl dgst -sha1 -hmac "$key" -r)
    printf 'q-sign-algorithm=sha1&q-ak=%s&q-sign-time=%s&q-key-time=%s&q-header-list=host&q-url-param-list=&q-signature=%s' \
        "$TENCENTCLOUD_SECRET_ID" "$key_time" "$key_time" "$signature"
}

# script
object=${script_path#cos://}
host=${object%%/*}
path=/${object#*/}
script=$state/init-script-1
curl --fail --silent --show-error --max-time "$script_timeout" --retry 3 --max-filesize $((16 << 20)) \
    --header "Host: $host" --header "Authorization: $(authorization "$host" "$path")" \
    --output "$script.tmp" "${endpoint:-https://$host}$path"
IFS= read -r first <"$script.tmp" || true
[[ $first == '#!/'* ]] || { echo "$script_path does not begin with #!/" >&2; exit 1; }
chmod 0700 "$script.tmp"
mv "$script.tmp" "$script"
timeout --kill-after=5 "$script_timeout" "$script" </dev/null >"$log/init-script-1.log" 2>&1

# mount: each entry is a line of fstab
for line in "${mounts[@]}"; do
    read -r source target type options _ <<<"$line"
    mkdir -p "$root$target"
    mountpoint --quiet "$root$target" || mount -t "$type" -o "$options" "$source" "$root$target"
    grep --quiet --fixed-strings --line-regexp "$line" "$root/etc/fstab" || printf '%s\n' "$line" >>"$root/etc/fstab"
done

outcome=succeeded
echo "bootstrap succeeded"
