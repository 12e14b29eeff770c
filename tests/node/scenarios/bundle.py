"""`bundle` on a node with systemd: it has the journal, the units and the kernel's log, and no key."""

import io
import tarfile

from cluster import COS_KEYS, DATA, OPT, REPORT, compute, configuration, run_ended, with_cos, with_storage
from run import expect, scenario


@scenario
def a_bundle_has_the_journal_the_units_the_mounts_and_the_kernels_log_and_no_key(machines):
    node = with_cos(with_storage(machines.add(compute(machines.network, config=configuration(OPT + DATA)))))
    node.boot()
    expect(run_ended(node) == "active", f"the bootstrap failed: {node.read(REPORT)}")
    node.run("thpc-node-agent bundle --timeout 60 --output /srv/bundle.tar.gz", check=True)
    with tarfile.open(fileobj=io.BytesIO(node.path("/srv/bundle.tar.gz").read_bytes())) as archive:
        files = {member.name.rsplit("/", 1)[-1]: archive.extractfile(member).read().decode() for member in archive if member.isfile()}
    for name, words in {"journal.txt": ["bootstrap succeeded"], "units.txt": ["ExecStart=/usr/local/bin/thpc-node-agent bootstrap"],
                        "mountinfo": [" /opt ", "127.0.98.3:/id/opt"], "dmesg.txt": ["$ dmesg\n["],
                        "doctor.json": ['"verdict": "ok"', "configuration, mount table and fstab agree"]}.items():
        missing = [word for word in words if word not in files.get(name, "")]
        expect(not missing, f"{name} lacks {missing}: {files.get(name, f'there are {sorted(files)}')[:1500]}")
    keys = [line.split('"')[1] for line in COS_KEYS.splitlines()]
    leaks = [name for name, text in files.items() if keys[1] in text]
    expect(not leaks, f"the key for COS is in {leaks}")
