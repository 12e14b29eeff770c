# shellcheck shell=bash source-path=SCRIPTDIR
# The machine becomes an image.
. ./lib.sh

keys=(/root/.ssh/authorized_keys /etc/munge/munge.key /etc/defaultdomain /etc/slurm/slurm.conf /etc/thpc/node-agent.toml)
refused() { agent 2 image prep --operations all && says --yes; }
check "image prep without a terminal and without --yes changes nothing" refused
planned() { agent 0 image prep --operations all --dry-run && says "${keys[@]}" && ls "${keys[@]}"; }
check "its plan names the keys and the configuration, and they are there still" planned
cp /etc/machine-id /srv/old-machine-id
check "image prep cleans the node, with everything that it can" agent 0 image prep --operations all --backup /srv/before.tar.gz --yes
check "it ran the builder's own cleaner" test ! -e /var/lib/boot-test.fstab
kept() { tar -tzf /srv/before.tar.gz >"$results/kept" && contains "$results/kept" etc/munge/munge.key etc/thpc/node-agent.toml etc/fstab; }
check "what it removed is in the backup" kept
gone() { ! ls "${keys[@]}"; }
check "keys and configuration are gone" gone
check "fstab is byte for byte as it was before the node had a cluster" cmp /etc/fstab /etc/fstab.before
manifest() {
    jq . /root/thpc_preinstalled.json
    jq -e --arg kernel "$(uname -r)" '.os_id == "debian" and .kernel_release == $kernel and ([.packages[].name] | contains(["nfs-common", "munge", "slurmd", "ypbind-mt", "yp-tools", "libnss-nis"])) and .missing == []' \
        /root/thpc_preinstalled.json
}
check "the marker is a manifest of this machine" manifest
# The running machine goes on to log and to use its own temporary files.
silent() { agent 0 image check --operations=-logs,-tmp; }
check "image check is silent then" silent
check "the machine id is empty, for the next machine to fill" test -e /etc/machine-id -a ! -s /etc/machine-id
