using Thpc.NodeAgent.Doctor.Checks;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Tests.Bootstrap;

/// <summary>The blocks are what systemd 252 printed on a node whose bootstrap had failed.</summary>
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
    [InlineData("ActiveState=active", false)] // it runs
    [InlineData("Job=77", false)] // its turn comes
    [InlineData("ConditionResult=yes", false)] // a person stopped it
    [InlineData("ConditionTimestampMonotonic=0", false)] // nobody asked for it in this boot
    [InlineData("LoadState=not-found", false)]
    [InlineData("UnitFileState=disabled", true)] // a script asked for its start
    public void Only_a_start_that_a_condition_refused_is_held_back(string change, bool held)
    {
        var lines = Held.Split('\n').Where(line => change.Length == 0 || line.Split('=')[0] != change.Split('=')[0]).Append(change);
        Assert.Equal(held, Assert.Single(UnitState.Parse(string.Join('\n', lines))).IsHeldBack);
    }

    [Theory]
    [InlineData("LoadState=not-found", null)]
    [InlineData("DropInPaths=", "slurmd.service starts on a node that is not whole: it lacks the agent's drop-in")]
    [InlineData("DropInPaths=/etc/systemd/system/slurmd.service.d/here.conf /etc/systemd/system/slurmd.service.d/zz-thpc-node-agent.conf", "slurmd.service is held back until a bootstrap succeeds")]
    [InlineData("DropInPaths=/lib/systemd/system/slurmd.service.d/zz-thpc-node-agent.conf\nActiveState=active", "slurmd.service is active, and waits for the bootstrap at boot")]
    public void Doctor_says_whether_the_gate_is_there_and_closed(string changes, string? expected)
    {
        string[] changed = changes.Split('\n');
        var lines = Held.Split('\n').Where(line => !Array.Exists(changed, change => change.Split('=')[0] == line.Split('=')[0])).Concat(changed);
        Assert.Equal(expected, NodeChecks.Gate(Assert.Single(UnitState.Parse(string.Join('\n', lines))))?.Measured);
    }

    [Fact]
    public void Each_block_is_a_unit()
    {
        var units = UnitState.Parse(Held + "\n\nId=munge.service\nLoadState=loaded\nActiveState=failed\nUnitFileState=enabled-runtime\n");
        Assert.Equal([("slurmd.service", "inactive", true), ("munge.service", "failed", true)], units.Select(unit => (unit.Name, unit.Active, unit.Enabled)));
    }
}
