using System.Globalization;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Api;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Metrics;
using Thpc.NodeAgent.Reporting.Timeline;
using Thpc.NodeAgent.Scaling;
using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.Fuzz.Targets;

/// <summary>
/// Everything that comes as JSON: storage and queues as the API has them, reports, the image's manifest, a script's marker, a role's
/// credential.
/// </summary>
internal static class JsonTarget
{
    private const string FileName = "input.json";
    private const string Toml = "[cluster]\nid = \"hpc-8hje8h12\"\nnode_role = \"COMPUTE\"\n";
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-01-02T03:04:05Z", CultureInfo.InvariantCulture);
    private static readonly string MarkerFile = Scratch.File("script.done");

    public static void Run(byte[] input)
    {
        var text = Texts.Of(input);
        Storage(text);
        Queues(text);
        if (ReportJson.Read(input) is { } report)
        {
            Show(report);
        }

        if (ImageManifest.Parse(input) is { } manifest)
        {
            Contract.Holds(
                ImageManifest.Parse(manifest.ToJson())!.ToJson().AsSpan().SequenceEqual(manifest.ToJson()),
                "a manifest that is written and read is the same");
        }

        if (text.Contains("finished_at", StringComparison.Ordinal))
        {
            Marker(input);
        }

        if (text.Contains("TmpSecretId", StringComparison.Ordinal))
        {
            MetadataAnswers.AskForRole([.. "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"u8, .. input]);
        }
    }

    private static void Storage(string text)
    {
        List<ConfigDiagnostic> diagnostics = [];
        List<string> warnings = [];
        var option = StorageOptionJson.Parse(text, FileName, diagnostics, warnings);
        Contract.Holds(option is not null || diagnostics.Count > 0, "what is not taken is complained of");
        Texts.AreComplaints([.. diagnostics.Select(diagnostic => diagnostic.ToString()), .. warnings], FileName);
        if (option is null || diagnostics.Count > 0)
        {
            return;
        }

        try
        {
            var added = ConfigLoader.Load(
                Toml, "node-agent.toml", new Dictionary<string, string>(), new ConfigOverrides { Storage = option }, _ => "").Added;
            Contract.Holds(
                StorageToml.Append(Toml, "node-agent.toml", option, _ => true).Length > Toml.Length || added.Count == 0,
                "storage that is taken can be written");
        }
        catch (AgentException e)
        {
            Contract.IsSentence(e.Error, ErrorCode.ConfigInvalid, ErrorCode.MountConflict);
        }
    }

    private static void Queues(string text)
    {
        List<ConfigDiagnostic> diagnostics = [];
        var queues = ScalingJson.Parse(text, FileName, diagnostics);
        Contract.Holds(queues is not null || diagnostics.Count > 0, "what is not taken is complained of");
        Texts.AreComplaints(diagnostics.Select(diagnostic => diagnostic.ToString()), FileName);
        foreach (var queue in queues?.Queues ?? [])
        {
            Contract.Holds(!queue.Name.Any(char.IsControl), "a queue's name can be shown");
        }
    }

    /// <summary>Shows a node's report as `status` and `fleet` do; `fleet` runs on any machine.</summary>
    private static void Show(Report report)
    {
        Contract.Holds(
            ReportJson.Write(ReportJson.Read(ReportJson.Write(report))!).AsSpan().SequenceEqual(ReportJson.Write(report)),
            "a report that is written and read is the same");
        var timeline = RunTimeline.From(report, alive: true, Now);
        Contract.IsShowable(TimelineText.Write(timeline, 80, colour: false, TimeZoneInfo.Utc, Language.English));
        _ = TimelineSvg.Write(timeline, Language.English);
        _ = SummaryText.Write(report, "/report.json", TimeZoneInfo.Utc, Language.English);
        _ = MetricsText.Write(report, null);
        var fleet = FleetSummary.From([new NodeRun("a", report), new NodeRun("b", report)], []);
        Contract.IsShowable(FleetText.Write(fleet, Language.English));
        _ = FleetPage.Write(fleet, "/opt/fleet", Now, Language.English);
    }

    private static void Marker(byte[] input)
    {
        Scratch.Write(MarkerFile, input);
        if (ScriptMarker.Read(MarkerFile) is { } marker)
        {
            _ = marker.Instance.IsSameAs(new MachineIdentity { MachineId = "m" });
            Contract.Holds(marker.Script is not null && marker.Sha256 is not null, "a marker that is taken is whole");
        }
    }
}
