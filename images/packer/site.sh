#!/bin/bash
# Site-specific steps before the node's packages are installed. Copy this file, add commands, and set site_script to the copy.
# Examples: dnf -y install epel-release (munge and slurm on RHEL-like systems), or the CFS Turbo client and its kernel.
exit 0
