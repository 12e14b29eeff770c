#!/usr/bin/env python3
"""Runs images/prometheus/rules.yml in a real Prometheus over real node_exporters and the real agent's metrics.

usage: run.py [NODES]     as root; 200 nodes by default, 8 at least. Needs ./publish.sh, and setup.sh test.

Each node is a root directory on which the executable bootstraps, and a node_exporter at an address of its own that serves
the metrics file. Three nodes fail by their script, one is slow, one has hung for 40 minutes, one has not bootstrapped since
it booted, and one lacks a mount. All rules must be evaluated without an error, and fire for these nodes and no other.
Runs in namespaces of its own, so that ports are free and everything ends with it. Last line: N passed, N failed.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
AGENT = os.environ.get("THPC_AGENT", str(REPOSITORY / "artifacts/linux-x64/thpc-node-agent"))
PROMETHEUS = "127.0.0.1:9090"
LIMIT = 180  # seconds for everything that is waited for
SLOW = 12  # seconds: more than twice the median and 10 s, as the rule has it

results = {"passed": 0, "failed": 0}


def check(name, holds, details=""):
    results["passed" if holds else "failed"] += 1
    print(f"{'ok' if holds else 'FAILED'}: {name}{'' if holds else f': {details}'}", flush=True)


def wait_for(what, probe):
    """Returns the first true value of the probe."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if value := probe():
            return value
        time.sleep(0.5)
    raise TimeoutError(f"{what}: not within {LIMIT} s")


def ask(path):
    """The data of an answer of Prometheus' API; None while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://{PROMETHEUS}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def bootstrap(node, script):
    """Starts a bootstrap on a new root directory whose metrics go to node/metrics."""
    root = node / "root"
    for directory in ("etc/thpc", "root", "srv", "metrics"):
        (root / directory).mkdir(parents=True)
    (root / "etc/os-release").write_text("ID=debian\nVERSION_ID=\"12\"\n")
    (root / "root/thpc_preinstalled.json").touch()
    (root / "srv/init.sh").write_text(f"#!/bin/sh\n{script}\n")
    (root / "etc/thpc/node-agent.toml").write_text(
        '[cluster]\nid = "hpc-8hje8h12"\nnode_role = "COMPUTE"\n[metadata]\nendpoint = ""\n'
        '[metrics]\ntextfile = "/metrics/thpc.prom"\n[[init_script]]\nscript_path = "file:///srv/init.sh"\ntimeout = 60\n')
    return subprocess.Popen(
        [AGENT, "bootstrap", "--root", str(root)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def edit(node, name, value):
    """Sets a metric to what a node in that state would have: this cannot wait for 40 minutes."""
    file = node / "root/metrics/thpc.prom"
    text, count = re.subn(rf"^(thpc_node_agent_{name}) .*$", rf"\1 {value}", file.read_text(), flags=re.MULTILINE)
    assert count == 1, name
    file.write_text(text)


def make_nodes(work, count):
    """Bootstraps all nodes, a few at a time. Returns their directories by name."""
    scripts = {"n2": "exit 3", "n3": "exit 3", "n4": "exit 3", "n5": f"sleep {SLOW}"}
    nodes = {f"n{i}": work / f"n{i}" for i in range(1, count + 1)}
    running = []
    for name, node in nodes.items():
        running.append(bootstrap(node, scripts.get(name, "true")))
        while len(running) > 8:
            running.pop(0).wait(timeout=LIMIT)
    for process in running:
        process.wait(timeout=LIMIT)
    now = int(time.time())
    edit(nodes["n6"], "running", 1)
    edit(nodes["n6"], "last_run_start_timestamp_seconds", now - 2400)
    edit(nodes["n8"], "mounts_configured", 3)
    edit(nodes["n8"], "mounts_mounted", 2)

    # node_exporter's own metric of the boot is of this machine; the test's nodes have one each.
    boot = "# HELP node_boot_time_seconds Node boot time.\n# TYPE node_boot_time_seconds gauge\nnode_boot_time_seconds"
    for name, node in nodes.items():
        (node / "root/metrics/boot.prom").write_text(f"{boot} {now - 3600}\n")
    edit(nodes["n7"], "last_run_start_timestamp_seconds", now - 90_000)
    return nodes


def start_exporters(nodes):
    """Starts a node_exporter for each node. Returns the configuration of Prometheus' targets."""
    targets = []
    for i, (name, node) in enumerate(nodes.items(), start=1):
        address = f"127.1.{i // 250}.{i % 250 + 1}:9100"
        subprocess.Popen(
            ["prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
             f"--collector.textfile.directory={node}/root/metrics", f"--web.listen-address={address}", "--log.level=error"],
            env={**os.environ, "GOMAXPROCS": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        targets.append({"targets": [address], "labels": {"instance": name}})
    return targets


def start_prometheus(work, targets):
    (work / "targets.json").write_text(json.dumps(targets))
    (work / "prometheus.yml").write_text(f"""
global:
  scrape_interval: 3s
  evaluation_interval: 3s
rule_files: [{REPOSITORY}/images/prometheus/rules.yml]
scrape_configs:
  - job_name: node
    file_sd_configs: [{{files: [{work}/targets.json]}}]
""")
    return subprocess.Popen(
        ["prometheus", f"--config.file={work}/prometheus.yml", f"--storage.tsdb.path={work}/data", f"--web.listen-address={PROMETHEUS}",
         "--log.level=error"])


def rules():
    """The rules by name, with health and alerts."""
    groups = (ask("rules") or {}).get("groups", [])
    return {rule["name"]: rule for group in groups for rule in group["rules"]}


def all_nodes_are_seen(count):
    answer = ask("query?query=count(thpc_node_agent_info)")
    return answer and answer["result"] and int(answer["result"][0]["value"][1]) == count


def value_of(expression):
    result = (ask(f"query?query={urllib.request.quote(expression)}") or {}).get("result")
    return float(result[0]["value"][1]) if result else None


def run(work, count):
    nodes = make_nodes(work, count)
    print(f"{count} nodes have bootstrapped", flush=True)
    start_prometheus(work, start_exporters(nodes))
    wait_for("the metrics of all nodes", lambda: all_nodes_are_seen(count))

    # Recorded over all nodes, and then alerted on.
    outcomes = 'sum(cluster:thpc_node_agent_nodes:count)'
    wait_for("the recorded outcomes of all nodes", lambda: value_of(outcomes) == count)
    wait_for("an alert about the recorded times", lambda: rules()["ThpcNodeSlow"]["alerts"])
    expected = {
        "ThpcNodeHangs": {"n6"},
        "ThpcNodeNotBootstrapped": {"n7"},
        "ThpcNodeFailed": {"n2", "n3", "n4"},
        "ThpcNodeSlow": {"n5"},
        "ThpcMountMissing": {"n8"},
        "ThpcMountSick": set(),
    }

    def about(name):
        return {alert["labels"]["instance"] for alert in found[name]["alerts"]}

    # A scrape that comes late on a busy machine takes a node out of the rules until the next one.
    end = time.monotonic() + LIMIT
    found = rules()
    while any(about(name) != wanted for name, wanted in expected.items()) and time.monotonic() < end:
        time.sleep(0.5)
        found = rules()
    time_of_rules = max(rule["evaluationTime"] for rule in found.values())
    for name, rule in sorted(found.items()):
        check(f"{name} is evaluated", rule["health"] == "ok", rule.get("lastError", rule["health"]))
    for name, wanted in expected.items():
        check(f"{name} is about {sorted(wanted)}", about(name) == wanted, sorted(about(name)))
    failing = {(alert["labels"]["cluster_id"], alert["labels"]["code"]) for alert in found["ThpcClusterFails"]["alerts"]}
    wanted = {("hpc-8hje8h12", "SCRIPT_FAILED")} if len(expected["ThpcNodeFailed"]) > 0.1 * count else set()
    check(f"ThpcClusterFails is about {sorted(wanted)}", failing == wanted, failing)
    check("failed nodes are counted by code", value_of("cluster_code:thpc_node_agent_failed_nodes:count") == 3)
    print(f"the slowest rule took {1000 * time_of_rules:.1f} ms over {count} nodes")


def main():
    count = max(8, int(sys.argv[1])) if len(sys.argv) > 1 else 200
    if os.environ.get("THPC_IN_NAMESPACE") != "1":
        os.execvpe("unshare", ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, *sys.argv],
                   {**os.environ, "THPC_IN_NAMESPACE": "1"})
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(prefix="thpc-prometheus-") as work:
        try:
            run(pathlib.Path(work), count)
        except Exception as error:  # pylint: disable=broad-except
            check("the run", False, repr(error))
    print(f"{results['passed']} passed, {results['failed']} failed")
    return 1 if results["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
