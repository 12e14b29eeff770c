#!/usr/bin/env bash
# Sourced by a row of the host's faults, in namespaces of its own: nodes whose machine fails, and what becomes of them.
# $executable is the agent, $kit what was built for it, $out where the test reads: NAME.end (exit code, milliseconds), NAME.output,
# NAME.errors, NAME.report and NAME.state.
# shellcheck disable=SC2154,SC2119,SC2120
set -u
node=/mnt/node
config=etc/thpc/node-agent.toml
preload=$kit/mounts.so

# Where it lies on a machine is the tests' own matter; what takes place in here ends with the namespaces.
mount -t tmpfs tmpfs /mnt
mkdir -p $node /mnt/fresh/{etc/thpc,root/.ssh,srv,sys/class/dmi/id,home/alice,opt,run,tmp,var/log,var/lib} /mnt/etc /mnt/work
cd /mnt/fresh || exit 1
echo 'ID=none' >etc/os-release
printf '# the machine'"'"'s own\nproc  /proc proc\tdefaults 0 0\n\ntmpfs /tmp tmpfs nosuid 0 0\n' >etc/fstab
cat >$config <<'TOML'
# kept by its owner
[cluster]
id = "hpc-8hje8h12"
node_role = "COMPUTE"

[metadata]
endpoint = ""

[script]
kill_grace = 1

[mount]
timeout = 5
attempt_timeout = 5

[[init_script]]
script_path = "file:///srv/one.sh"

[[cfs]]
local_path = "/data"
remote_path = "127.0.98.4:/"
protocol = "NFS 4.0"
TOML
cat >srv/one.sh <<'SH'
#!/bin/bash
echo "begin $$" >>/mnt/ran
echo 'one was here'
if [ -e /mnt/hold ]; then echo >/mnt/held; sleep 600; fi
sleep 0.05
echo "end $$" >>/mnt/ran
SH
echo 5c0ffee0-0000-4000-8000-000000000001 >sys/class/dmi/id/product_uuid
echo 0123456789abcdef0123456789abcdef >etc/machine-id
echo 'root:x:0:0:root:/root:/bin/bash' >etc/passwd
echo 'secret' >etc/shadow; chmod 640 etc/shadow; chown 0:42 etc/shadow
echo 'hers' >home/alice/work; chmod 604 home/alice/work; chown -R 1000:1000 home/alice
echo 'a key' >root/.ssh/id_ed25519; chmod 600 root/.ssh/id_ed25519
: >root/thpc_preinstalled.json
ln -s ../etc/passwd srv/link
mkfifo srv/pipe

cat >/mnt/mount.nfs <<'SH'
#!/bin/sh
# mount.nfs SOURCE TARGET -o OPTIONS: a tmpfs of that source.
if [ -e /mnt/hold-mount ]; then echo >/mnt/held; sleep 600; fi
sleep 0.02
exec mount -i -n -t tmpfs -o size=64k,mode=755 "$1" "$2"
SH
chmod 755 /mnt/mount.nfs
mount --bind /mnt/mount.nfs /usr/sbin/mount.nfs
echo '{"CFSOptions": [{"LocalPath": "/more", "RemotePath": "127.0.98.4:/more", "Protocol": "NFS 4.0"}]}' >/mnt/more.json
cd /mnt || exit 1

# The servers take connections, which is all that the agent itself asks of them.
ip link set lo up
listen='import socket, sys; s = socket.create_server(("127.0.98.4", 2049), backlog=1024); print(flush=True); sys.stdin.read()'
coproc servers { exec python3 -Sc "$listen"; }
read -r <&"${servers[0]}"

# fresh [TEMPLATE]: a new node that has run nothing, or what `grow` has made of one; on a file system with attributes where disk=ext4.
fresh() {
  local image
  ! mountpoint -q $node || umount -R -l $node
  if [ "${disk-}" = ext4 ]; then
    image=$(mktemp /mnt/disk.XXXXXX)
    truncate -s 16M "$image"
    mkfs.ext4 -q "$image"
    mount -o loop "$image" $node
  else
    mount -t tmpfs -o size=64m node $node
  fi
  cp -a "/mnt/${1:-fresh}/." $node
  : >/mnt/ran
}

# A node that is bootstrapped, its storage not mounted, as after a boot.
grow() {
  fresh
  agent bootstrap >/dev/null 2>&1
  umount $node/data
  mkdir /mnt/grown
  cp -a $node/. /mnt/grown
}

# What another run than this one's left counts: 137 is a run that did not end.
agent() { env -i PATH="$PATH" LD_PRELOAD="$preload" timeout --signal=KILL 60 "$executable" "$@" --root $node </dev/null; }

try() {
  local name=$1 begin=${EPOCHREALTIME/./}
  shift
  agent "$@" >"$out/$name.output" 2>"$out/$name.errors"
  ended "$name" $? "$begin"
}

ended() {
  echo "$2 $(((${EPOCHREALTIME/./} - $3) / 1000))" >"$out/$1.end"
  ! [ -f $node/var/lib/thpc-node-agent/report.json ] || cp $node/var/lib/thpc-node-agent/report.json "$out/$1.report"
}

# state NAME: every file but what no two runs leave alike (report, lock, logs, times in markers), what is mounted, what the script did.
state() {
  (
    cd $node || exit
    find . -xdev -printf '%P|%y %m %U:%G %l\n'
    find . -xdev -type f -printf '%P\0' | grep -zvE '(report(\.[12])?\.json|/lock|\.log(\.[12])?|\.done|preinstalled\.json|\.next)$' |
        xargs -0r sha256sum | sed -E 's/^(\S+)  (.*)$/\2|\1/'
    find . -xdev -type f \( -name '*.done' -o -name '*preinstalled.json*' \) -printf '%P\0' |
        xargs -0r grep -HEv '"(finished|created)_at"' | sed 's/:/|/'
    awk '/ 127\.0\.98\./ { print $5 "|mounted from " $(NF - 1) }' /proc/self/mountinfo
    echo "script|$(tr -d '0-9\n' </mnt/ran)"
  ) >"$out/$1.state"
}

# What a command that nothing happens to makes of a node that `prepare`, a row's own, has made ready.
reference() {
  prepare
  state before
  try plain "$@"
  state end
}

# From now on every program in here has full.c in it.
make_full() {
  mount -t tmpfs tmpfs /mnt/work
  mkdir /mnt/work/{upper,work}
  mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/work/upper,workdir=/mnt/work/work /etc
  echo "$kit/full.so" >/etc/ld.so.preload
}

# full_at N COMMAND...: that command on a disk that is full from the N-th write on. Fails where it made fewer.
full_at() {
  local number=$1
  shift
  truncate -s 0 /mnt/full.count && truncate -s 8 /mnt/full.count
  rm -f /mnt/full.first
  echo "$number $node" >/mnt/full
  try "$number" "$@"
  rm /mnt/full
  state "$number"
  [ -e /mnt/full.first ] && cp /mnt/full.first "$out/$number.first"
}

# each_write FIRST STEP COMMAND...: the command on a disk that is full from that write on, and once more when there is space: N and N-again.
each_write() {
  local number=$1 step=$2
  shift 2
  for (( ; ; number += step)); do
    prepare
    full_at "$number" "$@" || break
    try "$number-again" "$@"
    state "$number-again"
  done
}

# each_left blocks|inodes COMMAND...: the same with no block (or inode) left, with one, with two, until it succeeds.
each_left() {
  local kind=$1 number used code
  shift
  for ((number = 0; ; number++)); do
    prepare
    if [ "$kind" = blocks ]; then
      used=$(($(stat -f -c '%b - %f' $node)))
      mount -o "remount,size=$(((used + number) * 4))k" $node
    else
      used=$(($(stat -f -c '%c - %d' $node)))
      mount -o "remount,nr_inodes=$((used + number))" $node
    fi
    try "$kind-$number" "$@"
    mount -o remount,size=64m,nr_inodes=10000 $node
    state "$kind-$number"
    read -r code _ <"$out/$kind-$number.end"
    try "$kind-$number-again" "$@"
    state "$kind-$number-again"
    [ "$code" != 0 ] || break
  done
}

# struck N SIGNAL NAME COMMAND...: that signal for the agent before its N-th system call that anybody could tell; 0 for none.
struck() {
  local number=$1 signal=$2 name=$3 begin=${EPOCHREALTIME/./}
  shift 3
  env -i PATH="$PATH" LD_PRELOAD="$preload" STRIKE_SIGNAL="$signal" timeout --signal=KILL 60 \
    "$kit/strike" "$number" "$out/$name.first" "$executable" "$@" --root $node \
    </dev/null >"$out/$name.output" 2>"$out/$name.errors"
  ended "$name" $? "$begin"
}
