# shellcheck shell=bash source-path=SCRIPTDIR
# What one NFS mount asks the server, counted at a proxy: what mount(8) asks, one connection and at most two calls more.
. ./lib.sh

trips=$results/trips
: >"$trips"
python3 ./counting-proxy.py "$trips" 127.0.3.7 >"$results/trips.ready" &
proxy=$!
until grep -qs ready "$results/trips.ready"; do sleep 0.1; done
cp /etc/fstab "$results/trips.fstab"

calls() { grep -c ^call "$trips"; }
connections() { grep -c ^connection "$trips"; }
forgotten() { # the kernel has closed its connection, so that the next mount is a first one
    umount /trips
    for _ in {1..100}; do ss -Htn state established dst 127.0.3.7 | grep -q . || break; sleep 0.1; done
    : >"$trips"
}
mkdir -p /trips
for version in 3 4.0; do
    source=127.0.3.7:/
    [ "$version" = 4.0 ] || source=127.0.3.7:/j25ey5tz/hpc-8hje8h12/opt
    options=vers=4,minorversion=0
    [ "$version" = 4.0 ] || options=nfsvers=3,nolock,proto=tcp
    mount -t nfs -o "$options,hard,timeo=600,retrans=2,noresvport,retry=0" "$source" /trips
    plain_calls=$(calls) plain_connections=$(connections)
    forgotten
    printf '\n[[cfs]]\nlocal_path = "/trips"\nremote_path = "%s"\nprotocol = "NFS %s"\n' "$source" "${version%.0}.0" | bootstrap_with trips
    first() {
        echo "$(calls) calls, $(connections) connections; mount: $plain_calls, $plain_connections"
        mounted /trips "$source" "$version" && [ "$plain_calls" -gt 4 ] && [ "$(<"$results/trips.first")" -le $((plain_calls + 2)) ] &&
            [ "$(connections)" -le $((plain_connections + 1)) ]
    }
    calls >"$results/trips.first"
    check "NFS $version: a first boot's mount costs one connection and at most two calls more than mount itself" first
    : >"$trips"
    printf '\n[[cfs]]\nlocal_path = "/trips"\nremote_path = "%s"\nprotocol = "NFS %s"\n' "$source" "${version%.0}.0" | bootstrap_with trips
    calls >"$results/trips.later"
    later() { echo "$(<"$results/trips.later") calls"; [ "$(<"$results/trips.later")" -le 2 ] && [ "$(connections)" = 0 ]; }
    check "NFS $version: a boot that finds it mounted costs at most two calls and no connection" later
    forgotten
    cp "$results/trips.fstab" /etc/fstab
    systemctl daemon-reload
done
rmdir /trips
kill "$proxy"
