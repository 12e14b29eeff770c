#!/bin/bash
# Does what init scripts do: writes files, and flushes nothing.
echo ran >>/root/init-script.runs
sleep 0.5
for file in /root/init-script.data-{1..20}; do echo "what $THPC_CLUSTER_ID needs" >"$file"; done
