#!/bin/bash
# Command for TencentCloud Automation Tools (TAT): bootstraps a node that has its configuration, or reports the run that is
# already doing so. Run it as root in /root; README.md beside this file says how long TAT must let it run.
set -u
PATH=$PATH:/usr/local/bin:/usr/bin # installed by hand it is in the one, by a package in the other

thpc-node-agent bootstrap
result=$?
if [ "$result" = 4 ]; then # another run holds the lock, most likely the boot's: its result is the answer
    thpc-node-agent status --wait
    result=$?
fi
exit "$result"
