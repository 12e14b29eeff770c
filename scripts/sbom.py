#!/usr/bin/env python3
"""Writes the executable's bill of materials, CycloneDX 1.5 as JSON, to standard output: NuGet packages, .NET's runtime, and
linked parts of Debian's packages such as OpenSSL. It reads only the locks of the build, so the same build gives the same text.

usage: sbom.py x64|arm64 EXECUTABLE VERSION portable|host     host: built without the sysroot
"""
import base64
import hashlib
import json
import pathlib
import re
import sys

arch, executable, version, link = sys.argv[1:]
root = pathlib.Path(__file__).resolve().parent.parent
nuget = json.loads((root / "src/Thpc.NodeAgent/packages.lock.json").read_text())["dependencies"]["net10.0"]
tools = {"Microsoft.DotNet.ILCompiler", "Microsoft.NET.ILLink.Tasks"}  # used by the build, not part of the result


def component(name, version, purl, **more):
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, **more}


def hashes(algorithm, content):
    return [{"alg": algorithm, "content": content}]


def of_nuget(name, package):
    version = package["resolved"]
    return component(name, version, f"pkg:nuget/{name}@{version}", hashes=hashes("SHA-512", base64.b64decode(package["contentHash"]).hex()))


def of_debian():
    """Components for OpenSSL's archives and the start-up objects of glibc and gcc."""
    wanted = {"libssl-dev": "openssl", "libc6-dev": "glibc", "libgcc-10-dev": "gcc"}
    debian = {"x64": "amd64", "arm64": "arm64"}[arch]
    for line in (root / "src/portable/sysroot.lock").read_text().splitlines():
        fields = line.split()
        if fields[0] != debian:
            continue
        package, version, _ = fields[2].rsplit("/", 1)[1].split("_")
        if package not in wanted:
            continue
        upstream = re.match(r"[0-9.]+[0-9]", version)[0]
        name = wanted[package]
        vendor = name if name == "openssl" else "gnu"
        yield component(
            name, upstream, f"pkg:deb/debian/{package}@{version}?arch={debian}",
            cpe=f"cpe:2.3:a:{vendor}:{name}:{upstream}:*:*:*:*:*:*:*", hashes=hashes("SHA-256", fields[3]))


runtime = nuget["Microsoft.DotNet.ILCompiler"]["resolved"]
packs = [f"Microsoft.NETCore.App.Runtime.NativeAOT.linux-{arch}", f"runtime.linux-{arch}.Microsoft.DotNet.ILCompiler"]
components = [of_nuget(name, package) for name, package in sorted(nuget.items()) if name not in tools]
components += [component(pack, runtime, f"pkg:nuget/{pack}@{runtime}") for pack in packs]
components += list(of_debian()) if link == "portable" else []
own = f"pkg:generic/thpc-node-agent@{version}?arch={arch}"
print(json.dumps({
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "version": 1,
    "metadata": {
        "component": {
            "type": "application",
            "bom-ref": own,
            "name": "thpc-node-agent",
            "version": version,
            "purl": own,
            "hashes": hashes("SHA-256", hashlib.sha256(pathlib.Path(executable).read_bytes()).hexdigest()),
        },
    },
    "components": components,
    "dependencies": [{"ref": own, "dependsOn": [item["bom-ref"] for item in components]}],
}, indent=2))
