# shellcheck shell=bash source-path=SCRIPTDIR
# The first boot of a machine made from the disk that nobody prepared: for another cluster.
. ./lib.sh
clone=hpc-bbbbbbbb

guarded() {
    journalctl --boot --no-pager --output=short-monotonic --unit=thpc-node-agent-guard.service
    same success "$(systemctl show --value --property=Result thpc-node-agent-guard.service)" && [ "$(guard_at Exit)" -gt 0 ] &&
        [ "$(guard_at Exit)" -le "$(systemctl show --value --property=ActiveEnterTimestampMonotonic remote-fs-pre.target)" ]
}
check "the guard ran before anything of the network could be mounted" guarded
check "it ran once" guard_ran_once
guard_took

untagged() { grep -v x-thpc /etc/fstab | cmp - /etc/fstab.before; }
check "every line of fstab that is not the agent's is byte for byte as it was" untagged
nothing_left() { ! grep "$cluster" /etc/fstab && ! ls /etc/systemd/system/thpc-goosefs-* /etc/systemd/system/multi-user.target.wants/thpc-goosefs-*; }
check "no line and no unit of the other cluster is left" nothing_left
never_mounted() {
    ! by_systemd && ! journalctl --boot --no-pager --unit=nfs-mountd.service | grep "/j25ey5tz/$cluster" && not_mounted /dead && not_mounted /goosefs && ! pgrep -x bindfs
}
check "nothing of the other cluster was mounted at any time in this boot" never_mounted
none_failed() { same "" "$(systemctl list-units --failed --plain --no-legend '*.mount' '*.target' 'thpc-*')"; }
check "no unit failed for what was taken out under it" none_failed
kept() {
    contains /var/lib/thpc-node-agent/removed-storage '127.0.0.1:/j25ey5tz/hpc-8hje8h12/opt /opt nfs ' '127.0.0.1:/ /data nfs4 ' '127.0.4.1:/ /dead nfs4 ' \
        /etc/systemd/system/thpc-goosefs-goosefs.service Masters=127.0.5.1:9200
}
check "what was taken out is kept" kept

succeeded() { agent_log; reported ".outcome == \"succeeded\" and .cluster_id == \"$clone\"" && test -e /run/thpc-node-agent/ready; }
check "the clone becomes a node of its own cluster" succeeded
warned() { reported "[.warnings[] | select(test(\"$cluster\") and test(\"/opt\") and test(\"/goosefs\"))] | length == 1"; }
check "its report warns of what was taken out" warned
own() {
    mounted /data 127.0.0.1:/other-cluster 4.0 && line /data 127.0.0.1:/other-cluster "$clone" && unit_matches_fstab data.mount &&
        mounted /opt "127.0.0.1:/j25ey5tz/$clone/opt" 3 && line /opt "127.0.0.1:/j25ey5tz/$clone/opt" "$clone" && unit_matches_fstab opt.mount
}
check "its own /opt and /data are mounted, with lines of fstab for its own cluster and machine" own
own_lines() { same 2 "$(grep -c x-thpc /etc/fstab)"; }
check "those are the only lines of the agent's" own_lines
second_run() { same $'ran\nran' "$(cat /root/init-script.runs)"; }
check "the init script ran once more, for this is another instance" second_run
again() { agent 0 bootstrap && reported "$unwarned"; }
check "the next run has nothing to warn of" again
