using Thpc.NodeAgent.Doctor.Checks;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Tests.Host.Units;

/// <summary>The blocks are output of systemd 252 on a node with a failed bootstrap.</summary>
public sealed class UnitStateTests
{
    private const string Held = """
        Id=slurmd.service
        LoadState=loaded
        ActiveState=inactive
        UnitFileState=enabled
        ConditionResult=no
        ConditionTimestampMonotonic=1234567
        """;

    [Theory]
    [InlineData("", true)]
    [InlineData("ActiveState=active", false)] // running
    [InlineData("Job=77", false)] // start is queued
    [InlineData("ConditionResult=yes", false)] // stopped by an operator
    [InlineData("ConditionTimestampMonotonic=0", false)] // not started in this boot
    [InlineData("LoadState=not-found", false)]
    [InlineData("UnitFileState=disabled", true)] // started by a script
    public void Unit_is_held_back_only_by_failed_condition(string change, bool held)
    {
        var lines = Held.Split('\n').Where(line => change.Length == 0 || line.Split('=')[0] != change.Split('=')[0]).Append(change);
        Assert.Equal(held, Assert.Single(UnitState.Parse(string.Join('\n', lines))).IsHeldBack);
    }

    [Theory]
    [InlineData("LoadState=not-found", null)]
    [InlineData("DropInPaths=", "slurmd.service does not wait for the bootstrap: the agent's drop-in is missing")]
    [InlineData("DropInPaths=/etc/systemd/system/slurmd.service.d/here.conf /etc/systemd/system/slurmd.service.d/zz-thpc-node-agent.conf",
        "slurmd.service is held back until a bootstrap succeeds")]
    [InlineData(
        "DropInPaths=/lib/systemd/system/slurmd.service.d/zz-thpc-node-agent.conf\nActiveState=active",
        "slurmd.service is active; at boot it waits for the bootstrap")]
    public void Doctor_reports_missing_and_unmet_drop_in(string changes, string? expected)
    {
        string[] changed = changes.Split('\n');
        var lines =
            Held.Split('\n').Where(line => !Array.Exists(changed, change => change.Split('=')[0] == line.Split('=')[0])).Concat(changed);
        Assert.Equal(expected, NodeChecks.SlurmUnit(Assert.Single(UnitState.Parse(string.Join('\n', lines))))?.Message);
    }

    [Fact]
    public void Each_block_is_parsed_as_unit()
    {
        var units = UnitState.Parse(Held + "\n\nId=munge.service\nLoadState=loaded\nActiveState=failed\nUnitFileState=enabled-runtime\n");
        Assert.Equal(
            [("slurmd.service", "inactive", true), ("munge.service", "failed", true)],
            units.Select(unit => (unit.Name, unit.Active, unit.Enabled)));
    }
}
