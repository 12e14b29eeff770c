using System.Globalization;

namespace Thpc.NodeAgent.Tests.Scale;

/// <summary>Many nodes that start within one second, with shared servers.</summary>
internal sealed record FleetStart(int Nodes, IReadOnlyList<SimulatedNode> All, SimulatedServers Servers)
{
    private const double StartSeconds = 1;

    public int Failed => All.Count(node => node.Failure is not null);

    /// <summary>The error of most nodes that failed; empty if none did.</summary>
    public string MainFailure =>
        All.Where(node => node.Failure is not null).GroupBy(node => node.Failure!).MaxBy(same => same.Count())?.Key ?? "";

    /// <summary>Nodes that are whole, but could not leave their report in the fleet directory in time.</summary>
    public int Unpublished => All.Count(node => node is { WholeAt: not null, HasPublished: false });

    /// <param name="scriptTimeout">`timeout` of the init script; the other settings have their defaults.</param>
    /// <param name="more">More lines of the configuration.</param>
    /// <param name="jitter">False for pauses as long as their windows.</param>
    public static FleetStart Run(int nodes, ServerLimits limits, int scriptTimeout = 30, string more = "", bool jitter = true, int seed = 1)
    {
        var config = Configs.Load(
            $"{Configs.Cluster}[[init_script]]\nscript_path = \"cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/a.sh\"\n"
                + $"timeout = {scriptTimeout}\n[[cfs]]\nlocal_path = \"/opt\"\nremote_path = \"172.30.3.90:/fsid\"\n{more}").Config;
        var (clock, servers) = (new Simulation(seed), new SimulatedServers(limits));
        Func<double> random = jitter ? clock.NextDouble : () => 1;
        SimulatedNode[] all =
            [.. Enumerable.Range(0, nodes).Select(_ => new SimulatedNode(clock, servers, config, random))];
        foreach (var node in all)
        {
            clock.Start(node.Bootstrap(), clock.NextDouble() * StartSeconds);
        }

        clock.Run();
        return new FleetStart(nodes, all, servers);
    }

    /// <returns>Seconds until this share of all nodes is whole; null if that never happens.</returns>
    public double? WholeAfter(double share)
    {
        double[] times = [.. All.Where(node => node.WholeAt is not null).Select(node => node.WholeAt!.Value).Order()];
        var needed = (int)Math.Ceiling(Nodes * share);
        return times.Length < needed ? null : times[needed - 1];
    }

    /// <summary>A row of the table in docs/development/performance.md.</summary>
    public string Row(string name)
    {
        string Number(double number) => number.ToString("#,0", CultureInfo.InvariantCulture);
        string Requests(Func<SimulatedNode, int> count) =>
            $"{All.Average(count).ToString("0.0", CultureInfo.InvariantCulture)}, {All.Max(count)}";
        string Whole(double share) => WholeAfter(share) is { } time ? $"{Number(time)} s" : "-";
        string[] cells =
        [
            name, Number(Nodes), Requests(node => node.CosRequests), Requests(node => node.NameQueries), Number(Servers.Cos.Load.Peak),
            Number(Servers.Names.Load.Peak), Number(Servers.Nfs.Load.Peak), Whole(0.5), Whole(0.99), Whole(1),
            Failed == 0 ? "0" : $"{Number(Failed)} `{MainFailure}`",
        ];
        return $"| {string.Join(" | ", cells)} |";
    }
}
