using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Reports of many nodes.</summary>
internal static class Fleets
{
    public static readonly string[] HostileNames =
        ["<script>alert(1)</script>", "\"quotes\" & 'ticks'", "שלום עולם", "</bdi></main><b onclick=x>", "节点-四十二", new string('W', 250)];

    /// <summary>300 nodes and some whose names, errors and steps try to break out of the page.</summary>
    public static FleetSummary Hostile()
    {
        var many = Many(300);
        var hostile = HostileNames.Select((name, i) => new NodeRun(name, Reports.Failed with
        {
            DurationMs = 900_000 + i,
            Outcome = i % 2 == 0 ? RunOutcome.Failed : RunOutcome.Interrupted,
            Stages =
            [
                Reports.Failed.Stages[0],
                new StageReport("script", Outcome.Failed, name, 10, 890_000,
                [
                    .. Enumerable.Range(0, 30)
                        .Select(step =>
                            new StepReport($"{name} {step}", Outcome.Succeeded, step * 1000, 900, null, false, [])
                            {
                                Sha256 = step == 0 ? new string((char)('a' + i), 64) : null,
                            }),
                    new StepReport(
                        name, Outcome.Failed, 40_000, 850_000, new ErrorReport(name, name, name), false,
                        [.. Enumerable.Range(0, 20).Select(note => new NoteReport(40_000 + (note * 40_000), name))]),
                ]),
                Reports.Failed.Stages[2],
            ],
        }));
        return FleetSummary.From(
            [.. many.Runs, .. hostile],
            [.. Enumerable.Range(0, 40)
                .Select(i => new UnreadableReport($"{HostileNames[i % HostileNames.Length]}.json", "is no report"))]);
    }

    public static FleetSummary Many(int count) => FleetSummary.From(
    [
        .. Enumerable.Range(0, count).Select(i => new NodeRun($"ins-{i:x8}", (i % 50 == 7 ? Reports.Failed : Reports.Succeeded) with
        {
            DurationMs = 4000 + (i * 7919 % 3000) + (i % 97 == 0 ? 40_000 : 0),
            Stages =
            [
                Reports.Succeeded.Stages[0],
                (i % 50 == 7 ? Reports.Failed : Reports.Succeeded).Stages[1] with
                {
                    DurationMs = 2000 + (i * 31 % 900),
                    Steps = [new StepReport("fetch cos://bucket/init.sh", Outcome.Succeeded, 0, 90, null, false, [])
                    {
                        Sha256 = new string(i % 90 == 3 ? 'b' : 'a', 64),
                    }, .. (i % 50 == 7 ? Reports.Failed : Reports.Succeeded).Stages[1].Steps],
                },
                (i % 50 == 7 ? Reports.Failed : Reports.Succeeded).Stages[2],
            ],
        })),
    ], []);
}
