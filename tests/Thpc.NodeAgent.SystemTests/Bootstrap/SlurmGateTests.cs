namespace Thpc.NodeAgent.SystemTests.Bootstrap;

/// <summary>The ready files that systemd's conditions test before it starts Slurm's daemons. tests/node runs the real daemons.</summary>
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
    public async Task Ready_files_match_the_outcome_of_the_run(string configuration, int exitCode, bool ready, bool optReady)
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        node.Configure(configuration);
        Directory.CreateDirectory(node.On("/opt")); // the image has one, which is not the shared one
        Assert.Equal(exitCode, (await Agent.RunAsync(node, "bootstrap")).ExitCode);
        Assert.Equal((ready, optReady), (node.Has(Ready), node.Has(OptReady)));
    }

    [Fact]
    public async Task Missing_opt_removes_opt_ready()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        Assert.Equal(0, (await Agent.RunAsync(node, "bootstrap")).ExitCode);
        node.Configure(Opt);
        Assert.Equal(1, (await Agent.RunAsync(node, "bootstrap")).ExitCode);
        Assert.Equal((true, false), (node.Has(Ready), node.Has(OptReady)));
    }

    /// <summary>Error priority in the journal is the prefix of sd-daemon(3).</summary>
    [Fact]
    public async Task Invalid_configuration_is_logged_as_one_error_line()
    {
        using var node = new TemporaryNode();
        node.Configure("[no_such_section]\n[nor_this]\n");
        var run = await Agent.RunAsync(node, "bootstrap", "--log-format", "journal");
        Assert.StartsWith(
            "<3>bootstrap failed: CONFIG_INVALID: ", Assert.Single(run.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
