using System.Diagnostics;
using System.Text.Json;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class FleetTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Fleet_is_summarized_from_report_files()
    {
        Put("ins-1.json", Reports.Succeeded);
        Put("ins-2.json", Reports.Failed);
        Put("ins-3.json", Reports.Failed with { ClusterId = "hpc-other" });
        Put(".ins-4.json.r1.tmp", Reports.Failed);
        Put("notes.txt", Reports.Failed);
        var run = await FleetAsync("--cluster", TemporaryNode.ClusterId);
        Assert.Equal(5, run.ExitCode);
        Assert.StartsWith("2 nodes of hpc-8hje8h12, started 2025-03-04 05:06:07 UTC\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("SCRIPT_FAILED  1 node: ins-2\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("→ Read the log.", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("ins-3", run.Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await FleetAsync("--json")).Output);
        Assert.Equal(3, json.RootElement.GetProperty("nodes").GetInt32());
        Assert.Equal(2, json.RootElement.GetProperty("outcomes").GetProperty("failed").GetInt32());
    }

    [Theory]
    [InlineData("compute-3")]
    [InlineData("ins-3")]
    [InlineData("172.30.3.3")]
    public async Task Node_is_compared_with_its_siblings(string name)
    {
        for (var i = 0; i < 8; i++)
        {
            Put($"ins-{i}.json", Reports.Succeeded with
            {
                InstanceId = $"ins-{i}",
                HostName = $"compute-{i}",
                Addresses = [$"172.30.3.{i}"],
                Kernel = i == 3 ? "4.18" : "5.4",
            });
        }

        var run = await Agent.RunAsync(_node, ["fleet", "explain", name, _node.On("/fleet")]);
        Assert.Equal(
            (0, "compute-3 (ins-3, 172.30.3.3): COMPUTE of hpc-8hje8h12, 7 siblings\n  1. kernel: 4.18\n     7 of 7 siblings have 5.4\n"),
            (run.ExitCode, run.Output));
        using var json = JsonDocument.Parse((await Agent.RunAsync(_node, ["fleet", "explain", name, _node.On("/fleet"), "--json"])).Output);
        Assert.Equal("kernel", json.RootElement.GetProperty("differences")[0].GetProperty("feature").GetString());
    }

    [Fact]
    public async Task Unknown_node_is_an_error()
    {
        Put("ins-1.json", Reports.Succeeded);
        var run = await Agent.RunAsync(_node, ["fleet", "explain", "compute-3", _node.On("/fleet")]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"none of the 1 reports in {_node.On("/fleet")} is of compute-3", run.Errors, StringComparison.Ordinal);
        Assert.Contains("→ Give the node's host name", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_files_are_named_and_links_not_followed()
    {
        Put("ins-1.json", Reports.Succeeded);
        _node.Write("/fleet/garbage.json", "{");
        _node.Write("/fleet/huge.json", new string(' ', (1 << 20) + 1));
        Directory.CreateDirectory(_node.On("/fleet/directory.json"));
        _node.MakeFifo("fleet/fifo.json");
        File.CreateSymbolicLink(_node.On("/fleet/link.json"), "ins-1.json");
        File.CreateSymbolicLink(_node.On("/fleet/nowhere.json"), "/no/such");
        _node.Write("/fleet/empty.json", "");
        using var json = JsonDocument.Parse((await FleetAsync("--json")).Output);
        Assert.Equal(1, json.RootElement.GetProperty("nodes").GetInt32());
        Assert.Equal(
            [
                "directory.json: is not a regular file",
                "empty.json: is not a complete report",
                "fifo.json: is not a regular file",
                "garbage.json: is not a complete report",
                "huge.json: has 1048577 bytes; the maximum is 1048576",
                "link.json: is not a regular file",
                "nowhere.json: is not a regular file",
            ],
            json.RootElement.GetProperty("unreadable").EnumerateArray()
                .Select(file => $"{file.GetProperty("file").GetString()}: {file.GetProperty("problem").GetString()}"));
        Assert.Equal(5, (await FleetAsync()).ExitCode);
    }

    [Fact]
    public async Task Empty_directory_is_reported()
    {
        Directory.CreateDirectory(_node.On("/fleet"));
        var run = await FleetAsync();
        Assert.Equal((0, $"no report is in {_node.On("/fleet")}\n"), (run.ExitCode, run.Output));
        Assert.Equal(0, (await FleetAsync("--json")).ExitCode);
    }

    [Fact]
    public async Task Missing_directory_is_an_error()
    {
        var run = await FleetAsync();
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("FILE_ACCESS", run.Errors, StringComparison.Ordinal);
        Assert.Contains("→ Name an existing directory", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directory_defaults_to_configuration()
    {
        Assert.Equal(2, (await Agent.RunAsync(_node, "fleet")).ExitCode);
        _node.Configure("[fleet]\ndirectory = \"/fleet\"\n");
        Put("ins-1.json", Reports.Succeeded);
        var run = await Agent.RunAsync(_node, "fleet");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("1 node of", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silent_file_system_is_an_error()
    {
        Needs.Program("bindfs");
        Directory.CreateDirectory(_node.On("/fleet"));
        var said = await MountNamespace.RunAsync(_node, """
            mkdir "$node/source"
            bindfs "$node/source" "$node/fleet"
            kill -STOP $(pgrep -x bindfs)
            agent fleet "$node/fleet" --timeout 1; echo "exit $?"
            cat "$node/errors"
            kill -KILL $(pgrep -x bindfs)
            """);
        Assert.StartsWith("exit 1\n", said, StringComparison.Ordinal);
        Assert.Contains("could not be read within 1 s", said, StringComparison.Ordinal);
        Assert.Contains("-> Check the server of this directory", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_thousand_reports_are_read_within_the_limit_of_the_command()
    {
        Needs.Program("python3");
        using var made = Process.Start(Path.Combine(Repository.Root, "tests/bench/fleet-reports.py"), [_node.On("/fleet"), "10000"]);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        var run = await FleetAsync();
        Assert.StartsWith("10,000 nodes of hpc-8hje8h12", run.Output, StringComparison.Ordinal);
        Assert.InRange(run.Output.Length, 1000, 24_000);
    }

    private void Put(string name, Report report) =>
        _node.Write($"/fleet/{name}", System.Text.Encoding.UTF8.GetString(ReportJson.Write(report)));

    private Task<AgentRun> FleetAsync(params string[] more) => Agent.RunAsync(_node, ["fleet", _node.On("/fleet"), .. more]);
}
