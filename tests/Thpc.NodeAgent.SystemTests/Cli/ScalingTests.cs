using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class ScalingTests : IDisposable
{
    private readonly TemporaryNode _node = new();
    private readonly string _queue;

    public ScalingTests() => _queue = _node.Write("/queue.json", """
        {"Response":{"QueueConfigs":[{"QueueName":"compute","MaxSize":100,"ScaleOutRatio":50,"ScaleOutNodeThreshold":20,
        "ExpansionNodeConfigs":[
        {"InstanceType":"SA2.2XLARGE16","Placement":{"Zone":"ap-guangzhou-4"}},
        {"InstanceType":"SA2.2XLARGE16","Placement":{"Zone":"ap-guangzhou-5"}},
        {"InstanceType":"SA3.2XLARGE16","Placement":{"Zone":"ap-guangzhou-5"}},
        {"InstanceType":"GN8.LARGE56"}]}]}}
        """);

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Match_prints_ranked_types_and_choice()
    {
        var run = await MatchAsync(
            "--cpus", "6", "--memory", "12", "--type", "GN8.LARGE56=6,56", "--sold-out", "SA2.2XLARGE16@ap-guangzhou-4", "--sold-out",
            "GN8.LARGE56", "--nodes", "100");
        Assert.Equal(
            "thpc-node-agent: warning: all best-fitting types are sold out; "
            + "it is not documented that THPC_AS then tries the next best fit\n",
            run.Errors);
        Assert.Equal(
            """
            queue compute: a job of 100 nodes, each with 6 CPUs and 12 GB

            rank  type           zone            CPUs  GB  CPUs left  GB left  why
               1  GN8.LARGE56    –                  6  56          0       44  sold out; leaves the least CPU, then the least memory
               2  SA2.2XLARGE16  ap-guangzhou-4     8  16          2        4  sold out; leaves 2 CPUs more
               3  SA2.2XLARGE16  ap-guangzhou-5     8  16          2        4  leaves 2 CPUs more
               4  SA3.2XLARGE16  ap-guangzhou-5     8  16          2        4  leaves 2 CPUs more
            (CPUs and GB of SA2.2XLARGE16, SA3.2XLARGE16: by their names)

            100 nodes of SA2.2XLARGE16 in ap-guangzhou-5, in 4 rounds.

            """,
            run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Theory]
    [InlineData("no type of this queue fits", "--cpus", "9", "--memory", "1")]
    [InlineData("is sold out", "--cpus", "8", "--memory", "1", "--sold-out", "SA2.2XLARGE16", "--sold-out", "sa3.2xlarge16")]
    [InlineData("allows 0 more", "--cpus", "1", "--memory", "1", "--running", "100")]
    [InlineData("allows 1 more: 1 of 2 nodes are not added", "--cpus", "1", "--memory", "1", "--running", "99", "--nodes", "2")]
    public async Task Match_explains_missing_nodes_and_exits_1(string why, params string[] job)
    {
        var run = await MatchAsync([.. job, "--type", "GN8.LARGE56=6,56"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(why, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_instance_size_is_an_error()
    {
        var run = await MatchAsync("--cpus", "6", "--memory", "12");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("of these instance types are unknown: GN8.LARGE56\n", run.Errors, StringComparison.Ordinal);
        Assert.Contains("--type GN8.LARGE56=CPUS,GB", run.Errors, StringComparison.Ordinal);
        var types = _node.Write(
            "/types.json", "{\"Response\":{\"InstanceTypeConfigSet\":[{\"InstanceType\":\"GN8.LARGE56\",\"CPU\":6,\"Memory\":56}]}}");
        Assert.Equal(0, (await MatchAsync("--cpus", "6", "--memory", "12", "--types", types)).ExitCode);
    }

    [Fact]
    public async Task Job_near_memory_limit_is_warned() =>
        Assert.Contains(
            "3.6 of 4, 14.9 of 16", (await MatchAsync("--cpus", "8", "--memory", "15", "--type", "GN8.LARGE56=6,56")).Errors,
            StringComparison.Ordinal);

    [Fact]
    public async Task Match_json_has_every_candidate()
    {
        using var json = JsonDocument.Parse((await MatchAsync(
            "--cpus", "8", "--memory", "3.6", "--type", "GN8.LARGE56=6,56", "--sold-out", "SA2.2XLARGE16", "--json")).Output);
        var root = json.RootElement;
        Assert.Equal(
            ["sold_out", "sold_out", "chosen", "too_small"],
            root.GetProperty("candidates").EnumerateArray().Select(candidate => candidate.GetProperty("verdict").GetString()));
        Assert.Equal(
            ("SA3.2XLARGE16", "ap-guangzhou-5", 1, true),
            (root.GetProperty("created").GetProperty("instance_type").GetString(),
                root.GetProperty("created").GetProperty("zone").GetString(), root.GetProperty("created").GetProperty("nodes").GetInt32(),
                root.GetProperty("created").GetProperty("documented").GetBoolean()));
        Assert.Equal(3.6m, root.GetProperty("sought_memory_gb").GetDecimal());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("reason").ValueKind);
    }

    [Fact]
    public async Task Option_and_json_errors_are_listed_together()
    {
        var bad = _node.Write("/bad.json", "{\"QueueConfigs\":[{\"QueueName\":\"a\",\"MaxSize\":999}]}");
        var run = await Agent.RunAsync(
            _node, "scaling", "match", bad, "--cpus", "1", "--memory", "much", "--type", "A");
        Assert.Equal(2, run.ExitCode);
        Assert.All(
            (string[])["flag --memory: \"much\"", "flag --type: \"A\"", "QueueConfigs[0].MaxSize: 999"],
            words => Assert.Contains(words, run.Errors, StringComparison.Ordinal));
        Assert.Equal("", run.Output);
        Assert.Equal(2, (await Agent.RunAsync(_node, "scaling", "match", "/no/such", "--cpus", "1", "--memory", "1")).ExitCode);
        Assert.Equal(2, (await Agent.RunAsync(_node, "scaling", "match", bad, "--memory", "1")).ExitCode);
    }

    [Fact]
    public async Task Rounds_prints_and_draws_documented_example()
    {
        var picture = _node.On("/rounds.svg");
        var run = await Agent.RunAsync(_node, "scaling", "rounds", _queue, "--nodes", "100", "--svg", picture);
        Assert.Equal(
            """
            queue compute: 100 nodes wanted, 0 already running
            ScaleOutRatio 50, ScaleOutNodeThreshold 20, MaxNodesPerCycle 100, MaxSize 100

            round  need  adds  in all  why
                1   100    50      50  50 % of 100, rounded up
                2    50    25      75  50 % of 50, rounded up
                3    25    13      88  50 % of 25, rounded up
                4    12    12     100  all: not above the threshold of 20

            100 nodes in 4 rounds, the first when a job has waited for 120 s (ExpansionBusyTime).

            """,
            run.Output);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Equal(
            "svg", XDocument.Parse(await File.ReadAllTextAsync(picture, TestContext.Current.CancellationToken)).Root!.Name.LocalName);
    }

    [Fact]
    public async Task Rounds_limited_by_MaxSize_exits_1()
    {
        var run = await Agent.RunAsync(_node, "scaling", "rounds", _queue, "--nodes", "100", "--running", "40");
        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith(
            "MaxSize 100 minus 40 running nodes allows 60 more: 40 of 100 nodes are not added.\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rounds_json_names_bounds()
    {
        using var json = JsonDocument.Parse(
            (await Agent.RunAsync(_node, "scaling", "rounds", _queue, "--nodes", "100", "--running", "40", "--json")).Output);
        Assert.Equal(
            ("MaxSize", 60), (json.RootElement.GetProperty("ended_by").GetString(), json.RootElement.GetProperty("added").GetInt32()));
        Assert.Equal(
            ["ScaleOutRatio", "ScaleOutRatio", null],
            json.RootElement.GetProperty("rounds").EnumerateArray().Select(round => round.GetProperty("bounded_by").GetString()));
    }

    [Fact]
    public async Task Rounds_predict_times_from_reports_of_one_cluster()
    {
        for (var i = 0; i < 12; i++)
        {
            var report = Reports.Succeeded with { ClusterId = i == 11 ? "hpc-other000" : "hpc-8hje8h12" };
            _node.Write($"/fleet/n{i}.json", Encoding.UTF8.GetString(ReportJson.Write(report)));
        }

        var picture = _node.On("/ready.svg");
        string[] line = ["scaling", "rounds", _queue, "--nodes", "10", "--fleet", _node.On("/fleet"), "--waiting-since", "14:00"];
        var run = await Agent.RunAsync(_node, [.. line, "--svg", picture, "--machine-start", "30"]);
        Assert.Equal((0, "thpc-node-agent: warning: the runs are of 2 clusters; --cluster ID selects one\n"), (run.ExitCode, run.Errors));
        Assert.Contains("\n\n5 of 10 by 14:03 (14:02–14:03), 9 of 10 by 14:03 (", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n  30 s from a round", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            XDocument.Parse(await File.ReadAllTextAsync(picture, TestContext.Current.CancellationToken)).Root!.Elements(),
            element => element.Name.LocalName == "polygon");
        using var json = JsonDocument.Parse((await Agent.RunAsync(_node, [.. line, "--cluster", "hpc-8hje8h12", "--json"])).Output);
        var prediction = json.RootElement.GetProperty("prediction");
        Assert.Equal(11, prediction.GetProperty("first_runs").GetInt32());
        Assert.Equal(
            120_000 + 60_000 + 4000, prediction.GetProperty("ready")[0].GetProperty("after_ms").GetInt64());
        Assert.Contains(
            "No prediction of times: that needs 10 successful first runs.",
            (await Agent.RunAsync(_node, [.. line, "--cluster", "hpc-other000"])).Output,
            StringComparison.Ordinal);
        line[^1] = "noon";
        Assert.Contains("flag --waiting-since: \"noon\"", (await Agent.RunAsync(_node, line)).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"LaunchTemplateIds\":[\"lt-q2vxeiesdfl\"],\"DesiredNodeCount\":1", 0, 3, "LaunchTemplateIds lt-q2vxeiesdfl",
        "DesiredNodeCount 1")]
    [InlineData("\"ExpansionNodeConfigs\":[{\"Placement\":{\"Zone\":\"z\"}}]", 0, 3, "1 of ExpansionNodeConfigs has no InstanceType")]
    [InlineData("\"ExpansionNodeConfigs\":[{\"InstanceType\":\"S5.SMALL1\"}],\"LaunchTemplateIds\":[\"lt-1\"]", 0, 3,
        "LaunchTemplateIds lt-1")]
    [InlineData("\"DesiredNodeCount\":6,\"DesiredIdleNodeCapacity\":2,\"ExpansionNodeConfigs\":[{\"InstanceType\":\"S5.LARGE8\"}]", 0, 3,
        "DesiredNodeCount 6", "DesiredIdleNodeCapacity 2")]
    [InlineData("\"MaxSize\":2,\"LaunchTemplateIds\":[\"lt-1\"]", 1, 2, "LaunchTemplateIds lt-1")]
    [InlineData("\"EnableAutoExpansion\":false,\"LaunchTemplateIds\":[\"lt-1\"]", 1, 0, "LaunchTemplateIds lt-1")]
    [InlineData("\"MinSize\":0", 1, 0)]
    public async Task Match_and_rounds_agree_on_unknowns(string fields, int exitCode, int added, params string[] unknown)
    {
        var queue = _node.Write("/later.json", $"{{\"QueueConfigs\":[{{\"QueueName\":\"compute\",{fields}}}]}}");
        string[] match = ["scaling", "match", queue, "--cpus", "2", "--memory", "4", "--nodes", "3"],
            rounds = ["scaling", "rounds", queue, "--nodes", "3"];
        foreach (var command in (string[][])[match, rounds])
        {
            var text = await Agent.RunAsync(_node, command);
            Assert.Equal(exitCode, text.ExitCode);
            Assert.Equal(unknown.Length, text.Errors.Split("thpc-node-agent: warning: ").Length - 1);
            Assert.All(unknown, words => Assert.Contains($" {words}", $" {text.Errors}", StringComparison.Ordinal));
            var json = await Agent.RunAsync(_node, [.. command, "--json"]);
            Assert.Equal(exitCode, json.ExitCode);
            using var root = JsonDocument.Parse(json.Output);
            Assert.Equal(unknown.Length, root.RootElement.GetProperty("unknown").GetArrayLength());
            var nodes = command == rounds
                ? root.RootElement.GetProperty("added")
                : root.RootElement.GetProperty("created") is { ValueKind: JsonValueKind.Object } created
                ? created.GetProperty("nodes")
                : default;
            Assert.Equal(added, nodes.ValueKind == JsonValueKind.Number ? nodes.GetInt32() : 0);
        }
    }

    [Fact]
    public async Task Match_of_launch_template_names_no_type()
    {
        var queue = _node.Write("/later.json", """{"QueueConfigs":[{"QueueName":"compute","LaunchTemplateIds":["lt-1"]}]}""");
        var run = await Agent.RunAsync(_node, "scaling", "match", queue, "--cpus", "2", "--memory", "4", "--nodes", "3");
        Assert.EndsWith("\n3 nodes, in 1 round, if a type that is not in this file fits the job.\n", run.Output, StringComparison.Ordinal);
        using var json =
            JsonDocument.Parse((await Agent.RunAsync(_node, "scaling", "match", queue, "--cpus", "2", "--memory", "4", "--json")).Output);
        Assert.Equal(
            (JsonValueKind.Null, false),
            (json.RootElement.GetProperty("created").GetProperty("instance_type").ValueKind,
                json.RootElement.GetProperty("created").GetProperty("documented").GetBoolean()));
    }

    private Task<AgentRun> MatchAsync(params string[] arguments) => Agent.RunAsync(_node, ["scaling", "match", _queue, .. arguments]);
}
