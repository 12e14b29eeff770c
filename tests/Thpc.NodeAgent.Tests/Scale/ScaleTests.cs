using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Scale;

/// <summary>
/// Thousands of nodes that start within one second, simulated with the agent's own pauses, limits and defaults.
/// THPC_SCALE=full also simulates 10,000 nodes for each row of the table in docs/development/performance.md, and prints the table.
/// </summary>
public sealed class ScaleTests(ITestOutputHelper output)
{
    private const int Many = 10_000;

    // The name, what the servers can do, `timeout` of the script, more settings.
    private static readonly (string Name, ServerLimits Limits, int Timeout, string More)[] Rows =
    [
        ("all servers answer", new(), 30, ""),
        ("1 % of DNS queries lost", new(NameLoss: 0.01), 30, ""),
        ("metadata silent for 3 s", new(MetadataSilent: 3), 30, ""),
        ("NFS server down for 60 s", new(NfsDown: 60), 30, ""),
        ("NFS: 1,000 calls/s", new(NfsCalls: 1_000), 30, ""),
        ("the same, patient mounts", new(NfsCalls: 1_000), 30, "[mount]\nattempt_timeout = 300\ntimeout = 600\n"),
        ("COS: 100 requests/s", new(Cos: 100), 30, ""),
        ("the same, script `timeout = 600`", new(Cos: 100), 600, ""),
        ("DNS: 500 queries/s", new(Names: 500), 30, ""),
        ("the same, script `timeout = 600`", new(Names: 500), 600, ""),
    ];

    [Fact]
    public void Page_has_the_rows_of_the_simulation()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/development/performance.md"));
        List<string> missing = [];
        foreach (var (name, limits, timeout, more) in Rows)
        {
            foreach (var nodes in Environment.GetEnvironmentVariable("THPC_SCALE") == "full" ? [100, 1_000, Many] : (int[])[100, 1_000])
            {
                if (nodes == 100 && limits != new ServerLimits())
                {
                    continue;
                }

                var row = FleetStart.Run(nodes, limits, timeout, more).Row(name);
                output.WriteLine(row);
                if (!page.Contains(row + "\n", StringComparison.Ordinal))
                {
                    missing.Add(row);
                }
            }
        }

        Assert.Empty(missing);
    }

    /// <summary>COS serves one object 1,000 times a second, and the script's limit is 30 s.</summary>
    [Fact]
    public void Ten_thousand_nodes_become_whole_with_default_limits()
    {
        var start = FleetStart.Run(Many, new ServerLimits());
        Assert.Equal(("", 0, 0), (start.MainFailure, start.Failed, start.Unpublished));
        Assert.InRange(start.All.Average(node => node.CosRequests), 1, 2);
        Assert.All(start.All, node => Assert.Equal(2 * NodeRequests.QueriesOfName, node.NameQueries));
        Assert.All(
            start.All,
            node => Assert.Equal(NodeRequests.MetadataForInstanceId + NodeRequests.MetadataForRole, node.MetadataRequests));
    }

    [Fact]
    public void Nodes_wait_for_an_nfs_server_that_is_down_for_a_minute()
    {
        var start = FleetStart.Run(1_000, new ServerLimits(NfsDown: 60));
        Assert.Equal(0, start.Failed);
        Assert.InRange(start.WholeAfter(1)!.Value, 60, 60 + 15);
    }

    /// <summary>The smallest servers with which 10,000 nodes become ready with default limits; half of each is too small.</summary>
    [Theory]
    [InlineData("Cos", 500)]
    [InlineData("Names", 1_500)]
    [InlineData("NfsCalls", 3_000)]
    [InlineData("Mountd", 300)]
    [InlineData("Accepts", 2_000)]
    public void Servers_need_a_size(string server, double perSecond)
    {
        Assert.Equal(0, FleetStart.Run(Many, Limits(perSecond)).Failed);
        Assert.NotEqual(0, FleetStart.Run(Many, Limits(perSecond / 2)).Failed);

        ServerLimits Limits(double limit) => server switch
        {
            "Cos" => new(Cos: limit),
            "Names" => new(Names: limit),
            "NfsCalls" => new(NfsCalls: limit),
            "Mountd" => new(Mountd: limit),
            _ => new(Accepts: limit),
        };
    }

    /// <summary>Reports wait behind the mounts of the others, for 10 s at most.</summary>
    [Fact]
    public void Reports_need_a_larger_nfs_server_than_mounts()
    {
        Assert.Equal(0, FleetStart.Run(Many, new ServerLimits(NfsCalls: 8_000)).Unpublished);
        Assert.NotEqual(0, FleetStart.Run(Many, new ServerLimits(NfsCalls: 4_000)).Unpublished);
    }

    /// <summary>A server that could never have served all in time fails the others with its own error.</summary>
    [Fact]
    public void Nodes_that_a_slow_cos_cannot_serve_in_time_fail_with_its_error()
    {
        var start = FleetStart.Run(5_000, new ServerLimits(Cos: 100));
        Assert.InRange(start.Nodes - start.Failed, 2_500, 3_000);
        Assert.Equal(ErrorCode.CosServerError.Name, start.MainFailure);
    }

    /// <summary>The control: the model sees it if nodes that were refused together come again together.</summary>
    [Fact]
    public void Without_jitter_the_second_wave_is_several_times_higher()
    {
        var limits = new ServerLimits(Cos: 100);
        int SecondWave(bool jitter) => FleetStart.Run(2_000, limits, 600, jitter: jitter).Servers.Cos.Load.PeakFrom(2);
        Assert.InRange(SecondWave(jitter: false), 4 * SecondWave(jitter: true), 2_000);
    }

    [Fact]
    public void Same_seed_gives_the_same_run()
    {
        string Row(int seed) => FleetStart.Run(300, new ServerLimits(Cos: 100), seed: seed).Row("");
        Assert.Equal(Row(seed: 7), Row(seed: 7));
        Assert.NotEqual(Row(seed: 7), Row(seed: 8));
    }
}
