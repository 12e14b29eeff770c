"""Scripts of packages that fail."""

import re

from run import RPM, expect, scenario
from scenarios.text import error, hint


@scenario(*RPM)
def post_fails(node):
    node.only("toy-badpost")
    for attempt in ("first", "second"):
        out = node.install()
        expect(out.code == 0, f"the {attempt} run succeeds: the package is installed", out)
        warning = next((line for line in out.output.splitlines() if "warning: " in line and "toy-badpost" in line), "")
        expect("exit status 3" in warning, f"the {attempt} run warns of the package and its script", out)


@scenario(*RPM)
def pre_fails(node):
    node.only("toy-badpre")
    out = node.install()
    expect(out.code == 1 and "again in" not in out.output, "it fails without a retry", out)
    expect(re.search("(PREIN|%prein).*toy-badpre", error(out.output)), "the package and its script are named", out)
    expect("script" in hint(out.output), "the hint names the package's script", out)


@scenario("debian12")
def postinst_fails(node):
    node.only("toy-badpost")
    out = node.install()
    expect(out.code == 1 and "toy-badpost" in error(out.output) and "exit status 3" in error(out.output),
           "the package and its script are named", out)
    expect("script" in hint(out.output), "the hint names the package's script", out)
