#!/bin/bash
# The boot test inside the machine: what a first boot made, then (after a reboot) what a later boot left alone, then how
# the agent meets servers that do not serve.
# shellcheck source-path=SCRIPTDIR
set -uo pipefail
# All start-up jobs are done; a unit that failed is a matter of the checks.
timeout 600 systemctl is-system-running --wait >/dev/null
if [ ! -e /var/lib/boot-test.rebooted ]; then
    . ./first-boot.sh
    touch /var/lib/boot-test.rebooted
    exit 194
fi
. ./second-boot.sh
. ./servers.sh
