using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Fleet;

/// <summary>The reports of many nodes, summarised.</summary>
/// <param name="Whole">Durations of the runs that ended; null if none ended.</param>
/// <param name="Warnings">The most frequent first.</param>
/// <param name="Agents">The agents' versions, the most frequent first.</param>
/// <param name="SharedNames">Host names that several reports have, as after a node was replaced.</param>
/// <param name="Stages">Durations of each stage on the nodes where it ran, in the order of the stages.</param>
/// <param name="Links">
/// Durations of the links of a boot besides the stages, in their usual order, then of the whole boot; empty if no report has any.
/// </param>
internal sealed record FleetSummary(
    IReadOnlyList<NodeRun> Runs,
    IReadOnlyList<OutcomeCount> Outcomes,
    IReadOnlyList<ClusterCount> Clusters,
    DurationDistribution? Whole,
    IReadOnlyList<DurationDistribution> Stages,
    IReadOnlyList<DurationDistribution> Links,
    IReadOnlyList<SlowNode> Slowest,
    IReadOnlyList<FailureGroup> Failures,
    IReadOnlyList<DifferingScript> Scripts,
    IReadOnlyList<NodeGroup> Warnings,
    IReadOnlyList<NodeGroup> Agents,
    IReadOnlyList<NodeGroup> SharedNames,
    IReadOnlyList<UnreadableReport> Unreadable)
{
    private const int MaxSlow = 10;

    // Reports of schema 1 name the script only in the summary, as newer ones do.
    private const string FetchVerb = "fetch ";

    private static readonly Comparer<string> NaturalOrder = Comparer<string>.Create(KernelVersions.Compare);
    private const string WholeBoot = "whole boot";

    private static readonly string[] KnownStages = ["packages", "script", "mount"];

    /// <summary>Whether the nodes run different versions of the agent.</summary>
    public bool HasDifferentAgents => Agents.Count > 1;

    /// <summary>Whether there are failures or unreadable reports.</summary>
    public bool HasProblems => Failures.Count > 0 || Unreadable.Count > 0;

    public static FleetSummary From(IReadOnlyList<NodeRun> runs, IReadOnlyList<UnreadableReport> unreadable)
    {
        OutcomeCount Count(RunOutcome outcome) => new(outcome, runs.Count(run => run.Report.Outcome == outcome));
        List<NodeRun> ended = [.. runs.Where(run => run.HasEnded)];
        return new FleetSummary(
            runs,
            [Count(RunOutcome.Succeeded), Count(RunOutcome.Failed), Count(RunOutcome.Interrupted), Count(RunOutcome.Running)],
            [
                .. runs.GroupBy(run => run.Report.ClusterId).Select(cluster => new ClusterCount(cluster.Key, cluster.Count()))
                    .OrderByDescending(cluster => cluster.Nodes).ThenBy(cluster => cluster.Cluster, StringComparer.Ordinal),
            ],
            ended.Count == 0 ? null : DurationDistribution.From("whole run", ended.Select(run => run.DurationMs)),
            StagesOf(runs),
            LinksOf(runs),
            [.. ended.OrderByDescending(run => run.DurationMs).ThenBy(run => run.Node, StringComparer.Ordinal).Take(MaxSlow)
                .Select(Explain)],
            FailuresOf(ended),
            ScriptsOf(runs),
            Group(runs.SelectMany(run => run.Report.Warnings.DistinctBy(WarningText.Key), (run, text) => (text, run)), WarningText.Key),
            Group(runs.Select(run => (run.Report.AgentVersion, run)), version => version),
            [.. Group(runs.Select(run => (run.Name, run)), name => name).Where(same => same.Nodes.Count > 1)],
            unreadable);
    }

    /// <summary>The location of the script that a step fetches.</summary>
    public static string ScriptOf(StepReport step) => step.Subject
        ?? (step.Summary.StartsWith(FetchVerb, StringComparison.Ordinal) ? step.Summary[FetchVerb.Length..] : step.Summary);

    private static IReadOnlyList<DurationDistribution> StagesOf(IReadOnlyList<NodeRun> runs) =>
    [
        .. from run in runs
           from stage in run.Ran
           group stage.Ms by stage.Name into times
           let place = Array.IndexOf(KnownStages, times.Key)
           orderby place < 0, place, times.Count() descending, times.Key
           select DurationDistribution.From(times.Key, times),
    ];

    private static List<DurationDistribution> LinksOf(IReadOnlyList<NodeRun> runs)
    {
        List<DurationDistribution> links = [];
        foreach (var name in BootLinkNames.All.Except(KnownStages).Append(WholeBoot))
        {
            List<long> times = [];
            foreach (var run in runs)
            {
                if (run.Report.Boot is { } boot && (name == WholeBoot ? boot.DurationMs : boot.Total(name)) is > 0 and var total)
                {
                    times.Add(NodeRun.ClampDuration(total));
                }
            }

            if (times.Count > 0)
            {
                links.Add(DurationDistribution.From(name, times));
            }
        }

        return links;
    }

    private static SlowNode Explain(NodeRun run) =>
        new(run, run.SlowestStage, run.SlowestStage?.Steps.MaxBy(step => NodeRun.ClampDuration(step.DurationMs)));

    private static IReadOnlyList<FailureGroup> FailuresOf(IEnumerable<NodeRun> ended) =>
    [
        .. from run in ended
           where run.Report.Outcome != RunOutcome.Succeeded
           group run by ErrorOf(run).Code into failures
           orderby failures.Count() descending, failures.Key
           select new FailureGroup(
               failures.Key,
               Sorted(failures),
               ErrorOf(Sorted(failures)[0])),
    ];

    private static IReadOnlyList<NodeRun> Sorted(IEnumerable<NodeRun> runs) =>
        [.. runs.OrderBy(run => run.Name, NaturalOrder).ThenBy(run => run.Node, StringComparer.Ordinal)];

    /// <summary>Groups nodes by equal keys of their texts.</summary>
    private static IReadOnlyList<NodeGroup> Group(IEnumerable<(string Text, NodeRun Run)> items, Func<string, string> key) =>
    [
        .. from item in items
           group item by key(item.Text) into same
           orderby same.Count() descending, same.Key
           let nodes = Sorted(same.Select(item => item.Run))
           select new NodeGroup(same.First(item => ReferenceEquals(item.Run, nodes[0])).Text, nodes),
    ];

    private static ErrorReport ErrorOf(NodeRun run) =>
        run.Report.FirstError
        ?? new ErrorReport("(no error)", "the report has no error", "Run `thpc-node-agent status` on the node.");

    private static IReadOnlyList<DifferingScript> ScriptsOf(IReadOnlyList<NodeRun> runs) =>
    [
        .. from run in runs
           from step in run.Report.Stages.SelectMany(stage => stage.Steps)
               .Where(step => step.Sha256 is not null)
               .DistinctBy(step => (step.Summary, step.Sha256))
           let script = ScriptOf(step)
           group (Run: run, step.Sha256!) by script into fetched
           orderby fetched.Key
           let contents = (IReadOnlyList<ScriptContent>)
           [
               .. fetched.GroupBy(got => got.Item2, got => got.Run, StringComparer.Ordinal)
                   .Select(same => new ScriptContent(same.Key, Sorted(same)))
                   .OrderByDescending(content => content.Nodes.Count).ThenBy(content => content.Sha256, StringComparer.Ordinal),
           ]
           where contents.Count > 1
           select new DifferingScript(fetched.Key, contents),
    ];
}

internal sealed record OutcomeCount(RunOutcome Outcome, int Nodes);

internal sealed record ClusterCount(string Cluster, int Nodes);
