#!/usr/bin/env bash
# A machine that fails at boot in one way, and what the commands print there, on a terminal of 80 columns.
# usage: failures.sh CASE LANGUAGE EXECUTABLE REPOSITORY OUT
# Run by FailureOutputTests, as root, in namespaces of its own: unshare --mount --pid --net --uts --fork --kill-child --mount-proc
# The machine is an overlay of this one (its apt, dpkg, mount.nfs and resolver), without its network. OUT gets COMMAND.txt.
set -euo pipefail
case=$1 language=$2 executable=$3 repository=$4 out=$5 preload=
here=$repository/tests/Thpc.NodeAgent.SystemTests/Failures
machine=$out/machine

mkdir "$machine"
mount -t tmpfs tmpfs "$machine"
mkdir "$machine"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$machine/upper,workdir=$machine/work" "$machine/root"
root=$machine/root
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
hostname node417
ip link set lo up
ip address add 172.30.3.90/32 dev lo # a file server where nothing listens
install -m 755 "$executable" "$root/usr/bin/thpc-node-agent"
install -m 755 "$here/terminal.py" "$root/usr/bin/on-terminal"
rm -rf "$root"/etc/{thpc,fstab} "$root"/var/{lib,log}/thpc-node-agent "${root:?}"/{root/.ssh,opt,data,home}
mkdir -p "$root"/{etc/thpc,srv,opt,data,home} "$root/lib/modules/$(uname -r)"
printf 'kernel/fs/nfs/nfs.ko\nkernel/fs/nfs/nfsv4.ko\n' >"$root/lib/modules/$(uname -r)/modules.builtin"
echo node417 >"$root/etc/hostname"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
printf '# /etc/fstab of this machine\nproc /proc proc defaults 0 0\n' >"$root/etc/fstab"
# With the default, glibc gives up after 10 s, which is a script's least limit.
printf 'nameserver 127.0.0.1\noptions timeout:30\n' >"$root/etc/resolv.conf"
printf '127.0.0.1 localhost node417\n' >"$root/etc/hosts"
touch "$root/root/thpc_preinstalled.json"
cat >"$root/etc/thpc/node-agent.toml" <<'TOML'
[cluster]
id = "hpc-8hje8h12"
node_role = "COMPUTE"
scheduler_type = "SLURM"

[metadata]
endpoint = ""

[mount]
timeout = 2
attempt_timeout = 2

[script]
kill_grace = 1
TOML

configure() { cat >>"$root/etc/thpc/node-agent.toml"; }
on_machine() { chroot "$root" env -i NO_COLOR=1 LD_PRELOAD="$preload" PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TZ=Asia/Shanghai "$@"; }
storage() { printf '[[cfs]]\nlocal_path = "%s"\nremote_path = "172.30.3.90:/%s"\nprotocol = "NFS 4.0"\n' "$1" "${2-}" | configure; }
script() { # TIMEOUT < text
  cat >"$root/srv/init.sh"
  printf '[[init_script]]\nscript_path = "file:///srv/init.sh"\ntimeout = %s\n' "$1" | configure
}
bucket() { # OPTIONS... of the stand-in for COS
  mkdir "$machine/bucket"
  printf '#!/bin/sh\necho ready\n' >"$machine/bucket/init.sh"
  python3 "$repository/tests/cos-standin/cos_standin.py" --root "$machine/bucket" --port 9000 --ready-file "$machine/ready" "$@" \
    >"$machine/cos.log" 2>&1 &
  until [ -s "$machine/ready" ]; do sleep 0.05; done
  configure <<'TOML'
[[init_script]]
script_path = "cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/init.sh"
timeout = 10
TOML
}
file_server() { # NFS-Ganesha; its mounts are tmpfs that the mount table shows as NFS (tests/kill/mounts.c), since a kernel may lack NFS
  clang -shared -fPIC -o "$root/usr/lib/mounts.so" "$repository/tests/kill/mounts.c"
  preload=/usr/lib/mounts.so
  cat >"$root/sbin/mount.nfs4" <<'SH'
#!/bin/sh
exec mount -i -t tmpfs "$1" "$2"
SH
  chmod 755 "$root/sbin/mount.nfs4"
  sed -i 's/172.30.3.90/127.0.98.4/' "$root/etc/thpc/node-agent.toml"
  cat >"$machine/ganesha.conf" <<CONF
NFS_CORE_PARAM { Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; }
NFSv4 { RecoveryRoot = "$machine"; }
EXPORT { Export_Id = 1; Path = "/"; Pseudo = "/"; Protocols = 4; Access_Type = RW; FSAL { Name = MEM; } }
CONF
  ganesha.nfsd -F -f "$machine/ganesha.conf" -L "$machine/ganesha.log" -p "$machine/ganesha.pid" &
  until grep -q 'NFS SERVER INITIALIZED' "$machine/ganesha.log" 2>/dev/null; do sleep 0.05; done
}
repository_of() { # URL
  rm -rf "$root/etc/apt/sources.list.d" "$root"/etc/apt/apt.conf.d/*proxy* "$root"/var/lib/apt/lists/*
  printf 'deb [trusted=yes] %s ./\n' "$1" >"$root/etc/apt/sources.list"
  sed -i 's/"SLURM"/"NONE"/' "$root/etc/thpc/node-agent.toml"
  rm "$root/root/thpc_preinstalled.json"
}
package() { # NAME POSTINST: builds a package into /srv/repo
  mkdir -p "$machine/$1/DEBIAN" "$root/srv/repo"
  printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: test <test@localhost>\nDescription: test\n' "$1" \
    >"$machine/$1/DEBIAN/control"
  printf '#!/bin/sh\n%s\n' "$2" >"$machine/$1/DEBIAN/postinst"
  chmod 755 "$machine/$1/DEBIAN/postinst"
  dpkg-deb --build "$machine/$1" "$root/srv/repo/$1.deb" >/dev/null
  { cat "$machine/$1/DEBIAN/control"; printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' "$1" \
    "$(stat -c %s "$root/srv/repo/$1.deb")" "$(sha256sum <"$root/srv/repo/$1.deb" | cut -d' ' -f1)"; } >>"$root/srv/repo/Packages"
}

case $case in
  server-refused)
    for path in /opt /data /home/shared; do storage $path "${path##*/}"; done
    ;;
  script-failed)
    script 60 <<<$'#!/bin/bash\necho "installing the driver"\necho "nvidia.run: no space left in /usr/src" >&2\nexit 3'
    ;;
  script-timed-out)
    script 10 <<<$'#!/bin/bash\necho "waiting for the licence server"\nsleep 600'
    ;;
  wrong-key)
    bucket --secret-id AKIDnode --secret-key right
    printf '[cos]\nendpoint = "http://127.0.0.1:9000"\ncredentials = "file"\n' | configure
    printf 'secret_id = "AKIDnode"\nsecret_key = "wrong"\n' >"$root/etc/thpc/cos-credentials.toml"
    chmod 600 "$root/etc/thpc/cos-credentials.toml"
    ;;
  no-key)
    bucket --secret-id AKIDnode --secret-key right
    printf '[cos]\nendpoint = "http://127.0.0.1:9000"\ncredentials = "file"\n' | configure
    ;;
  dns-dead)
    printf '[[init_script]]\nscript_path = "https://demo-1250000000.cos.ap-guangzhou.myqcloud.com/init.sh"\ntimeout = 10\n' | configure
    python3 -c 'import socket, time; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 53)); time.sleep(600)' &
    until grep -q ' 0100007F:0035 ' /proc/net/udp; do sleep 0.05; done # else its port is still closed, which answers at once
    ;;
  configuration)
    configure <<<$'[[cfs]]\nlocal_path = “/data”\nremote_path = "172.30.3.90:/"'
    ;;
  package-lock)
    repository_of file:/srv/repo
    package extra-tool 'exit 0'
    package slow-tool 'exec sleep 600'
    on_machine apt-get update >/dev/null 2>&1
    on_machine apt-get install -y slow-tool >/dev/null 2>&1 </dev/null &
    until grep -q '^Status: install ok half-configured\|^Status: install ok unpacked' \
      <(on_machine dpkg-query -s slow-tool 2>/dev/null); do sleep 0.1; done
    printf '[packages]\nextra = ["extra-tool"]\nlock_timeout = 2\n' | configure
    ;;
  repository-404)
    repository_of http://127.0.0.1:9001
    mkdir "$machine/empty"
    python3 -m http.server --bind 127.0.0.1 --directory "$machine/empty" 9001 >/dev/null 2>&1 &
    until on_machine bash -c '</dev/tcp/127.0.0.1/9001' 2>/dev/null; do sleep 0.05; done
    printf '[packages]\nextra = ["extra-tool"]\ntimeout = 30\n' | configure
    ;;
  disk-full)
    mount -t tmpfs -o size=1m tmpfs "$root/var"
    mkdir "$root"/var/{lib,log,tmp}
    dd if=/dev/zero of="$root/var/log/messages" bs=1k 2>/dev/null || true
    script 60 <<<$'#!/bin/bash\nexit 0'
    ;;
  foreign-fstab-line)
    printf '10.0.0.9:/projects /data nfs4 defaults,_netdev,nofail 0 0\n' >>"$root/etc/fstab"
    storage /data
    file_server
    ;;
  broken-fstab-line)
    printf '127.0.98.4:/ /data nfs4,vers=4.0 0 0\n' >>"$root/etc/fstab"
    storage /data
    file_server
    ;;
  *) echo "failures.sh: unknown case $case" >&2; exit 2 ;;
esac

for command in bootstrap status doctor; do
  on_machine on-terminal thpc-node-agent "$command" --lang "$language" >"$out/$command.txt"
done
