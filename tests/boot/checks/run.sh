#!/bin/bash
# The boot test inside the machine: what a first boot made, then (after a reboot) what a later boot left alone, how the agent
# meets servers that do not serve, and storage that comes and goes on a live node; then a boot with a server that is dead
# already. Then the machine is prepared as an image, and another machine boots that; and boots the disk as it was before.
# shellcheck source-path=SCRIPTDIR
set -uo pipefail
# All start-up jobs are done; a unit that failed is a matter of the checks.
timeout 600 systemctl is-system-running --wait >/dev/null
boots=$(cat /var/lib/boot-test.boots 2>/dev/null || echo 0)
echo $((boots + 1)) >/var/lib/boot-test.boots
clone=$(sed -n 's/.*0002$/-clone/p' /sys/class/dmi/id/product_uuid) # as run-vm.sh numbers them
case $boots$clone in
    0)
        . ./first-boot.sh
        exit 194
        ;;
    1)
        . ./second-boot.sh
        . ./installed-late.sh
        . ./doctor.sh
        . ./tls.sh
        . ./servers.sh
        . ./storage-add.sh
        . ./storage-remove.sh
        . ./storage-mend.sh
        . ./storage-frozen.sh
        . ./opt-in-use.sh
        . ./strangers.sh
        . ./goosefs.sh
        . ./kill-a-server.sh
        exit 194
        ;;
    2)
        . ./third-boot.sh
        . ./audit.sh
        exit 196
        ;;
    3)
        . ./prepare.sh
        exit 195
        ;;
    4-clone)
        . ./prepared-clone.sh
        exit 197
        ;;
    3-clone)
        . ./unprepared-clone.sh
        ;;
    *)
        echo "not ok - boot $boots$clone was to be"
        exit 1
        ;;
esac
