namespace Thpc.NodeAgent.Tests.Bootstrap;

/// <summary>The ready files that systemd's conditions test before it starts Slurm's daemons. tests/node runs the real daemons.</summary>
public sealed class SlurmGateTests
{
    private const string Ready = "/run/thpc-node-agent/ready";

    private const string OptReady = "/run/thpc-node-agent/opt-ready";

    [Fact]
    public void Slurm_units_have_ordering_and_condition()
    {
        var folder = Path.Combine(Repository.Root, "images/systemd");
        foreach (var (unit, file) in Thpc.NodeAgent.Bootstrap.SlurmGate.ControllerUnits.Select(unit => (unit, OptReady))
            .Append((Thpc.NodeAgent.Bootstrap.SlurmGate.ComputeUnit, Ready)))
        {
            string[] lines = File.ReadAllLines(Path.Combine(folder, $"{unit}.d/zz-thpc-node-agent.conf"));
            Assert.Contains("After=thpc-node-agent.service", lines);
            Assert.Contains($"ConditionPathExists=|{file}", lines);
            Assert.Contains("ConditionPathExists=|!/etc/thpc/node-agent.toml", lines);

            // These settings would stop the daemon together with the named unit.
            Assert.DoesNotContain(
                lines, line =>
                    line.StartsWith("Requires", StringComparison.Ordinal) || line.StartsWith("BindsTo", StringComparison.Ordinal)
                        || line.StartsWith("PartOf", StringComparison.Ordinal));
        }
    }
}
