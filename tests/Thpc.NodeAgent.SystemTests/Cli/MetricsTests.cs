using System.Diagnostics;
using System.Text;
using CsCheck;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Reporting.Metrics;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class MetricsTests : IDisposable
{
    private const string File = "/var/lib/node_exporter/thpc_node_agent.prom";
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Promtool_accepts_metrics_of_successful_run()
    {
        Needs.RootUser();
        Wanted();
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        await CheckAsync(_node.Read(File));
        Assert.Equal(Readable, System.IO.File.GetUnixFileMode(_node.On(File)));
        Assert.Equal(["thpc_node_agent.prom"], Directory.EnumerateFiles(_node.On("/var/lib/node_exporter")).Select(Path.GetFileName));
        Assert.Contains("thpc_node_agent_last_run_outcome{outcome=\"succeeded\"} 1\n", _node.Read(File), StringComparison.Ordinal);
        Assert.Contains("thpc_node_agent_ready 1\n", _node.Read(File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promtool_accepts_metrics_of_failed_run()
    {
        Needs.RootUser();
        Wanted();
        _node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.0.1:/\"\n");
        _node.AddScript("a.sh", "#!/bin/sh\nexit 1\n");
        Assert.Equal(1, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        await CheckAsync(_node.Read(File));
        Assert.Contains("thpc_node_agent_last_run_errors{code=\"SCRIPT_FAILED\"} 1\n", _node.Read(File), StringComparison.Ordinal);
        Assert.Contains("thpc_node_agent_mounts_configured 1\n", _node.Read(File), StringComparison.Ordinal);
        Assert.Contains("thpc_node_agent_mounts_mounted 0\n", _node.Read(File), StringComparison.Ordinal);
        Assert.Contains("thpc_node_agent_ready 0\n", _node.Read(File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promtool_accepts_metrics_of_any_report() =>
        await Reports.Any.SampleAsync(
            report =>
                CheckAsync(MetricsText.Write(
                    report with { ClusterId = report.InstanceId ?? "", FinishedAt = null }, new NodeFacts(false, 1, 0))), iter: 10);

    [Fact]
    public async Task Metrics_exist_from_start_of_run()
    {
        Needs.RootUser();
        Wanted();
        _node.AddScript("slow.sh", "#!/bin/sh\nsleep 60\n");
        using var bootstrap = Agent.Start(_node, new Dictionary<string, string>(), "bootstrap");
        using var timer = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!_node.Has(File)
            || !_node.Read(File)
                .Contains("thpc_node_agent_stage_outcome{stage=\"script\",outcome=\"running\"} 1\n", StringComparison.Ordinal))
        {
            await Task.Delay(20, timer.Token);
        }

        await CheckAsync(_node.Read(File));
        Assert.Contains("thpc_node_agent_running 1\n", _node.Read(File), StringComparison.Ordinal);
        _ = NativeMethods.Kill(bootstrap.Id, NativeMethods.SigTerm);
        await bootstrap.WaitForExitAsync(timer.Token);
        Assert.Contains("thpc_node_agent_last_run_outcome{outcome=\"interrupted\"} 1\n", _node.Read(File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_show_invalid_configuration()
    {
        Needs.RootUser();
        Wanted();
        _node.Configure("[nonsense]\nx = 1\n");
        Assert.Equal(2, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        await CheckAsync(_node.Read(File));
        Assert.Contains("thpc_node_agent_last_run_errors{code=\"CONFIG_INVALID\"} 1\n", _node.Read(File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_directory_is_a_warning()
    {
        Needs.RootUser();
        _node.Configure($"[metrics]\ntextfile = \"{File}\"\n");
        var run = await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"warning: the metrics cannot be written to {File}: ", run.Output, StringComparison.Ordinal);
        Assert.Single(_node.Report().Warnings);
        Assert.False(Directory.Exists(_node.On("/var/lib/node_exporter")));
    }

    [Fact]
    public async Task Directory_may_appear_during_run()
    {
        Needs.RootUser();
        _node.Configure($"[metrics]\ntextfile = \"{File}\"\n");
        _node.AddScript("a.sh", $"#!/bin/sh\nmkdir -p '{_node.On("/var/lib/node_exporter")}'\n");
        var run = await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(0, run.ExitCode);
        Assert.Empty(_node.Report().Warnings);
        Assert.True(_node.Has(File));
    }

    [Fact]
    public async Task Hanging_file_system_delays_run_once()
    {
        Needs.RootUser();
        Needs.Program("bindfs");
        Wanted();
        var said = await MountNamespace.RunAsync(_node, """
            mkdir "$node/source"
            bindfs "$node/source" "$node/var/lib/node_exporter"
            kill -STOP $(pgrep -f "^bindfs $node/")
            agent bootstrap; echo "exit $?"
            kill -KILL $(pgrep -f "^bindfs $node/")
            """);
        Assert.Contains("its file system did not answer within 5 s", said, StringComparison.Ordinal);
        Assert.EndsWith("exit 0\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_prep_removes_metrics()
    {
        Needs.RootUser();
        Wanted();
        await Agent.RunAsync(_node, "bootstrap");
        Assert.Contains(File, (await Agent.RunAsync(_node, "image", "check")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await Agent.RunAsync(_node, "image", "prep", "--yes", "--operations", "agent-state")).ExitCode);
        Assert.False(_node.Has(File));
    }

    private void Wanted()
    {
        Directory.CreateDirectory(_node.On("/var/lib/node_exporter"));
        _node.Configure($"[metrics]\ntextfile = \"{File}\"\n");
    }

    /// <summary>Checks the metrics with promtool of Prometheus.</summary>
    private static async Task CheckAsync(string metrics)
    {
        Needs.Program("promtool");
        using var process = Process.Start(new ProcessStartInfo(
            "promtool", ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(false),
        })!;
        await process.StandardInput.WriteAsync(metrics);
        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)
            + await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0 && said.Length == 0, $"promtool: {process.ExitCode}\n{said}\n{metrics}");
    }
}
