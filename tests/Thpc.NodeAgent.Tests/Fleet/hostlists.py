#!/usr/bin/env python3
"""Prints hostlists.txt: lists of host names as `scontrol show hostlistsorted` folds them.

`scontrol show hostnames` unfolded each line to the names that it was made of. The file is of Slurm 22.05.8 (Debian 12).
Needs scontrol of slurm-client, and a slurm.conf that SLURM_CONF names.

usage: hostlists.py [COUNT]
"""
import random
import subprocess
import sys

MAX_COLUMNS = 140
PREFIXES = ["compute-", "c", "gpu", "node_", "a1b", "VM-0-12-", "n.x-"]
FIXED = ["compute-3,compute-17", "c9,c10,c11", "c09,c10,c11", "c99,c100", "node,node1,node0,node00", "c001,c002,c3,c4,c0004",
         "VM-0-12-tencentos,VM-0-13-tencentos", "n1.x,n2.x", "c099,c100,c0100", "C1,c1", "b2,a1,b1", "1,2,3",
         "x99999999,x100000000", ",".join(f"compute-{i:03}" for i in range(1, 129))]


def names(chance):
    """Names of one or two queues: a range with gaps, padded or not; sometimes names without a number."""
    found = []
    for prefix in sorted(chance.sample(PREFIXES, chance.randint(1, 2))):
        width = chance.choice([0, 0, 2, 3, 4])
        first = chance.choice([0, 1, 7, 95, 990])
        for number in range(first, first + chance.randint(1, 30)):
            if chance.random() < 0.7:
                found.append(f"{prefix}{number:0{width}}")
        if chance.random() < 0.1:
            found.append(f"{prefix}login")
    chance.shuffle(found)
    return ",".join(found) or "localhost"


def main():
    chance = random.Random(1)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for line in FIXED + [names(chance) for _ in range(count)]:
        folded = subprocess.run(["scontrol", "show", "hostlistsorted", line], check=True, capture_output=True, text=True).stdout.strip()
        expanded = subprocess.run(["scontrol", "show", "hostnames", folded], check=True, capture_output=True, text=True).stdout.split()
        if sorted(expanded) != sorted(line.split(",")):
            sys.exit(f"scontrol expands {folded} to {expanded}")
        if len(folded) <= MAX_COLUMNS:
            print(folded)


if __name__ == "__main__":
    main()
