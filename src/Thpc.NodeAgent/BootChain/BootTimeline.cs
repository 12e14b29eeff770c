using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Timeline;

namespace Thpc.NodeAgent.BootChain;

/// <summary>Puts the links of a boot, and the stages and steps of its run, on one axis that starts at power-on.</summary>
internal static class BootTimeline
{
    // A link has a row if it is at least this part of the boot, or a stage.
    private const int MinPart = 250;

    /// <param name="report">The last run; null if there was none.</param>
    /// <param name="isAlive">Whether that run is in progress.</param>
    /// <param name="problem">slurmd's last failure to register; null if it logged none.</param>
    /// <param name="zone">The time zone of the node's clock.</param>
    public static RunTimeline From(
        BootReport boot, Report? report, bool isAlive, string? problem, DateTimeOffset now, TimeZoneInfo zone, Language language)
    {
        var total = Math.Max(1, boot.DurationMs);
        var run = report is null ? null : RunTimeline.From(report, isAlive, now);
        var runFromMs = RunFromMs(boot, report);
        List<TimelineRow> rows = [];
        var hasStages = false;
        var shorter = 0;
        var shorterMs = 0L;
        foreach (var link in boot.Links)
        {
            if (runFromMs is not null && report!.Stages.Any(stage => stage.Name == link.Name))
            {
                // Stages may run beside each other, so that one has a later link than its start, or none: all have rows.
                rows.AddRange(hasStages ? [] : run!.Rows.Select(row => Shifted(row, runFromMs.Value, total)));
                hasStages = true;
            }
            else if (link.DurationMs * MinPart >= total)
            {
                rows.Add(new TimelineRow(
                    true, link.Label, BarState.Succeeded, link.FromMs, link.FromMs + link.DurationMs, null, null, []));
            }
            else
            {
                shorter++;
                shorterMs += link.DurationMs;
            }
        }

        // A failed or interrupted run explains the boot better than its links do.
        List<string> lines = [.. Summary(boot).Select(line => line.In(language))];
        if (report is not null)
        {
            var headline = new RunHeadline(report, isAlive, now, zone, language);
            lines.InsertRange(report.Outcome == RunOutcome.Succeeded ? lines.Count : 0, headline.Brief);
        }

        if (boot.Links.Count > 0 && boot.Links[^1].Name == BootLinkNames.Slurmd && problem is not null)
        {
            lines.Add(Hints.NotRegistered(problem).In(language));
        }

        if (boot.Total(BootLinkNames.FirstJob) > 0 && boot.Total(BootLinkNames.Registration) == 0)
        {
            lines.Add(Hints.RegistrationUnknown.In(language));
        }

        if (shorter > 0)
        {
            lines.Add(Hints.More(shorter, TimeAxis.Duration(shorterMs)).In(language));
        }

        return new RunTimeline(report ?? Unknown(boot), run?.Outcome ?? RunOutcome.Running, isAlive, now, total, rows)
        {
            Lines = lines,
        };
    }

    /// <summary>How long the boot took, and which link most of it.</summary>
    public static IEnumerable<LocalizedText> Summary(BootReport boot)
    {
        var duration = TimeAxis.Duration(boot.DurationMs);
        var last = boot.Links.Count == 0 ? null : boot.Links[^1].Name;
        var whole = last switch
        {
            BootLinkNames.FirstJob => Hints.UntilFirstJob(duration),
            BootLinkNames.Registration => Hints.UntilRegistration(duration),
            BootLinkNames.Slurmd => Hints.UntilSlurmd(duration),
            _ when AgentFromMs(boot) is not null => Hints.UntilRun(duration),
            _ => Hints.SoFar(duration),
        };
        yield return AgentFromMs(boot) is { } from ? whole + Hints.BeforeAgent(TimeAxis.Duration(from)) : whole;
        if (boot.Slowest is { } slowest)
        {
            yield return Hints.Slowest(slowest.Label, TimeAxis.Duration(slowest.DurationMs));
        }
    }

    private static long? AgentFromMs(BootReport boot) =>
        boot.Links.FirstOrDefault(link => link.Name is BootLinkNames.Agent or "packages" or "script" or "mount")?.FromMs;

    /// <returns>When the run started, in milliseconds after the start of the boot; null if no stage has a link.</returns>
    private static long? RunFromMs(BootReport boot, Report? report)
    {
        long? from = null;
        foreach (var stage in report?.Stages ?? [])
        {
            if (boot.Links.FirstOrDefault(link => link.Name == stage.Name) is { } link)
            {
                from = Math.Min(from ?? long.MaxValue, link.FromMs - stage.StartedMs);
            }
        }

        return from;
    }

    /// <summary>The row on the axis of the boot; its times are relative to the run.</summary>
    private static TimelineRow Shifted(TimelineRow row, long runFromMs, long total) => row with
    {
        FromMs = Math.Clamp(row.FromMs + runFromMs, 0, total),
        ToMs = Math.Clamp(row.ToMs + runFromMs, 0, total),
        Notes = [.. row.Notes.Select(note => note with { AtMs = note.AtMs + runFromMs })],
    };

    /// <summary>Stands for the run where there was none yet.</summary>
    private static Report Unknown(BootReport boot) => new()
    {
        AgentVersion = AgentVersion.Text,
        RunId = "",
        ClusterId = "",
        NodeRole = "",
        StartedAt = boot.StartedAt,
        DurationMs = boot.DurationMs,
    };
}
