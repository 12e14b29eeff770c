#!/bin/bash
# Command for TencentCloud Automation Tools (TAT): bootstraps a node that has its configuration, or reports the run that is
# already doing so. Run it as root in /root; README.md beside this file says how long TAT must let it run.
set -u

/usr/local/bin/thpc-node-agent bootstrap
result=$?
if [ "$result" = 4 ]; then # another run holds the lock, most likely the boot's: its result is the answer
    /usr/local/bin/thpc-node-agent status --wait
    result=$?
fi
exit "$result"
