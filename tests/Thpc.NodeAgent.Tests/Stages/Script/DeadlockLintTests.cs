using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.Tests.Stages.Script;

public sealed class DeadlockLintTests
{
    [Theory]
    [InlineData("systemctl restart slurmd", "slurmd.service")]
    [InlineData("systemctl start slurmd.service", "slurmd.service")]
    [InlineData("service slurmd start", "slurmd.service")]
    [InlineData("/sbin/service slurmctld restart", "slurmctld.service")]
    [InlineData("/etc/init.d/slurmd start", "slurmd.service")]
    [InlineData("invoke-rc.d slurmd restart", "slurmd.service")]
    [InlineData("systemctl enable --now slurmd", "slurmd.service")]
    [InlineData("systemctl enable slurmdbd --now", "slurmdbd.service")]
    [InlineData("systemctl start multi-user.target", "multi-user.target")]
    [InlineData("cloud-init status --wait", "cloud-final.service")]
    [InlineData("systemctl is-system-running --wait", "the end of the boot")]
    [InlineData("systemctl start munge slurmd", "slurmd.service")]
    [InlineData("  sudo -E systemctl restart 'slurmd' >/dev/null 2>&1 || exit 1", "slurmd.service")]
    [InlineData("true && systemctl restart slurmd", "slurmd.service")]
    [InlineData("true & systemctl restart slurmd", "slurmd.service")]
    [InlineData("if ! systemctl start slurmd; then", "slurmd.service")]
    [InlineData("out=$(systemctl restart slurmd 2>&1)", "slurmd.service")]
    [InlineData("LC_ALL=C systemctl restart slurmd # now", "slurmd.service")]
    [InlineData("systemctl restart slurmd &>/dev/null", "slurmd.service")]
    public void Waiting_command_is_reported_with_line_number(string line, string what)
    {
        var warning = Assert.Single(DeadlockLint.Find(["#!/bin/bash", "", line, "echo done"]));
        Assert.StartsWith("line 3: `", warning, StringComparison.Ordinal);
        Assert.Contains($" waits for {what}", warning, StringComparison.Ordinal);
        Assert.Contains("`systemctl --no-block`", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# systemctl restart slurmd")]
    [InlineData("true # systemctl restart slurmd")]
    [InlineData("echo 'run systemctl restart slurmd; systemctl restart slurmd'")]
    [InlineData("systemctl --no-block restart slurmd")]
    [InlineData("systemctl restart slurmd --no-block")]
    [InlineData("systemctl restart slurmd &")]
    [InlineData("systemctl restart munge")]
    [InlineData("systemctl restart \"$service\"")]
    [InlineData("systemctl enable slurmd")]
    [InlineData("systemctl stop slurmd")]
    [InlineData("service slurmd status")]
    [InlineData("service slurmd stop")]
    [InlineData("timeout 60 cloud-init status --wait")]
    [InlineData("cloud-init status")]
    [InlineData("ssh other systemctl restart slurmd")]
    public void Other_lines_are_not_reported(string line) => Assert.Empty(DeadlockLint.Find(["#!/bin/bash", line]));

    [Fact]
    public void Continued_line_has_number_of_first_line() =>
        Assert.StartsWith(
            "line 2: ", Assert.Single(DeadlockLint.Find(["#!/bin/bash", "systemctl \\", "  restart \\", "  slurmd"])),
            StringComparison.Ordinal);

    [Fact]
    public void Here_document_is_skipped()
    {
        var warnings = DeadlockLint.Find(
            ["#!/bin/sh", "cat >/root/later.sh <<'EOF'", "systemctl restart slurmd", "EOF", "systemctl restart slurmctld"]);
        Assert.StartsWith("line 5: ", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_after_binary_data_are_skipped() =>
        Assert.Empty(DeadlockLint.Find(["#!/bin/sh", "exit 0", "\0\u0001", "systemctl restart slurmd"]));

    [Theory]
    [InlineData(null, "slurmd.service", "Add `--no-block`")]
    [InlineData("dpkg", "slurmd.service", "In the script, export SYSTEMD_OFFLINE=1")]
    [InlineData(null, null, "Remove this wait")]
    public void Error_names_command_and_units_and_has_matching_hint(string? manager, string? unit, string hint)
    {
        string[] order = unit is null ? ["thpc-node-agent.service"] : [unit, "thpc-node-agent.service"];
        var error =
            DeadlockError.Create("a.sh", new Deadlock(7, "systemctl restart slurmd", order, unit is null, manager), "it printed nothing");
        Assert.Equal(ErrorCode.ScriptDeadlock, error.Code);
        Assert.StartsWith(
            $"a.sh: `systemctl restart slurmd` (pid 7{(manager is null ? "" : ", run by dpkg")}) waits for ", error.Message,
            StringComparison.Ordinal);
        Assert.StartsWith(hint, error.Hint.English, StringComparison.Ordinal);
        Assert.Contains("--no-block", error.Hint.English, StringComparison.Ordinal);
        Assert.Contains("--no-block", error.Hint.Chinese, StringComparison.Ordinal);
    }
}
