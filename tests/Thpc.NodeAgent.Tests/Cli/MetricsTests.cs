using System.Diagnostics;
using System.Text;
using CsCheck;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Reporting.Metrics;
using Thpc.NodeAgent.Tests.Reporting;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Cli;

public sealed class MetricsTests : IDisposable
{
    private const string File = "/var/lib/node_exporter/thpc_node_agent.prom";
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Promtool_has_nothing_to_say_of_a_run_that_succeeded()
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
    public async Task Promtool_has_nothing_to_say_of_a_run_that_failed()
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
    public async Task Promtool_reads_whatever_a_report_may_hold() =>
        await Reports.Any.SampleAsync(report => CheckAsync(MetricsText.Write(report with { ClusterId = report.InstanceId ?? "", FinishedAt = null }, new NodeFacts(false, 1, 0))), iter: 10);

    [Fact]
    public async Task A_run_in_progress_is_seen_from_its_beginning()
    {
        Needs.RootUser();
        Wanted();
        _node.AddScript("slow.sh", "#!/bin/sh\nsleep 60\n");
        using var bootstrap = Agent.Start(_node, new Dictionary<string, string>(), "bootstrap");
        using var timer = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!_node.Has(File) || !_node.Read(File).Contains("thpc_node_agent_stage_outcome{stage=\"script\",outcome=\"running\"} 1\n", StringComparison.Ordinal))
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
    public async Task A_configuration_that_is_refused_is_seen_too()
    {
        Needs.RootUser();
        Wanted();
        _node.Configure("[nonsense]\nx = 1\n");
        Assert.Equal(2, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        await CheckAsync(_node.Read(File));
        Assert.Contains("thpc_node_agent_last_run_errors{code=\"CONFIG_INVALID\"} 1\n", _node.Read(File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_directory_is_missing_the_run_succeeds_with_a_warning()
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
    public async Task A_directory_that_comes_during_the_run_is_early_enough()
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
    public async Task A_directory_on_a_file_system_that_hangs_holds_the_run_up_once_and_fails_nothing()
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
    public async Task An_image_does_not_keep_the_metrics_of_the_node_it_was_made_from()
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

    /// <summary>Prometheus' own tool reads them and finds nothing that its conventions do not have.</summary>
    private static async Task CheckAsync(string metrics)
    {
        Needs.Program("promtool");
        using var process = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true, StandardInputEncoding = new UTF8Encoding(false) })!;
        await process.StandardInput.WriteAsync(metrics);
        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0 && said.Length == 0, $"promtool: {process.ExitCode}\n{said}\n{metrics}");
    }
}
