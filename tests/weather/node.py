"""A node of its own for each case, behind a wire of its own: namespaces of files, processes, network and host name."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time

import cases
import machine
import moment
import names
import tree
import wire

NEW_NETWORK, NEW_HOST_NAME = 0x40000000, 0x04000000
CONFIG = """\
[cluster]
id = "hpc-8hje8h12"
node_role = "COMPUTE"

[cos]
credentials = "role"

[mount]
timeout = {mount[0]}
attempt_timeout = {mount[1]}

[[cfs]]
local_path = "/opt"
remote_path = "{opt}:/id/opt"

[[cfs]]
local_path = "/data"
remote_path = "{data}:/"
protocol = "NFS 4.0"
"""
SCRIPT = """
[[init_script]]
script_path = "cos://{host}/init.sh"
timeout = {limit}
"""
ENVIRONMENT = {**moment.ENVIRONMENT, "SSL_CERT_FILE": "/etc/ssl/ca.pem"}
MOUNTED_FROM = tuple(f"{server}:" for server in (cases.FILES_NAME, cases.OPT, cases.DATA, f"[{cases.OPT6}]", f"[{cases.DATA6}]"))
PACKAGES = """
[packages]
extra = ["extra-tool"]
"""
BODY = 64 << 10  # so much of a script or package has come in its middle

# Files that differ between any two runs.
OF_ITS_OWN = [moment.REPORT, moment.LOCK, moment.CONFIG, "/etc/resolv.conf", "/etc/hostname", "/run/thpc-node-agent/mountstats",
              "/var/lib/apt", "/var/cache", "/var/log/apt", "/var/log/dpkg.log", "/var/log/thpc-node-agent/packages.log"]


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Node:
    """Made by the process that becomes it. Its number makes its addresses."""

    def __init__(self, case, number, work, template):
        self.case, self.number, self.out = case, number, False
        self.names = names.NameServer(self.zone(), case.misbehave)
        self.bind_names()
        cloud = wire.open_tap(f"w{number}")
        ip("address", "add", f"10.77.{number}.1/24", "dev", f"w{number}")
        ip("address", "add", f"fd77:{number}::1/64", "dev", f"w{number}", "nodad")
        ip("link", "set", f"w{number}", "up")
        machine.call("unshare", NEW_NETWORK | NEW_HOST_NAME)
        socket.sethostname(case.host_names[0] if case.host_names else "node")
        self.wire = wire.Wire(wire.open_tap("eth0"), cloud, number)
        machine.enter(work, template)
        self.write_files()
        for name in ("default", "all") if case.ipv6 else ():
            moment_write(f"/proc/sys/net/ipv6/conf/{name}/keep_addr_on_down", "1")
        if case.ipv6 != "only":
            ip("address", "add", f"10.77.{number}.2/24", "dev", "eth0")
        if case.ipv6:
            ip("address", "add", f"fd77:{number}::2/64", "dev", "eth0", "nodad")
        ip("link", "set", "lo", "up")
        self.up()
        self.wire.start()
        self.names.start()

    def zone(self):
        """The addresses of COS and of the metadata service."""
        ipv6 = self.case.ipv6
        cos6 = {"only": cases.COS6, "dead": cases.NOWHERE6, "refuses": cases.OPT6}.get(ipv6)
        metadata6 = {"only": cases.METADATA6, "dead": cases.NOWHERE6, "refuses": cases.OPT6}.get(ipv6)
        ipv4 = ipv6 != "only"
        return {
            **dict.fromkeys(cases.COS_NAMES, {names.A: cases.COS if ipv4 else None, names.AAAA: cos6}),
            cases.FILES_NAME: {names.A: cases.OPT},
            cases.PACKAGES_NAME: {names.A: cases.PACKAGES},
            cases.METADATA_NAME: {names.A: cases.METADATA if ipv4 else None, names.AAAA: metadata6},
        }

    def bind_names(self):
        self.resolvers = [f"fd99::{self.number}:53" if self.case.ipv6 == "only" else f"10.99.{self.number}.53"]
        if self.case.dead_server:
            self.resolvers.insert(0, f"10.99.{self.number}.52")
        for address in self.resolvers:
            ip("address", "add", f"{address}/{128 if ':' in address else 32}", "dev", "lo", *(["nodad"] if ":" in address else []))
            self.names.bind(address, silent=address.endswith(".52"))

    def write_files(self):
        opt, data = (f"[{cases.OPT6}]", f"[{cases.DATA6}]") if self.case.ipv6 == "only" else (cases.OPT, cases.DATA)
        opt = cases.FILES_NAME if self.case.named else opt
        text = CONFIG.format(mount=self.case.mount, opt=opt, data=data)
        if self.case.has_script:
            text += SCRIPT.format(host=cases.COS_NAMES[0], limit=self.case.limit)
        if self.case.has_packages:
            text += PACKAGES
            os.remove(moment.MARKER)
            os.makedirs("/etc/apt")
            moment_write("/etc/apt/sources.list", f"deb [trusted=yes] http://{cases.PACKAGES_NAME}/ ./\n")
        moment_write(moment.CONFIG, text)
        moment_write("/etc/resolv.conf", "".join(f"nameserver {address}\n" for address in self.resolvers))
        moment_write("/etc/hostname", f"{socket.gethostname()}\n")

    def up(self):
        """As a network manager does: the interface up, and its routes."""
        ip("link", "set", "eth0", "up")
        if self.case.ipv6 != "only":
            ip("route", "replace", "default", "via", f"10.77.{self.number}.1")
        if self.case.ipv6:
            ip("route", "replace", "default", "via", f"fd77:{self.number}::1", "dev", "eth0")

    # --- weather -----------------------------------------------------------------------------------------------------

    def worsen(self):
        for name, value in self.case.wire.items():
            setattr(self.wire, name, value)
        if self.case.outage and self.case.outage.at == "start":
            self.take_out(None)
        elif self.case.outage:
            self.wire.watch(self.moment(self.case.outage.at), self.take_out)
        for name, at in zip(self.case.host_names[1:], ("request", "mount")):
            self.wire.watch(self.moment(at), lambda _, name=name: self.rename(name))

    @staticmethod
    def moment(at):
        """A predicate of packets that is true from that moment on."""
        files, received = (cases.OPT, cases.DATA), [0]

        def half(packet, server):
            received[0] += 0 if packet.to_cloud or packet.server != server else packet.length
            return received[0] > BODY

        return {
            "packages": lambda packet: packet.starts and packet.server == cases.PACKAGES,
            "package": lambda packet: half(packet, cases.PACKAGES),
            "metadata": lambda packet: packet.starts and packet.server == cases.METADATA,
            "request": lambda packet: packet.starts and packet.server == cases.COS,
            "body": lambda packet: half(packet, cases.COS),
            "dial": lambda packet: packet.starts and packet.server in files,
            "mount": lambda packet: packet.to_cloud and packet.server in files and packet.length > 0,
        }[at]

    def take_out(self, packet):
        self.out = True
        if self.case.outage.forgotten:
            self.wire.forgotten.add((packet.server, packet.client))
        elif self.case.outage.pulled:
            self.wire.cut = True
        else:
            ip("link", "set", "eth0", "down")
        self.timer = threading.Timer(self.case.outage.seconds, self.bring_back)
        self.timer.daemon = True
        self.timer.start()

    def bring_back(self):
        self.wire.cut = False
        self.up()

    def rename(self, name):
        socket.sethostname(name)
        moment_write("/etc/hostname", f"{name}\n")

    def calm(self):
        if self.out:
            self.timer.cancel()
        self.wire.calm()
        self.names.calm()
        self.bring_back()

    @property
    def was_harmed(self):
        case = self.case
        return bool(self.out if case.outage else self.wire.harmed or self.names.harmed or case.ipv6 or "no IPv6" in case.name)

    # --- the agent and its node --------------------------------------------------------------------------------------

    def agent(self, *words, limit=300):
        start = time.monotonic()
        done = subprocess.run(["/kit/agent", *words], env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=limit, check=False)
        return done, time.monotonic() - start

    def look(self):
        # A script's marker has the ids of the machine that were known then.
        found = {path: "a marker" if path.endswith(".done") else state for path, state in tree.look(OF_ITS_OWN).items()}
        return {"tree": found, "mounts": machine.mounted(MOUNTED_FROM)}


def moment_write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
