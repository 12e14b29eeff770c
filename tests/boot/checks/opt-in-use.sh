# shellcheck shell=bash source-path=SCRIPTDIR
# Programs run from the local /opt, which the share would hide.
. ./lib.sh

umount /opt
cp /bin/sleep /opt/
/opt/sleep infinity &
program=$!
bootstrap_with opt </dev/null
refuses() {
    same 1 "$(cat "$results/opt.exit")" &&
        reported "[.stages[].steps[]?.error | select(. != null) | select(.code == \"MOUNT_BUSY\") | .message |
            test(\"pid $program .root, sleep: /opt/sleep\")] == [true]" "$results/opt.json"
}
check "bootstrap does not mount over programs that run from /opt, and names them" refuses
check "/opt is as it was" not_mounted /opt
bootstrap_with forced --force </dev/null
forced() {
    cat "$results/forced.out" &&
        same 0 "$(cat "$results/forced.exit")" && mounted /opt 127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt 3 && kill -0 "$program"
}
check "bootstrap --force does" forced

end_user "$program" "$(cat /root/init-script.left)" # --force ran the script again
echo ran >/root/init-script.runs
umount /opt
rm /opt/sleep
check "the node is whole again" agent 0 bootstrap
