#!/bin/bash
# The init script of the boot test: notes what it was given.
echo ran >>/root/init-script.runs
env >/root/init-script.env
readlink /proc/self/fd/0 /proc/self/cwd >/root/init-script.places
sleep infinity & # left behind on purpose, with the script's own output still open
echo $! >/root/init-script.left
echo "hello from $THPC_NODE_ROLE node of $THPC_CLUSTER_ID"
