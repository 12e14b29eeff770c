# shellcheck shell=bash source-path=SCRIPTDIR
# A daemon that waits for the agent's unit is installed by the agent while that unit starts, on a machine that is up: the
# package's own script would start the daemon and wait for it.
. ./lib.sh

dpkg --remove slurmd >/dev/null 2>&1
rm -f /run/slurmd-found
restarted() { timeout 300 systemctl restart thpc-node-agent.service || { agent_log; return 1; }; }
check "the unit that installs a daemon which waits for it comes to its end" restarted
check "the daemon is installed" same 'ok ' "$(dpkg-query --show --showformat '${db:Status-Eflag} ' slurmd)"
check "it starts, when the node is ready" until_true contains /run/slurmd-found /run/thpc-node-agent/ready
