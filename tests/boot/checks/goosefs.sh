# shellcheck shell=bash source-path=SCRIPTDIR
# GooseFS under systemd. The vendor's client has a stand-in (tests/goosefs-standin), and its masters only take connections.
. ./lib.sh

unit=thpc-goosefs-goosefs.service
python3 -c 'import socket, signal; s = socket.create_server(("127.0.5.1", 9200)); signal.pause()' &
master_listens() { ss -Hltn 'src 127.0.5.1:9200' | grep .; }
until_true master_listens

add() { agent 0 storage add --masters 127.0.5.1:9200 --local-path /goosefs --remote-path /; }
daemon() { pgrep -fx 'bindfs -f .* /goosefs'; }
in_unit() { # its daemon too, and not in the session of whoever added it
    findmnt --kernel --mountpoint /goosefs --types fuse.goosefs-fuse && same from-the-masters "$(timeout 60 cat /goosefs/proof)" &&
        same "active enabled" "$(systemctl is-active $unit) $(systemctl is-enabled $unit)" && contains "/proc/$(daemon)/cgroup" "/$unit"
}
added() { add && in_unit; }
check "storage add of GooseFS mounts it in a unit of its own" added
check "the unit is valid in the eyes of systemd-analyze" systemd-analyze verify "$unit"
check "the client knows its master" contains /usr/local/goosefs/conf/goosefs-site.properties goosefs.master.hostname=127.0.5.1 goosefs.master.rpc.port=9200
nothing_to_do() { add && says 'in place already: /goosefs' && agent 0 storage verify; }
check "there is nothing to do a second time, and nothing to complain of" nothing_to_do

kill_daemon() { # and remembers which that was
    old=$(daemon)
    kill -KILL "$old"
    until_true test ! -e "/proc/$old"
}
new_daemon() { [ -n "$(daemon)" ] && [ "$(daemon)" != "$old" ] && in_unit; }
kill_daemon
check "when its daemon is killed systemd starts it again" until_true new_daemon

kill_daemon
printf '\n[[goosefs]]\nlocal_path = "/goosefs"\nremote_path = "/"\nmasters = ["127.0.5.1:9200"]\n' | bootstrap_with killed
by_bootstrap() { cat "$results/killed.out" && same 0 "$(cat "$results/killed.exit")" && new_daemon; }
check "bootstrap mends it at once" by_bootstrap

# Without the unit a mount without its daemon stays.
by_hand() { systemctl stop $unit && not_mounted /goosefs && /usr/local/goosefs/integration/fuse/bin/goosefs-fuse mount /goosefs /; }
check "it is mounted by hand" by_hand
kill_daemon
dead() { agent 5 health && says 'MOUNT_DEAD /goosefs:' && ! grep -E '/data|/opt' "$said"; }
check "health names the dead one" until_true dead
mended() { agent 0 storage verify --repair && new_daemon; }
check "storage verify --repair mounts it anew, in its unit" mended

stand_in /goosefs
refused() { agent 1 storage remove /goosefs && says MOUNT_BUSY "pid $user (root, sleep: /goosefs)" && in_unit; }
check "storage remove refuses while somebody uses it" refused
end_user "$user"
removed() {
    agent 0 storage remove /goosefs && not_mounted /goosefs && test ! -e /goosefs -a ! -e /etc/systemd/system/$unit &&
        same not-found "$(systemctl show --value --property=LoadState $unit)" && ! daemon
}
check "then it leaves neither mount nor unit nor daemon" removed
check "it is added again, for the next boot" added
check "the guard did not run again for all the units that were started" guard_ran_once
