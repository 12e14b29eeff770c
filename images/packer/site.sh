#!/bin/bash
# What a site's images need before the node's packages are installed; copy this file, fill it and name it as site_script.
# Such as: dnf -y install epel-release (munge and slurm for RHEL's relatives), or CFS Turbo's client and its kernel.
exit 0
