# shellcheck shell=bash source-path=SCRIPTDIR
# The first boot of another machine, whose disk is an image of this one: it belongs to another cluster, and only to that.
. ./lib.sh
old=$cluster
cluster=hpc-other417

of_other() {
    agent_log
    systemctl is-active thpc-node-agent.service && timeout 60 thpc-node-agent status &&
        reported ".outcome == \"succeeded\" and .cluster_id == \"$cluster\""
}
check "a machine made from the image becomes a node of its own cluster by its user data alone" of_other
check "its packages are the image's" reported '.stages[] | select(.name == "packages") | .reason | test("the image has the packages")'
ran_again() { same $'ran\nran' "$(cat /root/init-script.runs)" && contains /root/init-script.env "THPC_CLUSTER_ID=$cluster"; }
check "the init script ran for this machine too" ran_again
check "its /opt is its own cluster's" mounted /opt "127.0.0.1:/j25ey5tz/$cluster/opt" 3
check "fstab has its /opt" line /opt "127.0.0.1:/j25ey5tz/$cluster/opt"
# What the scheduler's own files have goes with scheduler-keys, which is no default.
nothing_old() {
    ! grep -rnI -e "$old" -e 127.0.4.1:/ /etc/fstab /etc/hosts /etc/thpc /etc/systemd/system /root \
        /run/thpc-node-agent /var/lib/thpc-node-agent /var/log/thpc-node-agent
}
check "nothing of the old cluster is left where the agent writes" nothing_old
check "every other line of fstab is byte for byte as before" eval 'grep -v x-thpc /etc/fstab | cmp - /etc/fstab.before'
check "the guard had nothing to do" guard_is_content
