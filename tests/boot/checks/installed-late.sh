# shellcheck shell=bash source-path=SCRIPTDIR
# On a running machine, the agent's unit installs a daemon that waits for this unit. The package's own script would start the
# daemon and wait for it: a deadlock.
. ./lib.sh

dpkg --remove slurmd >/dev/null 2>&1
rm -f /run/slurmd-found
restarted() { timeout 300 systemctl restart thpc-node-agent.service || { agent_log; return 1; }; }
check "the unit ends although it installs a daemon that waits for it" restarted
check "the daemon is installed" same 'ok ' "$(dpkg-query --show --showformat '${db:Status-Eflag} ' slurmd)"
check "it starts when the node is ready" until_true contains /run/slurmd-found /run/thpc-node-agent/ready
