using System.Text.Json;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Images;

/// <summary>The rules for Prometheus and the dashboard of images/prometheus, checked by Prometheus' own promtool.</summary>
public sealed partial class PrometheusTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "images/prometheus");

    private static string Rules => File.ReadAllText(Path.Combine(Folder, "rules.yml"));

    /// <summary>The expressions of the dashboard, with a value in place of its variable.</summary>
    private static IReadOnlyList<string> Expressions
    {
        get
        {
            using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "grafana-dashboard.json")));
            return
            [
                .. from panel in dashboard.RootElement.GetProperty("panels").EnumerateArray()
                   from target in panel.GetProperty("targets").EnumerateArray()
                   select target.GetProperty("expr").GetString()!.Replace("$cluster", "hpc-a|hpc-b", StringComparison.Ordinal),
            ];
        }
    }

    [Fact]
    public async Task Rules_fire_and_stay_silent_as_their_tests_say() => await RunAsync("test", "rules", "rules-test.yml");

    [Fact]
    public async Task Expressions_of_the_dashboard_are_valid()
    {
        var rules = string.Concat(Expressions.Select((expression, i) =>
            $"      - record: panel:expression:{i}\n        expr: {JsonSerializer.Serialize(expression)}\n"));
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "groups:\n  - name: dashboard\n    rules:\n" + rules, TestContext.Current.CancellationToken);
            await RunAsync("check", "rules", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>A name that nothing exports or records would be silent for ever.</summary>
    [Fact]
    public void Every_name_is_a_metric_of_the_agent_or_a_recorded_one()
    {
        var documented = MetricPattern().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs/monitoring.md")))
            .Select(match => match.Value).ToHashSet();
        var recorded = RecordPattern().Matches(Rules).Select(match => match.Groups["name"].Value).ToHashSet();
        var used = NamePattern().Matches(string.Join('\n', Expressions.Append(Rules))).Select(match => match.Value).Distinct().ToList();
        Assert.InRange(used.Count, 10, 100);
        Assert.All(used, name => Assert.True(documented.Contains(name) || recorded.Contains(name), name));
    }

    private static async Task RunAsync(params string[] arguments)
    {
        Needs.Program("promtool");
        var run = await ProgramRunner.RunAsync(
            ["sh", "-c", "cd \"$0\" && exec promtool \"$@\"", Folder, .. arguments], TimeSpan.FromMinutes(1),
            TestContext.Current.CancellationToken);
        Assert.True(run.Succeeded, run.Output);
    }

    [GeneratedRegex("thpc_node_agent_[a-z_]+")]
    private static partial Regex MetricPattern();

    [GeneratedRegex("record: (?<name>[a-z_:0-9]+)")]
    private static partial Regex RecordPattern();

    // Names of metrics, and recorded ones with their level.
    [GeneratedRegex("[a-z_]*:?thpc_node_agent_[a-z_:0-9]+")]
    private static partial Regex NamePattern();
}
