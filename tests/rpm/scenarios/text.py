"""Parts of the agent's output."""

import re


def error(output):
    """The error and its hint from the summary at the end; the last line if there is none."""
    lines = [re.sub("^[a-z]+ failed: ", "", line.strip()) for line in output.splitlines()]
    start = next((i for i, line in enumerate(lines) if re.match(r"(thpc-node-agent: )?[A-Z]+_[A-Z]+: ", line)), None)
    if start is None:
        return lines[-1] if lines else ""
    return " ".join(lines[start:start + 2])


def hint(output):
    return re.split("→|->", error(output))[-1]
