#!/usr/bin/env python3
"""Runs bootstraps over a network that misbehaves, each on a node of its own, and looks at what each leaves.

    tests/weather/run.py [CASE...] [--parallel N] [--short] [--list] [--control]

Each case is one kind of weather: an interface that is down for a while, packets that are lost, late, out of order or doubled, a
name server that is late or wrong, a dead IPv6, a host name that changes. The node and the servers are in namespaces of their own;
between them is a program that forwards frames between two TAP devices, so TCP and the resolver are the real ones. COS and the metadata
service are tests/cos-standin, the file server is NFS-Ganesha, asked by libnfs; then a tmpfs is mounted in place of NFS.

Checked after the run: exit code, error code, time, report, fstab, mounts, the ready file, the health check, processes. Then the weather
is fine, the same command must succeed, and the node must equal one that had fine weather; the script ran once. With --control, the
cases that have one are run with limits or weather that they cannot survive, and must then fail.

Needs root, ./publish.sh and scripts/setup.sh test. The last line is `N passed, N failed`.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(f"{REPOSITORY}/tests/kill")

import cases  # noqa: E402
import checks  # noqa: E402
import machine  # noqa: E402
import scenarios  # noqa: E402

AGENT = os.environ.get("THPC_AGENT", f"{REPOSITORY}/artifacts/linux-x64/thpc-node-agent")
ADDRESSES = [cases.COS, cases.METADATA, cases.PACKAGES, cases.OPT, cases.DATA, cases.COS6, cases.METADATA6, cases.OPT6, cases.DATA6]
SCRIPT = "#!/bin/sh\necho ran >>/var/ran\nexit\n" + "# " + "x" * 125 + "\n"
SCRIPT += ("# " + "x" * 125 + "\n") * 2047
KEYS = {"secret_id": "weather-test-id", "secret_key": "weather-test-key", "token": "weather-test-token"}
MOUNT_NFS = """\
#!/bin/sh
# mount.nfs SOURCE TARGET -o OPTIONS: asks the server as a client does, then mounts a tmpfs of that source, as this kernel may lack NFS.
server=$(echo "${1%:/*}" | tr -d '[]')
nfs-ls "nfs://$server/?version=4" >/dev/null || { echo "mount.nfs: Connection timed out" >&2; exit 32; }
exec mount -i -n -t tmpfs -o size=64k,mode=755 "$1" "$2"
"""
GANESHA = """\
NFS_CORE_PARAM {{ Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; }}
NFSv4 {{ RecoveryRoot = "{work}"; Grace_Period = 1; }}
EXPORT {{ Export_Id = 1; Path = "/"; Pseudo = "/"; Protocols = 4; Access_Type = RW; FSAL {{ Name = MEM; }} }}
"""


def start_servers(work):
    """COS, metadata service and file server, in this network namespace; returns their processes."""
    for address in ADDRESSES:
        ipv6 = ":" in address
        subprocess.run(["ip", "address", "add", f"{address}/{128 if ipv6 else 32}", "dev", "lo", *(["nodad"] if ipv6 else [])], check=True)
    # What is sent to nowhere vanishes.
    for address in (cases.NOWHERE, cases.NOWHERE6):
        subprocess.run(["ip", "route", "add", "blackhole", address], check=True)
    for name in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
        subprocess.run(["sysctl", "-q", f"{name}=1"], check=True)
    scenarios.write(f"{work}/bucket/init.sh", SCRIPT)
    make_packages(work)
    scenarios.write(f"{work}/metadata.json", json.dumps({"instance-id": "ins-weather", "roles": {"thpc": KEYS}}))
    subprocess.run([f"{REPOSITORY}/tests/cos-standin/make-certs.sh", f"{work}/certs"], check=True)
    keys = ["--secret-id", KEYS["secret_id"], "--secret-key", KEYS["secret_key"], "--token", KEYS["token"]]
    tls = ["--tls-cert", f"{work}/certs/good.pem", "--tls-key", f"{work}/certs/good.key"]
    servers = [start_cos(work, address, 443, *keys, *tls) for address in (cases.COS, cases.COS6)]
    servers += [start_cos(work, address, 80, "--metadata", f"{work}/metadata.json") for address in (cases.METADATA, cases.METADATA6)]
    servers.append(start_cos(work, cases.PACKAGES, 80))
    return [*servers, start_ganesha(work)]


def make_packages(work):
    """A repository of one package, of 256 KiB that cannot be compressed, at the top of the bucket."""
    control = "Package: extra-tool\nVersion: 1\nArchitecture: all\nMaintainer: test <test@localhost>\nDescription: test\n"
    scenarios.write(f"{work}/package/DEBIAN/control", control)
    scenarios.write(f"{work}/package/srv/extra-tool", os.urandom(128 << 10).hex())
    package = f"{work}/bucket/extra-tool.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--build", f"{work}/package", package], check=True, stdout=subprocess.DEVNULL)
    with open(package, "rb") as file:
        content = file.read()
    found = f"Filename: ./extra-tool.deb\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n"
    scenarios.write(f"{work}/bucket/Packages", control + found)


def start_cos(work, address, port, *options):
    server = subprocess.Popen([f"{REPOSITORY}/tests/cos-standin/cos_standin.py", "--root", f"{work}/bucket", "--address", address,
                               "--port", str(port), "--end-with-stdin", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if not server.stdout.readline():
        sys.exit(f"the stand-in for COS did not start on {address}")
    return server


def start_ganesha(work):
    log = f"{work}/ganesha.log"
    scenarios.write(f"{work}/ganesha.conf", GANESHA.format(work=work))
    scenarios.write(log, "")
    server = subprocess.Popen(["ganesha.nfsd", "-F", "-f", f"{work}/ganesha.conf", "-L", log, "-p", f"{work}/ganesha.pid"])
    with open(log, encoding="utf-8", errors="replace") as file:
        text = ""
        while "NFS SERVER INITIALIZED" not in text:
            if server.poll() is not None:
                sys.exit(f"NFS-Ganesha ended: {text}")
            text += file.read()
            time.sleep(0.05)
    return server


def make_template(work):
    scenarios.make_kit(work, REPOSITORY, AGENT)
    scenarios.write(f"{work}/kit/mount.nfs", MOUNT_NFS, 0o755)
    root = scenarios.make_fresh(work, REPOSITORY, "")
    scenarios.write(f"{root}/etc/nsswitch.conf", "hosts: files dns\n")
    scenarios.write(f"{root}/etc/hosts", "127.0.0.1 localhost\n")
    scenarios.write(f"{root}/etc/ssl/ca.pem", open(f"{work}/certs/ca.pem", encoding="utf-8").read())
    shutil.rmtree(f"{root}/srv")
    for directory in ("cache/apt/archives/partial", "lib/apt/lists/partial", "lib/dpkg/info", "lib/dpkg/updates", "log/apt"):
        os.makedirs(f"{root}/var/{directory}")
    with open(f"{root}/var/lib/dpkg/status", "a", encoding="utf-8") as file:
        file.write("Package: yp-tools\nStatus: install ok installed\nVersion: 1\n\n")
    return root


def kind(case):
    """Nodes of one kind are equal after fine weather."""
    return (case.ipv6 == "only", case.has_script, case.named, case.has_packages)


def references(chosen, work, template, parallel):
    kinds = {kind(case): case for case in chosen}
    fine = {key: cases.Case("fine", 30, ipv6="only" if key[0] else "", has_script=key[1], named=key[2], has_packages=key[3])
            for key in kinds}
    jobs = [(key, lambda case=case, number=number: checks.fine(case, number, work, template))
            for number, (key, case) in enumerate(fine.items(), 240)]
    found = {}
    for key, result in machine.run_all(jobs, parallel):
        if result.get("problems"):
            sys.exit("fine weather: " + "\n".join(result["problems"]))
        found[key] = result
    return found


def choose(arguments):
    chosen = [case for case in cases.ALL if not arguments.case or any(word in case.name for word in arguments.case)]
    if arguments.short:
        chosen = [case for case in chosen if case.short]
    if arguments.control:
        chosen = [dataclasses.replace(case, name=f"{case.name}; control", **case.control) for case in chosen if case.control]
    return chosen


def main():
    parser = argparse.ArgumentParser(description="Runs bootstraps over a network that misbehaves.")
    parser.add_argument("--parallel", type=int, default=6, metavar="N", help="cases at a time; most of a case is waiting (6)")
    parser.add_argument("--short", action="store_true", help="a part of the cases, part of scripts/test.sh")
    parser.add_argument("--list", action="store_true", help="print the names of the cases, and their codes")
    parser.add_argument("--control", action="store_true", help="cases that cannot succeed, to see that they fail")
    parser.add_argument("--verbose", action="store_true", help="print what the agent printed")
    parser.add_argument("case", nargs="*", help="a part of a name")
    arguments = parser.parse_args()
    chosen = choose(arguments)
    if arguments.list:
        print("\n".join(f"{case.name} | {case.code or 'succeeds'}" for case in chosen))
        return 0
    if not os.environ.get("THPC_WEATHER_NETWORK"):
        # The servers' network namespace; the mount namespace is for sysctl and the file server's own files.
        os.execvpe("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv], {**os.environ, "THPC_WEATHER_NETWORK": "own"})
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start, passed, failed, servers = time.monotonic(), 0, 0, []
    with tempfile.TemporaryDirectory(prefix="thpc-weather-") as work:
        try:
            os.mkdir(f"{work}/root")
            servers = start_servers(work)
            template = make_template(work)
            good = references(chosen, work, template, arguments.parallel)
            jobs = [(case, lambda case=case, number=number: checks.run(case, number, work, template, good[kind(case)]))
                    for number, case in enumerate(chosen, 1)]
            for case, result in machine.run_all(jobs, arguments.parallel):
                well = bool(result.get("exit") and result["problems"]) if arguments.control else not result["problems"]
                passed, failed = passed + well, failed + (not well)
                print(f"{'ok' if well else 'not ok'} - {case.name}: {result.get('code') or 'succeeds'}, "
                      f"exit {result.get('exit')}, {result.get('seconds', 0):.1f} s", flush=True)
                lines = result["problems"] + (result.get("output", []) if arguments.verbose else [])
                print("".join(f"#   {line}\n" for line in lines), end="", flush=True)
        finally:
            for server in servers:
                server.send_signal(signal.SIGKILL)
                server.wait()
    print(f"took {time.monotonic() - start:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
