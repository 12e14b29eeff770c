# shellcheck shell=bash source-path=SCRIPTDIR
# The node that is there now, with the agent's Debian package in place of what was installed by hand; then without it.
. ./lib.sh
clone=hpc-bbbbbbbb

packages=(/srv/deb/*.deb)
units=(thpc-node-agent.service thpc-node-agent-guard.service)
# This machine has no room for man pages otherwise. Nobody is there to be asked.
install_package() { timeout --kill-after=10 300 dpkg --force-confold --path-include='/usr/share/man/man8/*' --install "${packages[@]}" </dev/null; }
own() {
    mounted /data 127.0.0.1:/other-cluster 4.0 && line /data 127.0.0.1:/other-cluster "$clone" &&
        mounted /opt "127.0.0.1:/j25ey5tz/$clone/opt" 3 && line /opt "127.0.0.1:/j25ey5tz/$clone/opt" "$clone"
}
enabled() { same "$1" "$(for unit in "${units[@]}"; do systemctl is-enabled "$unit"; done 2>&1 | paste -sd' ')"; }

cp "$config" "$results/config.mine"
cp /etc/fstab "$results/fstab.mine"
by_hand_no_more() {
    systemctl disable "${units[@]}" && rm /usr/local/bin/thpc-node-agent "${units[@]/#//etc/systemd/system/}" /etc/systemd/system/*.service.d/zz-thpc-node-agent.conf && systemctl daemon-reload && ! type -P thpc-node-agent
}
check "what was installed by hand is taken away" by_hand_no_more

installed() { install_package && cmp "$config" "$results/config.mine"; }
check "the package installs on the live node, and keeps the configuration that it finds" installed
check "it enables both units" enabled "enabled enabled"
complete() { same /usr/bin/thpc-node-agent "$(type -P thpc-node-agent)" && zcat /usr/share/man/man8/thpc-node-agent.8.gz | grep '^\.Sh EXIT STATUS'; }
check "program and man page are in place" complete
check "its unit is valid in the eyes of systemd-analyze" systemd-analyze verify thpc-node-agent.service

run_before=$(jq .run_id "$report")
from_package() {
    timeout 300 systemctl restart thpc-node-agent.service
    agent_log
    reported ".outcome == \"succeeded\" and .run_id != $run_before" && test -e /run/thpc-node-agent/ready && own &&
        contains <(systemctl show --property=FragmentPath,ExecStart thpc-node-agent.service) lib/systemd/system/thpc-node-agent.service path=/usr/bin/thpc-node-agent
}
check "the package's unit bootstraps the node" from_package

# A run that lasts until it is told otherwise.
printf '#!/bin/sh\ntouch /run/waits\nuntil [ -e /run/go-on ]; do sleep 0.1; done\n' >/run/wait.sh
install -D -m 644 /dev/stdin /run/systemd/system/thpc-node-agent.service.d/wait.conf \
    <<<$'[Service]\nExecStart=\nExecStart=/usr/bin/thpc-node-agent bootstrap --init-script file:///run/wait.sh --script-timeout 600'
systemctl daemon-reload
systemctl restart --no-block thpc-node-agent.service
until_true test -e /run/waits
invocation=$(systemctl show --value --property=InvocationID,MainPID thpc-node-agent.service)
undisturbed() {
    install_package && same "$invocation" "$(systemctl show --value --property=InvocationID,MainPID thpc-node-agent.service)" && same activating "$(systemctl is-active thpc-node-agent.service)"
}
check "an upgrade leaves a bootstrap that runs alone" undisturbed
touch /run/go-on
ended() { systemctl is-active thpc-node-agent.service && reported '.outcome == "succeeded"'; }
check "that bootstrap goes on to its end" until_true ended
kept() { cmp "$config" "$results/config.mine" && enabled "enabled enabled" && cmp /etc/fstab "$results/fstab.mine" && own; }
check "the upgrade keeps the configuration, the choice of units, fstab and the mounts" kept
rm -r /run/systemd/system/thpc-node-agent.service.d
systemctl daemon-reload

no_unit() { ! find /etc/systemd /lib/systemd/ -name '*thpc-node-agent*' | grep . && same "" "$(systemctl list-unit-files --no-legend 'thpc-node-agent*')"; }
removed() { dpkg --remove thpc-node-agent && ! type -P thpc-node-agent && no_unit && own && cmp "$config" "$results/config.mine"; }
check "removed it leaves no unit, and mounts, fstab and configuration in place" removed
purged() {
    local left
    dpkg --purge thpc-node-agent && own && test -e /etc/thpc/cos-credentials.toml && cmp "$config" "$results/config.mine" || return
    for left in /var/lib/thpc-node-agent /var/log/thpc-node-agent /run/thpc-node-agent; do
        [ ! -e "$left" ] || { echo "$left is still there"; return 1; }
    done
}
check "purged it takes its state along, and leaves mounts, configuration and keys for COS alone" purged
