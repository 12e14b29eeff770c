# shellcheck shell=bash
# Measures the cost of a large script, a long fstab and many files.
# shellcheck disable=SC2154 # lib.sh and scripts/bench.sh set them

# The largest script that the agent accepts, with checksum and checks, against curl from the same server.
download() {
    local script=$work/bucket/test/large.sh
    { printf '#!/bin/sh\nexit 0\n' && head -c $(((16 << 20) - 17)) /dev/zero | tr '\0' '#'; } >"$script"
    start_standin
    configured_root "$url" "cos://$bucket/test/large.sh"
    "$work/fresh"
    echo "download of 16 MiB, agent and curl in turns" >&2
    in_turns download 10 5 --warmup 1 -- "$agent script check --root $work/node" \
        "curl --fail --silent --output $work/large --header Host:$bucket $url/test/large.sh"
    cmp "$script" "$work/large"
    pair download "script check of 16 MiB" curl
    in_turns small 10 5 --warmup 1 -- "$agent --version" "curl --version"
    row "the same, start left out" "$(throughput a)" MiB/s --peer curl "$(throughput b)"
    exec {standin}>&-
}

throughput() { awk "BEGIN { print 16 / ($(milliseconds download "$1") - $(milliseconds small "$1")) * 1000 }"; }

# fstab with many foreign lines: read by guard, and read and written by image prep.
fstab() {
    local root=$work/long lines
    bare_root "$root"
    for lines in 10 100 1000 10000; do
        echo "fstab of $lines lines" >&2
        awk -v lines="$lines" 'BEGIN { for (; i++ < lines;) print "/dev/disk/by-label/d" i " /data/" i " ext4 nofail 0 2" }' >"$work/fstab"
        cat "$work/fstab" - >"$work/fstab.tagged" <<<"10.0.0.1:/ /opt nfs4 vers=4.0,nofail,x-thpc.cluster=hpc-8hje8h12 0 0"
        cp "$work/fstab" "$root/etc/fstab"
        in_turns "guard$lines" 5 10 --warmup 1 -- "$agent guard --root $root"
        row "guard, fstab of $lines lines" "$(milliseconds "guard$lines")" ms
        in_turns "prep$lines" 5 5 --warmup 1 --prepare "cp $work/fstab.tagged $root/etc/fstab" -- \
            "$agent image prep --root $root --operations fstab --yes"
        cmp "$work/fstab" "$root/etc/fstab" # one line went, the others are as they were
        row "image prep removes one of its lines" "$(milliseconds "prep$lines")" ms
    done
}

# 100,000 files in 1,000 directories, like the files that a build leaves in /tmp.
files() {
    local template=$work/files root=$work/many i
    echo "image prep over 100,000 files, and find -delete, in turns" >&2
    bare_root "$root"
    for i in {1..1000}; do
        mkdir -p "$template/$i"
        (cd "$template/$i" && touch file-{1..100})
    done
    in_turns files 5 1 --warmup 1 --prepare "cp -al $template $root/tmp/left" -- \
        "$agent image prep --root $root --operations tmp --yes" "find $root/tmp $root/var/tmp -mindepth 1 -delete"
    [[ -z $(ls "$root/tmp") ]]
    pair files "image prep, 100,000 files in /tmp" "find -delete" --ratio 1.3
    row "the same, peak memory" \
        "$(prepare="cp -al $template $root/tmp/left" peak_memory "$agent" image prep --root "$root" --operations tmp --yes)" MiB --goal 64
}
