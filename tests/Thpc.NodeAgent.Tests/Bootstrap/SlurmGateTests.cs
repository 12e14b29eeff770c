using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Bootstrap;

/// <summary>The files that systemd asks before it starts a daemon of Slurm; that it does so is in tests/node, with the real ones.</summary>
public sealed class SlurmGateTests
{
    private const string Ready = "/run/thpc-node-agent/ready";
    private const string OptReady = "/run/thpc-node-agent/opt-ready";
    private const string Opt = "[[cfs]]\nlocal_path = \"/opt/\"\nremote_path = \"127.0.0.1:/\"\n[mount]\ntimeout = 1\n";

    [Theory]
    [InlineData("", 0, true, true)]
    [InlineData("[[init_script]]\nscript_path = \"file:///no/such.sh\"\n", 1, false, true)]
    [InlineData("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.0.1:/\"\n[mount]\ntimeout = 1\n", 1, false, true)]
    [InlineData(Opt, 1, false, false)]
    [InlineData("[no_such_section]\n", 2, false, false)]
    public async Task A_run_opens_the_gate_as_far_as_it_came(string configuration, int exitCode, bool ready, bool optReady)
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        node.Configure(configuration);
        Assert.Equal(exitCode, (await Agent.RunAsync(node, "bootstrap")).ExitCode);
        Assert.Equal((ready, optReady), (node.Has(Ready), node.Has(OptReady)));
    }

    [Fact]
    public async Task An_opt_that_is_gone_closes_the_gate_for_controllers_again()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        Assert.Equal(0, (await Agent.RunAsync(node, "bootstrap")).ExitCode);
        node.Configure(Opt);
        Assert.Equal(1, (await Agent.RunAsync(node, "bootstrap")).ExitCode);
        Assert.Equal((true, false), (node.Has(Ready), node.Has(OptReady)));
    }

    /// <summary>In the journal it is at error priority (sd-daemon(3)).</summary>
    [Fact]
    public async Task A_configuration_that_was_refused_is_one_line_at_error_priority()
    {
        using var node = new TemporaryNode();
        node.Configure("[no_such_section]\n[nor_this]\n");
        var run = await Agent.RunAsync(node, "bootstrap", "--log-format", "journal");
        Assert.StartsWith("<3>bootstrap failed: CONFIG_INVALID: ", Assert.Single(run.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_daemon_of_Slurm_is_ordered_after_the_run_and_has_its_condition()
    {
        var folder = Path.Combine(Agent.Repository, "images/systemd");
        foreach (var (unit, file) in Thpc.NodeAgent.Bootstrap.SlurmGate.ControllerUnits.Select(unit => (unit, OptReady)).Append((Thpc.NodeAgent.Bootstrap.SlurmGate.ComputeUnit, Ready)))
        {
            string[] lines = File.ReadAllLines(Path.Combine(folder, $"{unit}.d/zz-thpc-node-agent.conf"));
            Assert.Contains("After=thpc-node-agent.service", lines);
            Assert.Contains($"ConditionPathExists=|{file}", lines);
            Assert.Contains("ConditionPathExists=|!/etc/thpc/node-agent.toml", lines);

            // They stop with what they name.
            Assert.DoesNotContain(lines, line => line.StartsWith("Requires", StringComparison.Ordinal) || line.StartsWith("BindsTo", StringComparison.Ordinal) || line.StartsWith("PartOf", StringComparison.Ordinal));
        }
    }
}
