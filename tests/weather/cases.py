"""The cases: a kind of weather, and how a bootstrap under it must end."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import names

COS, OPT, DATA, PACKAGES, NOWHERE = "10.98.0.2", "10.98.0.3", "10.98.0.4", "10.98.0.5", "10.98.0.99"
METADATA = "169.254.0.23"
COS6, METADATA6, OPT6, DATA6, NOWHERE6 = "fd98::2", "fd98::23", "fd98::3", "fd98::4", "fd98::99"
COS_NAMES = [f"demo-1250000000.cos.ap-guangzhou.{domain}" for domain in ("myqcloud.com", "tencentcos.cn")]
METADATA_NAME, FILES_NAME, PACKAGES_NAME = "metadata.tencentyun.com", "files.internal", "packages.internal"


@dataclasses.dataclass
class Outage:
    """
    The interface is set down at a moment, and up again so many seconds later. pulled: its cable is, and it stays up. forgotten: only
    the connection of that moment is lost, as in a firewall that forgets it.
    """

    at: str
    seconds: float
    pulled: bool = False
    forgotten: bool = False


@dataclasses.dataclass
class Case:
    """
    within: seconds for the run, without a busy machine's margin. code: its error; None if it must succeed. limit: the script's
    timeout. mount: timeout and attempt_timeout. wire: values of Wire. misbehave: of NameServer; dead_server: the first of two
    is silent. control: changes with which the case must fail.
    """

    name: str
    within: float
    code: str | None = None
    limit: int = 60
    mount: tuple[int, int] = (120, 20)
    outage: Outage | None = None
    wire: dict = dataclasses.field(default_factory=dict)
    misbehave: Callable = lambda *_: None
    dead_server: bool = False
    ipv6: str = ""  # "quiet": no server has it; "dead": its servers are not there; "refuses": they refuse; "only"
    has_script: bool = True
    has_packages: bool = False  # a package is missing, and apt installs it
    named: bool = False  # the file server of /opt is configured by its name
    host_names: tuple[str, ...] = ()
    short: bool = False
    control: dict | None = None


def outages():
    moments = {
        "start": "before the agent starts",
        "packages": "at apt's first connection",
        "package": "in the middle of a package's download",
        "metadata": "at the first request of the metadata service",
        "request": "at the first connection to COS",
        "body": "in the middle of the script's download",
        "dial": "at the first connection to a file server",
        "mount": "in the middle of a mount",
    }
    for at, words in moments.items():
        for seconds in (0.3, 5, 30):
            yield Case(f"outage: the interface down for {seconds} s, {words}", 2 * seconds + 15, limit=120,
                       outage=Outage(at, seconds), has_script=at not in ("dial", "mount", "packages", "package"),
                       has_packages=at in ("packages", "package"), short=seconds == 5,
                       control={"limit": 10, "mount": (5, 2)} if seconds == 30 and at in ("metadata", "mount") else None)
    for at in ("body", "mount"):
        yield Case(f"outage: the cable pulled for 30 s, {moments[at]}", 75, limit=120, outage=Outage(at, 30, pulled=True),
                   has_script=at == "body")
    yield Case("outage: the connection forgotten in the middle of the script's download", 35, limit=60,
               outage=Outage("body", 600, forgotten=True), short=True)
    for limit, code in ((10, "SCRIPT_TIMEOUT"), (30, "COS_UNREACHABLE")):
        yield Case(f"outage: the cable pulled for good, in the middle of a download with a limit of {limit} s", limit, code, limit=limit,
                   outage=Outage("body", 600, pulled=True))
    yield Case("outage: the interface down for good, at the first connection to a file server", 20, "MOUNT_UNREACHABLE", mount=(20, 10),
               outage=Outage("dial", 600), has_script=False)
    yield Case("outage: the cable pulled for good, in the middle of a mount", 30, "MOUNT_UNREACHABLE", mount=(20, 10),
               outage=Outage("mount", 600, pulled=True), has_script=False)


SERVERS = (COS, OPT, DATA)
WIRE = [
    ("5 % of the packets lost", {"loss": 0.05}, None, 40),
    ("20 % of the packets lost", {"loss": 0.2}, None, 110),
    ("200 ms to and fro", {"delay": 0.1}, None, 15),
    ("2 s to and fro", {"delay": 1}, None, 60),
    ("4 s to and fro", {"delay": 2}, "COS_UNREACHABLE", 20),
    ("30 % of the packets reordered", {"reorder": 0.3}, None, 20),
    ("30 % of the packets twice", {"duplicate": 0.3}, None, 15),
]


def wires():
    for words, harm, code, within in WIRE:
        yield Case(f"wire: {words}", within, code, limit=20 if code else 120, wire={**harm, "only": SERVERS},
                   short=harm.get("loss") != 0.2 and harm.get("delay") != 2,
                   control={"limit": 10, "mount": (2, 1)} if harm.get("delay") == 1 else None)


def until(seconds, weather, of=(*COS_NAMES, METADATA_NAME)):
    return lambda name, kind, after: weather if after < seconds and name in of else None


DNS = [
    ("answers 3 s late", {"misbehave": lambda *_: 3}, 30),
    ("answers 8 s late", {"misbehave": lambda *_: 8}, 45),
    ("NXDOMAIN for 5 s, then right", {"misbehave": until(5, ("rcode", names.NXDOMAIN))}, 25),
    ("SERVFAIL for 5 s, then right", {"misbehave": until(5, ("rcode", names.SERVFAIL))}, 25),
    ("an address of COS where nothing answers for 5 s, then right", {"misbehave": until(5, ("address", NOWHERE), COS_NAMES)}, 40),
    ("an address of COS that refuses for 5 s, then right", {"misbehave": until(5, ("address", OPT), COS_NAMES)}, 40),
    ("NXDOMAIN of a file server for 5 s, then right",
     {"misbehave": until(5, ("rcode", names.NXDOMAIN), [FILES_NAME]), "has_script": False, "named": True}, 25),
    ("an address of a file server where nothing answers for 5 s, then right",
     {"misbehave": until(5, ("address", NOWHERE), [FILES_NAME]), "has_script": False, "named": True, "mount": (40, 20)}, 25),
    ("answers over TCP alone", {"misbehave": lambda *_: "truncate"}, 15),
    ("the first of two servers silent", {"dead_server": True}, 40),
    ("AAAA queries are not answered, the node has no IPv6",
     {"misbehave": lambda name, kind, after: "drop" if kind == names.AAAA else None}, 15),
    ("AAAA queries are not answered, the node has IPv6",
     {"misbehave": lambda name, kind, after: "drop" if kind == names.AAAA else None, "ipv6": "quiet"}, 60),
]


def dns():
    for words, weather, within in DNS:
        yield Case(f"DNS: {words}", within, limit=60, short=True, **weather,
                   control={"limit": 10, "misbehave": until(600, ("rcode", names.SERVFAIL))} if "SERVFAIL" in words else None)


def others():
    yield Case("IPv6: given and dead, IPv4 works", 25, ipv6="dead", short=True, control={"misbehave": until(600, "drop")})
    yield Case("IPv6: given and refused, IPv4 works", 15, ipv6="refuses", short=True)
    yield Case("IPv6: no IPv4", 15, ipv6="only", short=True)
    host_names = ("localhost", "node417", "node417.cluster.internal")
    yield Case(f"host name: {', '.join(host_names)}", 15, host_names=host_names, short=True)


ALL = [*outages(), *wires(), *dns(), *others()]
