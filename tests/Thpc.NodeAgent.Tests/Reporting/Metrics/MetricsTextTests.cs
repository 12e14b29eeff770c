using System.Globalization;
using System.Text;
using CsCheck;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Metrics;

namespace Thpc.NodeAgent.Tests.Reporting.Metrics;

public sealed class MetricsTextTests
{
    private static readonly NodeFacts Facts = new(Ready: true, MountsConfigured: 3, MountsMounted: 2);

    [Fact]
    public void Successful_run_has_metrics_in_base_units()
    {
        var samples = Samples(MetricsText.Write(Reports.Succeeded, Facts));
        Assert.Equal(1, samples["info", "version=0.1.0,cluster_id=hpc-8hje8h12,node_role=COMPUTE"]);
        Assert.Equal(0, samples["running", ""]);
        Assert.Equal(1, samples["last_run_outcome", "outcome=succeeded"]);
        Assert.Equal(0, samples["last_run_outcome", "outcome=failed"]);
        Assert.Equal(0, samples["last_run_outcome", "outcome=interrupted"]);
        Assert.Equal(0, samples["last_run_outcome", "outcome=running"]);
        Assert.Equal(Reports.Start.ToUnixTimeSeconds(), samples["last_run_start_timestamp_seconds", ""]);
        Assert.Equal(Reports.Start.ToUnixTimeSeconds() + 4, samples["last_run_finish_timestamp_seconds", ""]);
        Assert.Equal(4, samples["last_run_duration_seconds", ""]);
        Assert.Equal(0.001, samples["stage_duration_seconds", "stage=packages"]);
        Assert.Equal(1, samples["stage_outcome", "stage=packages,outcome=skipped"]);
        Assert.Equal(0, samples["stage_outcome", "stage=mount,outcome=failed"]);
        Assert.Equal((3, 2, 1), (samples["mounts_configured", ""], samples["mounts_mounted", ""], samples["ready", ""]));
        Assert.DoesNotContain(samples.All.Keys, key => key.Name == "last_run_errors");
    }

    [Fact]
    public void Errors_are_counted_by_code()
    {
        var samples = Samples(MetricsText.Write(Reports.Failed, Facts));
        Assert.Equal(1, samples["last_run_errors", "code=SCRIPT_FAILED"]);
        Assert.Equal(1, samples["stage_outcome", "stage=mount,outcome=not_run"]);
        Assert.DoesNotContain(samples.All.Keys, key => key is ("stage_duration_seconds", "stage=mount"));
    }

    [Fact]
    public void Run_in_progress_has_no_end_and_a_running_stage()
    {
        var samples = Samples(MetricsText.Write(Reports.Running, Facts));
        Assert.Equal(
            (1, 1, 1),
            (samples["running", ""], samples["last_run_outcome", "outcome=running"],
                samples["stage_outcome", "stage=script,outcome=running"]));
        Assert.DoesNotContain(samples.All.Keys, key => key.Name is "last_run_finish_timestamp_seconds" or "last_run_duration_seconds");
    }

    [Fact]
    public void Invalid_configuration_gives_an_error_metric_and_no_mounts()
    {
        var samples =
            Samples(MetricsText.Write(Reports.Failed with { Stages = [], Error = new ErrorReport("CONFIG_INVALID", "m", "h") }, null));
        Assert.Equal(1, samples["last_run_errors", "code=CONFIG_INVALID"]);
        Assert.DoesNotContain(samples.All.Keys, key => key.Name.StartsWith("mounts_", StringComparison.Ordinal));
    }

    [Fact]
    public void Label_values_are_escaped_without_loss() =>
        Gen.String[Gen.OneOf(Gen.Char["\\\"\n{}=, #"], Gen.Char["a\r\t数\u001B"]), 0, 30].Sample(value =>
        {
            var samples = Samples(MetricsText.Write(Reports.Succeeded with { ClusterId = value }, Facts));
            Assert.Contains(
                samples.All.Keys, key => key.Name == "info" && key.Labels == $"version=0.1.0,cluster_id={value},node_role=COMPUTE");
        });

    [Fact]
    public void Samples_are_unique_and_follow_their_type() =>
        Reports.Any.Sample(report => Samples(MetricsText.Write(report, Facts)), iter: 200);

    /// <summary>Parses Prometheus' text format; fails on an unknown line.</summary>
    private static Sampled Samples(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Dictionary<(string Name, string Labels), double> samples = [];
        var type = "";
        foreach (var line in text[..^1].Split('\n'))
        {
            if (line.StartsWith('#'))
            {
                var words = line.Split(' ', 4);
                Assert.Contains(words[1], (string[])["HELP", "TYPE"]);
                Assert.True(words[1] == "HELP" || (words[2] == type && words[3] == "gauge"), line);
                type = words[2];
                continue;
            }

            var name = line[..line.IndexOfAny(['{', ' '])];
            Assert.Equal(type, name);
            var (labels, rest) = line[name.Length] == '{' ? Labels(line, name.Length + 1) : ("", line[name.Length..]);
            samples.Add((name["thpc_node_agent_".Length..], labels), double.Parse(rest, CultureInfo.InvariantCulture));
        }

        return new Sampled(samples);
    }

    private static (string Labels, string Value) Labels(string line, int at)
    {
        List<string> labels = [];
        while (line[at] != '}')
        {
            var quote = line.IndexOf('"', at);
            var value = new StringBuilder();
            var end = quote + 1;
            for (; line[end] != '"'; end++)
            {
                value.Append(line[end] != '\\' ? line[end] : line[++end] == 'n' ? '\n' : line[end]);
            }

            labels.Add($"{line[at..(quote - 1)]}={value}");
            at = end + 1 + (line[end + 1] == ',' ? 1 : 0);
        }

        return (string.Join(',', labels), line[(at + 1)..]);
    }

    private sealed record Sampled(IReadOnlyDictionary<(string Name, string Labels), double> All)
    {
        public double this[string name, string labels] => All[(name, labels)];
    }
}
