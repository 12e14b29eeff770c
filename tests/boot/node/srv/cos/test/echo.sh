#!/bin/bash
# The init script of the boot test: records its environment, and writes the cluster's files.
echo ran >>/root/init-script.runs
env >/root/init-script.env
readlink /proc/self/fd/0 /proc/self/cwd >/root/init-script.places
sleep infinity & # left behind on purpose, with the script's own output still open
echo $! >/root/init-script.left

install -d -m 700 /root/.ssh
key=AAAAC3NzaC1lZDI1NTE5AAAAIHB1YmxpYyBrZXkgb2YgdGhlIGNsdXN0ZXIgb2YgdGhpcyB
echo "ssh-ed25519 $key root@manager.$THPC_CLUSTER_ID" >>/root/.ssh/authorized_keys
install -m 400 -o munge -g munge <(echo "the key of $THPC_CLUSTER_ID, long enough for munge") /etc/munge/munge.key
echo "$THPC_CLUSTER_ID" >/etc/defaultdomain
echo "domain $THPC_CLUSTER_ID server 127.0.0.1" >>/etc/yp.conf
echo "ClusterName=$THPC_CLUSTER_ID" >>/etc/slurm/slurm.conf
echo "hello from $THPC_NODE_ROLE node of $THPC_CLUSTER_ID"
