# An unpacked image whose every path that the agent looks at is replaced by something else, on a builder's machine that is such a node
# itself. Sourced with: work= executable= system=debian|rocky, and tree= builder= below work.
# shellcheck shell=bash disable=SC2154

# Makes a program that creates $work/executed when it runs, also in a chroot that has no other file.
make_trap() {
    printf '#include <fcntl.h>\nint main(void) {\n%s && %s; }\n' "return open(\"$work/executed\", O_CREAT | O_WRONLY, 0600) < 0" \
        'open("/executed", O_CREAT | O_WRONLY, 0600) < 0' |
        TMPDIR=$work clang -static -x c -o "$work/trap" -
}

# A node with something for each operation, whose own programs are traps.
make_tree() { # DIRECTORY
    local root=$1 program
    mkdir -p "$root"/etc/{thpc,munge,slurm,default,ssh,systemd/system/multi-user.target.wants,netplan,udev/rules.d} \
        "$root"/etc/NetworkManager/system-connections \
        "$root"/root/.ssh "$root"/home/alice/.ssh "$root"/usr/{lib,bin,sbin,local/goosefs/conf} "$root"/lib/modules/6.1.0 \
        "$root"/var/{log/journal/1,log/thpc-node-agent,tmp,yp/binding,spool/slurmd,cache/apt} \
        "$root"/var/lib/{thpc-node-agent/scripts,dpkg/updates,dbus,systemd,cloud/instances/i,dhcp,wicked,rpm} \
        "$root"/{tmp,run/thpc-node-agent,boot,srv,data,opt}
    ln -s usr/bin "$root/bin"
    for program in rpm dnf apt-get sh dpkg dpkg-query chroot cp cloud-init systemctl; do
        ln -- "$work/trap" "$root/usr/bin/$program"
    done
    printf 'ID=%s\nVERSION_ID="8"\n' "$system" >"$root/usr/lib/os-release"
    rpm --dbpath "$root/var/lib/rpm" --initdb
    ln -s ../usr/lib/os-release "$root/etc/os-release"
    printf 'alice:x:1000:1000::/home/alice:/bin/sh\n' >"$root/etc/passwd"
    printf 'UUID=1 / ext4 defaults 0 1\n10.0.0.1:/ /data nfs4 defaults 0 0\n/data/x /srv none bind 0 0\n/dev/vdb /disk xfs defaults 0 2\n' \
        >"$root/etc/fstab"
    cat >"$root/etc/thpc/node-agent.toml" <<'TOML'
[cluster]
id = "hpc-8hje8h12"
node_role = "COMPUTE"

[metadata]
endpoint = ""

[metrics]
textfile = "/var/log/thpc.prom"

[storage]
option_file = "/etc/thpc/option.json"
goosefs_home = "/usr/local/goosefs"
TOML
    printf '{}\n' >"$root/etc/thpc/option.json"
    printf 'secret_id = "a"\nsecret_key = "b"\n' >"$root/etc/thpc/cos-credentials.toml"
    printf 'goosefs.master.hostname=10.0.0.2\n' >"$root/usr/local/goosefs/conf/goosefs-site.properties"
    printf '[Service]\n' >"$root/etc/systemd/system/thpc-goosefs-a.service"
    ln -s ../thpc-goosefs-a.service "$root/etc/systemd/system/multi-user.target.wants/thpc-goosefs-a.service"
    printf '[Mount]\nWhat=10.0.0.1:/\nWhere=/site\nType=nfs4\n' >"$root/etc/systemd/system/site.mount"
    printf 'Package: munge\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n' >"$root/var/lib/dpkg/status"
    printf '{"schema":1,"node_role":"COMPUTE"}\n' >"$root/var/lib/thpc-node-agent/report.json"
    printf 'kernel/lustre.ko:\n' >"$root/lib/modules/6.1.0/modules.dep"
    printf '0123456789abcdef0123456789abcdef\n' >"$root/etc/machine-id"
    ln -s /etc/machine-id "$root/var/lib/dbus/machine-id"
    printf 'ypserver 10.0.0.3\n' >"$root/etc/yp.conf"
    printf 'SLURMD_OPTIONS="--conf-server 10.0.0.4"\n' >"$root/etc/default/slurmd"
    for program in root/.ssh/authorized_keys home/alice/.ssh/id root/.bash_history home/alice/.bash_history \
        etc/munge/munge.key etc/slurm/slurm.conf \
        etc/ssh/ssh_host_rsa_key etc/defaultdomain var/log/a.log var/log/a.log.1 var/log/journal/1/system.journal \
        var/log/thpc-node-agent/a.log \
        var/lib/thpc-node-agent/scripts/a.done var/lib/systemd/random-seed var/lib/cloud/instances/i/x var/lib/dhcp/dhclient.leases \
        run/thpc-node-agent/lock run/thpc-node-agent/ready var/spool/slurmd/state var/yp/binding/a.1 var/cache/apt/a.bin tmp/x var/tmp/x; do
        printf 'precious\n' >"$root/$program"
    done
}

# Nothing but the tree, the builder's own node and what this writes down can be written to. They are in memory: thousands of trees.
seal_machine() {
    mount --make-rprivate /
    mount -t tmpfs hostile-image "$work"
    local mount
    while read -r mount; do
        case $mount in "$work" | /proc | /proc/* | /dev | /dev/*) continue ;; esac
        mount -o remount,bind,ro "$mount" 2>/dev/null || :
    done < <(findmnt -rno TARGET)
}

bind_socket='import os, socket, sys
os.chdir(os.path.dirname(sys.argv[1]))
socket.socket(socket.AF_UNIX).bind(os.path.basename(sys.argv[1]))'

replace() { # KIND PATH
    local path=$tree$2
    rm -rf -- "$path"
    mkdir -p -- "$(dirname -- "$path")" || return 0
    case $1 in
    fifo) mkfifo -- "$path" ;;
    link) ln -s -- "$builder$2" "$path" ;;
    up) ln -s -- "../../../../../../../../../../..$builder$2" "$path" ;;
    loop) ln -s -- "${path##*/}" "$path" ;;
    directory) mkdir -p -- "$path"/in/it ;;
    socket) python3 -c "$bind_socket" "$path" ;;
    device) mknod -- "$path" c 1 5 ;;
    hard) ln -- "$builder/home/alice/.ssh/id" "$path" ;;
    bind) mkdir -p -- "$path" && mount --bind "$builder/root/.ssh" "$path" ;;
    esac
}

# Prints what was harmed, waited for or executed; how many paths it tried is the last line. Path after path gets the next kind.
attack() { # KIND...
    local kinds=("$@") path command code tried=0 before
    make_trap
    make_tree "$builder"
    make_tree "$work/whole"
    before=$(snapshot)
    while read -r path; do
        cp -a -- "$work/whole" "$tree"
        replace "${kinds[tried % $#]}" "$path"
        for command in check "prep --yes --operations all"; do
            # Both look in the same way.
            [ "$command" != check ] || [ $((tried % 4)) = 0 ] || continue
            # shellcheck disable=SC2086
            timeout -s KILL 60 "$executable" image $command --root "$tree" >"$work/said" 2>&1 </dev/null
            code=$?
            case $code in 0 | 1 | 2 | 5) ;; *) echo "image $command, $path: exit $code: $(tail -n 1 "$work/said")" ;; esac
        done
        if [ -e "$work/executed" ] || [ -e "$tree/executed" ]; then
            echo "$path: a program of the image was executed"
            rm -f "$work/executed"
        fi
        if [ "$(snapshot)" != "$before" ]; then
            echo "$path: the builder's files are others"
            rm -rf "$builder"
            make_tree "$builder"
            before=$(snapshot)
        fi
        [ "${kinds[tried % $#]}" != bind ] || umount "$tree$path"
        rm -rf --one-file-system -- "$tree"
        tried=$((tried + 1))
    done
    echo "tried $tried"
}

snapshot() { find "$builder" -printf '%y %m %s %T@ %p %l\n'; }
