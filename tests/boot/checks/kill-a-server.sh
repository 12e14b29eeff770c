# shellcheck shell=bash source-path=SCRIPTDIR
# Prepares the next boot: fstab has an agent's line for a share whose server will be dead then.
cp /var/lib/boot-test.fstab /etc/fstab
sed -n 's|^127\.0\.0\.1:/ /data |127.0.4.1:/ /dead |p' /var/lib/boot-test.fstab >>/etc/fstab
cat >>/etc/thpc/node-agent.toml <<'TOML'

[mount]
timeout = 10

[[cfs]]
local_path = "/dead"
remote_path = "127.0.4.1:/"
protocol = "NFS 4.0"
TOML
mkdir -p /dead
cat >/etc/systemd/system/dead-server.service <<'UNIT'
[Unit]
DefaultDependencies=no
Before=remote-fs-pre.target
After=systemd-remount-fs.service
[Service]
Type=oneshot
ExecStart=iptables -A OUTPUT -p tcp -d 127.0.4.1 -j DROP
[Install]
WantedBy=remote-fs-pre.target multi-user.target
UNIT
systemctl enable --quiet dead-server.service
cp /etc/fstab /var/lib/boot-test.fstab
