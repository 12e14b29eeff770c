#!/bin/bash
# The boot test inside the machine: what a first boot made, then (after a reboot) what a later boot left alone, how the agent
# meets servers that do not serve, and storage that comes and goes on a live node; then a boot with a server that is dead
# already, and one of another machine, whose disk is an image of this one.
# shellcheck source-path=SCRIPTDIR
set -uo pipefail
# All start-up jobs are done; a unit that failed is a matter of the checks.
timeout 600 systemctl is-system-running --wait >/dev/null
boots=$(cat /var/lib/boot-test.boots 2>/dev/null || echo 0)
echo $((boots + 1)) >/var/lib/boot-test.boots
case $boots in
    0)
        . ./first-boot.sh
        exit 194
        ;;
    1)
        . ./second-boot.sh
        . ./installed-late.sh
        . ./doctor.sh
        . ./servers.sh
        . ./storage-add.sh
        . ./storage-remove.sh
        . ./storage-mend.sh
        . ./storage-frozen.sh
        . ./opt-in-use.sh
        . ./strangers.sh
        . ./kill-a-server.sh
        exit 194
        ;;
    2)
        . ./third-boot.sh
        exit 194
        ;;
    3)
        . ./captured.sh
        ;;
    *)
        echo "not ok - boot $boots was to be"
        exit 1
        ;;
esac
