#!/bin/bash
# The boot test inside the machine: checks the first boot; then, after a reboot, a later boot, servers that do not answer, and
# adding and removing storage on a running node; then a boot with a dead server, and the boot of another machine whose disk is
# an image of this one.
# shellcheck source-path=SCRIPTDIR
set -uo pipefail
# Wait until all start-up jobs are done. Failed units are found by the checks.
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
        . ./slow-nfs.sh
        . ./round-trips.sh
        . ./servers.sh
        . ./storage-add.sh
        . ./storage-remove.sh
        . ./storage-mend.sh
        . ./storage-frozen.sh
        . ./opt-in-use.sh
        . ./foreign-storage.sh
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
        echo "not ok - there is no boot $boots"
        exit 1
        ;;
esac
