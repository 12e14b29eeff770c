#!/bin/bash
# Command for TencentCloud Automation Tools (TAT): bootstraps a configured node, or waits for a run that is already in progress
# and reports it. Run it as root in /root. README.md in this directory explains the timeout for TAT.
set -u
PATH=$PATH:/usr/local/bin:/usr/bin # manual installation, package

thpc-node-agent bootstrap
result=$?
if [ "$result" = 4 ]; then # another run is in progress, usually the one of the boot: report its result
    thpc-node-agent status --wait
    result=$?
fi
exit "$result"
