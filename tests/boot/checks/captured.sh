# shellcheck shell=bash source-path=SCRIPTDIR
# The first boot of another machine, whose disk is an image of this one. It belongs only to another cluster.
. ./lib.sh
old=$cluster
cluster=hpc-other417

of_other() {
    agent_log
    systemctl is-active thpc-node-agent.service && timeout 60 thpc-node-agent status &&
        reported ".outcome == \"succeeded\" and .cluster_id == \"$cluster\""
}
check "a machine made from the image joins its own cluster by its user data alone" of_other
check "it uses the packages of the image" reported '.stages[] | select(.name == "packages") | .reason | test("the image has the packages")'
ran_again() { same $'ran\nran' "$(cat /root/init-script.runs)" && contains /root/init-script.env "THPC_CLUSTER_ID=$cluster"; }
check "the init script ran for this machine too" ran_again
check "its /opt is its own cluster's" mounted /opt "127.0.0.1:/j25ey5tz/$cluster/opt" 3
check "fstab has its /opt" line /opt "127.0.0.1:/j25ey5tz/$cluster/opt"
# Files of the scheduler are not searched: only the operation scheduler-keys cleans them, and it is not a default.
nothing_old() {
    ! grep -rnI -e "$old" -e 127.0.4.1:/ /etc/fstab /etc/hosts /etc/thpc /etc/systemd/system /root \
        /run/thpc-node-agent /var/lib/thpc-node-agent /var/log/thpc-node-agent
}
check "no trace of the old cluster is left where the agent writes" nothing_old
check "all other lines of fstab are unchanged, byte for byte" eval 'grep -v x-thpc /etc/fstab | cmp - /etc/fstab.before'
check "the guard had nothing to do" guard_is_content
