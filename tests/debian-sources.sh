#!/bin/bash
# Prints sources.list for a release of Debian, from the mirrors that this machine itself, a Debian 12, installs packages with.
# usage: debian-sources.sh [RELEASE]    bookworm by default
# Only bookworm and trixie come with their updates: sid has none, and those of bullseye are leaving the mirrors. A mirror of sid may
# be weeks old.
set -euo pipefail
# shellcheck disable=SC2016 # apt replaces $(REPO_URI), not the shell
apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | sort -u |
    awk -v release="${1:-bookworm}" '$2 == "bookworm" || (release ~ /^(bookworm|trixie)$/ && $2 ~ /^bookworm-(updates|security)$/) {
        sub(/^bookworm/, release, $2); print "deb", release == "sid" ? "[check-valid-until=no]" : "", $1, $2, "main" }'
